"""Seasonal indices and damped smoothing on histories whose answer is known."""

import numpy as np
import pytest

from forecasting.seasonal import (
    DAMPING,
    inherited_index,
    returning,
    seasonal_index,
    seasonal_smoothing,
)

pytestmark = pytest.mark.fast

SHAPE = np.array([0.5, 1.0, 1.5, 1.0])


def season_of(level: float, years: int) -> np.ndarray:
    return np.tile(level * SHAPE, years)


def smoothed(units: np.ndarray, cut: int, **kwargs: float) -> np.ndarray:
    settings = {"alpha": 0.2, "beta": 0.0, "shrink_units": 10.0} | kwargs
    groups = np.zeros(units.shape[1], dtype=np.int64)
    return seasonal_smoothing(units, [cut], horizon=4, season=4, groups=groups, **settings)[0]


def test_a_pure_season_is_continued_exactly():
    units = np.column_stack([season_of(10, 5), season_of(40, 5)])
    assert smoothed(units, 18)[:, 0] == pytest.approx([15, 10, 5, 10])
    assert smoothed(units, 18)[:, 1] == pytest.approx([60, 40, 20, 40])


def test_a_small_series_borrows_the_season_of_its_group():
    small = np.ones(20)  # too few units to have a season of its own
    units = np.column_stack([season_of(1000, 5), small])
    index = seasonal_index(units, season=4, groups=np.zeros(2, dtype=np.int64), shrink_units=1e9)
    assert index[:, 1] == pytest.approx(SHAPE, rel=0.01)
    own = seasonal_index(units, season=4, groups=np.zeros(2, dtype=np.int64), shrink_units=0.0)
    assert own[:, 1] == pytest.approx(np.ones(4))


def test_another_groups_season_is_not_borrowed():
    units = np.column_stack([season_of(1000, 5), np.full(20, 3.0)])
    index = seasonal_index(units, season=4, groups=np.array([0, 1]), shrink_units=1e9)
    assert index[:, 1] == pytest.approx(np.ones(4))


def test_less_than_two_seasons_of_history_has_no_season():
    assert smoothed(season_of(10, 5)[:, None], 7)[:, 0] == pytest.approx(
        smoothed(season_of(10, 5)[:, None], 7)[0, 0]
    )


def test_a_trend_is_damped_on_the_way_out():
    growing = np.arange(1.0, 31.0)[:, None]
    path = smoothed(growing, 6, alpha=0.5, beta=0.5)[:, 0]
    steps = np.diff(path)
    assert steps[0] > 0
    assert steps[1:] / steps[:-1] == pytest.approx(DAMPING)


def test_what_happens_after_the_cut_changes_nothing():
    units = np.random.default_rng(1).poisson(9, (20, 3)).astype(float)
    later = units.copy()
    later[15:] = 999
    assert smoothed(units, 15) == pytest.approx(smoothed(later, 15), abs=0)


def inherited(units: np.ndarray, *, line: list[list[int]], **kwargs: object) -> np.ndarray:
    groups = [np.array(codes, dtype=np.int64) for codes in line]
    settings = {"season": 2, "shrink_units": 10.0, "shrink_seasons": [1.0] * len(line), "kept": 1.0} | kwargs
    return inherited_index(units, line=groups, **settings)


def test_a_season_handed_down_weighs_units_and_seasons_of_own_sales():
    # six periods: two of each place have a centred mean, 10. Both series: 24 + 20 and 16 + 20 of 40: 1.1, .9.
    # What is handed down weighs 10 units and one season of 10: (24 + 20 x 1.1) / 40 and (20 + 20 x 1.1) / 40.
    units = np.column_stack([np.tile([12.0, 8.0], 3), np.full(6, 10.0)])
    assert inherited(units, line=[[0, 0]])[0] == pytest.approx([1.15, 1.05])
    assert inherited(units, line=[[0, 0]], shrink_seasons=[0.0])[0] == pytest.approx(
        [(24 + 11) / 30, 31 / 30]
    )


def test_a_family_takes_the_season_of_its_market_and_hands_its_own_down():
    # market (24 + 20 + 20) / 60 = 16/15: it weighs 10 + 20 units for the family of two, 10 + 10 for the other
    units = np.column_stack([np.tile([12.0, 8.0], 3), np.full((6, 2), 10.0)])
    index = inherited(units, line=[[0, 0, 0], [0, 1, 1]])
    family = (40 + 30 * 16 / 15) / 70
    assert index[0, 1:] == pytest.approx([(20 + 20 * family) / 40] * 2)
    alone = (24 + 20 * 16 / 15) / 40
    assert index[0, 0] == pytest.approx((24 + 20 * alone) / 40)


def test_a_late_season_weighs_more_than_an_early_one():
    # places 0 of rows 2 and 4, one and no season ago; kept 1/2: (.5 x 10 + 1 x 16) / (.5 x 10 + 1 x 13)
    units = np.array([10.0, 10.0, 10.0, 10.0, 16.0, 10.0])[:, None]
    index = inherited(units, line=[[0]], shrink_units=0.0, shrink_seasons=[0.0], kept=0.5)
    # centred means of rows 1 to 4: 10, 10, 11.5, 13; place 1: rows 1 and 3 weigh 1/4 and 1/2
    first, second = (5 + 16) / (5 + 13), (2.5 + 5) / (2.5 + 5.75)
    assert index[:, 0] == pytest.approx(np.array([first, second]) / ((first + second) / 2))


def test_a_handed_down_season_equals_a_slow_oracle():
    random = np.random.default_rng(3)
    units, market, family = random.poisson(20, (40, 5)).astype(float), [0, 0, 0, 1, 1], [0, 0, 1, 2, 2]
    units[:3, 4] = np.nan
    index = inherited(units, line=[market, family], season=4, shrink_seasons=[3.0, 5.0], kept=0.8)
    for series in range(5):
        assert index[:, series] == pytest.approx(slow_index(units, series, [market, family]))


def slow_index(units: np.ndarray, series: int, line: list[list[int]]) -> list[float]:
    """One series, member by member and month by month: season 4, 10 units, 3 and 5 seasons, kept .8."""
    above = [1.0] * 4
    for step, weight in zip([*line, list(range(5))], [None, 3.0, 5.0], strict=True):
        top, base, mean = [0.0] * 4, [0.0] * 4, 0.0
        for member in (m for m in range(5) if step[m] == step[series]):
            seen = []
            for t in range(2, 38):
                around = units[t - 2 : t + 3, member]
                if not np.isnan(around).any():
                    level = (around[0] / 2 + around[1] + around[2] + around[3] + around[4] / 2) / 4
                    seen.append(level)
                    top[t % 4] += units[t, member] * 0.8 ** ((39 - t) // 4)
                    base[t % 4] += level * 0.8 ** ((39 - t) // 4)
            mean += sum(seen) / len(seen)
        prior = 0.0 if weight is None else 10.0 + weight * mean
        raw = [(top[p] + prior * above[p]) / (base[p] + prior) for p in range(4)]
        above = [value / (sum(raw) / 4) for value in raw]
    return above


def test_what_moved_last_is_left_in_part_and_less_each_period():
    # twenty tens, then 20: the quick level is 15, the slow one 11; half of the distance is left each period
    units = np.array([10.0] * 20 + [20.0])[:, None]
    path = returning(units, [21], [np.ones((4, 1))], horizon=3, fast=0.5, slow=0.1, kept=0.5)
    assert path[0, :, 0] == pytest.approx([11 + 2, 11 + 1, 11 + 0.5])


def test_two_speeds_carry_the_season_and_stay_above_zero():
    units = np.column_stack([season_of(10, 5), np.zeros(20)])
    path = returning(units, [18], [np.column_stack([SHAPE, SHAPE])], horizon=4, fast=0.3, slow=0.1, kept=0.9)
    assert path[0, :, 0] == pytest.approx([15, 10, 5, 10])
    assert path[0, :, 1].tolist() == [0, 0, 0, 0]
