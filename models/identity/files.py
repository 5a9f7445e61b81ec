"""Files of people as they come: Parquet, Excel, or text with any usual separator and encoding.

In: a path. Out: every column as text, and what had to be assumed to read it. A file that cannot be read is
refused with what is wrong and what to do, never with a stack of code.
"""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import polars as pl

from models.identity.columns import ColumnError

SEPARATORS = (",", ";", "\t", "|")
_TEXT, _EXCEL = (".csv", ".tsv", ".txt"), (".xlsx", ".xls", ".xlsb", ".ods")
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# What spreadsheets of Western Europe write when they do not write UTF-8; it reads every byte but five.
_OLD = "cp1252"


def read_people(path: Path) -> tuple[pl.DataFrame, str | None]:
    """The table, and a sentence about what was assumed (None: nothing was). Raises ColumnError."""
    kind = path.suffix.lower()
    try:
        if kind in _TEXT:
            frame, assumed = _text(path)
        elif kind in _EXCEL:
            frame, assumed = pl.read_excel(path), None
        elif kind == ".parquet":
            frame, assumed = pl.read_parquet(path), None
        else:
            known = ", ".join((*_TEXT, *_EXCEL, ".parquet"))
            raise ColumnError(f"{path.name} ends in {kind or 'nothing'}: a file must be one of {known}")
    except (pl.exceptions.PolarsError, OSError, csv.Error) as error:
        raise ColumnError(f"{path.name} cannot be read as {kind}: {str(error).splitlines()[0]}") from error
    if frame.is_empty():
        raise ColumnError(f"{path.name} has no record: {'only a header' if frame.columns else 'it is empty'}")
    return frame, assumed


def _text(path: Path) -> tuple[pl.DataFrame, str | None]:
    """Numbers stay text, so that a leading zero is kept; a row with too many fields is named."""
    whole, encoding = _decoded(path.read_bytes(), path.name)
    if not whole.strip():
        raise ColumnError(f"{path.name} has no record: it is empty")
    header = whole.lstrip().splitlines()[0]
    separator = max(SEPARATORS, key=header.count)
    _demand_width(whole, separator, path.name)
    frame = pl.read_csv(io.BytesIO(whole.encode()), separator=separator, infer_schema=False)
    assumed = f"{path.name} is not UTF-8: it was read as Windows-1252" if encoding == _OLD else None
    return frame, assumed


def _decoded(raw: bytes, name: str) -> tuple[str, str]:
    encoding = next((e for bom, e in _BOMS.items() if raw.startswith(bom)), "utf-8")
    for attempt in (encoding, _OLD):
        try:
            return raw.decode(attempt), attempt
        except UnicodeDecodeError:
            continue
    raise ColumnError(f"{name} is neither UTF-8, UTF-16 nor Windows-1252: save it as UTF-8 and send it again")


def _demand_width(whole: str, separator: str, name: str) -> None:
    """No row longer than the header: its values would stand under names that are not theirs."""
    rows = csv.reader(io.StringIO(whole), delimiter=separator)
    width = len(next(rows))
    for number, row in enumerate(rows, start=2):
        if len(row) > width:
            raise ColumnError(
                f"{name}, row {number}: {len(row)} fields under {width} names; "
                f"put a field that holds {separator!r} in quotation marks"
            )
