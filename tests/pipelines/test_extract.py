"""Extraction loses nothing and doubles nothing: slow writers, rollbacks, an extractor killed at work."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import psycopg
import pytest

from pipelines.extract import ExtractError, extract, look, read_manifest
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import ROOT

pytestmark = pytest.mark.db

INSERT = """insert into api.change (document, key, version, action, actor, state, effective_at, after)
            values (%s, %s, 1, 'open', 'test', 'posted', now(), %s::jsonb)"""


def raw_rows(raw_dir: Path) -> pl.DataFrame:
    manifest = read_manifest(raw_dir)
    assert manifest is not None
    frames = [pl.read_parquet(raw_dir / file.path) for file in manifest.files]
    return pl.concat(frames) if frames else pl.DataFrame(schema={"key": pl.String})


@pytest.fixture
def owner(database: Server) -> Iterator[psycopg.Connection]:
    """May write changes directly: what is tested is the reader."""
    with psycopg.connect(_admin(database)) as connection:
        yield connection


def _admin(database: Server) -> str:
    return urlsplit(database.admin_url)._replace(path=f"/{database.database}").geturl()


def test_what_was_committed_is_written_once_and_read_on_from_there(
    database: Server, owner: psycopg.Connection, tmp_path: Path
) -> None:
    url = database.url(DatabaseRole.EXTRACT)
    owner.execute(INSERT, ("lead", "L1", '{"source": "web"}'))
    owner.execute(INSERT, ("part", "P1", "{}"))
    owner.commit()
    first = extract(url, tmp_path)
    assert first.read == 2
    assert first.by_document == {"lead": 1, "part": 1}
    assert not look(url, tmp_path).has_news
    owner.execute(INSERT, ("lead", "L2", "{}"))
    owner.commit()
    assert look(url, tmp_path).has_news
    assert extract(url, tmp_path).by_document == {"lead": 1}
    assert sorted(raw_rows(tmp_path)["key"]) == ["L1", "L2", "P1"]
    row = pl.read_parquet(tmp_path / "lead" / "*.parquet").filter(key="L1").row(0, named=True)
    assert (row["version"], row["action"], row["after"]) == (1, "open", '{"source": "web"}')


def test_a_transaction_still_open_holds_the_window_back(
    database: Server, owner: psycopg.Connection, tmp_path: Path
) -> None:
    """The id cursor's trap: the slow one drew its number first and commits last."""
    url = database.url(DatabaseRole.EXTRACT)
    with psycopg.connect(_admin(database)) as slow:
        slow.execute(INSERT, ("lead", "slow", "{}"))
        owner.execute(INSERT, ("lead", "quick", "{}"))
        owner.commit()
        assert extract(url, tmp_path).read == 0
        slow.commit()
    assert extract(url, tmp_path).read == 2
    assert sorted(raw_rows(tmp_path)["key"]) == ["quick", "slow"]


def test_nothing_is_lost_or_doubled_while_writers_are_slow_and_the_extractor_is_killed(
    database: Server, tmp_path: Path
) -> None:
    """And a cursor on the id, read from the same tables at the same time, does lose rows."""
    url, stop = database.url(DatabaseRole.EXTRACT), threading.Event()
    committed: list[str] = []
    cursor_saw: set[str] = set()
    writers = [
        threading.Thread(target=write_slowly, args=(_admin(database), number, committed, stop))
        for number in range(6)
    ]
    control = threading.Thread(target=follow_by_id, args=(_admin(database), cursor_saw, stop))
    for thread in (*writers, control):
        thread.start()
    kills = kill_extractors(url, tmp_path, count=6)
    stop.set()
    for thread in (*writers, control):
        thread.join()
    extract(url, tmp_path)
    got = raw_rows(tmp_path)["key"].to_list()
    assert kills, "no extractor died at work: the test proved nothing"
    assert len(got) == len(set(got)), "doubled"
    assert set(got) == set(committed), "lost, or read what was rolled back"
    assert set(committed) - cursor_saw, "the control lost nothing: no slow writer was caught"


def write_slowly(url: str, number: int, committed: list[str], stop: threading.Event) -> None:
    """Transactions of some rows that take their time; one in five is rolled back."""
    chance = random.Random(number)
    with psycopg.connect(url) as connection:
        for n in range(10_000):
            if stop.is_set():
                return
            keys = [f"{number}-{n}-{i}" for i in range(chance.randint(1, 40))]
            for key in keys:
                connection.execute(INSERT, (chance.choice(["lead", "part", "staff"]), key, "{}"))
            time.sleep(chance.random() * 0.05)
            if chance.random() < 0.2:
                connection.rollback()
            else:
                connection.commit()
                committed.extend(keys)


def follow_by_id(url: str, saw: set[str], stop: threading.Event) -> None:
    """The control: `seq > last`."""
    last = 0
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            final = stop.is_set()
            for seq, key in connection.execute("select seq, key from api.change where seq > %s", (last,)):
                last = max(last, seq)
                saw.add(key)
            if final:
                return
            time.sleep(0.01)


def kill_extractors(url: str, raw_dir: Path, *, count: int) -> int:
    """Extractors that run in a loop, each killed at some moment; how many died in the middle of it."""
    code = (
        "import sys; from pathlib import Path; from pipelines.extract import extract\n"
        "print('up', flush=True)\n"
        "while True: extract(sys.argv[1], Path(sys.argv[2]))"
    )
    chance, killed = random.Random(1), 0
    for _ in range(count):
        command = [sys.executable, "-c", code, url, str(raw_dir)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.1 + chance.random() * 0.4)
            killed += process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
    return killed


def test_a_file_that_nobody_committed_is_swept_and_read_again(
    database: Server, owner: psycopg.Connection, tmp_path: Path
) -> None:
    url = database.url(DatabaseRole.EXTRACT)
    owner.execute(INSERT, ("lead", "L1", "{}"))
    owner.commit()
    orphan = tmp_path / "lead" / "3-9.parquet"
    orphan.parent.mkdir()
    orphan.write_bytes(b"half a file")
    extract(url, tmp_path)
    assert not orphan.exists()
    assert raw_rows(tmp_path)["key"].to_list() == ["L1"]


def test_a_count_that_does_not_add_up_commits_nothing(
    database: Server, owner: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.execute(INSERT, ("lead", "L1", "{}"))
    owner.commit()
    monkeypatch.setattr("pipelines.extract._counts", lambda *_: {"lead": 2})
    with pytest.raises(ExtractError, match=r"counted \{'lead': 2\}, wrote \{'lead': 1\}"):
        extract(database.url(DatabaseRole.EXTRACT), tmp_path)
    assert read_manifest(tmp_path) is None


def test_a_restored_feed_is_read_from_its_beginning_and_the_old_zone_kept(
    database: Server, owner: psycopg.Connection, tmp_path: Path
) -> None:
    url, raw_dir = database.url(DatabaseRole.EXTRACT), tmp_path / "raw"
    owner.execute(INSERT, ("lead", "L1", "{}"))
    owner.commit()
    extract(url, raw_dir)
    owner.execute("update api.feed set epoch = gen_random_uuid()")
    owner.commit()
    again = extract(url, raw_dir)
    assert again.began_anew
    assert raw_rows(raw_dir)["key"].to_list() == ["L1"]
    assert len(list(tmp_path.glob("raw-before-*/lead/*.parquet"))) == 1


def test_an_erased_person_is_gone_from_the_personal_extract_with_the_next_run(
    database: Server, owner: psycopg.Connection, tmp_path: Path
) -> None:
    url = database.url(DatabaseRole.EXTRACT)
    header = "state, version, effective_at, created_at, created_by, updated_at, updated_by"
    for table, columns, values in (
        (
            "outlet",
            "outlet_code, name, legal_entity, outlet_kind, market, region_path, city, timezone, currency, "
            "language, opened_date",
            ("A", "A", "A", "dealer", "AE", "MEA", "Dubai", "Asia/Dubai", "AED", "en", "2020-01-01"),
        ),
        (
            "customer_record",
            "customer_id, outlet_id, customer_type, given_name, birth_date, source",
            ("C1", "A", "person", "Amina", "1990-05-04", "web"),
        ),
    ):
        state = "operating" if table == "outlet" else "active"
        marks = ", ".join(["%s"] * len(values))
        owner.execute(
            f"insert into doc.{table} ({header}, {columns}) "
            f"values ('{state}', 1, now(), now(), 't', now(), 't', {marks})",
            values,
        )
    owner.commit()
    extract(url, tmp_path)
    path = tmp_path / "personal" / "customer_record.parquet"
    assert pl.read_parquet(path).select("customer_id", "outlet_id", "given_name", "birth_date").rows() == [
        ("C1", "A", "Amina", date(1990, 5, 4))
    ]
    owner.execute("update doc.customer_record set given_name = null, birth_date = null")
    owner.commit()
    extract(url, tmp_path)
    assert pl.read_parquet(path)["given_name"].to_list() == [None]
    assert b"Amina" not in b"".join(p.read_bytes() for p in tmp_path.rglob("*.parquet"))
