"""What a request may carry, compiled from the declarations: typed decoders for the hot path.

In: the bytes of a body. Out: checked objects, encoded again before they reach the database, so that two
parsers never disagree on what was sent. A body that fails is read a second time, slowly, by
`payload_errors`, which lists every error.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Literal, Protocol, cast

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from operational_api.codes import COUNTRIES, CURRENCIES
from operational_api.document import AtMost, Document, Field, Kind, Rule
from operational_api.vin import Severity, check_vin

MAX_LINES = 1_000  # lines within one document
KEY_LENGTH = 80
FIRST_YEAR, LAST_YEAR = 1900, 2199
_INT64 = 2**63
_DECIMALS, _DECIMAL_LIMIT = 6, decimal.Decimal(10) ** 12
CODE_PATTERN = r"\A[A-Za-z0-9._/:\-]+\Z"
VIN_PATTERN = r"\A[A-HJ-NPR-Z0-9]{17}\Z"
_TEXT_PATTERN = r"\A[^\x00]*\Z"
_PHONE_PATTERN = r"\A(?=(?:\D*\d){3})[^\x00-\x1f]+\Z"
_EMAIL_PATTERN = r"\A[^\s@\x00]+@[^\s@\x00]+\Z"
PHONE_LENGTH, EMAIL_LENGTH = 60, 254

CODE_TYPE = Annotated[str, Meta(max_length=KEY_LENGTH, pattern=CODE_PATTERN)]
VERSION_TYPE = Annotated[int, Meta(ge=1, le=2**31 - 2)]
INSTANT_TYPE = Annotated[datetime, Meta(tz=True)]

encode = msgspec.json.Encoder(decimal_format="number").encode


class Opening(Protocol):
    """The body of an open."""

    key: str | None
    outlet_id: str | None
    state: str | None
    effective_at: datetime | None
    data: Struct


class Change(Protocol):
    """The body of an amend or a move."""

    effective_at: datetime | None
    data: Struct


class Line(Protocol):
    """One line of a bulk call; `state` stands in openings only, `version` in changes only."""

    key: str
    outlet_id: str | None
    state: str | None
    at: datetime | None
    by: str | None
    version: int | None
    data: Struct


def value_type(field: Field) -> Any:
    """The type msgspec checks a value of the field against."""
    match field.kind:
        case Kind.TEXT:
            return Annotated[str, Meta(min_length=1, max_length=field.max_length, pattern=_TEXT_PATTERN)]
        case Kind.CODE:
            return Annotated[str, Meta(max_length=field.max_length, pattern=CODE_PATTERN)]
        case Kind.VIN:
            return Annotated[str, Meta(pattern=VIN_PATTERN)]
        case Kind.PHONE:
            return Annotated[str, Meta(max_length=PHONE_LENGTH, pattern=_PHONE_PATTERN)]
        case Kind.EMAIL:
            return Annotated[str, Meta(max_length=EMAIL_LENGTH, pattern=_EMAIL_PATTERN)]
        case Kind.CHOICE:
            return Literal[field.choices]
        case Kind.COUNTRY:
            return Literal[tuple(sorted(COUNTRIES))]
        case Kind.CURRENCY:
            return Literal[tuple(sorted(CURRENCIES))]
        case Kind.INTEGER | Kind.MONEY:
            least = -_INT64 if field.minimum is None else field.minimum
            most = _INT64 - 1 if field.maximum is None else field.maximum
            return Annotated[int, Meta(ge=least, le=most)]
        case Kind.DECIMAL:
            return decimal.Decimal
        case Kind.BOOLEAN:
            return bool
        case Kind.DATE | Kind.MONTH:
            return date
        case Kind.INSTANT:
            return INSTANT_TYPE
        case Kind.LINES:
            line = msgspec.defstruct(
                f"line_of_{field.name}",
                _members(field.lines),
                forbid_unknown_fields=True,
                kw_only=True,
                omit_defaults=True,
            )
            return Annotated[list[line], Meta(max_length=MAX_LINES)]  # type: ignore[valid-type]


@cache
def opening_decoder(document: Document) -> msgspec.json.Decoder[Opening]:
    body = msgspec.defstruct(
        f"open_{document.name}",
        [
            ("key", key_type(document) | None, None),
            ("outlet_id", CODE_TYPE | None, None),
            ("state", Literal[document.opens_in] | None, None),
            ("effective_at", INSTANT_TYPE | None, None),
            ("data", data_struct(document)),
        ],
        forbid_unknown_fields=True,
        kw_only=True,
    )
    return cast("msgspec.json.Decoder[Opening]", msgspec.json.Decoder(body))


@cache
def change_decoder(document: Document, action: str) -> msgspec.json.Decoder[Change]:
    body = msgspec.defstruct(
        f"{action}_{document.name}",
        [("effective_at", INSTANT_TYPE | None, None), _patch_member(document, action)],
        forbid_unknown_fields=True,
        kw_only=True,
    )
    return cast("msgspec.json.Decoder[Change]", msgspec.json.Decoder(body))


@cache
def line_decoder(document: Document) -> msgspec.json.Decoder[Line]:
    """Reads any line of a bulk call; `action` says which."""
    kinds = [_line_struct(document, action) for action in ("open", *actions(document))]
    union = kinds[0]
    for kind in kinds[1:]:
        union = union | kind
    return cast("msgspec.json.Decoder[Line]", msgspec.json.Decoder(union))


def actions(document: Document) -> tuple[str, ...]:
    """What may be done to an open document, `amend` first."""
    amend = ("amend",) if document.amend_in else ()
    return (*amend, *dict.fromkeys(m.name for m in document.moves))


@cache
def action_of(line_type: type[Line]) -> str:
    """What a decoded line does, by its type."""
    return str(cast("type[Struct]", line_type).__struct_config__.tag)


def accepted_fields(document: Document, action: str) -> tuple[Field, ...]:
    """The fields that may be given with an amend or a move."""
    if action == "amend":
        return document.entered
    names = {n for m in document.moves if m.name == action for n in m.accepts}
    return tuple(f for f in document.fields if f.name in names)


@cache
def data_struct(document: Document) -> type[Struct]:
    return msgspec.defstruct(
        f"data_of_{document.name}",
        _members(document.entered),
        forbid_unknown_fields=True,
        kw_only=True,
        omit_defaults=True,
    )


@cache
def patch_struct(document: Document, action: str) -> type[Struct]:
    """Every field may be left out; null empties an optional one."""
    members = [
        (f.name, value_type(f) | UnsetType if f.required else value_type(f) | None | UnsetType, UNSET)
        for f in accepted_fields(document, action)
    ]
    return msgspec.defstruct(f"{action}_data_of_{document.name}", members, forbid_unknown_fields=True)


def key_type(document: Document) -> Any:
    return Annotated[str, Meta(pattern=VIN_PATTERN)] if document.key_kind is Kind.VIN else CODE_TYPE


def _members(fields: tuple[Field, ...]) -> list[Any]:
    required = [(f.name, value_type(f)) for f in fields if f.required]
    return required + [(f.name, value_type(f) | None, None) for f in fields if not f.required]


def _patch_member(document: Document, action: str) -> tuple[str, Any, Any]:
    patch = patch_struct(document, action)
    return ("data", patch, msgspec.field(default_factory=patch))


def _line_struct(document: Document, action: str) -> Any:
    members: list[Any] = [
        ("key", key_type(document)),
        ("outlet_id", CODE_TYPE | None, None),
        ("at", INSTANT_TYPE | None, None),
        ("by", CODE_TYPE | None, None),
        ("version", VERSION_TYPE | None, None),
    ]
    if action == "open":
        members.append(("state", Literal[document.opens_in] | None, None))
        members.append(("data", data_struct(document)))
    else:
        members.append(_patch_member(document, action))
    name = f"line_{action}_{document.name}"
    return msgspec.defstruct(
        name, members, tag_field="action", tag=action, forbid_unknown_fields=True, kw_only=True
    )


# --- what a type cannot say -----------------------------------------------------------------------

Check = Callable[[Any], str | None]


def value_check(field: Field) -> Check | None:
    """A check beyond the type: returns what is wrong, or None."""
    match field.kind:
        case Kind.VIN:
            return vin_fault
        case Kind.MONTH:
            return _month_fault
        case Kind.DATE | Kind.INSTANT:
            return _year_fault
        case Kind.DECIMAL:
            return lambda value: _decimal_fault(field, value)
        case Kind.LINES:
            inner = [(f.name, check) for f in field.lines if (check := value_check(f))]
            return (lambda lines: _line_fault(inner, lines)) if inner else None
        case _:
            return None


@cache
def checks_of(document: Document) -> tuple[tuple[str, Check], ...]:
    return tuple((f.name, check) for f in document.entered if (check := value_check(f)))


def is_sound(document: Document, data: Struct) -> bool:
    """Whether a decoded opening also keeps what its types cannot say: check digits, scales, row rules."""
    checks, rules = _compiled_checks(document)
    for value_of, check in checks:
        value = value_of(data)
        if value is not None and check(value) is not None:
            return False
    return all(rule(data) for rule in rules)


def is_sound_patch(document: Document, data: Struct) -> bool:
    """The same for an amend or a move, where fields may be left out."""
    for name, check in checks_of(document):
        value = getattr(data, name, None)
        if value is not None and value is not UNSET and check(value) is not None:
            return False
    return all(holds(rule, data) for rule in document.rules)


def holds(rule: Rule, data: Struct) -> bool:
    """A rule about fields that are not all there holds; the database judges the whole row."""
    given = {f: v for f in rule.fields if (v := getattr(data, f, None)) is not None and v is not UNSET}
    if isinstance(rule, AtMost):
        return rule.whole not in given or sum(given.get(part, 0) for part in rule.parts) <= given[rule.whole]
    return len(given) < 2 or bool(given[rule.later] >= given[rule.earlier])


@cache
def _compiled_checks(
    document: Document,
) -> tuple[tuple[tuple[Callable[[Struct], Any], Check], ...], tuple[Callable[[Struct], bool], ...]]:
    checks = tuple((attrgetter(name), check) for name, check in checks_of(document))
    return checks, tuple(_compiled_rule(rule) for rule in document.rules)


def _compiled_rule(rule: Rule) -> Callable[[Struct], bool]:
    """`holds` for a whole row, without looking up names one by one: bulk calls spend their time here."""
    if isinstance(rule, AtMost):
        # Asking for the whole too makes attrgetter return a tuple also for a single part.
        values_of = attrgetter(rule.whole, *rule.parts)

        def at_most(data: Struct) -> bool:
            whole, *parts = values_of(data)
            return whole is None or sum(filter(None, parts)) <= whole

        return at_most
    pair_of = attrgetter(rule.later, rule.earlier)

    def not_before(data: Struct) -> bool:
        later, earlier = pair_of(data)
        return later is None or earlier is None or bool(later >= earlier)

    return not_before


def happened_at(document: Document, data: Struct) -> datetime | None:
    """When the opened document says it happened; None is now. A day counts from its midnight, UTC."""
    value = getattr(data, document.happened) if document.happened else None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.fromisoformat(f"{value.isoformat()}T00:00:00+00:00")
    return cast("datetime | None", value)


def encode_data(document: Document, data: Struct) -> bytes:
    """Opened data as the database prints the row they become, so that a bulk call logs what it was sent.

    Fields without a value are left out, instants stand in UTC with an offset of +00:00, decimals without
    trailing zeros. Printing the row anew would cost a third of a bulk line's work in the database.
    """
    printed = {n: text_of(v) for n, text_of in _printers(document) if (v := getattr(data, n)) is not None}
    return encode(msgspec.structs.replace(data, **printed) if printed else data)


@cache
def _printers(document: Document) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    printers: dict[Kind, Callable[[Any], Any]] = {
        Kind.INSTANT: _instant_text,
        Kind.DECIMAL: decimal.Decimal.normalize,
    }
    return tuple((f.name, printers[f.kind]) for f in document.entered if f.kind in printers)


def _instant_text(instant: datetime) -> str:
    text = instant.astimezone(UTC).isoformat()
    return text if instant.microsecond == 0 else f"{text[:-6].rstrip('0')}+00:00"


def key_fault(document: Document, key: str | None) -> str | None:
    return vin_fault(key) if key is not None and document.key_kind is Kind.VIN else None


def vin_fault(vin: str) -> str | None:
    """Rule and remedy; a VIN of a regime that only warns has none."""
    return next((f"{f.rule}; {f.remedy}" for f in check_vin(vin) if f.severity is Severity.REJECT), None)


def _year_fault(value: date) -> str | None:
    return None if FIRST_YEAR <= value.year <= LAST_YEAR else f"years run from {FIRST_YEAR} to {LAST_YEAR}"


def _month_fault(value: date) -> str | None:
    return _year_fault(value) if value.day == 1 else "a month is written as its first day"


def _decimal_fault(field: Field, value: decimal.Decimal) -> str | None:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        return "it is not a number"
    if exponent < -_DECIMALS or abs(value) >= _DECIMAL_LIMIT:
        return f"at most {_DECIMALS} decimals and 12 digits before them"
    low = field.minimum is not None and value < field.minimum
    high = field.maximum is not None and value > field.maximum
    return f"it is outside {field.minimum} to {field.maximum}" if low or high else None


def _line_fault(checks: list[tuple[str, Check]], lines: list[Struct]) -> str | None:
    for line in lines:
        for name, check in checks:
            value = getattr(line, name)
            if value is not None and (fault := check(value)):
                return f"{name}: {fault}"
    return None
