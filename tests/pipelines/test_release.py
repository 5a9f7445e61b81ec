"""A row held back is corrected, handed in through the contract it broke, and then settled."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest

from pipelines import release
from pipelines.contracts import ROW_NO
from pipelines.importing import import_file
from pipelines.postgres import DatabaseRole
from pipelines.quarantine import open_rows
from pipelines.release import HeldRow, ReleaseError
from pipelines.settings import Settings

pytestmark = pytest.mark.db


COLUMNS = "part_id,part_no,description,category,criticality,pack_size,minimum_quantity,is_returnable,state"


@pytest.fixture
def held(settings: Settings, tmp_path: Path) -> list[HeldRow]:
    """Row 1 is good. Row 2 breaks two rules: no such criticality, and a pack of none."""
    path = tmp_path / "parts.csv"
    good = "P1,P-1,Oil filter,maintenance,vital,4,4,true,active"
    path.write_text(f"{COLUMNS}\n{good}\nP2,P-2,Belt,wear,huge,0,1,true,active\n")
    loaded = import_file(settings, path, "part")
    assert (loaded.accepted, loaded.rejected) == (1, 1), loaded.violations
    return release.held_rows(settings)


def parts(settings: Settings) -> list[tuple[object, ...]]:
    query = "select part_id, criticality, pack_size from doc.part order by 1"
    with psycopg.connect(settings.role_url(DatabaseRole.EXTRACT)) as connection:
        return connection.execute(query).fetchall()


def test_a_corrected_row_is_taken_in_and_every_rule_it_broke_is_settled(
    settings: Settings, held: list[HeldRow]
):
    assert [(row.row_no, row.field, row.value) for row in held] == [
        (2, "criticality", "huge"),
        (2, "pack_size", "0"),
    ]
    size = next(row for row in held if row.field == "pack_size")
    kind = next(row for row in held if row.field == "criticality")
    release.correct(settings, size.key, {"pack_size": "10"})
    release.correct(settings, kind.key, {"criticality": "vital"})
    assert release.release(settings, size.key) == 2
    assert parts(settings) == [("P1", "vital", 4), ("P2", "vital", 10)]
    assert release.held_rows(settings) == []


def test_a_row_that_is_still_wrong_stays_and_says_what_is_wrong(settings: Settings, held: list[HeldRow]):
    release.correct(settings, held[0].key, {"criticality": "vital"})
    with pytest.raises(ReleaseError, match=r"row 2 of parts\.csv .* still breaks: pack_size"):
        release.release(settings, held[0].key)
    assert parts(settings) == [("P1", "vital", 4)]
    assert len(release.held_rows(settings)) == 2


def test_a_correction_of_a_field_that_there_is_not_and_of_a_row_that_there_is_not_are_refused(
    settings: Settings, held: list[HeldRow]
):
    with pytest.raises(ReleaseError, match="part has no field packsize: correct criticality"):
        release.correct(settings, held[0].key, {"packsize": "10"})
    with pytest.raises(ReleaseError, match="no row q-none waits in quarantine"):
        release.release(settings, "q-none")


def test_corrections_of_one_row_add_up(settings: Settings, held: list[HeldRow]):
    release.correct(settings, held[0].key, {"criticality": "desirable"})
    release.correct(settings, held[0].key, {"pack_size": "2"})
    assert release.held_rows(settings)[0].corrections == {"criticality": "desirable", "pack_size": "2"}
    release.release(settings, held[1].key)
    assert parts(settings)[1] == ("P2", "desirable", 2)


def test_the_row_itself_which_may_be_personal_is_not_told(held: list[HeldRow]):
    assert not {"row_json", "corrected_json"} & set(held[0].told())
    assert "Belt" in (held[0].row_json or "")


def test_a_row_of_the_feed_is_a_document_already_so_it_is_released_as_it_stands(settings: Settings):
    found = pl.DataFrame(
        {ROW_NO: [5], "field": ["pack_size"], "value": ["0"], "rule": ["at least 1"], "remedy": ["send 1"]}
    ).with_columns(row_json=pl.lit('{"pack_size": "0"}'))
    window = "raw/part/10-20.parquet"
    open_rows(
        settings, found, contract="part", source=window, sender="feed", at=datetime(2026, 1, 5, tzinfo=UTC)
    )
    (row,) = release.held_rows(settings)
    with pytest.raises(ReleaseError, match="amend part itself"):
        release.correct(settings, row.key, {"pack_size": "1"})
    assert release.release(settings, row.key) == 1
    assert release.held_rows(settings) == []
    assert parts(settings) == []  # nothing is taken in twice
