"""The pages' only way to data: the API, with the token of who is signed in.

In: an address and a token. Out: frames (as Arrow), parsed answers, file bytes; `ApiProblem` with the
API's own words, roles by name, when it says no, `ApiUnreachable` when it does not answer.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import polars as pl

from apps import words
from operational_api.duplicates import COMPARED
from operational_api.policy import MASK

Parameters = Sequence[tuple[str, str]]
PAGE_ROWS = 100_000
TIMEOUT = httpx.Timeout(30.0, connect=3.0)


class ApiProblem(Exception):
    """The API said no (RFC 9457)."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.detail = words.with_roles(str(body.get("detail") or body.get("title") or "no reason given"))
        self.errors = [_named(error) for error in body.get("errors") or []]
        self.request_id = str(body.get("request_id") or "")
        super().__init__(f"{status}: {self.detail}")

    def told(self) -> str:
        """What was refused, with a line per field: its rule and what to do about it."""
        lines = (f"\n- {e['field']}: {e['rule']}; {e['remedy']}" for e in self.errors)
        return "".join((self.detail, *lines))


class ApiUnreachable(Exception):
    """The API did not answer."""


class Api:
    """One user's calls. Closing is left to the session that holds it."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=TIMEOUT)

    def sign_in(self, username: str, password: str) -> str:
        """The user's token; ApiProblem 401 when the password is wrong."""
        form = {"grant_type": "password", "username": username, "password": password}
        return str(self._send("POST", "/token", data=form).json()["access_token"])

    def get(self, path: str, parameters: Parameters = ()) -> Any:
        return self._send("GET", path, params=list(parameters)).json()

    def table(self, name: str, parameters: Parameters = ()) -> pl.DataFrame:
        """Every row the user may see, page after page."""
        frames, offset = [], 0
        while True:
            page = [("format", "arrow"), ("limit", str(PAGE_ROWS)), ("offset", str(offset)), *parameters]
            answer = self._send("GET", f"/v1/insights/{name}", params=page)
            frames.append(pl.read_ipc_stream(io.BytesIO(answer.content)))
            offset += frames[-1].height
            if offset >= int(answer.headers["X-Total-Rows"]) or frames[-1].is_empty():
                return pl.concat(frames)

    def metric(self, metric_id: str, parameters: Parameters = ()) -> pl.DataFrame:
        """Groups, numerator, denominator, value, n; empty when nothing matches."""
        rows = self.get(f"/v1/metrics/{metric_id}", parameters)["rows"]
        return pl.DataFrame(rows, infer_schema_length=None)

    def export(self, name: str, parameters: Parameters = ()) -> bytes:
        """The table as an Excel file, with the user's scope and masks."""
        page = [("format", "xlsx"), ("limit", str(PAGE_ROWS)), *parameters]
        return self._send("GET", f"/v1/insights/{name}", params=page).content

    def documents(self, collection: str, parameters: Parameters = (), *, at_most: int = 1_000) -> list[Any]:
        """Documents of one type, following the pages until `at_most`."""
        found: list[Any] = []
        after: list[tuple[str, str]] = []
        while True:
            page = self.get(f"/v1/{collection}", [("limit", "500"), *parameters, *after])
            found.extend(page["items"])
            if not page.get("next") or len(found) >= at_most:
                return found[:at_most]
            after = [("after", str(page["next"]))]

    def open(self, collection: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Open one document. The same key again gives the first answer, not a second document."""
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return self._send("POST", f"/v1/{collection}", json=body, headers=headers).json()

    def find_duplicates(self, record: Mapping[str, Any]) -> list[Any]:
        """Records in scope that may be this customer too, most alike first; nothing is written."""
        typed = {name: record[name] for name in COMPARED if record.get(name) not in {None, MASK}}
        found: list[Any] = self._send("POST", "/v1/duplicates", json=typed).json()["items"]
        return found

    def move(
        self, collection: str, key: str, move: str, *, version: int, data: Mapping[str, Any] | None = None
    ) -> Any:
        """Make a move on the version the user saw; ApiProblem 412 when somebody was faster."""
        path = f"/v1/{collection}/{key}/{move}"
        headers = {"If-Match": f'"{version}"'}
        return self._send("POST", path, json={"data": dict(data or {})}, headers=headers).json()

    def accept_allocation(self, lines: Sequence[Mapping[str, Any]], *, idempotency_key: str) -> Any:
        """Documents of what a planner accepted, a result a line; the same key again writes nothing new."""
        headers = {"Idempotency-Key": idempotency_key}
        body = {"lines": list(lines)}
        return self._send("POST", "/v1/replenishment/allocations", json=body, headers=headers).json()

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as away:
            raise ApiUnreachable(f"the API at {self._http.base_url} does not answer ({away})") from away
        if answer.is_success:
            return answer
        raise ApiProblem(answer.status_code, _problem(answer))


def _named(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """The field as the API calls it; rule and remedy with roles by name."""
    return {
        name: words.with_roles(said) if name in {"rule", "remedy"} else said for name, said in error.items()
    }


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except json.JSONDecodeError:
        body = None
    return body if isinstance(body, dict) else {"detail": answer.text[:300] or answer.reason_phrase}
