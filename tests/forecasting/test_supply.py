"""Constrained plans by hand: stock first, slots after, what is not met is lost."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.supply import (
    Change,
    Measure,
    Totals,
    binding,
    by_plant,
    constrain,
    days_of_stock_and_pipeline,
    totals,
    with_changes,
)

pytestmark = pytest.mark.fast

MONTHS = [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]


def base(demand, capacity, *, stock=4, transit=2, series="S", cost=80):
    return pl.DataFrame(
        {
            "series": series, "plan_month": month, "demand_units": wanted, "capacity_units": slots,
            "stock_units": stock, "in_transit_units": transit, "price_minor": 100,
            "unit_cost_minor": cost, "holding_percent": 12.0,
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
    # 14 sold at 100 - 80; stock means (4 + 1) / 2, (1 + 0) / 2, (0 + 1) / 2 = 3.5 at 80, 1 % a month
    assert totals(plan) == Totals(18, 14, 4, 1, 1400, 400, 280, pytest.approx(2.8), ())
    assert binding(plan).select("plan_month", "gap_units").rows() == [(MONTHS[1], 4)]


def test_a_series_without_a_cost_is_named_and_adds_no_margin():
    none = base([1, 1, 1], [9, 9, 9], series="T", cost=None).with_columns(
        pl.col("unit_cost_minor").cast(pl.Int64)
    )
    sums = totals(constrain(pl.concat([base([8, 8, 2], [3, 3, 3]), none])))
    assert (sums.margin_minor, sums.sold_minor, sums.uncosted) == (280, 1700, ("T",))
    assert totals(constrain(none)).margin_minor is None


def slots(*rows):
    """plant, build_month, plan_month, capacity."""
    names = ("plant", "build_month", "plan_month", "capacity_units")
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame.with_columns(series=pl.lit("S"), transit_days=pl.lit(30, dtype=pl.Int64))


def test_what_arrives_comes_from_the_plants_whose_slots_it_fills():
    june = date(2026, 6, 1)
    built = slots(("N", june, MONTHS[0], 2), ("S", june, MONTHS[0], 1), ("N", MONTHS[0], MONTHS[1], 3))
    more = with_changes(base([8, 8, 2], [3, 3, None]), [Change(Measure.capacity_percent, 100)])
    found = by_plant(constrain(more), built)
    # July: 6 slots 2 : 1 and 2 under way; August 6; September: 6, the last known, of no plant anybody named
    assert found.select("plan_month", "plant", "units").rows() == [
        (MONTHS[0], None, 2), (MONTHS[0], "N", 4), (MONTHS[0], "S", 2), (MONTHS[1], "N", 6),
        (MONTHS[2], None, 6),
    ]  # fmt: skip


def test_days_of_stock_and_pipeline_count_what_is_built_and_not_there_yet():
    built = slots(("N", MONTHS[0], MONTHS[1], 3), ("N", MONTHS[0], MONTHS[2], 3))
    plan = constrain(base([8, 8, 2], [3, 3, 3]))
    found = days_of_stock_and_pipeline(plan, by_plant(plan, built))
    # end of July: 1 left, 3 + 3 built and under way; of August: 0 and 3; of September: 1 and none
    assert found["pipeline_units"].to_list() == [6, 3, 0]
    assert found["days_supply"].to_list() == pytest.approx([7 * 30.4 / 8, 3 * 30.4 / 2, 1 * 30.4 / 2])


@pytest.mark.parametrize("seed", range(20))
def test_no_car_appears_or_vanishes(seed):
    import numpy as np

    chance = np.random.default_rng(seed)
    start = base(chance.integers(0, 12, 3).tolist(), chance.integers(0, 9, 3).tolist())
    plan = constrain(start)
    assert 4 + plan["arriving_units"].sum() == plan["constrained_units"].sum() + plan["closing_units"][-1]
    assert (plan["closing_units"] >= 0).all()
