"""The rows of one cell: errors at their lag, changes by role, and nothing where nothing is known."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import cell_rows, words

pytestmark = pytest.mark.fast

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
STEPS = ("naive", "statistical", "dealer", "region", "hq", "final")


def vintage(made: date, of: date, lag: int, units: tuple[float, ...], came: float | None) -> pl.DataFrame:
    return pl.DataFrame({
        "vintage_month": made, "forecast_month": of, "lag": lag,
        "fence": ("running", "frozen", "firm", "free")[lag],
        "outlet_id": "A", "step": STEPS, "step_no": range(1, 7), "units": units, "actual_units": came,
    }, schema_overrides={"actual_units": pl.Float64})  # fmt: skip


VINTAGES = pl.concat([
    vintage(date(2026, 4, 1), MAY, 1, (7, 8, 10, 10, 12, 12), 10.0),
    vintage(date(2026, 2, 1), MAY, 3, (7, 8, 8, 8, 5, 5), 10.0),
    vintage(JUNE, JULY, 1, (7, 8, 9, 9, 9, 9), None),
])  # fmt: skip


def uplift(*units: float | None) -> pl.DataFrame:
    """vehicle_uplift of as many dealers in July."""
    months = {"forecast_month": [JULY] * len(units), "uplift_units": units}
    return pl.DataFrame(months, schema_overrides={"uplift_units": pl.Float64})


def rows(uplifts: pl.DataFrame | None = None) -> pl.DataFrame:
    cell = pl.DataFrame({"month": [JULY], "baseline": [8.4], "final": [9.0], "q10": [6.0], "q90": [12.0]})
    history = pl.DataFrame({"month": [date(2025, 7, 1), MAY], "units": [11, 10]})
    targets = pl.DataFrame({"sales_month": [JULY], "retail_target": [15]})
    none = pl.DataFrame(schema={"sales_month": pl.Date, "promotion_share": pl.Float64})
    uplifts = uplift(1.0, 0.5) if uplifts is None else uplifts
    marked = pl.DataFrame({"month": [MAY], "units": [10], "cleaned": [6.5]})
    return cell_rows.by_month(cell, history, targets, VINTAGES, none, marked, uplifts, months=[MAY, JULY])


def test_a_month_that_is_over_shows_what_came_and_how_far_off_each_lag_was():
    may = rows().row(0, named=True)
    assert (may["actual"], may["late"], may["early"], may["bias"]) == (10, 0.2, 0.5, 2)
    assert (may["dealer"], may["region"], may["hq"], may["final"]) == (2, 0, 2, 12)
    assert may["plan"] is None


def test_a_month_ahead_shows_the_newest_changes_by_role_the_band_and_the_target():
    july = rows().row(1, named=True)
    assert (july["last_year"], july["statistical"], july["dealer"], july["hq"]) == (11, 8.4, 1, 0)
    assert (july["final"], july["q90"], july["plan"], july["gap"], july["late"]) == (9, 12, 15, 6, None)


def test_the_grid_says_which_month_is_frozen_and_a_dash_where_nothing_is_known():
    shown = cell_rows.written(rows(), cell_rows.fences(VINTAGES))
    frozen = "Jul 26 · 🔒 frozen"
    assert shown.columns == ["", "May 26", frozen]
    lines = {row[""]: row for row in shown.iter_rows(named=True)}
    assert lines["Target (retail)"]["May 26"] == words.DASH
    assert lines["Uplift by events and price"][frozen] == "+1.5"
    assert lines["Without events and price changes"][frozen] == "6.9"  # of 8.4
    assert lines["Cleaned history"]["May 26"] == "6.5"
    assert lines["Actual"]["May 26"] == "10"
    assert lines["Change by dealers"][frozen] == "+1"
    assert lines["Error, 1 month ahead"]["May 26"] == "20 %"
    assert "Promotion, % of days" not in lines  # a measure that says nothing has no line


def test_events_that_the_forecast_does_not_use_have_no_uplift_rather_than_one_of_zero():
    def line(*units: float | None) -> tuple[str, ...]:
        uplifts = uplift(*units)
        shown = cell_rows.written(rows(uplifts), {}, unused=cell_rows.without_drivers(uplifts))
        return shown.filter(pl.col("") == "Uplift by events and price").row(0)[1:]

    assert line(None, None) == (words.DASH, "not used")
    assert line(0.0, None) == (words.DASH, "0")  # used at one of two dealers
    assert line(1.0, None) == (words.DASH, "+1")


def test_accuracy_is_told_in_a_sentence_and_not_before_a_month_is_judged():
    assert cell_rows.accuracy(rows()) == "One month ahead the plan was 20% off over 1 month, 20% too high."
    assert cell_rows.accuracy(rows().tail(1)) == ""


def test_history_counts_from_the_first_sale():
    sold = pl.DataFrame({"month": [date(2026, 1, 1), date(2026, 2, 1)], "units": [0, 3]})
    assert cell_rows.months_of_history(sold, date(2026, 6, 17)) == 4
    assert cell_rows.months_of_history(sold.head(1), date(2026, 6, 17)) == 0


def test_the_error_after_each_step_shows_which_one_helped_here():
    found = dict(cell_rows.value_by_step(VINTAGES).select("Step", "Error").iter_rows())
    assert (found["Statistical"], found["Dealer"], found["Headquarters"]) == ("20 %", "0 %", "20 %")
