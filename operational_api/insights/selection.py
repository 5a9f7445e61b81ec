"""What a request may ask of a table: columns, filters, order and page, each checked against the manifest.

In: query parameters and the columns the actor may use. Out: a `Selection`; values become literals of
the column's type, never text of a query. Unknown columns and unreadable values raise `BadParameter`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import polars as pl

from operational_api.refusals import FieldError, Invalid
from pipelines.snapshot import Column

DEFAULT_LIMIT = 1_000
MAX_LIMIT = 100_000
RESERVED = frozenset({"columns", "order", "limit", "offset", "format", "as_published_on", "as_of", "by"})


class BadParameter(Invalid):
    """A parameter we cannot honour; names it, the rule and the remedy."""

    def __init__(self, field: str, rule: str, remedy: str) -> None:
        super().__init__(f"{field}: {rule}; {remedy}", [FieldError(field, rule, remedy)])


class Comparison(StrEnum):
    IN = "in"
    FROM = "from"  # at or above
    TO = "to"  # at or below


@dataclass(frozen=True, slots=True)
class Filter:
    """`None` among the values of IN means that the column is null."""

    column: str
    comparison: Comparison
    values: tuple[object, ...]

    def expression(self) -> pl.Expr:
        column = pl.col(self.column)
        if self.comparison is Comparison.FROM:
            return column >= pl.lit(self.values[0])
        if self.comparison is Comparison.TO:
            return column <= pl.lit(self.values[0])
        given = [v for v in self.values if v is not None]
        matches = column.is_in(given) if given else pl.lit(False)
        return matches | column.is_null() if None in self.values else matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Everything a reader of one table may choose. Empty `columns` means all it may see."""

    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # (column, descending)
    limit: int | None = DEFAULT_LIMIT
    offset: int = 0


def parse_selection(parameters: Sequence[tuple[str, str]], columns: Mapping[str, Column]) -> Selection:
    """The selection that query parameters describe; `columns` are those the actor may use."""
    chosen = dict(parameters)
    return Selection(
        columns=_names("columns", chosen.get("columns", ""), columns),
        filters=parse_filters(parameters, columns),
        order=_order(chosen.get("order", ""), columns),
        limit=_whole_number("limit", chosen.get("limit"), DEFAULT_LIMIT, 1, MAX_LIMIT),
        offset=_whole_number("offset", chosen.get("offset"), 0, 0, 2**53),
    )


def parse_filters(parameters: Sequence[tuple[str, str]], columns: Mapping[str, Column]) -> tuple[Filter, ...]:
    """`column=value`, repeated for several values; empty for null; `column_from` and `column_to`."""
    grouped: dict[str, list[str]] = {}
    for name, text in parameters:
        if name not in RESERVED:
            grouped.setdefault(name, []).append(text)
    return tuple(_filter(name, texts, columns) for name, texts in grouped.items())


def known_columns(field: str, names: Iterable[str], columns: Mapping[str, Column]) -> tuple[str, ...]:
    """The names, each of them known; repeated names once."""
    distinct = tuple(dict.fromkeys(names))
    for name in distinct:
        if name not in columns:
            raise BadParameter(field, f"there is no column {name}", f"choose from {_list(columns)}")
    return distinct


def _filter(name: str, texts: Sequence[str], columns: Mapping[str, Column]) -> Filter:
    if name in columns:
        parse = _parser(columns[name].type)
        return Filter(name, Comparison.IN, tuple(_value(name, t, parse) if t else None for t in texts))
    for ending in (Comparison.FROM, Comparison.TO):
        base = name.removesuffix(f"_{ending}")
        if base != name and base in columns:
            if len(texts) > 1:
                raise BadParameter(name, "is given twice", "give one bound")
            return Filter(base, ending, (_value(name, texts[0], _parser(columns[base].type)),))
    raise BadParameter(name, f"there is no column {name}", f"choose from {_list(columns)}")


def _value(name: str, text: str, parse: Callable[[str], Any]) -> object:
    try:
        return parse(text)
    except ValueError as unreadable:
        raise BadParameter(name, f"cannot read {text[:80]!r}", str(unreadable)) from None


def _parser(type_: str) -> Callable[[str], Any]:
    """Reads a value of a column's published type, a polars type as text."""
    if type_.startswith(("Int", "UInt")):
        return _integer
    if type_.startswith(("Float", "Decimal")):
        return _number
    if type_.startswith("Datetime"):
        return _instant
    plain: Mapping[str, Callable[[str], Any]] = {"Boolean": _boolean, "Date": _day, "String": str}
    return plain.get(type_, _unfilterable)


def _integer(text: str) -> int:
    if not text.removeprefix("-").isdigit() or len(text) > 18 or not text.isascii():
        raise ValueError("give a whole number")
    return int(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("give a number such as 1.5")
    return number


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("give true or false")
    return text == "true"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("give a day such as 2026-01-31") from None


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("give an instant such as 2026-01-31T09:00:00Z") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unfilterable(_text: str) -> object:
    raise ValueError("this column holds a list; filter on another")


def _names(field: str, text: str, columns: Mapping[str, Column]) -> tuple[str, ...]:
    return known_columns(field, filter(None, text.split(",")), columns)


def _order(text: str, columns: Mapping[str, Column]) -> tuple[tuple[str, bool], ...]:
    parts = [part for part in text.split(",") if part]
    known_columns("order", (part.removeprefix("-") for part in parts), columns)
    return tuple((part.removeprefix("-"), part.startswith("-")) for part in parts)


def _whole_number(field: str, text: str | None, default: int, low: int, high: int) -> int:
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 17 and low <= int(text) <= high):
        raise BadParameter(field, f"{text[:40]!r} is out of range", f"give {low} to {high}")
    return int(text)


def _list(columns: Iterable[str]) -> str:
    return ", ".join(sorted(columns))
