"""Reading documents: one, a page, or what happened to one. The database writes the JSON.

In: an actor, a declaration, filters as they stand in an address. Out: JSON text, masked by the policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from operational_api import payload
from operational_api.access import Actor
from operational_api.database import DATABASE_ERRORS, Pool, refusal_of
from operational_api.document import TEMPORAL, Document, Kind
from operational_api.policy import may_read, never_told, veils
from operational_api.refusals import FieldError, Invalid, NotFound
from operational_api.writes import is_key

DEFAULT_LIMIT, MOST = 50, 500
_HEADER_INSTANTS = ("effective_at", "created_at", "updated_at")
_HEADER_TEXTS = ("state", "created_by", "updated_by")
_UNFILTERED = frozenset({Kind.LINES, Kind.DECIMAL})


@dataclass(frozen=True, slots=True)
class Page:
    """A JSON list of documents, and where the next page begins; None when this was the last."""

    items: str
    next_after: str | None

    @property
    def body(self) -> str:
        after = "null" if self.next_after is None else msgspec.json.encode(self.next_after).decode()
        return f'{{"items":{self.items},"next":{after}}}'


async def read_document(pool: Pool, actor: Actor, document: Document, key: str) -> tuple[str, int]:
    """The document as JSON text, and its version. Raises NotFound for what is not there or another's."""
    _check_may_read(actor, document)
    found = None
    if is_key(document, key):
        statement = f"select * from api.read_{document.name}($1, $2, $3, $4, $5)"
        found = await _fetchrow(pool, statement, *_scope(actor, document), key)
    if found is None or found["answer"] is None:
        raise NotFound(f"there is no {document.name} {key[:100]}")
    return found["answer"], found["version"]


async def read_history(pool: Pool, actor: Actor, document: Document, key: str) -> str:
    """Who changed which field when, newest first, as a JSON list. Raises NotFound."""
    _check_may_read(actor, document)
    history = "[]"
    if is_key(document, key):
        scope = (*_scope(actor, document)[:3], never_told(actor.grants, document))
        row = await _fetchrow(pool, "select api.history($1, $2, $3, $4, $5, $6)", *scope, document.name, key)
        history = row[0]
    if history == "[]":
        raise NotFound(f"there is no {document.name} {key[:100]}")
    return history


async def read_page(
    pool: Pool,
    actor: Actor,
    document: Document,
    *,
    limit: int = DEFAULT_LIMIT,
    after: str = "",
    filters: Mapping[str, str] | None = None,
    newest_first: bool = False,
) -> Page:
    """The next documents by key. `filters`: a field and its value, `<field>_from` and `<field>_to` for times,
    `keys` for these alone.

    `newest_first` goes down the keys, which the API itself makes in order of time. Raises NotFound, Invalid.
    """
    _check_may_read(actor, document)
    if filters or newest_first:
        return await _filtered_page(pool, actor, document, limit, after, filters or {}, newest_first)
    statement = f"select * from api.page_{document.name}($1, $2, $3, $4, $5, $6)"
    row = await _fetchrow(pool, statement, *_scope(actor, document), after, limit)
    return _page(row, limit)


def parse_limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        raise Invalid("limit", [FieldError("limit", f"a whole number from 1 to {MOST}", "correct it")])
    return int(text)


async def _filtered_page(
    pool: Pool, actor: Actor, document: Document, limit: int, after: str,
    filters: Mapping[str, str], newest_first: bool,
) -> Page:  # fmt: skip
    conditions, values = _conditions(actor, document, filters)
    key, name = document.key, document.name
    direction, beyond = ("desc", "<") if newest_first else ("asc", ">")
    if after or not newest_first:
        values.append(after)
        conditions.append(f"t.{key} {beyond} ${len(values)}")
    where = " and ".join(conditions) or "true"
    values += [veils(actor.grants, document), limit]
    edge = "min" if newest_first else "max"
    statement = (
        f"select string_agg(api.answer_{name}(page.r, ${len(values) - 1})::text, ',' "
        f"order by (page.r).{key} {direction}) as items, "
        f"{edge}((page.r).{key}) as last_key, count(*) as counted "
        f"from (select t as r from doc.{name} t where {where} "
        f"order by t.{key} {direction} limit ${len(values)}) page"
    )
    try:
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.fetchrow(
                "select set_config('dms.scope', $1, true), set_config('dms.outlets', $2::text[]::text, true)",
                actor.scope, actor.outlets or (),
            )  # fmt: skip
            return _page(await connection.fetchrow(statement, *values), limit)
    except DATABASE_ERRORS as error:
        raise refusal_of(error, document) from error


def _conditions(actor: Actor, document: Document, filters: Mapping[str, str]) -> tuple[list[str], list[Any]]:
    """Conditions over declared columns; every value is a parameter. Naming outlets lets an index serve."""
    conditions: list[str] = []
    values: list[Any] = []
    if document.is_tenant and actor.outlets is not None:
        values.append(list(actor.outlets))
        conditions.append("t.outlet_id = any ($1)")
    kinds = _filterable(actor, document)
    for name, text in filters.items():
        if name == "keys":
            values.append(_keys(document, text))
            conditions.append(f"t.{document.key} = any (${len(values)})")
            continue
        column, comparison = name, "="
        for ending, sign in (("_from", ">="), ("_to", "<=")):
            base = name.removesuffix(ending)
            if name not in kinds and base != name and kinds.get(base) in TEMPORAL:
                column, comparison = base, sign
        if column not in kinds:
            rule = f"no filter; there are {', '.join(sorted(kinds))}"
            raise Invalid(
                f"{name[:60]}: unknown filter", [FieldError(name[:60], rule, "correct or leave it out")]
            )
        values.append(_filter_value(name, kinds[column], text))
        conditions.append(f"t.{column} {comparison} ${len(values)}")
    return conditions, values


def _keys(document: Document, text: str) -> list[str]:
    """Keys listed with commas, which no key holds."""
    keys = text.split(",")
    if len(keys) > MOST or not all(is_key(document, key) for key in keys):
        rule = f"at most {MOST} keys of a {document.name}, with commas between them"
        raise Invalid("keys", [FieldError("keys", rule, "correct it")])
    return keys


def _filterable(actor: Actor, document: Document) -> dict[str, Kind]:
    """What is hidden from an actor may not be found out by filtering either."""
    hidden = never_told(actor.grants, document)
    kinds = {f.name: f.kind for f in document.fields if f.kind not in _UNFILTERED and f.name not in hidden}
    kinds |= dict.fromkeys(_HEADER_TEXTS, Kind.TEXT) | dict.fromkeys(_HEADER_INSTANTS, Kind.INSTANT)
    return kinds | ({"outlet_id": Kind.CODE} if document.is_tenant else {})


def _filter_value(name: str, kind: Kind, text: str) -> object:
    expected: Any = {
        Kind.INTEGER: int, Kind.MONEY: int, Kind.BOOLEAN: bool, Kind.DATE: date, Kind.MONTH: date,
        Kind.INSTANT: payload.INSTANT_TYPE,
    }.get(kind, str)  # fmt: skip
    try:
        value = msgspec.convert(text, expected, strict=False)
        is_storable = "\x00" not in text and (expected is not int or -(2**63) <= value < 2**63)
        is_datable = not isinstance(value, date | datetime) or value.year >= payload.FIRST_YEAR
    except msgspec.ValidationError:
        is_storable = is_datable = False
    if not (is_storable and is_datable):
        raise Invalid(f"{name}: unreadable value", [FieldError(name, f"a {kind} is wanted", "correct it")])
    return value


def _page(row: Any, limit: int) -> Page:
    return Page(f"[{row['items'] or ''}]", row["last_key"] if row["counted"] == limit else None)


def _check_may_read(actor: Actor, document: Document) -> None:
    if not may_read(actor, document):
        raise NotFound(f"there is no collection {document.collection} for you")


async def _fetchrow(pool: Pool, statement: str, *arguments: object) -> Any:
    try:
        return await pool.fetchrow(statement, *arguments)
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error


def _scope(actor: Actor, document: Document) -> tuple[Any, ...]:
    return (actor.scope, actor.outlets or (), actor.subject, veils(actor.grants, document))
