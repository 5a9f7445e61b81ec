"""The form of the pages: a cookie for the right password, and never a way out of this server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from apps.session import COOKIE, read_token
from apps.sign_in import SignedInFirst, own_path, routes

pytestmark = pytest.mark.db
BROWSER = {"accept": "text/html,application/xhtml+xml"}


async def _page(request: Request) -> PlainTextResponse:
    return PlainTextResponse("figures")


@pytest.fixture
def browser(served) -> Iterator[TestClient]:
    """The routes of the sign-in before a page that stands for Streamlit's."""
    pages = Starlette(
        routes=[*routes(served.url), Route("/{path:path}", _page)], middleware=[Middleware(SignedInFirst)]
    )
    with TestClient(pages, follow_redirects=False, headers=BROWSER) as client:
        yield client


def _sent(browser: TestClient, password: str, **more: str):
    return browser.post("/sign-in", data={"username": "paula", "password": password, **more})


def test_a_page_without_a_token_leads_to_the_form_and_back_with_its_filters(browser, password: str):
    asked = browser.get("/forecast_review?market=AE&series=KESTA")
    assert (asked.status_code, asked.headers["location"]) == (
        303, "/sign-in?next=/forecast_review%3Fmarket%3DAE%26series%3DKESTA",
    )  # fmt: skip
    form = browser.get(asked.headers["location"])
    assert 'value="/forecast_review?market=AE&amp;series=KESTA"' in form.text
    done = _sent(browser, password, next="/forecast_review?market=AE&series=KESTA")
    assert done.headers["location"] == "/forecast_review?market=AE&series=KESTA"
    assert browser.get("/plan_grid").text == "figures"


def test_a_roles_first_page_is_found_under_its_name_too(browser, password: str):
    _sent(browser, password)
    asked = browser.get("/forecast_review?market=AE")
    assert (asked.status_code, asked.headers["location"]) == (303, "/?market=AE")
    assert browser.get("/?market=AE").text == "figures"


def test_no_script_and_no_other_site_gets_the_token(browser, password: str):
    cookie = _sent(browser, password).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert read_token(browser.cookies[COOKIE]).subject == "paula"


def test_a_wrong_password_stays_at_the_form_keeps_the_name_and_says_so(browser):
    answer = _sent(browser, "wrong", next="/scorecard")
    assert answer.status_code == 401
    assert 'value="paula"' in answer.text
    assert 'value="/scorecard"' in answer.text
    assert 'role="alert"' in answer.text
    assert COOKIE not in browser.cookies


def test_what_is_typed_is_shown_and_never_run(browser):
    answer = browser.post("/sign-in", data={"username": '"><script>x</script>', "password": "wrong"})
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org", "/\\example.org", "javascript:x", "", "/a\nb"]
)
def test_the_way_back_never_leaves_this_server(elsewhere: str):
    assert own_path(elsewhere) == "/"


def test_a_form_of_another_site_signs_nobody_in_and_its_link_nobody_out(browser, password: str):
    foreign = {"sec-fetch-site": "cross-site"}
    sent = browser.post("/sign-in", data={"username": "paula", "password": password}, headers=foreign)
    assert (sent.status_code, COOKIE in browser.cookies) == (403, False)
    _sent(browser, password)
    browser.get("/sign-out", headers=foreign)
    assert COOKIE in browser.cookies
    browser.get("/sign-out")
    assert COOKIE not in browser.cookies


def test_an_expired_or_broken_token_asks_to_sign_in(browser):
    expired = "e30.eyJzdWIiOiJwIiwicm9sZSI6ImFkbWluIiwiZXhwIjoxfQ.x"
    for token in (expired, "nonsense", "a.b.c"):
        browser.cookies.set(COOKIE, token)
        assert browser.get("/scorecard").status_code == 303
        browser.cookies.clear()


def test_probes_and_files_of_the_server_need_no_cookie(browser):
    assert browser.get("/_stcore/health", headers={"accept": "*/*"}).text == "figures"
