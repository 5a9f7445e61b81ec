"""Look-up page: one box for a car, a customer or a part.

In: what was typed. Out: cards that lead on. Everything stored is found by one request to the API; stock and
price of the parts found, and of the numbers that replace them, are read from the published list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from operational_api.contact import Channel, Direction, OnFile, Purpose, Reason, Verdict, judge
from operational_api.desk.api import Api, Refused
from operational_api.desk.names import name_of
from operational_api.desk.outlets import outlet_of
from operational_api.desk.page import go_to, page
from operational_api.desk.session import Session
from operational_api.desk.today import SUGGESTIONS
from operational_api.documents.customer_record import CUSTOMER_RECORD
from operational_api.policy import MASK

LONGEST = 60
# What the service desk asks before it picks up the phone.
PERMISSION = {
    Reason.PERMITTED: "Service calls are permitted.",
    Reason.WITHDRAWN: "Service calls were refused.",
    Reason.EXPIRED: "Permission for service calls has expired.",
    Reason.NO_PERMISSION: "Nobody asked whether service calls are welcome.",
    Reason.REFUSED: "Wants no calls.",
    Reason.BLACKLISTED: "On the blacklist: do not call.",
    Reason.ERASED: "Erased at the customer's wish.",
}
Row = Mapping[str, Any]


async def show(request: Request, session: Session, api: Api) -> Response:
    asked = request.query_params.get("q", "").strip()[:LONGEST]
    found, notice = await _found(api, asked)
    vehicles = found["vehicles"]
    if len(vehicles) == 1 and len("".join(asked.split())) == len(vehicles[0]["key"]):
        return go_to(f"/desk/vehicles/{vehicles[0]['key']}")
    outlet = outlet_of(request, session)
    parts = found["parts"]
    today = datetime.now(UTC).date()
    return page(
        request,
        session,
        "find.html",
        asked=asked,
        notice=notice,
        found=found,
        name_of=partial(name_of, CUSTOMER_RECORD),
        mask=MASK,
        permissions={c["key"]: _told(c, today) for c in found["customers"]},
        stock=await _stock(api, parts, outlet),
        outlet=outlet,
    )


def may_call(customer: Row, today: date) -> Verdict:
    """Whether the workshop may call about service; unknown files permit nothing."""
    on_file = msgspec.convert(customer.get("on_file") or {}, OnFile)
    return judge(
        on_file,
        purpose=Purpose.SERVICE_MARKETING,
        channel=Channel.PHONE,
        direction=Direction.OUTBOUND,
        today=today,
    )


def _told(customer: Row, today: date) -> tuple[bool, str, str] | None:
    """Whether to call, what to say about it and in which tone; None for who may not know."""
    if "on_file" not in customer:
        return None
    verdict = may_call(customer, today)
    is_unasked = verdict.reason in {Reason.NO_PERMISSION, Reason.EXPIRED}
    tone = "done" if verdict.is_allowed else "meta" if is_unasked else "error"
    return verdict.is_allowed, PERMISSION[verdict.reason], tone


async def _found(api: Api, asked: str) -> tuple[dict[str, list[Row]], str | None]:
    nothing: dict[str, list[Row]] = {"vehicles": [], "customers": [], "parts": []}
    if not asked:
        return nothing, None
    try:
        found = await api.get("/v1/find", q=asked)
    except Refused as refused:
        if refused.status != 422:
            raise
        return nothing, "Type at least 3 letters or digits."
    return found, None if any(found.values()) else "Nothing found."


async def _stock(api: Api, parts: Sequence[Row], outlet: str | None) -> Mapping[str, Row]:
    """Part -> its published row at the outlet; empty before the first run and for who may not see it."""
    wanted = {p["key"] for p in parts} | {p["successor_part_id"] for p in parts if "successor_part_id" in p}
    wanted |= {other for p in parts for other in p.get("stand_in_part_ids", ())}
    if not wanted or outlet is None:
        return {}
    try:
        found = await api.get(SUGGESTIONS, part_id=sorted(wanted), outlet_id=outlet, limit=len(wanted))
    except Refused as refused:
        if refused.status not in {403, 404, 503}:
            raise
        return {}
    return {row["part_id"]: row for row in found["rows"]}
