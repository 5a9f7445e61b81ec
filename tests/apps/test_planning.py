"""What the forecast review concludes: which plan is an exception, and what an override would do."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import planning

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


def test_a_cell_is_a_dealer_his_region_or_any_region_above_it():
    placed = forecast(("A", JULY, 1.0, 1.0)).with_columns(region_path=pl.lit("MEA/GULF/AE"))
    cells = {(cell, "BOREAL") for cell in ("A", "MEA/GULF/AE", "MEA/GULF", "MEA")}
    assert planning.cells(placed) == cells


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


def cells_of_a_change(step: str) -> pl.DataFrame:
    place = {"series": "S", "forecast_month": JULY}
    forecast = pl.DataFrame(
        {"outlet_id": outlet, **place, "step": step_, "mean": mean}
        for outlet, mean in (("A", 9.6), ("B", 5.2), ("C", 0.6))
        for step_ in ("baseline", "final")
    )
    vintage = pl.DataFrame(
        {"outlet_id": outlet, **place, "step": step_, "units": units}
        for outlet, units_ in (("A", (10.0, 12.0)), ("B", (5.0, 5.0)))
        for step_, units in zip(("statistical", "region"), units_, strict=True)
    )
    history = pl.DataFrame({"outlet_id": ["A"], "sales_month": [date(2025, 7, 1)], "units": [3]})
    return planning.change_cells(forecast, vintage, history, when=JULY, step=step)


def test_a_change_acts_on_what_the_steps_before_left_and_weighs_what_nobody_changed_by_its_mean():
    assert cells_of_a_change("region").rows() == [
        ("A", 12.0, 12.0, 3.0),  # changed by a region: its whole units are its weight
        ("B", 5.0, 5.2, 0.0),
        ("C", 1.0, 0.6, 0.0),  # in no vintage yet: the forecast, rounded
    ]


def test_a_preview_is_whole_and_adds_up_to_what_was_asked():
    found = planning.after_change(cells_of_a_change("region"), "set", 36, "proportional")
    assert found["after"].to_list() == [24, 11, 1]  # 24.27, 10.52, 1.21: the last car to the largest rest
    by_last_year = planning.after_change(cells_of_a_change("region"), "set", 4, "last_year")
    assert by_last_year["after"].to_list() == [4, 0, 0]


def test_a_hint_says_how_the_last_changes_like_it_went_and_when_they_are_few():
    outcomes = pl.DataFrame(
        {
            "plan_change_id": str(n), "forecast_month": date(2026, n, 1), "author": "ann",
            "reason_code": "promotion", "direction": "up", "actual_units": 10.0, "value_added_units": -3.0,
            "verdict": "worse",
        }
        for n in range(1, 4)
    )  # fmt: skip
    told = planning.hint(outcomes, author="ann", reason="promotion", up=True)
    assert told == (
        "Your last 3 uplifts with this reason made it worse by 30% of what came, n=3; few cases say little."
    )
    assert planning.hint(outcomes, author="ann", reason="promotion", up=False) == ""
    assert planning.hint(outcomes, author="ann", reason=None, up=True) == ""
    assert planning.hint(outcomes.clear(), author="ann", reason="promotion", up=True) == ""


def test_a_cell_is_marked_where_itself_or_a_place_below_it_is_overridden():
    ranked = pl.DataFrame({"cell": ["MEA", "MEA/AE", "AE01", "MEA/SA"], "series": "S"})
    data = {"series": "S", "forecast_month": "2026-07-01"}
    documents = [
        {"state": "applied", "data": data | {"region_path": "MEA/AE"}},
        {"state": "applied", "data": data | {"region_path": "MEA/AE", "outlet_code": "AE01"}},
        {"state": "withdrawn", "data": data | {"region_path": "MEA/SA"}},
        {"state": "applied", "data": data | {"region_path": "MEA/SA", "forecast_month": "2026-08-01"}},
    ]
    assert planning.with_marks(ranked, documents, [JULY])["changed"].to_list() == ["○", "●○", "●", ""]
