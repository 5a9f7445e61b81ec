"""The audit query: who changed which field of which document when, from what to what.

In: a signed-in actor and filters. Out: changes newest first as JSON, or a row a field as CSV or Excel. Rows
are scoped like the documents themselves; types an actor may not read and fields he may not see are left out,
and of personal fields only the names are known.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import polars as pl
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from operational_api.access import Actor, current_actor
from operational_api.database import DATABASE_ERRORS, Pool, refusal_of
from operational_api.document import OEM, Document, Grant
from operational_api.documents import BY_NAME, DOCUMENTS
from operational_api.insights.formats import MEDIA_TYPES, Format, spreadsheet_safe
from operational_api.policy import all_rules, may_read, never_told
from operational_api.refusals import BadRequest, FieldError, Invalid, NotAllowed, NotFound

MOST = 500
# A counter clerk has the history of the documents he works with; searching all of them is for who answers.
AUDITORS = OEM | {Grant.DEALER_MANAGER, Grant.REGIONAL_MANAGER, Grant.DATA_ENGINEER, Grant.ADMIN}
COLUMNS = (
    "recorded_at", "actor", "document", "key", "version", "action", "outlet_id", "state", "effective_at",
    "field", "old", "new",
)  # fmt: skip

_LOGINS = """
select 'person' as kind, subject, role, grants, outlets, region_path, created_at, revoked_at from api.account
union all
select 'system', subject, role, grants, outlets, region_path, created_at, revoked_at from api.api_key
order by kind, role, subject, created_at"""

router = APIRouter(tags=["audit"])
Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
_Cursor = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,19}\.[0-9]{1,18}$", description="`next` of the page before")
]


class Asked(msgspec.Struct, kw_only=True):
    """What is looked for; None does not narrow."""

    key: str | None
    actor: str | None
    action: str | None
    field: str | None
    outlet_id: str | None
    recorded_from: datetime | None
    recorded_to: datetime | None
    after: str | None
    limit: int


@router.get("/v1/audit", operation_id="list_audit", response_model=None)
async def list_audit(
    request: Request,
    caller: Annotated[Actor, Depends(current_actor)],
    document: Text = None,
    key: Text = None,
    actor: Text = None,
    action: Text = None,
    field: Text = None,
    outlet_id: Text = None,
    recorded_from: datetime | None = None,
    recorded_to: datetime | None = None,
    after: _Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    format_: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Changes of documents, newest first: who, when, which document and field, old and new value."""
    asked = Asked(
        key=key, actor=actor, action=action, field=field, outlet_id=outlet_id,
        recorded_from=_zoned("recorded_from", recorded_from), recorded_to=_zoned("recorded_to", recorded_to),
        after=after, limit=limit,
    )  # fmt: skip
    items, following = await read_audit(request.app.state.pool, caller, document, asked)
    if format_ == "json":
        body = f'{{"items":[{",".join(items)}],"next":{msgspec.json.encode(following).decode()}}}'
        return Response(body, media_type="application/json", headers={"cache-control": "no-store"})
    headers = {"content-disposition": f'attachment; filename="audit.{format_}"', "cache-control": "no-store"}
    return Response(
        _written(items, Format(format_)), media_type=MEDIA_TYPES[Format(format_)], headers=headers
    )


@router.get("/v1/policy", operation_id="list_field_rules", response_model=None)
async def list_field_rules(_: Annotated[Actor, Depends(current_actor)]) -> Response:
    """The field rules: who sees and writes which field where, and why. The last that fits decides."""
    rules = [
        {
            "places": rule.places,
            "fields": rule.fields,
            "grants": sorted(rule.grants),
            "access": rule.access.name.lower(),
            "states": rule.states,
            "why": rule.why,
        }
        for rule in all_rules()
    ]
    return Response(msgspec.json.encode({"rules": rules}), media_type="application/json")


@router.get("/v1/logins", operation_id="list_logins", response_model=None)
async def list_logins(request: Request, caller: Annotated[Actor, Depends(current_actor)]) -> Response:
    """Who may sign in, as what and where, people and systems; never a secret."""
    if caller.grants.isdisjoint({Grant.DATA_ENGINEER, Grant.ADMIN}):
        raise NotAllowed("the list of logins is read by data engineers and administrators")
    try:
        rows = await request.app.state.pool.fetch(_LOGINS)
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    body = msgspec.json.encode({"logins": [dict(row) for row in rows]})
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


async def read_audit(
    pool: Pool, caller: Actor, document: str | None, asked: Asked
) -> tuple[list[str], str | None]:
    """Changes as JSON texts, and where the next page begins. Raises NotAllowed, NotFound."""
    if caller.grants.isdisjoint(AUDITORS):
        raise NotAllowed("the audit is read by managers, the maker and administrators; you have each "
                         "document's own history")  # fmt: skip
    veils = {d.name: list(never_told(caller.grants, d)) for d in _documents(caller, document)}
    xid, _, seq = (asked.after or "").partition(".")
    if xid and (int(xid) >= 2**63 or int(seq) >= 2**63):
        raise BadRequest("after is the `next` of the page before")
    arguments = (
        caller.scope, caller.outlets or (), caller.subject, msgspec.json.encode(veils).decode(),
        asked.key, asked.actor, asked.action, asked.field, asked.outlet_id, asked.recorded_from,
        asked.recorded_to, xid or None, int(seq) if seq else None, asked.limit,
    )  # fmt: skip
    statement = f"select * from api.audit({', '.join(f'${n}' for n in range(1, 15))})"
    try:
        rows = await pool.fetch(statement, *arguments)
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    following = f"{rows[-1]['xid']}.{rows[-1]['seq']}" if len(rows) == asked.limit else None
    return [row["entry"] for row in rows], following


def _documents(caller: Actor, name: str | None) -> list[Document]:
    if name is None:
        return [d for d in DOCUMENTS if may_read(caller, d)]
    document = BY_NAME.get(name)
    if document is None or not may_read(caller, document):
        raise NotFound(f"there is no document type {name[:60]} for you")
    return [document]


def _zoned(name: str, moment: datetime | None) -> datetime | None:
    if moment is not None and (moment.tzinfo is None or not 1900 <= moment.year < 2200):
        rule = "an instant with its zone, such as 2026-01-31T09:00:00Z"
        raise Invalid(name, [FieldError(name, rule, "correct it")])
    return moment


def _written(items: list[str], format_: Format) -> bytes:
    """A row a changed field. Of a personal field the row says that it changed, and no value."""
    rows = [row for item in items for row in _flat(msgspec.json.decode(item))]
    frame = spreadsheet_safe(pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row"))
    if format_ is Format.CSV:
        return frame.write_csv().encode()
    sink = io.BytesIO()
    frame.write_excel(sink, worksheet="audit", autofit=False)
    return sink.getvalue()


def _flat(entry: Mapping[str, Any]) -> Iterator[list[str | None]]:
    head = [_text(entry[name]) for name in COLUMNS[:9]]
    for change in entry["changes"]:
        yield [*head, change["field"], _text(change["old"]), _text(change["new"])]
    for name in entry["personal_changed"]:
        yield [*head, name, None, None]


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
