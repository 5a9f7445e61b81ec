"""Local methods against hand work and a slow one-series-at-a-time oracle."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.baselines import moving_mean, naive, seasonal_naive
from forecasting.intermittent import croston_sba, one_step_spread, tsb, weighted_mean

pytestmark = pytest.mark.fast

nan = math.nan
HISTORY = st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 7.0, nan]), min_size=2, max_size=30)


def column(*units: float) -> np.ndarray:
    return np.array(units, dtype=float)[:, None]


def slow_weighted_mean(units: list[float], alpha: float) -> float:
    known = [y for y in reversed(units) if not math.isnan(y)]
    weight = [(1 - alpha) ** age for age in range(len(known))]
    return sum(w * y for w, y in zip(weight, known, strict=True)) / sum(weight) if known else nan


def slow_sba(units: list[float], alpha: float) -> float:
    known = [y for y in units if not math.isnan(y)]
    sizes, gaps, gap = [], [], 0
    for y in known:
        gap += 1
        if y > 0:
            sizes.append(y)
            gaps.append(gap)
            gap = 0
    if not known:
        return nan
    return (1 - alpha / 2) * smooth(sizes, alpha) / smooth(gaps, alpha) if sizes else 0.0


def slow_tsb(units: list[float], alpha_size: float, alpha_chance: float) -> float:
    known = [y for y in units if not math.isnan(y)]
    if not known:
        return nan
    sizes = [y for y in known if y > 0]
    return smooth([float(y > 0) for y in known], alpha_chance) * smooth(sizes, alpha_size) if sizes else 0.0


def smooth(values: list[float], alpha: float) -> float:
    level = values[0]
    for value in values[1:]:
        level = alpha * value + (1 - alpha) * level
    return level


def test_naive_repeats_the_last_recorded_value_as_known_at_each_cut():
    assert naive(column(3, 1, nan, 4), [2, 3, 4])[:, 0].tolist() == [1, 1, 4]


def test_seasonal_naive_repeats_the_same_place_of_the_last_season():
    # season of 3 after 5 periods: places 3 4 5 -> 7, 2, 9 then again 7
    got = seasonal_naive(column(1, 5, 7, 2, 9), [5], season=3, horizon=4)
    assert got[0, :, 0].tolist() == [7, 2, 9, 7]


def test_seasonal_naive_falls_back_to_the_last_value_where_the_season_is_not_known():
    assert seasonal_naive(column(nan, 4, 6), [3], season=3, horizon=3)[0, :, 0].tolist() == [6, 4, 6]


def test_a_moving_mean_leaves_unrecorded_periods_out_instead_of_counting_zero():
    assert moving_mean(column(9, 2, nan, 4), [4], periods=3)[0, 0] == 3


def test_weighted_mean_weighs_by_age():
    # alpha 1/2, weights 1, 1/2, 1/4: (4 + 0 + 2/4) / 1.75
    assert weighted_mean(column(2, 0, 4), [3], alpha=0.5)[0, 0] == pytest.approx(4.5 / 1.75)


def test_sba_is_smoothed_size_over_smoothed_gap_less_half_alpha():
    # sizes 2, 4 -> 2.2; gaps 3, 2 -> 2.9; times 1 - 0.1 / 2
    assert croston_sba(column(0, 0, 2, 0, 4), [5], alpha=0.1)[0, 0] == pytest.approx(2.2 / 2.9 * 0.95)


def test_tsb_falls_in_silence_and_croston_does_not():
    # chance 0, 0, .1 -> then .09, .081; size 2
    alive, silent = column(0, 0, 2), column(0, 0, 2, 0, 0)
    assert tsb(silent, [5], alpha_size=0.1, alpha_chance=0.1)[0, 0] == pytest.approx(0.1 * 0.81 * 2)
    assert croston_sba(silent, [5], alpha=0.1)[0, 0] == croston_sba(alive, [3], alpha=0.1)[0, 0]


def test_a_part_that_never_sold_has_rate_zero_and_an_unbegun_one_has_none():
    units = np.column_stack([column(0, 0, 0), column(nan, nan, nan), column(5, 5, 5)])
    for got in (croston_sba(units, [3], alpha=0.2), tsb(units, [3], alpha_size=0.2, alpha_chance=0.2)):
        assert got[0, 0] == 0
        assert math.isnan(got[0, 1])
        assert got[0, 2] > 4


@settings(max_examples=80, deadline=None)
@given(HISTORY, st.floats(0.01, 1), st.floats(0.01, 1))
def test_every_fast_method_equals_its_slow_oracle(units, alpha, other):
    block = column(*units)
    cuts = [1, len(units)]
    for fast, slow in (
        (weighted_mean(block, cuts, alpha=alpha), lambda u: slow_weighted_mean(u, alpha)),
        (croston_sba(block, cuts, alpha=alpha), lambda u: slow_sba(u, alpha)),
        (tsb(block, cuts, alpha_size=alpha, alpha_chance=other), lambda u: slow_tsb(u, alpha, other)),
    ):
        for got, cut in zip(fast[:, 0], cuts, strict=True):
            assert got == pytest.approx(slow(units[:cut]), nan_ok=True, abs=1e-12)


def test_spread_counts_one_step_errors_after_the_warm_up():
    # six periods of 2 warm up; then 5: error 3 against level 2; then 2 against the next level
    level = slow_weighted_mean([2.0] * 6 + [5.0], 0.5)
    got = one_step_spread(column(*[2.0] * 6, 5, 2), [7, 8], alpha=0.5)
    assert got.squared_error[:, 0] == pytest.approx([9, 9 + (2 - level) ** 2])
    assert got.expected[:, 0] == pytest.approx([2, 2 + level])
    assert got.periods[:, 0].tolist() == [1, 2]


@pytest.mark.parametrize("alpha", [0.0, -0.1, 1.5, nan])
def test_an_impossible_smoothing_share_is_refused(alpha):
    with pytest.raises(ValueError, match="smoothing share"):
        weighted_mean(column(1, 2), [2], alpha=alpha)
