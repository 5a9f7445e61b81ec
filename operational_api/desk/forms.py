"""Entry forms read off a declaration: inputs out, document data back in.

Pure. Values stay text until the API judges them, except what JSON spells otherwise (numbers, booleans,
lines); what cannot be read is sent as it was typed, so that the API names field, rule and remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from operational_api.desk.language import Language
from operational_api.document import Field, Kind
from operational_api.policy import MASK

BLANK_LINES = 3
_TYPES = {
    Kind.INTEGER: "number",
    Kind.MONEY: "number",
    Kind.DECIMAL: "text",
    Kind.DATE: "date",
    Kind.MONTH: "month",
    Kind.INSTANT: "datetime-local",
    Kind.EMAIL: "email",
    Kind.PHONE: "tel",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form; `lines` holds rows of inputs for a list."""

    field: Field
    name: str
    type: str
    value: str
    lines: tuple[tuple[Input, ...], ...] = ()
    error: str = ""
    suggestions: tuple[str, ...] = ()  # what may have been meant; the reader picks, nothing is filled in

    @property
    def is_touched(self) -> bool:
        """Something was typed or is wrong here: a group that holds it is shown open."""
        return bool(self.value or self.error) or any(part.is_touched for row in self.lines for part in row)


def inputs(
    fields: Iterable[Field], given: Mapping[str, str], errors: Iterable[Mapping[str, Any]] = ()
) -> tuple[Input, ...]:
    """Inputs of the fields, filled with what was given, each with what the API said against it.

    An error of a line counts the lines that were sent: those left blank are not among them.
    """
    said = list(errors)
    told = {str(e["field"]): f"{e['rule']}. {e['remedy']}" for e in said}
    offered = {str(e["field"]): tuple(e.get("suggestions", ())) for e in said}
    made = (_input(field, field.name, given, told) for field in fields)
    return tuple(replace(i, suggestions=offered.get(i.name, ())) for i in made)


def label(field: Field) -> str:
    """What the field is called on a page: its name without the endings that say how it is stored."""
    name = field.name.removesuffix("_minor")
    return (name.removesuffix("_id") or name).replace("_", " ").replace("vin", "VIN")


def data(fields: Iterable[Field], given: Mapping[str, str]) -> dict[str, Any]:
    """Document data of a form; a field left empty is left out."""
    read = {field.name: _value(field, field.name, given) for field in fields}
    return {name: value for name, value in read.items() if value is not None}


def shown(field: Field, value: object, say: Language, currency: str | None = None) -> str:
    """A value in the reader's language; lists are counted, their rows have a table of their own."""
    match value:
        case None:
            return "-"
        case str() if value == MASK:
            return MASK
        case bool():
            return say("yes") if value else say("no")
        case list():
            return str(len(value))
        case int() if field.kind is Kind.MONEY:
            return say.money(value, currency)
        case int() | float():
            return say.number(value, 6)
        case str() if field.kind is Kind.INSTANT:
            return say.instant(value)
        case str() if field.kind is Kind.DATE:
            return say.day(value)
        case str() if field.kind is Kind.CHOICE:
            return say(value.replace("_", " "))
    return str(value)


def _input(field: Field, name: str, given: Mapping[str, str], told: Mapping[str, str]) -> Input:
    rows: Sequence[tuple[Input, ...]] = ()
    if field.kind is Kind.LINES:
        sent = _sent(field, name, given)
        places = {row: f"{name}[{place}]" for place, row in enumerate(sent)}
        rows = [
            tuple(
                _input(part, f"{name}.{row}.{part.name}", given, _of_line(told, name, row, places))
                for part in field.lines
            )
            for row in range(BLANK_LINES)
        ]
    error = told.get(name, "")
    return Input(field, name, _TYPES.get(field.kind, "text"), given.get(name, ""), tuple(rows), error)


def _sent(field: Field, name: str, given: Mapping[str, str]) -> list[int]:
    """Numbers of the lines in which something was typed."""
    return [
        row
        for row in range(BLANK_LINES)
        if any(given.get(f"{name}.{row}.{part.name}", "").strip() for part in field.lines)
    ]


def _of_line(told: Mapping[str, str], name: str, row: int, places: Mapping[int, str]) -> dict[str, str]:
    """What was said against `lines[0].part_id`, under the name of its input: `lines.2.part_id`."""
    start = f"{places.get(row)}."
    return {
        f"{name}.{row}.{field.removeprefix(start)}": said
        for field, said in told.items()
        if field.startswith(start)
    }


def _value(field: Field, name: str, given: Mapping[str, str]) -> Any:
    if field.kind is Kind.LINES:
        rows = [
            {p.name: v for p in field.lines if (v := _value(p, f"{name}.{row}.{p.name}", given)) is not None}
            for row in range(BLANK_LINES)
        ]
        return [row for row in rows if row] or None
    text = given.get(name, "").strip()
    return _parsed(field, text) if text else None


def _parsed(field: Field, text: str) -> Any:
    if field.kind in {Kind.INTEGER, Kind.MONEY} and text.removeprefix("-").isdigit():
        return int(text)
    if field.kind is Kind.DECIMAL:
        try:
            return float(text)
        except ValueError:
            return text
    if field.kind is Kind.BOOLEAN:
        return text == "yes"
    if field.kind is Kind.MONTH and len(text) == 7:
        return f"{text}-01"
    if field.kind is Kind.INSTANT and len(text) == 16:
        return f"{text}:00Z"  # the form says that instants are UTC
    return text
