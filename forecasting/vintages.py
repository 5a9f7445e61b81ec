"""Vintages: what was expected on a day, from the facts known by then.

In: monthly sales and part demand, a forecast, the history of changes. Out: the plan of that day at every
step. A backcast does today what a run of that day would have done: it sees no later month or change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from forecasting.cleaning import cleaned, marks_on
from forecasting.part_launch import known_plans
from forecasting.parts import forecast_parts
from forecasting.plan_steps import Plan, holding, plan_steps
from forecasting.supersession import announced
from forecasting.vehicles import forecast_vehicles

CELLS = ("subject", "outlet_id", "market", "region_path", "item", "forecast_month", "mean", "units")
LEAST_MONTHS = 13  # of history: below it there is no same month of the year before


@dataclass(frozen=True, slots=True)
class Vintage:
    """day: the last one whose changes are known. Its forecast rests on the months before day's month."""

    day: date
    plan: Plan


def add_months(month: date, months: int) -> date:
    """First day of the month so many months on."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def plan_of(day: date, forecast: pl.DataFrame, actual: pl.DataFrame, changes: pl.DataFrame) -> Plan:
    """forecast: CELLS. actual: subject, outlet_id, item, month, units of complete months.

    Naive is the same month of the year before, or the last month where there is none.
    """
    known = actual.filter(pl.col("month") < day.replace(day=1))
    at = ["subject", "outlet_id", "item"]
    before = known.select(
        *at, pl.col("month").dt.offset_by("12mo").alias("forecast_month"), last_year="units"
    )
    latest = known.sort("month").group_by(at).agg(last="units").select(*at, pl.col("last").list.last())
    cells = (
        forecast.select(CELLS)
        .join(before, on=[*at, "forecast_month"], how="left")
        .join(latest, on=at, how="left")
        .with_columns(naive=pl.coalesce("last_year", "last").fill_null(0).cast(pl.Float64))
        .drop("last")
    )
    return plan_steps(cells, holding(changes, day))


def backcast(
    sales: pl.DataFrame,
    changes: pl.DataFrame,
    *,
    month: date,
    horizon: int,
    marks: pl.DataFrame | None = None,
    seed: int = 0,
) -> Vintage | None:
    """The vintage of a past month as its last day would have published it; None with too little history.

    sales: market, outlet_id, series, region, month, units, as `forecast_vehicles` takes them. marks:
    fct_sales_outlier, every version; one recorded later is not known yet.
    """
    known = _known(sales, month)
    if known is None:
        return None
    # a cell with its first sale later was unknown; one whose first known months are missing starts later
    # six vintages in a fresh installation: the methods that take seconds each are left to the months to come
    learnt = known if marks is None else cleaned(known, marks_on(marks, _last_day(month)))
    found = forecast_vehicles(learnt, horizon=horizon, seed=seed, textbook=False).monthly
    forecast = found.select(
        pl.lit("vehicle").alias("subject"), "outlet_id", "market", "mean", "units",
        region_path="region", item="series", forecast_month="month",
    )  # fmt: skip
    actual = known.select(pl.lit("vehicle").alias("subject"), "outlet_id", "month", "units", item="series")
    return _as_of_its_last_day(month, forecast, actual, changes)


def backcast_parts(
    demand: pl.DataFrame,
    changes: pl.DataFrame,
    *,
    month: date,
    horizon: int,
    relations: pl.DataFrame | None = None,
    launches: pl.DataFrame | None = None,
    seed: int = 0,
) -> Vintage | None:
    """As `backcast`, of parts. demand: market, region, outlet_id, part_id, month, units (corrected).

    It rests on complete months alone: what was booked or open on that day is not kept. relations:
    fct_part_supersession, launches: fct_part_launch; of both it knows what had been recorded by that day.
    """
    known = _known(demand, month)
    if known is None:
        return None
    history = known.select("outlet_id", "part_id", "month", "units")
    moves = None if relations is None else announced(relations, _last_day(month))
    plans = None if launches is None else known_plans(launches, _last_day(month))
    # a vintage keeps the mean; quantiles would be computed for nobody
    found = forecast_parts(
        history, horizon=horizon, levels=(), seed=seed, moves=moves, launches=plans
    ).monthly
    forecast = found.join(known.select("outlet_id", "market", "region").unique(), on="outlet_id").select(
        pl.lit("part").alias("subject"), "outlet_id", "market", "mean", pl.lit(None, pl.Int64).alias("units"),
        region_path="region", item="part_id", forecast_month="month",
    )  # fmt: skip
    actual = history.select(pl.lit("part").alias("subject"), "outlet_id", "month", "units", item="part_id")
    return _as_of_its_last_day(month, forecast, actual, changes)


def joined(plans: Iterable[Plan]) -> Plan:
    """Plans of different subjects as one."""
    held = list(plans)
    return Plan(pl.concat([p.steps for p in held]), pl.concat([p.effects for p in held]))


def _known(history: pl.DataFrame, month: date) -> pl.DataFrame | None:
    """Complete months before; None where they are too few."""
    known = history.filter(pl.col("month") < month)
    return known if known["month"].n_unique() >= LEAST_MONTHS else None


def _as_of_its_last_day(
    month: date, forecast: pl.DataFrame, actual: pl.DataFrame, changes: pl.DataFrame
) -> Vintage:
    day = _last_day(month)
    return Vintage(day, plan_of(day, forecast, actual, changes))


def _last_day(month: date) -> date:
    return add_months(month, 1) - timedelta(days=1)


def missing_months(kept: set[date], *, running: date, back: int) -> Iterator[date]:
    """Months before the running one, oldest first, of which no vintage is kept."""
    yield from (m for m in (add_months(running, -n) for n in range(back, 0, -1)) if m not in kept)
