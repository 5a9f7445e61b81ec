"""`dms bench faults`: API, sessions and PostgreSQL are killed again and again while dealers write.

Writers repeat each request under its key until it is acknowledged. Afterwards every acknowledged write must
be there (none lost), once (none doubled) and whole: document, change and stored answer. Two controls must
fail, or the test proves nothing: writers that take a new key for each repeat, and a database that
acknowledges before it is durable. Processes are killed, not machines: no power is cut.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg

from benchmarks.figures import Figure, report
from benchmarks.http_load import request
from operational_api.access import Access, Actor, new_signing_key
from operational_api.document import DEALER
from operational_api.migrate import migrate
from pipelines import postgres
from pipelines.ports import free_port
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import Settings, read_secret, read_settings

WRITERS = 16
KILLS, ACKNOWLEDGED, MOST_SECONDS = 210, 102_000, 1_800
CONTROL_KILLS = 30  # a control ends as soon as it has failed
HEAL_SECONDS = 60.0
Victim = Literal["api", "backend", "postmaster"]
VICTIMS: tuple[Victim, ...] = ("api", "backend", "postmaster")
_OUTLET = """
insert into doc.outlet (outlet_code, state, version, effective_at, created_at, created_by, updated_at,
  updated_by, name, legal_entity, outlet_kind, market, region_path, city, timezone, currency, language,
  opened_date)
values ('AE01', 'operating', 1, now(), now(), 'x', now(), 'x', 'A', 'A', 'dealer', 'AE', 'MEA', 'D',
  'Asia/Dubai', 'AED', 'en', '2020-01-01')"""
# Only these writers open leads, and each marks its own in a field that nothing checks for repetition.
_FOUND = "select contact_name, count(*) from doc.lead group by 1"
_WHOLE = """
select (select count(*) from doc.lead),
       (select count(*) from doc.lead t join api.change c
           on c.document = 'lead' and c.key = t.lead_id and c.version = 1),
       (select count(*) from doc.lead t join api.idempotency i
           on i.document = 'lead' and i.key = t.lead_id)"""


class NotHealed(RuntimeError):
    """No write was acknowledged for a minute after a kill."""


@dataclass(slots=True)
class Outcome:
    """What one run did. `present` are acknowledged writes that are there."""

    acknowledged: int = 0
    present: int = 0
    doubled: int = 0  # asked for once, there more than once
    torn: int = 0  # documents without their change or their stored answer
    kills: Counter[Victim] = field(default_factory=Counter)
    seconds: float = 0.0
    longest_silence: float = 0.0  # seconds without an acknowledgement

    @property
    def lost(self) -> int:
        return self.acknowledged - self.present


def main() -> int:
    real = run(kills=KILLS, acknowledged=ACKNOWLEDGED)
    no_key = run(kills=CONTROL_KILLS, acknowledged=0, keeps_key=False)
    unsafe = run(kills=CONTROL_KILLS, acknowledged=0, is_durable=False, victims=("postmaster",))
    return report([*_figures(real), *_controls(no_key, unsafe)])


def run(
    *,
    kills: int,
    acknowledged: int,
    keeps_key: bool = True,
    is_durable: bool = True,
    victims: tuple[Victim, ...] = VICTIMS,
) -> Outcome:
    """Write and kill until there were so many of both. A control ends when it has lost or doubled."""
    with _durable_server() as (settings, server):
        if not is_durable:
            with psycopg.connect(server.url(DatabaseRole.BOOTSTRAP), autocommit=True) as admin:
                admin.execute("alter role dms_app set synchronous_commit = off")
        is_control = not (keeps_key and is_durable)
        return asyncio.run(_attack(settings, server, kills, acknowledged, keeps_key, victims, is_control))


async def _attack(
    settings: Settings,
    server: Server,
    kills: int,
    acknowledged: int,
    keeps_key: bool,
    victims: tuple[Victim, ...],
    is_control: bool,
) -> Outcome:
    api, state, outcome = _Api(settings), _State(), Outcome()
    headers = {"authorization": f"Bearer {_token(settings)}"}
    writers = [
        asyncio.create_task(_write(settings.api_port, headers, state, keeps_key)) for _ in range(WRITERS)
    ]
    began = time.monotonic()
    try:
        await _healed(state, 1)
        share = max(30, -(-acknowledged // kills))
        for number in range(kills):
            await _healed(state, share)
            if is_control and number and _judged(server, state, Outcome()):
                break
            victim = victims[number % len(victims)]
            _kill(victim, api, server)
            outcome.kills[victim] += 1
        await _healed(state, share)
    finally:
        state.is_over = True
        await asyncio.gather(*writers, return_exceptions=True)
        api.kill()
    outcome.seconds, outcome.longest_silence = time.monotonic() - began, state.longest_silence
    _judged(server, state, outcome)
    return outcome


@dataclass(slots=True)
class _State:
    acknowledged: set[str] = field(default_factory=set)
    is_over: bool = False
    last: float = 0.0  # when the last write was acknowledged
    longest_silence: float = 0.0

    def acknowledge(self, marker: str) -> None:
        now = time.monotonic()
        self.longest_silence = max(self.longest_silence, now - (self.last or now))
        self.last = now
        self.acknowledged.add(marker)


async def _write(port: int, headers: dict[str, str], state: _State, keeps_key: bool) -> None:
    """One dealer's system: the next write when this one is acknowledged, the same one until then."""
    connection = _Connection(port)
    while not state.is_over:
        marker, key = secrets.token_hex(12), secrets.token_hex(8)
        data = f'{{"source":"web","arrived_at":"2026-01-01T00:00:00Z","contact_name":"{marker}"}}'
        body = f'{{"data":{data}}}'.encode()
        given_up = time.monotonic() + HEAL_SECONDS
        while time.monotonic() < given_up:
            used = key if keeps_key else secrets.token_hex(8)
            sent = request("POST", "/v1/leads", {**headers, "idempotency-key": used}, body)
            status = await connection.send(sent)
            if status == 201:
                state.acknowledge(marker)
                break
            assert status in {None, 409, 503}, f"the API answered {status}"
            await asyncio.sleep(0.02)


class _Connection:
    """Sends one request at a time; opens itself again after a break."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, sent: bytes) -> int | None:
        """The status, None when the connection broke or nothing came for five seconds."""
        try:
            async with asyncio.timeout(5):
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._streams
                writer.write(sent)
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"
                )
                await reader.readexactly(length)
                return int(head[9:12])
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            if self._streams is not None:
                self._streams[1].close()
            self._streams = None
            return None


async def _healed(state: _State, more: int) -> None:
    """Return when so many more writes were acknowledged."""
    wanted, deadline = len(state.acknowledged) + more, time.monotonic() + HEAL_SECONDS
    while len(state.acknowledged) < wanted:
        if time.monotonic() > deadline:
            raise NotHealed(f"fewer than {more} writes acknowledged in {HEAL_SECONDS:.0f} s")
        await asyncio.sleep(0.005)


def _kill(victim: Victim, api: _Api, server: Server) -> None:
    if victim == "api":
        api.kill()
        api.start()
    elif victim == "postmaster":
        if server.pid is not None:
            os.kill(server.pid, signal.SIGKILL)  # its keeper starts another
    else:
        # PostgreSQL then ends every session and replays its log.
        with psycopg.connect(server.url(DatabaseRole.BOOTSTRAP)) as admin:
            query = "select pid from pg_stat_activity where usename = 'dms_app' limit 1"
            found = admin.execute(query).fetchone()
        if found:
            os.kill(found[0], signal.SIGKILL)


def _judged(server: Server, state: _State, outcome: Outcome) -> bool:
    """Compare what was acknowledged with what is there; whether something is lost or doubled."""
    asked = set(state.acknowledged)
    with psycopg.connect(server.url(DatabaseRole.BOOTSTRAP)) as admin:
        found = dict(admin.execute(_FOUND).fetchall())
        counted = admin.execute(_WHOLE).fetchone()
    assert counted is not None
    outcome.acknowledged = len(asked)
    outcome.present = len(asked & found.keys())
    outcome.doubled = sum(1 for count in found.values() if count > 1)
    outcome.torn = counted[0] - min(counted[1:])
    return bool(outcome.lost or outcome.doubled)


@contextmanager
def _durable_server() -> Iterator[tuple[Settings, Server]]:
    """A server of this run's own, with full durability and one outlet."""
    with tempfile.TemporaryDirectory(prefix="dms-faults-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the server runs as an unprivileged user
        given = {"DMS_DATA_DIR": str(folder / "data"), "DMS_API_PORT": str(free_port())}
        own = read_settings({**given, "DMS_REQUESTS_PER_MINUTE": "0"})
        with postgres.start(own) as server:
            migrate(server.url(DatabaseRole.OWNER))
            with psycopg.connect(server.url(DatabaseRole.OWNER)) as owner:
                owner.execute(_OUTLET)
            yield postgres.handed_down(own, server), server
        postgres.drop_cluster(own)


class _Api:
    """One API process, which can be killed and started again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "operational_api.serve", "--port", str(self._settings.api_port)],
            env={**os.environ, **self._settings.environment()},
            cwd=self._settings.root,
            start_new_session=True,
            stderr=subprocess.DEVNULL,  # every kill is an error in its log
        )

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def _token(settings: Settings) -> str:
    key = read_secret(settings.signing_key_path, make=new_signing_key())
    access = Access(None, key)  # type: ignore[arg-type]  # signing needs no database
    return access.issue(Actor("ann", "dealer_staff", DEALER, ("AE01",), None, "en"))


def _figures(real: Outcome) -> list[Figure]:
    killed = sum(real.kills.values())
    by = ", ".join(f"{v} {real.kills[v]}" for v in VICTIMS)
    return [
        Figure(name=f"kills ({by})", value=killed, unit="kills", goal=">= 200", holds=killed >= 200),
        Figure(
            name="acknowledged writes",
            value=real.acknowledged,
            unit="writes",
            goal=">= 100,000",
            holds=real.acknowledged >= 100_000,
        ),
        Figure(name="present", value=real.present, unit="writes"),
        Figure(name="lost", value=real.lost, unit="writes", goal="0", holds=real.lost == 0),
        Figure(name="doubled", value=real.doubled, unit="writes", goal="0", holds=real.doubled == 0),
        Figure(name="torn", value=real.torn, unit="documents", goal="0", holds=real.torn == 0),
        Figure(
            name="time",
            value=real.seconds,
            unit="s",
            goal=f"<= {MOST_SECONDS:,}",
            holds=real.seconds <= MOST_SECONDS,
        ),
        Figure(name="longest time without an acknowledgement", value=real.longest_silence, unit="s"),
    ]


def _controls(no_key: Outcome, unsafe: Outcome) -> list[Figure]:
    return [
        Figure(
            name=f"control: a new key each time, {sum(no_key.kills.values())} kills: doubled",
            value=no_key.doubled,
            unit=f"of {no_key.acknowledged:,}",
            goal="must fail: > 0",
            holds=no_key.doubled > 0,
        ),
        Figure(
            name=f"control: asynchronous commit, {sum(unsafe.kills.values())} kills: lost",
            value=unsafe.lost,
            unit=f"of {unsafe.acknowledged:,}",
            goal="must fail: > 0",
            holds=unsafe.lost > 0,
        ),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
