"""Step 7, decide: positions, policies and forecasts in, one verdict for every active part x outlet out.

In: marts and `engine.part_series`. Out: `engine.replenishment_suggestion`, `engine.suggestion_explain`.
`explain` prints the steps of one published suggestion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from forecasting.announced_orders import announce
from forecasting.explain import recompute
from forecasting.interchange import share
from forecasting.lead_time import with_points
from forecasting.replenishment import KEY, Verdict, suggest
from forecasting.returns import Returns, propose_returns, recompute_returns
from forecasting.stock_calibration import measure_fill
from forecasting.stock_group import pool, resolve
from forecasting.supersession import announced
from pipelines.settings import Settings
from pipelines.snapshot import SnapshotError, open_snapshot
from pipelines.warehouse import ENGINE, Warehouse


class NoSuchSuggestion(LookupError):
    """The current snapshot holds no suggestion of that id."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Suggestions with their steps, and the replay that says which chance fills what was wanted."""

    suggestions: pl.DataFrame
    explain: pl.DataFrame
    frontier: pl.DataFrame


def decide(warehouse: Warehouse, as_of: date) -> Decided:
    """Read the inputs, measure which chance fills what was wanted, and judge every pair."""
    policy, demand = warehouse.read("mart_part_policy"), warehouse.read("mart_part_demand_month")
    waits, terms = warehouse.read("mart_part_lead_time"), warehouse.read("mart_order_terms")
    kits = warehouse.read("bridge_part_kit")["part_id"].unique()
    pooled = pool(
        warehouse.read("mart_part_position"),
        policy.with_columns(is_kit=pl.col("part_id").is_in(kits.implode())),
        warehouse.read("part_series", ENGINE),
        demand,
        resolve(warehouse.read("mart_stock_group")),
        warehouse.read("part_rate_ahead", ENGINE),
    )
    counted = share(
        pooled.position,
        pooled.policy,
        pooled.series,
        pooled.demand,
        warehouse.read("bridge_part_interchange"),
    )
    ahead = announce(
        counted.series,
        # numbers that cover one another are one rate where they are ordered: no months of one of them
        pooled.path.join(
            pooled.series.join(counted.series, on=[*KEY, "mean_units_per_month"], how="semi"),
            on=KEY,
            how="semi",
        ),
        announced(warehouse.read("fct_part_supersession"), as_of),
        as_of=as_of,
        apart=_apart(counted.policy),
    )
    frontier = measure_fill(requests(warehouse), with_points(policy, waits), demand, as_of=as_of)
    made = suggest(
        counted.position,
        counted.policy,
        ahead.series,
        warehouse.read("bridge_part_chain"),
        counted.demand,
        as_of=as_of,
        calibration=frontier,
        waits=waits,
        budgets=_budgets(terms, as_of),
        stand_ins=counted.stand_ins,
        path=ahead.path,
        inflow=ahead.inflow,
    )
    return Decided(made.suggestions, made.explain, frontier)


def _apart(policy: pl.DataFrame) -> pl.DataFrame | None:
    """Numbers of a group that interchanges: which of them is asked for ahead is not the relation's to say."""
    if "ordered_part_id" not in policy.columns:
        return None
    return policy.filter(pl.col("ordered_part_id").is_not_null()).select(KEY)


def _budgets(terms: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """What each outlet may still order for. An order day of next month has next month's money."""
    return terms.filter(pl.col("budget_minor").is_not_null()).select(
        "outlet_id",
        budget_minor=pl.when(pl.col("next_order_date").dt.truncate("1mo") > pl.lit(as_of))
        .then("budget_minor")
        .otherwise("budget_left_minor"),
    )


def give_back(warehouse: Warehouse, suggestions: pl.DataFrame, as_of: date) -> Returns:
    """What lies on each shelf beyond its need, and what of it may go back on the outlet's terms."""
    terms = warehouse.read("mart_order_terms")
    policy = warehouse.read("mart_part_policy").select(*KEY, "is_returnable")
    since = pl.lit(as_of.replace(day=1)).dt.offset_by("-12mo")
    year = (
        warehouse.read("mart_part_demand_month")
        .filter(pl.col("demand_month") >= since)
        .group_by(KEY)
        .agg(year_units=pl.col("corrected_units").sum())
    )
    # what lies under a number that another is ordered for is cover of that one, and no excess
    covering = suggestions.filter(verdict=Verdict.interchange_ordered.value).select(KEY)
    # a warehouse is there to hold stock for others: nothing of it is excess
    suppliers = suggestions["supplier_outlet_code"].drop_nulls().unique()
    positions = (
        warehouse.read("mart_part_position")
        .filter(~pl.col("outlet_id").is_in(suppliers.implode()))
        .select(*KEY, "on_hand", "reserved", "last_demand_date")
    )
    shelf = (
        positions.join(
            suggestions.select(*KEY, "order_up_to", "unit_price_minor", "currency", "supplier_outlet_code"),
            on=KEY,
        )
        .join(covering, on=KEY, how="anti")
        .join(policy, on=KEY)
        .join(year, on=KEY, how="left")
        .join(terms.select("outlet_id", "protection_days", "return_allowance_permille"), on="outlet_id",
              how="left")
        .with_columns(pl.col("year_units", "order_up_to").fill_null(0))
    )  # fmt: skip
    bought = terms.select("outlet_id", "bought_minor", "returned_minor")
    return propose_returns(shelf, warehouse.read("fct_part_receipt"), bought, as_of=as_of)


def requests(warehouse: Warehouse) -> pl.DataFrame:
    """Every request that was not cancelled, under today's number, a kit as its parts: outlet_id, part_id,
    demand_date, units."""
    kits = warehouse.read("bridge_part_kit").select(
        current_part_id="part_id", made_of="component_part_id", each="units"
    )
    asked = warehouse.read("fct_part_demand").filter(~pl.col("is_cancelled"))
    return asked.join(kits, on="current_part_id", how="left").select(
        "outlet_id",
        "demand_date",
        part_id=pl.coalesce("made_of", "current_part_id"),
        units=pl.col("demand_units") * pl.col("each").fill_null(1.0),
    )


def without_verdict(policy: pl.DataFrame, suggestions: pl.DataFrame) -> pl.DataFrame:
    """Active part x outlet pairs that nobody judged; there must be none."""
    judged = suggestions.filter(pl.col("verdict").is_not_null())
    return policy.filter(part_state="active").join(judged, on=KEY, how="anti").select(KEY).sort(KEY)


def not_explained(suggestions: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Suggestions whose own steps do not give their quantity again; there must be none."""
    own = steps.join(suggestions.select("suggestion_id"), on="suggestion_id", how="semi")
    again = recompute(own).select("suggestion_id", recomputed="quantity")  # none: a verdict orders nothing
    both = suggestions.select("suggestion_id", *KEY, "quantity").join(again, on="suggestion_id", how="left")
    return both.filter(pl.col("quantity") != pl.col("recomputed").fill_null(0))


def not_explained_returns(returns: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Returns whose own steps do not give their quantity again; there must be none."""
    own = steps.join(returns, left_on="suggestion_id", right_on="return_id", how="semi")
    again = recompute_returns(own).select(return_id="suggestion_id", recomputed="return_units")
    both = returns.select("return_id", *KEY, "return_units").join(again, on="return_id", how="left")
    return both.filter(pl.col("return_units") != pl.col("recomputed").fill_null(0))


def explain(settings: Settings, suggestion_id: str) -> str:
    """The sentence and the steps of one suggestion of the current snapshot, as a table."""
    snapshot = open_snapshot(settings.snapshots_dir)
    found = snapshot.scan("mart_replenishment_suggestion").filter(suggestion_id=suggestion_id).collect()
    if found.is_empty():
        returns = snapshot.scan("mart_return_suggestion").filter(return_id=suggestion_id)
        found = returns.rename({"return_id": "suggestion_id"}).collect()
    if found.is_empty():
        raise NoSuchSuggestion(
            f"no suggestion {suggestion_id} in snapshot {snapshot.snapshot_id}; "
            "ids are listed at /v1/replenishment/suggestions"
        )
    steps = snapshot.scan("mart_suggestion_explain").filter(suggestion_id=suggestion_id).sort("step_no")
    return _page(found.row(0, named=True), steps.collect())


def _page(suggestion: dict[str, object], steps: pl.DataFrame) -> str:
    lines = [
        f"{suggestion['suggestion_id']}  outlet {suggestion['outlet_id']}  part {suggestion['part_id']}",
        f"{suggestion['verdict']}: {suggestion['sentence']}",
        "",
    ]
    for step in steps.iter_rows(named=True):
        value = "" if step["value"] is None else f"{step['value']:>14,.4f}".rstrip("0").rstrip(".")
        source = " ".join(str(step[c]) for c in ("source_document", "source_key") if step[c])
        note = f"  ({step['note']})" if step["note"] else ""
        lines.append(
            f"{step['step_no']:>3}  {step['component']:<24} {step['operation']:<9} {value:>14} "
            f"{step['unit'] or '':<18} {source}{note}".rstrip()
        )
    return "\n".join(lines)


__all__ = [
    "NoSuchSuggestion",
    "SnapshotError",
    "decide",
    "explain",
    "give_back",
    "not_explained",
    "not_explained_returns",
    "requests",
    "without_verdict",
]
