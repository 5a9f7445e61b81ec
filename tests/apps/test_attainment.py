"""Target, actual and forecast: sums that stay null, the pace carried on, and the sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from apps import attainment, regions
from apps.attainment import Measure

pytestmark = pytest.mark.fast

JUNE, AS_OF = date(2026, 6, 1), date(2026, 6, 17)
SCHEMA = {"forecast_vintage_date": pl.Date, "forecast_units": pl.Float64, "forecast_kind": pl.String}


def cell(series: str = "S", **changed: Any) -> dict[str, Any]:
    row = {
        "outlet_id": "AE01", "region_path": "MEA/GULF/AE", "series": series, "sales_month": JUNE,
        "retail_target": 10, "retail_units": 6, "wholesale_target": 20, "wholesale_units": 5,
        "forecast_units": 9.0, "forecast_vintage_date": AS_OF, "forecast_kind": "current",
        "working_days": 20, "working_days_elapsed": 10,
        "retail_target_to_date": 5.0, "wholesale_target_to_date": 10.0,
    }  # fmt: skip
    return row | changed


def one(*cells: dict[str, Any], measure: Measure = Measure.RETAIL) -> dict[str, Any]:
    table = pl.DataFrame(cells, schema_overrides=SCHEMA, infer_schema_length=None)
    return attainment.summed(table, measure, "sales_month").row(0, named=True)


def test_each_market_lands_by_its_own_working_days():
    # 6 in 10 of 20 days are 12; 6 in 12 of 18 days are 9
    got = one(cell(), cell("T", working_days=18, working_days_elapsed=12))
    assert (got["actual"], got["landing"], got["left_days"]) == (12, 21.0, 10)
    assert attainment.needed_per_day(got) == pytest.approx((20 - 12) / 10)


def test_a_sum_without_a_target_is_none_and_not_nothing():
    got = one(cell(retail_target=None, retail_target_to_date=None))
    assert (got["target"], got["to_date"], attainment.needed_per_day(got)) == (None, None, None)
    assert one(cell(retail_target=None), cell("T"))["target"] == 10


def test_the_forecast_is_of_retail_and_never_stands_beside_wholesale():
    assert one(cell())["forecast"] == 9.0
    got = one(cell(), measure=Measure.WHOLESALE)
    assert (got["target"], got["actual"], got["forecast"]) == (20, 5, None)


def test_before_the_first_working_day_a_month_lands_nowhere():
    got = one(cell(working_days_elapsed=0, retail_units=0, retail_target_to_date=0.0))
    assert got["landing"] is None
    said = attainment.finding(got, JUNE, AS_OF, {"pace": None, "attained": 0.0, "of_forecast": None})
    assert said == "0 cars in Jun 2026; no working day has passed yet."


def test_the_running_month_is_said_by_its_pace():
    said = attainment.finding(one(cell()), JUNE, AS_OF, {"pace": 1.2, "attained": 0.6, "of_forecast": None})
    assert said == (
        "6 cars in Jun 2026, 120 % of the target to date; at this pace 12 by the end of the month: "
        "2 above target, 3 above forecast."
    )


def test_a_month_that_is_over_says_which_forecast_it_is_held_to():
    may = date(2026, 5, 1)
    row = one(
        cell(sales_month=may, forecast_vintage_date=date(2026, 4, 30), forecast_kind="backcast"),
        cell("T", sales_month=may, forecast_units=None, forecast_vintage_date=None, forecast_kind=None),
    )
    said = attainment.finding(row, may, AS_OF, {"pace": None, "attained": 0.6, "of_forecast": 2 / 3})
    assert said == (
        "12 cars in May 2026, 60 % of the target, 67 % of the forecast (made on 30 Apr 2026, backcast)."
    )


def test_parts_of_a_metric_are_summed_before_they_are_divided():
    parts = pl.DataFrame(
        {"region_path": ["A/X", "A/Y", "B/Z"], "numerator": [1, 9, 3], "denominator": [2, 10, 0]}
    )
    got = attainment.rolled(parts, regions.next_below(""), "attained").sort("by")
    assert got.rows() == [("A", 10 / 12), ("B", None)]


def test_a_region_is_called_by_every_step_to_it():
    table = pl.DataFrame(
        {"region_path": ["MEA", "MEA/GULF", "MEA/GULF/AE"], "name": ["Middle East", "Gulf", "AE"]}
    )
    assert regions.trails(table)["MEA/GULF/AE"] == "Middle East › Gulf › United Arab Emirates"
    assert regions.trail("MEA/NEW", regions.names(table)) == "Middle East › NEW"


def test_a_region_holds_what_lies_below_it_and_not_what_only_begins_alike():
    table = pl.DataFrame({"region_path": ["MEA", "MEA/GULF/AE", "MEA2/X"]})
    assert table.filter(regions.inside("MEA"))["region_path"].to_list() == ["MEA", "MEA/GULF/AE"]
    assert regions.shared(["MEA/GULF/AE", "MEA/GULF/SA", "MEA/GUM"]) == "MEA"
    assert regions.shared(["MEA/GULF/AE", "APAC"]) == ""
    assert table.select(regions.next_below("MEA")).to_series().to_list() == ["MEA", "MEA/GULF", "MEA2/X"]
