"""A small closed-loop HTTP client: so many connections, each sending its next request when answered.

In: a function that writes the next request. Out: how many were answered, how fast, and what was refused.
It reads just enough of an answer to count it, so that the server is measured and not the client.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Load:
    """What a run gave. Latencies are seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


class _Connection(asyncio.Protocol):
    """One connection. Callbacks instead of streams: a stream costs more than the server's answer."""

    def __init__(self, next_request: Callable[[], bytes], until: float, load: Load) -> None:
        self._next_request, self._until, self._load = next_request, until, load
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by behaviour only
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(_HEAD_END)
        if not found:
            return
        matched = _LENGTH.search(head)
        if matched and len(body) < int(matched[1]):
            return
        self._load.latencies.append(time.perf_counter() - self._sent)
        self._load.statuses[int(head[9:12])] += 1
        self._received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._sent < self._until:
            self._transport.write(self._next_request())
        else:
            self.done.set_result(None)
            self._transport.close()


async def drive(port: int, next_request: Callable[[], bytes], *, seconds: float, connections: int) -> Load:
    """Keep `connections` busy for `seconds`."""
    load, loop = Load(), asyncio.get_running_loop()
    begin = time.perf_counter()
    opened = [
        await loop.create_connection(
            lambda: _Connection(next_request, begin + seconds, load), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    load.seconds = time.perf_counter() - begin
    return load


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _HEAD_END + body
