"""What a STAR-style message may hold, read off the noun's table: elements, how often, types, code lists.

In: the bytes of a message; then the element of its noun. Out: the parsed message with the line each element
stands on; every fault, with element, line, rule and remedy. The table (`star.py`) and the declared fields are
the schema: of the published ones, which are licensed, nothing is here. The order of elements is free, and
what stands below `UserArea` is the sender's own and not read.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from xml.parsers import expat

from babel.numbers import get_currency_precision

from operational_api.document import Document, Field, Kind
from operational_api.refusals import BadRequest, FieldError

MOST_ELEMENTS = 20_000
OWN = "UserArea"  # STAR's place for what the schema does not know
_DISTANCES = ("KMT", "SMI")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?")
_NUMERIC = frozenset({Kind.INTEGER, Kind.MONEY, Kind.DECIMAL})


@dataclass(frozen=True, slots=True)
class Message:
    root: ET.Element
    line_of: Mapping[ET.Element, int]


@dataclass(slots=True)
class Node:
    """One element: what it may hold, or which field its text is."""

    below: dict[str, Node] = field(default_factory=dict)
    field: Field | None = None
    is_required: bool = False
    is_many: bool = False


def parse(raw: bytes) -> Message:
    """Raises BadRequest for what is not well-formed, too large, or declares a document type or entities."""
    parser = expat.ParserCreate(namespace_separator="}")
    builder, line_of = ET.TreeBuilder(), {}

    def start(name: str, attributes: dict[str, str]) -> None:
        line_of[builder.start(_tag(name), attributes)] = parser.CurrentLineNumber
        if len(line_of) > MOST_ELEMENTS:
            raise BadRequest(f"a message has at most {MOST_ELEMENTS:,} elements")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: builder.end(_tag(name))
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadRequest(f"not well-formed XML: {error}") from error
    return Message(builder.close(), line_of)


def structure(document: Document, fields: Mapping[str, str], lines: Lines) -> Node:
    """The tree that the table's paths make; what a document requires, its message requires."""
    root = Node()
    for name, path in fields.items():
        declared = None if name == "key" else document.field(name)
        _hang(root, path, declared, declared is not None and declared.required)
    for name, (path, below) in lines.items():
        line = root
        for step in path.split("/"):
            line = line.below.setdefault(step, Node())
            line.is_many = True
        by_name = {f.name: f for f in document.field(name).lines}
        for inner, inner_path in below.items():
            _hang(line, inner_path, by_name[inner], by_name[inner].required)
    return root


def faults(message: Message, body: ET.Element, node: Node, currency: str | None) -> Iterator[FieldError]:
    """Every fault below `body`, in the order of the message; `currency` is that of its amounts."""

    def told(element: ET.Element, path: str, rule: str, remedy: str) -> FieldError:
        return FieldError(path, f"line {message.line_of[element]}: {rule}", remedy)

    def held(element: ET.Element, node: Node, path: str) -> Iterator[FieldError]:
        seen = Counter(local(child) for child in element)
        for child in element:
            name = local(child)
            below, here = node.below.get(name), f"{path}{name}"
            if below is None:
                if name != OWN:
                    yield told(child, here, *_unknown(name, node))
            elif below.is_many or seen[name] == 1:
                yield from valued(child, below, here) if below.field else held(child, below, f"{here}/")
            elif child is next(c for c in element if local(c) == name):
                yield told(child, here, f"stands {seen[name]} times, and once is right", "send one of them")
        for name, below in node.below.items():
            missing = below.is_required and (name not in seen or _is_empty_leaf(element, name, below))
            if missing:
                where = path + "/".join((name, *_deepest(below)))
                yield told(element, where, "required, and missing here", f"send {where.rpartition('/')[2]}")

    def valued(element: ET.Element, node: Node, path: str) -> Iterator[FieldError]:
        text = (element.text or "").strip()
        if len(element):
            yield told(element, path, "holds a value, not elements", "send the value alone")
        elif text and node.field and (fault := _fault(node.field, element, text, currency)):
            yield told(element, path, *fault)

    return held(body, node, "")


Lines = Mapping[str, tuple[str, Mapping[str, str]]]


def local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _tag(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _refuse_doctype(*_: object) -> None:
    raise BadRequest("a message holds no document type and no entities")


def _hang(root: Node, path: str, declared: Field | None, is_required: bool) -> None:
    """A required value makes what it stands in required."""
    node = root
    for step in path.split("/"):
        node = node.below.setdefault(step, Node())
        node.is_required |= is_required
    node.field = declared or Field(name="key", kind=Kind.CODE, meaning="Number of the document.")


def _deepest(node: Node) -> Iterator[str]:
    for name, below in node.below.items():
        if below.is_required:
            yield name
            yield from _deepest(below)
            return


def _is_empty_leaf(element: ET.Element, name: str, node: Node) -> bool:
    texts = [c.text for c in element if local(c) == name]
    return node.field is not None and not any((text or "").strip() for text in texts)


def _unknown(name: str, node: Node) -> tuple[str, str]:
    near = get_close_matches(name, node.below, n=1)
    remedy = f"leave it out, or put it below {OWN}, which is not read"
    return "not of the supported subset", _with_meant(remedy, near)


def _with_meant(remedy: str, near: list[str]) -> str:
    return f"did you mean {near[0]}? Else {remedy}" if near else remedy


Fault = tuple[str, str]


def _fault(declared: Field, element: ET.Element, text: str, currency: str | None) -> Fault | None:
    if declared.kind is Kind.CHOICE and text not in declared.choices:
        return f"{text[:40]} is not in the code list", f"send one of {', '.join(declared.choices)}"
    if declared.kind is Kind.DATE:
        return _unreadable(date.fromisoformat, text, "a date such as 2026-03-01")
    if declared.kind is Kind.INSTANT:
        return _unreadable(_instant, text, "date and time with zone, such as 2026-03-01T09:00:00Z")
    return _number_fault(declared, element, text, currency) if declared.kind in _NUMERIC else None


def _number_fault(declared: Field, element: ET.Element, text: str, currency: str | None) -> Fault | None:
    if not _NUMBER.fullmatch(text):
        return f"{text[:40]} is no number", "send digits, with a point before decimals"
    unit, amount_in, number = element.get("unitCode"), element.get("currencyID"), Decimal(text)
    if declared.unit == "km" and unit not in {None, *_DISTANCES}:
        return f"unitCode {unit} is not in the code list", f"send one of {', '.join(_DISTANCES)}"
    if declared.kind is Kind.MONEY:
        if amount_in is not None and amount_in != currency:
            return f"amount in {amount_in[:3]}, message in {currency}", "send amounts in its CurrencyCode"
        number = number.scaleb(get_currency_precision(currency or ""))
    is_whole = number == number.to_integral_value() or unit == "SMI"
    if declared.kind is not Kind.DECIMAL and not is_whole:
        return f"{text[:40]} is finer than it can be", "send whole units, money in its currency's decimals"
    if declared.minimum is not None and number < declared.minimum:
        return f"{text[:40]} is too little", f"send at least {declared.minimum} {declared.unit or ''}".strip()
    if declared.maximum is not None and number > declared.maximum:
        return f"{text[:40]} is too much", f"send at most {declared.maximum} {declared.unit or ''}".strip()
    return None


def _unreadable(read: Callable[[str], object], text: str, wanted: str) -> Fault | None:
    try:
        read(text)
    except (ValueError, InvalidOperation):
        return f"{text[:40]} is unreadable", f"send {wanted}"
    return None


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment
