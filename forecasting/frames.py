"""The long frame: keys, period, units; one row per series and period, checked before any fit.

`check_history()` refuses what would silently shift a series (gap, duplicate, negative, null);
`to_panel()` turns the frame into one matrix, time down and series across.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class HistoryError(ValueError):
    """A history that cannot be forecast as it stands; the message names key, period and remedy."""


class Frequency(StrEnum):
    quarterly = "quarterly"
    monthly = "monthly"
    weekly = "weekly"
    daily = "daily"

    @property
    def season(self) -> int:
        """Periods in one season: a year of quarters, months or weeks, a week of days."""
        return {"quarterly": 4, "monthly": 12, "weekly": 52, "daily": 7}[self.value]

    @property
    def offset(self) -> str:
        return {"quarterly": "1q", "monthly": "1mo", "weekly": "1w", "daily": "1d"}[self.value]

    @property
    def periods(self) -> str:
        """What more than one of them are called."""
        return {"quarterly": "quarters", "monthly": "months", "weekly": "weeks", "daily": "days"}[self.value]

    @property
    def is_of_months(self) -> bool:
        return self in (Frequency.quarterly, Frequency.monthly)

    def number(self, column: str) -> pl.Expr:
        """Whole number that grows by one from a period to the next."""
        day = pl.col(column).cast(pl.Date)
        if self.is_of_months:
            months = day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64)
            return months // 3 if self is Frequency.quarterly else months
        days = day.to_physical().cast(pl.Int64)
        return days // 7 if self is Frequency.weekly else days


@dataclass(frozen=True)
class Panel:
    """A balanced block of series: `units` is (periods, series), NaN where nothing was recorded."""

    keys: pl.DataFrame
    units: Floats
    last: date
    frequency: Frequency = Frequency.monthly

    def past(self) -> list[date]:
        """The periods of the block itself; month ends stay month ends."""
        return self._days(range(1 - self.units.shape[0], 1))

    def dates(self, horizon: int) -> list[date]:
        """The `horizon` periods after the last one; month ends stay month ends."""
        return self._days(range(1, horizon + 1))

    def _days(self, steps: range) -> list[date]:
        month_end = self.frequency.is_of_months and self.last.day > 27
        unit = self.frequency.offset.removeprefix("1")
        frame = pl.select(
            day=pl.lit(self.last), step=pl.Series([f"{s}{unit}" for s in steps], dtype=pl.String)
        )
        days = frame.select(pl.col("day").dt.offset_by(pl.col("step")))["day"]
        found: list[date] = (days.dt.month_end() if month_end else days).to_list()
        return found


def check_history(
    history: pl.DataFrame,
    keys: Sequence[str],
    *,
    period: str = "month",
    units: str = "units",
    frequency: Frequency = Frequency.monthly,
    complete: bool = True,
) -> pl.DataFrame:
    """Return the history sorted by keys and period, or raise HistoryError.

    Refused, each with key, period and remedy: a missing column, a null key or period, units that are
    null, NaN, infinite or negative, a period twice; and, when `complete`, a period left out or a series
    that stops before the others. An empty frame is returned as it is.
    """
    missing = [c for c in (*keys, period, units) if c not in history.columns]
    if missing:
        raise HistoryError(f"history has no column {', '.join(missing)}; it has {', '.join(history.columns)}")
    if not history.schema[units].is_numeric():
        raise HistoryError(f"{units} must be a number, not {history.schema[units]}; cast it first")
    value = pl.col(units).cast(pl.Float64)
    blank = pl.any_horizontal(pl.col(c).is_null() for c in (*keys, period))
    _refuse(history.filter(blank), keys, period, "has no key or period", "fill it or drop the row")
    _refuse(
        history.filter(value.is_null() | ~value.is_finite()),
        keys,
        period,
        f"has {units} that is null, NaN or infinite",
        "write 0 only if nothing was asked for",
    )
    _refuse(
        history.filter(value < 0),
        keys,
        period,
        f"has negative {units}",
        "net returns against the month of the sale, or floor at 0",
    )
    ordered = history.sort(*keys, period)
    step = frequency.number(period).diff().over(list(keys))
    steps = ordered.with_columns(step_=step)
    _refuse(steps.filter(pl.col("step_") == 0), keys, period, "appears twice", "add the rows up first")
    if complete and not ordered.is_empty():
        _refuse(
            steps.filter(pl.col("step_") > 1),
            keys,
            period,
            "follows a gap",
            "add a row for every period, with 0 where nothing was asked for",
        )
        ends = ordered.group_by(list(keys), maintain_order=True).agg(pl.col(period).max())
        last = ends[period].max()
        _refuse(
            ends.filter(pl.col(period) < last),
            keys,
            period,
            f"is its last period while others run to {last!s}",
            "add its zero periods up to the common end",
        )
    return ordered


def to_panel(
    history: pl.DataFrame,
    keys: Sequence[str],
    *,
    period: str = "month",
    units: str = "units",
    frequency: Frequency = Frequency.monthly,
) -> Panel:
    """Matrix of a history in which no key and period stands twice; absent cells become NaN.

    Series come out sorted by key. Raises HistoryError for an empty history.
    """
    if history.is_empty():
        raise HistoryError("history is empty; at least one period of one series is needed")
    ordered = history.sort(*keys, period)
    number = ordered.select(frequency.number(period)).to_series().to_numpy()
    series = ordered.select(pl.struct(keys).rle_id()).to_series().to_numpy()
    block = np.full((int(number.max() - number.min()) + 1, int(series[-1]) + 1), np.nan)
    block[number - number.min(), series] = ordered[units].cast(pl.Float64).to_numpy()
    names = ordered.select(keys).filter(pl.struct(keys).rle_id().is_first_distinct())
    last: date = ordered.select(pl.col(period).cast(pl.Date).max()).item()
    return Panel(names, block, last, frequency)


def _refuse(bad: pl.DataFrame, keys: Sequence[str], period: str, what: str, remedy: str) -> None:
    if bad.is_empty():
        return
    row = bad.row(0, named=True)
    key = ", ".join(f"{k}={row[k]}" for k in keys)
    more = f" (and {bad.height - 1} more rows)" if bad.height > 1 else ""
    raise HistoryError(f"{key}, {period} {row[period]} {what}{more}: {remedy}")
