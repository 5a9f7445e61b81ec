"""Plain files of series: what the engines on files read, what they may be asked for, and how they write.

In: .csv (comma, semicolon or tab), .parquet or .xlsx with unique_id, ds, y. Out: `Tidy`, rows with a value.
An id stays the text it is: 007 is not 7. What cannot be read is refused with field, rule and remedy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from forecasting.frames import HistoryError

COLUMNS = ("unique_id", "ds", "y")
NO_ROWS = "the file has no rows; at least one unique_id, ds and y are needed"
TEXT = (pl.String, pl.Categorical, pl.Enum)
WRITTEN = (".parquet", ".csv")
# Beyond it a sum over series loses whole units in a float.
LARGEST = 1e15
SEPARATORS = (",", ";", "\t")
# 007 and 1.0.2 are codes, 7 and 1e3 are numbers.
NUMBER = r"^\s*[+-]?(0|[1-9]\d*)?(\.\d+)?([eE][+-]?\d+)?\s*$"
TRUTH = r"^\s*(?i:true|false)\s*$"


@dataclass(frozen=True)
class Tidy:
    """rows: unique_id, ds (a date), y (a number), and the columns of `levels`, from the top of the hierarchy
    down. unused: columns that are neither."""

    rows: pl.DataFrame
    levels: tuple[str, ...]
    unused: tuple[str, ...]


def read_tidy(path: str | Path) -> Tidy:
    """Rows with a value; every column of text beside unique_id and ds is a level."""
    source = Path(path)
    raw = _without_blank_lines(_read(source), source)
    levels = tuple(c for c in raw.columns if c not in COLUMNS and _is_text(raw[c]))
    unused = tuple(c for c in raw.columns if c not in COLUMNS and c not in levels)
    rows = raw.select(
        _ids(raw), *levels, ds=_as_date(raw), y=_as_number(raw, decimal_comma=_is_semicolon(source))
    )
    return Tidy(_without_unknown(rows), levels, unused)


def checked_quantiles(quantiles: Sequence[float]) -> tuple[float, ...]:
    """In rising order. Raises HistoryError for one outside (0, 1) and for one that is asked for twice."""
    asked = tuple(sorted(quantiles))
    if not asked or not all(0 < q < 1 for q in asked):
        raise HistoryError(
            "quantiles must lie strictly between 0 and 1, got "
            f"{', '.join(f'{q:g}' for q in asked) or 'none'}: write 0.9 for 90 %"
        )
    names = [f"{q:g}" for q in asked]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise HistoryError(f"quantile {twice[0]} is asked for twice: name each once")
    return asked


def checked_out(out: str | Path, source: str | Path) -> Path:
    """Where a table may be written; asked before the work, not after it."""
    target = Path(out)
    if target.suffix.lower() not in WRITTEN or target.is_dir():
        raise HistoryError(f"out must end in {' or '.join(WRITTEN)}, got {target.name or target}")
    if not target.parent.is_dir():
        raise HistoryError(f"out: there is no folder {target.parent}; make it first")
    if target.exists() and target.samefile(source):
        raise HistoryError(f"out is the file that is read, {target.name}: give another name")
    return target


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A path to write to, which takes the target's place when all is written."""
    partial = target.with_name(f"{target.name}.partial")
    try:
        yield partial
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def write_table(table: pl.DataFrame, target: Path) -> None:
    """As .csv or .parquet, whole or not at all."""
    with written_whole(target) as partial:
        (table.write_csv if target.suffix.lower() == ".csv" else table.write_parquet)(partial)


def _read(source: Path) -> pl.DataFrame:
    """The file's columns as they stand; text stays text, since 01/02/2024 says two different days."""
    kind = source.suffix.lower()
    if kind not in _READERS:
        raise HistoryError(f"{source.name} must be a .csv, .parquet or .xlsx file")
    try:
        return _READERS[kind](source)
    except pl.exceptions.NoDataError as nothing:
        raise HistoryError(NO_ROWS) from nothing
    except Exception as error:  # each reader has exceptions of its own, and the file is to blame in all
        told = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise HistoryError(
            f"{source.name} cannot be read as {kind} ({told}): save it again, a .csv as UTF-8 with one "
            "header line and as many fields in every line"
        ) from error


def _read_csv(source: Path) -> pl.DataFrame:
    return pl.read_csv(source, separator=_separator(source), infer_schema=False)


def _separator(source: Path) -> str:
    """The sign that occurs most often in the header."""
    with source.open(encoding="utf-8", errors="replace") as file:
        header = file.readline()
    return max(SEPARATORS, key=header.count)


def _is_semicolon(source: Path) -> bool:
    return source.suffix.lower() == ".csv" and _separator(source) == ";"


_READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".parquet": pl.read_parquet,
    ".csv": _read_csv,
    ".xlsx": pl.read_excel,
}


def _without_blank_lines(raw: pl.DataFrame, source: Path) -> pl.DataFrame:
    named = raw.rename({c: c.strip() for c in raw.columns})
    if missing := [c for c in COLUMNS if c not in named.columns]:
        raise HistoryError(
            f"{source.name} has no column {', '.join(missing)}; rename or add it "
            f"(it has {', '.join(named.columns)})"
        )
    for column in COLUMNS:
        if any(c.startswith(f"{column}_duplicated_") for c in named.columns):
            raise HistoryError(f"{source.name} has column {column} twice: leave one of them out")
    return named.filter(~pl.all_horizontal(pl.col(c).is_null() for c in COLUMNS))


def _is_text(column: pl.Series) -> bool:
    """Whether a column is a level: text, not numbers or yes and no written as text, not empty throughout."""
    if not isinstance(column.dtype, TEXT):
        return False
    values = column.drop_nulls().cast(pl.String)
    return bool(len(values)) and not any(values.str.contains(p).all() for p in (NUMBER, TRUTH))


def _ids(raw: pl.DataFrame) -> pl.Series:
    """A spreadsheet keeps 7 as 7.0: whole numbers are written as such."""
    ids = raw["unique_id"]
    whole = ids.dtype.is_float() and bool((ids.is_null() | (ids == ids.floor())).all())
    return ids.cast(pl.Int64) if whole else ids


def _as_date(raw: pl.DataFrame) -> pl.Series:
    """The day as it was written: an instant with a zone is the day of that zone, not the day in UTC."""
    ds = raw["ds"]
    if ds.dtype == pl.String:
        text = ds.str.strip_chars()
        month = (
            text.str.to_date("%Y-%m", strict=False) if text.str.len_chars().max() == len("2024-01") else None
        )
        parsed = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False) if month is None else month
    elif isinstance(ds.dtype, pl.Datetime):
        parsed = ds.dt.replace_time_zone(None).dt.date() if ds.dtype.time_zone else ds.dt.date()
    elif ds.dtype == pl.Date:
        parsed = ds
    else:
        raise HistoryError(f"ds must be a date, not {ds.dtype}: write it as 2024-01-31")
    bad = raw.filter(parsed.is_null())
    if not bad.is_empty():
        raise HistoryError(
            f"ds of unique_id={bad['unique_id'][0]} is {bad['ds'][0]!r} (and {bad.height - 1} more): "
            "it must be a date, written as 2024-01-31"
        )
    return parsed


def _as_number(raw: pl.DataFrame, *, decimal_comma: bool) -> pl.Series:
    y = raw["y"]
    if y.dtype == pl.String:
        y = y.str.strip_chars()
        y = y.set(y == "", None)
        if decimal_comma and not y.str.contains(".", literal=True).any():
            y = y.str.replace(",", ".", literal=True)
    is_number = y.dtype == pl.String or y.dtype.is_numeric() or y.dtype == pl.Null
    numbers = y.cast(pl.Float64, strict=False) if is_number else pl.Series([None] * len(y), dtype=pl.Float64)
    _refuse_value(
        raw.filter(numbers.is_null() & y.is_not_null()),
        "it must be a number with a point before its decimals, as 1234.5; leave it empty when unknown",
    )
    _refuse_value(
        raw.filter(numbers.is_finite() & (numbers.abs() > LARGEST)),
        f"more than {LARGEST:g} cannot be counted to the unit; write y in thousands or millions",
    )
    return numbers


def _refuse_value(bad: pl.DataFrame, rule: str) -> None:
    if bad.is_empty():
        return
    row, more = bad.row(0, named=True), f" (and {bad.height - 1} more)" if bad.height > 1 else ""
    raise HistoryError(f"y of unique_id={row['unique_id']}, ds={row['ds']} is {row['y']!r}{more}: {rule}")


def _without_unknown(history: pl.DataFrame) -> pl.DataFrame:
    """Rows with a value; a series that has none at all cannot be forecast and is refused."""
    if history.is_empty():
        raise HistoryError(NO_ROWS)
    known = history.filter(pl.col("y").is_not_null() & pl.col("y").is_not_nan())
    lost = history.filter(pl.col("unique_id").is_not_null()).join(known, on="unique_id", how="anti")
    if not lost.is_empty():
        raise HistoryError(
            f"unique_id={lost['unique_id'][0]} has no y at all: leave the series out, "
            "or write 0 where nothing was asked for"
        )
    return known
