"""Suggestions page: what to order today and why; edit, decline, add, submit once.

In: the snapshot's suggestions of one outlet, and today's orders and decisions. Out: parts_order and
suggestion_decision documents, written through the API with keys derived from the form's key, so that
the same form sent twice is one order.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk import basket
from operational_api.desk.api import Api, Refused
from operational_api.desk.basket import Line
from operational_api.desk.page import go_to, language_of, page
from operational_api.desk.sentences import sentence
from operational_api.desk.session import Session, form_is_ours
from operational_api.documents.parts_order import PARTS_ORDER

PAGE = 40  # lines; keeps a page below 100 kB
SUGGESTIONS = "/v1/replenishment/suggestions"
RECOMMENDED = ("suggested", "price_missing")
DEAD = frozenset({"rejected", "cancelled"})
# An order that answers a suggestion names it; a day back finds what was ordered while the run was busy.
LOOK_BACK = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Done:
    """What was already decided on the suggestions of this snapshot."""

    ordered: Mapping[str, tuple[str, int]]  # suggestion or part -> (order, units)
    declined: frozenset[str]  # suggestions

    def order_of(self, row: Mapping[str, Any]) -> tuple[str, int] | None:
        return self.ordered.get(row["suggestion_id"]) or self.ordered.get(row["part_id"])


async def show(request: Request, session: Session, api: Api) -> Response:
    if request.query_params.get("tab") == "all":
        return await _show_all(request, session, api)
    offset = _offset(request)
    outlet = _outlet(request.query_params, session)
    found = await api.get(
        SUGGESTIONS,
        verdict=list(RECOMMENDED),
        outlet_id=outlet,
        order="days_of_cover_before",
        limit=PAGE,
        offset=offset,
    )
    lines = [basket.offered(row) for row in found["rows"]]
    return await _form(request, session, api, outlet, lines, found, offset=offset)


async def submit(request: Request, session: Session, api: Api) -> Response:
    """Order what the form says; show it again with every problem at its line when something is wrong."""
    form = await request.form(max_fields=5_000)
    if not form_is_ours(session, str(form.get("token", ""))):
        raise Refused(403, {"title": "Form expired", "detail": "Open the page again and send it once more."})
    outlet = _outlet(form, session)
    names = [str(v) for v in form.getlist("line")]
    found = await api.get(SUGGESTIONS, suggestion_id=names, outlet_id=outlet) if names else {"rows": []}
    added = set(map(str, form.getlist("added")))
    lines = [basket.answered(row, form, added=row["suggestion_id"] in added) for row in found["rows"]]
    if "add" in form:
        return await _with_added(request, session, api, form, outlet, lines)
    form_key = str(form.get("key", ""))
    if len(form_key) < 16 or len(found["rows"]) != len(set(names)):
        return await _changed(request, session, api, outlet, form)
    if any(line.error for line in lines) or not lines:
        return await _again(
            request, session, api, outlet, lines, form, "Nothing was ordered. Correct the marked lines."
        )
    try:
        keys = await _write(api, lines, outlet=outlet or "", form_key=form_key, run_id=found["snapshot_id"])
    except Refused as refused:
        if refused.status not in {400, 422}:
            raise
        return await _again(
            request, session, api, outlet, lines, form, refused.detail or refused.title, refused
        )
    return go_to(f"/desk/ordered?{'&'.join(f'order={k}' for k in keys)}" if keys else "/desk/ordered")


async def ordered(request: Request, session: Session, api: Api) -> Response:
    """The orders just written, as the API holds them; safe to reload."""
    keys = request.query_params.getlist("order")[:20]
    found = [await api.get(f"/v1/{PARTS_ORDER.collection}/{key}") for key in keys]
    names = await _descriptions(api, [line["part_id"] for o in found for line in o["data"]["lines"]])
    return page(request, session, "ordered.html", orders=found, names=names)


async def why(request: Request, session: Session, api: Api) -> Response:
    """One suggestion with every explanation row."""
    found = await api.get(f"{SUGGESTIONS}/{request.path_params['suggestion_id']}")
    row = found["suggestion"]
    told = sentence(row, language_of(request, session))
    return page(request, session, "why.html", row=row, steps=found["explanation"], told=told)


async def _write(api: Api, lines: list[Line], *, outlet: str, form_key: str, run_id: str) -> list[str]:
    """Orders first, then decisions that name them; either part may be repeated without harm."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    bodies = basket.orders(lines, outlet=outlet, form_key=form_key, run_id=run_id, at=at)
    for key, body in bodies.items():
        at = await _open_once(api, key, body, form_key)
    told = basket.decisions(lines, outlet=outlet, form_key=form_key, run_id=run_id, at=at)
    # The content is part of the key: after a crash in between, the rest is sent and what is there is skipped.
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    await api.open_many("suggestion_decisions", told, idempotency_key=f"{form_key}-{digest}")
    return list(bodies)


async def _open_once(api: Api, key: str, body: Mapping[str, Any], form_key: str) -> str:
    """Write the order unless this form already did; returns when it was ordered."""
    path = f"/v1/{PARTS_ORDER.collection}/{key}"
    known = await _found(api, path)
    if known is None:
        try:
            known = await api.open(PARTS_ORDER.collection, body, idempotency_key=f"{form_key}-{key}")
        except Refused:
            known = await _found(api, path)  # the same form was being written by another request
            if known is None:
                raise
    return str(known["data"]["ordered_at"])


async def _found(api: Api, path: str) -> Mapping[str, Any] | None:
    try:
        return dict(await api.get(path))
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


async def _with_added(
    request: Request, session: Session, api: Api, form: Any, outlet: str | None, lines: list[Line]
) -> Response:
    """The same page with one more line: a part that nobody suggested."""
    wanted = str(form.get("add_part", "")).strip().upper().replace(" ", "")
    found = await api.get(SUGGESTIONS, part_id=wanted, outlet_id=outlet) if wanted else {"rows": []}
    if not found["rows"]:
        return await _again(request, session, api, outlet, lines, form, "No such part at this outlet.")
    row = found["rows"][0]
    notice = basket.why_blocked(row)
    if row["verdict"] not in basket.ORDERABLE:
        notice = sentence(row, language_of(request, session))  # names the successor, say
    if notice is None and row["suggestion_id"] not in {line.row["suggestion_id"] for line in lines}:
        lines = [*lines, basket.offered(row, added=True)]
    return await _again(request, session, api, outlet, lines, form, notice)


async def _changed(request: Request, session: Session, api: Api, outlet: str | None, form: Any) -> Response:
    """A newer list was published meanwhile: show it, keep what was typed where the line is the same."""
    found = await api.get(
        SUGGESTIONS, verdict=list(RECOMMENDED), outlet_id=outlet, order="days_of_cover_before", limit=PAGE
    )
    lines = [
        replace(basket.answered(row, form), error=None)
        if f"q.{row['suggestion_id']}" in form
        else basket.offered(row)
        for row in found["rows"]
    ]
    notice = (
        "A newer list was published while you worked. Nothing was ordered; check the lines and submit again."
    )
    return await _form(request, session, api, outlet, lines, found, notice=notice, status=409)


async def _again(
    request: Request,
    session: Session,
    api: Api,
    outlet: str | None,
    lines: list[Line],
    form: Any,
    notice: str | None,
    refused: Refused | None = None,
) -> Response:
    found = {"total_rows": len(lines)}
    return await _form(
        request,
        session,
        api,
        outlet,
        lines,
        found,
        notice=notice,
        form_key=str(form.get("key", "")),
        refused=refused,
        status=422 if any(line.error for line in lines) or refused else 200,
    )


async def _form(
    request: Request,
    session: Session,
    api: Api,
    outlet: str | None,
    lines: list[Line],
    found: Mapping[str, Any],
    *,
    offset: int = 0,
    notice: str | None = None,
    form_key: str = "",
    refused: Refused | None = None,
    status: int = 200,
) -> Response:
    say = language_of(request, session)
    snapshot = await api.get("/v1/snapshot")
    done = await _done(api, session, outlet, snapshot["created_at"])
    return page(
        request,
        session,
        "suggestions.html",
        status=status,
        lines=lines,
        done=done,
        snapshot=snapshot,
        outlet=outlet,
        notice=notice,
        refused=refused,
        total=found["total_rows"],
        offset=offset,
        per_page=PAGE,
        form_key=form_key or secrets.token_hex(16),
        reasons=basket.REASONS,
        blocked=basket.why_blocked,
        may_order=bool(outlet) and session.opens(PARTS_ORDER),
        sums=_sums(line for line in lines if not done.order_of(line.row)),
        told={line.row["suggestion_id"]: sentence(line.row, say) for line in lines},
    )


async def _show_all(request: Request, session: Session, api: Api) -> Response:
    """Every active part with its verdict: why it is, or is not, suggested."""
    say = language_of(request, session)
    outlet, offset = _outlet(request.query_params, session), _offset(request)
    asked = request.query_params.get("q", "").strip().upper()
    found = await api.get(
        SUGGESTIONS, outlet_id=outlet, limit=100_000, order="part_id", columns="part_id,suggestion_id"
    )
    matches = [r["suggestion_id"] for r in found["rows"] if asked in r["part_id"].upper()]
    shown = matches[offset : offset + PAGE]
    rows = (await api.get(SUGGESTIONS, suggestion_id=shown, order="part_id"))["rows"] if shown else []
    return page(
        request,
        session,
        "why_not.html",
        rows=rows,
        asked=asked,
        total=len(matches),
        offset=offset,
        per_page=PAGE,
        outlet=outlet,
        snapshot=await api.get("/v1/snapshot"),
        told={row["suggestion_id"]: sentence(row, say) for row in rows},
    )


async def _done(api: Api, session: Session, outlet: str | None, created_at: str) -> Done:
    """Orders and decisions newer than the snapshot, so that nobody orders twice."""
    if outlet is None or not session.reads(PARTS_ORDER):
        return Done({}, frozenset())
    published = datetime.fromisoformat(created_at)
    since = (published - LOOK_BACK).isoformat()
    ordered: dict[str, tuple[str, int]] = {}
    for order in await api.all(PARTS_ORDER.collection, outlet_id=outlet, ordered_at_from=since):
        if order["state"] in DEAD:
            continue
        is_newer = datetime.fromisoformat(order["data"]["ordered_at"]) >= published
        for line in order["data"]["lines"]:
            for name in (line.get("suggestion_id"), line["part_id"] if is_newer else None):
                if name:
                    ordered[name] = (order["key"], line["quantity"])
    answers = await api.all(
        "suggestion_decisions", outlet_id=outlet, decided_at_from=since, decision="decline"
    )
    return Done(ordered, frozenset(a["data"]["suggestion_id"] for a in answers))


async def _descriptions(api: Api, parts: Iterable[str]) -> Mapping[str, str]:
    """Part number -> what it is, for those the catalogue knows."""
    wanted = sorted(set(parts))
    if not wanted:
        return {}
    found = await api.get(
        "/v1/insights/dim_part", part_id=wanted, columns="part_id,description", limit=len(wanted)
    )
    return {row["part_id"]: row["description"] for row in found["rows"]}


def _sums(lines: Iterable[Line]) -> Mapping[str, int]:
    """Currency -> minor units of the lines that would be ordered as they stand."""
    sums: dict[str, int] = {}
    for line in lines:
        if line.is_ordered and basket.why_blocked(line.row) is None:
            currency = line.row["currency"]
            sums[currency] = sums.get(currency, 0) + int(line.quantity or 0) * line.row["unit_price_minor"]
    return sums


def _outlet(given: Mapping[str, Any], session: Session) -> str | None:
    """The outlet asked for, else the user's first. The API decides whether it may be seen."""
    return str(given.get("outlet") or "") or (session.outlets[0] if session.outlets else None)


def _offset(request: Request) -> int:
    text = request.query_params.get("offset", "0")
    return int(text) if text.isdigit() and len(text) < 9 else 0
