"""Contracts read off the declarations: what is accepted, what is refused, and in which words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines.contracts import Checked, ContractError, check, feed_contract, file_contract
from pipelines.parsing import reader

pytestmark = pytest.mark.fast

DEMAND = {
    "part_id": "P1",
    "quantity": "3",
    "demanded_at": "2026-01-31T09:00:00+00:00",
    "channel": "counter",
    "filled_quantity": "1",
    "lost_quantity": "2",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with reader() as own:
        yield own


def judged(
    connection: duckdb.DuckDBPyConnection, name: str, *rows: dict[str, str | None], known: dict | None = None
) -> Checked:
    contract = feed_contract(BY_NAME[name])
    columns = {c: pl.Series([r.get(c) for r in rows], dtype=pl.String) for c in contract.columns}
    frame = pl.DataFrame({"source_row": range(1, len(rows) + 1), **columns})
    return check(frame, contract, connection=connection, known=known)


def broken(checked: Checked) -> list[tuple[int, str, str | None, str]]:
    return list(checked.violations.select("source_row", "field", "value", "rule").rows())


def test_a_good_row_is_typed_and_has_no_violation(connection: duckdb.DuckDBPyConnection) -> None:
    checked = judged(connection, "part_demand", DEMAND)
    assert broken(checked) == []
    assert checked.rows["quantity"].to_list() == [3]
    assert str(checked.rows["demanded_at"][0]) == "2026-01-31 09:00:00+00:00"
    assert checked.rows["vin"].to_list() == [None]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("quantity", None, "is required"),
        ("quantity", "", "is required"),
        ("quantity", "0", "is at least 1"),
        ("quantity", "1000001", "is at most 1000000"),
        ("quantity", "2.5", "is a whole number"),
        ("quantity", "many", "is a whole number"),
        ("demanded_at", "31/01/2026", "is a point in time"),
        ("channel", "web", "is one of repair_order, counter, wholesale, internal, warranty"),
        ("part_id", "P 1", "has only letters, digits and . _ - / :"),
        ("part_id", "P" * 201, "has at most 200 characters"),
        ("vin", "IOQ", "is a vehicle number of 17 characters without I, O, Q"),
    ],
)
def test_one_broken_value_gives_one_violation_that_names_it(
    connection: duckdb.DuckDBPyConnection, field: str, value: str | None, rule: str
) -> None:
    row = {k: v for k, v in DEMAND.items() if not k.endswith("quantity") or k == "quantity"}
    checked = judged(connection, "part_demand", DEMAND, {**row, field: value})
    assert broken(checked) == [(2, field, value[:200] if value else None, rule)]
    assert checked.violations["remedy"][0]
    assert checked.accepted()["source_row"].to_list() == [1]


def test_row_rules_hold_across_fields(connection: duckdb.DuckDBPyConnection) -> None:
    # filled 2 + lost 2 = 4 of 3 asked for
    checked = judged(connection, "part_demand", {**DEMAND, "filled_quantity": "2"}, DEMAND)
    rule = "filled_quantity_and_backordered_quantity_and_lost_quantity_at_most_quantity"
    assert broken(checked) == [(1, "filled_quantity", None, rule)]


def test_a_price_cannot_end_before_it_begins_and_a_month_is_its_first_day(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    price = {"part_id": "P1", "market": "AE", "price_type": "retail", "price_minor": "100", "currency": "AED"}
    days = {"valid_from_date": "2026-02-01", "valid_to_date": "2026-01-01"}
    assert [r[3] for r in broken(judged(connection, "part_price", {**price, **days}))] == [
        "valid_to_date_not_before_valid_from_date"
    ]
    target = {"series": "S", "measure": "retail", "units": "4"}
    target["measure"] = BY_NAME["sales_target"].field("measure").choices[0]
    got = judged(connection, "sales_target", {**target, "target_month": "2026-01-02"})
    assert [r[3] for r in broken(got)] == ["is the first day of a month"]


def test_lines_are_held_to_their_own_contract(connection: duckdb.DuckDBPyConnection) -> None:
    good = {"part_id": "P1", "pay_type": "customer", "quantity": 1, "amount_minor": 500}
    order = {
        "vin": "WVWZZZ1JZXW000001",
        "opened_at": "2026-01-31T09:00:00Z",
        "odometer_km": "10",
        "complaint_code": "X",
        "currency": "EUR",
    }
    bad = [good, {**good, "quantity": 0}, {**good, "part_id": "GONE", "pay_type": None}]
    checked = judged(
        connection,
        "repair_order",
        {**order, "parts": json.dumps([good])},
        {**order, "parts": json.dumps(bad)},
        {**order, "parts": "two filters"},
        known={"part": pl.Series(["P1"])},
    )
    assert broken(checked) == [
        (2, "parts[2].quantity", "0", "is at least 1"),
        (2, "parts[3].part_id", "GONE", "names a part on file"),
        (2, "parts[3].pay_type", None, "is required"),
        (3, "parts", "two filters", "is a list of lines"),
    ]
    assert checked.rows["parts"][0].to_list() == [good]


def test_a_decimal_in_a_line_may_be_a_number_or_a_string(connection: duckdb.DuckDBPyConnection) -> None:
    line = '{"operation": "O1", "pay_type": "customer", "amount_minor": 1, "standard_hours": %s}'
    order = {"vin": "WVWZZZ1JZXW000001", "opened_at": "2026-01-31T09:00:00Z", "odometer_km": "10"}
    order |= {"complaint_code": "X", "currency": "EUR"}
    texts = ["1.51", '"1.51"', '"soon"']
    checked = judged(connection, "repair_order", *({**order, "labour": f"[{line % t}]"} for t in texts))
    assert [str(r[0]["standard_hours"]) for r in checked.rows["labour"][:2].to_list()] == ["1.510000"] * 2
    assert broken(checked) == [
        (3, "labour[1].standard_hours", "soon", "is a number with at most six decimals")
    ]


def test_a_required_list_may_not_be_empty(connection: duckdb.DuckDBPyConnection) -> None:
    shipment = {"departure_date": "2026-01-01", "eta_date": "2026-01-09", "cars": "[]"}
    shipment["mode"] = BY_NAME["shipment"].field("mode").choices[0]
    assert [r[1:] for r in broken(judged(connection, "shipment", shipment))] == [
        ("cars", None, "is required")
    ]


def test_a_personal_value_is_never_repeated(connection: duckdb.DuckDBPyConnection) -> None:
    contract = file_contract(BY_NAME["customer_record"])
    row = {**dict.fromkeys(contract.columns), "owner_outlet": "A", "customer_type": "person", "source": "web"}
    row["customer_type"] = BY_NAME["customer_record"].field("customer_type").choices[0]
    frame = pl.DataFrame(
        [{"source_row": 1, **row, "email": "no address"}], schema_overrides=dict.fromkeys(row, pl.String)
    )
    checked = check(frame, contract, connection=connection)
    assert broken(checked) == [(1, "email", "(personal)", "is an e-mail address")]


def test_personal_fields_are_no_part_of_the_feed_contract() -> None:
    for document in DOCUMENTS:
        names = set(feed_contract(document).columns)
        assert names.isdisjoint(f.name for f in document.personal)
        assert names | {f.name for f in document.personal} == set(document.by_name)


def test_a_released_row_is_accepted_in_spite_of_its_violation(connection: duckdb.DuckDBPyConnection) -> None:
    checked = judged(connection, "part_demand", DEMAND, {**DEMAND, "channel": "web"})
    assert checked.accepted()["source_row"].to_list() == [1]
    assert checked.accepted(released=[2])["source_row"].to_list() == [1, 2]


def test_a_missing_column_is_said_by_name(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ContractError, match="part_demand: no column for part_id, quantity"):
        check(pl.DataFrame({"source_row": [1]}), feed_contract(BY_NAME["part_demand"]), connection=connection)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_every_type_has_a_contract_that_judges_no_rows(
    connection: duckdb.DuckDBPyConnection, document: object
) -> None:
    for contract in (feed_contract(document), file_contract(document)):
        frame = pl.DataFrame(schema={"source_row": pl.Int64, **dict.fromkeys(contract.columns, pl.String)})
        checked = check(frame, contract, connection=connection)
        assert checked.rows.is_empty()
        assert checked.violations.is_empty()
