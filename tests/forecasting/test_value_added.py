"""Worth it or not: rates of sums, a dead zone, and too few cases say so."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.value_added import by, hint, ladder
from forecasting.weekly import weeks_of

pytestmark = pytest.mark.fast


def outcome(before, after, actual, *, author="ann", reason="promotion", month=1):
    wrong, still = abs(before - actual), abs(after - actual)
    verdict = "better" if still < wrong else "worse" if still > wrong else "neutral"
    return {
        "plan_change_id": f"{month:02}", "forecast_month": date(2026, month, 1), "author": author,
        "reason_code": reason, "direction": "up" if after > before else "down", "before_units": float(before),
        "after_units": float(after), "actual_units": float(actual), "error_before_units": float(wrong),
        "error_after_units": float(still), "value_added_units": float(wrong - still), "verdict": verdict,
    }  # fmt: skip


def test_a_rate_is_of_sums_and_says_how_many_cases_stand_behind_it():
    # errors 2 -> 0 on 10 and 1 -> 4 on 20, four times each: 12 of 120 before, 16 of 120 after
    rows = [outcome(8, 10, 10), outcome(21, 24, 20)] * 4
    row = by(pl.DataFrame(rows), ["author"]).row(0, named=True)
    assert (row["n"], row["better"], row["worse"]) == (8, 4, 4)
    assert row["wape_before"] == pytest.approx(12 / 120)
    assert row["wape_after"] == pytest.approx(16 / 120)
    assert row["verdict"] == "neutral"  # 3.3 points, inside the dead zone


def test_outside_the_dead_zone_it_is_called_and_below_eight_cases_it_is_not():
    worse = [outcome(10, 12, 10)] * 8
    assert by(pl.DataFrame(worse), ["author"])["verdict"].to_list() == ["worse"]
    assert by(pl.DataFrame(worse[:7]), ["author"])["verdict"].to_list() == ["too_few"]
    better = [outcome(12, 10, 10)] * 8
    assert by(pl.DataFrame(better), ["author"])["verdict"].to_list() == ["better"]


def test_nothing_that_came_is_no_rate_and_no_verdict():
    row = by(pl.DataFrame([outcome(0, 1, 0)] * 9), ["author"]).row(0, named=True)
    assert row["value_added"] is None
    assert row["verdict"] == "too_few"


def test_a_hint_speaks_of_the_same_person_reason_and_direction_and_of_the_last_ones():
    rows = [
        *(outcome(10, 20, 20, month=1) for _ in range(3)),  # older ones, better
        *(outcome(10, 13, 10, month=m) for m in range(2, 10)),  # the last eight: 3 of 10 worse each
        outcome(10, 11, 11, author="bob", month=12),
        outcome(10, 9, 9, month=12),
        outcome(10, 11, 11, reason="holiday", month=12),
    ]
    found = hint(pl.DataFrame(rows), author="ann", reason="promotion", direction="up")
    assert found is not None
    assert (found.n, found.worse) == (8, 8)
    assert found.value_added == pytest.approx(-0.3)
    assert hint(pl.DataFrame(rows), author="eve", reason="promotion", direction="up") is None


def test_each_step_of_the_ladder_is_held_against_the_one_before():
    rows = [
        {
            "step": step, "step_no": n, "actual_units": 10.0, "absolute_error_units": error,
            "error_units": -error, "n": 2,
        }
        for n, (step, error) in enumerate((("naive", 5.0), ("statistical", 3.0), ("dealer", 4.0)), start=1)
    ]  # fmt: skip
    found = ladder(pl.DataFrame(rows * 2))
    assert found["wape"].to_list() == [0.5, 0.3, 0.4]
    assert found["value_added"].to_list() == [None, pytest.approx(0.2), pytest.approx(-0.1)]
    assert found["bias"].to_list() == [-0.5, -0.3, -0.4]


def test_a_month_is_split_by_working_days_and_adds_up():
    # July 2026 begins on a Wednesday: 3, 5, 5, 5, 5 working days Monday to Friday
    days = [date(2026, 7, d) for d in range(1, 32) if date(2026, 7, d).weekday() < 5]
    weeks = weeks_of(23, days)
    assert list(weeks.values()) == [3, 5, 5, 5, 5]
    assert list(weeks)[:2] == [date(2026, 7, 1), date(2026, 7, 6)]
    assert sum(weeks_of(10, days).values()) == 10
    with pytest.raises(ValueError, match="calendar"):
        weeks_of(3, [])
