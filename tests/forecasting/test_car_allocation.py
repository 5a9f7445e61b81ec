"""Scarce cars: shares by rule, and first in first out with reasons."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from forecasting.allocation import Rule, Share
from forecasting.car_allocation import allocate_cars, match_vins, requests_of

pytestmark = pytest.mark.fast
AS_OF = date(2026, 3, 10)
RULE = Rule("cars", Share.score, {"order_priority": 1.0, "forecast_share": 1.0})


def order(key: str, outlet: str, **known: Any) -> dict[str, Any]:
    return {
        "vehicle_order_id": key, "outlet_id": outlet, "product_id": "ARO", "order_type": "stock",
        "priority": 5,
        "ordered_date": date(2026, 2, 1), "promised_date": None, "customer_grade": 0.0, **known,
    }  # fmt: skip


def car(vin: str, day: int, *, is_locked: bool = False) -> dict[str, Any]:
    return {"vin": vin, "product_id": "ARO", "production_date": date(2026, 1, day), "is_locked": is_locked}


OUTLETS = pl.DataFrame({
    "outlet_id": ["a", "b"], "product_id": ["ARO", "ARO"], "have": [4, 0], "forecast_per_day": [0.3, 0.1],
    "mean_age_days": [90.0, None],
})  # fmt: skip


def frames(orders: list[dict[str, Any]], cars: list[dict[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    types = {"promised_date": pl.Date}
    return pl.DataFrame(orders, schema_overrides=types), pl.DataFrame(cars)


def test_measures_say_what_they_are_called_after():
    orders, _ = frames([order("1", "a", priority=2), order("2", "b")], [car("V1", 1)])
    a, b = requests_of(orders, OUTLETS, as_of=AS_OF).sort("outlet_id").to_dicts()
    assert (a["order_priority"], b["order_priority"]) == (8, 5)
    assert (a["forecast_share"], b["forecast_share"]) == (pytest.approx(0.75), pytest.approx(0.25))
    assert (a["stock_age"], b["stock_age"]) == (0.5, 1.0)
    assert a["days_waiting"] == 37


def test_of_two_alike_the_outlet_of_the_better_customer_gets_the_scarce_car_and_its_order_the_older_one():
    sold = {"order_type": "customer", "promised_date": date(2026, 3, 1)}
    orders, cars = frames(
        [order("1", "a", customer_grade=2.0), order("2", "b", customer_grade=5.0)], [car("V1", 1)]
    )
    rule = Rule("cars", Share.score, {"customer_grade": 1.0})
    shares = allocate_cars(orders, cars, OUTLETS, rule, as_of=AS_OF).sort("outlet_id")
    assert shares["allocated"].to_list() == [0, 1]
    got = matched(
        [order("1", "a", customer_grade=2.0, **sold), order("2", "b", customer_grade=5.0, **sold)],
        [car("YOUNG", 9), car("OLD", 2)],
    )
    assert [row[:2] for row in got] == [("OLD", "2"), ("YOUNG", "1")]


def test_shares_add_up_to_the_free_cars_and_a_rerun_gives_the_same():
    orders, cars = frames(
        [order(str(n), "ab"[n % 2]) for n in range(6)],
        [*(car(f"V{n}", n + 1) for n in range(4)), car("VX", 1, is_locked=True)],
    )
    first = allocate_cars(orders, cars, OUTLETS, RULE, as_of=AS_OF)
    assert first["allocated"].sum() == 4
    assert allocate_cars(orders, cars, OUTLETS, RULE, as_of=AS_OF).equals(first)
    many = allocate_cars(
        orders, frames([], [car(f"V{n}", 1) for n in range(9)])[1], OUTLETS, RULE, as_of=AS_OF
    )
    assert many["allocated"].sum() == 6


def matched(orders: list[dict[str, Any]], cars: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    book, line = frames(orders, cars)
    shares = allocate_cars(book, line, OUTLETS, RULE, as_of=AS_OF)
    rows = match_vins(book, line, shares)
    return rows.select("vin", "vehicle_order_id", "reason").rows()


def test_the_oldest_car_goes_to_the_order_that_is_promised_to_a_customer():
    got = matched(
        [
            order("stock", "a", priority=1),
            order("sold", "b", order_type="customer", promised_date=date(2026, 3, 1)),
        ],
        [car("YOUNG", 9), car("OLD", 2)],
    )
    assert got == [("OLD", "sold", "first in first out"), ("YOUNG", "stock", "first in first out")]


def test_a_locked_car_is_passed_over_and_named_and_what_is_left_says_why():
    got = matched([order("1", "a"), order("2", "a")], [car("LOCKED", 1, is_locked=True), car("FREE", 2)])
    assert got[0] == ("FREE", "1", "first in first out; 1 older cars are locked")
    assert set(got[1:]) == {
        ("LOCKED", None, "locked: passed over"),
        (None, "2", "the share of the outlet is used up"),
    }
    other = [order("1", "a"), order("2", "a", product_id="BOR")]
    assert (None, "2", "no car of this product is free") in matched(other, [car("A", 1)])
    assert matched([order("1", "a")], [car("A", 1), car("B", 2)])[1] == (
        "B",
        None,
        "no open order for this car",
    )
