"""Signing in to the pages: a form of plain HTML, and the token in a cookie that no script can read.

Streamlit forgets its session with the tab. The cookie lasts as long as the browser, so a link with its
filters opens in a new tab as it is, a reload signs nobody out, and whoever is not signed in comes back
to the page that was asked for.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import quote

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from apps import menu, words
from apps.api_client import Api, ApiProblem, ApiUnreachable
from apps.session import COOKIE, is_valid, read_token

PATH, OUT_PATH = "/sign-in", "/sign-out"
_FORM = jinja2.Environment(autoescape=True).from_string(
    Path(__file__).with_name("sign_in.html").read_text(encoding="utf-8")
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def routes(api_url: str) -> list[Route]:
    """The form, what it sends, and the way out; `api_url` is whose accounts they are."""
    return [
        Route(PATH, _show, methods=["GET"]),
        Route(PATH, partial(_check, api_url), methods=["POST"]),
        Route(OUT_PATH, _leave, methods=["GET"]),
    ]


class SignedInFirst:
    """Whoever asks for a page without a valid token is sent to the form, with the way back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _asks_for_page(request := Request(scope)):
            token = request.cookies.get(COOKIE)
            elsewhere = _to_first(request, str(token)) if is_valid(token) else _to_form(request)
            await (elsewhere or self._app)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _asks_for_page(request: Request) -> bool:
    """A browser that opens an address; Streamlit's own files and probes are not asked for as HTML."""
    is_document = "text/html" in request.headers.get("accept", "")
    return request.method == "GET" and is_document and request.url.path not in (PATH, OUT_PATH)


def _to_first(request: Request, token: str) -> RedirectResponse | None:
    """Streamlit knows a role's first page by the bare address alone; its name leads there as well."""
    if request.url.path != f"/{menu.first(read_token(token).role)}":
        return None
    bare = f"/?{request.url.query}" if request.url.query else "/"
    return RedirectResponse(bare, status_code=303, headers=_HEADERS)


def _to_form(request: Request) -> RedirectResponse:
    here = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return RedirectResponse(f"{PATH}?next={quote(here)}", status_code=303, headers=_HEADERS)


async def _show(request: Request) -> Response:
    return _form(own_path(request.query_params.get("next", "/")))


async def _check(api_url: str, request: Request) -> Response:
    """The cookie and the page that was asked for, or the form again with the API's reason."""
    form = await request.form()
    username, password, way_back = (str(form.get(n, "")) for n in ("username", "password", "next"))
    way_back = own_path(way_back)
    if _is_from_elsewhere(request):
        return _form(way_back, username, "Sign in from this page.", status=403)
    try:
        token = await run_in_threadpool(Api(api_url).sign_in, username, password)
    except ApiProblem as problem:
        return _form(way_back, username, problem.detail, status=problem.status)
    except ApiUnreachable as away:
        return _form(way_back, username, f"{away}. Start everything with `dms up`.", status=503)
    answer = RedirectResponse(way_back, status_code=303, headers=_HEADERS)
    # Lax: a link in a colleague's message opens; a form or socket of another site brings no cookie.
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


async def _leave(request: Request) -> Response:
    if _is_from_elsewhere(request):
        return RedirectResponse("/", status_code=303, headers=_HEADERS)
    answer = RedirectResponse(PATH, status_code=303, headers=_HEADERS)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def own_path(path: str) -> str:
    """A path of this server and nothing else, so that a link cannot lead a signed-in user away."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else "/"


def _is_from_elsewhere(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _form(way_back: str, username: str = "", refused: str = "", *, status: int = 200) -> HTMLResponse:
    html = _FORM.render(product=words.PRODUCT, next=way_back, username=username, refused=refused)
    return HTMLResponse(html, status_code=status, headers=_HEADERS)
