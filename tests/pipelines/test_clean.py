"""The clean zone: every raw row is accepted or held back with its reason, and nothing is done twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from operational_api.documents import DOCUMENTS
from pipelines.clean import Cleaned, clean, clean_schema, mark_reported, read_clean, rejected_rows
from pipelines.extract import RAW_SCHEMA, RawFile, RawManifest

pytestmark = pytest.mark.fast
NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)
OUTLET = {
    "name": "Creek", "legal_entity": "Creek LLC", "outlet_kind": "dealer", "market": "AE",
    "region_path": "MEA/GULF/AE", "city": "Dubai", "timezone": "Asia/Dubai", "currency": "AED",
    "language": "en", "opened_date": "2020-01-01",
}  # fmt: skip


def raw_file(raw_dir: Path, document: str, *afters: dict, window: int = 1, **head: object) -> RawFile:
    """A raw file as the extract writes it."""
    rows = [
        {"xid": window, "seq": n, "key": f"K{n}", "version": 1, "action": "open", "outlet_id": None,
         "actor": "t", "state": "operating", "effective_at": NOW, "recorded_at": NOW,
         "after": json.dumps(after), **head}
        for n, after in enumerate(afters, start=1)
    ]  # fmt: skip
    path = raw_dir / document / f"{window}-{window + 1}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame(rows, schema=pl.DataFrame(RAW_SCHEMA.empty_table()).schema)
    frame.write_parquet(path)
    return RawFile(document, f"{document}/{path.name}", len(rows), window, window + 1)


def run(tmp_path: Path, *files: RawFile) -> Cleaned:
    return clean(tmp_path / "raw", tmp_path / "clean", RawManifest("e", 9, files))


def test_accepted_rows_are_typed_and_every_type_can_be_read(tmp_path: Path) -> None:
    cleaned = run(tmp_path, raw_file(tmp_path / "raw", "outlet", OUTLET))
    assert (cleaned.received, cleaned.accepted, cleaned.rejected) == (1, 1, 0)
    for document in DOCUMENTS:
        frame = pl.read_parquet(tmp_path / "clean" / document.name / "*.parquet")
        assert frame.schema == clean_schema(document)
    row = pl.read_parquet(tmp_path / "clean" / "outlet" / "*.parquet").row(0, named=True)
    assert (row["outlet_code"], row["market"], str(row["opened_date"])) == ("K1", "AE", "2020-01-01")
    assert row["effective_at"] == NOW
    assert row["closed_date"] is None


def test_a_bad_row_is_held_back_with_its_reason_and_the_counts_add_up(tmp_path: Path) -> None:
    bad = {**OUTLET, "market": "Dubai", "opened_date": "2020-13-01"}
    file = raw_file(tmp_path / "raw", "outlet", OUTLET, bad)
    cleaned = run(tmp_path, file)
    assert (cleaned.received, cleaned.accepted, cleaned.rejected) == (2, 1, 1)
    held = rejected_rows(tmp_path / "clean", cleaned.files[0])
    assert held.select("source_row", "key", "field", "value", "rule").rows() == [
        (2, "K2", "market", "Dubai", "is an ISO 3166-1 country code"),
        (2, "K2", "opened_date", "2020-13-01", "is a day"),
    ]
    assert json.loads(held["row_json"][0]) == bad


def test_a_second_run_rebuilds_nothing_and_a_new_window_only_itself(tmp_path: Path) -> None:
    first = raw_file(tmp_path / "raw", "outlet", OUTLET)
    assert len(run(tmp_path, first).rebuilt) == 1
    assert run(tmp_path, first).rebuilt == ()
    second = raw_file(tmp_path / "raw", "outlet", OUTLET, window=5, version=2)
    assert [f.path for f in run(tmp_path, first, second).rebuilt] == [second.path]


def test_a_released_row_is_taken_in(tmp_path: Path) -> None:
    bad = raw_file(tmp_path / "raw", "outlet", OUTLET, {**OUTLET, "market": "Dubai"})
    run(tmp_path, bad)
    mark_reported(tmp_path / "clean", {bad.path})
    assert [f.is_reported for f in read_clean(tmp_path / "clean")] == [True]
    answer = {
        "contract": "outlet", "source_file": f"raw/{bad.path}", "sender": "feed", "row_no": 2,
        "field": "market", "rule": "r", "remedy": "r", "rejected_at": "2026-01-31T09:00:00+00:00",
    }  # fmt: skip
    released = raw_file(tmp_path / "raw", "quarantine_row", answer, state="released", action="release")
    cleaned = run(tmp_path, bad, released)
    assert {f.document: (f.received, f.accepted, f.rejected) for f in cleaned.files} == {
        "quarantine_row": (1, 1, 0),
        "outlet": (2, 2, 0),
    }
    got = pl.read_parquet(tmp_path / "clean" / "outlet" / "*.parquet").sort("outlet_code")
    assert got["market"].to_list() == ["AE", "Dubai"]


def test_files_of_a_feed_that_began_anew_are_gone(tmp_path: Path) -> None:
    run(tmp_path, raw_file(tmp_path / "raw", "outlet", OUTLET))
    run(tmp_path)
    assert pl.read_parquet(tmp_path / "clean" / "outlet" / "*.parquet").is_empty()


def test_decimals_and_large_whole_numbers_arrive_digit_by_digit(tmp_path: Path) -> None:
    document = next(d for d in DOCUMENTS if d.name == "forecast_override")
    after = (
        '{"region_path": "MEA", "forecast_month": "2026-02-01", "value": 999999.000001, "baseline": 0.000001}'
    )
    choices = {f.name: f.choices[0] for f in document.fields if f.choices and f.required}
    data = {**json.loads(after), **choices}
    text = json.dumps(data).replace("1e-06", "0.000001")
    file = raw_file(tmp_path / "raw", "forecast_override", {}, after=text)
    assert run(tmp_path, file).accepted == 1
    row = pl.read_parquet(tmp_path / "clean" / "forecast_override" / "*.parquet").row(0, named=True)
    assert (str(row["value"]), str(row["baseline"])) == ("999999.000001", "0.000001")
