"""The inbox: approvals that the caller may decide now, oldest first.

In: a signed-in actor. Out: one object per open step whose grant the caller holds or stands in for, and
which is not about his own request. Deciding is a move of the approval: grant, or refuse with a comment.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from operational_api.access import Actor, current_actor
from operational_api.database import DATABASE_ERRORS, Pool, refusal_of
from operational_api.documents.approval import APPROVAL
from operational_api.policy import may_read
from operational_api.refusals import NotFound

router = APIRouter(tags=["approvals"])
MOST = 200


@router.get("/v1/inbox", operation_id="list_inbox", response_model=None)
async def list_inbox(
    request: Request,
    caller: Annotated[Actor, Depends(current_actor)],
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """Approvals that wait for the caller."""
    body = f'{{"items":{await read_inbox(request.app.state.pool, caller, limit)}}}'
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


async def read_inbox(pool: Pool, caller: Actor, limit: int = MOST) -> str:
    """A JSON list. Raises NotFound for who approves nothing."""
    if not may_read(caller, APPROVAL):
        raise NotFound("there are no approvals for you")
    try:
        text = await pool.fetchval(
            "select api.inbox($1, $2, $3, $4, $5)",
            caller.scope,
            caller.outlets or (),
            caller.subject,
            sorted(caller.grants),
            limit,
        )
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    return str(text)
