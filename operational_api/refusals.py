"""Every way to refuse a request, each one class with its status, and how it is written (RFC 9457).

    Refusal
    ├── BadRequest 400         the request itself is wrong: no key, no JSON
    ├── NotSignedIn 401
    ├── NotAllowed 403         you see it, but may not do that
    ├── NotFound 404           nothing there for you; another outlet's record is nothing
    ├── NoMethod 405
    ├── TooSlow 408            the body did not come in time
    ├── Conflict 409           state, taken key, or the same request still under way
    │   └── NoFunds 409        the account cannot pay; the figures stand in the detail
    ├── Stale 412              changed since you read it
    ├── TooLarge 413
    ├── Invalid 422            a field broke a rule; every error is listed
    │   └── KeyReused 422      the idempotency key belongs to another request
    ├── NoVersion 428          If-Match is missing
    ├── TooMany 429            wait before the next try
    ├── Failed 500             a mistake of ours
    └── Unavailable 503        the database is away or recovering: come again

A refused write wrote nothing. Refusals are made in English and leave in the language of the request: its
Accept-Language, else the account's own. `type`, `field` and the numbers stay as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from operational_api.wording import language_of, said

PROBLEM_JSON = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with one field, by which rule, and what to do about it.

    `suggestions`: values that would do, likeliest first. They are offered; nothing takes them by itself.
    """

    field: str
    rule: str
    remedy: str
    suggestions: tuple[str, ...] = ()


class Refusal(Exception):
    """Base of all; `detail` is a sentence for the reader."""

    status = HTTPStatus.BAD_REQUEST
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed, set per class

    def __init__(self, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)

    @property
    def code(self) -> str:
        """The class as a word, which is also the end of the problem's type."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class BadRequest(Refusal):
    status = HTTPStatus.BAD_REQUEST


class NotSignedIn(Refusal):
    status = HTTPStatus.UNAUTHORIZED
    headers = {"www-authenticate": "Bearer"}  # noqa: RUF012


class NotAllowed(Refusal):
    status = HTTPStatus.FORBIDDEN


class NotFound(Refusal):
    status = HTTPStatus.NOT_FOUND


class NoMethod(Refusal):
    status = HTTPStatus.METHOD_NOT_ALLOWED


class TooSlow(Refusal):
    status = HTTPStatus.REQUEST_TIMEOUT


class Conflict(Refusal):
    status = HTTPStatus.CONFLICT


class NoFunds(Conflict):
    pass


class Stale(Refusal):
    status = HTTPStatus.PRECONDITION_FAILED


class TooLarge(Refusal):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Invalid(Refusal):
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class KeyReused(Invalid):
    pass


class NoVersion(Refusal):
    status = HTTPStatus.PRECONDITION_REQUIRED


class TooMany(Refusal):
    status = HTTPStatus.TOO_MANY_REQUESTS
    headers = {"retry-after": "60"}  # noqa: RUF012


class Failed(Refusal):
    status = HTTPStatus.INTERNAL_SERVER_ERROR


class Unavailable(Refusal):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"retry-after": "1"}  # noqa: RUF012


class Problem(msgspec.Struct):
    """The body of every refusal."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...]
    request_id: str


def language_asked(request: Request) -> str:
    """Of the refusals of a request: what it accepts, else what its account reads."""
    return language_of(request.headers.get("accept-language"), request.scope.get("language"))


def error_said(error: FieldError, language: str) -> FieldError:
    return FieldError(
        error.field, said(error.rule, language), said(error.remedy, language), error.suggestions
    )


def problem_response(refusal: Refusal, language: str) -> Response:
    problem = Problem(
        type=f"/problems/{refusal.code}",
        title=said(HTTPStatus(refusal.status).phrase, language),
        status=int(refusal.status),
        detail=said(refusal.detail, language),
        errors=tuple(error_said(e, language) for e in refusal.errors),
        request_id=uuid.uuid4().hex,
    )
    return Response(
        msgspec.json.encode(problem),
        status_code=int(refusal.status),
        media_type=PROBLEM_JSON,
        headers={
            **refusal.headers,
            "x-request-id": problem.request_id,
            "content-language": language,
            "vary": "Accept-Language",
        },
    )


def install(app: FastAPI) -> None:
    """Every refusal, wherever it is raised below `app`, leaves as a problem."""
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem_response(error, language_asked(request))


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError(
            ".".join(str(p) for p in e["loc"][1:]), e["type"], f"{e['msg']}; correct it and send again"
        )
        for e in error.errors()
    ]
    return problem_response(Invalid("the request breaks its contract", errors), language_asked(request))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refusal = Refusal(str(error.detail))
    refusal.status = HTTPStatus(error.status_code)
    refusal.headers = dict(error.headers or {})
    return problem_response(refusal, language_asked(request))
