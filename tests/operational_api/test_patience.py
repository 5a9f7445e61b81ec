"""A connection that does not say what it wants is closed; one that does is served for as long as it works."""

from __future__ import annotations

import asyncio
import contextlib
import time

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from operational_api import patience
from pipelines.ports import free_port

pytestmark = [pytest.mark.fast, pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def slow_answer(_: object) -> PlainTextResponse:
    await asyncio.sleep(0.6)  # longer than the patience with headers
    return PlainTextResponse("done")


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "HEADER_SECONDS", 0.3)
    own = free_port()
    app = Starlette(routes=[Route("/", slow_answer)])
    config = uvicorn.Config(app, port=own, http=patience.PatientProtocol, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield own
    server.should_exit = True
    await serving


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "])
async def test_half_a_request_is_closed_in_time(port: int, said: bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    begin = time.monotonic()
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), timeout=5) == b""
    assert time.monotonic() - begin >= 0.2
    writer.close()


async def test_a_whole_request_is_answered_however_long_it_takes(port: int):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        for _ in range(2):  # the second over the same connection
            assert (await http.get("/")).text == "done"
