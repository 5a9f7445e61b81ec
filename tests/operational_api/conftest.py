"""The application over a fresh migrated database, with two dealers, a region and the maker's people."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from operational_api.accounts import create_account
from operational_api.app import create_app
from operational_api.document import Grant
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import Settings

PASSWORD = "correct horse"
PEOPLE: dict[str, dict[str, Any]] = {
    "ann": {"role": "dealer_staff", "positions": [Grant.DEALER_MANAGER], "outlets": ["AE01"]},
    "abe": {"role": "dealer_staff", "positions": [Grant.PARTS], "outlets": ["AE01"]},
    "carl": {"role": "dealer_staff", "positions": [Grant.CASHIER], "outlets": ["AE01"]},
    "bob": {"role": "dealer_staff", "positions": [Grant.DEALER_MANAGER], "outlets": ["SA01"]},
    "ray": {"role": "regional_manager", "region_path": "MEA/GULF"},
    "rio": {"role": "regional_manager", "region_path": "LATAM"},
    "pia": {"role": "oem_planner"},
    "fay": {"role": "oem_finance"},
    "quy": {"role": "oem_quality"},
    "dan": {"role": "data_engineer"},
    "ada": {"role": "admin"},
}


@pytest.fixture
async def application(settings: Settings, database: Server) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    owner = await asyncpg.connect(database.url(DatabaseRole.OWNER))
    for name, person in PEOPLE.items():
        await create_account(owner, subject=name, password=PASSWORD, **person)
    await owner.close()
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def as_user(application: FastAPI) -> Callable[[str], Any]:
    """`async with as_user("ann") as http:` is signed in as ann."""

    @asynccontextmanager
    async def signed_in(name: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            answer = await http.post("/token", data={"username": name, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            yield http

    return signed_in


Opener = Callable[..., Awaitable[httpx.Response]]
_keys = itertools.count(1)


def fresh_key() -> str:
    return f"test-{next(_keys)}"


@pytest.fixture
def open_one() -> Opener:
    """Open a document: `await open_one(http, "parts", key="P1", data={...})`."""

    async def opener(http: httpx.AsyncClient, collection: str, **body: Any) -> httpx.Response:
        return await http.post(f"/v1/{collection}", json=body, headers={"Idempotency-Key": fresh_key()})

    return opener
