"""The connection pool, and what the database's errors mean to the caller.

In: a URL of the application's role. Out: an asyncpg pool whose sessions read and write UTC, and refusals for
whatever PostgreSQL refuses. A write runs as one statement in its own transaction; nothing is left to reset.
"""

from __future__ import annotations

import asyncpg

from operational_api.document import Document
from operational_api.payload_errors import field_rule, rule_sentence
from operational_api.refusals import Conflict, FieldError, Invalid, NotAllowed, Refusal, Unavailable
from operational_api.tables import check_name, reference_name, rule_name

POOL_SIZE = 16
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
DATABASE_ERRORS = (asyncpg.PostgresError, *_COME_AGAIN)


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Settings live as long as a transaction, so giving a connection back costs no round trip."""

    def get_reset_query(self) -> str:
        return ""


async def open_pool(url: str, *, size: int = POOL_SIZE) -> asyncpg.Pool:
    """A pool that connects when first used, so that the API starts while the database still recovers."""
    return await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        connection_class=_Connection,
        server_settings=_SESSION,
        timeout=5,
        command_timeout=70,
    )


def refusal_of(error: Exception, document: Document | None = None) -> Refusal:
    """What to tell the caller. Raises the error itself when it is a mistake of ours."""
    if isinstance(error, _COME_AGAIN):
        return Unavailable("the database is not available; send the same request again")
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return NotAllowed("the record belongs to an outlet outside your scope")
    if document is not None:
        known = _of_constraint(error, document)
        if known is not None:
            return known
    if isinstance(error, asyncpg.DataError):
        return Invalid("a value does not fit its column", [FieldError("data", str(error)[:200], "correct it")])
    raise error


def _of_constraint(error: Exception, document: Document) -> Refusal | None:
    if isinstance(error, asyncpg.UniqueViolationError):
        return Conflict(f"there is a {document.name} with this key already; choose another, or leave it out")
    if isinstance(error, asyncpg.NotNullViolationError):
        return Invalid("a field is missing", [FieldError(error.column_name or "", "required", "send it")])
    if isinstance(error, asyncpg.ForeignKeyViolationError | asyncpg.CheckViolationError):
        known = _constraint_errors(document).get(error.constraint_name or "")
        return known and Invalid(f"{known.field}: {known.rule}", [known])
    return None


def reference_error(document: Document, field: str, value: str | None = None) -> FieldError:
    target = "outlet" if field == "outlet_id" else document.field(field).ref
    assert target is not None
    shown = f" {value}" if value else ""
    return FieldError(field, f"no such {target}{shown}", f"load the {target} first, or correct {field}")


def _constraint_errors(document: Document) -> dict[str, FieldError]:
    """What each constraint of the table means, by its name."""
    references = [f for f, _ in document.references()] + (["outlet_id"] if document.is_tenant else [])
    known = {reference_name(document, f): reference_error(document, f) for f in references}
    for field in document.fields:
        rule = field_rule(field)
        known[check_name(document, field)] = FieldError(field.name, rule, f"send {rule}")
    for number, row_rule in enumerate(document.rules, start=1):
        fields = row_rule.fields
        known[rule_name(document, number)] = FieldError(
            fields[0], rule_sentence(row_rule), f"correct {' or '.join(fields)}"
        )
    return known


