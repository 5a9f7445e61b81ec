"""Step 7, decide: positions, policies and forecasts in, one verdict for every active part x outlet out.

In: marts and `engine.part_series`. Out: `engine.replenishment_suggestion`, `engine.suggestion_explain`.
`explain` prints the steps of one published suggestion.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from forecasting.explain import recompute
from forecasting.replenishment import KEY, Suggestions, suggest
from forecasting.stock_calibration import measure_fill
from pipelines.settings import Settings
from pipelines.snapshot import SnapshotError, open_snapshot
from pipelines.warehouse import ENGINE, Warehouse


class NoSuchSuggestion(LookupError):
    """The current snapshot holds no suggestion of that id."""


def decide(warehouse: Warehouse, as_of: date) -> Suggestions:
    """Read the inputs, measure which chance fills what was wanted, and judge every pair."""
    policy, demand = warehouse.read("mart_part_policy"), warehouse.read("mart_part_demand_month")
    return suggest(
        warehouse.read("mart_part_position"),
        policy,
        warehouse.read("part_series", ENGINE),
        warehouse.read("bridge_part_chain"),
        demand,
        as_of=as_of,
        calibration=measure_fill(requests(warehouse), policy, demand, as_of=as_of),
    )


def requests(warehouse: Warehouse) -> pl.DataFrame:
    """Every request that was not cancelled, under today's number: outlet_id, part_id, demand_date, units."""
    return (
        warehouse.read("fct_part_demand")
        .filter(~pl.col("is_cancelled"))
        .select("outlet_id", "demand_date", part_id="current_part_id", units="demand_units")
    )


def without_verdict(policy: pl.DataFrame, suggestions: pl.DataFrame) -> pl.DataFrame:
    """Active part x outlet pairs that nobody judged; there must be none."""
    judged = suggestions.filter(pl.col("verdict").is_not_null())
    return policy.filter(part_state="active").join(judged, on=KEY, how="anti").select(KEY).sort(KEY)


def not_explained(suggestions: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Suggestions whose own steps do not give their quantity again; there must be none."""
    again = recompute(steps).select("suggestion_id", recomputed="quantity")  # none: a verdict orders nothing
    both = suggestions.select("suggestion_id", *KEY, "quantity").join(again, on="suggestion_id", how="left")
    return both.filter(pl.col("quantity") != pl.col("recomputed").fill_null(0))


def explain(settings: Settings, suggestion_id: str) -> str:
    """The sentence and the steps of one suggestion of the current snapshot, as a table."""
    snapshot = open_snapshot(settings.snapshots_dir)
    found = snapshot.scan("mart_replenishment_suggestion").filter(suggestion_id=suggestion_id).collect()
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
    "not_explained",
    "requests",
    "without_verdict",
]
