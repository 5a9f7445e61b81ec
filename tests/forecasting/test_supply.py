"""Constrained plans by hand: stock first, slots after, what is not met is lost."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.plan_steps import STEP_SCHEMA, STEPS
from forecasting.supply import Change, Measure, binding, constrain, published, totals, with_changes

pytestmark = pytest.mark.fast

MONTHS = [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]


def base(demand, capacity, *, stock=4, transit=2, series="S"):
    return pl.DataFrame(
        {
            "series": series, "plan_month": month, "demand_units": wanted, "capacity_units": slots,
            "stock_units": stock, "in_transit_units": transit, "price_minor": 100,
        }
        for month, wanted, slots in zip(MONTHS, demand, capacity, strict=True)
    )  # fmt: skip


def test_stock_and_arrivals_serve_demand_and_what_is_not_met_does_not_wait():
    # July: 4 + (3 + 2 in transit) = 9 for 8, 1 left; August: 1 + 3 for 8: 4 sold, 4 short; September: 3 for 2
    plan = constrain(base([8, 8, 2], [3, 3, 3]))
    assert plan["opening_units"].to_list() == [4, 1, 0]
    assert plan["arriving_units"].to_list() == [5, 3, 3]
    assert plan["constrained_units"].to_list() == [8, 4, 2]
    assert plan["gap_units"].to_list() == [0, 4, 0]
    assert plan["closing_units"].to_list() == [1, 0, 1]


def test_days_supply_is_the_closing_stock_over_the_next_month_s_demand():
    plan = constrain(base([8, 8, 2], [3, 3, 3]))
    assert plan["days_supply"].to_list() == pytest.approx([30.4 / 8, 0, 30.4 / 2])


def test_a_month_without_slots_takes_the_last_known_capacity_and_says_so():
    plan = constrain(base([1, 1, 9], [3, None, None], stock=0, transit=0))
    assert plan["arriving_units"].to_list() == [3, 3, 3]
    assert plan["is_capacity_known"].to_list() == [True, False, False]


def test_series_do_not_share_their_cars():
    plan = constrain(pl.concat([base([9, 0, 0], [0, 0, 0]), base([0, 0, 0], [9, 9, 9], series="T")]))
    assert plan.filter(series="S")["gap_units"].sum() == 3


def test_a_scenario_changes_what_it_names_and_nothing_else():
    start = base([10, 10, 10], [3, 3, 3])
    changed = with_changes(start, [
        Change(Measure.demand_percent, 25, plan_month=MONTHS[1]),
        Change(Measure.capacity_units, -5, series="S", plan_month=MONTHS[2]),
        Change(Measure.stock_units, 6),
    ])  # fmt: skip
    assert changed["demand_units"].to_list() == [10, 13, 10]  # 12.5 is 13
    assert changed["capacity_units"].to_list() == [3, 3, 0]
    assert changed["stock_units"].to_list() == [10, 10, 10]
    assert with_changes(start, [Change(Measure.capacity_percent, 50, series="T")]).equals(start)


def test_totals_and_binding_constraints_tell_what_is_lost_where():
    plan = constrain(base([8, 8, 2], [3, 3, 3]))
    assert totals(plan) == {
        "demand_units": 18, "constrained_units": 14, "gap_units": 4, "closing_units": 1,
        "sold_minor": 1400, "unmet_minor": 400,
    }  # fmt: skip
    assert binding(plan).select("plan_month", "gap_units").rows() == [(MONTHS[1], 4)]


@pytest.mark.parametrize("seed", range(20))
def test_no_car_appears_or_vanishes(seed):
    import numpy as np

    chance = np.random.default_rng(seed)
    start = base(chance.integers(0, 12, 3).tolist(), chance.integers(0, 9, 3).tolist())
    plan = constrain(start)
    assert 4 + plan["arriving_units"].sum() == plan["constrained_units"].sum() + plan["closing_units"][-1]
    assert (plan["closing_units"] >= 0).all()


def steps_of(*cells):
    """subject, outlet, month, units after headquarters."""
    rows = [
        {"subject": subject, "outlet_id": outlet, "market": "AE", "region_path": "MEA/AE", "item": "S",
         "forecast_month": month, **dict.fromkeys(STEPS, hq)}
        for subject, outlet, month, hq in cells
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=STEP_SCHEMA)


def test_the_published_plan_is_what_supply_carries_shared_out_as_headquarters_did():
    steps = steps_of(
        ("vehicle", "a", MONTHS[0], 6.0), ("vehicle", "b", MONTHS[0], 2.0), ("part", "a", MONTHS[0], 6.5),
        ("vehicle", "a", date(2027, 9, 1), 5.0),
    )  # fmt: skip
    supply = pl.DataFrame(
        {"series": ["S"], "plan_month": [MONTHS[0]], "capacity_units": [3], "stock_units": [1],
         "in_transit_units": [0]}
    )  # fmt: skip
    # 1 + 3 for 8 wanted: half of it, 3 and 1; parts and months without supply rows keep their plan
    assert published(steps, supply, [])["final"].to_list() == [3.0, 1.0, 6.5, 5.0]
    more = [Change(Measure.capacity_units, 4), Change(Measure.demand_percent, 50)]
    # 12 wanted, 1 + 7 to be had
    assert published(steps, supply, more)["final"].to_list() == [6.0, 2.0, 6.5, 5.0]
    assert published(steps, supply, more)["hq"].equals(steps["hq"])
