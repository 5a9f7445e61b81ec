"""Files people send, as tables of text: CSV, XLSX, Parquet, NDJSON, and prospects in ADF XML.

In: a path. Out: one text column per column of the file, one row per row. Nothing is guessed from content:
what a value means is decided by the contract it is read against.
"""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl

from operational_api import adf
from operational_api.refusals import BadRequest

SUFFIXES = (
    *(".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".ods", ".parquet", ".ndjson", ".jsonl"),
    *(".xml", ".adf"),
)
_SEPARATORS = (",", ";", "\t", "|")


class UnreadableFile(ValueError):
    """Not a table we can read; says why and what to send."""


def read_table(path: Path) -> pl.DataFrame:
    """All rows as text; an empty cell is null. Raises UnreadableFile."""
    try:
        return _as_text(_read(path))
    except (
        pl.exceptions.PolarsError, fastexcel.FastExcelError, OSError, UnicodeDecodeError, ValueError
    ) as error:  # fmt: skip
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(
            f"{path.name}: {str(error).splitlines()[0]}. Send {', '.join(SUFFIXES)}"
        ) from error


def _read(path: Path) -> pl.DataFrame:
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return pl.read_csv(
                path, separator=_separator(path), infer_schema=False, truncate_ragged_lines=False
            )
        case ".xlsx" | ".xls" | ".xlsb" | ".ods":
            return pl.read_excel(path, infer_schema_length=None)
        case ".parquet":
            return pl.read_parquet(path)
        case ".ndjson" | ".jsonl":
            return pl.read_ndjson(path, infer_schema_length=None)
        case ".xml" | ".adf":
            return _read_prospects(path)
    raise UnreadableFile(f"{path.name}: unknown kind of file. Send one of {', '.join(SUFFIXES)}")


def _read_prospects(path: Path) -> pl.DataFrame:
    try:
        rows = adf.prospects(path.read_bytes())
    except BadRequest as error:
        raise UnreadableFile(f"{path.name}: {error}") from error
    return pl.DataFrame(rows, schema=dict.fromkeys(adf.COLUMNS, pl.String))


def _separator(path: Path) -> str:
    """The sign that occurs most often in the header."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline()
    return max(_SEPARATORS, key=header.count)


def _as_text(table: pl.DataFrame) -> pl.DataFrame:
    clean = table.rename({name: name.strip().lstrip("\ufeff") for name in table.columns})
    return clean.select(_text(name, dtype) for name, dtype in clean.schema.items())


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if isinstance(dtype, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.f" + ("%:z" if dtype.time_zone else ""))
    if isinstance(dtype, pl.List):
        boxed = pl.struct(column.alias("v")).struct.json_encode()
        return pl.when(column.is_null()).then(None).otherwise(boxed.str.slice(5).str.head(-1)).alias(name)
    if isinstance(dtype, pl.Struct):
        return column.struct.json_encode()
    return column.cast(pl.String)
