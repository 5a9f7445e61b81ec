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
MONTHS_PER_YEAR = 12
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


def by_plant(plan: pl.DataFrame, slots: pl.DataFrame) -> pl.DataFrame:
    """Where what arrives comes from: series, plan_month, plant, build_month, transit_days, units.

    plan: of `constrain`. slots: mart_supply_plant. What arrives in a month is shared over the plants whose
    slots it comes from, whole; cars under way, and those of a month without known slots, have no plant.
    """
    first = plan["plan_month"].min()
    parts = [
        slots.select(*BY, "plant", "build_month", "transit_days", units=pl.lit(0, dtype=pl.Int64)).clear()
    ]
    for row in plan.select(*BY, "arriving_units", "in_transit_units").iter_rows(named=True):
        own = slots.filter(series=row["series"], plan_month=row["plan_month"])
        under_way = row["in_transit_units"] if row["plan_month"] == first else 0
        built = row["arriving_units"] - under_way
        if not own.is_empty():
            weights = own["capacity_units"].cast(pl.Float64).to_numpy()
            shared = pl.Series(hand_out(float(built), weights, whole=True)).cast(pl.Int64)
            parts.append(own.select(*BY, "plant", "build_month", "transit_days", units=shared))
        loose = under_way if not own.is_empty() else row["arriving_units"]
        parts.append(pl.DataFrame([{**{name: row[name] for name in BY}, "units": loose}]))
    return (
        pl.concat(parts, how="diagonal_relaxed").filter(pl.col("units") > 0).sort(*BY, "plant", "build_month")
    )


def days_of_stock_and_pipeline(plan: pl.DataFrame, supplied: pl.DataFrame) -> pl.DataFrame:
    """plan_month, closing_units, pipeline_units, days_supply: of all series, month after month.

    supplied: of `by_plant`. In the pipeline are the cars built by the end of a month that arrive later. Days'
    supply is over the demand of the month after (the last month: over its own); null without demand.
    """
    months = plan.group_by("plan_month").agg(pl.col("demand_units", "closing_units").sum()).sort("plan_month")
    pipeline = [
        supplied.filter((pl.col("build_month") <= month) & (pl.col("plan_month") > month))["units"].sum()
        for month in months["plan_month"]
    ]
    following = pl.col("demand_units").shift(-1).fill_null(pl.col("demand_units"))
    held = pl.col("closing_units") + pl.col("pipeline_units")
    return months.with_columns(pipeline_units=pl.Series(pipeline, dtype=pl.Int64)).select(
        "plan_month", "closing_units", "pipeline_units",
        days_supply=pl.when(following > 0).then(held * DAYS_PER_MONTH / following),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Totals:
    """Of one scenario over its months: cars, and money in minor units of one currency.

    margin_minor and carry_minor hold the series whose cost is on file; `uncosted` names the others, and both
    are None when there is no cost at all. Carrying is the mean of the stock at the start and at the end of a
    month, at cost, for a twelfth of the rate a year. Unmet demand is at list price.
    """

    demand_units: int
    constrained_units: int
    gap_units: int
    closing_units: int
    sold_minor: float
    unmet_minor: float
    margin_minor: float | None
    carry_minor: float | None
    uncosted: tuple[str, ...]


def totals(plan: pl.DataFrame) -> Totals:
    """plan: `constrain`'s columns with price_minor, unit_cost_minor and holding_percent."""
    last = pl.col("plan_month") == plan["plan_month"].max()
    price, cost, sold = pl.col("price_minor"), pl.col("unit_cost_minor"), pl.col("constrained_units")
    held = (pl.col("opening_units") + pl.col("closing_units")) / 2
    costed = plan.filter((price + cost).is_not_null())
    row = plan.select(
        pl.col("demand_units", "constrained_units", "gap_units").sum(),
        pl.col("closing_units").filter(last).sum(),
        sold_minor=(sold * price).sum(),
        unmet_minor=(pl.col("gap_units") * price).sum(),
    ).row(0, named=True)
    money = costed.select(
        margin_minor=(sold * (price - cost)).sum(),
        carry_minor=(held * cost * pl.col("holding_percent") / (100 * MONTHS_PER_YEAR)).sum(),
    ).row(0, named=True)
    known = set(costed["series"])
    return Totals(
        **row,
        **(money if known else dict.fromkeys(money)),
        uncosted=tuple(sorted(set(plan["series"]) - known)),
    )


def binding(plan: pl.DataFrame) -> pl.DataFrame:
    """The constraints that bind: series and months in which slots and stock fall short, widest first."""
    return (
        plan.filter(pl.col("gap_units") > 0)
        .select(*BY, "demand_units", "opening_units", "arriving_units", "gap_units", "is_capacity_known")
        .sort("gap_units", *BY, descending=[True, False, False])
    )
