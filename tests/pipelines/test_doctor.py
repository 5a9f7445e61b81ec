"""What `dms doctor` and `dms status` say on an empty, a wrong and a used installation."""

from __future__ import annotations

import dataclasses
import json
import socket
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest

from pipelines import doctor, ports
from pipelines.settings import Settings, read_settings
from pipelines.snapshot import Check, Draft
from pipelines.status import read_status

pytestmark = pytest.mark.fast


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    free = {f"DMS_{name}_PORT": str(ports.free_port()) for name in ("API", "DAGSTER", "APPS")}
    return read_settings({"DMS_DATA_DIR": str(tmp_path / "data"), **free})


def told(settings: Settings) -> dict[str, tuple[bool, str]]:
    return {finding.what: (finding.is_fine, finding.told) for finding in doctor.examine(settings)}


def test_a_fresh_installation_is_fine(empty: Settings):
    findings = told(empty)
    assert {what for what, (is_fine, _) in findings.items() if not is_fine} <= {"disk", "lock"}
    assert findings["database"] == (True, "embedded, not running now; commands start it when they need it")


def test_an_installed_version_that_is_not_the_locked_one_is_named_with_the_command():
    polars = version("polars")
    lock = (
        "polars==0.1 \\\n"
        "    --hash=sha256:00\n"
        "no-such-package==1.0\n"
        "windows-only==1 ; sys_platform == 'win32' \\\n"
    )
    assert list(doctor._differences(lock)) == [
        f"polars is {polars}, locked 0.1",
        "no-such-package is missing",
    ]


def test_a_port_of_somebody_elses_is_wrong_and_names_the_variable(empty: Settings):
    with socket.create_server((ports.LOOPBACK, empty.api_port)):
        is_fine, said = told(empty)[f"port {empty.api_port}"]
    assert not is_fine
    assert "export DMS_API_PORT=" in said


def test_a_data_folder_that_cannot_be_made_is_wrong(empty: Settings, tmp_path: Path):
    (tmp_path / "file").touch()
    under_a_file = dataclasses.replace(empty, data_dir=tmp_path / "file" / "data")
    is_fine, said = told(under_a_file)["data folder"]
    assert not is_fine
    assert "DMS_DATA_DIR" in said


def test_nothing_extracted_or_published_yet_is_told_as_never_not_as_zero(empty: Settings):
    status = read_status(empty)
    assert status.raw_rows is None
    assert status.snapshot_id is None
    assert status.describe().count("never; start with: dms run") == 2
    assert json.loads(status.to_json())["raw_rows"] is None


def test_a_published_snapshot_is_told_with_rows_counts_and_failed_checks(empty: Settings):
    empty.snapshots_dir.mkdir(parents=True)
    draft = Draft(empty.snapshots_dir)
    draft.add("mart_fill_rate", pl.DataFrame({"outlet_id": ["a", "b", "c"]}))
    late = Check("parts_feed_is_fresh", passed=False, severity="warn", message="two days old")
    draft.publish(
        as_of_date=date(2026, 1, 31),
        code_version="test",
        feed={"epoch": "e", "hi": 7},
        checks=[late, Check("grain", passed=True, severity="error")],
        counts={"suggestions": 12},
        created_at=datetime(2026, 2, 1, 4, tzinfo=UTC),
    )
    status = read_status(empty)
    assert status.tables == {"mart_fill_rate": 3}
    assert status.as_of_date == "2026-01-31"
    assert status.failed_checks == ("parts_feed_is_fresh: two days old",)
    said = status.describe()
    assert "1 tables with 3 rows, 1 checks failed" in said
    assert "suggestions: 12" in said
