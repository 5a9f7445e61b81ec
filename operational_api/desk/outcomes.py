"""What came of the answers: per answer and reason, how often the part ran out or lay too long afterwards.

In: the published scores of one outlet. Out: one page; the planner reads the same rows.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk.api import Api, Refused
from operational_api.desk.outlets import choose_outlet
from operational_api.desk.page import page
from operational_api.desk.session import Session

SCORES = "/v1/insights/mart_suggestion_score"
EXCEPTIONS = "/v1/insights/mart_suggestion_exception"
TITLE = "What came of it"
MOST = 50


async def show(request: Request, session: Session, api: Api) -> Response:
    """Scores and repeated refusals; an older snapshot has neither."""
    outlet = request.query_params.get("outlet") or (session.outlets[0] if session.outlets else None)
    if outlet is None:
        return await choose_outlet(request, session, api, to="/desk/outcomes", title=TITLE)
    scores = await _rows(api, SCORES, outlet, order="-answers")
    again = await _rows(api, EXCEPTIONS, outlet, order="-refusals", limit=MOST)
    snapshot = await api.get("/v1/snapshot")
    return page(
        request, session, "outcomes.html", scores=scores, again=again, outlet=outlet, snapshot=snapshot
    )


async def _rows(
    api: Api, table: str, outlet: str, *, order: str, limit: int = 200
) -> list[dict[str, object]]:
    try:
        found = await api.get(table, outlet_id=outlet, order=order, limit=limit)
    except Refused as refused:
        if refused.status in {403, 404}:
            return []
        raise
    return list(found["rows"])
