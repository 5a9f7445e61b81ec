"""Lead times as they were observed: every wait a law of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.explain import ExplanationError, recompute
from forecasting.lead_time import LIST, level_over, waits_of, with_points
from forecasting.replenishment import Suggestions, suggest
from tests.forecasting.test_replenishment import AS_OF, CHAIN, DEMAND, chance_of, policy, position, series

pytestmark = pytest.mark.fast
DAYS = 30.4375
Waits = list[tuple[float, int]]  # days, receipts


def level(
    rate: float, waits: list[tuple[float, int]], *, review: float, chance: float, dispersion=1.0
) -> int:
    points = pl.Series([[{"days": d, "receipts": n} for d, n in waits]], dtype=LIST)
    arrays = waits_of(points, mean_days=np.zeros(1), before_days=np.zeros(1))
    one = np.ones(1)
    return int(
        level_over(
            rate * one, dispersion * one, arrays, review / DAYS * one, chance * one,
            per_month=DAYS * one, level_cv2=0 * one, late_variance=0 * one,
        )[0]
    )  # fmt: skip


def test_two_kinds_of_waits_do_not_stop_the_level_at_the_shorter_one():
    # 90 a month; 1 day or 12 days. At 27 the short wait is covered and the long one is not: the chance of the
    # cycle falls again before it rises, and every unit up to 54 is worth its place
    got = level(90.0, [(1.0, 1), (12.0, 1)], review=7.0, chance=0.7)
    assert got == slow_level(90.0, [(1.0, 1), (12.0, 1)], review=7.0, chance=0.7) == 54


def slow_level(
    rate: float, waits: list[tuple[float, int]], *, review: float, chance: float, dispersion=1.0
) -> int:
    """The definition: both chances added up one unit at a time, wait by wait."""
    total = sum(n for _, n in waits)

    def cdf(s: int, extra: float) -> float:
        mixed = 0.0
        for days, n in waits:
            mean = rate * (days + extra) / DAYS
            mixed += n / total * sum(chance_of(k, mean, dispersion * mean) for k in range(s + 1))
        return mixed

    s, last = 0, -1
    while cdf(s, review) < chance:  # from there on no level falls short
        last = s if cdf(s, review) < chance * cdf(s, 0.0) else last
        s += 1
    return last + 1


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([0.3, 2.0, 11.0, 90.0]),
    st.lists(st.tuples(st.integers(1, 60).map(float), st.integers(1, 9)), min_size=1, max_size=7),
    st.sampled_from([0.7, 0.93, 0.99]),
    st.sampled_from([1.0, 1.8]),
)
def test_the_level_is_the_one_the_definition_gives(rate, waits, chance, dispersion):
    known = {"review": 7.0, "chance": chance, "dispersion": dispersion}
    assert level(rate, waits, **known) == slow_level(rate, waits, **known)


def test_a_wait_that_is_often_short_and_now_and_then_long_is_not_a_wide_normal_one():
    # nine receipts of 5 days and one of 65: mean 11. One number with a spread of 18 days widens every law;
    # the mixture knows that nine times of ten nothing is late
    mixed = level(30.4375, [(5.0, 9), (65.0, 1)], review=7.0, chance=0.85)
    points = pl.Series([None], dtype=LIST)
    one = np.ones(1)
    plain = int(
        level_over(
            30.4375 * one, one, waits_of(points, mean_days=11 * one, before_days=0 * one), 7 / DAYS * one,
            0.85 * one, per_month=DAYS * one, level_cv2=0 * one, late_variance=18.0**2 * one,
        )[0]
    )  # fmt: skip
    assert mixed < plain


def suggested(**terms: Any) -> Suggestions:
    waits = pl.DataFrame({
        "outlet_id": "AE01", "supplier_outlet_code": "WH1",
        "part_id": pl.Series([None, None], dtype=pl.String),
        "wait_no": [1, 2], "lead_days": [5.0, 25.0], "receipts": [6, 2],
    })  # fmt: skip
    return suggest(
        pl.DataFrame([position()]), pl.DataFrame([policy(lead_time_days=10.0, **terms)]),
        pl.DataFrame([series()]), pl.DataFrame(schema=CHAIN), pl.DataFrame(schema=DEMAND),
        as_of=AS_OF, waits=waits,
    )  # fmt: skip


def test_a_suggestion_reads_the_waits_of_its_supplier_and_each_is_a_row():
    made = suggested(lead_time_source="supplier")
    rows = made.explain.filter(component="lead_time_point")
    assert sorted(rows.select("value", "source_key").rows()) == [(5.0, "6"), (25.0, "2")]
    want = slow_level(30.4375, [(5.0, 6), (25.0, 2)], review=7.0, chance=0.95)
    assert made.suggestions["order_up_to"].item() == want
    assert recompute(made.explain)["quantity"].item() == made.suggestions["quantity"].item()


def test_no_wait_can_be_spared_or_altered():
    made = suggested(lead_time_source="supplier")
    with pytest.raises(ExplanationError, match="waits are not as many as stated"):
        recompute(made.explain.filter(pl.col("source_key").is_null() | (pl.col("source_key") != "2")))
    altered = made.explain.with_columns(
        value=pl.when(pl.col("component") == "lead_time_point").then(pl.col("value") * 1.5).otherwise("value")
    )
    with pytest.raises(ExplanationError, match="not the mean of its waits"):
        recompute(altered)


def test_an_agreed_lead_time_has_no_waits():
    made = suggested(lead_time_source="agreed")
    assert made.explain.filter(component="lead_time_point").is_empty()
    assert made.suggestions["order_up_to"].item() == 24


def test_waits_of_the_part_come_before_those_of_the_supplier():
    observed = pl.DataFrame({
        "outlet_id": ["d", "d"], "supplier_outlet_code": ["w", "w"], "part_id": ["p", None],
        "wait_no": [1, 1], "lead_days": [3.0, 9.0], "receipts": [5, 50],
    })  # fmt: skip
    terms = pl.DataFrame({
        "outlet_id": ["d"] * 3, "part_id": ["p", "q", "r"], "supplier_outlet_code": ["w"] * 3,
        "lead_time_source": ["part", "supplier", "agreed"],
    })  # fmt: skip
    got = with_points(terms, observed)["lead_points"].to_list()
    assert got == [[{"days": 3.0, "receipts": 5}], [{"days": 9.0, "receipts": 50}], None]
