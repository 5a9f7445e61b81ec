"""UN/EDIFACT DELFOR (D.97A and later): a delivery schedule as its sender wrote it becomes a call-off.

In: one interchange with one message. Out: the body of an opening of `call_off`. Read are BGM (number), DTM
(issue and period dates), NAD+BY (the outlet) and NAD+SU or +SE (the supplier), LIN (item), QTY+1/113
(quantity of a period), QTY+70/78/194 (received so far), SCC (commitment). The rest is allowed and not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from operational_api.refusals import BadRequest, FieldError, Invalid

MEDIA_TYPE = "application/edifact"
_COMMITMENT = {"1": "firm", "2": "production", "3": "material", "4": "forecast"}  # code list 4017
_PERIOD, _RECEIVED = {"1", "113"}, {"70", "78", "194"}  # code list 6063
_BUYER, _SUPPLIER = {"BY"}, {"SU", "SE"}
_FORMATS = {"102": "%Y%m%d", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S"}  # code list 2379
Segment = list[list[str]]  # elements of components; the tag is the first


@dataclass(slots=True)
class _Schedule:
    """What has been read of the message so far."""

    number: str = ""
    issued_at: str = ""
    outlet: str = ""
    supplier: str = ""
    item: str = ""
    commitment: str = "forecast"
    received: dict[str, int] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)


def opening(raw: bytes) -> dict[str, Any]:
    """Raises BadRequest for what is no DELFOR, Invalid for a value that cannot be read."""
    schedule, seen = _Schedule(), set()
    for segment in segments(raw):
        tag = segment[0][0]
        seen.add(tag)
        if tag == "UNH" and _part(segment, 2, 0) != "DELFOR":
            raise BadRequest(f"a DELFOR message is wanted; this is {_part(segment, 2, 0)[:20] or 'none'}")
        _take(schedule, tag, segment)
    if not {"UNH", "BGM", "LIN"} <= seen:
        raise BadRequest("a DELFOR message holds at least UNH, BGM and LIN")
    for line in schedule.lines:
        if line["item"] in schedule.received:
            line["received_quantity"] = schedule.received[line["item"]]
    data = {"message_no": schedule.number, "supplier": schedule.supplier, "issued_at": schedule.issued_at}
    data = {name: value for name, value in data.items() if value}
    outlet = {"outlet_id": schedule.outlet} if schedule.outlet else {}
    return {**outlet, "data": {**data, "lines": schedule.lines}}


def segments(raw: bytes) -> Iterator[Segment]:
    """Split by the service characters that UNA names, else the usual ones; `?` releases what follows it."""
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise BadRequest("the message is no UTF-8 text") from error
    component, element, release, end = ":", "+", "?", "'"
    if text.startswith("UNA") and len(text) >= 9:
        component, element, release, end = text[3], text[4], text[6], text[8]
        text = text[9:]
    current: Segment = [[""]]
    letters = iter(text)
    for letter in letters:
        if letter == release:
            current[-1][-1] += next(letters, "")
        elif letter == end:
            if current != [[""]]:
                yield current
            current = [[""]]
        elif letter == element:
            current.append([""])
        elif letter == component:
            current[-1].append("")
        elif letter not in "\r\n":
            current[-1][-1] += letter
    if current != [[""]]:
        raise BadRequest(f"the message is cut short after {current[0][0][:10]}")


def _take(schedule: _Schedule, tag: str, segment: Segment) -> None:
    match tag:
        case "BGM":
            schedule.number = _part(segment, 2, 0)
        case "NAD" if _part(segment, 1, 0) in _BUYER:
            schedule.outlet = _part(segment, 2, 0)
        case "NAD" if _part(segment, 1, 0) in _SUPPLIER:
            schedule.supplier = _part(segment, 2, 0)
        case "LIN":
            schedule.item, schedule.commitment = _part(segment, 3, 0), "forecast"
        case "SCC":
            schedule.commitment = _COMMITMENT.get(_part(segment, 1, 0), "forecast")
        case "QTY":
            _take_quantity(schedule, segment)
        case "DTM":
            _take_date(schedule, segment)


def _take_quantity(schedule: _Schedule, segment: Segment) -> None:
    kind, text = _part(segment, 1, 0), _part(segment, 1, 1)
    units = text.removesuffix(".0").removesuffix(".")
    if not (units.isascii() and units.isdigit()):
        raise _unreadable("QTY", text, "a whole number of units")
    if kind in _RECEIVED:
        schedule.received[schedule.item] = int(units)
    elif kind in _PERIOD:
        line = {"item": schedule.item, "commitment": schedule.commitment, "quantity": int(units)}
        schedule.lines.append(line)


def _take_date(schedule: _Schedule, segment: Segment) -> None:
    """137 is the issue; 158 and 159 bound a period, 2, 10 and 64 are days of delivery (code list 2005)."""
    kind, text, form = (_part(segment, 1, n) for n in range(3))
    if kind not in {"137", "158", "159", "2", "10", "64"}:
        return
    try:
        moment = datetime.strptime(text, _FORMATS.get(form, "%Y%m%d")).replace(tzinfo=UTC)
    except ValueError as error:
        raise _unreadable("DTM", text, "a date in format 102, 203 or 204") from error
    if kind == "137":
        schedule.issued_at = schedule.issued_at or moment.isoformat()
    elif schedule.lines:
        name = "to_date" if kind == "159" else "from_date"
        schedule.lines[-1][name] = moment.date().isoformat()


def _part(segment: Segment, element: int, component: int) -> str:
    """Empty when it is not there."""
    parts = segment[element] if element < len(segment) else []
    return parts[component].strip() if component < len(parts) else ""


def _unreadable(tag: str, text: str, wanted: str) -> Invalid:
    return Invalid(
        f"unreadable: {tag} {text[:40]}", [FieldError("lines", f"{tag} {text[:40]}", f"send {wanted}")]
    )
