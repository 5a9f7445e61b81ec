"""One cheap local method for a whole file, file to file: Croston-SBA, TSB or simple smoothing.

In: Parquet of unique_id, ds, y, every series recorded in the same periods and rows in order. Out: Parquet
of unique_id, ds, mean. Same formulas and same start values as intermittent.py, evaluated without a loop over
periods: a smoothed value is a weighted sum, and only periods with demand have a weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from forecasting.frames import HistoryError, Panel
from forecasting.periods import detect_frequency

Floats = NDArray[np.float64]


class LocalMethod(StrEnum):
    croston_sba = "croston_sba"
    tsb = "tsb"
    simple_smoothing = "simple_smoothing"


@dataclass(frozen=True)
class Block:
    """A file in which every series stands in the same periods: values (series, periods), ids as filed."""

    ids: Any  # pyarrow strings
    days: NDArray[np.datetime64]
    values: Floats


def forecast_local(
    path: str | Path, *, method: LocalMethod, horizon: int, out: str | Path, alpha: float = 0.1
) -> int:
    """Write `horizon` periods after the last one of every series; returns the rows written.

    Raises HistoryError, with the remedy, when the file is not one block of equally long, complete series:
    the full engine (`forecast_file`) takes what is gappy or late.
    """
    if horizon < 1:
        raise HistoryError(f"horizon must be at least 1 period, got {horizon}")
    if not 0 < alpha <= 1:
        raise HistoryError(f"alpha must be in (0, 1], got {alpha}")
    block = read_block(path)
    mean = _rate(block.values, method, alpha)
    options: dict[str, Any] = {
        "use_dictionary": ["unique_id"],
        "compression": "none",
        "write_statistics": False,
    }
    pq.write_table(_table(block, mean, horizon), out, **options)
    return mean.size * horizon


def read_block(path: str | Path) -> Block:
    """The file as one block; raises HistoryError where it is none."""
    rows = pl.read_parquet(path, columns=["unique_id", "ds", "y"])
    if rows.is_empty() or any(rows[name].null_count() for name in rows.columns):
        raise _irregular("is empty or has an empty cell")
    ids = rows["unique_id"]
    starts = np.flatnonzero((ids != ids.shift(1)).fill_null(True).to_numpy())
    series = starts.size
    if rows.height % series or (starts != np.arange(series) * (rows.height // series)).any():
        raise _irregular("has series of different length, or is not sorted by unique_id")
    names = ids.gather(starts)
    if names.n_unique() != series:
        raise _irregular("is not sorted by unique_id")
    day = rows["ds"].cast(pl.Date).to_physical().to_numpy().reshape(series, -1)
    if (day != day[0]).any() or (np.diff(day[0]) <= 0).any():
        raise _irregular("has series of different periods, or not sorted by ds")
    y = rows["y"].cast(pl.Float64).to_numpy().reshape(series, -1)
    if not np.isfinite(y.sum()) or y.min() < 0:
        raise _irregular("has y that is negative or not a number")
    return Block(names.cast(pl.String).to_arrow(), day[0].astype("datetime64[D]"), y)


def _irregular(what: str) -> HistoryError:
    return HistoryError(f"the file {what}: leave out --method, the full engine takes such files or says why")


def _rate(values: Floats, method: LocalMethod, alpha: float) -> Floats:
    """Expected units per period after the last one, one per row."""
    periods = values.shape[1]
    by_age: Floats = alpha * (1 - alpha) ** np.arange(periods, dtype=np.float64)[::-1]
    by_age[0] /= alpha  # the first period starts the smoothing
    if method is LocalMethod.simple_smoothing:
        level: Floats = values @ by_age
        return level
    size, gap, chance = _sizes(values, alpha, by_age)
    if method is LocalMethod.tsb:
        size *= chance
        return size
    size *= (1 - alpha / 2) / gap
    return size


def _sizes(values: Floats, alpha: float, by_age: Floats) -> tuple[Floats, Floats, Floats]:
    """Smoothed size and gap of the periods with demand, and smoothed chance of any."""
    series, periods = values.shape
    flat = np.flatnonzero(values.ravel() > 0)
    row = flat // periods
    hits = np.bincount(row, minlength=series)
    end = np.cumsum(hits)
    weights = alpha * (1 - alpha) ** np.arange(periods)
    weight = weights[end[row] - np.arange(1, flat.size + 1)]
    first = end[hits > 0] - hits[hits > 0]
    weight[first] /= alpha  # the first demand starts the smoothing
    since = np.diff(flat, prepend=-1)
    since[first] = flat[first] % periods + 1  # counted from the first period
    weighted = (weight * values.ravel()[flat], weight * since, by_age[flat % periods])
    size, gap, chance = (np.bincount(row, weights=w, minlength=series).astype(float) for w in weighted)
    return size, np.where(hits > 0, gap, 1.0), chance


def _table(block: Block, mean: Floats, horizon: int) -> pa.Table:
    days = pl.Series("ds", block.days).cast(pl.Date)
    frequency = detect_frequency(days.to_frame())
    ahead = Panel(pl.DataFrame(), np.empty((0, 0)), days[-1], frequency).dates(horizon)
    series = mean.size
    each: Any = pa.array(np.repeat(np.arange(series, dtype=np.int32), horizon))
    step: Any = pa.array(np.tile(np.arange(horizon, dtype=np.int32), series))
    columns: dict[str, Any] = {
        "unique_id": pa.DictionaryArray.from_arrays(each, block.ids),
        "ds": pa.DictionaryArray.from_arrays(step, pa.array(ahead, pa.date32())).cast(pa.date32()),
        "mean": pa.array(np.repeat(mean, horizon)),
    }
    return pa.table(columns)
