"""Constrained supply shared by hand: own cars and sold orders first, locks kept, every month to the unit."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.plan_steps import STEP_SCHEMA, STEPS
from forecasting.supply import Change, Measure, constrain
from forecasting.supply_allocation import Lock, SupplyRule, published, share_out, side_by_side

pytestmark = pytest.mark.fast
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
MARKETS = {"a": "AE", "b": "AE", "c": "SA"}


def outlet(
    name: str, demand: int, *, month: date = JULY, stock: int = 0, sold: int = 0, **known: Any
) -> dict[str, Any]:
    row = {
        "series": "S", "plan_month": month, "outlet_id": name, "market": MARKETS[name],
        "demand_units": demand, "target_units": 0, "sold_90d_units": 0, "stock_units": stock,
        "sold_orders": sold, "promised_date": None,
    }  # fmt: skip
    return row | known


def plan(rows: list[dict[str, Any]], *arrives: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The outlets, and the constrained plan over them with so many cars a month."""
    outlets = pl.DataFrame(rows, schema_overrides={"promised_date": pl.Date}, infer_schema_length=None)
    months = outlets["plan_month"].unique().sort()
    base = (
        outlets.group_by("series", "plan_month").agg(pl.col("demand_units", "stock_units").sum())
        .sort("plan_month")
        .with_columns(capacity_units=pl.Series(arrives[: len(months)]), in_transit_units=pl.lit(0))
    )  # fmt: skip
    return constrain(base), outlets


def shared(
    rows: list[dict[str, Any]], *arrives: int, rule: SupplyRule = SupplyRule.days_supply,
    locks: tuple[Lock, ...] = (), month: date = JULY,
) -> dict[str, int]:  # fmt: skip
    got = share_out(*plan(rows, *arrives), rule, locks).filter(plan_month=month)
    return dict(got.select("outlet_id", "allocated_units").iter_rows())


def lock(units: int, **where: str) -> Lock:
    return Lock("S", JULY, units, **where)


def test_sold_orders_come_first_and_the_rest_lasts_equally_long():
    # 12 for 20: 4 sold at a; 8 over the 6 it wants beyond them and the 10 of b are a half of each: 3 and 5
    assert shared([outlet("a", 10, sold=4), outlet("b", 10)], 12) == {"a": 7, "b": 5}


def test_an_outlet_sells_its_own_cars_and_they_count_towards_its_days():
    # 6 in stock at a, 6 arrive: 12 over 10 + 10 a month: six tenths of each month, a has them already
    assert shared([outlet("a", 10, stock=6), outlet("b", 10)], 6) == {"a": 6, "b": 6}


def test_shares_of_sales_and_of_the_objective_count_what_an_outlet_sells_of_its_own():
    rows = [
        outlet("a", 10, sold_90d_units=30, target_units=5, stock=2),
        outlet("b", 10, sold_90d_units=10, target_units=5),
    ]
    # 6 arrive, 8 can be sold: 3 : 1 are 6 and 2; 1 : 1 are 4 and 4
    assert shared(rows, 6, rule=SupplyRule.sales_share) == {"a": 6, "b": 2}
    assert shared(rows, 6, rule=SupplyRule.objective) == {"a": 4, "b": 4}


def test_a_locked_outlet_keeps_its_figure_and_the_rest_is_shared_again():
    rows = [outlet("a", 10), outlet("b", 10), outlet("c", 10)]
    assert shared(rows, 15) == {"a": 5, "b": 5, "c": 5}
    assert shared(rows, 15, locks=(lock(9, outlet_id="a"),)) == {"a": 9, "b": 3, "c": 3}


def test_a_locked_market_keeps_its_figure_and_its_outlets_share_it():
    rows = [outlet("a", 10), outlet("b", 10), outlet("c", 10)]
    assert shared(rows, 15, locks=(lock(4, market="AE"),)) == {"a": 2, "b": 2, "c": 10}
    both = (lock(4, market="AE"), lock(3, outlet_id="a"))
    assert shared(rows, 15, locks=both) == {"a": 3, "b": 1, "c": 10}


def test_a_lock_above_what_is_wanted_or_there_is_cut_and_says_so():
    rows = [outlet("a", 10), outlet("b", 2)]
    got = share_out(*plan(rows, 6), SupplyRule.days_supply, [lock(20, outlet_id="a"), lock(5, outlet_id="b")])
    # wanted are 10 and 2, 6 can be sold: half of each
    assert got.select("allocated_units", "reason").rows() == [
        (5, "locked at 20, cut: there are no more"), (1, "locked at 5, cut: there are no more"),
    ]  # fmt: skip
    alone = share_out(*plan(rows, 12), SupplyRule.days_supply, [lock(5, outlet_id="b")])
    assert alone["reason"].to_list() == ["all that is wanted", "locked at 5, cut: more is not wanted"]


def test_a_car_that_one_outlet_does_not_need_goes_where_it_is_wanted_and_is_gone_next_month():
    rows = [outlet(n, d, month=m, stock=s) for m in (JULY, AUGUST) for n, d, s in (("a", 1, 5), ("b", 3, 0))]
    # July: 5 in stock, none arrive, 4 wanted: a sells 1, b 3 of a's; August: 1 left at a, and it sells it
    assert shared(rows, 0, 0) == {"a": 1, "b": 3}
    assert shared(rows, 0, 0, month=AUGUST) == {"a": 1, "b": 0}


whole = st.integers(0, 12)


@settings(max_examples=60, deadline=None)
@given(
    demand=st.lists(whole, min_size=6, max_size=6),
    stock=st.lists(whole, min_size=3, max_size=3),
    sold=st.lists(st.integers(0, 4), min_size=3, max_size=3),
    arrives=st.tuples(whole, whole),
    rule=st.sampled_from(list(SupplyRule)),
    locked=st.dictionaries(st.sampled_from(["a", "b", "c", "AE", "SA"]), whole, max_size=3),
)
def test_no_car_is_shared_twice_and_only_locks_leave_one_unsold(demand, stock, sold, arrives, rule, locked):
    rows = [
        outlet(n, demand[3 * m + i], month=month, stock=stock[i], sold=sold[i], sold_90d_units=i,
               target_units=2 - i)
        for m, month in enumerate((JULY, AUGUST)) for i, n in enumerate("abc")
    ]  # fmt: skip
    months, outlets = plan(rows, *arrives)
    locks = [
        Lock("S", JULY, u, **({"outlet_id": n} if n in MARKETS else {"market": n})) for n, u in locked.items()
    ]
    got = share_out(months, outlets, rule, locks)
    assert got.height == 6
    assert (got["allocated_units"] >= 0).all()
    assert (got["short_units"] >= 0).all()
    sums = got.group_by("plan_month").agg(pl.col("allocated_units", "wanted_units").sum())
    both = sums.join(months, on="plan_month")
    assert (both["wanted_units"] == both["demand_units"]).all()
    assert (both["allocated_units"] <= both["constrained_units"]).all()
    if not locked:
        assert (both["allocated_units"] == both["constrained_units"]).all()
    july = got.filter(plan_month=JULY)
    free = july.filter(pl.col("locked_units").is_null())
    fits = sum(min(u, w) for u, w in july.select("locked_units", "wanted_units").drop_nulls().iter_rows())
    if fits <= months["constrained_units"][0]:
        kept = july.filter(pl.col("locked_units").is_not_null())
        expected = [min(u, w) for u, w in kept.select("locked_units", "wanted_units").iter_rows()]
        assert kept["allocated_units"].to_list() == expected
    assert free["allocated_units"].sum() <= months["constrained_units"][0]


def test_the_published_plan_is_what_each_outlet_gets_under_the_scenario_s_rule_and_locks():
    names = ("subject", "outlet_id", "forecast_month", "hq")
    cells = [("vehicle", "a", JULY, 6.0), ("vehicle", "b", JULY, 2.0), ("part", "a", JULY, 6.5),
             ("vehicle", "a", date(2027, 9, 1), 5.0)]  # fmt: skip
    rows = [
        {"market": "AE", "region_path": "MEA/AE", "item": "S", **dict.fromkeys(STEPS, cell[3]),
         **dict(zip(names, cell, strict=True))}
        for cell in cells
    ]  # fmt: skip
    steps = pl.DataFrame(rows, schema=STEP_SCHEMA)
    supply = pl.DataFrame(
        {"series": ["S"], "plan_month": [JULY], "capacity_units": [3], "stock_units": [1],
         "in_transit_units": [0]}
    )  # fmt: skip
    outlets = pl.DataFrame(
        [outlet("a", 0, stock=1), outlet("b", 0)], schema_overrides={"promised_date": pl.Date}
    ).drop("demand_units")

    def final(*locks: Lock, changes: tuple[Change, ...] = ()) -> list[float]:
        rule = SupplyRule.days_supply
        return published(steps, supply, outlets, list(changes), rule, locks)["final"].to_list()

    # 1 + 3 for 8 wanted: half of it, 3 and 1; parts and months without supply rows keep their plan
    assert final() == [3.0, 1.0, 6.5, 5.0]
    assert final(lock(2, outlet_id="b")) == [2.0, 2.0, 6.5, 5.0]
    # 12 wanted, 1 + 7 to be had
    more = (Change(Measure.capacity_units, 4), Change(Measure.demand_percent, 50))
    assert final(changes=more) == [6.0, 2.0, 6.5, 5.0]


def test_two_plans_stand_side_by_side_in_whole_cars_of_the_months_ahead():
    rows = [
        {"market": "AE", "region_path": "MEA/AE", "item": "S", **dict.fromkeys(STEPS, 6.0),
         "subject": subject, "outlet_id": "a", "forecast_month": month}
        for subject, month in (("vehicle", JULY), ("vehicle", AUGUST), ("part", AUGUST))
    ]  # fmt: skip
    now = pl.DataFrame(rows, schema=STEP_SCHEMA)
    then = now.with_columns(final=pl.lit(2.0)).reverse()
    assert side_by_side(now, then, after=date(2026, 7, 20)).rows() == [("S", AUGUST, "a", 6, 2)]
