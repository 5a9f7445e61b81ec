"""Who gets how much of what can be sold: sold orders first, the rest by a rule, locks kept to the unit.

In: the constrained plan by series and month, what each outlet wants and has, a rule, locks. Out: one row per
outlet, series and month. Every month adds up to what the plan says can be sold, unless locks hold it below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.allocation import Rule, Share, allocate, fair_parts
from forecasting.spread import hand_out
from forecasting.supply import Change, constrain, with_changes

Integers = NDArray[np.int64]
KEY = ("series", "plan_month", "outlet_id")
REST = "rest"


class SupplyRule(StrEnum):
    """How what sold orders leave is shared."""

    days_supply = "days_supply"  # everybody's cars last equally long
    sales_share = "sales_share"  # by the sales of the last 90 days
    objective = "objective"  # by the retail target


BY_RULE = {
    SupplyRule.days_supply: "equal days' supply",
    SupplyRule.sales_share: "share of sales",
    SupplyRule.objective: "objective",
}


@dataclass(frozen=True, slots=True)
class Lock:
    """An outlet or a market keeps `units` of a series in a month, whatever the rule says of the others."""

    series: str
    plan_month: date
    units: int
    outlet_id: str | None = None
    market: str | None = None


@dataclass(slots=True)
class _Stock:
    """What goes from month to month: cars and unserved sold orders by outlet, cars at no outlet."""

    units: Integers
    sold_orders: Integers
    elsewhere: int


def share_out(
    plan: pl.DataFrame, outlets: pl.DataFrame, rule: SupplyRule, locks: Sequence[Lock]
) -> pl.DataFrame:
    """KEY, market, wanted_units, sold_order_units, stock_units, allocated_units, short_units, locked_units,
    reason; sorted by KEY.

    plan: of `supply.constrain`. outlets: KEY, market, demand_units, target_units (null: none), and the same
    in every month: sold_90d_units, stock_units, sold_orders, promised_date. What a scenario adds to demand or
    stock is spread as the outlets have it. An outlet sells its own cars first; the rest comes off the line,
    and then from outlets that have more than they sell. Nobody gets more than it wants. A lock above what is
    wanted, or locks above what there is, are cut, and the reason says so. Series without outlets: no row.
    """
    parts = []
    for (series,), months in plan.sort("series", "plan_month").group_by("series", maintain_order=True):
        own = outlets.filter(series=series).sort("plan_month", "outlet_id")
        parts += _series(months, own, rule, [lock for lock in locks if lock.series == series])
    return pl.concat(parts).sort(KEY) if parts else _EMPTY


def published(
    steps: pl.DataFrame,
    supply: pl.DataFrame,
    outlets: pl.DataFrame,
    changes: list[Change],
    rule: SupplyRule,
    locks: Sequence[Lock],
) -> pl.DataFrame:
    """steps (plan_steps.STEP_SCHEMA) with `final` set to what each outlet gets under a promoted scenario.

    supply: series, plan_month, capacity_units, stock_units, in_transit_units. outlets: mart_supply_outlet.
    Cells without rows there keep their plan.
    """
    cells = steps.filter(pl.col("subject") == "vehicle").select(
        "outlet_id", series="item", plan_month="forecast_month",
        demand_units=pl.col("hq").round(0).cast(pl.Int64),
    ).join(outlets, on=list(KEY))  # fmt: skip
    demand = cells.group_by("series", "plan_month").agg(pl.col("demand_units").sum())
    plan = constrain(with_changes(supply.join(demand, on=["series", "plan_month"]), changes))
    given = share_out(plan, cells, rule, locks).select(
        *KEY, pl.col("allocated_units").cast(pl.Float64), subject=pl.lit("vehicle")
    )
    on = ["subject", "outlet_id", "item", "forecast_month"]
    named = given.rename({"series": "item", "plan_month": "forecast_month"})
    return steps.join(named, on=on, how="left", maintain_order="left").with_columns(
        final=pl.coalesce("allocated_units", "final")
    ).drop("allocated_units")  # fmt: skip


def side_by_side(now: pl.DataFrame, then: pl.DataFrame, *, after: date) -> pl.DataFrame:
    """KEY, now_units, then_units: the published cars of two plans in the months after a day; sorted by KEY.

    now, then: plan steps of the same cells, whatever else they plan.
    """
    key = ["outlet_id", "item", "forecast_month"]
    ours, theirs = (
        steps.filter(pl.col("subject") == "vehicle", pl.col("forecast_month") > after).select(
            *key, pl.col("final").round(0).cast(pl.Int64)
        )
        for steps in (now, then)
    )
    return ours.join(theirs, on=key, suffix="_then", validate="1:1").select(
        series="item", plan_month="forecast_month", outlet_id="outlet_id",
        now_units="final", then_units="final_then",
    ).sort(KEY)  # fmt: skip


_EMPTY = pl.DataFrame(
    schema={
        "series": pl.String, "plan_month": pl.Date, "outlet_id": pl.String, "market": pl.String,
        "wanted_units": pl.Int64, "sold_order_units": pl.Int64, "stock_units": pl.Int64,
        "allocated_units": pl.Int64, "short_units": pl.Int64, "locked_units": pl.Int64, "reason": pl.String,
    }
)  # fmt: skip


def _series(
    months: pl.DataFrame, outlets: pl.DataFrame, rule: SupplyRule, locks: list[Lock]
) -> list[pl.DataFrame]:
    stock: _Stock | None = None
    parts = []
    for row in months.iter_rows(named=True):
        here = outlets.filter(plan_month=row["plan_month"])
        if here.is_empty():
            continue
        stock = stock or _at_the_start(here, row)
        mine = [lock for lock in locks if lock.plan_month == row["plan_month"]]
        shared = _month(here, row, stock, rule, mine)
        parts.append(shared.select(_EMPTY.columns).cast(_EMPTY.schema))
        _carry(stock, shared, int(row["arriving_units"]))
    return parts


def _at_the_start(here: pl.DataFrame, row: dict[str, Any]) -> _Stock:
    """Cars of the network that no outlet has are elsewhere; where a scenario took some, all have fewer."""
    units = here["stock_units"].to_numpy()
    opening = int(row["opening_units"])
    if opening < units.sum():
        units = hand_out(float(opening), units.astype(np.float64), whole=True)
    whole = units.astype(np.int64)
    return _Stock(whole.copy(), here["sold_orders"].to_numpy().astype(np.int64), opening - int(whole.sum()))


def _month(
    here: pl.DataFrame, row: dict[str, Any], stock: _Stock, rule: SupplyRule, locks: list[Lock]
) -> pl.DataFrame:
    weight = here["demand_units"].cast(pl.Float64).to_numpy()
    wanted = hand_out(float(row["demand_units"]), weight, whole=True).astype(np.int64)
    cells = here.select(*KEY, "market", "target_units", "sold_90d_units", "promised_date").with_columns(
        wanted_units=pl.Series(wanted),
        stock_units=pl.Series(stock.units),
        sold_order_units=pl.Series(np.minimum(stock.sold_orders, wanted)),
    )
    cells, units = _groups(cells, int(row["constrained_units"]), locks)
    given = _by_rule(cells.filter(pl.col("kept_units").is_null()), units, rule)
    return _told(cells.join(given, on="outlet_id", how="left", maintain_order="left"), rule)


def _groups(cells: pl.DataFrame, units: int, locks: list[Lock]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Cells with locked_units, kept_units (of a locked outlet) and item_id, the group they share in; and what
    each group has: a locked market its figure, the rest what all locks leave."""
    asked = {lock.outlet_id: lock.units for lock in locks if lock.outlet_id}
    of_market = {lock.market: lock.units for lock in locks if lock.market}
    wanted = cells["wanted_units"].to_list()
    outlet_locks = [asked.get(outlet) for outlet in cells["outlet_id"]]
    wishes = [0 if a is None else min(a, w) for a, w in zip(outlet_locks, wanted, strict=True)]
    kept = _within(wishes, units)
    cells = cells.with_columns(
        locked_units=pl.Series(outlet_locks, dtype=pl.Int64),
        kept_units=pl.Series([None if a is None else k for a, k in zip(outlet_locks, kept, strict=True)],
                             dtype=pl.Int64),
        item_id=pl.when(pl.col("market").is_in(list(of_market))).then("market").otherwise(pl.lit(REST)),
    )  # fmt: skip
    left = units - sum(kept)
    free = pl.col("kept_units").is_null()
    room = dict(cells.filter(free).group_by("item_id").agg(pl.col("wanted_units").sum()).iter_rows())
    held = dict(cells.group_by("market").agg(pl.col("kept_units").sum()).iter_rows())
    names = [market for market in of_market if market in room]
    figures = _within([min(max(of_market[m] - held[m], 0), room[m]) for m in names], left)
    groups = dict(zip(names, figures, strict=True))
    return cells, groups | {REST: min(left - sum(figures), room.get(REST, 0))}


def _within(wishes: list[int], units: int) -> list[int]:
    """The wishes, or where they come to more than there is, their even part of it; whole."""
    if sum(wishes) <= units or not wishes:
        return wishes
    cap = np.array(wishes, dtype=np.int64)
    return [int(n) for n in fair_parts(cap.astype(np.float64), np.zeros(cap.size), cap, units)]


def _by_rule(free: pl.DataFrame, units: dict[str, int], rule: SupplyRule) -> pl.DataFrame:
    """outlet_id, given_units of outlets that are not locked. What each has is its own; the rest is levelled.

    Where a group is to have less than its outlets have in stock, they share all of it instead.
    """
    own = pl.min_horizontal("stock_units", "wanted_units")
    mine = dict(free.group_by("item_id").agg(own.sum().alias("own")).iter_rows())
    sells_own = pl.col("item_id").is_in([g for g, n in mine.items() if units[g] >= n])
    waiting = pl.col("sold_order_units")
    requests = free.with_columns(own=pl.when(sells_own).then(own).otherwise(0)).with_columns(
        wanted=pl.col("wanted_units") - pl.col("own"),
        waiting=(waiting - pl.col("own")).clip(0),
        have=_base(rule, sells_own),
        forecast_per_day=_weight(rule),
    )
    supply = pl.DataFrame(
        [{"item_id": g, "units": units[g] - (n if units[g] >= n else 0)} for g, n in mine.items()],
        schema={"item_id": pl.String, "units": pl.Int64},
    )
    found = allocate(requests, supply, Rule(rule.value, Share.days_supply, {}))
    return requests.join(found.select("outlet_id", "allocated"), on="outlet_id").select(
        "outlet_id", given_units=pl.col("own") + pl.col("allocated")
    )


def _weight(rule: SupplyRule) -> pl.Expr:
    """What a share is even against; sold orders are served before and lengthen nobody's supply."""
    if rule is SupplyRule.days_supply:
        return (pl.col("wanted_units") - pl.col("sold_order_units")).cast(pl.Float64)
    name = "sold_90d_units" if rule is SupplyRule.sales_share else "target_units"
    return pl.col(name).fill_null(0).cast(pl.Float64)


def _base(rule: SupplyRule, sells_own: pl.Expr) -> pl.Expr:
    """What an outlet has towards its share: all its cars for days' supply, those it sells for the others."""
    has = pl.col("stock_units") if rule is SupplyRule.days_supply else pl.col("own")
    return pl.when(sells_own).then((has - pl.col("sold_order_units")).clip(0)).otherwise(0)


def _told(cells: pl.DataFrame, rule: SupplyRule) -> pl.DataFrame:
    allocated = pl.coalesce("kept_units", "given_units")
    cut = pl.col("kept_units") < pl.col("locked_units")
    why_cut = (
        pl.when(pl.col("kept_units") == pl.col("wanted_units"))
        .then(pl.lit("more is not wanted"))
        .otherwise(pl.lit("there are no more"))
    )
    sold = pl.min_horizontal("sold_order_units", "given_units")
    rest = pl.format(
        "{} for sold orders, {} by {}", sold, pl.col("given_units") - sold, pl.lit(BY_RULE[rule])
    )
    return cells.with_columns(
        allocated_units=allocated,
        short_units=pl.col("wanted_units") - allocated,
        reason=pl.when(cut)
        .then(pl.format("locked at {}, cut: {}", "locked_units", why_cut))
        .when(pl.col("kept_units").is_not_null()).then(pl.lit("locked"))
        .when(pl.col("item_id") != REST).then(pl.concat_str(rest, pl.lit(", within its market's lock")))
        .when(pl.col("given_units") == pl.col("wanted_units")).then(pl.lit("all that is wanted"))
        .otherwise(rest),
    )  # fmt: skip


def _carry(stock: _Stock, shared: pl.DataFrame, arriving: int) -> None:
    """Own cars go first, then those at no outlet and off the line, then those others have to spare."""
    given = shared["allocated_units"].to_numpy()
    own = np.minimum(given, stock.units)
    spare = stock.units - own
    needed = int((given - own).sum())
    off_the_line = min(needed, stock.elsewhere + arriving)
    taken = fair_parts(spare.astype(np.float64), np.zeros(spare.size), spare, needed - off_the_line)
    stock.units = spare - taken
    stock.elsewhere += arriving - off_the_line
    stock.sold_orders = np.maximum(stock.sold_orders - given, 0)
