"""The connection pool, and what the database's errors mean to the caller.

In: a URL of the application's role. Out: an asyncpg pool whose sessions read and write UTC, and refusals for
whatever PostgreSQL refuses. A write runs as one statement in its own transaction; nothing is left to reset.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from operational_api.compiled_erasure import (
    SUPPRESSED_REMEDY,
    SUPPRESSED_RULE,
    identifying,
    suppressed_name,
)
from operational_api.document import Document
from operational_api.payload_errors import field_rule, rule_sentence
from operational_api.refusals import (
    Conflict,
    FieldError,
    Invalid,
    NoFunds,
    NotAllowed,
    Refusal,
    Unavailable,
)
from operational_api.tables import check_name, once_name, reference_name, rule_name

POOL_SIZE, RESERVED = 16, 4  # connections per process; those kept free for transactions
ACQUIRE_SECONDS = 10
_SESSION = {
    "timezone": "UTC",
    "application_name": "dms-api",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
}

# The server is away, starting, or gave the statement up: the same request may be sent again.
_COME_AGAIN = (
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
# What a rule inside the database refuses says so by its code (`api.refuse`).
_REFUSED: dict[str, type[Refusal]] = {
    "conflict": Conflict,
    "invalid": Invalid,
    "no_funds": NoFunds,
    "not_allowed": NotAllowed,
}
DATABASE_ERRORS = (asyncpg.PostgresError, *_COME_AGAIN)


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Settings live as long as a transaction, so giving a connection back costs no round trip."""

    def get_reset_query(self) -> str:
        return ""


class Pool:
    """An asyncpg pool with a short way for single statements.

    Taking a connection from asyncpg's pool and giving it back costs more than the statement's own handling.
    `fetchrow` keeps the connections it took; one that saw an error goes back to the pool, which knows how to
    cancel, close and replace it. Some are left for `acquire`.
    """

    def __init__(self, inner: asyncpg.Pool, *, kept: int) -> None:
        self._inner = inner
        self._idle: list[Any] = []
        self._room = asyncio.Semaphore(kept)

    async def fetchrow(self, statement: str, *arguments: object) -> Any:
        async with self._room:
            connection = (
                self._idle.pop() if self._idle else await self._inner.acquire(timeout=ACQUIRE_SECONDS)
            )
            try:
                row = await connection.fetchrow(statement, *arguments)
            except BaseException:
                await self._inner.release(connection)
                raise
            self._idle.append(connection)
            return row

    async def fetchval(self, statement: str, *arguments: object) -> Any:
        row = await self.fetchrow(statement, *arguments)
        return None if row is None else row[0]

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        async with self.acquire() as connection:
            return list(await connection.fetch(statement, *arguments))

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        """A connection of one's own, for a transaction of several statements."""
        async with self._inner.acquire(timeout=ACQUIRE_SECONDS) as connection:
            yield connection

    async def close(self) -> None:
        while self._idle:
            await self._inner.release(self._idle.pop())
        await self._inner.close()


async def open_pool(url: str, *, size: int = POOL_SIZE) -> Pool:
    """A pool that connects when first used, so that the API starts while the database still recovers."""
    inner = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        connection_class=_Connection,
        server_settings=_SESSION,
        timeout=5,
        command_timeout=70,
        max_inactive_connection_lifetime=0,
    )
    return Pool(inner, kept=max(size - RESERVED, size // 2, 1))


def refusal_of(error: Exception, document: Document | None = None) -> Refusal:
    """What to tell the caller. Raises the error itself when it is a mistake of ours."""
    if isinstance(error, _COME_AGAIN):
        return Unavailable("the database is not available; send the same request again")
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return NotAllowed("the record belongs to an outlet outside your scope")
    if isinstance(error, asyncpg.RaiseError):
        return _of_rule(error)
    if document is not None:
        known = _of_constraint(error, document)
        if known is not None:
            return known
    if isinstance(error, asyncpg.DataError):
        return Invalid(
            "a value does not fit its column", [FieldError("data", str(error)[:200], "correct it")]
        )
    raise error


class _Told(msgspec.Struct):
    code: str
    errors: list[FieldError]


def _of_rule(error: asyncpg.RaiseError) -> Refusal:
    told = msgspec.json.decode(error.detail, type=_Told)
    return _REFUSED[told.code](error.message, told.errors)


def _of_constraint(error: Exception, document: Document) -> Refusal | None:
    if isinstance(error, asyncpg.UniqueViolationError):
        for number, once in enumerate(document.once, start=1):
            if error.constraint_name == once_name(document, number):
                told = FieldError(once.fields[0], once.rule, once.remedy)
                return Conflict(f"{document.name}: {once.rule}", [told])
        return Conflict(f"there is a {document.name} with this key already; choose another, or leave it out")
    if isinstance(error, asyncpg.NotNullViolationError):
        return Invalid("a field is missing", [FieldError(error.column_name or "", "required", "send it")])
    if isinstance(error, asyncpg.ForeignKeyViolationError | asyncpg.CheckViolationError):
        known = _constraint_errors(document).get(error.constraint_name or "")
        return None if known is None else Invalid(f"{known.field}: {known.rule}", [known])
    return None


def reference_error(document: Document, field: str, value: str | None = None) -> FieldError:
    target = "outlet" if field == "outlet_id" else document.field(field).ref
    assert target is not None
    rule = f"no such {target} {value}" if value else f"no such {target}"
    return FieldError(field, rule, f"load the {target} first, or correct {field}")


def _constraint_errors(document: Document) -> dict[str, FieldError]:
    """What each constraint of the table means, by its name."""
    references = [f for f, _ in document.references()] + (["outlet_id"] if document.is_tenant else [])
    known = {reference_name(document, f): reference_error(document, f) for f in references}
    for field in document.fields:
        rule = field_rule(field)
        known[check_name(document, field)] = FieldError(field.name, rule, f"send {rule}")
    for field in identifying(document):
        known[suppressed_name(document, field)] = FieldError(field.name, SUPPRESSED_RULE, SUPPRESSED_REMEDY)
    for number, row_rule in enumerate(document.rules, start=1):
        fields = row_rule.fields
        known[rule_name(document, number)] = FieldError(
            fields[0], rule_sentence(row_rule), f"correct one of {', '.join(fields)}"
        )
    return known
