"""Documents in, through the API's own write path: same checks, a transaction a call, counts that add up.

In: lines as `POST /v1/{collection}/bulk` takes them. Out: `Posted`. Called in process with the role the API
uses, so a command needs no server; the same lines sent over HTTP would get the same answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from operational_api.access import Actor
from operational_api.bulk import MAX_BULK_LINES, BulkAnswer, LineError, write_lines
from operational_api.database import open_pool
from operational_api.document import Document, Grant
from operational_api.writes import new_key
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings

MAX_BYTES = 8 * 1024 * 1024  # half of what the API takes in one call
AT_ONCE = 2  # calls under way; more than the cores gain nothing
PIPELINE = Actor("pipeline", "admin", frozenset(Grant), None, None, "en", is_system=True)
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(slots=True)
class Posted:
    """received = accepted + duplicate + rejected; errors hold the number of the line, from 1."""

    received: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    errors: list[LineError] = field(default_factory=list)

    def add(self, answer: BulkAnswer, offset: int) -> None:
        self.received += answer.received
        self.accepted += answer.accepted
        self.duplicate += answer.duplicate
        self.rejected += answer.rejected
        self.errors += [msgspec.structs.replace(e, row=e.row + offset) for e in answer.errors]


def post(settings: Settings, document: Document, lines: Iterable[Mapping[str, Any]]) -> Posted:
    """Send every line; good ones are written, bad ones listed. `settings` hold the URL of dms_app."""
    return asyncio.run(_post(settings, document, lines))


async def _post(settings: Settings, document: Document, lines: Iterable[Mapping[str, Any]]) -> Posted:
    posted = Posted()
    pool = await open_pool(settings.role_url(DatabaseRole.APP), size=AT_ONCE)
    try:
        under_way: list[asyncio.Task[None]] = []
        for offset, body in _bodies(lines):
            under_way.append(asyncio.create_task(_send(pool, document, body, offset, posted)))
            if len(under_way) >= AT_ONCE:
                await under_way.pop(0)
        await asyncio.gather(*under_way)
    finally:
        await pool.close()
    posted.errors.sort(key=lambda error: error.row)
    return posted


async def _send(pool: Any, document: Document, body: bytes, offset: int, posted: Posted) -> None:
    answer, _ = await write_lines(pool, PIPELINE, document, body, new_key())
    posted.add(msgspec.json.decode(answer, type=BulkAnswer), offset)


def _bodies(lines: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, bytes]]:
    """Bodies within the API's limits, each with the number of lines before it."""
    held: list[bytes] = []
    size = offset = 0
    for line in lines:
        encoded = _encode(line)
        if held and (len(held) == MAX_BULK_LINES or size + len(encoded) > MAX_BYTES):
            yield offset, b"\n".join(held)
            offset, held, size = offset + len(held), [], 0
        held.append(encoded)
        size += len(encoded) + 1
    if held:
        yield offset, b"\n".join(held)


def without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    """A field without a value is left out, inside lines too."""
    return {name: _plain(value) for name, value in data.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [without_nulls(line) for line in value]
    return value
