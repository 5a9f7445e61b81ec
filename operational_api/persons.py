"""Routes about one person: may he be contacted, and everything that is held about him.

In: a signed-in actor and the key of a customer record. Out: JSON. What an actor may not see of a document
is left out here too; a record of another outlet is a 404.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from operational_api.access import Actor, current_actor
from operational_api.compiled_erasure import has_subject
from operational_api.contact import Channel, Direction, OnFile, Permission, Purpose, Verdict, judge
from operational_api.database import Pool
from operational_api.document import Document, Grant
from operational_api.documents import BY_NAME, DOCUMENTS
from operational_api.golden_lists import SEVEREST, golden_verdicts
from operational_api.insights.routes import snapshots_of
from operational_api.policy import may_read
from operational_api.reads import MOST, read_document, read_history, read_page
from operational_api.refusals import NotAllowed, Refusal

CUSTOMER = BY_NAME["customer_record"]
ANSWERS_REQUESTS = frozenset({Grant.DEALER_MANAGER, Grant.OEM_QUALITY, Grant.ADMIN})

router = APIRouter(tags=["persons"])
Caller = Annotated[Actor, Depends(current_actor)]


@router.get("/v1/persons/{customer_id}/contact", operation_id="judge_contact", response_model=None)
async def judge_contact(
    request: Request,
    customer_id: str,
    caller: Caller,
    purpose: Purpose,
    channel: Channel,
    direction: Direction = Direction.OUTBOUND,
) -> Response:
    """May the customer be contacted for this purpose over this channel? With the reason that decided."""
    on_file = await read_on_file(request.app.state.pool, caller, customer_id)
    verdict = judge(
        on_file, purpose=purpose, channel=channel, direction=direction, today=datetime.now(UTC).date()
    )
    if direction is Direction.OUTBOUND:
        verdict = await _as_person(request, caller, customer_id, purpose, channel, verdict)
    return _json({"customer_id": customer_id, "purpose": purpose, "channel": channel,
                  "direction": direction, **msgspec.to_builtins(verdict)})  # fmt: skip


@router.get("/v1/persons/{customer_id}/permissions", operation_id="list_permissions", response_model=None)
async def list_permissions(request: Request, customer_id: str, caller: Caller) -> Response:
    """The same verdict for every purpose and channel at once, outbound: what a customer's page shows."""
    on_file = await read_on_file(request.app.state.pool, caller, customer_id)
    today = datetime.now(UTC).date()
    verdicts = []
    for purpose, channel in product(Purpose, Channel):
        own = judge(on_file, purpose=purpose, channel=channel, direction=Direction.OUTBOUND, today=today)
        verdict = await _as_person(request, caller, customer_id, purpose, channel, own)
        verdicts.append({"purpose": purpose, "channel": channel, **msgspec.to_builtins(verdict)})
    return _json({"customer_id": customer_id, "verdicts": verdicts})


@router.get("/v1/persons/{customer_id}/export", operation_id="export_person", response_model=None)
async def export_person(request: Request, customer_id: str, caller: Caller) -> Response:
    """Everything held about a person: the record, every document that refers to it, and their histories."""
    if caller.grants.isdisjoint(ANSWERS_REQUESTS):
        raise NotAllowed("a person's data are handed out by a dealer manager, quality or an administrator")
    pool: Pool = request.app.state.pool
    record, _ = await read_document(pool, caller, CUSTOMER, customer_id)
    found: dict[str, Any] = {"customer_record": [await _with_history(pool, caller, CUSTOMER, record)]}
    for document, filters in _about(customer_id):
        if may_read(caller, document):
            rows = [r async for r in _all(pool, caller, document, filters)]
            found.setdefault(document.name, []).extend(
                [await _with_history(pool, caller, document, row) for row in rows]
            )
    body = {"customer_id": customer_id, "exported_at": datetime.now(UTC), "exported_by": caller.subject,
            "documents": {name: rows for name, rows in found.items() if rows}}  # fmt: skip
    headers = {"content-disposition": 'attachment; filename="person.json"'}
    return _json(body, headers)


async def _as_person(
    request: Request, caller: Actor, customer_id: str, purpose: Purpose, channel: Channel, verdict: Verdict
) -> Verdict:
    """The verdict on a record, unless another record of the same person says no.

    A safety recall goes out past every list; while nothing is published the outlet's record is all there is.
    """
    if not verdict.is_allowed or purpose is Purpose.SAFETY:
        return verdict
    try:
        snapshot = snapshots_of(request.app.state).get()
    except Refusal:
        return verdict
    found = await golden_verdicts(
        request.app.state.pool, snapshot, caller, (customer_id,), purpose, (channel,)
    )
    reason = found.get(customer_id, verdict.reason)
    return Verdict(False, reason) if reason in SEVEREST else verdict


async def read_on_file(pool: Pool, caller: Actor, customer_id: str) -> OnFile:
    """Consents, refusals and blacklist of a customer. Raises NotFound."""
    record, _ = await read_document(pool, caller, CUSTOMER, customer_id)
    mine, lists = {"customer_id": customer_id}, {}
    for name in ("consent", "contact_refusal", "blacklist_entry"):
        lists[name] = [msgspec.json.decode(row) async for row in _all(pool, caller, BY_NAME[name], mine)]
    return OnFile(
        is_erased=msgspec.json.decode(record)["state"] == "erased",
        is_blacklisted=any(e["state"] == "active" for e in lists["blacklist_entry"]),
        refused=frozenset(e["data"]["channel"] for e in lists["contact_refusal"] if e["state"] == "active"),
        permissions=tuple(_permission(c) for c in lists["consent"]),
    )


def _permission(row: Any) -> Permission:
    """A withdrawal is an answer of its own, of the moment it was made."""
    data = row["data"]
    withdrawn = data.get("withdrawn_at") or row["updated_at"]
    answered = withdrawn if row["state"] == "withdrawn" else data["given_at"]
    return msgspec.convert(
        {"purpose": data["purpose"], "channel": data["channel"], "state": row["state"],
         "given_at": max(answered, data["given_at"]), "expires_date": data.get("expires_date")},
        Permission,
    )  # fmt: skip


def _about(customer_id: str) -> Iterator[tuple[Document, dict[str, str]]]:
    """Every type that refers to a customer, by each of the ways it does."""
    for document in DOCUMENTS:
        for field, target in document.references():
            if target == CUSTOMER.name:
                yield document, {field: customer_id}
        if has_subject(document):
            yield document, {"subject_document": CUSTOMER.name, "subject_key": customer_id}


async def _all(pool: Pool, caller: Actor, document: Document, filters: dict[str, str]) -> Any:
    """Every document that fits, as JSON text."""
    after = ""
    while True:
        page = await read_page(pool, caller, document, limit=MOST, after=after, filters=filters)
        for raw in msgspec.json.decode(page.items, type=list[msgspec.Raw]):
            yield bytes(raw)
        if page.next_after is None:
            return
        after = page.next_after


async def _with_history(pool: Pool, caller: Actor, document: Document, row: str | bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(row)
    history = await read_history(pool, caller, document, decoded["key"])
    return {**decoded, "history": msgspec.json.decode(history)}


def _json(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    told = {"cache-control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(body), media_type="application/json", headers=told)
