"""Target, actual and forecast side by side: pure, over rows of `mart_sales_attainment`.

A sum without any figure is null, not zero. Ratios are the published metrics', rolled up by their parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from apps import words
from apps.kpis import Metric

KINDS = {
    "current": "latest run",
    "published": "published",
    "replayed": "replayed",
    "backcast": "backcast",
}


class Measure(StrEnum):
    """Which sale is meant; they are never added."""

    RETAIL = "retail"
    WHOLESALE = "wholesale"


@dataclass(frozen=True, slots=True)
class Ratios:
    """The metrics of a measure; the forecast is one of retail."""

    attained: Metric
    pace: Metric
    of_forecast: Metric | None


RATIOS = {
    Measure.RETAIL: Ratios(Metric.ATTAINMENT, Metric.PACE, Metric.OF_FORECAST),
    Measure.WHOLESALE: Ratios(Metric.WHOLESALE_ATTAINMENT, Metric.WHOLESALE_PACE, None),
}


def summed(rows: pl.DataFrame, measure: Measure, by: str) -> pl.DataFrame:
    """One row per `by`, sorted: target, actual, forecast, to_date, landing, left_days, vintage, kind.

    landing: where each market lands when it goes on selling as many a working day. vintage, kind: of the
    oldest forecast in the sum, which is the only one unless an archive lost a month.
    """
    forecast = pl.col("forecast_units") if measure is Measure.RETAIL else pl.lit(None, dtype=pl.Float64)
    pace = pl.col(f"{measure}_units") * pl.col("working_days") / pl.col("working_days_elapsed")
    landing = pl.when(pl.col("working_days_elapsed") > 0).then(pace)
    left = (pl.col("working_days") - pl.col("working_days_elapsed")).max()
    oldest = pl.col("forecast_vintage_date").drop_nulls().arg_min()
    return (
        rows.with_columns(forecast=forecast, landing=landing)
        .group_by(by)
        .agg(
            target=sum_or_null(f"{measure}_target"),
            actual=sum_or_null(f"{measure}_units"),
            forecast=sum_or_null("forecast"),
            to_date=sum_or_null(f"{measure}_target_to_date"),
            landing=sum_or_null("landing"),
            left_days=left,
            vintage=pl.col("forecast_vintage_date").min(),
            kind=pl.col("forecast_kind").drop_nulls().get(oldest, null_on_oob=True),
        )
        .sort(by)
    )


def rolled(parts: pl.DataFrame, key: pl.Expr, name: str) -> pl.DataFrame:
    """A metric's parts summed to `key` and divided: by, name. Nothing to divide by is null."""
    amounts = (pl.col(part).cast(pl.Float64).sum() for part in ("numerator", "denominator"))
    summed_parts = parts.group_by(by=key).agg(*amounts)
    value = pl.when(pl.col("denominator") != 0).then(pl.col("numerator") / pl.col("denominator"))
    return summed_parts.select("by", value.alias(name))


def needed_per_day(row: dict[str, Any]) -> float | None:
    """Cars a working day that are left to do for the target; None without a target or without a day left."""
    if row["target"] is None or row["actual"] is None or not row["left_days"]:
        return None
    return float(max(row["target"] - row["actual"], 0) / row["left_days"])


@dataclass(frozen=True, slots=True)
class Counted:
    """How amounts are said: cars, units of parts, money."""

    number: Callable[[float | None], str] = words.number
    noun: str = " cars"


CARS = Counted()


def finding(
    row: dict[str, Any],
    month: date,
    as_of: date,
    ratios: dict[str, float | None],
    counted: Counted = CARS,
) -> str:
    """The month in a sentence. row: one row of `summed`. ratios: attained, pace, of_forecast."""
    number = counted.number
    if row["actual"] is None:
        return (
            f"{words.month(month)} has not begun: target {number(row['target'])}, forecast "
            f"{number(row['forecast'])}."
        )
    if month < as_of.replace(day=1):
        return _past(row, month, ratios, counted)
    sold = f"{number(row['actual'])}{counted.noun} in {words.month(month)}"
    if row["landing"] is None:
        return f"{sold}; no working day has passed yet."
    lands = f"at this pace {number(row['landing'])} by the end of the month"
    compared = [
        f"{_beside(row['landing'] - row[column], number)} {name}"
        for column, name in (("target", "target"), ("forecast", "forecast"))
        if row[column] is not None
    ]
    to_date = f", {words.percent(ratios['pace'])} of the target to date" if ratios["pace"] is not None else ""
    return f"{sold}{to_date}; {lands}" + (f": {', '.join(compared)}." if compared else ".")


def _past(row: dict[str, Any], month: date, ratios: dict[str, float | None], counted: Counted) -> str:
    said = [f"{counted.number(row['actual'])}{counted.noun} in {words.month(month)}"]
    if ratios["attained"] is not None:
        said.append(f"{words.percent(ratios['attained'])} of the target")
    if ratios["of_forecast"] is not None:
        made = f"made on {words.day(row['vintage'])}, {KINDS[row['kind']]}"
        said.append(f"{words.percent(ratios['of_forecast'])} of the forecast ({made})")
    return ", ".join(said) + "."


def _beside(gap: float, number: Callable[[float | None], str]) -> str:
    away = round(gap)
    return f"{number(abs(away))} {'above' if away > 0 else 'short of'}" if away else "on"


def sum_or_null(column: str) -> pl.Expr:
    """The sum of what is known; null when nothing is."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum())
