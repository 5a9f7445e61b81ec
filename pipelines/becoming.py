"""Rows of a document feed become lines of the write path: opened, changed, moved on, or known already.

In: rows that hold the feed's contract, typed. Out: `Becoming`: per document the lines to post and the rows
they come from, the rows that say nothing new, and what is wrong with which row. A document comes whole: one
bad row holds back the others of its key. What is on file is read once for all keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from operational_api.document import Document, Kind
from pipelines.contracts import ROW_NO, VIOLATION_SCHEMA
from pipelines.document_feeds import DocumentFeed
from pipelines.intake import without_nulls
from pipelines.mapping import KEY, OUTLET
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings

Row = dict[str, Any]


@dataclass(slots=True)
class Becoming:
    """`lines` and `rows` go together: line n came from the rows `rows[n]` of the file."""

    lines: list[Row] = field(default_factory=list)
    rows: list[tuple[int, ...]] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    violations: list[Row] = field(default_factory=list)

    def told(self) -> pl.DataFrame:
        return pl.DataFrame(self.violations, schema=VIOLATION_SCHEMA)


def become(settings: Settings, feed: DocumentFeed, good: pl.DataFrame, refused: pl.DataFrame) -> Becoming:
    """good: rows of the contract; refused: source_row and own_key of rows that broke it."""
    found = Becoming()
    groups = dict(_groups(good))
    on_file = _on_file(settings, feed, list(groups))
    broken = {key: number for number, key in refused.select(ROW_NO, KEY).rows() if key is not None}
    for key, rows in groups.items():
        numbers = tuple(row[ROW_NO] for row in rows)
        wrong = list(_wrong(feed, rows, broken.get(key)))
        if wrong:
            found.violations += wrong
            continue
        lines = list(_lines(feed, key, rows, on_file.get(key)))
        if not lines:
            found.known |= set(numbers)
        found.lines += lines
        found.rows += [numbers] * len(lines)
    return found


def _groups(good: pl.DataFrame) -> Iterator[tuple[str, list[Row]]]:
    for (key,), rows in good.partition_by(KEY, as_dict=True, maintain_order=True).items():
        yield str(key), rows.to_dicts()


# --- whole or not at all ------------------------------------------------------------------------


def _wrong(feed: DocumentFeed, rows: Sequence[Row], broken_row: int | None) -> Iterator[Row]:
    """Why the rows of one key make no document; each row is named once."""
    if feed.status:
        return
    name, key, first = feed.document.name, feed.document.key, rows[0]
    found: dict[int, Row] = {}
    for row in rows[1:]:
        if not feed.lines:
            rule = f"is one row a {name}: row {first[ROW_NO]} has the same key"
            found[row[ROW_NO]] = _violation(row, key, rule, "Send one row.")
        elif other := _differing(feed, first, row):
            rule = f"is the same in all rows of one {name}: row {first[ROW_NO]} says otherwise"
            found[row[ROW_NO]] = _violation(row, other, rule, "Correct one of them.")
    yield from found.values()
    culprit = broken_row if broken_row is not None and feed.lines else next(iter(found), None)
    if culprit is not None:
        rule = f"comes whole: row {culprit} of the same {name} is wrong"
        rest = (row for row in rows if row[ROW_NO] not in found)
        yield from (_violation(r, key, rule, "Correct that row and send all of them.") for r in rest)


def _differing(feed: DocumentFeed, first: Row, row: Row) -> str | None:
    names = [*feed.carries, *([OUTLET] if feed.has_outlet else [])]
    return next((name for name in names if first[name] != row[name]), None)


def _violation(row: Row, name: str, rule: str, remedy: str) -> Row:
    return {ROW_NO: row[ROW_NO], "field": name, "value": None, "rule": rule, "remedy": remedy}


# --- what to write ------------------------------------------------------------------------------


def _lines(feed: DocumentFeed, key: str, rows: Sequence[Row], on_file: Row | None) -> Iterator[Row]:
    if feed.status:
        yield from _status_lines(feed, key, rows, on_file)
        return
    data = _data(feed, rows)
    if on_file is None:
        yield _opening(feed, key, rows[0], data)
    elif not feed.is_master:
        return
    elif not _says_same(feed, data, on_file):
        yield {"action": "amend", "key": key, "data": _without_end(feed, data)}
    yield from _end(feed, key, data, on_file)


def _data(feed: DocumentFeed, rows: Sequence[Row]) -> Row:
    data = {name: rows[0][name] for name in feed.carries} | dict(feed.constants)
    if feed.lines:
        names = [f.name for f in feed.line_fields]
        data[feed.lines] = [without_nulls({name: row[name] for name in names}) for row in rows]
    return without_nulls(data)


def _opening(feed: DocumentFeed, key: str, row: Row, data: Row) -> Row:
    line = {"action": "open", "key": key, "state": feed.opens_in, "outlet_id": row.get(OUTLET)}
    return {**without_nulls(line), "data": _without_end(feed, data)}


def _without_end(feed: DocumentFeed, data: Row) -> Row:
    """The field that ends it travels with the move."""
    return {name: value for name, value in data.items() if feed.ends is None or name != feed.ends[0]}


def _end(feed: DocumentFeed, key: str, data: Row, on_file: Row | None) -> Iterator[Row]:
    if feed.ends is None or data.get(feed.ends[0]) is None:
        return
    name, action = feed.ends
    move = next(m for m in feed.document.moves if m.name == action)
    if on_file is None or on_file["state"] in move.sources:
        yield {"action": action, "key": key, "data": {name: data[name]}}


def _status_lines(feed: DocumentFeed, key: str, rows: Sequence[Row], on_file: Row | None) -> Iterator[Row]:
    """Moves in order of time; a station that the document has passed already says nothing new."""
    document = feed.document
    state = document.states[0] if on_file is None else str(on_file["state"])
    place = document.states.index(state)
    for row in sorted(rows, key=lambda row: row["status_at"]):
        action = feed.status[row["status"]]
        target = next(m.target for m in document.moves if m.name == action)
        if on_file is None or place < document.states.index(target):
            yield {"action": action, "key": key, "at": row["status_at"]}


def _says_same(feed: DocumentFeed, data: Row, on_file: Row) -> bool:
    """Whether every value given is on file; what the sender leaves out is not its business."""
    given = _without_end(feed, data) if feed.ends and on_file[feed.ends[0]] is None else data
    return all(_is_equal(feed.document, name, value, on_file[name]) for name, value in given.items())


def _is_equal(document: Document, name: str, given: Any, held: Any) -> bool:
    if document.field(name).kind is not Kind.LINES:
        return bool(given == held)
    held = held or []
    return len(given) == len(held) and all(
        all(mine[n] == theirs.get(n) for n in mine) for mine, theirs in zip(given, held, strict=True)
    )


def _on_file(settings: Settings, feed: DocumentFeed, keys: Sequence[str]) -> dict[str, Row]:
    """State and carried fields of the documents there are, by key."""
    document = feed.document
    names = ["state", *feed.carries, *feed.constants, *([feed.lines] if feed.lines else [])]
    query = sql.SQL("select {key} as own_key, {columns} from doc.{table} where {key} = any(%s)").format(
        key=sql.Identifier(document.key),
        columns=sql.SQL(", ").join(map(sql.Identifier, names)),
        table=sql.Identifier(document.name),
    )
    with (
        psycopg.connect(settings.role_url(DatabaseRole.EXTRACT), row_factory=dict_row) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(query, [list(keys)])
        return {row[KEY]: row for row in cursor}


# --- what became of them ------------------------------------------------------------------------


def refused_rows(errors: Iterable[Any], becoming: Becoming, key: str) -> list[Row]:
    """Violations for each row of each document that was refused; `row` of an error counts lines."""
    found: dict[tuple[int, str, str], Row] = {}
    for error in errors:
        name = key if error.field == "key" else error.field
        for number in becoming.rows[error.row - 1]:
            told = {ROW_NO: number, "field": name, "value": None, "rule": error.rule, "remedy": error.remedy}
            found.setdefault((number, name, error.rule), told)
    return list(found.values())
