"""A planner accepts what the allocation proposes, and the documents are there: one call, a result a line.

In: back-orders, cars and transfers that were accepted, the proposals of the snapshot. Out: back-order lines
allocated, cars on their orders, transfers asked for. The caller's key makes every write repeatable: sent
again, what is there is left alone. A car that is not the proposed one needs the reason it goes out of turn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from operational_api.access import Actor, current_actor
from operational_api.desk.api import Api, Refused
from operational_api.desk.ordering import found
from operational_api.documents.backorder_line import BACKORDER_LINE, SUPPLY
from operational_api.documents.parts_transfer import PARTS_TRANSFER
from operational_api.documents.vehicle_order import VEHICLE_ORDER
from operational_api.insights.reader import read_table
from operational_api.insights.routes import chosen_snapshot
from operational_api.refusals import NotAllowed, language_asked
from operational_api.replenishment import as_caller
from operational_api.wording import said
from pipelines.snapshot import Snapshot

MATCHES = "mart_vin_match"
MOST_LINES = 500
TAKEN = frozenset({"allocated", "filled", "dispatched", "received", "closed"})

router = APIRouter(tags=["replenishment"])
Problem = Mapping[str, Any]


class BackOrder(BaseModel):
    """Units owed to an outlet get what there is."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["back_order"]
    backorder_line_id: str = Field(max_length=80)
    eta_date: date | None = Field(None, description="Day it is expected; left out: the day it was promised")
    sequence_override_reason: str | None = Field(None, max_length=40)
    sequence_override_note: str | None = Field(None, max_length=2_000)


class Car(BaseModel):
    """A free car goes to an order."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["car"]
    vehicle_order_id: str = Field(max_length=80)
    vin: str = Field(min_length=17, max_length=17)
    fifo_override_reason: str | None = Field(None, max_length=40)
    fifo_override_note: str | None = Field(None, max_length=2_000)


class Transfer(BaseModel):
    """Idle units go from one outlet to another; the giving outlet or another planner agrees next."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["transfer"]
    part_id: str = Field(max_length=80)
    from_outlet_id: str = Field(max_length=80)
    to_outlet_id: str = Field(max_length=80)
    units: int = Field(ge=1, le=1_000_000)
    reason: str = Field("idle there, needed here", max_length=200)


Line = Annotated[BackOrder | Car | Transfer, Field(discriminator="kind")]


class Accepted(BaseModel):
    """What the planner accepted; each line is judged alone."""

    model_config = ConfigDict(extra="forbid")
    lines: list[Line] = Field(min_length=1, max_length=MOST_LINES)


@router.post("/v1/replenishment/allocations", operation_id="accept_allocation")
async def accept_allocation(
    request: Request,
    actor: Annotated[Actor, Depends(current_actor)],
    snapshot: Annotated[Snapshot, Depends(chosen_snapshot)],
    body: Accepted,
    key: Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=150)],
) -> JSONResponse:
    """Allocate back-orders and cars and ask for transfers, in the order given; good lines are written, bad
    ones are listed. The same key again writes nothing new."""
    if actor.grants.isdisjoint(SUPPLY):
        raise NotAllowed("what is scarce is allocated by the maker's planners")
    proposed = _proposed(snapshot, actor)
    async with as_caller(request) as api:
        told = [
            await _line(api, line, number, key, proposed) for number, line in enumerate(body.lines, start=1)
        ]
    language = language_asked(request)
    refused = sum(line["status"] == "rejected" for line in told)
    counts = {"received": len(told), "accepted": len(told) - refused, "rejected": refused}
    answer = {"snapshot_id": snapshot.snapshot_id, **counts, "lines": [_in_words(o, language) for o in told]}
    return JSONResponse(answer, headers={"content-language": language})


def _proposed(snapshot: Snapshot, actor: Actor) -> Mapping[str, str]:
    """Order -> the car it should get; an older snapshot proposes none."""
    if MATCHES not in snapshot.manifest.tables:
        return {}
    rows = read_table(snapshot, actor, MATCHES, columns=["vehicle_order_id", "vin"]).drop_nulls()
    return dict(rows.iter_rows())


async def _line(api: Api, line: Line, number: int, key: str, proposed: Mapping[str, str]) -> dict[str, Any]:
    """Write one line; a refusal of the document's own rules becomes its result."""
    own = hashlib.sha256(f"{key}|{number}".encode()).hexdigest()[:32]
    try:
        if isinstance(line, Transfer):
            return _told(number, line, *await _ask_for(api, line, own))
        if isinstance(line, Car):
            wrong = _out_of_turn(line, proposed)
            return (
                _refused(number, line, wrong) if wrong else _told(number, line, *await _give(api, line, own))
            )
        return _told(number, line, *await _allocate(api, line, own))
    except Refused as refused:
        if refused.status >= 500:
            raise
        wrong = refused.errors or [
            {"field": line.kind, "rule": refused.detail or refused.title, "remedy": ""}
        ]
        return _refused(number, line, wrong)


async def _allocate(api: Api, line: BackOrder, own: str) -> tuple[str, str, str]:
    path = f"/v1/{BACKORDER_LINE.collection}/{quote(line.backorder_line_id, safe='')}"
    now = await api.get(path)
    if now["state"] in TAKEN:
        return "already", BACKORDER_LINE.name, now["key"]
    held = now["data"].get("promised_date") or now["data"].get("eta_date")
    data = _given(line, "sequence_override_reason", "sequence_override_note")
    eta = line.eta_date.isoformat() if line.eta_date else held
    data |= {"eta_date": eta} if eta else {}
    await api.move(f"{path}/allocate", {"data": data}, version=now["version"], idempotency_key=own)
    return "written", BACKORDER_LINE.name, now["key"]


async def _give(api: Api, line: Car, own: str) -> tuple[str, str, str]:
    path = f"/v1/{VEHICLE_ORDER.collection}/{quote(line.vehicle_order_id, safe='')}"
    now = await api.get(path)
    if now["state"] in TAKEN and now["data"].get("vin") == line.vin:
        return "already", VEHICLE_ORDER.name, now["key"]
    data = {"vin": line.vin, **_given(line, "fifo_override_reason", "fifo_override_note")}
    await api.move(f"{path}/allocate", {"data": data}, version=now["version"], idempotency_key=own)
    return "written", VEHICLE_ORDER.name, now["key"]


async def _ask_for(api: Api, line: Transfer, own: str) -> tuple[str, str, str]:
    document = f"PT-{own[:20].upper()}"
    if await found(api, f"/v1/{PARTS_TRANSFER.collection}/{document}") is not None:
        return "already", PARTS_TRANSFER.name, document
    data = {
        "part_id": line.part_id,
        "quantity": line.units,
        "to_outlet_code": line.to_outlet_id,
        "reason": line.reason,
        "requested_date": datetime.now(UTC).date().isoformat(),
    }
    body = {"key": document, "outlet_id": line.from_outlet_id, "data": data}
    await api.open(PARTS_TRANSFER.collection, body, idempotency_key=own)
    return "written", PARTS_TRANSFER.name, document


def _out_of_turn(line: Car, proposed: Mapping[str, str]) -> list[Problem]:
    """First in first out is set aside with a reason and words, or not at all."""
    if proposed.get(line.vehicle_order_id) == line.vin or (
        line.fifo_override_reason and line.fifo_override_note
    ):
        return []
    turn = proposed.get(line.vehicle_order_id)
    remedy = "give fifo_override_reason and fifo_override_note"
    if turn:
        remedy = f"take {turn}, or {remedy}"
    return [{"field": "vin", "rule": "this car is not the one proposed for the order", "remedy": remedy}]


def _given(line: BaseModel, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(line, name))}


def _told(number: int, line: Line, status: str, document: str, key: str) -> dict[str, Any]:
    return {"row": number, "kind": line.kind, "status": status, "document": document, "key": key}


def _in_words(told: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """Errors in the language; what a document's own rules refused came in it already."""
    if "errors" not in told:
        return told
    errors = [
        e | {"rule": said(e["rule"], language), "remedy": said(e["remedy"], language)} for e in told["errors"]
    ]
    return {**told, "errors": errors}


def _refused(number: int, line: Line, errors: Sequence[Problem]) -> dict[str, Any]:
    kept = [{k: str(e.get(k, "")) for k in ("field", "rule", "remedy")} for e in errors]
    return {"row": number, "kind": line.kind, "status": "rejected", "errors": kept}
