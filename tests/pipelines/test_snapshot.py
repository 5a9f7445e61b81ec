"""The snapshot's promises: immutable, checked, atomic, kept by policy."""

from __future__ import annotations

import os
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.snapshot import (
    CURRENT,
    Check,
    Column,
    Draft,
    Manifest,
    SnapshotError,
    current_id,
    list_snapshots,
    open_snapshot,
    point_to,
    sweep,
)

pytestmark = pytest.mark.fast
SALES = pl.DataFrame({"outlet_id": ["A", "B"], "units": [1, 2]})


def publish(root: Path, units: int = 1, at: datetime | None = None) -> Manifest:
    draft = Draft(root)
    described = [Column("outlet_id", "", "Whose.", hidden_from=("technician",))]
    draft.add("sales", SALES.with_columns(units=pl.lit(units)), description="Sales.", columns=described)
    return draft.publish(
        as_of_date=date(2026, 1, 31),
        code_version="c0de",
        feed={"epoch": 1, "hi": 7},
        checks=[Check("counts_add_up", True, "error")],
        counts={"documents": 2},
        metrics=[{"id": "m"}],
        created_at=at,
    )


def test_what_is_published_is_read_back_with_its_meaning(tmp_path: Path) -> None:
    published = publish(tmp_path)
    snapshot = open_snapshot(tmp_path)
    assert snapshot.manifest == published
    assert snapshot.read("sales")["units"].to_list() == [1, 1]
    assert snapshot.manifest.tables["sales"].columns == (
        Column("outlet_id", "String", "Whose.", ("technician",)),
        Column("units", "Int32"),
    )


def test_a_changed_byte_is_refused(tmp_path: Path) -> None:
    published = publish(tmp_path)
    path = tmp_path / published.snapshot_id / "sales.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(SnapshotError, match=r"sales\.parquet is not the file that was published"):
        open_snapshot(tmp_path).read("sales")


def test_a_missing_table_and_a_missing_snapshot_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="dms run"):
        open_snapshot(tmp_path)
    publish(tmp_path)
    with pytest.raises(SnapshotError, match="has no table stock"):
        open_snapshot(tmp_path).path("stock")
    with pytest.raises(SnapshotError, match="no snapshot 2020"):
        open_snapshot(tmp_path, "2020")


def test_a_draft_is_invisible_until_published_and_swept_when_abandoned(tmp_path: Path) -> None:
    first = publish(tmp_path)
    Draft(tmp_path).add("sales", SALES)
    assert list_snapshots(tmp_path) == [first.snapshot_id]
    assert current_id(tmp_path) == first.snapshot_id
    sweep(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {CURRENT, first.snapshot_id}


def test_a_reader_keeps_its_snapshot_while_the_pointer_moves(tmp_path: Path) -> None:
    publish(tmp_path, units=1)
    reader = open_snapshot(tmp_path)
    publish(tmp_path, units=9)
    assert reader.read("sales")["units"].to_list() == [1, 1]
    assert open_snapshot(tmp_path).read("sales")["units"].to_list() == [9, 9]


def test_the_pointer_is_never_absent_while_it_moves(tmp_path: Path) -> None:
    ids = [publish(tmp_path, units=u).snapshot_id for u in (1, 2)]
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            for snapshot_id in ids:
                point_to(tmp_path, snapshot_id)

    writer = threading.Thread(target=flip)
    writer.start()
    try:
        seen = {open_snapshot(tmp_path).read("sales")["units"][0] for _ in range(200)}
    finally:
        stop.set()
        writer.join()
    assert seen <= {1, 2}


def test_kept_are_the_last_ones_one_a_month_and_the_current_one(tmp_path: Path) -> None:
    days = [datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=10 * n) for n in range(9)]  # 5 Jan .. 26 Mar
    ids = [publish(tmp_path, at=day).snapshot_id for day in days]
    point_to(tmp_path, ids[0])
    sweep(tmp_path, keep_last=2, keep_months=2, now=datetime(2026, 3, 27, tzinfo=UTC))
    # 5 Jan is current; 24 Feb is February's last; 16 and 26 March are the last two
    assert list_snapshots(tmp_path) == [ids[0], ids[5], ids[7], ids[8]]


def test_nothing_younger_than_the_grace_is_removed(tmp_path: Path) -> None:
    now = datetime(2026, 3, 27, 12, tzinfo=UTC)
    ids = [publish(tmp_path, at=now - timedelta(minutes=m)).snapshot_id for m in (90, 30, 1)]
    assert sweep(tmp_path, keep_last=1, keep_months=0, now=now) == [ids[0]]
    assert list_snapshots(tmp_path) == ids[1:]
    assert os.readlink(tmp_path / CURRENT) == ids[2]
