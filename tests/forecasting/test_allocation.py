"""Scarce supply shared by hand: who waits first, then even days of supply, and nothing lost or doubled."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.allocation import AllocationError, Rule, Share, allocate, fair_parts, transfers

pytestmark = pytest.mark.fast
LEVEL = Rule("level", Share.days_supply, {})
GRADED = Rule("graded", Share.score, {"grade": 3.0, "stock_age_days": 1.0})


def request(
    outlet: str, wanted: int, *, waiting: int = 0, promised: date | None = None, **known: Any
) -> dict[str, Any]:
    row = {"item_id": "filter", "outlet_id": outlet, "wanted": wanted, "waiting": waiting,
           "promised_date": promised, "have": 0, "forecast_per_day": 1.0, "grade": 1.0,
           "stock_age_days": 10.0}  # fmt: skip
    return row | known


def shared(*rows: dict[str, Any], units: int, rule: Rule = LEVEL) -> dict[str, int]:
    schema = {**dict.fromkeys(["item_id", "outlet_id"], pl.String), "promised_date": pl.Date}
    supply = pl.DataFrame({"item_id": ["filter"], "units": [units]})
    got = allocate(pl.DataFrame(list(rows), schema_overrides=schema), supply, rule)
    return dict(got.sort("outlet_id").select("outlet_id", "allocated").iter_rows())


def test_everybodys_stock_lasts_equally_long():
    # rates 1, 2, 3 a day and 6 in stock at a: 24 + 6 = 30 units over 6 a day are 5 days: 5 - 6 < 0, so a gets
    # nothing and 24 over 5 a day are 4.8 days: b 9.6, c 14.4, in whole units 10 and 14
    rows = [
        request(o, 40, forecast_per_day=r, have=h)
        for o, r, h in (("a", 1.0, 6), ("b", 2.0, 0), ("c", 3.0, 0))
    ]
    assert shared(*rows, units=24) == {"a": 0, "b": 10, "c": 14}


def test_customers_who_wait_come_first_by_promised_date():
    early = request("z", 5, waiting=4, promised=date(2026, 3, 1))
    late = request("a", 5, waiting=4, promised=date(2026, 3, 9))
    assert shared(early, late, units=6) == {"a": 2, "z": 4}


def test_a_higher_score_gets_the_larger_share_and_sees_why():
    # scores: a (3 x 1 + 1 x 0.5) / 4 = 0.875, b (3 x 0.5 + 1 x 1) / 4 = 0.625; 12 in 0.875 : 0.625 is 7 : 5
    rows = [
        request("a", 10, grade=2.0, stock_age_days=30.0),
        request("b", 10, grade=1.0, stock_age_days=60.0),
    ]
    supply = pl.DataFrame({"item_id": ["filter"], "units": [12]})
    got = allocate(pl.DataFrame(rows, schema_overrides={"promised_date": pl.Date}), supply, GRADED)
    assert got["allocated"].to_list() == [7, 5]
    assert got["score"].to_list() == [0.875, 0.625]
    assert got["reason"][0] == "0 for customers who wait, by promised date; 7 by score"


def test_nobody_gets_more_than_wanted_and_plenty_serves_all():
    assert shared(request("a", 2), request("b", 3), units=99) == {"a": 2, "b": 3}


def test_an_outlet_without_a_forecast_is_served_last():
    assert shared(request("a", 5, forecast_per_day=0.0), request("b", 3), units=4) == {"a": 1, "b": 3}


def test_an_item_without_supply_gives_nothing_to_anybody():
    assert shared(request("a", 2, waiting=1, promised=date(2026, 3, 1)), units=0) == {"a": 0}


UNITS = st.integers(0, 30)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(UNITS, UNITS, st.integers(-5, 40), st.sampled_from([0.0, 0.1, 2.0, 7.5])),
        min_size=1, max_size=8,
    ),
    st.integers(0, 120), st.sampled_from(list(Share)),
)  # fmt: skip
def test_what_is_allocated_is_what_there_is_and_the_same_again(asked, units, share):
    rule = Rule("any", share, {"grade": 1.0})
    rows = [
        request(f"o{i}", max(w, x), waiting=min(w, x), promised=date(2026, 3, 1 + i) if min(w, x) else None,
                have=h, forecast_per_day=f, grade=float(i))
        for i, (w, x, h, f) in enumerate(asked)
    ]  # fmt: skip
    got = shared(*rows, units=units, rule=rule)
    assert sum(got.values()) == min(units, sum(r["wanted"] for r in rows))
    assert all(0 <= got[r["outlet_id"]] <= r["wanted"] for r in rows)
    assert shared(*reversed(rows), units=units, rule=rule) == got


def test_one_unit_more_takes_from_nobody():
    weight, base, cap = np.array([1.0, 2.5, 0.3]), np.array([4.0, 0.0, 1.0]), np.array([9, 9, 9])
    parts = [fair_parts(weight, base, cap, units) for units in range(28)]
    assert [int(p.sum()) for p in parts] == list(range(28))
    for units in (8, 14, 27):  # slow: one unit at a time to whoever lasts shortest afterwards
        slow = np.zeros(3, dtype=int)
        for _ in range(units):
            after = np.where(slow < cap, (base + slow + 1) / weight, np.inf)
            slow[after.argmin()] += 1
        assert np.abs(parts[units] - slow).max() <= 1


def spare(**units: int) -> pl.DataFrame:
    return pl.DataFrame({"item_id": "filter", "outlet_id": list(units), "units": list(units.values())})


def need(outlet: str, units: int, cost: int = 900, days: int = 10) -> pl.DataFrame:
    return pl.DataFrame({"item_id": ["filter"], "outlet_id": [outlet], "units": [units],
                         "order_cost_minor": [cost], "order_days": [days]})  # fmt: skip


LANES = pl.DataFrame({
    "from_outlet_id": ["a", "a", "b"], "to_outlet_id": ["x", "y", "x"], "cost_minor": [400, 950, 300],
    "days": [2, 2, 20],
})  # fmt: skip


def test_a_transfer_must_be_cheaper_than_the_order_and_no_slower():
    # a to x saves 500 and is 8 days sooner; a to y costs more than the order; b to x is slower than the order
    got = transfers(spare(a=9, b=9), pl.concat([need("x", 4), need("y", 4)]), LANES)
    assert got.rows() == [("filter", "a", "x", 4, 500, 8)]


def test_transfers_never_take_more_than_there_is_to_spare():
    lanes = pl.DataFrame(
        {"from_outlet_id": ["a", "a"], "to_outlet_id": ["x", "y"], "cost_minor": [400, 100], "days": [2, 2]}
    )
    got = transfers(spare(a=5), pl.concat([need("x", 4), need("y", 3)]), lanes)
    assert got.select("to_outlet_id", "units").rows() == [
        ("y", 3)
    ]  # y saves 800, x 500; 2 are left, x needs 4


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([request("a", 1), request("a", 2)], "two rows"),
        ([request("a", 1, waiting=2)], "no more can be waiting"),
        ([request("a", 1, forecast_per_day=None)], "must be there"),
    ],
)
def test_requests_that_make_no_sense_are_refused(rows, said):
    with pytest.raises(AllocationError, match=said):
        shared(*rows, units=1)


def test_a_rule_that_weighs_an_unknown_measure_is_refused():
    with pytest.raises(AllocationError, match="no column luck"):
        shared(request("a", 1), units=1, rule=Rule("odd", Share.score, {"luck": 1.0}))
