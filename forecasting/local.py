"""One cheap local method for a whole file, file to file: Croston-SBA, TSB or simple smoothing.

In: Parquet of unique_id, ds, y, every series recorded in the same periods and rows in order. Out: Parquet
of unique_id, ds, mean. Same formulas and same start values as intermittent.py, evaluated without a loop over
periods: a smoothed value is a weighted sum, and only periods with demand have a weight. The file is checked
and forecast piece by piece as it was stored, so that nothing is copied and a piece stays in a core's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.frames import HistoryError, Panel
from forecasting.periods import detect_frequency
from forecasting.tidy_file import COLUMNS, checked_out, written_whole

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


class LocalMethod(StrEnum):
    croston_sba = "croston_sba"
    tsb = "tsb"
    simple_smoothing = "simple_smoothing"


@dataclass(frozen=True)
class Piece:
    """Rows of a file that were stored together; a series may begin in one piece and end in the next."""

    ids: pl.Series
    days: NDArray[np.int32]
    units: Floats


@dataclass(frozen=True)
class Block:
    """Whole series, one below the other: days and units (series, periods)."""

    days: NDArray[np.int32]
    units: Floats


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
    target = _checked_paths(path, out)
    rows = pl.read_parquet(path, columns=list(COLUMNS))
    if rows.is_empty() or any(rows[name].null_count() for name in rows.columns):
        raise _irregular("is empty or has an empty cell")
    pieces = _pieces(rows)
    # One thread: a pool of them took 1.5 times the processor time, and longer.
    starts = _starts(pieces, [_changes(piece) for piece in pieces])
    names, periods = _names(rows["unique_id"], starts)
    blocks = list(_blocks(pieces, periods))
    days = blocks[0].days[0]
    mean = np.concatenate([_rate(_checked(block, days), method, alpha) for block in blocks])
    with written_whole(target) as partial:
        _table(names, days, mean, horizon).write_parquet(partial, compression="lz4", statistics=False)
    return mean.size * horizon


def _checked_paths(path: str | Path, out: str | Path) -> Path:
    """The way out; the way in is Parquet with the three columns, its days and numbers kept as such."""
    target, source = checked_out(out, path), Path(path)
    if (source.suffix, target.suffix) != (".parquet", ".parquet"):
        raise HistoryError(
            f"a single method reads and writes .parquet, not {source.name} and {target.name}: name such "
            "files, or leave out --method"
        )
    try:
        schema = pl.read_parquet_schema(source)
    except pl.exceptions.PolarsError as error:
        raise HistoryError(
            f"{source.name} is no Parquet file: save it again, or name the one meant"
        ) from error
    if missing := [c for c in COLUMNS if c not in schema]:
        raise HistoryError(f"{source.name} has no column {', '.join(missing)}; it has {', '.join(schema)}")
    if not (schema["ds"].is_temporal() and schema["y"].is_numeric()):
        raise _irregular("has ds that is no date, or y that is no number")
    return target


def _irregular(what: str) -> HistoryError:
    return HistoryError(f"the file {what}: leave out --method, the full engine takes such files or says why")


def _pieces(rows: pl.DataFrame) -> list[Piece]:
    columns = [
        rows["unique_id"],
        rows["ds"].cast(pl.Date).to_physical(),
        rows["y"].cast(pl.Float64),
    ]
    if len({tuple(map(len, column.get_chunks())) for column in columns}) > 1:
        columns = [column.rechunk() for column in columns]
    stored = zip(*(column.get_chunks() for column in columns), strict=True)
    return [Piece(ids, days.to_numpy(), units.to_numpy()) for ids, days, units in stored if len(ids)]


def _changes(piece: Piece) -> Rows:
    """Rows, from 1, whose id is not that of the row before in the same piece."""
    here, before = piece.ids.slice(1), piece.ids.slice(0, len(piece.ids) - 1)
    return np.flatnonzero(here.ne(before).to_numpy()) + 1


def _starts(pieces: list[Piece], changes: list[Rows]) -> Rows:
    """Rows of the file in which a series begins."""
    offsets = [0, *accumulate(len(piece.ids) for piece in pieces)]
    new = [True, *(one.ids[-1] != other.ids[0] for one, other in pairwise(pieces))]
    at = [
        np.concatenate([[offset] if begins else [], offset + within])
        for offset, begins, within in zip(offsets, new, changes, strict=False)
    ]
    return np.concatenate(at).astype(np.int64)


def _names(ids: pl.Series, starts: Rows) -> tuple[pl.Series, int]:
    """Every series' id, and how many periods each has."""
    series = starts.size
    periods = len(ids) // series
    if len(ids) % series or (starts != np.arange(series) * periods).any():
        raise _irregular("has series of different length, or is not sorted by unique_id")
    names = ids.gather(starts)
    if not names.is_sorted() and names.n_unique() != series:  # neighbours differ: sorted is unique
        raise _irregular("is not sorted by unique_id")
    return names.cast(pl.String), periods


def _blocks(pieces: list[Piece], periods: int) -> Iterator[Block]:
    """The series that lie within one piece, uncopied, between those that lie across two or more."""
    days: list[NDArray[np.int32]] = []
    units: list[Floats] = []
    held = 0
    for piece in pieces:
        head = min(-held % periods, piece.units.size)
        whole = (piece.units.size - head) // periods * periods
        tail = head + whole
        days.append(piece.days[:head])
        units.append(piece.units[:head])
        held += head
        if held and held % periods == 0:
            yield _block(np.concatenate(days), np.concatenate(units), periods)
            days, units, held = [], [], 0
        if whole:
            yield _block(piece.days[head:tail], piece.units[head:tail], periods)
        days.append(piece.days[tail:])
        units.append(piece.units[tail:])
        held += piece.units.size - tail


def _block(days: NDArray[np.int32], units: Floats, periods: int) -> Block:
    return Block(days.reshape(-1, periods), units.reshape(-1, periods))


def _checked(block: Block, days: NDArray[np.int32]) -> Floats:
    if (block.days != days).any() or (np.diff(days) <= 0).any():
        raise _irregular("has series of different periods, or not sorted by ds")
    if not np.isfinite(block.units.sum()) or block.units.min() < 0:
        raise _irregular("has y that is negative or not a number")
    return block.units


def _rate(values: Floats, method: LocalMethod, alpha: float) -> Floats:
    """Expected units per period after the last one, one per row of (series, periods)."""
    if method is LocalMethod.simple_smoothing:
        return _smoothed(values, alpha)
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
        rate[sold] = size * _smoothed(hit.astype(np.float64), alpha)[sold]
        return rate
    since = np.diff(cell, prepend=-1)
    since[first] = cell[first] - sold * periods + 1  # counted from the first period
    rate[sold] = (1 - alpha / 2) * size / np.add.reduceat(weight * since, first)
    return rate


def _smoothed(values: Floats, alpha: float) -> Floats:
    """The first period starts the smoothing."""
    by_age: Floats = alpha * (1 - alpha) ** np.arange(values.shape[1], dtype=np.float64)[::-1]
    by_age[0] /= alpha
    level: Floats = values @ by_age
    return level


def _table(names: pl.Series, days: NDArray[np.int32], mean: Floats, horizon: int) -> pl.DataFrame:
    past = pl.Series("ds", days).cast(pl.Date)
    ahead = Panel(pl.DataFrame(), np.empty((0, 0)), past[-1], detect_frequency(past.to_frame())).dates(
        horizon
    )
    each = np.repeat(np.arange(mean.size, dtype=np.uint32), horizon)
    return pl.DataFrame(
        {
            "unique_id": names.gather(each),
            "ds": pl.Series(
                np.tile(pl.Series(ahead, dtype=pl.Date).to_physical().to_numpy(), mean.size)
            ).cast(pl.Date),
            "mean": np.repeat(mean, horizon),
        }
    )
