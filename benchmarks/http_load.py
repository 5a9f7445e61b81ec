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

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


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


async def drive(port: int, next_request: Callable[[], bytes], *, seconds: float, connections: int) -> Load:
    """Keep `connections` busy for `seconds`."""
    load = Load()
    begin = time.perf_counter()
    await asyncio.gather(*(_client(port, next_request, begin + seconds, load) for _ in range(connections)))
    load.seconds = time.perf_counter() - begin
    return load


async def _client(port: int, next_request: Callable[[], bytes], until: float, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (sent := time.perf_counter()) < until:
        writer.write(next_request())
        head = await reader.readuntil(b"\r\n\r\n")
        matched = _LENGTH.search(head)
        if matched and int(matched[1]):
            await reader.readexactly(int(matched[1]))
        load.latencies.append(time.perf_counter() - sent)
        load.statuses[int(head[9:12])] += 1
    writer.close()


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
