"""The demo is loaded through the public interface, once, and can be taken up where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from pipelines import postgres
from pipelines.demo.events import Batch
from pipelines.demo.seed import SeedError, _gathered, _lanes, seed
from pipelines.ports import free_port
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings, read_settings

UNTIL = date(2026, 11, 1)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A data folder, a server and a port of its own."""
    own = read_settings({"DMS_DATA_DIR": str(tmp_path), "DMS_API_PORT": str(free_port())})
    yield own
    postgres.drop_cluster(own)


def lines(*rows: tuple[str, int | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"key": pl.String, "version": pl.Int64}, orient="row")


@pytest.mark.fast
def test_lines_of_one_key_stay_in_one_lane_and_in_order() -> None:
    keys = [f"k{n}" for n in range(50)]
    given = lines(*((k, None) for k in keys), *((k, v) for v in (1, 2) for k in reversed(keys)))
    lanes = dict(_lanes(Batch("lead", given)))
    assert len(lanes) == 2
    assert not set(lanes[0]["key"]) & set(lanes[1]["key"])
    for lane in lanes.values():
        for _, own in lane.group_by("key"):
            assert own["version"].to_list() == [None, 1, 2]


@pytest.mark.fast
def test_a_type_that_refers_to_itself_has_one_lane() -> None:
    assert len(dict(_lanes(Batch("outlet", lines(*((f"k{n}", None) for n in range(50))))))) == 1


@pytest.mark.fast
def test_batches_of_blocks_are_gathered_in_the_order_of_the_declarations() -> None:
    blocks = [
        Batch(name, lines((f"{name}{n}", None)))
        for n in range(2)
        for name in ("lead", "part_demand", "vehicle")
    ]
    found = [(batch.document, batch.lines["key"].to_list()) for batch in _gathered(blocks)]
    assert found == [
        ("vehicle", ["vehicle0", "vehicle1"]),
        ("lead", ["lead0", "lead1"]),
        ("part_demand", ["part_demand0", "part_demand1"]),
    ]


@pytest.mark.db
@pytest.mark.timeout(300)
def test_the_api_takes_every_line_and_a_load_cut_short_adds_nothing_twice(settings: Settings) -> None:
    first = seed(settings, "xs", 7, UNTIL)
    assert first.received == first.accepted == sum(first.documents.values())
    assert first.received > 10_000
    _demand_alive(settings)
    assert seed(settings, "xs", 7) == first
    marker = settings.data_dir / "demo.json"
    marker.write_text(json.dumps({**json.loads(marker.read_text()), "is_complete": False}))
    again = seed(settings, "xs", 7)
    assert (again.until, again.received) == (first.until, first.received)
    with pytest.raises(SeedError, match="seed 7"):
        seed(settings, "xs", 8)


def _demand_alive(settings: Settings) -> None:
    """Rules and money acted on what was submitted; no task was made twice; the ledger adds up."""
    with postgres.start(settings) as server:

        def ask(query: str, role: DatabaseRole = DatabaseRole.EXTRACT) -> list[Any]:
            with psycopg.connect(server.url(role)) as connection:
                return connection.execute(query.encode()).fetchall()

        assert ask("select * from api.fund_faults()", DatabaseRole.OWNER) == []
        held = "select count(*) from doc.fund_entry where cause_key like '%-TODAY' and kind = 'hold'"
        assert ask(held) == ask(
            "select sum(n) from (select count(*) n from doc.parts_order where parts_order_id like '%-TODAY'"
            " union all select count(*) from doc.vehicle_order where vehicle_order_id like '%-TODAY') o"
        )
        waiting = {name for (name,) in ask("select document_type from doc.approval where state = 'open'")}
        assert waiting == {"parts_order", "vehicle_order", "discount_request", "campaign"}
        assert ask("select cause_key from doc.contact_task group by rule_code, cause_key having count(*) > 1 "
                   "and rule_code = 'POST_REPAIR'") == []  # fmt: skip
        ((by_rule,),) = ask("select count(*) from doc.contact_task where created_by = 'admin.demo'")
        assert by_rule > 0
