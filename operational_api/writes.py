"""One write is one round trip: check the body, call the compiled function, say what became of it.

In: an actor, a declaration, the bytes of a body. Out: an `Answer`, or a `Refusal` and nothing written.
The order in which a change is refused: not there (404), no version (428), stale (412), illegal (409),
not permitted (403), incomplete (422).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from operational_api import payload, payload_errors
from operational_api.access import Actor
from operational_api.database import DATABASE_ERRORS, Pool, reference_error, refusal_of
from operational_api.document import Document
from operational_api.policy import may_read, unwritable, veils
from operational_api.refusals import (
    BadRequest,
    Conflict,
    FieldError,
    Invalid,
    KeyReused,
    NotAllowed,
    NotFound,
    NoVersion,
    Stale,
    Unavailable,
)
from operational_api.vin_on_file import offering_vins

MAX_IDEMPOTENCY_KEY = 200
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Answer:
    """The document as it now stands, as JSON text. A replay is the first answer to the same key."""

    key: str
    version: int
    body: str
    is_replay: bool = False


async def open_document(
    pool: Pool,
    actor: Actor,
    document: Document,
    body: bytes | Mapping[str, object],
    idempotency_key: str | None,
) -> Answer:
    """Open a document. Raises BadRequest (no key), NotFound, NotAllowed, Invalid, Conflict, Unavailable."""
    _check_idempotency_key(idempotency_key, is_needed=True)
    if not may_read(actor, document):
        raise NotFound(f"there is no collection {document.collection} for you")
    if actor.grants.isdisjoint(document.open_by):
        raise NotAllowed(f"your role does not open a {document.name}")
    raw = _bytes_of(body)
    opening = _opening(document, raw)
    outlet = _outlet_of(actor, document, opening.outlet_id)
    _demand_own_region(actor, document, opening.data)
    denied = denied_fields(actor, document, opening.state, opening.data)
    if denied:
        raise _denied(denied)
    effective_at = opening.effective_at or payload.happened_at(document, opening.data)
    arguments = (
        *_scope(actor, document),
        idempotency_key,
        request_hash(document.name, "open", payload.encode(opening)),
        opening.key or new_key(),
        outlet,
        opening.state or document.opens_in[0],
        effective_at,
        payload.encode(opening.data).decode(),
    )
    try:
        row = await _call(pool, document, _open_statement(document), arguments)
        return _answer(document, row, arguments[6], "open")
    except Invalid as refused:
        raise await offering_vins(pool, document, opening.data, refused) from refused


async def change_document(
    pool: Pool,
    actor: Actor,
    document: Document,
    key: str,
    action: str,
    body: bytes | Mapping[str, object],
    *,
    version: int | None,
    idempotency_key: str | None = None,
) -> Answer:
    """Amend a document, or make a move with it. `version` is the one the caller last saw.

    Raises NotFound, NoVersion, Stale, Conflict, NotAllowed, Invalid, Unavailable; then nothing is written.
    """
    _check_idempotency_key(idempotency_key, is_needed=False)
    if not may_read(actor, document) or not is_key(document, key):
        raise NotFound(_no_document(document, key))
    change = _change_of(document, action, _bytes_of(body)) if version is not None else None
    if document.region is not None and actor.region_path is not None:
        await _demand_region_held(pool, actor, document, key)
        _demand_own_region(actor, document, change.data if change else None)
    arguments = (
        *_scope(actor, document)[:3],
        sorted(actor.grants),
        list(veils(actor.grants, document)),
        idempotency_key,
        request_hash(document.name, action, f"{key} {version} ".encode(), payload.encode(change)),
        key,
        action,
        # Without a version the call only finds out whether there is such a document.
        -1 if version is None else version,
        change.effective_at if change else None,
        payload.encode(change.data).decode() if change else "{}",
    )
    try:
        row = await _call(pool, document, _change_statement(document), arguments)
        if version is None and row["outcome"] != "missing":
            raise NoVersion(f'send If-Match with the version you saw, such as "{row["version"]}"')
        return _answer(document, row, key, action)
    except Invalid as refused:
        raise await offering_vins(pool, document, change and change.data, refused) from refused


move_document = change_document


def request_hash(*parts: str | bytes) -> str:
    """A digest of a request as understood, so that two spellings of one body are one request."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\x1f")
    return digest.hexdigest()


def new_key() -> str:
    """26 characters that sort by time of creation: 48 bits of milliseconds, 80 random bits (as ULID)."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_key(document: Document, key: str) -> bool:
    """Whether the text can be a key at all; what cannot is simply not there."""
    try:
        msgspec.convert(key, payload.key_type(document))
    except msgspec.ValidationError:
        return False
    return True


def outlet_fault(
    actor: Actor, document: Document, outlet_id: str | None
) -> tuple[str | None, FieldError | None]:
    """The outlet an opened document belongs to, or what is wrong with the one given."""
    if not document.is_tenant:
        wrong = FieldError("outlet_id", f"a {document.name} belongs to no outlet", "leave it out")
        return None, wrong if outlet_id is not None else None
    if outlet_id is None:
        if actor.outlets is not None and len(actor.outlets) == 1:
            return actor.outlets[0], None
        return None, FieldError("outlet_id", "required: you serve more than one outlet", "name the outlet")
    return outlet_id, None


def region_fault(actor: Actor, document: Document, data: object) -> FieldError | None:
    """What a regional actor writes about must lie in the region, and so must an outlet it names."""
    if document.region is None or actor.region_path is None:
        return None
    path = getattr(data, document.region, None)
    if isinstance(path, str) and not _is_below(path, actor.region_path):
        return FieldError(
            document.region, f"outside your region {actor.region_path}", "name a region of yours"
        )
    for name, target in document.references():
        outlet = getattr(data, name, None) if target == "outlet" else None
        if isinstance(outlet, str) and outlet not in (actor.outlets or ()):
            return FieldError(
                name, f"no outlet of your region {actor.region_path}", "name an outlet of yours"
            )
    return None


def denied_fields(actor: Actor, document: Document, state: str | None, data: object) -> list[FieldError]:
    """Fields given with an opening that the actor may read and not write."""
    names = unwritable(actor.grants, document, state or document.opens_in[0])
    return [denial(name) for name in sorted(names) if getattr(data, name, None) is not None]


def denial(field: str) -> FieldError:
    return FieldError(field, "not yours to write in this state", "leave it out, or ask who may")


def _denied(errors: list[FieldError]) -> NotAllowed:
    return NotAllowed(f"not yours to write: {', '.join(e.field for e in errors)}", errors)


def _is_below(path: str, region: str) -> bool:
    return path == region or path.startswith(f"{region}/")


def _demand_own_region(actor: Actor, document: Document, data: object) -> None:
    fault = region_fault(actor, document, data)
    if fault is not None:
        raise NotAllowed(f"{fault.field}: {fault.rule}; {fault.remedy}")


async def _demand_region_held(pool: Pool, actor: Actor, document: Document, key: str) -> None:
    """What lies outside the region stays as it is; only regional actors pay for looking."""
    statement = f"select {document.region} from doc.{document.name} where {document.key} = $1"
    held = await pool.fetchval(statement, key)
    if held is not None and not _is_below(held, actor.region_path or ""):
        raise NotAllowed(f"{document.name} {key} is of {held}, outside your region {actor.region_path}")


def _outlet_of(actor: Actor, document: Document, outlet_id: str | None) -> str | None:
    outlet, fault = outlet_fault(actor, document, outlet_id)
    if fault is not None:
        raise Invalid(f"{fault.field}: {fault.rule}", [fault])
    if outlet is not None and actor.outlets is not None and outlet not in actor.outlets:
        raise NotAllowed(f"outlet {outlet} is not yours")
    return outlet


def _opening(document: Document, raw: bytes) -> payload.Opening:
    try:
        opening = payload.opening_decoder(document).decode(raw)
    except _BROKEN:
        opening = None
    if (
        opening is None
        or not payload.is_sound(document, opening.data)
        or payload.key_fault(document, opening.key)
    ):
        raise invalid(payload_errors.opening_errors(document, raw))
    if document.key_kind is document.key_kind.VIN and opening.key is None:
        raise invalid([FieldError("key", "required: the VIN is the key", "send the VIN as key")])
    return opening


def _change_of(document: Document, action: str, raw: bytes) -> payload.Change:
    try:
        change = payload.change_decoder(document, action).decode(raw or b"{}")
    except _BROKEN:
        change = None
    if change is None or not payload.is_sound_patch(document, change.data):
        raise invalid(payload_errors.change_errors(document, action, raw))
    return change


def invalid(errors: list[FieldError]) -> Invalid:
    named = ", ".join(dict.fromkeys(e.field for e in errors))
    detail = f"1 error: {named}" if len(errors) == 1 else f"{len(errors)} errors: {named}"
    return Invalid(detail, errors)


async def _call(pool: Pool, document: Document, statement: str, arguments: tuple[Any, ...]) -> Any:
    try:
        return await pool.fetchrow(statement, *arguments)
    except DATABASE_ERRORS as error:
        raise refusal_of(error, document) from error


def _answer(document: Document, row: Any, key: str, action: str) -> Answer:
    """The answer of a call, or the refusal its outcome names."""
    match row["outcome"]:
        case "ok":
            return Answer(key=key, version=row["version"], body=row["answer"])
        case "replayed":
            first = msgspec.json.decode(row["answer"], type=_Header)
            return Answer(key=first.key, version=first.version, body=row["answer"], is_replay=True)
        case "reused":
            raise KeyReused("this Idempotency-Key belongs to another request; take a new one for this one")
        case "in_flight":
            raise Conflict("a request with this Idempotency-Key is under way; send it again in a moment")
        case "missing":
            raise NotFound(_no_document(document, key))
        case "stale":
            raise Stale(f"{key} is at version {row['version']}; read it again and decide anew")
        case "illegal":
            raise Conflict(f"cannot {action} a {document.name} that is {row['state']}")
        case "forbidden":
            raise NotAllowed(
                f"you may not {action} {key}: your role may not, or you took an earlier step of it"
            )
        case "denied":
            raise _denied([denial(f) for f in row["fields"]])
        case "incomplete":
            raise invalid(
                [FieldError(f, f"required to {action}", f"send {f} with it") for f in row["fields"]]
            )
        case "no_reference":
            raise invalid([reference_error(document, f) for f in row["fields"]])
    raise Unavailable(f"the database answered {row['outcome']}")


class _Header(msgspec.Struct):
    key: str
    version: int


def _scope(actor: Actor, document: Document) -> tuple[Any, ...]:
    return (actor.scope, actor.outlets or (), actor.subject, veils(actor.grants, document))


def _open_statement(document: Document) -> str:
    return f"select * from api.open_{document.name}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"


def _change_statement(document: Document) -> str:
    return f"select * from api.change_{document.name}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"


def _no_document(document: Document, key: str) -> str:
    return f"there is no {document.name} {key[:100]}"


def _bytes_of(body: bytes | Mapping[str, object]) -> bytes:
    return body if isinstance(body, bytes) else payload.encode(body)


def _check_idempotency_key(key: str | None, *, is_needed: bool) -> None:
    if key is None or not key:
        if is_needed:
            raise BadRequest(
                "send an Idempotency-Key header: one new random text per request you mean to make"
            )
    elif len(key) > MAX_IDEMPOTENCY_KEY or not key.isprintable() or not key.isascii():
        raise BadRequest(f"an Idempotency-Key is at most {MAX_IDEMPOTENCY_KEY} printable ASCII characters")
