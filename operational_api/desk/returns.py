"""Returns and excess: what lies on the shelf beyond its need, and the request to send some of it back.

In: the published returns of one outlet, a form. Out: a page, and one parts return however often it is sent.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk import ordering
from operational_api.desk.api import Api, Refused
from operational_api.desk.language import Language
from operational_api.desk.outlets import choose_outlet
from operational_api.desk.page import go_to, language_of, page
from operational_api.desk.session import Session, form_is_ours
from operational_api.documents.parts_return import PARTS_RETURN

RETURNS = "/v1/replenishment/returns"
PAGE = 30
ALL = 100_000
WHY = {
    "not_returnable": "the maker does not take it back.",
    "no_return_terms": "no return terms or no price.",
    "protection_over": "its return protection is over.",
    "over_allowance": "the return allowance is used up.",
}
TITLE = "Returns and excess"
NOTHING = "Choose at least one line to send back."
Row = Mapping[str, Any]


async def show(request: Request, session: Session, api: Api) -> Response:
    """What may go back first, then the rest of the excess by value."""
    outlet = _outlet(request.query_params, session)
    if outlet is None:
        return await choose_outlet(request, session, api, to="/desk/returns", title=TITLE)
    return await _page(request, session, api, outlet, offset=_offset(request))


async def submit(request: Request, session: Session, api: Api) -> Response:
    """Ask for the return of the marked lines; sent twice, it is one request."""
    form = await request.form(max_fields=2_000)
    if not form_is_ours(session, str(form.get("token", ""))):
        raise Refused(403, {"title": "Form expired", "detail": "Open the page again and send it once more."})
    outlet, key = str(form.get("outlet", "")), str(form.get("key", ""))
    marked = [str(name).removeprefix("b.") for name in form if str(name).startswith("b.")]
    if not marked or len(key) < 16:
        return await _page(request, session, api, outlet, notice=NOTHING, status=422)
    found = await api.get(
        RETURNS, outlet_id=outlet, return_id=marked, verdict="return_now", limit=len(marked)
    )
    known = await _requested(api, session, outlet, found.get("rows", []))
    rows = [row for row in found["rows"] if row["part_id"] not in known]
    number = f"PR-{hashlib.sha256(f'{outlet}|{key}'.encode()).hexdigest()[:20].upper()}"
    path = f"/v1/{PARTS_RETURN.collection}/{number}"
    if await ordering.found(api, path) is None:
        if not rows:
            return await _page(request, session, api, outlet, notice=NOTHING, status=409)
        body = {"key": number, "outlet_id": outlet, "data": _document(rows)}
        await api.open(PARTS_RETURN.collection, body, idempotency_key=f"{key}-{number}")
    return go_to(f"/desk/documents/{PARTS_RETURN.collection}/{number}")


def _document(rows: list[Row]) -> dict[str, Any]:
    lines = [
        {"part_id": r["part_id"], "quantity": r["return_units"], "unit_price_minor": _price(r)} for r in rows
    ]
    return {
        "supplier_outlet_code": rows[0]["supplier_outlet_code"],
        "reason": "surplus",
        "requested_date": datetime.now(UTC).date().isoformat(),
        "currency": rows[0]["currency"],
        "lines": lines,
    }


def _price(row: Row) -> int:
    return int(row["return_minor"]) // int(row["return_units"])


async def _page(
    request: Request,
    session: Session,
    api: Api,
    outlet: str,
    *,
    offset: int = 0,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    say = language_of(request, session)
    found = await api.get(RETURNS, outlet_id=outlet, excess_units_from=1, order="-return_minor,-excess_minor",
                          limit=ALL)  # fmt: skip
    rows = found["rows"]
    shown = rows[offset : offset + PAGE]
    may_ask = session.opens(PARTS_RETURN)
    return page(
        request,
        session,
        "returns.html",
        status=status,
        rows=shown,
        total=len(rows),
        offset=offset,
        per_page=PAGE,
        outlet=outlet,
        notice=notice,
        excess=_sums(rows, "excess_minor"),
        giving=_sums(rows, "return_minor"),
        dead=sum(1 for row in rows if row["is_dead"]),
        requested=await _requested(api, session, outlet, shown),
        snapshot=await api.get("/v1/snapshot"),
        told={row["return_id"]: sentence(row, say) for row in shown},
        form_key=secrets.token_hex(16),
        may_ask=may_ask,
    )


def _sums(rows: list[Row], column: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in rows:
        if row[column]:
            sums[row["currency"]] = sums.get(row["currency"], 0) + int(row[column])
    return sums


async def _requested(api: Api, session: Session, outlet: str, rows: list[Row]) -> frozenset[str]:
    """Parts whose return was asked for since the list was made."""
    if not rows or not session.reads(PARTS_RETURN):
        return frozenset()
    since = str(rows[0]["as_of_date"])[:10]
    asked = await api.all(PARTS_RETURN.collection, outlet_id=outlet, requested_date_from=since)
    return frozenset(
        line["part_id"] for r in asked if r["state"] != "rejected" for line in r["data"]["lines"]
    )


def sentence(row: Row, say: Language) -> str:
    """The published sentence in the reader's language, from the row's own columns."""
    kept, excess = int(row["kept_units"]), int(row["excess_units"])
    reserved = int(row["on_hand"]) - kept - excess
    have = say(
        "{have} on hand - {reserved} reserved - {kept} kept for a year or the target = {excess} too many; ",
        have=row["on_hand"],
        reserved=reserved,
        kept=kept,
        excess=excess,
    )
    if row["verdict"] in WHY:
        return have + say(WHY[row["verdict"]])
    until = say.day(row["protected_until_date"])
    return have + say("{n} may go back until {day}.", n=row["return_units"], day=until)


def _outlet(given: Mapping[str, Any], session: Session) -> str | None:
    return str(given.get("outlet") or "") or (session.outlets[0] if session.outlets else None)


def _offset(request: Request) -> int:
    text = request.query_params.get("offset", "0")
    return int(text) if text.isdigit() and len(text) < 9 else 0
