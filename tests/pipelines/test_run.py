"""The whole flow in one process: converges after a kill, repeats itself, and does nothing without news."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from operational_api.documents import BY_NAME
from pipelines import postgres
from pipelines.database import migrate
from pipelines.importing import import_file, take_inbox
from pipelines.intake import post
from pipelines.postgres_cluster import DatabaseRole, hold_lock, locate_cluster
from pipelines.run import RunError, RunUnderWay, run, selected
from pipelines.settings import ROOT, Settings, read_settings
from pipelines.snapshot import list_snapshots, open_snapshot

pytestmark = [pytest.mark.flow, pytest.mark.timeout(600)]

AS_OF = date(2002, 4, 1)
PERSON = ("Zahrawiquist", "+1 555 014 2977", "amina.z@example.org", "784-1990-77")
CODE = (
    "import sys; from datetime import date; from pipelines.settings import *; from pipelines.run import run\n"
    "programs_on_path(); print(run(read_settings(), as_of=date.fromisoformat(sys.argv[1])).to_json())"
)


@pytest.fixture(scope="module")
def loaded() -> Iterator[Settings]:
    """A database with 24 months of three parts, one bad row in quarantine, and nothing extracted yet."""
    folder = Path(tempfile.mkdtemp(prefix="dms-run-"))
    folder.chmod(0o711)
    settings = read_settings({"DMS_DATA_DIR": str(folder / "data")})
    with postgres.start(settings, fast_unsafe=True) as server:
        own = postgres.handed_down(settings, server)
        migrate(own)
        load_demand(own, folder / "demand.csv")
        load_persons(own)
        yield own
    postgres.drop_cluster(settings)
    shutil.rmtree(folder)


def load_demand(settings: Settings, path: Path) -> None:
    months = pl.date_range(date(2000, 4, 1), date(2002, 3, 1), "1mo", eager=True)
    units = {"FILTER": [4, 6], "BELT": [0, 0, 3], "LAMP": [1]}
    rows = [(p, m, u[n % len(u)]) for p, u in units.items() for n, m in enumerate(months)]
    frame = pl.DataFrame(rows, schema=["part_id", "demanded_at", "quantity"], orient="row")
    bad = pl.DataFrame({"part_id": ["LAMP"], "demanded_at": ["2001-01-01"], "quantity": ["many"]})
    pl.concat([frame.cast(pl.String), bad]).write_csv(path)
    constants = {"outlet_id": "US01", "channel": "counter", "state": "open", "outlet.market": "US"}
    done = import_file(
        settings,
        path,
        "part_demand",
        constants={**constants, "outlet.currency": "USD"},
        skip_when={"quantity": "0"},
        create_missing=True,
    )
    assert (done.received, done.accepted, done.rejected, done.skipped) == (73, 56, 1, 16)


def load_persons(settings: Settings) -> None:
    """Two customers by the inbox, one of them with a lead and in a row that broke its contract."""
    inbox = settings.inbox_dir / "customer_record"
    inbox.mkdir(parents=True)
    (inbox / "customers.csv").write_text(
        "customer_id,outlet_id,state,customer_type,family_name,phone,email,national_id,source\n"
        f"C1,US01,active,person,{PERSON[0]},{PERSON[1]},{PERSON[2]},{PERSON[3]},file\n"
        "C2,US01,active,person,Kepttoron,+1 555 010 7788,kept@example.com,K-2,file\n"
        f"C9,US01,active,thing,{PERSON[0]},{PERSON[1]},{PERSON[2]},{PERSON[3]},file\n"
    )
    take_inbox(settings)
    data = {"source": "web", "arrived_at": datetime(2002, 3, 1, tzinfo=UTC), "contact_phone": "555.0142.977"}
    lead = {"action": "open", "key": "L1", "outlet_id": "US01", "data": {**data, "contact_name": PERSON[0]}}
    assert post(settings, BY_NAME["lead"], [lead]).accepted == 1


@pytest.fixture(scope="module")
def undisturbed(loaded: Settings) -> Settings:
    """The same database, run once without disturbance."""
    report = run(loaded, as_of=AS_OF)
    assert report.is_new
    return loaded


def tables(settings: Settings) -> dict[str, pl.DataFrame]:
    snapshot = open_snapshot(settings.snapshots_dir)
    return {name: snapshot.read(name) for name in snapshot.manifest.tables}


def assert_equal_tables(left: Settings, right: Settings) -> None:
    """Row for row, in any order."""
    ours, theirs = tables(left), tables(right)
    assert ours.keys() == theirs.keys()
    for name in ours:
        by = [c for c, dtype in ours[name].schema.items() if not dtype.is_nested()]
        assert_frame_equal(
            ours[name].sort(by, maintain_order=True),
            theirs[name].sort(by, maintain_order=True),
            check_exact=False,
        )


def test_everything_accepted_waits_for_the_extract_also_in_a_fresh_installation() -> None:
    from pipelines.definitions import CHANGES, accepted  # seconds to import: only where it is used

    early = [spec.key for spec in accepted.specs if CHANGES not in {dep.asset_key for dep in spec.deps}]
    assert early == []


def test_demand_in_a_file_becomes_forecasts_and_a_verdict_for_every_part(undisturbed: Settings) -> None:
    published = tables(undisturbed)
    demand = published["mart_part_demand_month"].filter(part_id="BELT").sort("demand_month")
    # months 3, 6, ... of 24 have 3 units; the months in between are rows of zero
    assert demand["observed_units"].sum() == 24
    forecast = published["mart_forecast"].filter(step="baseline")
    assert set(forecast["part_id"]) == {"FILTER", "BELT", "LAMP"}
    verdicts = published["mart_replenishment_suggestion"]
    assert verdicts.select("outlet_id", "part_id").n_unique() == verdicts.height == 3
    assert verdicts["verdict"].null_count() == 0


def test_every_check_of_the_run_is_in_the_snapshot(undisturbed: Settings) -> None:
    checks = open_snapshot(undisturbed.snapshots_dir).manifest.checks
    names = {check.name.split(": ")[1] for check in checks}
    assert names >= {
        "received_equals_accepted_plus_rejected_plus_duplicate",
        "every_part_with_history_has_a_forecast",
        "every_active_part_at_every_outlet_has_a_verdict",
        "every_quantity_follows_from_its_explanation",
    }
    assert [check.name for check in checks if not check.passed and check.severity == "error"] == []
    assert len(checks) > 50, "dbt's tests are checks too"


def test_without_news_nothing_is_done(undisturbed: Settings) -> None:
    before = open_snapshot(undisturbed.snapshots_dir).snapshot_id
    again = run(undisturbed, as_of=AS_OF)
    assert not again.is_new
    assert again.snapshot == before == open_snapshot(undisturbed.snapshots_dir).snapshot_id


def test_a_table_alone_is_built_by_its_name_and_the_snapshot_stays(
    undisturbed: Settings,
) -> None:
    before = open_snapshot(undisturbed.snapshots_dir).snapshot_id
    done = run(undisturbed, as_of=AS_OF, select="part_series")
    assert "parts_projected" in done.steps
    assert "publish" not in " ".join(done.steps)
    assert done.snapshot == before
    assert run(undisturbed, as_of=AS_OF, select="mart_part_demand_month").steps.keys() == {"transform_1"}


def test_what_is_written_together_is_selected_together() -> None:
    from pipelines.definitions import defs  # seconds to import: only where it is used

    names = {key.path[-1] for key in selected(defs, "part_series").asset_layer.selected_asset_keys}
    assert names >= {"part_series", "part_forecast"}


@pytest.mark.parametrize(
    ("select", "why"), [("group:nothing", "names nothing"), ("part_(", "Invalid selection string")]
)
def test_a_selection_of_nothing_is_a_sentence(select: str, why: str) -> None:
    from pipelines.definitions import defs

    with pytest.raises(RunError, match=f"--select .*{why}"):
        selected(defs, select)


def test_a_second_run_beside_the_first_is_refused(undisturbed: Settings) -> None:
    with (
        hold_lock(undisturbed.data_dir / "run.lock", fcntl.LOCK_EX),
        pytest.raises(RunUnderWay, match="under way"),
    ):
        run(undisturbed, as_of=AS_OF)


def test_a_day_that_has_not_begun_is_refused(loaded: Settings) -> None:
    with pytest.raises(RunError, match="choose a day from 1998-01-01 to today"):
        run(loaded, as_of=date(2999, 1, 1))


def test_a_run_killed_at_any_point_is_converged_by_the_next(undisturbed: Settings, tmp_path: Path) -> None:
    """Killed after the extract, within the transformation and while the snapshot is written."""
    other = dataclasses.replace(undisturbed, data_dir=tmp_path / "data")
    for reached in (extracted, transforming, publishing):
        assert killed_when(other, reached), f"the run was over before it was {reached.__name__}"
    assert not (other.snapshots_dir / "current").exists(), "a killed run published"
    report = run_apart(other)
    assert '"is_new": true' in report
    assert_equal_tables(undisturbed, other)
    assert not list(other.snapshots_dir.glob(".draft-*")), "what the dead left is swept"


def extracted(settings: Settings) -> bool:
    return (settings.raw_dir / "manifest.json").exists()


def transforming(settings: Settings) -> bool:
    return settings.warehouse_path.exists() and settings.warehouse_path.stat().st_size > 0


def publishing(settings: Settings) -> bool:
    return bool(list(settings.snapshots_dir.glob(".draft-*/*.parquet")))


def killed_when(settings: Settings, reached: Callable[[Settings], bool]) -> bool:
    """Start a run and kill -9 it once `reached`; False when it ended by itself."""
    with start(settings) as process:
        while process.poll() is None:
            if reached(settings):
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                return True
            time.sleep(0.002)
    return False


def run_apart(settings: Settings) -> str:
    with start(settings) as process:
        out, _ = process.communicate()
    assert process.returncode == 0
    return out


def start(settings: Settings) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CODE, AS_OF.isoformat()]
    own = {**os.environ, **settings.environment()}
    return subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True)


def test_the_same_run_again_builds_equal_tables(undisturbed: Settings, tmp_path: Path) -> None:
    before = tmp_path / "before"
    shutil.copytree(undisturbed.snapshots_dir, before / "snapshots", symlinks=True)
    again = run(undisturbed, as_of=AS_OF, force=True)
    assert again.is_new
    assert_equal_tables(dataclasses.replace(undisturbed, data_dir=before), undisturbed)


# --- erasure; last, since nobody can undo it ------------------------------------------------------


def test_undoing_a_merge_gives_every_fact_back_and_all_marts_as_they_were(undisturbed: Settings) -> None:
    """Two customers with a lead each: merged by a steward, and parted again."""
    for key, customer in (("L8", "C1"), ("L9", "C2")):
        data = {"source": "web", "arrived_at": datetime(2002, 3, 5, tzinfo=UTC), "customer_id": customer}
        line = {"action": "open", "key": key, "outlet_id": "US01", "data": data}
        assert post(undisturbed, BY_NAME["lead"], [line]).accepted == 1
    run(undisturbed, as_of=AS_OF)
    before = tables(undisturbed)
    said = {"record_l": "C1", "record_r": "C2", "decision": "must_link", "reason": "one and the same"}
    data = {**said, "decided_at": datetime(2002, 3, 30, tzinfo=UTC)}
    decide = BY_NAME["identity_decision"]
    assert post(undisturbed, decide, [{"action": "open", "key": "D1", "data": data}]).accepted == 1
    run(undisturbed, as_of=AS_OF)
    merged = tables(undisturbed)
    assert merged["dim_golden_customer"].height == before["dim_golden_customer"].height - 1
    assert merged["fct_customer_event"]["golden_id"].n_unique() == 1
    assert post(undisturbed, decide, [{"action": "withdraw", "key": "D1", "version": 1}]).accepted == 1
    run(undisturbed, as_of=AS_OF)
    after = tables(undisturbed)
    assert before["fct_customer_event"]["golden_id"].n_unique() == 2
    assert after.keys() == before.keys()
    for name, frame in before.items():
        by = [c for c, dtype in frame.schema.items() if not dtype.is_nested()]
        now, then = (f.sort(by, maintain_order=True) for f in (after[name], frame))
        assert now.equals(then), name


def test_no_byte_of_an_erased_person_is_left_after_the_next_run(undisturbed: Settings) -> None:
    found = {place.removesuffix(".wal") for place, _ in bytes_of_person(undisturbed)}
    # The search finds her where she is: else finding nothing later would prove nothing.
    assert found >= {"postgres", "raw", "warehouse.duckdb", "snapshots", "inbox"}
    erase = {"action": "erase", "key": "C1"}
    assert post(undisturbed, BY_NAME["customer_record"], [erase]).accepted == 1
    load_again(undisturbed)  # the next file brings her again, and leaves nothing of her either
    assert run(undisturbed, as_of=AS_OF).is_new
    assert bytes_of_person(undisturbed) == []
    customers = tables(undisturbed)["dim_customer"]
    assert customers.filter(customer_id="C2")["family_name"].to_list() == ["Kepttoron"]
    for snapshot_id in list_snapshots(undisturbed.snapshots_dir):
        kept = open_snapshot(undisturbed.snapshots_dir, snapshot_id)
        assert all(kept.path(name).exists() for name in kept.manifest.tables)  # hashes are those of the files


def load_again(settings: Settings) -> None:
    inbox = settings.inbox_dir / "customer_record"
    (inbox / "again.csv").write_text(
        "customer_id,outlet_id,state,customer_type,family_name,phone,source\n"
        f"C7,US01,active,person,{PERSON[0]},001-555-0142977,file\n"
    )
    (loaded,) = take_inbox(settings)
    assert (loaded.accepted, loaded.rejected) == (0, 1)
    assert loaded.violations[0]["rule"] == "belongs to a person who was erased on request"


def bytes_of_person(settings: Settings) -> list[tuple[str, str]]:
    """(place, file) of every file that holds her, as bytes or as a value; the write-ahead log left out."""
    with psycopg.connect(postgres.running(settings).url(DatabaseRole.BOOTSTRAP), autocommit=True) as admin:
        admin.execute("checkpoint")
    database = locate_cluster(settings).data
    places = [("postgres", database), *((p.name, p) for p in settings.data_dir.iterdir())]
    return [
        (name, str(path))
        for name, root in places
        for path in ([root] if root.is_file() else sorted(root.rglob("*")))
        if path.is_file() and "pg_wal" not in path.parts and holds_person(path)
    ]


def holds_person(path: Path) -> bool:
    content = path.read_bytes()
    if path.suffix == ".parquet":
        content += str(pl.read_parquet(path).rows()).encode()
    return any(text.encode() in content for text in (*PERSON, "0142977", "0142.977"))
