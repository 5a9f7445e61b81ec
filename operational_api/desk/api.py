"""The desk as a client of the API it lives in: same routes, same token, no network.

In: the running application and a bearer token. Out: parsed answers, or `Refused` with the problem
details that the API gave.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from starlette.types import ASGIApp

PAGE = 200
PAGES = 20
Json = Any  # what json.loads gives; pages pick known keys from it


class Refused(Exception):
    """The API said no; carries its RFC 9457 problem details."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('title', '')}: {problem.get('detail', '')}")
        self.status = status
        self.title = str(problem.get("title") or "")
        self.detail = str(problem.get("detail") or "")
        self.request_id = str(problem.get("request_id") or "")
        self.errors: list[Mapping[str, Any]] = list(problem.get("errors") or [])


class Api:
    """Calls for one request of one user; use as an async context manager."""

    def __init__(
        self,
        app: ASGIApp,
        token: str | None = None,
        *,
        language: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`language`: the words of the page, in which refusals are to come; where they cannot, in English."""
        headers = {"Authorization": f"Bearer {token}"} if token else dict(headers or {})
        if language:
            headers["Accept-Language"] = f"{language},en;q=0.5"
        # base_url is required by httpx and never resolved: the transport calls the app.
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://desk.internal", headers=headers
        )

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, **parameters: Any) -> Json:
        given = {k: v for k, v in parameters.items() if v is not None}
        return _answer(await self._client.get(path, params=given))

    async def file(self, path: str, **parameters: Any) -> httpx.Response:
        """An answer that is no JSON, passed on as it is."""
        given = {k: v for k, v in parameters.items() if v is not None}
        response = await self._client.get(path, params=given)
        if not response.is_success:
            _answer(response)
        return response

    async def all(self, collection: str, **parameters: Any) -> list[Json]:
        """Every document of a filtered list, page by page; at most PAGES pages."""
        found: list[Json] = []
        after: str | None = None
        for _ in range(PAGES):
            page = await self.get(f"/v1/{collection}", limit=PAGE, after=after, **parameters)
            found += page["items"]
            after = page["next"]
            if after is None:
                break
        return found

    async def open(self, collection: str, body: Mapping[str, Any], *, idempotency_key: str) -> Json:
        headers = {"Idempotency-Key": idempotency_key}
        return _answer(await self._client.post(f"/v1/{collection}", json=body, headers=headers))

    async def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """A question whose words belong in no address."""
        return _answer(await self._client.post(path, json=body))

    async def open_many(
        self, collection: str, lines: Sequence[Mapping[str, Any]], *, idempotency_key: str
    ) -> Json:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        headers = {"Idempotency-Key": idempotency_key, "Content-Type": "application/x-ndjson"}
        return _answer(await self._client.post(f"/v1/{collection}/bulk", content=text, headers=headers))

    async def move(
        self, path: str, body: Mapping[str, Any], *, version: str | int, idempotency_key: str | None = None
    ) -> Json:
        headers = {"If-Match": f'"{version}"'}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        return _answer(await self._client.post(path, json=body, headers=headers))

    async def token(self, username: str, password: str) -> str:
        form = {"username": username, "password": password, "grant_type": "password"}
        return str(_answer(await self._client.post("/token", data=form))["access_token"])


def _answer(response: httpx.Response) -> Json:
    if response.is_success:
        return response.json()
    try:
        problem = response.json()
    except ValueError:
        problem = {"title": response.reason_phrase, "detail": ""}
    raise Refused(response.status_code, problem if isinstance(problem, dict) else {})
