"""Which calendar a file keeps: quarterly, monthly, weekly or daily, read off its days.

In: a frame with ds. Out: its Frequency, or HistoryError when rows keep another calendar, or none.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.frames import Frequency, HistoryError

# A hundred years of days: beyond it one mistyped year would be filled up with unknown days.
MOST_PERIODS = 36_600
# The last day that every month has, but for February, whose last day may be meant.
LAST_COMMON_DAY = 27


def detect_frequency(history: pl.DataFrame) -> Frequency:
    """Monthly when every ds is the last, or the same day of its month (quarterly: three months apart at
    least); weekly when whole weeks apart.

    Raises HistoryError when rows are regularly further apart (years, fortnights), in one series or in all, or
    follow no calendar: months among days would leave all but every thirtieth day of a series unknown.
    """
    days = history["ds"].drop_nulls().unique().sort()
    found = _calendar(days)
    numbers = days.to_frame().select(found.number("ds")).to_series().to_numpy()
    if numbers.size and numbers[-1] - numbers[0] >= MOST_PERIODS:
        raise HistoryError(
            f"ds runs from {days[0]} to {days[-1]}, {numbers[-1] - numbers[0] + 1:,} {found.periods}: "
            f"correct the day that is mistyped; a file may span {MOST_PERIODS:,}"
        )
    steps = np.diff(numbers)
    step = int(np.gcd.reduce(steps)) if steps.size else 1
    if found is Frequency.monthly and step == 3:
        found, step = Frequency.quarterly, 1
    if step > 1:
        raise HistoryError(
            f"ds is always a multiple of {step} {found.periods} apart: quarterly, monthly, weekly and daily "
            "histories are forecast; aggregate or spread the rows first"
        )
    if found is Frequency.daily and steps.size and steps.min() > 1:
        raise HistoryError(
            f"ds keeps no calendar: {days[0]} and {days[1]} are {steps[0]} days apart and no two are next to "
            "each other; write each quarter or month by its first day, each week by its first day"
        )
    _refuse_mixed(history, found)
    return found


def _calendar(days: pl.Series) -> Frequency:
    """days: each once, in order."""
    of_month = days.dt.day().unique()
    is_same_day = len(of_month) == 1 and (
        of_month[0] == 1 or (len(days) > 1 and of_month[0] <= LAST_COMMON_DAY)
    )
    if is_same_day or (days == days.dt.month_end()).all():
        return Frequency.monthly
    gaps = days.diff().drop_nulls().dt.total_days()
    return Frequency.weekly if len(gaps) and (gaps % 7 == 0).all() else Frequency.daily


LEAST_ROWS = 3


def _refuse_mixed(history: pl.DataFrame, found: Frequency) -> None:
    """A series of firsts or lasts of months keeps another calendar than a file of weeks or days."""
    if found.is_of_months:
        return
    day = pl.col("ds")
    series = history.drop_nulls("ds").group_by("unique_id").agg(
        n=day.n_unique(), is_monthly=(day.dt.day() == 1).all() | (day == day.dt.month_end()).all()
    )  # fmt: skip
    apart = series.filter(pl.col("n") >= LEAST_ROWS, pl.col("is_monthly")).sort("unique_id")
    if not apart.is_empty():
        raise HistoryError(
            f"ds of unique_id={apart['unique_id'][0]} is a month in a {found} file "
            f"(and {apart.height - 1} more): give series of another calendar a file of their own"
        )
