"""What waits for the reader: contacts to make today, approvals to decide, and the money to decide with.

In: the API's work list, inbox and funds. Out: three short lists; each row leads to its document, where the
moves are. Whoever has nothing to do with a list gets a 404, as at the API.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk.api import Api
from operational_api.desk.names import names_of, references_of
from operational_api.desk.page import page
from operational_api.desk.session import Session
from operational_api.documents.contact_task import CONTACT_TASK

SHOWN = 100  # rows; keeps a page far below 100 kB


async def show_work(request: Request, session: Session, api: Api) -> Response:
    """Contact tasks that are due, overdue first."""
    items = (await api.get("/v1/work_list", limit=SHOWN))["items"]
    referred = [reference for item in items for reference in references_of(CONTACT_TASK.fields, item)]
    return page(request, session, "work.html", items=items, names=await names_of(session, api, referred))


async def show_approvals(request: Request, session: Session, api: Api) -> Response:
    """Approvals that the reader may decide, oldest first."""
    found = await api.get("/v1/inbox", limit=SHOWN)
    return page(request, session, "approvals.html", items=found["items"])


async def show_funds(request: Request, session: Session, api: Api) -> Response:
    """Fund accounts of the reader's outlets, and what each can still pay."""
    found = await api.get("/v1/funds")
    return page(request, session, "funds.html", items=found["items"][:SHOWN])
