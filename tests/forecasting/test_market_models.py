"""Textbook models of a market's total, shared out to its series."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.choose import Method
from forecasting.market_models import MOST_MARKETS, market_models

pytestmark = pytest.mark.fast

SEASON, HORIZON = 12, 6
INDEX = 1 + 0.3 * np.sin(np.arange(60) / SEASON * 2 * np.pi)
MARKET = np.array([0, 0, 1])


def sold() -> np.ndarray:
    """Two series of one market, three to one, and one of another that grows; the season is exact."""
    growing = 50 + np.arange(60)
    return np.stack([75 * INDEX, 25 * INDEX, growing * INDEX], axis=1)


def shared(cuts: list[int]) -> np.ndarray:
    return np.tile([3.0, 1.0, 1.0], (len(cuts), HORIZON, 1))


def models(units: np.ndarray, cuts: list[int]) -> dict[Method, np.ndarray]:
    return market_models(units, cuts, shared(cuts), MARKET, horizon=HORIZON, season=SEASON)


def test_a_market_that_repeats_itself_is_forecast_as_it_was_and_shared_out_as_told():
    for method, path in models(sold(), [48, 54]).items():
        expected = np.stack([100 * INDEX[cut : cut + HORIZON] for cut in (48, 54)])
        assert path[:, :, :2].sum(axis=2) == pytest.approx(expected, rel=0.03), method
        assert path[:, :, 0] == pytest.approx(3 * path[:, :, 1])


def test_what_happens_after_a_cut_off_changes_no_forecast_from_it():
    later = sold()
    later[54:] *= 5
    for method, path in models(sold(), [48, 54]).items():
        assert np.array_equal(path, models(later, [48, 54])[method]), method


def test_holt_winters_and_arima_keep_the_parameters_of_the_first_cut_off_and_theta_does_not():
    """From the second cut-off alone, parameters would be those of that one, and the forecast another."""
    noisy = sold() * np.random.default_rng(4).uniform(0.7, 1.3, (60, 3))
    both, later = models(noisy, [48, 54]), models(noisy, [54])
    assert {m for m in both if not np.allclose(both[m][1], later[m][0])} == {Method.ets, Method.arima}


def test_a_market_too_young_keeps_the_forecast_that_shares_it():
    young = sold()
    young[:40, 2] = np.nan
    for path in models(young, [48, 54]).values():
        assert (path[:, :, 2] == 1.0).all()


def test_without_two_seasons_or_with_too_many_markets_there_are_none():
    assert models(sold()[:30], [24]) == {}
    many = np.tile(sold()[:, :1], MOST_MARKETS + 1)
    each = np.arange(MOST_MARKETS + 1)
    alone = np.ones((1, HORIZON, MOST_MARKETS + 1))
    assert market_models(many, [48], alone, each, horizon=HORIZON, season=SEASON) == {}
