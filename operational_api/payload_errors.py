"""The slow second reading of a body that was refused: every error, with field, rule and remedy.

In: the bytes and the declaration. Out: `FieldError`s in the order of the declaration; unknown fields last.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec
from msgspec import Raw

from operational_api import payload
from operational_api.document import AtMost, Document, Field, Kind, Rule
from operational_api.refusals import FieldError
from operational_api.vin import Severity, check_vin

MOST_ERRORS = 100


def opening_errors(document: Document, body: bytes) -> list[FieldError]:
    """What is wrong with the body of an open."""
    members: dict[str, Any] = {
        "key": payload.key_type(document) | None,
        "outlet_id": payload.CODE_TYPE | None,
        "state": Literal[document.opens_in] | None,
        "effective_at": payload.INSTANT_TYPE | None,
    }
    return _listed(_body_errors(document, body, members, document.entered, is_whole=True))


def change_errors(document: Document, action: str, body: bytes) -> list[FieldError]:
    """What is wrong with the body of an amend or a move."""
    fields = payload.accepted_fields(document, action)
    members: dict[str, Any] = {"effective_at": payload.INSTANT_TYPE | None}
    return _listed(_body_errors(document, body, members, fields, is_whole=False))


def line_errors(document: Document, body: bytes) -> list[FieldError]:
    """What is wrong with one line of a bulk call."""
    action = line_word(body, "action")
    known = ("open", *payload.actions(document))
    if action not in known:
        return [FieldError("action", f"one of {', '.join(known)}", _did_you_mean(action or "", known))]
    members: dict[str, Any] = {
        "action": str,
        "key": payload.key_type(document),
        "outlet_id": payload.CODE_TYPE | None,
        "at": payload.INSTANT_TYPE | None,
        "by": payload.CODE_TYPE | None,
        "version": payload.VERSION_TYPE | None,
    }
    if action == "open":
        members["state"] = Literal[document.opens_in] | None
    fields = document.entered if action == "open" else payload.accepted_fields(document, action)
    return _listed(_body_errors(document, body, members, fields, is_whole=action == "open"))


def line_word(body: bytes, member: str) -> str | None:
    """A text member of a line that may be broken elsewhere; None when it cannot be read."""
    try:
        return msgspec.json.decode(msgspec.json.decode(body, type=dict[str, Raw])[member], type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
        return None


def rule_sentence(rule: Rule) -> str:
    if isinstance(rule, AtMost):
        return f"{' + '.join(rule.parts)} is at most {rule.whole}"
    return f"{rule.later} is not before {rule.earlier}"


def field_rule(field: Field) -> str:
    """What a value of the field must be, in words."""
    bounds = _bounds_sentence(field)
    return {
        Kind.TEXT: f"text of 1 to {field.max_length} characters, none of them NUL",
        Kind.CODE: f"letters, digits and . _ - / : only, 1 to {field.max_length} of them",
        Kind.INTEGER: _with_bounds("a whole number of at most 64 bits", bounds),
        Kind.MONEY: _with_bounds("a whole number of minor units and of at most 64 bits", bounds),
        Kind.DECIMAL: _with_bounds("a finite number with at most six decimals", bounds),
        Kind.BOOLEAN: "true or false",
        Kind.DATE: "a day written 2026-01-31",
        Kind.MONTH: "the first day of a month, written 2026-01-01",
        Kind.INSTANT: "an instant with its zone, written 2026-01-31T09:00:00Z",
        Kind.CHOICE: f"one of {', '.join(field.choices)}",
        Kind.VIN: "17 capital letters and digits, without I, O and Q",
        Kind.PHONE: f"a phone number of at least 3 digits and at most {payload.PHONE_LENGTH} characters",
        Kind.EMAIL: "an e-mail address",
        Kind.COUNTRY: "a country by ISO 3166-1: two capital letters",
        Kind.CURRENCY: "a currency by ISO 4217: three capital letters",
        Kind.LINES: f"a list of at most {payload.MAX_LINES} objects",
    }[field.kind]


def _bounds_sentence(field: Field) -> str | None:
    """Between which values; None when any will do."""
    low, high = field.minimum, field.maximum
    if low is None:
        return None if high is None else f"at most {high}"
    return f"at least {low}" if high is None else f"from {low} to {high}"


def _with_bounds(said: str, bounds: str | None) -> str:
    return said if bounds is None else f"{said}, {bounds}"


def _listed(errors: Iterable[FieldError]) -> list[FieldError]:
    found = []
    for error in errors:
        found.append(error)
        if len(found) == MOST_ERRORS:
            break
    return found


def _body_errors(
    document: Document, body: bytes, members: dict[str, Any], fields: tuple[Field, ...], *, is_whole: bool
) -> Iterator[FieldError]:
    raw = _object(body)
    if isinstance(raw, str):
        yield FieldError("body", raw, "send one JSON object")
        return
    for name, expected in members.items():
        if name in raw or not _allows_none(expected):
            yield from _member_error(document, name, raw.get(name), expected)
    if "data" in raw or is_whole:
        yield from _data_errors(document, raw.get("data", Raw(b"{}")), fields, is_whole=is_whole)
    yield from _unknown("", raw, (*members, "data"))


def _data_errors(
    document: Document, body: Raw, fields: tuple[Field, ...], *, is_whole: bool
) -> Iterator[FieldError]:
    raw = _object(body)
    if isinstance(raw, str):
        yield FieldError("data", raw, "send the fields as one JSON object")
        return
    faults = [e for f in fields for e in _field_errors(f.name, f, raw.get(f.name), is_whole=is_whole)]
    yield from faults
    yield from _unknown("", raw, [f.name for f in fields])
    if not faults:
        yield from _rule_errors(document, raw, fields)


def _rule_errors(document: Document, raw: dict[str, Raw], fields: tuple[Field, ...]) -> Iterator[FieldError]:
    members = [(f.name, payload.value_type(f) | None, None) for f in fields]
    data = msgspec.json.decode(msgspec.json.encode(raw), type=msgspec.defstruct("row", members))
    for rule in document.rules:
        if not payload.holds(rule, data):
            yield FieldError(rule.fields[0], rule_sentence(rule), f"correct one of {', '.join(rule.fields)}")


def _field_errors(path: str, field: Field, raw: Raw | None, *, is_whole: bool) -> Iterator[FieldError]:
    if raw is None or bytes(raw) == b"null":
        if field.required and (is_whole or raw is not None):
            yield FieldError(path, f"required: {field.meaning}", f"send {field_rule(field)}")
        return
    if field.kind is Kind.LINES:
        yield from _lines_errors(path, field, raw)
        return
    if field.kind is Kind.VIN and (vin := _typed(raw, str))[1]:
        yield from _vin_errors(path, vin[0])
        return
    value, is_typed = _typed(raw, payload.value_type(field))
    check = payload.value_check(field)
    if not is_typed:
        yield FieldError(path, field_rule(field), f"send {field_rule(field)} instead of {_shown(field, raw)}")
    elif check and (fault := check(value)):
        yield FieldError(path, fault.split("; ")[0], fault.split("; ")[-1])


def _lines_errors(path: str, field: Field, raw: Raw) -> Iterator[FieldError]:
    try:
        lines = msgspec.json.decode(raw, type=list[Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        lines = None
    if lines is None or len(lines) > payload.MAX_LINES:
        yield FieldError(path, field_rule(field), f"send {field_rule(field)}")
        return
    for number, line in enumerate(lines):
        members = _object(line)
        if isinstance(members, str):
            yield FieldError(f"{path}[{number}]", members, "send one JSON object per line")
            continue
        for inner in field.lines:
            at = f"{path}[{number}].{inner.name}"
            yield from _field_errors(at, inner, members.get(inner.name), is_whole=True)
        yield from _unknown(f"{path}[{number}].", members, [f.name for f in field.lines])


def _member_error(document: Document, name: str, raw: Raw | None, expected: Any) -> Iterator[FieldError]:
    if raw is None:
        yield FieldError(name, "required", f"send {name}")
        return
    if name == "key" and document.key_kind is Kind.VIN and (vin := _typed(raw, str))[1]:
        yield from _vin_errors(name, vin[0])
        return
    if not _typed(raw, expected)[1]:
        yield FieldError(name, _member_rule(document, name), f"correct {name}, or leave it out")


def _member_rule(document: Document, name: str) -> str:
    """What stands beside the data of a body must be, in words."""
    match name:
        case "key" if document.key_kind is Kind.VIN:
            return "17 capital letters and digits, without I, O and Q"
        case "state":
            return f"one of {', '.join(document.opens_in)}"
        case "at" | "effective_at":
            return "an instant with its zone, written 2026-01-31T09:00:00Z"
        case "version":
            return "a whole number from 1 on"
        case _:
            return f"letters, digits and . _ - / : only, 1 to {payload.KEY_LENGTH} of them"


def _vin_errors(path: str, vin: str) -> Iterator[FieldError]:
    """With the numbers one misread character away; whoever sent this one chooses."""
    for found in check_vin(vin):
        if found.severity is Severity.REJECT:
            yield FieldError(path, found.rule, found.remedy, found.repairs)


def _unknown(prefix: str, raw: Iterable[str], known: Iterable[str]) -> Iterator[FieldError]:
    names = list(known)
    for name in raw:
        if name not in names:
            yield FieldError(
                f"{prefix}{name[:60]}", "there is no such field here", _did_you_mean(name, names)
            )


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name[:60], list(known), n=1)
    return f"did you mean {close[0]}?" if close else "leave it out"


def _object(body: bytes | Raw) -> dict[str, Raw] | str:
    """Members of a JSON object, or what is wrong with it."""
    try:
        return msgspec.json.decode(body, type=dict[str, Raw])
    except msgspec.ValidationError:
        return "it is not a JSON object"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"it is not JSON: {error}"
    except RecursionError:
        return "it is nested too deep"


def _typed(raw: Raw, expected: Any) -> tuple[Any, bool]:
    try:
        return msgspec.json.decode(raw, type=expected), True
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None, False


def _allows_none(expected: Any) -> bool:
    return type(None) in getattr(expected, "__args__", ())


def _shown(field: Field, raw: Raw) -> str:
    """The value as sent, cut short; never that of a personal field."""
    return "what was sent" if field.personal else bytes(raw)[:40].decode(errors="replace")
