"""One way to answer with a page: template, words, headers that let nothing foreign in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from operational_api.desk import forms
from operational_api.desk.api import Refused
from operational_api.desk.language import LANGUAGES, Language, language_for
from operational_api.desk.session import LANGUAGE_COOKIE, Session

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["label"] = forms.label
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def language_of(request: Request, session: Session | None) -> Language:
    """Chosen on the page, else the user's own, else the browser's."""
    return language_for(
        request.cookies.get(LANGUAGE_COOKIE),
        session.language if session else None,
        request.headers.get("accept-language"),
    )


def page(
    request: Request, session: Session | None, template: str, *, status: int = 200, **values: Any
) -> HTMLResponse:
    say = language_of(request, session)
    html = _TEMPLATES.get_template(template).render(
        say=say, session=session, languages=LANGUAGES, back=_here(request), **values
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def _here(request: Request) -> str:
    """This page, to come back to; a page that answered a form is not asked for again."""
    query = request.url.query if request.method == "GET" else ""
    return f"{request.url.path}?{query}" if query else request.url.path


def problem_page(request: Request, session: Session | None, refused: Refused) -> HTMLResponse:
    return page(request, session, "problem.html", status=refused.status, refused=refused)


def go_to(path: str) -> RedirectResponse:
    """See-other, so that a reload never posts again."""
    return RedirectResponse(path, status_code=303, headers=HEADERS)
