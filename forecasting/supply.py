"""Supply against demand: what can be sold of what is wanted, series by series, month after month.

In: one row per series and month: demand, slots that arrive, stock and transit at the start. Out: the same
with the constrained plan, the gap, stock at the end and its days' supply. A scenario changes the inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from forecasting.spread import hand_out

DAYS_PER_MONTH = 30.4
BY = ("series", "plan_month")


class Measure(StrEnum):
    """What a line of a scenario changes."""

    demand_percent = "demand_percent"
    capacity_percent = "capacity_percent"
    capacity_units = "capacity_units"
    stock_units = "stock_units"


@dataclass(frozen=True, slots=True)
class Change:
    """value: percent or cars, added. Without series or month it holds for every one."""

    measure: Measure
    value: float
    series: str | None = None
    plan_month: object = None


def with_changes(base: pl.DataFrame, changes: list[Change]) -> pl.DataFrame:
    """The base under a scenario's assumptions; cars stay whole and none falls below zero.

    Cars added to the slots of every month are added in each; stock is there at the start alone. Percents come
    before cars, so that the order of the lines says nothing.
    """
    frame, order = base, list(Measure)
    for change in sorted(changes, key=lambda c: order.index(c.measure)):
        here = pl.lit(True)
        if change.series is not None:
            here = here & (pl.col("series") == change.series)
        if change.plan_month is not None and change.measure is not Measure.stock_units:
            here = here & (pl.col("plan_month") == change.plan_month)
        name, moved = _moved(change)
        whole = (moved + 0.5).floor().clip(0).cast(pl.Int64)
        frame = frame.with_columns(pl.when(here).then(whole).otherwise(name).alias(name))
    return frame


def _moved(change: Change) -> tuple[str, pl.Expr]:
    name = {
        Measure.demand_percent: "demand_units",
        Measure.stock_units: "stock_units",
    }.get(change.measure, "capacity_units")
    if change.measure in (Measure.demand_percent, Measure.capacity_percent):
        return name, pl.col(name) * (1 + change.value / 100)
    return name, pl.col(name) + change.value


def constrain(base: pl.DataFrame) -> pl.DataFrame:
    """mart_supply_demand's columns and arriving_units, opening_units, constrained_units, gap_units,
    closing_units, days_supply, is_capacity_known.

    Cars in transit are there in the first month. A month without slots takes the last known capacity and
    says so. Demand that is not met is lost, it does not wait: the customer buys elsewhere. Days' supply is
    the closing stock over the demand of the month after (the last month: over its own).
    """
    frame = base.sort(BY).with_columns(is_capacity_known=pl.col("capacity_units").is_not_null())
    rows = [_series(part) for _, part in frame.group_by("series", maintain_order=True)]
    return pl.concat(rows) if rows else frame


def _series(part: pl.DataFrame) -> pl.DataFrame:
    known = part["capacity_units"].forward_fill().fill_null(0)
    arriving = [int(units) for units in known]
    if arriving:
        arriving[0] += int(part["in_transit_units"][0])
    stock, opening, sold, closing = int(part["stock_units"][0]), [], [], []
    for demand, arrives in zip(part["demand_units"], arriving, strict=True):
        opening.append(stock)
        sold.append(min(int(demand), stock + arrives))
        stock += arrives - sold[-1]
        closing.append(stock)
    following = part["demand_units"].shift(-1).fill_null(part["demand_units"][-1])
    return (
        part.with_columns(
            arriving_units=pl.Series(arriving, dtype=pl.Int64),
            opening_units=pl.Series(opening, dtype=pl.Int64),
            constrained_units=pl.Series(sold, dtype=pl.Int64),
            closing_units=pl.Series(closing, dtype=pl.Int64),
            following=following,
        )
        .with_columns(
            gap_units=pl.col("demand_units") - pl.col("constrained_units"),
            days_supply=pl.when(pl.col("following") > 0).then(
                pl.col("closing_units") * DAYS_PER_MONTH / pl.col("following")
            ),
        )
        .drop("following")
    )


def published(steps: pl.DataFrame, supply: pl.DataFrame, changes: list[Change]) -> pl.DataFrame:
    """steps (plan_steps.STEP_SCHEMA) with `final` set to what supply carries under a promoted scenario.

    supply: series, plan_month, capacity_units, stock_units, in_transit_units. What is short is taken from the
    outlets in proportion to what headquarters gave them, whole. Cells without supply rows keep their plan.
    """
    cars = steps.filter(pl.col("subject") == "vehicle").rename(
        {"item": "series", "forecast_month": "plan_month"}
    )
    demand = cars.group_by(BY).agg(demand_units=pl.col("hq").sum().round(0).cast(pl.Int64))
    plan = constrain(with_changes(supply.join(demand, on=BY), changes))
    wanted = dict(zip(plan.select(BY).iter_rows(), plan["constrained_units"].to_list(), strict=True))
    numbered = steps.with_row_index("row").filter(pl.col("subject") == "vehicle")
    final = steps["final"].to_numpy().copy()
    for (series, month), cells in numbered.group_by("item", "forecast_month"):
        if (total := wanted.get((series, month))) is not None:
            rows, have = cells["row"].to_numpy(), cells["hq"].to_numpy()
            final[rows] = hand_out(float(total), have, whole=True)
    return steps.with_columns(final=pl.Series(final, dtype=pl.Float64))


def totals(plan: pl.DataFrame) -> dict[str, float]:
    """Of one scenario: cars wanted, sold, unmet, left over, and money sold and unmet in minor units."""
    last = plan["plan_month"].max()
    money = pl.col("price_minor").fill_null(0)
    row = plan.select(
        demand_units=pl.col("demand_units").sum(),
        constrained_units=pl.col("constrained_units").sum(),
        gap_units=pl.col("gap_units").sum(),
        closing_units=pl.col("closing_units").filter(pl.col("plan_month") == last).sum(),
        sold_minor=(pl.col("constrained_units") * money).sum(),
        unmet_minor=(pl.col("gap_units") * money).sum(),
    )
    return {name: float(value) for name, value in row.row(0, named=True).items()}


def binding(plan: pl.DataFrame) -> pl.DataFrame:
    """The constraints that bind: series and months in which slots and stock fall short, widest first."""
    return (
        plan.filter(pl.col("gap_units") > 0)
        .select(*BY, "demand_units", "opening_units", "arriving_units", "gap_units", "is_capacity_known")
        .sort("gap_units", *BY, descending=[True, False, False])
    )
