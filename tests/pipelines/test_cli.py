"""The command line answers fast, and errors are sentences with a remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast


def dms(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_asking_for_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['dms', '--help']\n"
        "from pipelines import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = set('dagster dbt duckdb polars pyarrow pandera numpy fastapi sqlalchemy'.split())\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("heavy: []")


def test_a_setting_we_cannot_use_is_one_sentence_without_a_traceback_and_exits_2():
    done = dms("status", DMS_API_PORT="eighty")
    assert done.returncode == 2
    assert done.stderr == (
        "dms: DMS_API_PORT: 'eighty' is not a port from 1 to 65535. Set it with: export DMS_API_PORT=8800\n"
    )


def test_a_day_that_is_none_and_a_pair_that_is_none_are_refused_before_anything_runs(tmp_path: Path):
    wrong_day = dms("run", "--as-of", "31.01.2026", DMS_DATA_DIR=str(tmp_path))
    assert wrong_day.returncode == 2
    assert "is not a day written YYYY-MM-DD" in wrong_day.stderr
    wrong_pair = dms("quarantine", "correct", "row", "--set", "qty", DMS_DATA_DIR=str(tmp_path))
    assert wrong_pair.returncode == 2
    assert "write field=value" in wrong_pair.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_benchmark_is_refused_with_the_known_ones():
    done = dms("bench", "speed-of-light")
    assert done.returncode == 2
    assert "no benchmark speed-of-light" in done.stderr


def test_status_of_an_empty_installation_says_how_to_start(tmp_path: Path):
    done = dms("status", DMS_DATA_DIR=str(tmp_path / "data"), DMS_DATABASE_URL="")
    assert done.returncode == 0
    assert "never; start with: dms run" in done.stdout


def test_validate_tells_broken_rows_in_the_language_asked_for(tmp_path):
    file = tmp_path / "demand.csv"
    file.write_text(
        "outlet_id,part_id,quantity,demanded_at,channel\n"
        "AE01,P1,0,2026-01-01T09:00:00Z,counter\n"
        "AE01,,two,2026-01-01T09:00:00Z,fax\n"
    )
    asked = ("validate", str(file), "--contract", "part_demand", "--language")
    spanish = dms(*asked, "es")
    assert spanish.returncode == 1
    assert "fila 1, quantity: es 1 como mínimo (se encontró 0). Envíe un número de 1 o más." in spanish.stdout
    assert "fila 2, part_id: es obligatorio. Envíe un valor." in spanish.stdout
    assert "fila 2, quantity: es un número entero (se encontró two)." in spanish.stdout
    unknown = dms(*asked, "tlh")
    assert unknown.returncode == 2
    assert "no language tlh" in unknown.stderr


def test_a_workbook_that_is_none_and_a_template_that_has_no_place_are_one_sentence(tmp_path: Path):
    (tmp_path / "a.xlsx").write_text("part_demand_id\n")
    for arguments, words in (
        (("validate", str(tmp_path / "a.xlsx"), "--contract", "part_demand"), "a.xlsx: calamine error"),
        (("template", "part_demand", "--out", str(tmp_path / "t.pdf")), "a .csv or .xlsx file"),
        (("template", "part_demand", "--out", str(tmp_path / "none" / "t.csv")), "make it first"),
    ):
        done = dms(*arguments, DMS_DATA_DIR=str(tmp_path / "data"))
        assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (2, True, False)
