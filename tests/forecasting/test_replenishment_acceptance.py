"""What users of other systems reported as wrong, each as a rule that holds here.

One test per row of the acceptance table; those that need the desk or the pipeline name where they stand.
"""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.explain import ExplanationError, recompute
from forecasting.replenishment import suggest
from tests.forecasting.test_replenishment import (
    AS_OF,
    CHAIN,
    DEMAND,
    months,
    one,
    policy,
    position,
    series,
)

pytestmark = pytest.mark.fast


def judged(terms=None, *, stock=None, rate=None, demand=(), chain=(), **more) -> dict:
    made = suggest(
        pl.DataFrame([position(**(stock or {}))]),
        pl.DataFrame([policy(**(terms or {}))]),
        pl.DataFrame([series(**(rate or {}))]),
        pl.DataFrame(list(chain), schema=CHAIN, orient="row"),
        pl.DataFrame(list(demand), schema=DEMAND),
        as_of=AS_OF,
        **more,
    )
    row = made.suggestions.filter(part_id="oil").row(0, named=True)
    if row["packed_quantity"]:
        again = recompute(made.explain).filter(suggestion_id=row["suggestion_id"])
        assert again["quantity"].item() == row["quantity"]
    return row


def test_a_manual_quantity_expires_with_its_run():
    # an answer names the suggestion it answers; stock or demand that changed makes another suggestion
    answered = one(stock={"on_hand": 4})
    tomorrow = suggest(
        pl.DataFrame([position(on_hand=4)]), pl.DataFrame([policy()]), pl.DataFrame([series()]),
        pl.DataFrame(schema=CHAIN), pl.DataFrame(schema=DEMAND), as_of=date(2026, 3, 11),
    ).suggestions.row(0, named=True)  # fmt: skip
    assert tomorrow["quantity"] == answered["quantity"]
    assert tomorrow["suggestion_id"] != answered["suggestion_id"]
    assert one(stock={"on_hand": 4}, rate={"rate": 40.0})["suggestion_id"] != answered["suggestion_id"]


def test_a_pack_rounds_up_over_the_maximum_with_a_visible_note():
    # target 24, room for 20: need 20 - 3 = 17; packs of 12 -> 24, which makes 27: 7 above
    got = judged({"maximum_units": 20, "pack_size": 12}, stock={"on_hand": 3})
    assert (got["order_up_to"], got["quantity"], got["over_maximum"]) == (20, 24, 7)
    assert "= target 24, limited to 20; have 3" in got["sentence"]
    assert got["sentence"].endswith("need 17; pack of 12 -> 24, 7 above the maximum.")


def test_the_maximum_is_an_explanation_row_and_without_it_the_quantity_does_not_follow():
    made = suggest(
        pl.DataFrame([position()]), pl.DataFrame([policy(maximum_units=20, stock_limit_id="SL-1")]),
        pl.DataFrame([series()]), pl.DataFrame(schema=CHAIN), pl.DataFrame(schema=DEMAND), as_of=AS_OF,
    )  # fmt: skip
    row = made.explain.filter(component="maximum_units").row(0, named=True)
    assert (row["value"], row["operation"], row["source_key"]) == (20, "at_most", "SL-1")
    with pytest.raises(ExplanationError, match="limits are not as many as stated"):
        recompute(made.explain.filter(pl.col("component") != "maximum_units"))


def test_a_maximum_that_is_reached_orders_nothing():
    got = judged({"maximum_units": 5}, stock={"on_hand": 5})
    assert (got["verdict"], got["quantity"]) == ("enough_stock", 0)


def test_the_minimum_is_applied_once_to_the_combined_need_and_not_per_demand_line():
    # three old numbers, a repair order, a customer and a booking ask for the same part: one line of 24 + 3
    chain = [(f"old{n}", 1, "oil", 1.0, "immediate") for n in range(3)] + [("oil", 0, "oil", 1.0, None)]
    got = judged({"minimum_quantity": 20}, stock={"reserved": 1, "backordered": 2}, chain=chain)
    assert (got["raw_quantity"], got["quantity"]) == (27, 27)
    few = judged(
        {"minimum_quantity": 20}, stock={"on_hand": 24, "reserved": 1, "backordered": 2}, chain=chain
    )
    assert (few["raw_quantity"], few["quantity"]) == (3, 20)


def test_a_non_zero_quantity_with_a_forecast_of_zero_says_who_it_is_for():
    got = judged(rate={"rate": 0.0}, stock={"backordered": 2})
    assert got["quantity"] == 2
    assert "- 2 owed to customers = -2; need 2 -> 2." in got["sentence"]


def test_horizon_and_forecast_use_the_same_days():
    # 30.4375 a month is 1 a day: order day in 3 days + 10 lead + 7 to the next order day = 20 days, 20 units
    got = judged({"order_wait_days": 3, "next_order_date": date(2026, 3, 13)})
    assert got["risk_days"] == 20
    assert got["risk_mean"] == pytest.approx(20)
    assert "20.0 in 3 days to the order day + 10-day lead + 7-day cycle" in got["sentence"]


def test_the_trigger_is_on_hand_and_coming_less_promised_and_what_is_ordered_is_the_quantity():
    got = judged(stock={"on_hand": 10, "on_order": 10, "reserved": 15})
    assert (got["position"], got["quantity"], got["order_up_to"]) == (5, 19, 24)


def test_days_of_cover_stand_beside_every_line():
    got = judged(stock={"on_hand": 4})
    assert (got["days_of_cover_before"], got["days_of_cover_after"]) == (4.0, 24.0)


def test_why_it_did_not_propose_is_answered_for_every_part():
    got = judged(stock={"on_hand": 30})
    assert got["sentence"].endswith("have 30 on hand = 30; enough, need 0.")


def test_a_superseded_part_sends_to_its_successor_and_its_stock_is_counted_there():
    chain = [("old", 1, "oil", 1.0, "use_up_first"), ("oil", 0, "oil", 1.0, None)]
    old = one(chain=chain, part="old")
    assert (old["verdict"], old["quantity"]) == ("superseded", 0)
    assert judged(stock={"predecessor_on_hand": 9.0}, chain=chain)["quantity"] == 24 - 9


def test_after_its_stop_order_date_a_part_is_ordered_for_known_need_only():
    announced = {"announced_part_id": "new", "change_date": date(2026, 4, 9)}
    before = judged({**announced, "stop_order_date": date(2026, 3, 10)})
    assert before["quantity"] > 0
    after = judged({**announced, "stop_order_date": date(2026, 3, 9)})
    assert (after["verdict"], after["quantity"]) == ("stop_order", 0)
    waiting = judged({**announced, "stop_order_date": date(2026, 3, 9)}, stock={"backordered": 2})
    assert (waiting["verdict"], waiting["quantity"]) == ("suggested", 2)
    assert waiting["sentence"].startswith("Last order day over, ordered for known need only")


def test_before_a_change_of_number_no_more_is_ordered_than_sells_until_then():
    # 1 a day and 15 days to go: 15 instead of 24
    got = judged({"announced_part_id": "new", "change_date": date(2026, 3, 25)})
    assert (got["full_target"], got["order_up_to"], got["quantity"]) == (24, 15, 15)


def test_what_spoils_is_not_ordered_beyond_what_sells_in_its_shelf_life():
    got = judged({"shelf_life_days": 12})
    assert (got["order_up_to"], got["sell_within_days"]) == (12, 12)
    assert judged({"shelf_life_days": 400})["order_up_to"] == 24
    # who waits is served all the same
    assert judged({"shelf_life_days": 1}, rate={"rate": 3.0}, stock={"backordered": 2})["quantity"] == 2


def test_who_waits_gets_an_urgent_order_when_the_days_saved_are_worth_its_freight():
    # 3 wait; urgent saves 10 - 2 = 8 days: 3 x 8 x 50 = 1200 minor units of waiting
    terms = {"urgent_lead_time_days": 2, "waiting_cost_minor": 50, "pack_size": 2}
    got = judged({**terms, "urgent_freight_minor": 1199}, stock={"backordered": 3})
    assert (got["waiting_units"], got["urgent_quantity"], got["quantity"]) == (3, 4, 28)
    assert got["sentence"].endswith("pack of 2 -> 28. 4 of them by urgent order.")
    dear = judged({**terms, "urgent_freight_minor": 1200}, stock={"backordered": 3})
    assert (dear["urgent_quantity"], dear["quantity"]) == (0, 28)
    assert judged({**terms, "urgent_freight_minor": 1}, stock={"on_hand": 1})["urgent_quantity"] == 0
    assert judged(stock={"backordered": 3})["urgent_quantity"] == 0  # no terms for urgent orders


def two_parts(budget: int | None):
    parts = ("dear", "oil")
    budgets = pl.DataFrame({"outlet_id": ["AE01"], "budget_minor": [budget]})
    return suggest(
        pl.DataFrame([position("dear", on_hand=20), position("oil")]),
        pl.DataFrame([policy("dear", unit_price_minor=10_000), policy("oil")]),
        pl.DataFrame([series(p) for p in parts]),
        pl.DataFrame(schema=CHAIN), pl.DataFrame([], schema=DEMAND), as_of=AS_OF,
        budgets=None if budget is None else budgets,
    )  # fmt: skip


def test_a_budget_buys_where_money_keeps_most_units_from_waiting_and_the_cut_is_a_row():
    # oil: 24 at 250 = 6,000; dear: 4 at 10,000. With 6,500 all the oil and none of the dear one
    made = two_parts(6_500)
    dear, oil = made.suggestions.to_dicts()
    assert (oil["quantity"], oil["budget_cut"]) == (24, 0)
    assert (dear["verdict"], dear["quantity"], dear["budget_cut"], dear["packed_quantity"]) == (
        "over_budget", 0, 4, 4,
    )  # fmt: skip
    assert dear["sentence"].endswith("need 4 -> 4; the budget pays for 0.")
    cut = made.explain.filter(component="budget_cut", suggestion_id=dear["suggestion_id"]).row(0, named=True)
    assert (cut["operation"], cut["value"]) == ("subtract", 4)
    assert cut["note"].startswith("6500 minor units left to order; this pays for 0 units")
    assert (
        recompute(made.explain)
        .sort("suggestion_id")
        .equals(made.suggestions.select("suggestion_id", "quantity").sort("suggestion_id"))
    )


def test_without_a_budget_and_with_enough_of_it_nothing_is_cut():
    for budget in (None, 100_000_000):
        assert two_parts(budget).suggestions["budget_cut"].to_list() == [0, 0]


def test_demand_months_of_the_rate_are_cited_and_a_deleted_month_breaks_the_quantity():
    made = suggest(
        pl.DataFrame([position()]), pl.DataFrame([policy()]), pl.DataFrame([series()]),
        pl.DataFrame(schema=CHAIN), pl.DataFrame(months("oil", 30, 31), schema=DEMAND), as_of=AS_OF,
    )  # fmt: skip
    with pytest.raises(ExplanationError):
        recompute(made.explain.filter(pl.col("source_key") != "2026-02"))
