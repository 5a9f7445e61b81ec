"""Variants of a forecast: whole cars that add up at every level and follow the market's mix."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from forecasting.mix import SCHEMA, handed_out, shares, split

pytestmark = pytest.mark.fast

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def sold(*rows: tuple[str, str, int, bool]) -> pl.DataFrame:
    kinds = {"market": pl.String, "variant": pl.String, "units": pl.Int64, "is_on_sale": pl.Boolean}
    return pl.DataFrame(rows, schema=kinds, orient="row").with_columns(model=pl.lit("M"))


def cell(market: str, outlet: str, month: date, units: float) -> dict[str, object]:
    return {"market": market, "outlet_id": outlet, "month": month, "units": units}


def test_single_cars_follow_the_mix_over_months_where_each_by_itself_would_be_the_best_seller():
    # 2/3 and 1/3 of one car a month: 0.67 0.33 -> A; then 0.33 0.67 -> B; then 1 0 -> A
    assert handed_out(np.array([1, 1, 1]), np.array([2, 1]) / 3)[:, 0].tolist() == [1, 0, 1]


def test_a_cell_of_four_at_three_to_one_is_three_and_one():
    assert handed_out(np.array([4]), np.array([0.75, 0.25])).tolist() == [[3, 1]]


@given(some.lists(some.integers(0, 9), max_size=30), some.lists(some.integers(1, 50), min_size=1, max_size=6))
def test_variants_add_up_to_every_cell_and_stay_near_their_share_over_all(units, weights):
    share = np.array(weights) / sum(weights)
    taken = handed_out(np.array(units, dtype=np.int64), share)
    assert (taken >= 0).all()
    assert taken.sum(axis=1).tolist() == units
    assert np.abs(taken.sum(axis=0) - sum(units) * share).max() < len(weights)


def test_outlets_of_a_market_share_its_mix_and_add_up_and_another_market_has_its_own():
    cells = pl.DataFrame([
        cell("AE", "a", JULY, 1.0), cell("AE", "b", JULY, 1.0), cell("SA", "c", JULY, 3.0),
    ])  # fmt: skip
    found = split(cells, sold(("AE", "A", 5, True), ("AE", "B", 5, True), ("SA", "B", 1, True)))
    assert found.filter(pl.col("units") > 0).select("outlet_id", "variant", "units").rows() == [
        ("a", "A", 1), ("b", "B", 1), ("c", "B", 3),
    ]  # fmt: skip


def test_an_ended_variant_gets_nothing_unless_the_whole_series_has_ended():
    rows = sold(("AE", "A", 9, False), ("AE", "B", 1, True))
    assert shares(rows).select("variant", "share").rows() == [("B", 1.0)]
    ended = shares(rows.with_columns(is_on_sale=pl.lit(value=False)))
    assert ended.select("variant", "share").rows() == [("A", 0.9), ("B", 0.1)]


def test_a_market_that_sold_none_keeps_its_cars_whole():
    found = split(pl.DataFrame([cell("AE", "a", AUGUST, 2.0)]), sold())
    assert found.rows() == [("a", AUGUST, None, None, 2)]
    assert dict(found.schema) == SCHEMA


def test_the_order_of_rows_does_not_matter_and_no_cell_gives_no_rows():
    cells = pl.DataFrame([cell("AE", o, m, 1.0) for o in "ab" for m in (JULY, AUGUST)])
    mix = sold(("AE", "A", 2, True), ("AE", "B", 1, True))
    assert split(cells.reverse(), mix).equals(split(cells, mix.reverse()))
    assert split(cells.clear(), mix).is_empty()
