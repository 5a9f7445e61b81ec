"""What an outlet can spend: its fund accounts with cash, held, credit and what is usable.

In: a signed-in actor. Out: one object per account in scope, read from the running balances of the ledger.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from operational_api.access import Actor, current_actor
from operational_api.database import DATABASE_ERRORS, Pool, refusal_of
from operational_api.documents.fund_account import FUND_ACCOUNT
from operational_api.policy import may_read
from operational_api.refusals import NotFound

router = APIRouter(tags=["finance"])


@router.get("/v1/funds", operation_id="list_funds", response_model=None)
async def list_funds(request: Request, caller: Annotated[Actor, Depends(current_actor)]) -> Response:
    """Balances per outlet, fund type and earmark; usable is cash that is not held, plus credit in force."""
    body = f'{{"items":{await read_funds(request.app.state.pool, caller)}}}'
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


async def read_funds(pool: Pool, caller: Actor) -> str:
    """A JSON list of accounts. Raises NotFound for who has nothing to do with money."""
    if not may_read(caller, FUND_ACCOUNT):
        raise NotFound("there are no funds for you")
    try:
        text = await pool.fetchval(
            "select api.funds($1, $2, $3)", caller.scope, caller.outlets or (), caller.subject
        )
    except DATABASE_ERRORS as error:
        raise refusal_of(error) from error
    return str(text)
