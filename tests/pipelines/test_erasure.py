"""Erasing at once, by command: what outlives a row goes, once, and an old transaction is not overlooked.

That no byte is left after a run is tested over a whole data folder in `test_run.py`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import polars as pl
import psycopg
import pytest

from operational_api.document import Grant
from operational_api.documents import BY_NAME
from pipelines.erasure import BytesRemain, ErasureRefused, Forgotten, erase_person, forget_erased
from pipelines.importing import take_inbox
from pipelines.intake import post
from pipelines.postgres import Server
from pipelines.settings import Settings
from pipelines.snapshot import Column, Draft, open_snapshot

pytestmark = pytest.mark.db
HEAD = "customer_id,outlet_id,state,customer_type,family_name,phone,source\n"
OUTLET = {
    "name": "A", "legal_entity": "A", "outlet_kind": "dealer", "market": "AE", "region_path": "MEA",
    "city": "Dubai", "timezone": "Asia/Dubai", "currency": "AED", "language": "en",
    "opened_date": date(2020, 1, 1),
}  # fmt: skip


@pytest.fixture
def amina(settings: Settings) -> Settings:
    """C1 (Amina) and C2 by a file, whose third line is broken and about Amina too; a snapshot of both."""
    outlet = {"action": "open", "key": "AE01", "state": "operating", "data": OUTLET}
    assert post(settings, BY_NAME["outlet"], [outlet]).accepted == 1
    inbox = settings.inbox_dir / "customer_record"
    inbox.mkdir(parents=True)
    rows = ("C1,AE01,active,person,Amina,+971 50 123 4567,file", "C2,AE01,active,person,Badr,,file",
            "C3,AE01,active,thing,Amina,0501234567,file")  # fmt: skip
    (inbox / "people.csv").write_text(HEAD + "\n".join(rows) + "\n")
    assert [(loaded.accepted, loaded.rejected) for loaded in take_inbox(settings)] == [(2, 1)]
    frame = pl.DataFrame({"customer_id": ["C1", "C2"], "family_name": ["Amina", "Badr"]})
    draft = Draft(settings.snapshots_dir)
    columns = [Column("family_name", "", "Name.", (Grant.DATA_ENGINEER,), True)]
    draft.add("dim_customer", frame, columns=columns)
    draft.add("dim_staff", frame.rename({"customer_id": "staff_id"}), columns=columns)
    draft.add("map_customer_source", pl.DataFrame({"customer_id": ["C1", "C2"], "golden_id": ["G1", "G2"]}))
    draft.add(
        "dim_golden_customer",
        frame.rename({"customer_id": "golden_id"}).with_columns(
            golden_id=pl.col("golden_id").replace({"C1": "G1", "C2": "G2"})
        ),
        columns=columns,
    )
    draft.publish(as_of_date=date(2026, 1, 1), code_version="c", feed={}, created_at=datetime.now(UTC))
    return settings


def test_what_outlives_the_row_goes_at_once_and_only_once(amina: Settings) -> None:
    amina.identity_dir.mkdir()
    for name in ("resolution.duckdb", "resolution.json", "customer_map.parquet"):
        (amina.identity_dir / name).write_text("Amina")
    assert erase_person(amina, "C1") == Forgotten(persons=1, quarantine_rows=1, files=1, snapshot_tables=2)
    assert [p.name for p in amina.identity_dir.iterdir()] == ["customer_map.parquet"]  # keys of records alone
    assert forget_erased(amina) == Forgotten()
    snapshot = open_snapshot(amina.snapshots_dir)
    assert snapshot.read("dim_customer")["family_name"].to_list() == [None, "Badr"]
    assert snapshot.read("dim_golden_customer")["family_name"].to_list() == [None, "Badr"]
    assert snapshot.read("dim_staff")["family_name"].to_list() == ["Amina", "Badr"]  # of a colleague
    with pytest.raises(ErasureRefused, match="erase"):
        erase_person(amina, "C1")


def test_a_transaction_that_still_sees_the_person_is_told_and_the_next_run_tries_again(
    amina: Settings, database: Server
) -> None:
    url = urlsplit(database.admin_url)._replace(path=f"/{database.database}").geturl()
    with psycopg.connect(url) as old:
        old.execute("set transaction isolation level repeatable read")
        old.execute("select count(*) from doc.outlet")
        with pytest.raises(BytesRemain, match="old transaction"):
            erase_person(amina, "C1")
    snapshot = open_snapshot(amina.snapshots_dir)
    assert snapshot.read("dim_customer")["family_name"].to_list() == [None, "Badr"]  # all else is done
    assert forget_erased(amina).persons == 1
    assert forget_erased(amina).persons == 0
