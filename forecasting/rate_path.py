"""A rate that changes ahead: what spans of days are worth in months at the full rate.

In: the units of each month ahead of a series whose rate is not the same in all of them. Out: steps that hold
from a day on, as shares of the series' own rate, and the months at that rate which a span of days comes to.
A series without steps has the same rate every day, and a span is worth its own length.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KEY = ["outlet_id", "part_id"]
LIST = pl.List(pl.Struct({"days": pl.Float64, "share": pl.Float64}))
SCHEMA = pl.Schema({"outlet_id": pl.String, "part_id": pl.String, "month": pl.Date, "units": pl.Float64})
# A share is shown with its explanation and read back from it: both must be the same number.
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Steps:
    """(rows, steps): the day each step begins and its share; padded with steps that begin never."""

    begin: Floats
    share: Floats


def with_steps(series: pl.DataFrame, path: pl.DataFrame | None, as_of: date) -> pl.DataFrame:
    """Add `rate_steps` (LIST) to series with mean_units_per_month: null where the rate is flat.

    path: SCHEMA, units a month from each day on; mostly the first of a month, the day of a change where a
    number is replaced. What began in the running month begins today, the last step has
    no end; a series whose mean is zero has no shares of it, and none are needed.
    """
    if path is None or path.is_empty():
        return series.with_columns(rate_steps=pl.lit(None, dtype=LIST))
    rate = pl.col("mean_units_per_month").cast(pl.Float64)
    days = (pl.col("month") - pl.lit(as_of)).dt.total_days().clip(lower_bound=0).cast(pl.Float64)
    lists = (
        path.join(series.select(*KEY, rate=rate), on=KEY)
        .filter(pl.col("rate") > 0, pl.col("month") >= pl.lit(as_of.replace(day=1)))
        .sort(*KEY, "month")
        .group_by(KEY, maintain_order=True)
        .agg(rate_steps=pl.struct(days=days, share=(pl.col("units") / pl.col("rate")).round(DIGITS)))
    )
    return series.join(lists, on=KEY, how="left", maintain_order="left")


def steps_of(lists: pl.Series) -> Steps | None:
    """Padded arrays of the lists in `lists`; None when no row has any. A row without is one step of 1."""
    lengths = lists.list.len().fill_null(0).cast(pl.Int64).to_numpy()
    if not lengths.any():
        return None
    begin = np.full((len(lists), int(lengths.max())), np.inf)
    share = np.ones(begin.shape)
    begin[:, 0] = 0.0
    rows = np.repeat(np.arange(len(lists)), lengths)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    flat = lists.filter(lists.list.len().fill_null(0) > 0).explode().struct.unnest()
    begin[rows, place] = flat["days"].to_numpy()
    share[rows, place] = flat["share"].to_numpy()
    return Steps(begin, share)


def months_worth(steps: Steps | None, days: Floats, per_month: Floats) -> tuple[Floats, Floats]:
    """What spans from today on are worth: months at the full rate, and the same of the squared shares.

    days: (rows,) or (rows, waits), per_month: days of a month, (rows,). The second is what
    distribution.sum_variance takes as `squares`.
    """
    each = per_month.reshape(-1, *(1,) * (days.ndim - 1))
    if steps is None:
        months = days / each
        return months, months
    end = np.concatenate([steps.begin[:, 1:], np.full((len(steps.begin), 1), np.inf)], axis=1)
    spread = (slice(None), *(None,) * (days.ndim - 1), slice(None))
    within = np.minimum(days[..., None], end[spread]) - steps.begin[spread]
    months = np.where(np.isfinite(within), np.maximum(within, 0.0), 0.0) / each[..., None]
    share = steps.share[spread]
    return (months * share).sum(axis=-1), (months * share**2).sum(axis=-1)
