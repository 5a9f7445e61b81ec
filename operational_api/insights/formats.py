"""A page of a table as JSON, CSV, Excel or Arrow: the same rows, the same masks.

A text that a spreadsheet would run as a formula is written with an apostrophe before it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import orjson
import polars as pl
import xlsxwriter

from operational_api.insights.reader import Page

_RISKY = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    ARROW = "arrow"


MEDIA_TYPES: Mapping[Format, str] = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}


def render(page: Page, format_: Format) -> bytes:
    """The bytes of a page in a format."""
    writers: Mapping[Format, Callable[[Page], bytes]] = {
        Format.JSON: _json,
        Format.CSV: _csv,
        Format.XLSX: _xlsx,
        Format.ARROW: _arrow,
    }
    return writers[format_](page)


def _json(page: Page) -> bytes:
    manifest = page.snapshot.manifest
    seen = page.selection.offset + page.frame.height
    body = {
        "table": page.table,
        "snapshot_id": manifest.snapshot_id,
        "as_of_date": manifest.as_of_date,
        "columns": [{"name": c.name, "type": c.type, "description": c.description} for c in page.columns],
        "total_rows": page.total,
        "next_offset": seen if seen < page.total else None,
        "rows": page.frame.to_dicts(),
    }
    return orjson.dumps(body)


def _csv(page: Page) -> bytes:
    return spreadsheet_safe(_flat(page.frame)).write_csv().encode()


def _arrow(page: Page) -> bytes:
    sink = io.BytesIO()
    page.frame.write_ipc_stream(sink)
    return sink.getvalue()


def _xlsx(page: Page) -> bytes:
    """Sheet `data` with a frozen header, sheet `about` with what it is and what each column means."""
    sink = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(sink, options) as book:
        data = book.add_worksheet("data")
        bold = book.add_format({"bold": True})
        formats = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        data.write_row(0, 0, page.frame.columns, bold)
        data.freeze_panes(1, 0)
        for number, row in enumerate(spreadsheet_safe(_flat(page.frame)).iter_rows(), start=1):
            for place, value in enumerate(row):
                _write_cell(data, number, place, value, formats)
        _about(book.add_worksheet("about"), page, bold)
    return sink.getvalue()


def _write_cell(sheet: Any, row: int, place: int, value: object, formats: Mapping[type, Any]) -> None:
    if value is None or value != value:  # null and NaN are empty cells, not zeros
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, place, value.replace(tzinfo=None), formats[datetime])
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats[date])
    elif isinstance(value, str):
        sheet.write_string(row, place, value[:32_767])
    else:
        sheet.write(row, place, value)


def _about(sheet: Any, page: Page, bold: Any) -> None:
    manifest = page.snapshot.manifest
    filters = page.selection.filters
    lines = [
        ("table", page.table),
        ("snapshot", manifest.snapshot_id),
        ("as of", manifest.as_of_date.isoformat()),
        ("published (UTC)", manifest.created_at.isoformat(timespec="minutes")),
        ("rows here", str(page.frame.height)),
        ("rows in all", str(page.total)),
        *((f"filter {f.column}", f.comparison + " " + ", ".join(map(str, f.values))) for f in filters),
    ]
    meanings = [(c.name, c.description) for c in page.columns]
    for number, (name, value) in enumerate([*lines, ("", ""), *meanings]):
        sheet.write_string(number, 0, name, bold)
        sheet.write_string(number, 1, value)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)


def spreadsheet_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts that start like a formula get an apostrophe; nothing else changes."""
    texts = [name for name, type_ in frame.schema.items() if type_ == pl.String]
    return frame.with_columns(
        pl.when(pl.any_horizontal([pl.col(name).str.starts_with(sign) for sign in _RISKY]))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    )


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists and structures as JSON text: a sheet has only cells."""
    nested = [name for name, type_ in frame.schema.items() if type_.is_nested()]
    return frame.with_columns(
        pl.Series(name, [_text(v) for v in frame[name].to_list()], dtype=pl.String) for name in nested
    )


def _text(value: object) -> str | None:
    return None if value is None else json.dumps(value, default=str, ensure_ascii=False)
