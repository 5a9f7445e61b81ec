"""What the market page concludes: shares of sums, the same months a year apart, nothing made zero."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import market

pytestmark = pytest.mark.fast

MAY = date(2026, 5, 1)


def month(back: int) -> date:
    index = 2026 * 12 + 4 - back
    return date(index // 12, index % 12 + 1, 1)


def registered(place: str, back: int, ours: int, theirs: int) -> list[dict[str, object]]:
    head = {"market": place, "segment": "all", "registration_month": month(back)}
    return [
        {**head, "brand": "OURS", "is_own_brand": True, "units": ours},
        {**head, "brand": "THEIRS", "is_own_brand": False, "units": theirs},
    ]


def table(*cells: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame([row for cell in cells for row in cell], infer_schema_length=None)


def test_a_share_of_three_months_is_the_sum_of_ours_over_the_sum_of_all():
    # (10 + 0 + 20) of (100 + 100 + 100)
    rows = table(
        registered("AE", 0, 10, 90),
        registered("AE", 1, 0, 100),
        registered("AE", 2, 20, 80),
        registered("AE", 3, 99, 1),
    )
    [found] = market.our_share(rows, MAY).to_dicts()
    assert (found["units"], found["market_units"], found["share"]) == (30, 300, pytest.approx(0.1))


def test_the_change_is_against_the_same_months_a_year_before_and_unknown_without_them():
    rows = table(
        registered("AE", 0, 10, 90), registered("AE", 12, 30, 70), registered("SA", 0, 10, 90),
        registered("BR", 0, 50, 50), registered("BR", 12, 10, 90),
    )  # fmt: skip
    found = market.our_share(rows, MAY)
    assert found["market"].to_list() == ["AE", "BR", "SA"]  # most lost first, unknown last
    assert found["change"].to_list() == [pytest.approx(-0.2), pytest.approx(0.4), None]


def test_a_market_without_our_car_is_a_share_of_zero_and_an_empty_market_is_none():
    foreign = {"market": "CL", "segment": "all", "registration_month": MAY, "is_own_brand": False,
               "brand": "THEIRS"}  # fmt: skip
    rows = table([{**foreign, "units": 50}], registered("TH", 0, 0, 0))
    found = {r["market"]: r for r in market.our_share(rows, MAY).to_dicts()}
    assert found["CL"]["share"] == 0
    assert found["TH"]["share"] is None


def test_brands_are_ranked_by_cars_with_their_change_in_a_year():
    rows = table(registered("AE", 0, 60, 40), registered("AE", 12, 20, 80))
    found = market.brands(rows, MAY)
    assert found["brand"].to_list() == ["OURS", "THEIRS"]
    assert found["change"].to_list() == [pytest.approx(0.4), pytest.approx(-0.4)]


def test_a_rolling_month_needs_three_months():
    rows = table(*(registered("AE", back, 10 * back, 100 - 10 * back) for back in range(4)))
    found = market.our_months(rows)
    assert found["month"].to_list() == [month(1), MAY]
    assert found["share"].to_list() == [
        pytest.approx(0.2),
        pytest.approx(0.1),
    ]  # (30+20+10), (20+10+0) of 300


def test_segments_are_parts_of_the_market_and_are_not_counted_twice():
    rows = table(registered("AE", 0, 10, 90))
    suv = rows.with_columns(segment=pl.lit("suv"))
    assert market.whole_markets(pl.concat([rows, suv]), ["AE"]).equals(rows)
    assert market.whole_markets(rows, ["SA"]).is_empty()


def test_reports_are_compared_with_the_registrations_of_the_same_three_months():
    shares = market.our_share(table(registered("AE", 0, 10, 90), registered("SA", 0, 5, 5)), MAY)
    retail = pl.DataFrame(
        {
            "market": ["AE", "AE", "AE"],
            "sales_month": [month(0), month(2), month(3)],
            "retail_units": [4, 4, 99],
        }
    )
    found = market.reported(shares, retail, MAY)
    assert found.rows() == [("SA", 5, 0, 0.0), ("AE", 10, 8, pytest.approx(0.8))]
