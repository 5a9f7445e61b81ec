"""The application over a fresh migrated database, two dealers' outlets and the people who call it."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from operational_api.access import Actor, grants_of
from operational_api.app import create_app
from operational_api.desk.session import COOKIE
from operational_api.document import Document, Field, Grant, Kind
from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import Settings

AsUser = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]

# name: role, positions, outlets, region
PEOPLE: dict[str, tuple[str, frozenset[Grant], tuple[str, ...] | None, str | None]] = {
    "ann": ("dealer_staff", frozenset({Grant.DEALER_MANAGER}), ("AE01",), None),
    "abe": ("dealer_staff", frozenset({Grant.PARTS}), ("AE01",), None),
    "bob": ("dealer_staff", frozenset({Grant.DEALER_MANAGER}), ("SA01",), None),
    "two": ("dealer_staff", frozenset({Grant.DEALER_MANAGER}), ("AE01", "SA01"), None),
    "ray": ("regional_manager", frozenset(), None, "MEA/GULF"),
    "rio": ("regional_manager", frozenset(), None, "LATAM"),
    "pia": ("oem_planner", frozenset(), None, None),
    "fay": ("oem_finance", frozenset(), None, None),
    "quy": ("oem_quality", frozenset(), None, None),
    "dan": ("data_engineer", frozenset(), None, None),
    "ada": ("admin", frozenset(), None, None),
}
VIN = "5GZCZ43D13S812715"


def person(name: str) -> Actor:
    role, positions, outlets, region = PEOPLE[name]
    return Actor(
        subject=name,
        role=role,
        grants=grants_of(role, positions),
        outlets=() if region else outlets,
        region_path=region,
        language="en",
    )


@pytest.fixture
async def application(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def as_user(application: FastAPI) -> AsUser:
    """`async with as_user("ann") as http:` is signed in as ann. A crash of the server shows as a 500."""

    @asynccontextmanager
    async def signed_in(name: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            if name:
                http.headers["authorization"] = f"Bearer {application.state.access.issue(person(name))}"
            yield http

    return signed_in


@pytest.fixture
async def owner(database: Server) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees every row: the tests look behind the API with it."""
    url = database.admin_url.replace("/postgres?", f"/{database.database}?")
    connection = await asyncpg.connect(url if database.data else _with_database(database))
    yield connection
    await connection.close()


def _with_database(database: Server) -> str:
    head, _, tail = database.admin_url.rpartition("/")
    return f"{head}/{database.database}" + (f"?{tail.partition('?')[2]}" if "?" in tail else "")


_numbers = itertools.count(1)


def fresh_key() -> str:
    return f"test-{next(_numbers)}"


@pytest.fixture
def new_key() -> Callable[[], str]:
    return fresh_key


@pytest.fixture
def open_one() -> Callable[..., Any]:
    """Open a document: `await open_one(http, "parts", key="P1", data={...})`."""

    async def opener(http: httpx.AsyncClient, collection: str, **body: Any) -> httpx.Response:
        return await http.post(f"/v1/{collection}", json=body, headers={"Idempotency-Key": fresh_key()})

    return opener


@pytest.fixture
def sample_data() -> Callable[[Document], dict[str, Any]]:
    """Valid data of any type, required fields and references filled, read off its declaration."""
    return data_of


def data_of(document: Document) -> dict[str, Any]:
    if document.name == "outlet":
        return outlet_data("MEA/GULF/AE")
    data = {f.name: value_of(document, f) for f in document.fields if f.required or f.personal}
    # a rule names a field that there is
    return data | ({"place": "lead", "field": "source"} if document.name == "field_rule" else {})


def value_of(document: Document, field: Field) -> Any:
    if field.name == "successor_part_id":
        return "P1"  # a number does not replace itself
    if field.ref:
        return VIN if field.ref == "vehicle" else key_of(BY_NAME[field.ref])
    match field.kind:
        case Kind.CHOICE:
            return field.choices[0]
        case Kind.INTEGER | Kind.MONEY | Kind.DECIMAL:
            return max(1, field.minimum or 1)
        case Kind.BOOLEAN:
            return True
        case Kind.DATE:
            return "2026-01-01"
        case Kind.MONTH:
            return "2026-01-01"
        case Kind.INSTANT:
            return "2026-01-01T09:00:00Z"
        case Kind.VIN:
            return VIN
        case Kind.LINES:
            return [{f.name: value_of(document, f) for f in field.lines if f.required}]
    texts = {Kind.PHONE: "+971 50 123", Kind.EMAIL: "a@b.example", Kind.COUNTRY: "AE", Kind.CURRENCY: "AED"}
    return texts.get(field.kind, f"x-{field.name}"[: field.max_length])


def key_of(document: Document) -> str:
    """The key under which `network` opened the sample of the type."""
    if document.name == "outlet":
        return "AE01"
    return VIN if document.key_kind is Kind.VIN else f"K-{document.name}"


def outlet_data(region_path: str) -> dict[str, Any]:
    return {
        "name": "Gulf Motors", "legal_entity": "Gulf Motors LLC", "outlet_kind": "dealer", "market": "AE",
        "region_path": region_path, "city": "Dubai", "timezone": "Asia/Dubai", "currency": "AED",
        "language": "en", "opened_date": "2020-01-01",
    }  # fmt: skip


@pytest.fixture
async def network(as_user: AsUser, open_one: Callable[..., Any]) -> None:
    """Outlets AE01 (MEA/GULF/AE) and SA01 (MEA/GULF/SA), parts P1 and P2, one VIN."""
    async with as_user("ada") as http:
        for code, region in (("AE01", "MEA/GULF/AE"), ("SA01", "MEA/GULF/SA")):
            answer = await open_one(http, "outlets", key=code, data=outlet_data(region))
            assert answer.status_code == 201, answer.text
        for part_id in ("P1", "P2"):
            data = data_of(BY_NAME["part"]) | {"part_no": f"x-part_no {part_id}"}
            answer = await open_one(http, "parts", key=part_id, state="active", data=data)
            assert answer.status_code == 201, answer.text


@pytest.fixture
async def one_of_each(network: None, as_user: AsUser, open_one: Callable[..., Any]) -> dict[str, str]:
    """One document of every type, at outlet AE01 where a type belongs to an outlet: type name to key."""
    keys = {"outlet": "AE01"}
    async with as_user("ada") as http:
        for document in DOCUMENTS[1:]:
            # Brought in as history: what each asks of the others does not matter here.
            line: dict[str, Any] = {"action": "open", "key": key_of(document), "data": data_of(document)}
            if document.is_tenant:
                line["outlet_id"] = "AE01"
            answer = await http.post(
                f"/v1/{document.collection}/bulk?history=true",
                content=json.dumps(line),
                headers={"Idempotency-Key": fresh_key()},
            )
            assert answer.json()["accepted"] == 1, (document.name, answer.text)
            keys[document.name] = key_of(document)
    return keys


@pytest.fixture
def app_url(database: Server) -> str:
    return database.url(DatabaseRole.APP)


class Life:
    """Opens, moves and reads documents as one user after the other; every answer is the API's own."""

    def __init__(self, as_user: AsUser) -> None:
        self._as_user = as_user

    async def open(self, who: str, collection: str, key: str, /, **data: Any) -> Any:
        outlet = data.pop("outlet_id", None)
        body = {"key": key, "data": data, **({"outlet_id": outlet} if outlet else {})}
        async with self._as_user(who) as http:
            return await http.post(f"/v1/{collection}", json=body, headers={"Idempotency-Key": fresh_key()})

    async def move(self, who: str, path: str, move: str, /, **data: Any) -> Any:
        async with self._as_user(who) as http:
            version = (await http.get(f"/v1/{path}")).json()["version"]
            headers = {"If-Match": f'"{version}"'}
            return await http.post(f"/v1/{path}/{move}", json={"data": data}, headers=headers)

    async def read(self, path: str) -> Any:
        async with self._as_user("ada") as http:
            return (await http.get(f"/v1/{path}")).json()

    async def all(self, collection: str) -> list[Any]:
        async with self._as_user("ada") as http:
            items: list[Any] = (await http.get(f"/v1/{collection}")).json()["items"]
            return items

    @staticmethod
    def done(answer: httpx.Response) -> Any:
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    @staticmethod
    def refused(answer: httpx.Response) -> str:
        """The rule that refused it; a remedy stands beside it."""
        assert answer.status_code == 409, answer.text
        [error] = answer.json()["errors"]
        assert error["remedy"]
        return str(error["rule"])

    async def states(self, collection: str) -> list[str]:
        return [row["state"] for row in await self.all(collection)]


@pytest.fixture
def walk(as_user: AsUser) -> Life:
    """Opens, moves and reads as anybody, by name."""
    return Life(as_user)


@pytest.fixture
def desk_of(application: FastAPI) -> Callable[[str], httpx.AsyncClient]:
    """A browser signed in to the desk."""

    def browser(name: str) -> httpx.AsyncClient:
        token = application.state.access.issue(person(name))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(application),
            base_url="http://test",
            cookies={COOKIE: token},
            follow_redirects=True,
        )

    return browser
