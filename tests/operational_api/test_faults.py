"""Processes are killed while dealers write: what was acknowledged is there, once, and nothing is torn."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from operational_api.access import Access, Actor, new_signing_key
from operational_api.document import DEALER
from operational_api.migrate import migrate
from pipelines import postgres
from pipelines.ports import free_port
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import Settings, read_secret, read_settings

pytestmark = [
    pytest.mark.flow,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:EdDSA is deprecated"),
]

WRITERS, ROUNDS = 4, 2
DATA = {"source": "web", "arrived_at": "2026-01-01T00:00:00Z"}


@pytest.fixture
def durable() -> Iterator[tuple[Settings, Server]]:
    """A server of this test's own, with full durability."""
    folder = Path(tempfile.mkdtemp(prefix="dms-faults-"))
    folder.chmod(0o711)
    own = read_settings({"DMS_DATA_DIR": str(folder / "data"), "DMS_API_PORT": str(free_port())})
    with postgres.start(own) as server:
        migrate(server.url(DatabaseRole.OWNER))
        with psycopg.connect(server.url(DatabaseRole.OWNER)) as owner:
            owner.execute(
                "insert into doc.outlet (outlet_code, state, version, effective_at, created_at, created_by, "
                "updated_at, updated_by, name, legal_entity, outlet_kind, market, region_path, city, "
                "timezone, currency, language, opened_date) "
                "values ('AE01', 'operating', 1, now(), now(), 'x', now(), 'x', 'A', 'A', 'dealer', 'AE', "
                "'MEA', 'D', 'Asia/Dubai', 'AED', 'en', '2020-01-01')"
            )
        yield postgres.handed_down(own, server), server
    postgres.drop_cluster(own)


class Api:
    """One API process, which can be killed and started again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "operational_api.serve", "--port", str(self._settings.api_port)],
            env={**os.environ, **self._settings.environment()},
            cwd=self._settings.root,
            start_new_session=True,
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def token(settings: Settings) -> str:
    key = read_secret(settings.signing_key_path, make=new_signing_key())
    access = Access(None, key)  # type: ignore[arg-type]  # signing needs no database
    return access.issue(Actor("ann", "dealer_staff", DEALER, ("AE01",), None, "en"))


def write_until(stop: threading.Event, settings: Settings, acknowledged: list[str]) -> None:
    """Write leads one after the other; repeat each under its key until it is acknowledged."""
    headers = {"authorization": f"Bearer {token(settings)}"}
    with httpx.Client(base_url=settings.api_url, headers=headers, timeout=5) as http:
        while not stop.is_set():
            key, lead = secrets.token_hex(8), secrets.token_hex(8)
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                with contextlib.suppress(httpx.TransportError):
                    body = {"key": lead, "data": DATA}
                    answer = http.post("/v1/leads", json=body, headers={"Idempotency-Key": key})
                    assert answer.status_code in {201, 409, 503}, answer.text
                    if answer.status_code == 201:
                        acknowledged.append(lead)
                        break
                time.sleep(0.02)


def kill_a_backend(server: Server) -> None:
    """PostgreSQL then ends every session and replays its log."""
    with psycopg.connect(server.url(DatabaseRole.BOOTSTRAP)) as admin:
        found = admin.execute("select pid from pg_stat_activity where usename = 'dms_app' limit 1").fetchone()
    if found:
        os.kill(found[0], signal.SIGKILL)


def test_no_acknowledged_write_is_lost_or_doubled_when_processes_are_killed(durable: tuple[Settings, Server]):
    settings, server = durable
    api = Api(settings)
    stop, acknowledged = threading.Event(), list[str]()
    writers = [
        threading.Thread(target=write_until, args=(stop, settings, acknowledged)) for _ in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    try:
        await_more(acknowledged)
        for _ in range(ROUNDS):
            api.kill()
            api.start()
            await_more(acknowledged)
            kill_a_backend(server)
            await_more(acknowledged)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)  # the postmaster; its keeper starts another
            await_more(acknowledged)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
        api.kill()
    with psycopg.connect(server.url(DatabaseRole.BOOTSTRAP)) as admin:
        leads = [row[0] for row in admin.execute("select lead_id from doc.lead")]
        feed = [row[0] for row in admin.execute("select key from api.change where document = 'lead'")]
        remembered = admin.execute("select count(*) from api.idempotency").fetchone()
    assert len(acknowledged) == len(set(acknowledged))
    assert sorted(leads) == sorted(acknowledged)  # none lost, none doubled, none unasked for
    assert sorted(feed) == sorted(leads)  # none torn
    assert remembered == (len(leads),)


def await_more(acknowledged: list[str], more: int = 30) -> None:
    """Return when writing goes on: the system healed."""
    wanted, deadline = len(acknowledged) + more, time.monotonic() + 60
    while len(acknowledged) < wanted:
        assert time.monotonic() < deadline, "no write was acknowledged within 60 s"
        time.sleep(0.02)
