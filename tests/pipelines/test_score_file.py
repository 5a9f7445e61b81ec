"""Scores on plain files: the columns are said, a wrong one is named, what is optional may be missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.score_file import FileError, score_leads_file, score_returns_file
from tests.models import test_lead_scoring, test_service_return

pytestmark = pytest.mark.fast


@pytest.fixture
def leads_file(tmp_path: Path) -> Path:
    _, events = test_lead_scoring.history(3)
    path = tmp_path / "leads.csv"
    events.drop("step_no").write_csv(path)
    return path


def test_leads_of_a_file_are_scored_with_reasons_likeliest_first(leads_file: Path, tmp_path: Path):
    out = tmp_path / "scores.csv"
    found = score_leads_file(leads_file, as_of=date(2025, 9, 1), out=out)
    rows = pl.read_csv(out)
    assert found.rows == rows.height > 0
    assert rows["probability"].is_sorted(descending=True)
    assert rows["reason_1"].null_count() == 0
    assert set(found.quality["method"]) == {"scorecard", "rule", "base_rate"}


def test_cars_of_a_file_of_visits_are_scored(tmp_path: Path):
    _, visits, _ = test_service_return.history(3)
    path, out = tmp_path / "visits.parquet", tmp_path / "scores.parquet"
    visits.write_parquet(path)
    found = score_returns_file(path, as_of=date(2025, 12, 1), out=out)
    assert (
        found.rows
        == pl.read_parquet(out).height
        == visits.filter(pl.col("visited_date") <= date(2025, 12, 1))["vin"].n_unique()
    )


def test_a_missing_column_is_named(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("lead_id,kind\nL1,stage\n")
    with pytest.raises(FileError, match="no column happened_date"):
        score_leads_file(path, as_of=None, out=tmp_path / "o.csv")


def test_an_unknown_kind_of_event_is_named_with_those_there_are(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("lead_id,kind,happened_date\nL1,dance,2026-01-01\n")
    with pytest.raises(FileError, match=r"kind 'dance' .* stage, level"):
        score_leads_file(path, as_of=None, out=tmp_path / "o.csv")


def test_a_day_that_is_none_is_refused(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("vin,visited_date\nV1,yesterday\n")
    with pytest.raises(FileError, match="no day"):
        score_returns_file(path, as_of=None, out=tmp_path / "o.csv")


def test_the_command_says_how_good_the_chances_were_and_where_they_are(leads_file: Path, tmp_path: Path):
    out = tmp_path / "scores.parquet"
    told = CliRunner().invoke(
        app, ["score-leads", str(leads_file), "--as-of", "2025-09-01", "--out", str(out)]
    )
    assert told.exit_code == 0, told.output
    assert "scorecard" in told.output
    assert out.exists()


def test_too_little_history_scores_nothing_and_says_so(tmp_path: Path):
    path, out = tmp_path / "x.csv", tmp_path / "o.parquet"
    path.write_text("lead_id,kind,detail,happened_date\nL1,stage,new,2026-01-01\n")
    told = CliRunner().invoke(app, ["score-leads", str(path), "--out", str(out)])
    assert told.exit_code == 0
    assert "too little history" in told.output
    assert pl.read_parquet(out).height == 0
