"""One cheap local method for a whole file, file to file: Croston-SBA, TSB or simple smoothing.

In: Parquet of unique_id, ds, y, every series recorded in the same periods and rows in order. Out: Parquet
of unique_id, ds, mean. Same formulas and same start values as intermittent.py, evaluated without a loop over
periods: a smoothed value is a weighted sum, and only periods with demand have a weight.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.frames import HistoryError, Panel
from forecasting.periods import detect_frequency

Floats = NDArray[np.float64]

# A block of series and its intermediate columns stay in a core's cache.
BLOCK_SERIES = 4_096


class LocalMethod(StrEnum):
    croston_sba = "croston_sba"
    tsb = "tsb"
    simple_smoothing = "simple_smoothing"


@dataclass(frozen=True)
class Block:
    """A file in which every series stands in the same periods: values (series, periods), ids as filed."""

    ids: pl.Series
    days: pl.Series
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
    _table(block, mean, horizon).write_parquet(out, compression="lz4", statistics=False)
    return mean.size * horizon


def read_block(path: str | Path) -> Block:
    """The file as one block; raises HistoryError where it is none."""
    rows = pl.read_parquet(path, columns=["unique_id", "ds", "y"])
    if rows.is_empty() or any(rows[name].null_count() for name in rows.columns):
        raise _irregular("is empty or has an empty cell")
    starts = _starts(rows["unique_id"])
    series = starts.size
    if rows.height % series or (starts != np.arange(series) * (rows.height // series)).any():
        raise _irregular("has series of different length, or is not sorted by unique_id")
    names = rows["unique_id"].gather(starts)
    if names.n_unique() != series:
        raise _irregular("is not sorted by unique_id")
    days = rows["ds"].cast(pl.Date)
    day = days.to_physical().to_numpy().reshape(series, -1)
    if (day != day[0]).any() or (np.diff(day[0]) <= 0).any():
        raise _irregular("has series of different periods, or not sorted by ds")
    y = rows["y"].cast(pl.Float64).to_numpy().reshape(series, -1)
    if not np.isfinite(y.sum()) or y.min() < 0:
        raise _irregular("has y that is negative or not a number")
    return Block(names.cast(pl.String), days[: day.shape[1]], y)


def _starts(ids: pl.Series) -> NDArray[np.int64]:
    """Rows whose id is not that of the row before; pieces of the column side by side."""
    pieces = ids.get_chunks()
    with ThreadPoolExecutor() as threads:
        inside = list(threads.map(lambda piece: piece.slice(1).ne(piece.slice(0, len(piece) - 1)), pieces))
    first = [True, *(one[-1] != other[0] for one, other in pairwise(pieces))]
    changes = [
        np.concatenate([[begins], within.to_numpy()]) for begins, within in zip(first, inside, strict=True)
    ]
    return np.flatnonzero(np.concatenate(changes))


def _irregular(what: str) -> HistoryError:
    return HistoryError(f"the file {what}: leave out --method, the full engine takes such files or says why")


def _rate(values: Floats, method: LocalMethod, alpha: float) -> Floats:
    """Expected units per period after the last one, one per row."""
    if method is LocalMethod.simple_smoothing:
        return _smoothed(values, alpha)
    blocks = [values[first : first + BLOCK_SERIES] for first in range(0, len(values), BLOCK_SERIES)]
    with ThreadPoolExecutor() as threads:
        return np.concatenate(list(threads.map(partial(_block_rate, method=method, alpha=alpha), blocks)))


def _smoothed(values: Floats, alpha: float) -> Floats:
    """The first period starts the smoothing."""
    by_age: Floats = alpha * (1 - alpha) ** np.arange(values.shape[1], dtype=np.float64)[::-1]
    by_age[0] /= alpha
    level: Floats = values @ by_age
    return level


def _block_rate(values: Floats, method: LocalMethod, alpha: float) -> Floats:
    """Smoothed size of the demands, over their smoothed gap or times the smoothed chance of any."""
    series, periods = values.shape
    hit = values > 0
    hits = np.count_nonzero(hit, axis=1)
    cell, sold = np.flatnonzero(hit), np.flatnonzero(hits)
    if not sold.size:
        return np.zeros(series)
    end = np.cumsum(hits[sold])
    first = end - hits[sold]  # of each series' demands, in `cell`
    by_age = alpha * (1 - alpha) ** np.arange(periods)
    weight = by_age[np.repeat(end, hits[sold]) - np.arange(1, cell.size + 1)]
    weight[first] /= alpha  # the first demand starts the smoothing
    size = np.add.reduceat(weight * values.ravel()[cell], first)
    rate = np.zeros(series)
    if method is LocalMethod.tsb:
        rate[sold] = size * _smoothed(hit[sold].astype(np.float64), alpha)
        return rate
    since = np.diff(cell, prepend=-1)
    since[first] = cell[first] - sold * periods + 1  # counted from the first period
    rate[sold] = (1 - alpha / 2) * size / np.add.reduceat(weight * since, first)
    return rate


def _table(block: Block, mean: Floats, horizon: int) -> pl.DataFrame:
    frequency = detect_frequency(block.days.to_frame())
    ahead = Panel(pl.DataFrame(), np.empty((0, 0)), block.days[-1], frequency).dates(horizon)
    days = pl.Series(ahead, dtype=pl.Date).to_physical().to_numpy()
    each = np.repeat(np.arange(mean.size, dtype=np.uint32), horizon)
    return pl.DataFrame(
        {
            "unique_id": block.ids.gather(each),
            "ds": pl.Series(np.tile(days, mean.size)).cast(pl.Date),
            "mean": np.repeat(mean, horizon),
        }
    )
