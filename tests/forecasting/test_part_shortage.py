"""Shortages shared out and transfers found, worked by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from forecasting.allocation import Rule, Share
from forecasting.part_shortage import find_transfers, share_shortages

pytestmark = pytest.mark.fast
AS_OF = date(2026, 3, 10)
BY_DAYS = Rule("days", Share.days_supply, {"criticality": 1.0})


def line(outlet: str, quantity: int, **known: Any) -> dict[str, Any]:
    return {
        "outlet_id": outlet, "part_id": "oil", "supplier_outlet_code": "WH1", "quantity": quantity,
        "position": 0, "mean_units_per_month": 30.4375, "criticality": "vital", **known,
    }  # fmt: skip


OWED = {
    "outlet_id": pl.String, "part_id": pl.String, "quantity": pl.Int64, "promised_date": pl.Date,
    "owed_since_date": pl.Date,
}  # fmt: skip


def shared(
    lines: list[dict[str, Any]], units: int, owed: list[tuple[Any, ...]] = ()
) -> dict[str, dict[str, Any]]:
    got = share_shortages(
        pl.DataFrame(lines),
        pl.DataFrame(list(owed), schema=OWED, orient="row"),
        pl.DataFrame({"outlet_id": ["WH1"], "part_id": ["oil"], "units": [units]}),
        BY_DAYS,
        as_of=AS_OF,
    )
    return {row["outlet_id"]: row for row in got.to_dicts()}


def test_a_shortage_is_levelled_to_equal_days_and_adds_up_to_what_there_is():
    # a has 10 days of supply, b none; 14 units: b gets 12, a gets 2, and both have 12 days
    got = shared([line("a", 20, position=10), line("b", 20)], 14)
    assert (got["a"]["allocated"], got["b"]["allocated"]) == (2, 12)
    assert (got["a"]["short"], got["b"]["short"], got["a"]["supply"]) == (18, 8, 14)


def test_who_waits_comes_first_by_promised_date_even_without_a_suggestion():
    owed = [
        ("b", "oil", 5, date(2026, 3, 1), date(2026, 2, 1)),
        ("a", "oil", 4, date(2026, 3, 5), date(2026, 2, 9)),
    ]
    got = shared([line("a", 0), line("b", 3)], 7, owed)
    assert (got["b"]["for_waiting"], got["a"]["for_waiting"]) == (5, 2)
    assert got["a"]["reason"] == "2 for customers who wait, by promised date; nothing left to share"


def test_what_a_warehouse_has_enough_of_and_what_it_never_counted_is_not_shared():
    assert shared([line("a", 5), line("b", 5)], 10) == {}
    assert shared([line("a", 5, part_id="filter")], 0) == {}


def moved(
    spare: int, *, price: int = 500, freight: int | None = 900, transfer_days: int = 2
) -> list[dict[str, Any]]:
    suggestion = {
        "outlet_id": "a", "part_id": "oil", "raw_quantity": 3, "unit_price_minor": price,
        "order_wait_days": 2,
        "lead_time_days": 9.0, "verdict": "suggested",
    }  # fmt: skip
    terms = pl.DataFrame({
        "outlet_id": ["a", "b", "c"], "supplier_outlet_code": ["WH1", "WH1", "WH2"], "currency": ["AED"] * 3,
        "transfer_freight_minor": [freight] * 3, "transfer_days": [transfer_days] * 3,
    }, schema_overrides={"transfer_freight_minor": pl.Int64})  # fmt: skip
    returns = pl.DataFrame({"outlet_id": ["b", "c"], "part_id": ["oil"] * 2, "excess_units": [spare, 99]})
    return find_transfers(pl.DataFrame([suggestion]), returns, terms).to_dicts()


def test_idle_stock_of_a_neighbour_beats_an_order_when_its_price_is_more_than_the_freight():
    # three new ones cost 1,500; the freight 900; sooner by 11 - 2 days. c has another supplier
    assert moved(3) == [
        {"part_id": "oil", "from_outlet_id": "b", "to_outlet_id": "a", "units": 3, "saving_minor": 600,
         "days_sooner": 9.0, "currency": "AED"}
    ]  # fmt: skip


def test_no_transfer_where_it_is_dearer_slower_not_enough_or_not_agreed():
    assert moved(3, price=300) == []
    assert moved(3, transfer_days=12) == []
    assert moved(2) == []
    assert moved(3, freight=None) == []
