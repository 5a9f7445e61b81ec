"""Seasonal indices and damped smoothing on histories whose answer is known."""

import numpy as np
import pytest

from forecasting.seasonal import DAMPING, seasonal_index, seasonal_smoothing

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
