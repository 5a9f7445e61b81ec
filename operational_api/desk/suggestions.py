"""Suggestions page: what to order today and why; edit, decline, add, submit once.

In: the open suggestions of one outlet (`today`), a form. Out: pages, and through `ordering` one parts order
and its decisions, however often the form is sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk import basket, ordering, returns
from operational_api.desk.api import Api, Refused
from operational_api.desk.basket import Line
from operational_api.desk.outlets import choose_outlet
from operational_api.desk.page import HEADERS, go_to, language_of, page
from operational_api.desk.sentences import sentence, successor_of
from operational_api.desk.session import Session, form_is_ours
from operational_api.desk.terms import order_terms
from operational_api.desk.today import ALL, SUGGESTIONS, Tab, Today, rows_of, today
from operational_api.documents.parts_order import PARTS_ORDER

PAGE = 30  # lines; keeps a page below 100 kB in every script
NEWER = "A newer list was published while you worked. Nothing was ordered; check the lines and submit again."
TAKEN = "Some lines were ordered by somebody else meanwhile and are taken off. Check and submit again."
WRONG = "Nothing was ordered. Correct the marked lines."


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for one outlet's suggestions."""

    request: Request
    session: Session
    api: Api
    outlet: str | None
    form: Mapping[str, Any]


async def show(request: Request, session: Session, api: Api) -> Response:
    """The list: recommended, or every part with why and why not."""
    visit = Visit(request, session, api, _outlet(request.query_params, session), {})
    if visit.outlet is None:
        title = "What to order today"
        return await choose_outlet(request, session, api, to="/desk/suggestions", title=title)
    if request.query_params.get("tab") == "all":
        return await _show_all(visit)
    now, offset = await today(api, session, visit.outlet), _offset(request)
    tab = _tab(request.query_params, now)
    rows = await rows_of(api, now.tabs[tab][offset : offset + PAGE], visit.outlet)
    return await _list(visit, now, [basket.offered(row) for row in rows], tab=tab, offset=offset)


async def submit(request: Request, session: Session, api: Api) -> Response:
    """Order what the form says; show it again with every problem at its line when something is wrong."""
    form = await request.form(max_fields=5_000)
    if not form_is_ours(session, str(form.get("token", ""))):
        raise Refused(403, {"title": "Form expired", "detail": "Open the page again and send it once more."})
    visit = Visit(request, session, api, _outlet(form, session), form)
    names, added = _texts(form, "line"), set(_texts(form, "added"))
    rows = await rows_of(api, names, visit.outlet)
    lines = [basket.answered(row, form, added=row["suggestion_id"] in added) for row in rows]
    if "add" in form:
        return await _with_added(visit, lines)
    if len(str(form.get("key", ""))) < 16 or len(rows) != len(set(names)):
        return await _changed(visit)
    return await _ordered_or_why_not(visit, lines)


async def ordered(request: Request, session: Session, api: Api) -> Response:
    """The orders just written, as the API holds them; safe to reload."""
    keys = request.query_params.getlist("order")[:20]
    found = [await api.get(f"/v1/{PARTS_ORDER.collection}/{key}") for key in keys]
    names = await _descriptions(api, [line["part_id"] for o in found for line in o["data"]["lines"]])
    return page(request, session, "ordered.html", orders=found, names=names)


async def export(request: Request, session: Session, api: Api) -> Response:
    """The whole list with every figure as a file, the rows and masks those of the API."""
    wanted = "xlsx" if request.path_params["format"] == "xlsx" else "csv"
    outlet = _outlet(request.query_params, session)
    given = await api.file(SUGGESTIONS, format=wanted, outlet_id=outlet, limit=ALL)
    kept = {k: v for k, v in given.headers.items() if k in {"content-type", "content-disposition"}}
    return Response(given.content, headers={**HEADERS, **kept})


async def why(request: Request, session: Session, api: Api) -> Response:
    """One suggestion with every explanation row."""
    name = request.path_params["suggestion_id"]
    say = language_of(request, session)
    back = await _return(api, name)
    if back is not None:
        steps = (
            (await api.get(f"{SUGGESTIONS}/{name}/explanation"))["explanation"]
            if back["excess_units"]
            else []
        )
        told = returns.sentence(back, say)
        return page(request, session, "return_why.html", row=back, steps=steps, told=told)
    found = await api.get(f"{SUGGESTIONS}/{name}")
    row, steps = found["suggestion"], found["explanation"]
    return page(
        request, session, "why.html", row=row, steps=steps, told=sentence(row, say), successor=successor_of
    )


async def _return(api: Api, name: str) -> Mapping[str, Any] | None:
    """The return of that id; an older snapshot has none."""
    try:
        found = await api.get(returns.RETURNS, return_id=name, limit=1)
    except Refused as refused:
        if refused.status in {403, 404}:
            return None
        raise
    return found["rows"][0] if found["rows"] else None


async def _ordered_or_why_not(visit: Visit, lines: list[Line]) -> Response:
    now = await today(visit.api, visit.session, visit.outlet)
    form_key, run_id = str(visit.form["key"]), now.snapshot["snapshot_id"]
    # An order of this very form is no hindrance: the link dropped, and it is sent again.
    mine = basket.orders(lines, outlet=visit.outlet or "", form_key=form_key, run_id=run_id, at="")
    taken = {name for name, past in now.ordered.items() if past.order not in mine}
    free = [line for line in lines if line.row["suggestion_id"] not in taken]
    if len(free) < len(lines):
        return await _list(visit, now, free, notice=TAKEN, status=409)
    if any(line.error for line in lines) or not lines:
        return await _list(visit, now, lines, notice=WRONG, status=422)
    try:
        keys = await ordering.place(
            visit.api,
            lines,
            outlet=visit.outlet or "",
            form_key=form_key,
            run_id=run_id,
            state="draft" if "draft" in visit.form else "submitted",
        )
    except Refused as refused:
        if refused.status not in {400, 422}:
            raise
        return await _list(visit, now, lines, refused=refused, status=422)
    return go_to("/desk/ordered?" + "&".join(f"order={key}" for key in keys))


async def _with_added(visit: Visit, lines: list[Line]) -> Response:
    """The same page with one more line: a part that nobody suggested."""
    now = await today(visit.api, visit.session, visit.outlet)
    wanted = str(visit.form.get("add_part", "")).strip().upper().replace(" ", "")
    found = await visit.api.get(SUGGESTIONS, part_id=wanted, outlet_id=visit.outlet)
    if not wanted or not found["rows"]:
        return await _list(visit, now, lines, notice="No such part at this outlet.")
    row = found["rows"][0]
    told = None
    if (next_part := successor_of(row)) is not None:  # the old number stands for the new one
        told = sentence(row, language_of(visit.request, visit.session))
        newer = await visit.api.get(SUGGESTIONS, part_id=next_part, outlet_id=visit.outlet)
        row = newer["rows"][0] if newer["rows"] else row
    notice = basket.why_blocked(row)
    if row["verdict"] not in basket.ORDERABLE:
        notice = sentence(row, language_of(visit.request, visit.session))  # names the successor, say
    if notice is None and row["suggestion_id"] not in {line.row["suggestion_id"] for line in lines}:
        lines = [*lines, basket.offered(row, added=True)]
    return await _list(visit, now, lines, notice=notice or told)


async def _changed(visit: Visit) -> Response:
    """A newer list was published meanwhile: show it, keep what was typed where the line is the same."""
    now = await today(visit.api, visit.session, visit.outlet)
    rows = await rows_of(visit.api, now.tabs[_tab(visit.form, now)][:PAGE], visit.outlet)
    lines = [
        replace(basket.answered(row, visit.form), error=None)
        if f"q.{row['suggestion_id']}" in visit.form
        else basket.offered(row)
        for row in rows
    ]
    return await _list(visit, now, lines, notice=NEWER, status=409)


def _tab(given: Mapping[str, Any], now: Today) -> Tab:
    """The tab asked for; else the first that holds something, for who waits comes first."""
    asked = str(given.get("tab") or "")
    if asked in set(Tab):
        return Tab(asked)
    return next((tab for tab in (Tab.urgent, Tab.recommended, Tab.new) if now.tabs[tab]), Tab.recommended)


async def _list(
    visit: Visit,
    now: Today,
    lines: list[Line],
    *,
    tab: Tab | None = None,
    offset: int = 0,
    notice: str | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> Response:
    """The page of open lines. A form shown again keeps its key: it is still the same order."""
    say = language_of(visit.request, visit.session)
    tab = tab or _tab(visit.form, now)
    terms = await order_terms(visit.api, visit.outlet, wanted=now.sums[tab], spent=now.spent)
    return page(
        visit.request,
        visit.session,
        "suggestions.html",
        tab=tab,
        terms=terms,
        snooze_days=basket.SNOOZE_DAYS,
        status=status,
        lines=lines,
        now=now,
        outlet=visit.outlet,
        notice=notice,
        refused=refused,
        offset=offset,
        per_page=PAGE,
        form_key=str(visit.form.get("key") or secrets.token_hex(16)),
        reasons=basket.REASONS,
        blocked=basket.why_blocked,
        may_order=bool(visit.outlet) and visit.session.opens(PARTS_ORDER),
        told={line.row["suggestion_id"]: sentence(line.row, say) for line in lines},
    )


async def _show_all(visit: Visit) -> Response:
    """Every active part with its verdict: why it is, or is not, suggested."""
    say, offset = language_of(visit.request, visit.session), _offset(visit.request)
    asked = visit.request.query_params.get("q", "").strip()
    found = await visit.api.get(
        SUGGESTIONS,
        outlet_id=visit.outlet,
        limit=ALL,
        order="part_id",
        columns="suggestion_id,part_id,description",
    )
    matches = [r["suggestion_id"] for r in found["rows"] if _matches(r, asked.upper())]
    rows = await rows_of(visit.api, matches[offset : offset + PAGE], visit.outlet)
    return page(
        visit.request,
        visit.session,
        "why_not.html",
        rows=rows,
        asked=asked,
        total=len(matches),
        offset=offset,
        per_page=PAGE,
        outlet=visit.outlet,
        snapshot=await visit.api.get("/v1/snapshot"),
        told={row["suggestion_id"]: sentence(row, say) for row in rows},
        successor=successor_of,
    )


def _matches(row: Mapping[str, Any], asked: str) -> bool:
    return asked in row["part_id"].upper() or asked in (row["description"] or "").upper()


async def _descriptions(api: Api, parts: list[str]) -> Mapping[str, str]:
    """Part number -> what it is, for those the catalogue knows."""
    wanted = sorted(set(parts))
    if not wanted:
        return {}
    found = await api.get(
        "/v1/insights/dim_part", part_id=wanted, columns="part_id,description", limit=len(wanted)
    )
    return {row["part_id"]: row["description"] for row in found["rows"]}


def _texts(form: FormData, name: str) -> list[str]:
    return [str(value) for value in form.getlist(name)]


def _outlet(given: Mapping[str, Any], session: Session) -> str | None:
    """The outlet asked for, else the user's first. The API decides whether it may be seen."""
    return str(given.get("outlet") or "") or (session.outlets[0] if session.outlets else None)


def _offset(request: Request) -> int:
    text = request.query_params.get("offset", "0")
    return int(text) if text.isdigit() and len(text) < 9 else 0
