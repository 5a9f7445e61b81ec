"""Bulletins: what the maker tells the network, unread first, and the receipt of whoever has read one (K02).

In: published bulletins and the reader's own receipts. Out: one page; a receipt is written once however often
the form is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk.api import Api, Refused
from operational_api.desk.page import go_to, page
from operational_api.desk.session import Session, form_is_ours
from operational_api.documents.bulletin import BULLETIN
from operational_api.documents.bulletin_receipt import BULLETIN_RECEIPT

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Board:
    """Bulletins with a day first, the nearest of them on top; `read` only when this reader confirmed it."""

    unread: tuple[Row, ...]
    read: tuple[Row, ...]


async def board(api: Api, session: Session) -> Board:
    """What is published to the reader; who keeps no receipts has nothing to confirm."""
    if not session.reads(BULLETIN):
        return Board((), ())
    published = await api.all(BULLETIN.collection, state="published")
    if not session.opens(BULLETIN_RECEIPT):
        return Board((), tuple(published))
    receipts = await api.all(BULLETIN_RECEIPT.collection, created_by=session.subject)
    mine = {receipt["data"]["bulletin_id"] for receipt in receipts}
    ordered = sorted(published, key=lambda b: (str(b["data"].get("must_be_read_by_date") or "9"), b["key"]))
    return Board(
        tuple(b for b in ordered if b["key"] not in mine), tuple(b for b in ordered if b["key"] in mine)
    )


async def show(request: Request, session: Session, api: Api) -> Response:
    today = datetime.now(UTC).date().isoformat()
    return page(request, session, "bulletins.html", board=await board(api, session), today=today)


async def confirm(request: Request, session: Session, api: Api) -> Response:
    """The receipt; one that is there already is what was wished."""
    form = await request.form()
    if not form_is_ours(session, str(form.get("token", ""))):
        raise Refused(403, {"title": "Form expired", "detail": "Open the page again and send it once more."})
    key = str(request.path_params["key"])
    body = {
        "data": {"bulletin_id": key, "read_at": datetime.now(UTC).isoformat(timespec="seconds")},
        "outlet_id": session.outlets[0] if session.outlets else None,
    }
    # No idempotency by content: the time differs on a second sending, the type itself allows one receipt.
    try:
        await api.open(BULLETIN_RECEIPT.collection, body, idempotency_key=str(form.get("key", "")))
    except Refused as refused:
        if refused.status not in {409, 422} or key not in {
            b["key"] for b in (await board(api, session)).read
        }:
            raise
    return go_to("/desk/bulletins")
