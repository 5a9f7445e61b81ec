"""What is sold beside cars: shares of cars, never of sums over currencies, and nobody judged by few cars."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import beside_the_car
from tests.apps.outlet_tables import value_added

pytestmark = pytest.mark.fast


def test_a_kind_has_a_row_per_currency_and_its_share_of_cars():
    got = beside_the_car.by_kind(value_added())
    assert got.select("currency", "sale_kind", "cars", "share", "amount_minor", "earned_minor").rows() == [
        ("AED", "insurance", 20, 0.5, 1_000_000, 100_000),
        ("AED", "accessory", 20, 0.2, 400_000, 40_000),
        ("SAR", "insurance", 10, 0.8, 800_000, 80_000),
        ("SAR", "accessory", 10, 0.4, 400_000, 40_000),
    ]


def test_money_of_several_currencies_is_one_and_what_has_no_rate_stays_apart():
    def to_dollars(*known: tuple[str, float]) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "from_currency": [code for code, _ in known],
                "to_currency": "USD",
                "rate": [rate for _, rate in known],
                "valid_from_date": date(2026, 1, 1),
                "valid_to_date": None,
                "is_to_group_currency": True,
            },
            schema_overrides={"valid_to_date": pl.Date},
        )

    both = beside_the_car.in_one_currency(value_added(), to_dollars(("AED", 0.25), ("SAR", 0.5)))
    assert beside_the_car.by_kind(both).select(
        "currency", "sale_kind", "cars", "share", "amount_minor", "earned_minor"
    ).rows() == [
        ("USD", "insurance", 30, 0.6, 650_000, 65_000),
        ("USD", "accessory", 30, 8 / 30, 300_000, 30_000),
    ]
    one = beside_the_car.by_kind(beside_the_car.in_one_currency(value_added(), to_dollars(("AED", 0.25))))
    assert one.select("currency", "amount_minor").rows() == [
        ("SAR", 800_000), ("SAR", 400_000), ("USD", 250_000), ("USD", 100_000),
    ]  # fmt: skip


def test_who_may_not_see_what_was_earned_sees_the_rest():
    got = beside_the_car.by_kind(value_added().drop("earned_minor"))
    assert got["earned_minor"].null_count() == got.height == 4


def test_a_person_is_judged_from_ten_cars_on():
    got = beside_the_car.by_person(value_added())
    assert got.select("staff_id", "cars", "products", "insurance").rows() == [
        ("S1", 20, 0.7, 0.5), ("S2", 10, 1.2, 0.8),
    ]  # fmt: skip
    few = value_added().with_columns(pl.col("delivered_cars").clip(upper_bound=9))
    assert beside_the_car.by_person(few)["products"].null_count() == 2
    assert beside_the_car.finding(beside_the_car.by_person(few), {}) == "Too few cars by person to compare."


def test_the_mean_is_by_car_and_not_by_person():
    # 14 products of 20 cars and 12 of 10 are 26 of 30
    people = beside_the_car.by_person(value_added())
    assert beside_the_car.finding(people, {"S1": "Mina"}).startswith(
        "0.9 products beside each car; from 0.7 (Mina)"
    )
