"""What the sales and operations page concludes, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from apps import supply_plan
from forecasting.supply import constrain

pytestmark = pytest.mark.fast
MONTHS = [date(2026, 7, 1), date(2026, 8, 1)]


def plan(capacity: int, **known: Any) -> pl.DataFrame:
    """10 a month of S wanted, none in stock, at 200 dollars that cost 150."""
    row = {
        "series": "S", "demand_units": 10, "target_units": 12, "capacity_units": capacity,
        "scheduled_units": 5,
        "stock_units": 0, "in_transit_units": 0, "price_minor": 20_000, "currency": "USD",
        "unit_cost_minor": 15_000, "holding_percent": 12.0,
    }  # fmt: skip
    kinds = {"unit_cost_minor": pl.Int64}
    return constrain(
        pl.DataFrame([row | known | {"plan_month": month} for month in MONTHS], schema_overrides=kinds)
    )


def test_a_card_says_what_moved_against_the_plan_in_force():
    found = {c.title: c for c in supply_plan.cards(plan(8), plan(6))}
    # 16 cars instead of 12, 50 dollars each
    assert (found["Cars sold"].said, found["Cars sold"].change) == ("16", "+4")
    assert (found["Margin, USD"].said, found["Margin, USD"].change) == ("800", "+200")
    assert (found["Unmet demand"].said, found["Unmet demand"].change) == ("4", "−4")
    assert found["Carrying cost, USD"].change is None  # nothing stands at the end of any month in either
    assert [c.change for c in supply_plan.cards(plan(8), None)] == [None] * 6


def test_a_series_without_a_cost_is_named_on_the_card():
    found = {c.title: c for c in supply_plan.cards(plan(8, unit_cost_minor=None), None)}
    assert (found["Margin, USD"].said, found["Margin, USD"].note) == ("–", "without S: no cost on file")


def test_of_two_scenarios_the_one_that_earns_more_after_carrying_is_better():
    # both sell 20; 12 a month leave 2, then 4: a mean of 1 and 3 car months at 150 dollars, 1 % each: 6
    told = supply_plan.verdict(("Much", plan(12)), ("Enough", plan(10)))
    assert told == "Enough earns USD 6 more than Much after carrying its stock: as many cars sold."
    told = supply_plan.verdict(("Little", plan(8)), ("Enough", plan(10)))
    assert told == "Enough earns USD 200 more than Little after carrying its stock: 4 cars more sold."
    assert supply_plan.verdict(("A", plan(8)), ("B", plan(8))) == "A and B come to the same."
    bare = [plan(units, unit_cost_minor=None) for units in (8, 10)]
    told = supply_plan.verdict(("A", bare[0]), ("B", bare[1]))
    assert told == "B sells 4 cars more than A; no cost of cars is on file."


def test_what_is_kept_as_shown_becomes_a_lock_and_the_others_share_the_rest():
    rows = [
        {"series": "S", "plan_month": month, "outlet_id": outlet, "market": market, "demand_units": 5,
         "target_units": target, "sold_90d_units": 0, "stock_units": 0, "sold_orders": 0,
         "promised_date": None}
        for month in MONTHS for outlet, market, target in (("a", "AE", 1), ("b", "SA", 3))
    ]  # fmt: skip
    outlets = pl.DataFrame(rows, schema_overrides={"promised_date": pl.Date})
    now = supply_plan.shared(plan(6), outlets, None)
    assert now["allocated_units"].to_list() == [3, 3, 3, 3]
    lines = supply_plan.as_locks(now, ["AE"], "agreed")
    assert lines[0] == {
        "market": "AE", "series": "S", "plan_month": "2026-07-01", "units": 3, "reason": "agreed",
    }  # fmt: skip
    document = {"data": {"allocation_rule": "objective", "locks": lines}}
    fork = supply_plan.shared(plan(6), outlets, document)
    assert fork["allocated_units"].to_list() == [3, 3, 3, 3]
    document["data"]["locks"] = []
    # by targets 1 : 3 of 6 are 1.5 and 4.5; the first of two equal remainders has the car
    assert supply_plan.shared(plan(6), outlets, document)["allocated_units"].to_list() == [2, 4, 2, 4]
    table = supply_plan.by_place(fork, outlets, place="market")
    assert table.select("market", "short_units", "locked").rows() == [("AE", 4, 2), ("SA", 4, 0)]
