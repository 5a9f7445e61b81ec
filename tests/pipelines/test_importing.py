"""Files people send: mapped, judged, taken in once, counted to the last row."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import psycopg
import pytest

from pipelines.importing import Loaded, UnknownContract, import_file, pending_files, take_inbox, validate_file
from pipelines.mapping import MappingError
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings
from pipelines.stubs import StubError
from pipelines.tabular import UnreadableFile

pytestmark = pytest.mark.db

SALES = "part,day,units\nP1,2026-01-01,3\nP2,2026-01-01,0\nP1,2026-02-01,1\n"
MAPPING = "part_id=part,demanded_at=day,quantity=units"
OUTLET = {"outlet_id": "US01", "outlet.market": "US", "outlet.currency": "USD"}
CONSTANTS = {**OUTLET, "channel": "counter", "state": "open"}


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text(SALES)
    return path


def take(settings: Settings, path: Path, **more: object) -> Loaded:
    given = {"mapping": MAPPING, "constants": CONSTANTS, "create_missing": True, **more}
    return import_file(settings, path, "part_demand", **given)  # type: ignore[arg-type]


def rows(settings: Settings, query: str) -> list[tuple]:
    with psycopg.connect(settings.role_url(DatabaseRole.EXTRACT)) as connection:
        return connection.execute(query).fetchall()


def counts(loaded: Loaded) -> tuple[int, int, int, int, int]:
    return (loaded.received, loaded.accepted, loaded.rejected, loaded.duplicate, loaded.skipped)


def test_rows_become_documents_and_zero_months_are_counted_not_dropped(
    settings: Settings, sales: Path
) -> None:
    loaded = take(settings, sales, skip_when={"quantity": "0"}, zone="America/New_York")
    assert counts(loaded) == (3, 2, 0, 0, 1)
    assert loaded.opened == {"outlet": 1, "part": 1}
    got = rows(
        settings, "select part_id, quantity, demanded_at::text, outlet_id from doc.part_demand order by 3"
    )
    # noon in New York is 17:00 UTC in winter: the month is January there and here
    assert got == [("P1", 3, "2026-01-01 17:00:00+00", "US01"), ("P1", 1, "2026-02-01 17:00:00+00", "US01")]


def test_a_price_given_for_missing_parts_is_opened_with_them(settings: Settings, sales: Path) -> None:
    priced = {**CONSTANTS, "part_price.price_minor": "2500"}
    loaded = take(settings, sales, skip_when={"quantity": "0"}, constants=priced)
    assert loaded.opened == {"outlet": 1, "part": 1, "part_price": 1}
    got = rows(settings, "select part_id, market, price_minor, currency from doc.part_price")
    assert got == [("P1", "US", 2500, "USD")]


def test_the_same_file_again_is_duplicates_only(settings: Settings, sales: Path) -> None:
    take(settings, sales, skip_when={"quantity": "0"})
    again = take(settings, sales, skip_when={"quantity": "0"})
    assert counts(again) == (3, 0, 0, 2, 1)
    assert again.opened == {}
    assert rows(settings, "select count(*) from doc.part_demand") == [(2,)]
    assert rows(settings, "select received_rows, duplicate_rows from doc.file_load order by loaded_at") == [
        (3, 0),
        (3, 2),
    ]


def test_a_bad_row_goes_to_quarantine_once_with_field_rule_and_remedy(
    settings: Settings, sales: Path
) -> None:
    for _ in range(2):
        loaded = take(settings, sales)
        assert loaded.rejected == 1
    query = "select row_no, field, value, rule, remedy, row_json from doc.quarantine_row"
    ((row_no, field, value, rule, remedy, row_json),) = rows(settings, query)
    assert (row_no, field, value, rule) == (2, "quantity", "0", "is at least 1")
    assert remedy == "Send a number of 1 or more."
    assert json.loads(row_json)["part_id"] == "P2"


def test_what_the_database_refuses_is_quarantined_by_row_of_the_file(settings: Settings, sales: Path) -> None:
    take(settings, sales, skip_when={"quantity": "0"})
    sales.write_text(SALES + "P9,2026-03-01,4\n")
    loaded = take(settings, sales, skip_when={"quantity": "0"}, create_missing=False)
    assert counts(loaded) == (4, 0, 1, 2, 1)
    assert rows(settings, "select row_no, field from doc.quarantine_row") == [(4, "part_id")]


def test_a_stub_is_not_invented(settings: Settings, sales: Path) -> None:
    with pytest.raises(
        StubError, match=r"outlet US01 is missing and its market cannot be guessed: add --set"
    ):
        take(settings, sales, constants={"outlet_id": "US01", "channel": "counter"})


def test_names_that_do_not_exist_are_told_with_those_that_do(settings: Settings, sales: Path) -> None:
    with pytest.raises(MappingError, match=r"there is no field amount; fields: .*quantity"):
        take(settings, sales, mapping="amount=units")
    with pytest.raises(MappingError, match="the file has no column qty; it has: part, day, units"):
        take(settings, sales, mapping="quantity=qty")
    with pytest.raises(UnknownContract, match="no document type or feed sales"):
        import_file(settings, sales, "sales")


def test_validating_writes_nothing(settings: Settings, sales: Path) -> None:
    judged = validate_file(settings, sales, "part_demand", mapping=MAPPING, constants=CONSTANTS)
    assert counts(judged) == (3, 2, 1, 0, 0)
    assert "row 2, quantity: is at least 1 (found 0)" in judged.describe()
    assert rows(settings, "select count(*) from api.change") == [(0,)]


def test_rows_are_told_in_the_language_of_the_sender(settings: Settings, sales: Path) -> None:
    judged = validate_file(settings, sales, "part_demand", mapping=MAPPING, constants=CONSTANTS)
    assert (
        "fila 2, quantity: es 1 como mínimo (se encontró 0). Envíe un número de 1 o más."
        in judged.describe("es")
    )
    (row,) = judged.said_in("zh").violations
    assert (row["field"], row["rule"]) == ("quantity", "不小于 1")


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".ndjson"])
def test_every_kind_of_file_says_the_same(settings: Settings, sales: Path, suffix: str) -> None:
    table = pl.read_csv(sales, try_parse_dates=True)
    path = sales.with_suffix(suffix)
    write = {".xlsx": table.write_excel, ".parquet": table.write_parquet, ".ndjson": table.write_ndjson}
    write[suffix](path)
    first = take(settings, sales, skip_when={"quantity": "0"})
    other = take(settings, path, skip_when={"quantity": "0"})
    assert (first.accepted, other.accepted, other.duplicate) == (2, 0, 2)


def test_a_file_that_is_no_table_says_what_to_send(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "sales.pdf"
    path.write_text("x")
    with pytest.raises(UnreadableFile, match=r"sales\.pdf: unknown kind of file\. Send one of \.csv"):
        take(settings, path)


def test_the_inbox_is_emptied_in_order_and_feeds_stay_out_of_the_database(settings: Settings) -> None:
    folder = settings.inbox_dir / "exchange_rate"
    folder.mkdir(parents=True)
    good = "rate_date,from_currency,to_currency,rate\n2026-01-05,USD,AED,3.6725\n"
    (folder / "monday.csv").write_text(good + "2026-01-06,USD,DIRHAM,3.7\n")
    (folder / "tuesday.csv").write_text(good)
    loaded = take_inbox(settings)
    assert [counts(x) for x in loaded] == [(2, 1, 1, 0, 0), (1, 0, 0, 1, 0)]
    assert pending_files(settings.inbox_dir) == []
    assert len(list((settings.inbox_dir / "taken").rglob("*.csv"))) == 2
    kept = pl.read_parquet(settings.feeds_dir / "exchange_rate" / "*.parquet")
    assert [(str(r["rate_date"]), str(r["rate"])) for r in kept.to_dicts()] == [("2026-01-05", "3.672500")]


def test_a_feeds_later_value_replaces_the_earlier_one(settings: Settings, tmp_path: Path) -> None:
    from pipelines.feeds import current_rows
    from pipelines.file_feeds import FEED_BY_NAME

    path = tmp_path / "rates.csv"
    for rate in ("3.67", "3.68"):
        path.write_text(f"rate_date,from_currency,to_currency,rate\n2026-01-05,USD,AED,{rate}\n")
        assert import_file(settings, path, "exchange_rate").accepted == 1
    now = current_rows(settings.feeds_dir, FEED_BY_NAME["exchange_rate"])
    assert [str(r) for r in now["rate"]] == ["3.680000"]
