"""What the replenishment pages conclude, worked by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import replenishing

pytestmark = pytest.mark.fast
FRONTIER = pl.DataFrame({
    "abc_class": ["A", "A", "B"], "cycle_chance": [0.8, 0.9, 0.9], "fill": [0.8, 0.9, 0.7],
    "fill_low": [0.78, 0.88, 0.6], "fill_high": [0.82, 0.92, 0.8], "stock_days": [20.0, 30.0, 9.0],
    "order_lines": [100.0, 200.0, 1.0], "days": [100, 100, 100],
})  # fmt: skip


def test_a_wanted_fill_is_read_between_the_replayed_chances():
    at = replenishing.at_fill(FRONTIER, "A", 0.85)
    assert at is not None
    assert (at["stock_days"], at["chance"], at["low"], at["high"]) == pytest.approx((25, 0.85, 0.83, 0.87))
    assert at["lines_a_month"] == pytest.approx(150 / 100 * 30.4375)
    assert replenishing.at_fill(FRONTIER, "C", 0.9) is None


def test_beyond_what_was_replayed_nothing_is_promised():
    at = replenishing.at_fill(FRONTIER, "A", 0.99)
    assert at is not None
    assert (at["fill"], at["stock_days"]) == (0.9, 30)


def test_the_change_in_stock_is_of_what_is_in_force():
    rows = replenishing.compared(FRONTIER, {"A": 0.8, "B": 0.7}, {"A": 0.9}).to_dicts()
    assert [(r["abc_class"], r["stock_change"]) for r in rows] == [("A", pytest.approx(0.5))]


def test_only_stocked_parts_say_what_is_in_force():
    policy = pl.DataFrame({
        "abc_class": ["A", "A", "B"], "service_level": [0.9, 0.98, 0.5], "is_stocked": [True, True, False],
    })  # fmt: skip
    assert replenishing.wanted_now(policy) == {"A": pytest.approx(0.94)}


def test_outcomes_are_sums_over_sums_and_none_where_nothing_is_judged():
    scores = pl.DataFrame({
        "outlet_id": ["a", "b", "a"], "decision": ["decline", "decline", "accept"],
        "reason": ["no_budget", "no_budget", "none"], "answers": [2, 3, 4], "judged_answers": [2, 2, 0],
        "ran_out_answers": [1, 0, 0], "excess_answers": [0, 2, 0], "suggested_units": [4, 6, 8],
        "decided_units": [0, 0, 8],
    })  # fmt: skip
    first, second = replenishing.outcomes(scores).to_dicts()
    assert (first["answers"], first["ran_out_share"], first["excess_share"]) == (5, 0.25, 0.5)
    assert (second["decision"], second["ran_out_share"]) == ("accept", None)


def test_pooling_saves_what_the_sums_say():
    balance = pl.DataFrame({"safety_units": [12.0, 8.0], "pooled_safety_units": [9.0, 6.0]})
    assert replenishing.pooled_saving(balance) == pytest.approx(0.25)
    assert replenishing.pooled_saving(balance.clear()) is None


def test_back_orders_are_offered_whole_by_their_day_and_within_the_share_of_who_waits():
    days = [date(2026, 3, d) for d in (5, 1, 2, 1)]
    owed = pl.DataFrame({
        "backorder_line_id": ["late", "first", "second", "free"], "outlet_id": ["a", "a", "a", "b"],
        "part_id": ["p", "p", "p", "q"], "quantity": [1, 2, 2, 9], "eta_date": days,
        "state": ["open", "open", "open", "open"],
    })  # fmt: skip
    shares = pl.DataFrame({"outlet_id": ["a"], "part_id": ["p"], "for_waiting": [4]})
    done = owed.with_columns(state=pl.lit("allocated"), backorder_line_id=pl.lit("done"))
    got = replenishing.to_allocate(pl.concat([owed, done]), shares)
    assert got["backorder_line_id"].to_list() == ["first", "second", "free"]


def test_only_ticked_rows_are_written_and_what_is_left_empty_is_left_out():
    rows = pl.DataFrame({
        "accept": [True, False, True], "vehicle_order_id": ["O1", "O2", "O3"], "vin": ["V1", "V2", "V3"],
        "reason": [None, None, "other"], "note": [None, None, "asked for"],
    })  # fmt: skip
    assert replenishing.accepted_lines(replenishing.CAR, rows) == [
        {"kind": "car", "vehicle_order_id": "O1", "vin": "V1"},
        {"kind": "car", "vehicle_order_id": "O3", "vin": "V3", "fifo_override_reason": "other",
         "fifo_override_note": "asked for"},
    ]  # fmt: skip
    units = rows.select(
        "accept", part_id=pl.lit("p"), from_outlet_id=pl.lit("a"), to_outlet_id=pl.lit("b"), units=pl.lit(2)
    )
    assert replenishing.accepted_lines(replenishing.TRANSFER, units.head(1)) == [
        {"kind": "transfer", "part_id": "p", "from_outlet_id": "a", "to_outlet_id": "b", "units": 2}
    ]
