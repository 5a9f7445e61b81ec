"""Whole-number demand quantiles and expected shortages, against hand work and slow sums."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecasting.distribution import (
    demand_cdf,
    demand_quantile,
    dispersion_for_silence,
    expected_shortage,
    sum_quantiles,
)

pytestmark = pytest.mark.fast

MEAN = st.floats(0.001, 400)
DISPERSION = st.floats(1, 60)


def probabilities(mean: float, variance: float) -> list[float]:
    """Slow oracle: the negative binomial (or Poisson) law term by term with log-gamma."""
    top = int(mean + 40 * variance / mean + 20 * math.sqrt(variance) + 100)
    if variance - mean <= 1e-9 * mean:
        return [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(top)]
    n, p = mean**2 / (variance - mean), mean / variance
    return [
        math.exp(
            math.lgamma(k + n) - math.lgamma(n) - math.lgamma(k + 1) + n * math.log(p) + k * math.log1p(-p)
        )
        for k in range(top)
    ]


def test_a_poisson_quantile_is_read_off_its_table():
    # Poisson(1): P(<=0) .3679, P(<=1) .7358, P(<=2) .9197, P(<=3) .9810
    assert demand_quantile(1.0, 1.0, np.array([0.3, 0.5, 0.9, 0.95])).tolist() == [0, 1, 2, 3]


def test_a_geometric_quantile_is_read_off_its_table():
    # mean 1, variance 2: n = 1, p = 1/2, P(<=k) = 1 - 2^-(k+1): .5, .75, .875, .9375, .96875
    assert demand_quantile(1.0, 2.0, np.array([0.49, 0.74, 0.9, 0.95])).tolist() == [0, 1, 3, 4]


def test_no_demand_needs_no_stock_and_is_never_short():
    assert demand_quantile(np.zeros(2), np.zeros(2), 0.99).tolist() == [0, 0]
    assert expected_shortage(0.0, 0.0, np.array([0.0, 3.0, -2.0])).tolist() == [0.0, 0.0, 2.0]


def test_expected_shortage_of_a_geometric_demand_halves_with_each_unit():
    # mean 1, p = 1/2: E[(D - s)+] = 2^-s
    got = expected_shortage(1.0, 2.0, np.array([0.0, 1.0, 2.0, 5.0]))
    assert got == pytest.approx([1, 0.5, 0.25, 2**-5])


def test_back_orders_add_to_the_shortage_and_part_units_are_weighed():
    # 2 units owed: mean + 2. Half a unit in stock: halfway between 1 and 0.5 for the geometric.
    assert expected_shortage(1.0, 2.0, np.array([-2.0, 0.5])) == pytest.approx([3.0, 0.75])


@settings(max_examples=60, deadline=None)
@given(MEAN, DISPERSION, st.floats(0.02, 0.995))
def test_the_quantile_is_the_first_unit_at_which_the_summed_chances_reach_the_level(mean, dispersion, level):
    variance = mean * dispersion
    total = np.cumsum(probabilities(mean, variance))
    first = int(np.argmax(total >= level))
    got = int(demand_quantile(mean, variance, level))
    # a level that coincides with a step to the last digits may fall to either side of it
    assert got == first or abs(total[min(got, first)] - level) < 1e-9


@settings(max_examples=60, deadline=None)
@given(MEAN, DISPERSION, st.floats(-3, 300))
def test_expected_shortage_equals_the_sum_over_all_demands(mean, dispersion, stock):
    chances = probabilities(mean, mean * dispersion)
    slow = math.fsum(p * max(k - stock, 0.0) for k, p in enumerate(chances))
    assert float(expected_shortage(mean, mean * dispersion, stock)) == pytest.approx(slow, rel=1e-6, abs=1e-7)


def test_many_rows_agree_with_scipy_across_walk_and_bisection():
    rng = np.random.default_rng(7)
    mean = rng.lognormal(1, 2, 4000)
    variance = mean * (1 + rng.lognormal(0, 1, 4000))
    level = rng.uniform(0.05, 0.995, 4000)
    n, p = mean**2 / (variance - mean), mean / variance
    assert (demand_quantile(mean, variance, level) == stats.nbinom.ppf(level, n, p)).all()
    assert demand_cdf(mean, variance, 3) == pytest.approx(stats.nbinom.cdf(3, n, p), abs=1e-9)


def test_months_add_up_to_the_law_of_the_longer_period():
    # 1.5 months of mean 2, dispersion 3: mean 3, variance 9; n = 1.5, p = 1/3
    assert sum_quantiles(2.0, 3.0, 1.5, 0.9) == stats.nbinom.ppf(0.9, 1.5, 1 / 3)


def test_doubt_about_the_level_widens_the_sum_with_its_square():
    # ten months of mean 1: variance 10, and 10 * 9 pairs that covary by 0.1 -> 19
    assert sum_quantiles(1.0, 1.0, 10, 0.95, level_cv2=0.1) == demand_quantile(10.0, 19.0, 0.95)


@pytest.mark.parametrize(
    ("mean", "variance", "level", "word"),
    [
        (-1.0, 1.0, 0.5, "mean"),
        (math.nan, 1.0, 0.5, "mean"),
        (1.0, math.inf, 0.5, "variance"),
        (1.0, 1.0, 0.0, "level"),
        (1.0, 1.0, 1.0, "level"),
        (1.0, 1.0, math.nan, "level"),
    ],
)
def test_an_impossible_argument_is_refused_by_name(mean, variance, level, word):
    with pytest.raises(ValueError, match=word):
        demand_quantile(mean, variance, level)


def test_the_spread_for_a_chance_of_silence_gives_that_chance_back():
    mean, none = np.array([0.05, 0.4, 2.0, 8.0]), np.array([0.97, 0.8, 0.3, 0.01])
    dispersion = dispersion_for_silence(mean, none)
    assert (dispersion > 1).all()
    assert demand_cdf(mean, mean * dispersion, 0) == pytest.approx(none, abs=1e-4)


def test_silence_rarer_than_poisson_is_read_as_poisson_and_none_at_all_is_bounded():
    # exp(-2) = .135: a tenth of silent months is less than chance alone would give
    assert dispersion_for_silence(2.0, 0.1) == pytest.approx(1.0, abs=1e-4)
    assert dispersion_for_silence(2.0, 1.0) == pytest.approx(60, rel=1e-4)
    assert np.isnan(dispersion_for_silence(np.nan, 0.5))
