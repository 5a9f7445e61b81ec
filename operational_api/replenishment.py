"""Suggestions for dealers' own systems: pull them, ask why, answer many at once, follow what became of it.

In: a signed-in actor and the published snapshot. Out: rows with the snapshot as their ETag; for answers, one
result a line and the orders that were written. Orders and decisions go through the documents' own routes.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from operational_api import replenishment_answers
from operational_api.access import Actor, current_actor
from operational_api.desk.api import Api
from operational_api.document import Grant
from operational_api.documents.suggestion_decision import SUGGESTION_DECISION
from operational_api.insights.formats import Format
from operational_api.insights.reader import read_table
from operational_api.insights.routes import as_json, chosen_snapshot, page_of, snapshot_as_of
from operational_api.refusals import BadRequest, NotAllowed, NotFound, language_asked
from pipelines.snapshot import Snapshot

SUGGESTIONS = "mart_replenishment_suggestion"
RETURNS = "mart_return_suggestion"
EXPLANATIONS = "mart_suggestion_explain"
MOST_LINES = 2_000

router = APIRouter(tags=["replenishment"])
Reader = Annotated[Actor, Depends(current_actor)]
Wanted = Annotated[Format, Query(alias="format", description="How the rows are written")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="ETag you hold")]
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The snapshot you hold is the current one"}
}


def wanted_snapshot(
    request: Request,
    chosen: Annotated[Snapshot, Depends(chosen_snapshot)],
    as_of: Annotated[
        date | None, Query(description="The kept snapshot of that business day, the last one made")
    ] = None,
) -> Snapshot:
    """The current snapshot, one by its id, or the last one of a day."""
    return chosen if as_of is None else snapshot_as_of(request, as_of)


Chosen = Annotated[Snapshot, Depends(wanted_snapshot)]


@router.get("/v1/replenishment/suggestions", responses=UNCHANGED)
def list_suggestions(
    actor: Reader,
    snapshot: Chosen,
    request: Request,
    format_: Wanted = Format.JSON,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What to order today and why, or why not: one row for every active part of every outlet.
    `verdict=suggested` keeps the orders; filters, order and formats as for any table. ETag: the snapshot."""
    return _tagged(snapshot, if_none_match, lambda: page_of(SUGGESTIONS, actor, snapshot, request, format_))


@router.get("/v1/replenishment/returns", responses=UNCHANGED)
def list_returns(
    actor: Reader,
    snapshot: Chosen,
    request: Request,
    format_: Wanted = Format.JSON,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Dead and excess stock, and what of it may go back until when. ETag: the snapshot."""
    return _tagged(snapshot, if_none_match, lambda: page_of(RETURNS, actor, snapshot, request, format_))


@router.get("/v1/replenishment/suggestions/{suggestion_id}")
def get_suggestion(suggestion_id: str, actor: Reader, snapshot: Chosen) -> Response:
    """One suggestion and the steps that add up to its quantity, each with the document it rests on."""
    found = read_table(snapshot, actor, SUGGESTIONS, where={"suggestion_id": suggestion_id})
    if found.is_empty():
        raise NotFound(f"there is no suggestion {suggestion_id[:80]} in snapshot {snapshot.snapshot_id}")
    steps = _steps(snapshot, actor, suggestion_id)
    body = {"snapshot_id": snapshot.snapshot_id, "suggestion": found.to_dicts()[0], "explanation": steps}
    return as_json(body)


@router.get("/v1/replenishment/suggestions/{suggestion_id}/explanation", responses=UNCHANGED)
def get_explanation(
    suggestion_id: str, actor: Reader, snapshot: Chosen, if_none_match: IfNoneMatch = None
) -> Response:
    """The steps of one suggestion, to order or to send back; the quantity follows from them alone."""

    def told() -> Response:
        steps = _steps(snapshot, actor, suggestion_id)
        if not steps:
            raise NotFound(f"there is no suggestion {suggestion_id[:80]} in snapshot {snapshot.snapshot_id}")
        body = {"snapshot_id": snapshot.snapshot_id, "suggestion_id": suggestion_id, "explanation": steps}
        return as_json(body)

    return _tagged(snapshot, if_none_match, told)


def _steps(snapshot: Snapshot, actor: Actor, suggestion_id: str) -> list[dict[str, Any]]:
    where = {"suggestion_id": suggestion_id}
    return read_table(snapshot, actor, EXPLANATIONS, where=where, order=["step_no"]).to_dicts()


def _tagged(snapshot: Snapshot, held: str | None, made: Any) -> Response:
    """The answer with the snapshot as its tag; nothing but the tag to who holds it already."""
    tag = f'"{snapshot.snapshot_id}"'
    known = {part.strip().removeprefix("W/") for part in (held or "").split(",")}
    response = Response(status_code=304) if tag in known else made()
    response.headers["ETag"] = tag
    response.headers["Vary"] = "Authorization, X-API-Key"
    return response


class Decision(StrEnum):
    accept = "accept"
    edit = "edit"
    decline = "decline"
    snooze = "snooze"


Reason = StrEnum("Reason", list(SUGGESTION_DECISION.field("reason").choices))  # type: ignore[misc]


class Answer(BaseModel):
    """The answer to one suggestion."""

    model_config = ConfigDict(extra="forbid")
    suggestion_id: str = Field(max_length=80)
    decision: Decision
    quantity: int | None = Field(None, ge=0, le=1_000_000, description="Units; left out: as suggested")
    reason: Reason | None = Field(None, description="Why it was edited, declined or snoozed")
    snooze_days: int | None = Field(None, description="7, 14 or 30")


class Answers(BaseModel):
    """Answers of one outlet; each line is judged alone."""

    model_config = ConfigDict(extra="forbid")
    outlet_id: str | None = Field(None, max_length=80, description="Left out: your only outlet")
    lines: list[Answer] = Field(min_length=1, max_length=MOST_LINES)


@router.post(
    "/v1/replenishment/decisions",
    operation_id="answer_suggestions",
    responses={409: {"description": "State, key or a request under way stands against it"}},
)
async def answer_suggestions(
    request: Request,
    actor: Reader,
    body: Answers,
    key: Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200)],
) -> JSONResponse:
    """Accept, edit, decline or snooze many suggestions; good lines are ordered, bad ones are listed.

    One order per supplier, currency and type. The same key again writes nothing and gives the same orders;
    `GET /v1/replenishment/orders/{parts_order_id}` follows them."""
    if actor.grants.isdisjoint(SUGGESTION_DECISION.open_by):
        raise NotAllowed("suggestions are answered by the parts staff and the manager of the outlet")
    language = language_asked(request)
    outlet = body.outlet_id or (actor.outlets[0] if actor.outlets and len(actor.outlets) == 1 else None)
    if outlet is None:
        raise BadRequest("outlet_id: name the outlet; only who has one outlet may leave it out")
    if actor.outlets is not None and outlet not in actor.outlets:
        raise NotFound(f"there is no outlet {outlet[:80]} for you")
    async with as_caller(request) as api:
        told = await replenishment_answers.answer(
            api, actor, outlet=outlet, key=key, lines=[line.model_dump(mode="json") for line in body.lines],
            language=language,
        )  # fmt: skip
    return JSONResponse(told, headers={"content-language": language})


@router.get("/v1/replenishment/orders/{parts_order_id}", operation_id="follow_order")
async def follow_order(request: Request, actor: Reader, parts_order_id: str) -> JSONResponse:
    """What became of an order: its state, and per line what was shipped, received, is owed and expected."""
    if actor.grants <= {Grant.DATA_ENGINEER}:
        raise NotFound(f"there is no parts order {parts_order_id[:80]}")
    async with as_caller(request) as api:
        return JSONResponse(await replenishment_answers.follow(api, parts_order_id))


def as_caller(request: Request) -> Api:
    """The document routes with the caller's own credentials: rows, rights and versions are theirs."""
    held = {
        n: request.headers[n]
        for n in ("authorization", "x-api-key", "accept-language")
        if n in request.headers
    }
    return Api(request.app, headers=held)
