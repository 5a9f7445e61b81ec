"""Addresses of the desk, in the order a user meets them: sign in, home, look-up, suggestions, documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from operational_api.desk import (
    bulletins,
    documents,
    lookup,
    outcomes,
    returns,
    suggestions,
    vehicle,
    work,
    workshop,
)
from operational_api.desk.api import Api, Refused
from operational_api.desk.language import LANGUAGES
from operational_api.desk.page import go_to, language_of, page, problem_page
from operational_api.desk.session import LANGUAGE_COOKIE, Session, form_is_ours, session_of, sign_in, sign_out
from operational_api.documents import DOCUMENTS
from operational_api.documents.approval import APPROVAL
from operational_api.documents.contact_task import CONTACT_TASK
from operational_api.documents.fund_account import FUND_ACCOUNT
from operational_api.documents.parts_order import PARTS_ORDER
from operational_api.documents.repair_order import REPAIR_ORDER

STATIC = Path(__file__).parent / "static"
FILES = {"desk.css": "text/css", "desk.js": "text/javascript"}
Shown = Callable[[Request, Session, Api], Awaitable[Response]]

router = APIRouter(prefix="/desk", include_in_schema=False)


def _page(path: str, method: str, show: Shown) -> None:
    """A page for the signed-in; others are sent to sign in and brought back."""

    async def route(request: Request) -> Response:
        session = session_of(request)
        if session is None:
            return go_to(_way_back(request))
        try:
            words = language_of(request, session).code
            async with Api(request.app, session.token, language=words) as api:
                return await show(request, session, api)
        except Refused as refused:
            if refused.status == 401:
                return go_to(_way_back(request))
            return problem_page(request, session, refused)

    router.add_api_route(path, route, methods=[method], response_model=None)


def _way_back(request: Request) -> str:
    """The sign-in page that leads on to where the reader was going, with what a link had filled in."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/desk/sign-in?next={quote(asked, safe='/')}"


@router.get("/static/{name}")
async def static(name: str) -> Response:
    if name not in FILES:
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return FileResponse(STATIC / name, media_type=FILES[name], headers=headers)


@router.get("/sign-in")
async def show_sign_in(request: Request) -> Response:
    return page(request, None, "sign_in.html", next=request.query_params.get("next", ""), refused=None)


@router.post("/sign-in")
async def do_sign_in(request: Request) -> Response:
    """The API checks name and password; the page keeps the token it gives."""
    form = await request.form()
    next_path = str(form.get("next", ""))
    try:
        async with Api(request.app, language=language_of(request, None).code) as api:
            token = await api.token(str(form.get("username", "")), str(form.get("password", "")))
    except Refused as refused:
        return page(request, None, "sign_in.html", status=refused.status, next=next_path, refused=refused)
    # Only our own pages: an address with a host could send the user elsewhere.
    is_ours = next_path.startswith("/desk") and "//" not in next_path and "\\" not in next_path
    answer = go_to(next_path if is_ours else "/desk")
    sign_in(answer, request, token)
    return answer


@router.post("/sign-out")
async def do_sign_out(request: Request) -> Response:
    session = session_of(request)
    given = str((await request.form()).get("token", ""))
    answer = go_to("/desk/sign-in")
    if session is not None and form_is_ours(session, given):
        sign_out(answer)
    return answer


@router.get("/language/{code}")
async def choose_language(request: Request, code: str) -> Response:
    """Keep the choice for a year; back to the page it was made on."""
    back = request.query_params.get("back", "/desk")
    answer = go_to(back if back.startswith("/desk") and "//" not in back else "/desk")
    if code in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, code, max_age=31_536_000, samesite="lax", path="/desk", httponly=True
        )
    return answer


async def _home(request: Request, session: Session, api: Api) -> Response:
    """What this user can do here, by area."""
    areas: dict[str, list[object]] = {}
    for document in DOCUMENTS:
        if session.reads(document):
            areas.setdefault(document.area, []).append(document)
    return page(
        request,
        session,
        "home.html",
        areas=areas,
        orders_parts=session.reads(PARTS_ORDER),
        sees_workshop=session.reads(REPAIR_ORDER),
        works=session.reads(CONTACT_TASK),
        approves=session.reads(APPROVAL),
        sees_funds=session.reads(FUND_ACCOUNT),
        unread=await _unread(session, api),
    )


async def _unread(session: Session, api: Api) -> int:
    """Bulletins to read; a start page that cannot count them is still a start page."""
    try:
        return len((await bulletins.board(api, session)).unread)
    except Refused:
        return 0


_page("", "GET", _home)
_page("/find", "GET", lookup.show)
_page("/vehicles/{vin}", "GET", vehicle.show)
_page("/workshop", "GET", workshop.show)
_page("/work", "GET", work.show_work)
_page("/approvals", "GET", work.show_approvals)
_page("/funds", "GET", work.show_funds)
_page("/bulletins", "GET", bulletins.show)
_page("/bulletins/{key}/read", "POST", bulletins.confirm)
_page("/suggestions", "GET", suggestions.show)
_page("/suggestions", "POST", suggestions.submit)
_page("/suggestions/{suggestion_id}", "GET", suggestions.why)
_page("/export/suggestions.{format}", "GET", suggestions.export)
_page("/ordered", "GET", suggestions.ordered)
_page("/returns", "GET", returns.show)
_page("/returns", "POST", returns.submit)
_page("/outcomes", "GET", outcomes.show)
_page("/documents/{collection}", "GET", documents.show_list)
_page("/documents/{collection}/new", "GET", documents.show_new)
_page("/documents/{collection}/new", "POST", documents.open_new)
_page("/documents/{collection}/{key}", "GET", documents.show_one)
_page("/documents/{collection}/{key}/{move}", "POST", documents.make_move)
