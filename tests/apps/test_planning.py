"""What the forecast review concludes: which plan is an exception, and what an override would do."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps import planning, words

pytestmark = pytest.mark.fast

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def forecast(*rows: tuple[str, date, float, float]) -> pl.DataFrame:
    """(outlet, month, baseline, final); the band is half and double the final."""
    return pl.DataFrame(
        {
            "outlet_id": outlet,
            "region_path": "MEA/AE",
            "series": "BOREAL",
            "forecast_month": month,
            "step": step,
            "mean": mean,
            "q10": mean / 2,
            "q90": mean * 2,
            "overrides": int(baseline != final),
        }
        for outlet, month, baseline, final in rows
        for step, mean in (("baseline", baseline), ("final", final))
    )


def plan(outlet: str, month: date, units: int | None) -> dict[str, object]:
    place = {"outlet_id": outlet, "region_path": "MEA/AE"}
    return {**place, "series": "BOREAL", "sales_month": month, "retail_target": units}


PRICES = pl.DataFrame({"series": ["BOREAL"], "price_minor": [100.0], "currency": ["USD"]})


def test_a_plan_outside_the_band_comes_before_a_larger_gap_inside_it():
    targets = pl.DataFrame([plan("A", JULY, 25), plan("B", JULY, 150), plan("C", JULY, 4)])
    got = planning.exceptions(
        targets,
        forecast(("A", JULY, 10, 10), ("B", JULY, 100, 100), ("C", JULY, 10, 10)),
        PRICES,
        level="outlet_id",
    )
    assert got.select("cell", "verdict", "gap", "gap_minor").rows() == [
        ("A", "Plan above band", 15.0, 1500.0),  # 25 > 20
        ("C", "Plan below band", -6.0, -600.0),  # 4 < 5
        ("B", "Inside band", 50.0, 5000.0),  # 50 to 200
    ]


def test_months_without_a_plan_are_left_out_of_both_sides():
    targets = pl.DataFrame([plan("A", JULY, 12), plan("A", AUGUST, None)])
    got = planning.exceptions(
        targets, forecast(("A", JULY, 10, 11), ("A", AUGUST, 10, 10)), PRICES, level="outlet_id"
    )
    assert got.select("months", "plan", "baseline", "final").rows() == [(1, 12, 10.0, 11.0)]


def test_dealers_of_a_market_are_judged_together_on_a_narrower_band():
    targets = pl.DataFrame([plan("A", JULY, 18), plan("B", JULY, 18)])
    one = forecast(("A", JULY, 10, 10), ("B", JULY, 10, 10))
    alone = planning.exceptions(targets, one, PRICES, level="outlet_id")
    together = planning.exceptions(targets, one, PRICES, level="region_path")
    assert alone["verdict"].to_list() == ["Inside band", "Inside band"]  # 18 < 20
    # 36 > 20 + sqrt(10^2 + 10^2) = 34.1
    assert together.select("cell", "plan", "verdict").rows() == [("MEA/AE", 36, "Plan above band")]


def test_prices_in_two_currencies_are_not_averaged():
    products = pl.DataFrame(
        {
            "series": ["ONE", "ONE", "TWO", "TWO"],
            "currency": ["USD", "USD", "USD", "EUR"],
            "list_price_minor": [100, 300, 100, 300],
        }
    )
    got = dict(planning.prices(products).select("series", "price_minor").iter_rows())
    assert got == {"ONE": 200.0, "TWO": None}


def test_the_band_of_several_dealers_is_narrower_than_the_sum_of_their_bands():
    got = planning.cell_forecast(forecast(("A", JULY, 10, 10), ("B", JULY, 10, 10)))
    # widths of 5 below and 10 above each: 20 - sqrt(50), 20 + sqrt(200)
    assert got.select("baseline", "final").rows() == [(20.0, 20.0)]
    assert got["q10"][0] == pytest.approx(20 - 50**0.5)
    assert got["q90"][0] == pytest.approx(20 + 200**0.5)


def test_last_year_is_shown_at_the_month_it_is_compared_with():
    history = pl.DataFrame({"month": [date(2025, 7, 1), date(2025, 9, 1)], "units": [7, 9]})
    got = planning.year_before(history, pl.Series([JULY, AUGUST]))
    assert got.rows() == [(JULY, 7)]


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("set", 30, {"A": 20.0, "B": 10.0}),
        ("add", 6, {"A": 14.0, "B": 7.0}),
        ("percent", -50, {"A": 5.0, "B": 2.5}),
        ("add", -99, {"A": 0.0, "B": 0.0}),
    ],
)
def test_an_override_is_spread_in_proportion(mode: planning.Mode, value: float, expected: dict[str, float]):
    assert planning.allocate({"A": 10.0, "B": 5.0}, mode, value) == pytest.approx(expected)


def test_dealers_that_have_nothing_share_evenly():
    assert planning.allocate({"A": 0.0, "B": 0.0}, "set", 5) == {"A": 2.5, "B": 2.5}


@given(
    st.dictionaries(st.text(min_size=1), st.floats(0, 1e6), min_size=1),
    st.floats(0, 1e6),
)
def test_what_is_set_is_what_the_dealers_add_up_to(cells: dict[str, float], value: float):
    assert sum(planning.allocate(cells, "set", value).values()) == pytest.approx(value, abs=1e-6)


def test_the_grid_has_a_row_per_measure_and_a_column_per_month():
    cell = planning.cell_forecast(forecast(("A", JULY, 10, 12)))
    history = pl.DataFrame({"month": [date(2025, 7, 1)], "units": [9]})
    got = planning.grid(cell, history, pl.DataFrame([plan("A", JULY, 15)]))
    assert got.rows() == [
        ("Same month last year", "9"),
        ("Plan (retail target)", "15"),
        ("Baseline", "10.0"),
        ("Final", "12.0"),
        ("P10", "6.0"),
        ("P90", "24.0"),
    ]


def test_a_month_that_nobody_planned_shows_no_plan_instead_of_zero():
    cell = planning.cell_forecast(forecast(("A", JULY, 10, 12)))
    history = pl.DataFrame({"month": [date(2025, 7, 1)], "units": [9]})
    unplanned = pl.DataFrame([plan("A", JULY, 15)]).with_columns(retail_target=pl.lit(None, dtype=pl.Int64))
    assert dict(planning.grid(cell, history, unplanned).rows())["Plan (retail target)"] == words.number(None)
