"""A model of many series is drawn half way to the level of their sum: worked by hand."""

import numpy as np
import pytest

from forecasting.panel_level import panel_factor

pytestmark = pytest.mark.fast


def modelled(total: float, *, horizon: int = 2, series: int = 4) -> np.ndarray:
    """(1, horizon, series): every series an equal part of the total."""
    return np.full((1, horizon, series), total / series)


def test_a_model_half_as_high_as_the_panel_is_raised_by_the_root_of_two():
    units = np.full((10, 4), 3.0)  # the panel sells 12 a period, the model says 6
    assert panel_factor(modelled(6.0), units, [10], season=12) == pytest.approx(np.full((1, 2), 2**0.5))


def test_a_model_that_agrees_with_the_panel_is_left_alone():
    units = np.full((10, 4), 3.0)
    assert panel_factor(modelled(12.0), units, [10], season=12) == pytest.approx(np.ones((1, 2)))


def test_the_season_of_the_sum_is_no_error_of_the_model():
    season = np.array([1.0, 3.0])  # two periods a season, three seasons, the next period is a low one
    units = np.tile(season, 3)[:, None] * np.ones(4)
    seasonal = np.array([4.0, 12.0])[None, :, None] / 4 * np.ones((1, 2, 4))
    assert panel_factor(seasonal, units, [6], season=2) == pytest.approx(np.ones((1, 2)))


def test_a_panel_that_stopped_or_a_model_of_nothing_changes_nothing():
    silent, sold = np.zeros((10, 4)), np.full((10, 4), 3.0)
    assert (panel_factor(modelled(6.0), silent, [10], season=12) == 1).all()
    assert (panel_factor(modelled(0.0), sold, [10], season=12) == 1).all()


def test_no_factor_halves_or_doubles_more_than_once():
    units = np.full((10, 4), 300.0)
    assert (panel_factor(modelled(6.0), units, [10], season=12) == 2).all()


def test_series_that_begin_late_count_with_their_own_mean():
    units = np.full((10, 4), 3.0)
    units[:6, 3] = np.nan  # recorded since four periods, at the same rate
    assert panel_factor(modelled(12.0), units, [10], season=12) == pytest.approx(np.ones((1, 2)))


def test_nothing_at_or_after_a_cut_is_read():
    units = np.full((10, 4), 3.0)
    shifted = units.copy()
    shifted[8:] = 1_000.0
    first, second = (panel_factor(modelled(6.0), u, [8], season=12) for u in (units, shifted))
    assert (first == second).all()
