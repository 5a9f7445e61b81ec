"""Today's work: contact tasks that are due, overdue first, and the run that makes them.

In: a signed-in actor and a day. Out: one object per open task in scope, or the counts of a run. A run makes
the tasks of the caller's outlets; the API makes those of all outlets once an hour, so asking is never needed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from operational_api.access import Actor, current_actor
from operational_api.database import DATABASE_ERRORS, Pool, refusal_of
from operational_api.document import Grant
from operational_api.documents.contact_task import CONTACT_TASK
from operational_api.policy import may_read
from operational_api.refusals import NotAllowed, NotFound
from operational_api.scores import in_order

router = APIRouter(tags=["follow-up"])
MAY_RUN = frozenset({Grant.DEALER_MANAGER, Grant.OEM_PLANNER, Grant.OEM_QUALITY, Grant.ADMIN})
MOST = 500
Day = Annotated[date | None, Query(description="Left out: today.")]


@router.get("/v1/work_list", operation_id="list_work", response_model=None)
async def list_work(
    request: Request,
    caller: Annotated[Actor, Depends(current_actor)],
    day: Day = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Response:
    """Contact tasks: overdue first, then who is likeliest to buy or to come, of those who may be asked."""
    items = await read_work(request.app.state.pool, caller, day or _today(), limit)
    ordered = await in_order(request, caller, msgspec.json.decode(items))
    return Response(
        msgspec.json.encode({"items": ordered}),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


@router.post("/v1/follow_ups", operation_id="run_follow_ups", response_model=None)
async def run_follow_ups(
    request: Request, caller: Annotated[Actor, Depends(current_actor)], day: Day = None
) -> JSONResponse:
    """Makes the tasks that rules ask for on a day, and escalates late ones; again, it makes none."""
    if caller.grants.isdisjoint(MAY_RUN):
        raise NotAllowed("a run is asked for by managers and the maker")
    try:
        row = await request.app.state.pool.fetchrow(
            "select * from api.generate_contacts($1, $2, $3, $4)",
            caller.scope,
            caller.outlets or (),
            caller.subject,
            _sensible(day),
        )
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    return JSONResponse({"created": row["created"], "escalated": row["escalated"]})


async def read_work(pool: Pool, caller: Actor, day: date, limit: int = MOST) -> str:
    """A JSON list. Raises NotFound for who contacts nobody."""
    if not may_read(caller, CONTACT_TASK):
        raise NotFound("there is no work list for you")
    try:
        text = await pool.fetchval(
            "select api.work_list($1, $2, $3, $4, $5)",
            caller.scope,
            caller.outlets or (),
            caller.subject,
            _sensible(day),
            limit,
        )
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    return str(text)


def _today() -> date:
    return datetime.now(UTC).date()


def _sensible(day: date | None) -> date:
    """Within the years documents may name, so that no sum of days leaves the calendar."""
    return _today() if day is None else min(max(day, date(1900, 1, 1)), date(2199, 12, 31))
