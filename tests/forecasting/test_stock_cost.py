"""The fill that costs least, against sums worked out by hand."""

from __future__ import annotations

import polars as pl
import pytest

from forecasting.frames import HistoryError
from forecasting.stock_cost import CostRates, least_cost, least_cost_fill, with_costs

pytestmark = pytest.mark.fast

FRONTIER = pl.DataFrame(
    {
        "policy": ["a", "a", "a", "b"],
        "setting": [0.8, 0.9, 0.95, 1.0],
        "fill": [0.8, 0.9, 0.95, 0.9],
        "stock_value": [1000.0, 2000.0, 4000.0, 3000.0],
        "order_lines": [10, 12, 15, 10],
        "emergency_lines": [40, 20, 10, 20],
        "short_units": [80.0, 40.0, 20.0, 40.0],
    }
)
CURVE = pl.DataFrame(
    {
        "abc_class": ["A", "A", "A", "C", "C"],
        "fill": [0.8, 0.9, 0.98, 0.7, 0.9],
        "stock_days": [20.0, 40.0, 90.0, 60.0, 300.0],
    }
)


def test_each_cost_is_its_rate_times_what_the_replay_counted():
    rates = CostRates(holding=0.25, order_line=2, emergency_line=10, short_unit=5)
    costed = with_costs(FRONTIER, rates, years=2).filter(setting=0.9)
    # 2000 * .25 * 2 years, 12 * 2, 20 * 10, 40 * 5
    assert costed.select(
        "holding_cost", "ordering_cost", "emergency_cost", "shortage_cost", "total_cost"
    ).row(0) == (1000, 24, 200, 200, 1424)


def test_the_cheapest_setting_is_where_one_more_unit_of_stock_no_longer_pays():
    rates = CostRates(holding=0.2, emergency_line=10, short_unit=5)
    # a: 200+400+400=1000, 400+200+200=800, 800+100+100=1000; b: 600+200+200=1000
    found = least_cost(with_costs(FRONTIER, rates, years=1))
    assert found.select("policy", "setting", "total_cost").rows() == [("a", 0.9, 800), ("b", 1.0, 1000)]


def test_dearer_shortages_ask_for_more_stock_and_dearer_stock_for_less():
    def fill(holding: float, short: float) -> float:
        costed = with_costs(FRONTIER, CostRates(holding=holding, short_unit=short), years=1)
        return least_cost(costed).filter(policy="a")["fill"].item()

    assert (fill(0.2, 1), fill(0.2, 10), fill(0.2, 50)) == (0.8, 0.9, 0.95)
    assert fill(2.0, 10) == 0.8


def test_of_settings_that_cost_the_same_the_one_that_fills_more_is_taken():
    assert least_cost(with_costs(FRONTIER, CostRates(), years=1)).filter(policy="a")["fill"].item() == 0.95


def test_each_class_has_the_fill_at_which_holding_and_shortage_cost_least():
    # A per 365.25: .25*20/365.25+.2*.2=.0537, .25*40/365.25+.1*.2=.0474, .25*90/365.25+.02*.2=.0656
    # C: .25*60/365.25+.3*.2=.1011, .25*300/365.25+.1*.2=.2253
    found = least_cost_fill(CURVE, holding=0.25, short_share=0.2)
    assert found.rows() == [("A", 0.9, 40.0), ("C", 0.7, 60.0)]


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf")])
def test_a_cost_that_is_no_amount_is_refused_by_name(wrong: float):
    with pytest.raises(HistoryError, match="short_unit cost"):
        CostRates(short_unit=wrong)
