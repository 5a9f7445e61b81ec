"""Rules of the network step: which rule is in force, and that a shortage is shared out to the unit."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.allocation import Share
from pipelines.network import FALLBACK, not_shared_out, rule_of, with_grades

pytestmark = pytest.mark.fast
RULES = {
    "allocation_rule_id": pl.String,
    "subject": pl.String,
    "market": pl.String,
    "share": pl.String,
    "effective_from_date": pl.Date,
    "measure": pl.String,
    "weight": pl.Int64,
}


def rules(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=RULES, orient="row")


def test_the_newest_rule_for_the_subject_counts_with_its_weights():
    found = rule_of(
        rules(
            ("old", "part", None, "forecast", date(2026, 1, 1), "criticality", 9),
            ("new", "part", None, "days_supply", date(2026, 3, 1), "criticality", 2),
            ("new", "part", None, "days_supply", date(2026, 3, 1), "days_waiting", 1),
            ("cars", "vehicle", None, "score", date(2026, 4, 1), None, None),
            ("local", "part", "AE", "score", date(2026, 5, 1), None, None),
        ),
        "part",
    )
    assert (found.name, found.share) == ("new", Share.days_supply)
    assert found.weights == {"criticality": 2.0, "days_waiting": 1.0}


def test_without_a_rule_in_force_the_network_says_so():
    assert rule_of(rules(), "vehicle") is FALLBACK["vehicle"]


def shares(*rows: tuple[str, int, int, int]) -> pl.DataFrame:
    schema = {"part_id": pl.String, "supply": pl.Int64, "wanted": pl.Int64, "allocated": pl.Int64}
    return pl.DataFrame(list(rows), schema=schema, orient="row").with_columns(
        supplier_outlet_code=pl.lit("W")
    )


def test_a_unit_given_twice_or_kept_back_is_found():
    assert not_shared_out(shares(("p", 5, 4, 3), ("p", 5, 4, 2))).is_empty()
    assert not_shared_out(shares(("p", 5, 4, 3), ("p", 5, 4, 3))).height == 1
    assert not_shared_out(shares(("p", 5, 4, 2), ("p", 5, 4, 2))).height == 1
    assert not_shared_out(shares(("p", 9, 4, 4))).is_empty()


def test_an_order_has_the_grade_of_whom_the_car_is_sold_to_and_stock_has_none():
    orders = pl.DataFrame({"vehicle_order_id": ["1", "2", "3"], "retail_order_id": ["R1", "R2", None]})
    events = pl.DataFrame({
        "event_kind": ["retail_order", "retail_order", "lead"], "document_key": ["R1", "R2", "R1"],
        "golden_id": ["g1", "g2", "g3"],
    })  # fmt: skip
    value = pl.DataFrame({"golden_id": ["g1", "g2", "g3"], "grade": ["AA", "D", "AAA"]})
    got = with_grades(orders, events, value)
    assert got.to_dicts() == [
        {"vehicle_order_id": "1", "customer_grade": 4.0},
        {"vehicle_order_id": "2", "customer_grade": 0.0},
        {"vehicle_order_id": "3", "customer_grade": 0.0},
    ]
