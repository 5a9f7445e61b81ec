"""Many lines in one call: set-based, good lines written, bad ones listed, known ones counted.

In: NDJSON, each line an opening, an amend or a move. Out: counts that add up, and every error with its row.
Lines of one key keep their order: the n-th line of each key goes into the n-th wave, and a wave is at most
three statements. All of a call, its stored answer included, is one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from operational_api import payload, payload_errors
from operational_api.access import Actor
from operational_api.database import DATABASE_ERRORS, Pool, reference_error, refusal_of
from operational_api.document import Document, Grant
from operational_api.ledger import moves_money
from operational_api.payload import Line
from operational_api.policy import may_read, veils
from operational_api.refusals import (
    BadRequest,
    Conflict,
    FieldError,
    Invalid,
    KeyReused,
    NotAllowed,
    NotFound,
    TooLarge,
)
from operational_api.wording import ENGLISH, said
from operational_api.writes import (
    MAX_IDEMPOTENCY_KEY,
    denial,
    denied_fields,
    outlet_fault,
    region_fault,
    request_hash,
)

MAX_BULK_LINES = 5_000
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
# Errors of one line that reach us as an exception of the statement: the batch is halved until it is alone.
_LINE_ERRORS = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.RaiseError,
)


class LineError(msgspec.Struct, frozen=True):
    """One error of one line; rows count from 1."""

    row: int
    key: str | None
    field: str
    rule: str
    remedy: str
    code: str


class BulkAnswer(msgspec.Struct):
    """received = accepted + duplicate + rejected, always."""

    received: int
    accepted: int
    duplicate: int
    rejected: int
    errors: list[LineError]


@dataclass(slots=True)
class _Ledger:
    """What became of each row."""

    received: int
    duplicate: set[int] = field(default_factory=set)
    errors: dict[int, list[LineError]] = field(default_factory=dict)

    def refuse(self, row: int, key: str | None, code: str, errors: Iterable[FieldError]) -> None:
        listed = [LineError(row, key, e.field, e.rule, e.remedy, code) for e in errors]
        self.errors.setdefault(row, []).extend(listed)

    def answer(self, language: str) -> BulkAnswer:
        rejected, duplicate = len(self.errors), len(self.duplicate)
        accepted = self.received - rejected - duplicate
        errors = [_said(e, language) for row in sorted(self.errors) for e in self.errors[row]]
        return BulkAnswer(self.received, accepted, duplicate, rejected, errors)


def _said(error: LineError, language: str) -> LineError:
    if language == ENGLISH:
        return error
    rule, remedy = said(error.rule, language), said(error.remedy, language)
    return msgspec.structs.replace(error, rule=rule, remedy=remedy)


@dataclass(frozen=True, slots=True)
class _Item:
    """A sound line, ready for its statement."""

    row: int
    line: Line
    action: str
    outlet_id: str | None
    by: str
    at: datetime | None
    data: bytes


async def write_lines(
    pool: Pool,
    actor: Actor,
    document: Document,
    body: bytes,
    idempotency_key: str,
    *,
    is_history: bool = False,
    language: str = ENGLISH,
) -> tuple[bytes, bool]:
    """Write what can be written. Returns the answer as JSON, and whether it is a replay.

    Errors are said in `language`; a replay is the first answer, in the language of the first call.
    History that is brought in has had its consequences already: they come with it, as documents of their own.
    Raises NotAllowed (history is the administrator's), BadRequest, NotFound, TooLarge, KeyReused, Conflict
    (under way), Unavailable; then nothing was written.
    """
    if not idempotency_key or len(idempotency_key) > MAX_IDEMPOTENCY_KEY or not idempotency_key.isprintable():
        raise BadRequest("send an Idempotency-Key header: one new random text per request you mean to make")
    if not may_read(actor, document):
        raise NotFound(f"there is no collection {document.collection} for you")
    if is_history and Grant.ADMIN not in actor.grants:
        raise NotAllowed("only an administrator brings in history")
    digest = request_hash(document.name, "history" if is_history else "bulk", body)
    ledger, items = _read_lines(actor, document, body)
    try:
        async with pool.acquire() as connection, connection.transaction():
            known = await _claim(connection, actor, idempotency_key, digest)
            if known is not None:
                return known.encode(), True
            if moves_money(document):
                await _lock_accounts(connection, actor, document, items)
            if is_history:
                await connection.execute("select set_config('dms.history', 'on', true)")
            for wave in _waves(items):
                await _write_wave(connection, actor, document, wave, ledger)
            answer = msgspec.json.encode(ledger.answer(language))
            await connection.execute(
                "insert into api.idempotency (subject, idempotency_key, request_hash, document, answer) "
                "values ($1, $2, $3, $4, $5)",
                actor.subject, idempotency_key, digest, document.name, answer.decode(),
            )  # fmt: skip
            return answer, False
    except DATABASE_ERRORS as error:
        raise refusal_of(error, document) from error


# --- reading lines --------------------------------------------------------------------------------


def _read_lines(actor: Actor, document: Document, body: bytes) -> tuple[_Ledger, list[_Item]]:
    rows = _numbered_lines(document, body)
    ledger = _Ledger(received=len(rows))
    items = []
    for number, (line, raw) in enumerate(rows, start=1):
        if line is None or not _is_sound(document, line):
            ledger.refuse(
                number,
                payload_errors.line_word(raw, "key"),
                "invalid",
                payload_errors.line_errors(document, raw),
            )
            continue
        item = _item(actor, document, number, line)
        if isinstance(item, _Item):
            items.append(item)
        else:
            ledger.refuse(number, line.key, item[0], [item[1]])
    return ledger, items


def _numbered_lines(document: Document, body: bytes) -> list[tuple[Line | None, bytes]]:
    """Every line that is not blank, decoded when it can be."""
    raws = [raw for raw in body.split(b"\n") if raw and not raw.isspace()]
    if len(raws) > MAX_BULK_LINES:
        raise TooLarge(f"{len(raws)} lines; send at most {MAX_BULK_LINES} a call")
    if not raws:
        raise Invalid("there is no line", [FieldError("body", "one JSON object a line", "send NDJSON")])
    decoder = payload.line_decoder(document)
    try:
        lines = decoder.decode_lines(body)
        if len(lines) == len(raws):
            return list(zip(lines, raws, strict=True))
    except _BROKEN:
        pass
    return [(_decoded(decoder, raw), raw) for raw in raws]


def _decoded(decoder: msgspec.json.Decoder[Line], raw: bytes) -> Line | None:
    try:
        return decoder.decode(raw)
    except _BROKEN:
        return None


def _is_sound(document: Document, line: Line) -> bool:
    is_sound = payload.is_sound if _action(line) == "open" else payload.is_sound_patch
    return is_sound(document, line.data) and payload.key_fault(document, line.key) is None


def _item(actor: Actor, document: Document, row: int, line: Line) -> _Item | tuple[str, FieldError]:
    """The line as it is to be written, or the code and the reason why this actor may not."""
    action = _action(line)
    if line.by is not None and not actor.may_act_for_others:
        return "not_allowed", FieldError(
            "by", "only systems and administrators write for others", "leave it out"
        )
    by = line.by or actor.subject
    if action != "open":
        if document.region is not None and actor.region_path is not None:
            return "not_allowed", FieldError(
                "action", "a region changes its documents one by one", "send it alone"
            )
        return _Item(row, line, action, None, by, line.at, payload.encode(line.data))
    if actor.grants.isdisjoint(document.open_by):
        return "not_allowed", FieldError(
            "action", f"your role does not open a {document.name}", "ask who may"
        )
    outlet, fault = outlet_fault(actor, document, line.outlet_id)
    if fault is not None:
        return "invalid", fault
    beyond = region_fault(actor, document, line.data)
    if beyond is not None:
        return "not_allowed", beyond
    denied = denied_fields(actor, document, line.state, line.data)
    if denied:
        return "not_allowed", denied[0]
    if outlet is not None and actor.outlets is not None and outlet not in actor.outlets:
        return "not_allowed", FieldError("outlet_id", "the outlet is not yours", "name an outlet of yours")
    at = line.at or payload.happened_at(document, line.data)
    return _Item(row, line, action, outlet, by, at, payload.encode_data(document, line.data))


def _action(line: Line) -> str:
    return payload.action_of(type(line))


def _waves(items: Sequence[_Item]) -> list[list[_Item]]:
    """The n-th line of each key, in order of n; within a wave every key stands once."""
    seen: Counter[str] = Counter()
    waves: list[list[_Item]] = []
    for item in items:
        n = seen[item.line.key]
        seen[item.line.key] += 1
        if n == len(waves):
            waves.append([])
        waves[n].append(item)
    return waves


# --- writing waves --------------------------------------------------------------------------------


async def _claim(connection: Any, actor: Actor, key: str, digest: str) -> str | None:
    """The first answer to this key, if there is one; else the key is ours until the transaction ends."""
    is_ours = await connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended($1 || chr(31) || $2, 0)) "
        "from (select set_config('dms.subject', $1, true)) s",
        actor.subject, key,
    )  # fmt: skip
    if not is_ours:
        raise Conflict("a request with this Idempotency-Key is under way; send it again in a moment")
    row = await connection.fetchrow(
        "select request_hash, answer from api.idempotency where subject = $1 and idempotency_key = $2",
        actor.subject, key,
    )  # fmt: skip
    if row is None:
        return None
    if row["request_hash"] != digest:
        raise KeyReused("this Idempotency-Key belongs to another request; take a new one for this one")
    return str(row["answer"])


async def _lock_accounts(connection: Any, actor: Actor, document: Document, items: list[_Item]) -> None:
    """All fund accounts a call may touch, in one order, so that two calls never wait for each other."""
    await connection.execute(
        "select set_config('dms.scope', $1, true), set_config('dms.outlets', $2::text[]::text, true)",
        actor.scope,
        actor.outlets or (),
    )
    await connection.execute(
        "select api.lock_accounts(array(select unnest($1::text[]) union "
        f"select outlet_id from doc.{document.name} where {document.key} = any ($2::text[])))",
        sorted({i.outlet_id for i in items if i.outlet_id}),
        [i.line.key for i in items if i.action != "open"],
    )


async def _write_wave(
    connection: Any, actor: Actor, document: Document, wave: list[_Item], ledger: _Ledger
) -> None:
    opens = [item for item in wave if item.action == "open"]
    changes = [item for item in wave if item.action != "open"]
    if opens:
        await _write_opens(connection, actor, document, opens, ledger)
    if changes:
        await _write_changes(connection, actor, document, changes, ledger)


async def _write_opens(
    connection: Any, actor: Actor, document: Document, items: list[_Item], ledger: _Ledger
) -> None:
    arguments = _open_arguments(actor, document, items)
    statement = f"select * from api.open_many_{document.name}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    try:
        async with connection.transaction():
            refused = await connection.fetch(statement, *arguments)
    except _LINE_ERRORS as error:
        await _halve(_write_opens, connection, actor, document, items, ledger, error)
        return
    by_row = {item.row: item for item in items}
    existing = []
    for row in refused:
        item = by_row[row["ord"]]
        if row["outcome"] == "exists":
            existing.append(item)
            continue
        errors = [reference_error(document, name, _value(item, name)) for name in row["fields"]]
        ledger.refuse(item.row, item.line.key, "no_reference", errors)
    if existing:
        await _tell_duplicates(connection, actor, document, existing, ledger)


async def _tell_duplicates(
    connection: Any, actor: Actor, document: Document, items: list[_Item], ledger: _Ledger
) -> None:
    """A key that exists: the same opening again is a duplicate, another one is refused."""
    statement = f"select * from api.same_{document.name}($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    arguments = _open_arguments(actor, document, items)
    same = {row[0] for row in await connection.fetch(statement, *arguments[:8], arguments[9])}
    ledger.duplicate.update(same)
    taken = FieldError("key", "the key exists with other content", "take another key, or amend the document")
    for item in items:
        if item.row not in same:
            ledger.refuse(item.row, item.line.key, "conflict", [taken])


async def _write_changes(
    connection: Any, actor: Actor, document: Document, items: list[_Item], ledger: _Ledger
) -> None:
    statement = (
        f"select ord, outcome, fields, version, state from api.change_many_{document.name}"
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    )
    arguments = (
        actor.scope,
        actor.outlets or (),
        actor.subject,
        sorted(actor.grants),
        veils(actor.grants, document),
        [i.row for i in items],
        [i.line.key for i in items],
        [i.action for i in items],
        [i.line.version for i in items],
        [i.at for i in items],
        [i.by for i in items],
        _json_array(items),
    )
    try:
        async with connection.transaction():
            outcomes = await connection.fetch(statement, *arguments)
    except _LINE_ERRORS as error:
        await _halve(_write_changes, connection, actor, document, items, ledger, error)
        return
    by_row = {item.row: item for item in items}
    for row in outcomes:
        if row["outcome"] == "duplicate":
            ledger.duplicate.add(row["ord"])
        elif row["outcome"] != "ok":
            item = by_row[row["ord"]]
            ledger.refuse(item.row, item.line.key, row["outcome"], _change_errors(document, item, row))


def _change_errors(document: Document, item: _Item, row: Any) -> list[FieldError]:
    action, key = item.action, item.line.key
    match row["outcome"]:
        case "missing":
            return [
                FieldError("key", f"there is no {document.name} {key}", "open it first, or correct the key")
            ]
        case "stale":
            return [FieldError("version", f"{key} is at version {row['version']}", "read it again")]
        case "illegal":
            rule = f"cannot {action} a {document.name} that is {row['state']}"
            return [FieldError("action", rule, "send the steps in their order")]
        case "forbidden":
            rule = f"{item.by} may not {action} {key}"
            return [FieldError("action", rule, "somebody with the right role, who took no earlier step, may")]
        case "denied":
            return [denial(f) for f in row["fields"]]
        case "incomplete":
            return [FieldError(f, f"required to {action}", f"send {f} with it") for f in row["fields"]]
    return [reference_error(document, f, _value(item, f)) for f in row["fields"]]


async def _halve(
    write: Any, connection: Any, actor: Actor, document: Document, items: list[_Item], ledger: _Ledger,
    error: Exception,
) -> None:  # fmt: skip
    """Find the line whose error stopped the statement; everything else is written."""
    if len(items) == 1:
        refusal = refusal_of(error, document)
        errors = refusal.errors or [FieldError("data", refusal.detail, "correct the line")]
        ledger.refuse(items[0].row, items[0].line.key, refusal.code, errors)
        return
    middle = len(items) // 2
    await write(connection, actor, document, items[:middle], ledger)
    await write(connection, actor, document, items[middle:], ledger)


def _open_arguments(actor: Actor, document: Document, items: list[_Item]) -> tuple[Any, ...]:
    default = document.opens_in[0]
    return (
        actor.scope,
        actor.outlets or (),
        actor.subject,
        [i.row for i in items],
        [i.line.key for i in items],
        [i.outlet_id for i in items],
        [i.line.state or default for i in items],
        [i.at for i in items],
        [i.by for i in items],
        _json_array(items),
    )


def _json_array(items: list[_Item]) -> str:
    return f"[{b','.join(i.data for i in items).decode()}]"


def _value(item: _Item, name: str) -> str | None:
    return item.outlet_id if name == "outlet_id" else getattr(item.line.data, name, None)
