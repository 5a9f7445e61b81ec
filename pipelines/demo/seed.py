"""The simulated brand, loaded as any dealer's system would load it: through the public bulk interface.

In: size and seed. Out: documents in the database, demo logins, files in the inbox, the truth beside the data.
Every call carries a key made from its content, so that a load cut short is taken up where it stopped.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import polars as pl

from operational_api.documents import BY_NAME
from operational_api.documents.fund_entry import FUND_ENTRY
from operational_api.migrate import migrate
from pipelines import postgres, services
from pipelines.demo.accounts import ADMIN, DEMO_PASSWORD, create_demo_accounts
from pipelines.demo.events import Batch
from pipelines.demo.export import as_json_lines, write_truth
from pipelines.demo.inbox import write_inbox
from pipelines.demo.network import SizeName
from pipelines.demo.simulate import Simulation, simulate
from pipelines.postgres import DatabaseRole, Driver
from pipelines.settings import Settings

LINES_A_CALL = 4_000
GATHERED = 250_000  # lines held before they are sent
LANES = 2  # calls under way; lines of one key stay in one lane, so their order holds
_TIMEOUT = httpx.Timeout(120.0)
_ATTEMPTS = 4


class SeedError(RuntimeError):
    """The demo could not be loaded; says which line was refused and why, or what to do first."""


@dataclass(slots=True)
class SeedResult:
    """received = accepted + duplicate; nothing of the simulation may be rejected."""

    size: str
    seed: int
    until: str
    received: int = 0
    accepted: int = 0
    duplicate: int = 0
    is_complete: bool = False
    seconds: float = 0.0
    documents: dict[str, int] = field(default_factory=dict)


def seed(
    settings: Settings,
    size: SizeName,
    seed: int,
    until: date | None = None,
    *,
    say: Callable[[str], None] | None = None,
) -> SeedResult:
    """Load the demo of that size and seed once; again, it returns what the first load told.

    Starts database and API for its own length. Raises SeedError when another demo is
    loaded or a line is refused.
    """
    known = _known(settings, size, seed)
    if known is not None and known.is_complete:
        return known
    day = until or (date.fromisoformat(known.until) if known else datetime.now(UTC).date())
    result = SeedResult(size=size, seed=seed, until=day.isoformat())
    _remember(settings, result)
    began = time.monotonic()
    simulation = simulate(size, seed=seed, until=day)
    with services.api(settings, workers=LANES):
        _create_accounts(settings)
        asyncio.run(_load(settings, simulation, result, say or (lambda line: None)))
    write_inbox(simulation.files, settings.inbox_dir)
    write_truth(simulation, settings.data_dir / "truth")
    result.is_complete, result.seconds = True, round(time.monotonic() - began, 1)
    _remember(settings, result)
    return result


def _marker(settings: Settings) -> Path:
    return settings.data_dir / "demo.json"


def _known(settings: Settings, size: SizeName, seed: int) -> SeedResult | None:
    path = _marker(settings)
    if not path.exists():
        return None
    known = SeedResult(**json.loads(path.read_text()))
    if (known.size, known.seed) != (size, seed):
        raise SeedError(
            f"{settings.data_dir} holds the demo of size {known.size} and seed {known.seed}: "
            "use those, or empty it with: dms reset --yes"
        )
    return known


def _remember(settings: Settings, result: SeedResult) -> None:
    path = _marker(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".json.new")
    draft.write_text(json.dumps(asdict(result), indent=2) + "\n")
    draft.replace(path)


def _create_accounts(settings: Settings) -> None:
    """The demo logins, as the schema's owner: there is no route that makes accounts."""

    async def create(url: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            await create_demo_accounts(connection)
        finally:
            await connection.close()

    with postgres.start(settings) as server:
        migrate(server.url(DatabaseRole.OWNER))
        asyncio.run(create(server.url(DatabaseRole.OWNER, driver=Driver.ASYNCPG)))


async def _load(
    settings: Settings, simulation: Simulation, result: SeedResult, say: Callable[[str], None]
) -> None:
    """Batches one after another, for a later one may refer to an earlier one."""
    async with httpx.AsyncClient(base_url=settings.api_url, timeout=_TIMEOUT) as client:
        client.headers["authorization"] = f"Bearer {await _token(client)}"
        batches = _gathered(simulation)
        for number in range(10**9):
            batch = await asyncio.to_thread(next, batches, None)
            if batch is None:
                break
            name = f"demo-{simulation.size}-{simulation.seed}-{result.until}-{number}"
            posts = [_post_lane(client, batch, name, lane, lines, result) for lane, lines in _lanes(batch)]
            await asyncio.gather(*posts)
            say(f"{batch.document}: {result.documents[batch.document]:,} lines")
        answer = await client.post("/v1/follow_ups", params={"day": result.until})
        answer.raise_for_status()
        say(f"contact_task: {answer.json()['created']:,} made by rule")


def _gathered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Batches of several blocks as one a type, so that calls are full; some `GATHERED` lines are held.

    Blocks do not refer to each other, and the order of the declarations puts what is referred to first.
    """
    held: dict[str, list[pl.DataFrame]] = {}
    stage = 0
    for batch in batches:
        if batch.stage != stage:
            yield from _in_order(held)
            held, stage = {}, batch.stage
        held.setdefault(batch.document, []).append(batch.lines)
        if sum(len(frame) for frames in held.values() for frame in frames) >= GATHERED:
            yield from _in_order(held)
            held = {}
    yield from _in_order(held)


def _in_order(held: dict[str, list[pl.DataFrame]]) -> Iterator[Batch]:
    return (Batch(name, pl.concat(held[name])) for name in BY_NAME if name in held)


async def _token(client: httpx.AsyncClient) -> str:
    form = {"grant_type": "password", "username": ADMIN, "password": DEMO_PASSWORD}
    answer = await client.post("/token", data=form)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _lanes(batch: Batch) -> Iterator[tuple[int, pl.DataFrame]]:
    """Lines split by key. Within a lane the first lines of all keys come before the second ones: a call then
    holds a key once, which is how the interface is fastest."""
    refers_to_itself = any(target == batch.document for _, target in BY_NAME[batch.document].references())
    lanes = 1 if refers_to_itself or batch.document == FUND_ENTRY.name else LANES  # a debit needs its hold
    lines = batch.lines.with_columns(lane=pl.col("key").hash(seed=1) % lanes)
    lines = lines.sort(pl.col("version").fill_null(0), maintain_order=True)
    for (lane,), part in lines.partition_by("lane", as_dict=True, maintain_order=True).items():
        yield int(lane), part.drop("lane")


async def _post_lane(
    client: httpx.AsyncClient, batch: Batch, name: str, lane: int, lines: pl.DataFrame, result: SeedResult
) -> None:
    path = f"/v1/{BY_NAME[batch.document].collection}/bulk?history=true"
    for call, part in enumerate(lines.iter_slices(LINES_A_CALL)):
        body = "\n".join(as_json_lines(part)).encode()
        digest = hashlib.sha256(body).hexdigest()[:16]
        answer = await _post(client, path, body, f"{name}-{lane}-{call}-{digest}")
        if answer["rejected"]:
            error = answer["errors"][0]
            raise SeedError(
                f"{batch.document} {error['key']}: {error['field']} {error['rule']} ({error['remedy']}); "
                f"{answer['rejected']} of {answer['received']} lines refused"
            )
        result.received += answer["received"]
        result.accepted += answer["accepted"]
        result.duplicate += answer["duplicate"]
        result.documents[batch.document] = result.documents.get(batch.document, 0) + answer["received"]


async def _post(client: httpx.AsyncClient, path: str, body: bytes, key: str) -> dict[str, Any]:
    """One call; sent again with the same key when the connection broke or the API was busy."""
    headers = {"idempotency-key": key, "content-type": "application/x-ndjson"}
    for attempt in range(_ATTEMPTS):
        try:
            answer = await client.post(path, content=body, headers=headers)
        except httpx.TransportError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            if answer.status_code == 200:
                return answer.json()  # type: ignore[no-any-return]
            if answer.status_code not in {409, 429, 503} or attempt == _ATTEMPTS - 1:
                raise SeedError(f"POST {path}: {answer.status_code} {answer.text[:500]}")
        await asyncio.sleep(2.0**attempt)
    raise SeedError(f"POST {path}: no answer after {_ATTEMPTS} attempts")
