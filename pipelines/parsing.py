"""How each kind of value is read from text: one DuckDB expression, one column type, one pattern a kind.

In: a `Field` and the SQL of its text. Out: SQL that gives the typed value, or null when the text says none.
An empty text is a missing value. What is read here never rounds: 1.5 is no integer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import polars as pl

from operational_api.document import Field, Kind

_DECIMAL = "DECIMAL(18, 6)"
DUCKDB_TYPES: dict[Kind, str] = {
    **dict.fromkeys(Kind, "VARCHAR"),
    Kind.INTEGER: "BIGINT",
    Kind.MONEY: "BIGINT",
    Kind.DECIMAL: _DECIMAL,
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.MONTH: "DATE",
    Kind.INSTANT: "TIMESTAMPTZ",
}
POLARS_TYPES: dict[Kind, pl.DataType] = {
    **dict.fromkeys(Kind, pl.String()),
    Kind.INTEGER: pl.Int64(),
    Kind.MONEY: pl.Int64(),
    Kind.DECIMAL: pl.Decimal(18, 6),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.MONTH: pl.Date(),
    Kind.INSTANT: pl.Datetime("us", "UTC"),
}
# pattern, rule, remedy
PATTERNS: dict[Kind, tuple[str, str, str]] = {
    Kind.CODE: (
        r"^[A-Za-z0-9._/:-]+$",
        "has only letters, digits and . _ - / :",
        "Remove spaces and other signs.",
    ),
    Kind.VIN: (
        r"^[A-HJ-NPR-Z0-9]{17}$",
        "is a vehicle number of 17 characters without I, O, Q",
        "Copy the number from the car's plate.",
    ),
    Kind.EMAIL: (r"^[^@\s]+@[^@\s]+$", "is an e-mail address", "Send name@domain."),
}
_SAID: dict[Kind, tuple[str, str]] = {
    Kind.INTEGER: ("is a whole number", "Send digits only, no thousands separator."),
    Kind.MONEY: ("is a whole number of minor units", "Send cents, not a decimal amount."),
    Kind.DECIMAL: ("is a number with at most six decimals", "Send digits and a decimal point."),
    Kind.BOOLEAN: ("is true or false", "Send true or false."),
    Kind.DATE: ("is a day", "Send YYYY-MM-DD."),
    Kind.MONTH: ("is a day", "Send the first day of the month: 2026-01-01."),
    Kind.INSTANT: ("is a point in time", "Send 2026-01-31T09:00:00Z."),
    Kind.LINES: ("is a list of lines", "Send a JSON array of objects."),
}


@contextmanager
def reader(zone: str = "UTC") -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine in memory whose instants without a zone are in `zone`."""
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = '{zone}'")
        yield connection


def describe_kind(field: Field) -> tuple[str, str]:
    """Rule and remedy for a text that is no value of the field's kind."""
    return _SAID.get(field.kind, ("is text", "Send text."))


def typed_expression(field: Field, text: str) -> str:
    """SQL of the typed value of `text` (SQL of a VARCHAR)."""
    given = f"nullif(trim({text}), '')"
    match field.kind:
        case Kind.INTEGER | Kind.MONEY:
            return _guarded(given, r"[+-]?\d{1,19}(\.0*)?", f"try_cast({given} as BIGINT)")
        case Kind.DECIMAL:
            return _guarded(given, r"[+-]?\d{1,12}(\.\d{0,6}0*)?", f"try_cast({given} as {_DECIMAL})")
        case Kind.BOOLEAN:
            return f"try_cast({given} as BOOLEAN)"
        case Kind.DATE | Kind.MONTH:
            # a spreadsheet's or a Parquet file's day may come as its midnight
            pattern = r"\d{4}-\d{2}-\d{2}([ T]00:00(:00(\.0+)?)?)?"
            return _guarded(given, pattern, f"try_cast(left({given}, 10) as DATE)")
        case Kind.INSTANT:
            return _guarded(given, r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}.*", f"try_cast({given} as TIMESTAMPTZ)")
        case Kind.LINES:
            return f"try(from_json({given}, '{_structure(field, typed=True)}'))"
    return given


def lines_as_text(field: Field, row_no: str, source: str) -> str:
    """Query that gives one row per line: row_no, line_position from 1, and every field as text."""
    names = ", ".join(f'{_text_of(f, "line")} as "{f.name}"' for f in field.lines)
    given = f"""nullif(trim("{field.name}"), '')"""
    structure = _structure(field, typed=False)
    return f"""
    select {row_no}, line_position, {names} from (
      select {row_no}, unnest(lines) as line, generate_subscripts(lines, 1) as line_position from (
        select {row_no}, try(from_json({given}, '{structure}')) as lines from {source}
      ) where lines is not null
    ) order by {row_no}, line_position"""  # noqa: S608 (declared names)


def feed_query(fields: Sequence[Field], row_no: str, header: str, source: str) -> str:
    """Query that gives the header and, out of the JSON object `after`, every field as text."""
    texts = ", ".join(f'{_text_of(f, "a")} as "{f.name}"' for f in fields)
    structure = json.dumps({f.name: _untyped(f) for f in fields})
    return f"""
    select {row_no}, {header}, {texts} from (
      select {row_no}, {header}, from_json(after, '{structure}') as a from {source}
    )"""  # noqa: S608 (declared names)


def _structure(field: Field, *, typed: bool) -> str:
    return json.dumps([{f.name: DUCKDB_TYPES[f.kind] if typed else _untyped(f) for f in field.lines}])


def _untyped(field: Field) -> str:
    """JSON keeps a number's digits and a list's text; VARCHAR would take decimals through a float."""
    return "JSON" if field.kind in {Kind.DECIMAL, Kind.LINES} else "VARCHAR"


def _text_of(field: Field, row: str) -> str:
    text = f'cast({row}."{field.name}" as VARCHAR)'
    # a decimal may come as a JSON number or, so that no reader makes a float of it, as a string
    bare = f"trim({text}, '\"')" if field.kind is Kind.DECIMAL else text
    return f"nullif({bare}, 'null')"


def _guarded(given: str, pattern: str, cast: str) -> str:
    return f"case when regexp_full_match({given}, '{pattern}') then {cast} end"
