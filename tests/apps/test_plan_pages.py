"""What the planning pages conclude, by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import figures, new_model, plan_rounds, supply_plan, value_added
from forecasting.launch import Launch, taught_all
from forecasting.run_out import SCHEMA as PAST
from forecasting.run_out import RunOut

pytestmark = pytest.mark.fast

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def plan(outlet: str, horizon: str, retail: int, **fields: object) -> dict[str, object]:
    usual = {
        "outlet_id": outlet, "market": "AE", "series": "S", "horizon": horizon, "plan_month": JULY,
        "period_date": JULY, "state": "submitted", "retail_units": retail, "requirement_units": retail + 1,
        "agreed_retail_units": retail, "agreed_requirement_units": retail + 1, "statistical_units": 4.0,
        "final_units": 5.0,
    }  # fmt: skip
    return usual | fields


def test_a_month_plan_goes_before_the_three_month_plan_and_retail_is_not_added_to_requirement():
    plans = pl.DataFrame([
        plan("a", "three_month", 9), plan("a", "month", 3), plan("b", "three_month", 2),
        plan("c", "month", 8, state="draft"), plan("a", "week", 1),
    ])  # fmt: skip
    ahead = pl.DataFrame({"plan_month": [JULY], "built_ahead_units": [2]})
    row = plan_rounds.by_month(plans, ahead).row(0, named=True)
    assert (row["dealers"], row["retail"], row["requirement"]) == (2, 5, 7)
    assert (row["statistical"], row["final"], row["built_ahead"]) == (8, 10, 2)
    assert plan_rounds.missing(plans, ["a", "b", "c", "d"], JULY) == ["c", "d"]


def test_a_plan_stands_as_its_newest_version_says_and_an_older_one_changes_nothing():
    row = plan("a", "month", 9) | {
        "version": 3,
        "reviewed_retail_units": 7,
        "reviewed_requirement_units": None,
    }
    plans = pl.DataFrame(
        [row | {"dealer_plan_id": key} for key in ("1", "2", "3")],
        schema_overrides={"reviewed_requirement_units": pl.Int64},
    )
    said = {"retail_units": 9, "requirement_units": 10, "reviewed_retail_units": 4}
    documents = [
        {"key": "1", "version": 4, "state": "region_reviewed", "data": said},
        {"key": "2", "version": 3, "state": "draft", "data": said},
        {"key": "9", "version": 1, "state": "draft", "data": said},
    ]
    now = plan_rounds.as_they_stand(plans, documents)
    shown = now.select("state", "version", "agreed_retail_units", "agreed_requirement_units")
    assert shown.rows() == [
        ("region_reviewed", 4, 4, 10), ("submitted", 3, 7, 10), ("submitted", 3, 7, 10),
    ]  # fmt: skip
    assert now.columns == plans.columns


def test_the_weeks_of_two_markets_add_up_to_the_month_and_stand_beside_the_dealers_own():
    days = pl.DataFrame({
        "market": "AE", "calendar_date": [date(2026, 7, 5), date(2026, 7, 6)], "calendar_month": JULY,
        "is_working_day": [False, True],
    })  # fmt: skip
    final = pl.DataFrame({"outlet_id": ["a", "b"], "market": ["AE", "SA"], "units": [4.0, 23.0]})
    plans = pl.DataFrame([plan("a", "week", 3, period_date=date(2026, 7, 6))])
    weeks = plan_rounds.weeks(final, plans, days, JULY)
    assert weeks["plan"].sum() == 27
    second = weeks.filter(week=date(2026, 7, 6)).row(0, named=True)
    assert (second["plan"], second["retail"], second["requirement"]) == (4 + 5, 3, 4)


def test_stock_at_the_end_is_told_as_days_of_the_planned_pace():
    # 2 + 4 - 3 = 3, 3 + 4 - 3 = 4 left at 3 a month: 40.5 days
    told = supply_plan.finding(supply_plan.reckoned(supply(3), None))
    assert told.endswith("4 are in stock at the end, 41 days' supply.")


def supply(demand: int) -> pl.DataFrame:
    return pl.DataFrame({
        "series": "S", "plan_month": [JULY, AUGUST], "demand_units": demand, "target_units": 9,
        "capacity_units": [4, 4], "scheduled_units": 3, "stock_units": 2, "in_transit_units": 0,
        "price_minor": 1_000_00, "currency": "USD", "unit_cost_minor": 80_000, "holding_percent": 12.0,
    })  # fmt: skip


def test_a_director_reads_what_is_short_from_when_and_what_it_costs():
    told = supply_plan.finding(supply_plan.reckoned(supply(5), None))
    # July: 2 + 4 for 5, 1 left; August: 1 + 4 for 5
    assert told == "Supply carries all 10 cars that are wanted; 0 are in stock at the end, 0 days' supply."
    told = supply_plan.finding(supply_plan.reckoned(supply(8), None))
    assert told == (
        "6 of 16 wanted cars cannot be supplied, USD 6.0k at list price. "
        "It begins in Jul 2026, most with S: 2 short; 0 are in stock at the end, 0 days' supply."
    )


def test_a_scenario_is_reckoned_from_its_document_and_the_one_promoted_last_holds():
    document = {
        "key": "a", "state": "promoted", "updated_at": "2026-06-02",
        "data": {"changes": [{"measure": "capacity_units", "value": "4.000000", "plan_month": "2026-08-01"}]},
    }  # fmt: skip
    assert supply_plan.reckoned(supply(8), document)["gap_units"].to_list() == [2, 0]
    older = document | {"key": "b", "updated_at": "2026-06-01"}
    draft = document | {"key": "c", "state": "draft", "updated_at": "2026-06-09"}
    assert supply_plan.in_force([document, older, draft]) == document
    assert supply_plan.in_force([draft]) is None


def test_a_new_model_is_previewed_beside_what_it_resembles_and_what_it_replaces():
    rows = pl.DataFrame({
        "outlet_id": "a", "region_path": "MEA/AE", "market": "AE", "series": ["OLD"] * 2, "item": "OLD",
        "forecast_month": [JULY, AUGUST], "mean": [6.0, 6.0], "q10": 1.0, "q50": 1.0,
        "q90": 9.0, "method": "m",
    })  # fmt: skip
    launch = Launch("NEW", "MEA", "OLD", JULY, 0.5, 2, "OLD", 2)
    shown = new_model.preview(rows, launch)
    assert shown.select("new", "analogous", "before", "after").rows() == [(1.5, 6, 6, 3), (3, 6, 6, 0)]


def test_the_dialog_says_how_the_old_series_runs_out_and_why():
    few = RunOut((0.5,), 2, None, None, None, False)
    assert new_model.said("OLD", few) == (
        "OLD runs out in a straight line: 2 past launches to learn from, 3 are needed."
    )
    used = RunOut((0.9, 0.7, 0.4, 0.1, 0.0), 8, 0.74, 0.35, 0.21, True)
    assert new_model.said("OLD", used) == (
        "OLD keeps 90%, 70%, 40%, 10% of its sales, as 8 past launches taught "
        "(error 21%, straight line 35%). "
        "Of what successors sold in their first year 74% came from what they replaced."
    )
    worse = RunOut((0.9,), 8, 0.74, 0.20, 0.21, False)
    assert "it erred by 20%, what the others taught by 21%" in new_model.said("OLD", worse)


def test_the_review_says_which_plan_in_force_runs_a_series_out():
    plan = Launch("NOVA", "MEA", "OLD", JULY, 1.0, 3, "OLD", 4)
    _, signals = taught_all([plan], pl.DataFrame(schema=PAST))
    assert new_model.in_force(signals, "OLD") == [
        "NOVA replaces OLD in MEA: OLD keeps 75%, 50%, 25%, 0% of its sales, "
        "by the straight line of the plan."
    ]
    assert new_model.in_force(signals, "NOVA") == []


def test_the_waterfall_ends_with_what_came_and_nervousness_is_of_the_final_plan_ahead():
    rows = [
        ("final", date(2026, 5, 1), 2, 8.0, None, 10.0), ("final", date(2026, 6, 1), 1, 6.0, 8.0, 10.0),
        ("hq", date(2026, 6, 1), 1, 99.0, None, 10.0), ("final", JULY, 0, 9.0, 6.0, 10.0),
    ]  # fmt: skip
    vintages = pl.DataFrame({
        "step": step, "vintage_month": made, "forecast_month": JULY, "lag": lag, "units": units,
        "fence": ("running", "frozen", "firm")[lag], "previous_units": before, "actual_units": came,
        "absolute_change_units": None if before is None else abs(units - before), "item": "S",
    } for step, made, lag, units, before, came in rows)  # fmt: skip
    assert value_added.waterfall(vintages)["Jul 26"].to_list() == ["8", "6", "9", "10"]
    assert value_added.nervousness(vintages).rows() == [("frozen", 2.0, 2.0, 8.0, 0.25, 0.25)]


def test_a_car_planned_at_another_outlet_moves_two_outlets_and_no_factory():
    moved = pl.DataFrame({
        "step": "final", "vintage_month": date(2026, 6, 1), "forecast_month": JULY, "item": "S", "lag": 1,
        "fence": "frozen", "units": [3.0, 1.0], "previous_units": 2.0, "absolute_change_units": 1.0,
    })  # fmt: skip
    row = value_added.nervousness(moved).row(0, named=True)
    assert (row["share"], row["network_share"]) == (0.5, 0.0)


def test_the_plan_opens_on_what_is_short_only_where_something_is() -> None:
    short, enough = supply(8), supply(8).with_columns(gap_units=pl.lit(0))
    assert (
        supply_plan.first_to_see(short.with_columns(gap_units=pl.lit(2)), ["gap_units", "x"])[0]
        == "gap_units"
    )
    assert supply_plan.first_to_see(enough, ["gap_units", "x"]) == ["x", "gap_units"]


def test_a_month_whose_slots_are_not_known_is_marked_in_the_heat_map() -> None:
    cells = pl.DataFrame(
        {"series": "S", "plan_month": [JULY, AUGUST], "value": [3.0, 4.4], "is_capacity_known": [True, False]}
    )
    boxes = figures.supply_heatmap(cells, is_bad=True).to_dict()
    (rows,) = boxes["datasets"].values()
    assert [row["said"] for row in rows] == ["3", "≈ 4"]


def test_whoever_plans_for_one_dealer_is_called_by_it_and_others_by_their_login():
    outcomes = pl.DataFrame(
        {"author": ["ST-1", "ST-1", "bruno", "bruno", "rita"], "outlet_id": ["a", "a", "a", "b", None]}
    )
    assert value_added.planners(outcomes, {"a": "Velmora Dubai"}) == {"ST-1": "Velmora Dubai (ST-1)"}
