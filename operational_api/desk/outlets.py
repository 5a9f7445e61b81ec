"""Which outlet a page is about, and the clock on its wall."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk.api import Api, Refused
from operational_api.desk.page import page
from operational_api.desk.session import Session


def outlet_of(request: Request, session: Session) -> str | None:
    """The outlet asked for, else the user's first. The API decides whether it may be seen."""
    asked = request.query_params.get("outlet")
    return asked or (session.outlets[0] if session.outlets else None)


async def zone_of(api: Api, outlet: str | None) -> str | None:
    """Time zone of the outlet; None, which is shown as UTC, when it is not known."""
    if outlet is None:
        return None
    try:
        zone = str((await api.get(f"/v1/outlets/{outlet}"))["data"]["timezone"])
        ZoneInfo(zone)
    except (Refused, ZoneInfoNotFoundError, ValueError):
        return None
    return zone


async def choose_outlet(request: Request, session: Session, api: Api, *, to: str, title: str) -> Response:
    """Who sees a whole region or brand looks at one outlet at a time."""
    outlets: list[Any] = await api.all("outlets", state="operating")
    return page(request, session, "outlets.html", outlets=outlets, to=to, title=title)
