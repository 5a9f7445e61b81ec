"""Documents as sheets: a template to fill in, and a list to take away, as CSV or Excel.

In: a declaration, or the JSON pages that `reads` answers. Out: the bytes of a file. A template's columns are
those `dms import` knows without a mapping; an export has the same scope, masks and filters as the list, since
it is the list. A text that a spreadsheet would run as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec
import xlsxwriter

from operational_api.access import Actor
from operational_api.database import Pool
from operational_api.document import Document, Field, Kind
from operational_api.payload_errors import field_rule
from operational_api.policy import veils
from operational_api.reads import MOST, read_page
from operational_api.refusals import FieldError, Invalid

MOST_EXPORTED = 20_000  # rows of one file
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_HEADER = ("version", "effective_at", "created_at", "created_by", "updated_at", "updated_by")
_LONGEST_LIST = 255  # characters that a sheet takes for the choices of a cell


class Sheet(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES: Mapping[Sheet, str] = {
    Sheet.CSV: "text/csv; charset=utf-8",
    Sheet.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def template(document: Document, sheet: Sheet) -> bytes:
    """An empty file of the type: every column, in Excel also what each means and which values it takes."""
    offers = [
        (name, field.choices if field else _states(document, name)) for name, field in _columns(document)
    ]
    return _template(document.name, offers, list(_meanings(document)), sheet)


def template_of(title: str, columns: Sequence[tuple[str, Field]], sheet: Sheet) -> bytes:
    """The same for a file that is no document type: a feed's columns as its sender writes them."""
    told = [(name, "yes" if f.required else "", f.meaning, field_rule(f)) for name, f in columns]
    return _template(title, [(name, f.choices) for name, f in columns], told, sheet)


def _template(
    title: str,
    offers: Sequence[tuple[str, Sequence[str]]],
    meanings: Sequence[tuple[str, str, str, str]],
    sheet: Sheet,
) -> bytes:
    """offers: column and the values to choose from; meanings: column, required, meaning, how to write it."""
    if sheet is Sheet.CSV:
        return _csv([[name for name, _ in offers]])
    needed = {name for name, is_needed, *_ in meanings if is_needed}
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        bold, plain = book.add_format({"bold": True}), book.add_format({})
        data, about = book.add_worksheet(title[:31]), book.add_worksheet("about")
        for place, (name, choices) in enumerate(offers):
            data.write_string(0, place, name, bold if name in needed else plain)
            _offer(data, place, choices)
        data.freeze_panes(1, 0)
        data.set_column(0, len(offers), 18)
        about.write_row(0, 0, ("column", "required", "meaning", "write"), bold)
        for row, line in enumerate(meanings, start=1):
            about.write_row(row, 0, line)
        about.set_column(0, 1, 22)
        about.set_column(2, 3, 70)
    return sink.getvalue()


async def export(
    pool: Pool, actor: Actor, document: Document, sheet: Sheet, filters: Mapping[str, str]
) -> bytes:
    """Every document the filters find, by key. Raises NotFound, and Invalid when they are too many."""
    rows: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = await read_page(pool, actor, document, limit=MOST, after=after, filters=filters)
        rows += msgspec.json.decode(page.items)
        after = page.next_after
        if len(rows) > MOST_EXPORTED:
            told = FieldError("format", f"a file holds at most {MOST_EXPORTED:,} rows", "narrow the filters")
            raise Invalid("too many rows", [told])
    hidden = frozenset(veils(actor.grants, document))  # a plain name among them is left out in every state
    fields = [f for f in document.fields if f.name not in hidden]
    outlet = ("outlet_id",) if document.is_tenant else ()
    names = [document.key, *outlet, "state", *_HEADER, *(f.name for f in fields)]
    cells = (
        [row["key"], *_head(row, outlet), *(_cell(row["data"].get(f.name)) for f in fields)] for row in rows
    )
    return _csv([names, *cells]) if sheet is Sheet.CSV else _xlsx(document.collection, names, cells)


def parse_sheet(text: str) -> Sheet:
    if text not in set(Sheet):
        raise Invalid("format", [FieldError("format", f"one of json, {', '.join(Sheet)}", "correct it")])
    return Sheet(text)


# --- columns --------------------------------------------------------------------------------------


def _columns(document: Document) -> list[tuple[str, Field | None]]:
    """Key and state may be left empty; the outlet says whose the row is."""
    head: list[tuple[str, Field | None]] = [(document.key, None)]
    head += [("outlet_id", None)] if document.is_tenant else []
    return [*head, ("state", None), *((f.name, f) for f in document.entered)]


def _meanings(document: Document) -> Iterable[tuple[str, str, str, str]]:
    yield document.key, "", "Key; empty: one is made from the content.", "letters, digits and . _ - / :"
    if document.is_tenant:
        yield "outlet_id", "yes", "Outlet the row belongs to.", "code of an outlet"
    yield "state", "", f"Empty: {document.opens_in[0]}.", " or ".join(document.opens_in)
    for field in document.entered:
        needed = "yes" if field.required else ""
        yield field.name, needed, field.meaning, field_rule(field)
        if field.kind is Kind.LINES:
            example = [{line.name: f"<{line.kind}>" for line in field.lines}]
            yield "", "", "a list in JSON, one object a line", json.dumps(example)


def _states(document: Document, name: str) -> tuple[str, ...]:
    return document.opens_in if name == "state" else ()


def _offer(sheet: Any, place: int, choices: Sequence[str]) -> None:
    if choices and len(",".join(choices)) <= _LONGEST_LIST:
        sheet.data_validation(1, place, 10_000, place, {"validate": "list", "source": list(choices)})


# --- cells ----------------------------------------------------------------------------------------


def _head(row: Mapping[str, Any], outlet: tuple[str, ...]) -> list[Any]:
    return [row[name] for name in (*outlet, "state", *_HEADER)]


def _cell(value: Any) -> Any:
    """Lists as JSON text; a text never becomes a formula; an absent value stays an empty cell."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    sink = io.StringIO(newline="")
    csv.writer(sink, lineterminator="\n").writerows(
        [str(v).lower() if isinstance(v, bool) else v for v in row] for row in rows
    )
    return sink.getvalue().encode()


def _xlsx(title: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    sink = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(sink, options) as book:
        data = book.add_worksheet(title[:31])
        data.write_row(0, 0, names, book.add_format({"bold": True}))
        data.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if value is not None:
                    data.write(number, place, value[:32_767] if isinstance(value, str) else value)
    return sink.getvalue()
