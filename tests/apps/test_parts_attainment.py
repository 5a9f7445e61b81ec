"""Parts beside target, forecast and plan: one currency, two quantities, who is missing."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import parts_attainment
from apps.attainment import Measure
from apps.parts_attainment import Figure
from tests.apps.parts_target_tables import planned, row, table

pytestmark = pytest.mark.fast
MAY, JULY = date(2026, 5, 1), date(2026, 7, 1)
RATES = pl.DataFrame(
    {"from_currency": ["AED"], "to_currency": ["USD"], "rate": [0.25], "is_to_group_currency": [True],
     "valid_from_date": [MAY], "valid_to_date": [None]},
    schema_overrides={"valid_to_date": pl.Date},
)  # fmt: skip
ELSEWHERE = {"outlet_id": "US01", "region_path": "AMER/US", "currency": "USD"}


def test_money_of_one_currency_stays_in_it_and_of_several_becomes_the_groups() -> None:
    own, currency = parts_attainment.shaped(table([row()]), Figure.MONEY, RATES)
    assert (own["retail_units"].to_list(), currency) == ([1_000], "AED")
    both, currency = parts_attainment.shaped(table([row(), row(**ELSEWHERE)]), Figure.MONEY, RATES)
    assert (both["retail_units"].to_list(), currency) == ([250, 1_000], "USD")


def test_a_currency_without_a_rate_is_left_out_and_named() -> None:
    cells = table([row(), row(outlet_id="BR01", currency="BRL")])
    shaped, _ = parts_attainment.shaped(cells, Figure.MONEY, RATES)
    assert shaped["outlet_id"].to_list() == ["AE01"]
    assert parts_attainment.unrated(cells, RATES) == ["BRL"]
    assert parts_attainment.unrated(table([row()]), RATES) == []  # of one currency nothing is converted
    units, _ = parts_attainment.shaped(cells, Figure.UNITS, RATES)
    assert units["retail_units"].to_list() == [10, 10]


def test_a_forecast_is_judged_by_what_was_asked_for_in_complete_months() -> None:
    may = row(sales_month=MAY, is_complete_month=True)
    silent = row(sales_month=MAY, is_complete_month=True, category="body", forecast_units=None)
    shaped, _ = parts_attainment.shaped(table([may, silent, row()]), Figure.UNITS, RATES)
    got = parts_attainment.summed(shaped, Measure.RETAIL, "sales_month")
    assert got["of_forecast"].to_list() == [12 / 24, None]  # June runs still
    sent = parts_attainment.summed(shaped, Measure.WHOLESALE, "sales_month")
    assert (sent["of_forecast"].to_list(), sent["actual"].to_list()) == ([None, None], [30, 15])


def test_a_draft_is_nobodys_plan_and_retail_is_valued_at_the_price_of_what_is_wanted() -> None:
    cells = table(
        [
            row(sales_month=JULY, **planned("a", "submitted", 26, 25)),
            row(sales_month=JULY, category="body", **planned("b", "draft", 99, 99)),
            row(sales_month=JULY, category="electrical", **planned("c", "merged", 4, 0)),
        ]
    )
    units, _ = parts_attainment.shaped(cells, Figure.UNITS, RATES)
    assert parts_attainment.summed(units, Measure.RETAIL, "sales_month")["plan"].to_list() == [30]
    assert parts_attainment.summed(units, Measure.WHOLESALE, "sales_month")["plan"].to_list() == [25]
    money, _ = parts_attainment.shaped(cells, Figure.MONEY, RATES)
    # 26 at 100; what asks for nothing has no price, and no value
    assert parts_attainment.summed(money, Measure.RETAIL, "sales_month")["plan"].to_list() == [2_600]


def test_plans_are_put_together_beside_the_forecast_of_the_dealers_who_sent_one() -> None:
    cells = table(
        [
            row(sales_month=JULY, **planned("a", "submitted", 26, 25)),
            row(sales_month=JULY, outlet_id="AE02", **planned("b", "merged", 10, 12), forecast_units=6.0),
            row(sales_month=JULY, outlet_id="AE03", is_plan_missing=True),
        ]
    )
    plan = parts_attainment.merged(cells)
    assert plan.row(0, named=True) == {
        "category": "wear", "dealers": 2, "missing": 1, "waiting": 1, "retail": 36, "requirement": 37,
        "forecast": 54.0, "same": 30.0, "gap": 6.0,
    }  # fmt: skip
    assert parts_attainment.waiting(cells).rows() == [("a", 2, "AE01", "wear")]
    away = parts_attainment.missing(cells)
    said = parts_attainment.merge_finding(plan, JULY, away, {"AE03": "Palm"})
    assert said == (
        "Jul 2026: dealers expect 36 units and want 37; the forecast of the same dealers is 30. "
        "1 dealer sent nothing for a category: Palm."
    )
