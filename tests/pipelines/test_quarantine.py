"""Rows of the feed that break their contract become documents once, and count after release."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import polars as pl
import psycopg
import pytest

from pipelines.clean import clean
from pipelines.extract import extract
from pipelines.postgres import DatabaseRole, Server
from pipelines.quarantine import report_rejected, row_key
from pipelines.release import held_rows, release
from pipelines.settings import Settings

pytestmark = pytest.mark.db

LINE = {"part_id": "GONE", "pay_type": "customer", "quantity": 1, "amount_minor": 500}
ORDER = {
    "vin": "WVWZZZ1JZXW000001", "opened_at": "2026-01-31T09:00:00+00:00", "odometer_km": 10,
    "complaint_code": "X", "currency": "EUR", "parts": [LINE],
}  # fmt: skip


@pytest.fixture
def broken(settings: Settings, database: Server) -> Settings:
    """A repair order whose line names a part nobody opened: no foreign key reaches into lines."""
    url = urlsplit(database.admin_url)._replace(path=f"/{database.database}").geturl()
    with psycopg.connect(url) as connection:
        connection.execute(
            """insert into api.change
                 (document, key, version, action, outlet_id, actor, state, effective_at, after)
               values ('repair_order', 'RO1', 1, 'open', 'A', 'ann', 'open', now(), %s::jsonb)""",
            (json.dumps(ORDER),),
        )
    return settings


def pass_through(settings: Settings) -> tuple[int, int, int]:
    """Extract and judge; received, accepted, rejected of repair orders."""
    found = extract(settings.role_url(DatabaseRole.EXTRACT), settings.raw_dir)
    files = clean(settings.raw_dir, settings.clean_dir, found.manifest).files
    own = [f for f in files if f.document == "repair_order"]
    return sum(f.received for f in own), sum(f.accepted for f in own), sum(f.rejected for f in own)


def test_a_row_held_back_is_one_document_however_often_it_is_reported(broken: Settings) -> None:
    assert pass_through(broken) == (1, 0, 1)
    assert report_rejected(broken) == 1
    assert report_rejected(broken) == 0
    manifest = broken.clean_dir / "manifest.json"  # as if killed before the report was noted
    manifest.write_text(manifest.read_text().replace('"is_reported": true', '"is_reported": false'))
    assert report_rejected(broken) == 1
    (row,) = held_rows(broken)
    assert (row.contract, row.row_no, row.field, row.value, row.rule) == (
        "repair_order", 1, "parts[1].part_id", "GONE", "names a part on file",
    )  # fmt: skip
    assert row.key == row_key(row.source_file, 1, row.field, row.rule)


def test_a_released_row_counts_as_it_stands_from_the_next_run(broken: Settings) -> None:
    pass_through(broken)
    report_rejected(broken)
    assert release(broken, held_rows(broken)[0].key) == 1
    assert pass_through(broken) == (1, 1, 0)
    kept = pl.read_parquet(broken.clean_dir / "repair_order" / "*.parquet")
    assert kept["repair_order_id"].to_list() == ["RO1"]
    assert held_rows(broken) == []
