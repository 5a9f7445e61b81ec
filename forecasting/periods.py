"""Which calendar a file keeps: monthly, weekly or daily, read off its days.

In: a frame with ds. Out: its Frequency, or HistoryError when rows are regularly further apart.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.frames import Frequency, HistoryError


def detect_frequency(history: pl.DataFrame) -> Frequency:
    """Monthly when every ds is a first, or every ds a last, of its month; weekly when whole weeks apart.

    Raises HistoryError when rows are regularly further apart (quarters, years, fortnights), in one series or
    in all: months among days would leave all but every thirtieth day of a series unknown.
    """
    days = history["ds"].drop_nulls().unique().sort()
    ends = days.dt.month_end()
    gaps = days.diff().drop_nulls().dt.total_days()
    if (days.dt.day() == 1).all() or (days == ends).all():
        found = Frequency.monthly
    elif len(gaps) and (gaps % 7 == 0).all():
        found = Frequency.weekly
    else:
        found = Frequency.daily
    numbers = days.to_frame().select(found.number("ds").diff().drop_nulls()).to_series().to_numpy()
    step = int(np.gcd.reduce(numbers)) if numbers.size > 1 else 1
    if step > 1:
        raise HistoryError(
            f"ds is always a multiple of {step} {found.offset} apart: only monthly, weekly and daily "
            "histories are forecast; aggregate or spread the rows first"
        )
    _refuse_mixed(history, found)
    return found


LEAST_ROWS = 3


def _refuse_mixed(history: pl.DataFrame, found: Frequency) -> None:
    """A series of firsts or lasts of months keeps another calendar than a file of weeks or days."""
    if found is Frequency.monthly:
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
