"""Every document route, read off the declarations, found by two look-ups instead of three hundred patterns.

In: HTTP under /v1/{collection}. Out: JSON, or a problem. `openapi.py` describes the same routes.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec
from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Message, Receive, Scope, Send

from operational_api import adf, bulk, call_offs, payload, reads, sheets, star, writes
from operational_api.access import actor_of
from operational_api.document import Document
from operational_api.documents import DOCUMENTS
from operational_api.policy import may_read
from operational_api.refusals import (
    BadRequest,
    Failed,
    FieldError,
    Invalid,
    NoMethod,
    NotFound,
    Refusal,
    TooLarge,
    TooSlow,
    language_asked,
    problem_response,
)

PREFIX = "/v1/"
MOST_BODY, MOST_BULK_BODY = 1024 * 1024, 16 * 1024 * 1024
BODY_SECONDS = 60.0
_ETAG = re.compile(r'(?:W/)?"?([1-9][0-9]{0,8})"?')
_BY_COLLECTION = {d.collection: d for d in DOCUMENTS}
_ACTIONS = {d.name: frozenset(payload.actions(d)) - {"amend"} for d in DOCUMENTS}
_PAGE_WORDS = frozenset({"limit", "after", "order", "format"})
_TEMPLATES = {f"template.{sheet}": sheet for sheet in sheets.Sheet}


_log = logging.getLogger(__name__)


class Api(FastAPI):
    """FastAPI that hands document requests straight to their routes: its layers cost more than our answer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._documents = DocumentRoutes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        matched, found = self._documents.matches(scope)
        if matched is Match.FULL:
            scope.update(found, app=self)
            await self._documents.handle(scope, receive, send)
        else:
            await super().__call__(scope, receive, _with_rates(scope, send))


def _with_rates(scope: Scope, send: Send) -> Send:
    """Adds what is left of the caller's minute, which is known once he is."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and "rate_headers" in scope:
            message["headers"] = [*message["headers"], *scope["rate_headers"]]
        await send(message)

    return sending if scope["type"] == "http" else send


class DocumentRoutes(BaseRoute):
    """One route of the application that serves every collection."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            return Match.NONE, {}
        # The path as sent: a key may hold a slash, written %2F.
        raw = scope.get("raw_path") or scope["path"].encode()
        segments = raw.split(b"?", 1)[0].decode("latin-1").split("/")[2:]
        document = _BY_COLLECTION.get(segments[0])
        if document is None:
            return Match.NONE, {}
        return Match.FULL, {"document": document, "segments": [_unquoted(s) for s in segments[1:]]}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            response = await _dispatch(request, scope["document"], scope["segments"])
        except Refusal as refusal:
            response = problem_response(refusal, language_asked(request))
        except ClientDisconnect:
            return
        except Exception:
            _log.exception("%s %s failed", request.method, request.url.path)
            failed = Failed("a mistake of ours; it is in the log under this request")
            response = problem_response(failed, language_asked(request))
        response.raw_headers.extend(scope.get("rate_headers", ()))
        await response(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        raise NoMatchFound(name, path_params)


Handler = Callable[[Request, Document, list[str]], Awaitable[Response]]


async def _dispatch(request: Request, document: Document, segments: list[str]) -> Response:
    handlers = _handlers(document, segments)
    handler = handlers.get("GET" if request.method == "HEAD" else request.method)
    if not handlers:
        raise NotFound(f"there is no such address below /v1/{document.collection}")
    if handler is None:
        refusal = NoMethod(f"{request.method} is not served here; there is {', '.join(sorted(handlers))}")
        refusal.headers = {"allow": ", ".join(sorted(handlers))}
        raise refusal
    return await handler(request, document, segments)


def _handlers(document: Document, segments: list[str]) -> dict[str, Handler]:
    """By method, for what stands after the collection."""
    match segments:
        case []:
            return {"GET": _page, "POST": _open}
        case ["bulk"]:
            return {"POST": _bulk}
        case ["delfor"] if document.name == "call_off":
            return {"POST": _open_delfor}
        case ["adf"] if document.name == "lead":
            return {"POST": _open_adf}
        case ["star"] if document.name in star.NOUNS:
            return {"POST": _open_star}
        case [_, "star"] if document.name in star.NOUNS:
            return {"GET": _read_star}
        case [name] if name in _TEMPLATES:
            return {"GET": _template}
        case [_]:
            return {"GET": _read, **({"PATCH": _change} if document.amend_in else {})}
        case [_, "history"]:
            return {"GET": _history}
        case [_, action] if action in _ACTIONS[document.name]:
            return {"POST": _change}
    return {}


async def _open(request: Request, document: Document, _: list[str]) -> Response:
    actor = await actor_of(request)
    body = await _body(request, MOST_BODY)
    key = request.headers.get("idempotency-key")
    answer = await writes.open_document(request.app.state.pool, actor, document, body, key)
    return _written(document, answer, 201)


async def _change(request: Request, document: Document, segments: list[str]) -> Response:
    actor = await actor_of(request)
    key, action = segments[0], (segments[1] if len(segments) == 2 else "amend")
    body = await _body(request, MOST_BODY)
    answer = await writes.change_document(
        request.app.state.pool, actor, document, key, action, body,
        version=_expected_version(request), idempotency_key=request.headers.get("idempotency-key"),
    )  # fmt: skip
    return _written(document, answer, 200)


async def _bulk(request: Request, document: Document, _: list[str]) -> Response:
    actor = await actor_of(request)
    body = await _body(request, MOST_BULK_BODY)
    key = request.headers.get("idempotency-key") or ""
    language = language_asked(request)
    answer, is_replay = await bulk.write_lines(
        request.app.state.pool, actor, document, body, key,
        is_history=request.query_params.get("history") == "true", language=language,
    )  # fmt: skip
    # A replay is the first answer, in whatever language that was.
    return _json(answer, 200, {"idempotent-replay": "true"} if is_replay else {"content-language": language})


async def _read(request: Request, document: Document, segments: list[str]) -> Response:
    actor = await actor_of(request)
    body, version = await reads.read_document(request.app.state.pool, actor, document, segments[0])
    return _json(body, 200, {"etag": f'"{version}"'})


async def _history(request: Request, document: Document, segments: list[str]) -> Response:
    actor = await actor_of(request)
    return _json(await reads.read_history(request.app.state.pool, actor, document, segments[0]))


async def _open_star(request: Request, document: Document, _: list[str]) -> Response:
    noun = star.NOUNS[document.name]
    return await _open_from(request, document, lambda raw: star.opening(noun, raw))


async def _open_delfor(request: Request, document: Document, _: list[str]) -> Response:
    actor = await actor_of(request)
    raw = await _body(request, MOST_BODY)
    key = request.headers.get("idempotency-key")
    return _written(document, await call_offs.take(request.app.state.pool, actor, raw, key), 201)


async def _open_adf(request: Request, document: Document, _: list[str]) -> Response:
    return await _open_from(request, document, adf.opening)


async def _open_from(
    request: Request, document: Document, read: Callable[[bytes], dict[str, Any]]
) -> Response:
    """A message of another standard, opened through the same door as any document."""
    actor = await actor_of(request)
    body = read(await _body(request, MOST_BODY))
    key = request.headers.get("idempotency-key")
    answer = await writes.open_document(request.app.state.pool, actor, document, body, key)
    return _written(document, answer, 201)


async def _read_star(request: Request, document: Document, segments: list[str]) -> Response:
    actor = await actor_of(request)
    answer, version = await reads.read_document(request.app.state.pool, actor, document, segments[0])
    body = star.message(star.NOUNS[document.name], msgspec.json.decode(answer), now=datetime.now(UTC))
    return Response(body, media_type=star.MEDIA_TYPE, headers={"etag": f'"{version}"'})


async def _template(request: Request, document: Document, segments: list[str]) -> Response:
    actor = await actor_of(request)
    if not may_read(actor, document):
        raise NotFound(f"there is no collection {document.collection} for you")
    sheet = _TEMPLATES[segments[0]]
    return _file(sheets.template(document, sheet), sheet, f"{document.name}-template")


async def _export(request: Request, document: Document, given: Mapping[str, str]) -> Response:
    actor = await actor_of(request)
    sheet = sheets.parse_sheet(given["format"])
    filters = {name: value for name, value in given.items() if name not in _PAGE_WORDS}
    body = await sheets.export(request.app.state.pool, actor, document, sheet, filters)
    return _file(body, sheet, document.collection)


def _file(body: bytes, sheet: sheets.Sheet, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}.{sheet}"'}
    return Response(body, media_type=sheets.MEDIA_TYPES[sheet], headers=headers)


async def _page(request: Request, document: Document, _: list[str]) -> Response:
    given = request.query_params
    if given.get("format", "json") != "json":
        return await _export(request, document, given)
    actor = await actor_of(request)
    order = given.get("order", "key")
    if order not in {"key", "-key"}:
        raise Invalid("order", [FieldError("order", "key or -key", "correct it")])
    if "\x00" in given.get("after", ""):
        raise Invalid("after", [FieldError("after", "the key that the last page ended with", "correct it")])
    page = await reads.read_page(
        request.app.state.pool, actor, document,
        limit=reads.parse_limit(given.get("limit")),
        after=given.get("after", ""),
        filters={name: value for name, value in given.items() if name not in _PAGE_WORDS},
        newest_first=order == "-key",
    )  # fmt: skip
    return _json(page.body)


def _written(document: Document, answer: writes.Answer, status: int) -> Response:
    headers = {"etag": f'"{answer.version}"', "location": f"{PREFIX}{document.collection}/{answer.key}"}
    if answer.is_replay:
        headers["idempotent-replay"] = "true"
    return _json(answer.body, status, headers)


def _json(body: str | bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def _expected_version(request: Request) -> int | None:
    text = request.headers.get("if-match")
    if text is None:
        return None
    matched = _ETAG.fullmatch(text.strip())
    if matched is None:
        raise BadRequest('If-Match is the ETag of the document as you saw it, such as "3"')
    return int(matched[1])


async def _body(request: Request, most: int) -> bytes:
    """The body, refused as soon as it is known to be too large."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise TooLarge(f"the body has {announced} bytes; at most {most} are taken")
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise TooLarge(f"the body has more than {most} bytes")
                chunks.append(chunk)
    except TimeoutError as error:
        raise TooSlow(f"the body was not there after {BODY_SECONDS:.0f} s") from error
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _unquoted(segment: str) -> str:
    return unquote(segment, errors="replace")
