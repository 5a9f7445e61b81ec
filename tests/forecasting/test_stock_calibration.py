"""The chance behind a wanted fill: measured on the outlets' own days, or said to be nominal."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting.stock_calibration import ALL, CHANCES, measure_fill, with_chance

pytestmark = pytest.mark.fast
AS_OF = date(2026, 3, 10)
FIRST = date(2025, 1, 1)


def demo(parts: int = 120, rate: float = 0.15, *, seed: int = 5) -> tuple[pl.DataFrame, ...]:
    """Daily Poisson requests of one outlet over 14 months, the same by month, and its policy."""
    days = [FIRST + timedelta(days=i) for i in range((date(2026, 3, 1) - FIRST).days)]
    asked = np.random.default_rng(seed).poisson(rate, size=(len(days), parts))
    names = [f"p{j:03d}" for j in range(parts)]
    daily = pl.DataFrame({
        "outlet_id": "AE01", "part_id": np.repeat(names, len(days)),
        "demand_date": pl.Series(days * parts, dtype=pl.Date), "units": asked.T.ravel().astype(float),
    })  # fmt: skip
    month = pl.col("demand_date").dt.truncate("1mo")
    history = daily.group_by("outlet_id", "part_id", demand_month=month).agg(
        corrected_units=pl.col("units").sum()
    )
    policy = pl.DataFrame({
        "outlet_id": "AE01", "part_id": names, "abc_class": "A", "is_stocked": True, "lead_time_days": 10.0,
        "lead_time_sd_days": 2.0, "review_days": 7, "pack_size": 1,
    })  # fmt: skip
    return daily.filter(pl.col("units") > 0), policy, history.sort("outlet_id", "part_id", "demand_month")


def test_a_higher_chance_fills_more_and_every_class_has_its_own_rows():
    requests, policy, history = demo()
    mixed = policy.with_columns(
        abc_class=pl.when(pl.col("part_id") < "p060").then(pl.lit("A")).otherwise(pl.lit("B"))
    )
    found = measure_fill(requests, mixed, history, as_of=AS_OF)
    assert found.group_by("abc_class").len().sort("abc_class").rows() == [
        ("A", len(CHANCES)), ("B", len(CHANCES)), (ALL, len(CHANCES)),
    ]  # fmt: skip
    for _, rows in found.group_by("abc_class"):
        assert rows["fill"].is_sorted()
    asked = found.filter(cycle_chance=0.5).sort("abc_class")["units_asked"]
    assert asked[0] + asked[1] == asked[2]


def test_the_chance_chosen_from_one_half_year_fills_what_is_wanted_in_another():
    _, policy, history = demo()
    requests = demo()[0]
    found = measure_fill(requests, policy, history, as_of=AS_OF)
    chosen = with_chance(pl.DataFrame({"abc_class": ["A"], "service_level": [0.95]}), found)
    chance = chosen["cycle_chance"].item()
    requests, policy, history = demo(seed=6)
    again = measure_fill(requests, policy, history, as_of=AS_OF).filter(abc_class="A")
    # 2,700 units were asked for in the half year: two points are two standard errors
    assert np.interp(chance, again["cycle_chance"], again["fill"]) == pytest.approx(0.95, abs=0.02)
    assert "class A filled 95.0%" in chosen["chance_note"].item()


def test_nothing_after_the_last_complete_month_is_read():
    requests, policy, history = demo(parts=30)
    later = requests.head(1).with_columns(demand_date=pl.lit(date(2026, 3, 2)), units=pl.lit(900.0))
    month = history.head(1).with_columns(demand_month=pl.lit(date(2026, 3, 1)), corrected_units=pl.lit(900.0))
    before = measure_fill(requests, policy, history, as_of=AS_OF)
    assert measure_fill(
        pl.concat([requests, later]), policy, pl.concat([history, month]), as_of=AS_OF
    ).equals(before)


def test_a_class_with_few_requests_reads_the_whole_and_none_at_all_takes_the_share_itself():
    requests, policy, history = demo()
    one = policy.with_columns(
        abc_class=pl.when(pl.col("part_id") == "p000").then(pl.lit("C")).otherwise(pl.lit("A"))
    )
    found = measure_fill(requests, one, history, as_of=AS_OF)
    wanted = pl.DataFrame({"abc_class": ["C", "Z"], "service_level": [0.9, 0.9]})
    assert with_chance(wanted, found)["chance_note"].str.starts_with("class all").all()
    nominal = with_chance(wanted, None)
    assert nominal["cycle_chance"].to_list() == [0.9, 0.9]
    assert nominal["chance_note"].str.starts_with("not calibrated").all()


def test_a_share_that_is_missing_stays_missing():
    got = with_chance(pl.DataFrame({"abc_class": ["A"], "service_level": [None]}), None)
    assert got["cycle_chance"].to_list() == [None]


def test_a_network_younger_than_the_replay_is_not_calibrated():
    requests, policy, history = demo(parts=5)
    young = history.filter(pl.col("demand_month") >= date(2025, 9, 1))
    assert measure_fill(requests, policy, young, as_of=AS_OF).is_empty()
    assert measure_fill(requests, policy.clear(), history, as_of=AS_OF).is_empty()
