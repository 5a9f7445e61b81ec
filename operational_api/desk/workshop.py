"""Workshop board: cars in the workshop by stage, those promised for earlier than now first (S15).

In: open repair orders of one outlet and the time. Out: cards; late is late whatever the stage, a car that is
ready waits for its owner, not for us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk.api import Api, Refused
from operational_api.desk.names import names_of
from operational_api.desk.outlets import choose_outlet, outlet_of, zone_of
from operational_api.desk.page import page
from operational_api.desk.session import Session
from operational_api.documents.repair_order import REPAIR_ORDER

STAGES = ("waiting_parts", "in_work", "qc", "approved", "quoted", "open", "ready")
PER_STAGE = 20  # cards; keeps the board below 100 kB, the list has the rest
TITLE = "Workshop board"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """One car; `late` is None when it is in time or nothing was promised."""

    row: Row
    late: timedelta | None


@dataclass(frozen=True, slots=True)
class Stage:
    """Its first cards; `count` is of all."""

    name: str
    cards: tuple[Card, ...]
    count: int
    late: int


async def show(request: Request, session: Session, api: Api) -> Response:
    if not session.reads(REPAIR_ORDER):
        raise Refused(404, {"title": "Not found", "detail": "There is no such page for your role."})
    outlet = outlet_of(request, session)
    if outlet is None:
        return await choose_outlet(request, session, api, to="/desk/workshop", title=TITLE)
    asked = (api.all(REPAIR_ORDER.collection, state=stage, outlet_id=outlet) for stage in STAGES)
    zone, found = await asyncio.gather(zone_of(api, outlet), asyncio.gather(*asked))
    now = datetime.now(UTC)
    stages = [staged(name, rows, now) for name, rows in zip(STAGES, found, strict=True)]
    staff = {("staff", c.row["data"].get("staff_id")) for stage in stages for c in stage.cards}
    names = await names_of(session, api, [(t, key) for t, key in staff if key])
    return page(
        request,
        session,
        "workshop.html",
        stages=stages,
        names=names,
        outlet=outlet,
        zone=zone,
        title=TITLE,
    )


def staged(name: str, rows: Iterable[Row], now: datetime) -> Stage:
    """The cards of a stage: by promised time, so that the latest is first; nothing promised comes last."""
    ordered = sorted(rows, key=_promise)
    cards = [Card(row, None if name == "ready" else _late(row, now)) for row in ordered]
    return Stage(name, tuple(cards[:PER_STAGE]), len(cards), sum(card.late is not None for card in cards))


def _promise(row: Row) -> tuple[bool, str, str]:
    promised = row["data"].get("promised_at")
    return promised is None, promised or row["data"]["opened_at"], row["key"]


def _late(row: Row, now: datetime) -> timedelta | None:
    promised = row["data"].get("promised_at")
    since = now - datetime.fromisoformat(promised) if promised else timedelta(0)
    return since if since > timedelta(0) else None
