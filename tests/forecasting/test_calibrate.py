"""How far a level is taken to be wrong: sums over months cover as often as they say."""

import numpy as np
import pytest

from forecasting.calibrate import calibrate, likeliest_level_error, pit_coverage
from forecasting.distribution import sum_variance

pytestmark = pytest.mark.fast

WINDOW, ITEMS, LEVELS = 6, 4_000, (0.8, 0.9, 0.95)


def demand_with_level_error(mean: float, cv2: float, items: int = ITEMS) -> np.ndarray:
    """(window, items): Poisson around a level that is gamma around the forecast."""
    random = np.random.default_rng(3)
    level = random.gamma(1 / cv2, cv2 * mean, items)
    return random.poisson(level, (WINDOW, items)).astype(float)


def test_a_level_error_is_found_and_sums_of_months_cover_what_they_say():
    actual, mean = demand_with_level_error(1.0, 0.4), np.ones((WINDOW, ITEMS))
    own = np.full(ITEMS, 1.4)  # one month: 1 of Poisson and .4 of the level
    fitted = calibrate(mean, own, actual)
    assert fitted.inflation == 1.0
    assert fitted.level_cv2 == pytest.approx(0.4, abs=0.05)
    for months in (3, 6):
        total, expected = actual[:months].sum(axis=0), np.full(ITEMS, float(months))
        variance = sum_variance(1.0, own, months, level_cv2=fitted.level_cv2)
        assert pit_coverage(expected, variance, total, LEVELS) == pytest.approx(LEVELS, abs=0.01)
        narrow = sum_variance(1.0, own, months)
        assert (pit_coverage(expected, narrow, total, LEVELS) < np.array(LEVELS) - 0.01).all()


def test_without_a_level_error_the_months_of_a_sum_are_independent():
    actual = np.random.default_rng(4).poisson(1.0, (WINDOW, ITEMS)).astype(float)
    assert calibrate(np.ones((WINDOW, ITEMS)), np.full(ITEMS, 1.01), actual).level_cv2 < 0.02


def test_one_period_says_nothing_about_sums():
    one = np.ones((1, 50))
    assert likeliest_level_error(one, np.full(50, 1.5), one * 2, 0.3) == 0.3
