"""Stocking policies: what the trade does, what the textbooks say, and ours; each turns one knob into levels.

(periods, series) of demand in, order-up-to levels as they would have been set at each cut out. Nothing at or
after a cut is read for it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from forecasting.boosted import NotEnoughHistory
from forecasting.calibrate import dispersion
from forecasting.distribution import sum_quantiles, sum_variance
from forecasting.intermittent import croston_sba, one_step_spread, weighted_mean
from forecasting.stock_level import cycle_level
from forecasting.stock_model import window_mean
from forecasting.stock_replay import Terms

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Of .1, .2 and .3, and of the spread of its own errors and of last year's demand, this pair needed the least
# stock in the year before the months that carparts is judged on: a peer is to be as strong as it can be.
SBA_ALPHA = 0.3
WEIGHTED_ALPHA = 0.1
SPREAD_ALPHA = 0.1
# A level that follows every wiggle of the forecast buys what it cannot give back when it falls again.
# A third of the last period's mean in today's needed less stock at equal fill on carparts.
CARRIED_SHARE = 1 / 3
# One model a cut is fair for months; a daily file would fit hundreds that differ by nothing.
MOST_FITS = 40


class Policy(StrEnum):
    months_of_cover = "months_of_cover"
    max_of_year = "max_of_year"
    sba_normal = "sba_normal"
    sba_negative_binomial = "sba_negative_binomial"
    weighted_negative_binomial = "weighted_negative_binomial"
    marginal = "marginal"  # ours: boosted mean, negative binomial, equal return on the last unit


# What the knob means: how many periods' demand (or maxima), or a chance.
MULTIPLES: dict[Policy, tuple[float, ...]] = {
    Policy.months_of_cover: (0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 18, 21, 24, 30, 40, 60),
    Policy.max_of_year: (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10, 15),
}
# Even steps of log-odds from 0.1 to 0.9999: between neighbours a straight line is near enough the curve.
CHANCES = tuple(float(x) for x in np.round(1 / (1 + np.exp(-np.linspace(-2.2, 9.2, 40))), 6))


def knobs(policy: Policy) -> tuple[float, ...]:
    """Settings from lean to rich: enough of them to draw a curve through."""
    return MULTIPLES.get(policy, CHANCES)


@dataclass(frozen=True)
class Known:
    """What a policy reads at each cut, (cuts, series): expected units a period, variance over mean."""

    policy: Policy
    mean: Floats
    dispersion: Floats


def known(units: Floats, cuts: list[int], policy: Policy, *, terms: Terms, season: int = 12) -> Known:
    """Everything a policy needs, once for all of its settings; a series not yet begun has mean 0."""
    is_sba = policy in (Policy.sba_normal, Policy.sba_negative_binomial)
    if policy is Policy.months_of_cover:
        mean = np.stack([_nan_mean(units[max(0, c - season) : c]) for c in cuts])
    elif policy is Policy.max_of_year:
        mean = np.stack([np.nan_to_num(units[max(0, c - season) : c]).max(axis=0) for c in cuts])
    elif is_sba:
        mean = croston_sba(units, cuts, alpha=SBA_ALPHA)
    elif policy is Policy.weighted_negative_binomial:
        mean = weighted_mean(units, cuts, alpha=WEIGHTED_ALPHA)
    else:
        mean = steady(_model_mean(units, cuts, terms=terms, season=season))
    mean = np.nan_to_num(mean)
    if is_sba:
        return Known(policy, mean, _last_year_dispersion(units, cuts, mean, season))
    return Known(policy, mean, dispersion(one_step_spread(units, cuts, alpha=SPREAD_ALPHA)))


def levels(found: Known, knob: ArrayLike, terms: Terms) -> Integers:
    """Order-up-to levels (cuts, series); `knob` is one setting, or one a cut as (cuts, 1)."""
    lead, months = terms.lead_time, (terms.lead_time + terms.review).astype(np.float64)
    mean, spread = found.mean, found.dispersion
    if found.policy in MULTIPLES:
        return _whole(mean * np.asarray(knob) - 1e-9)
    if found.policy is Policy.sba_normal:
        total = mean * months + ndtri(knob) * np.sqrt(sum_variance(mean, spread, months))
        return _whole(np.maximum(total, 0.0))
    if found.policy is Policy.marginal:
        until, through = sum_variance(mean, spread, lead), sum_variance(mean, spread, months)
        return cycle_level(mean * lead, until, mean * months, through, knob)
    return sum_quantiles(mean, spread, months, knob)


def _whole(units: Floats) -> Integers:
    return np.ceil(units).astype(np.int64)


def _model_mean(units: Floats, cuts: list[int], *, terms: Terms, season: int) -> Floats:
    """Boosted mean over lead time + review; the weighted mean while a model has too little to learn."""
    window = max(1, round(float(np.mean(terms.lead_time + terms.review)))) if units.shape[1] else 1
    mean = weighted_mean(units, cuts, alpha=WEIGHTED_ALPHA)
    size = -(-len(cuts) // MOST_FITS)
    for first in range(0, len(cuts), size):
        part = cuts[first : first + size]
        with suppress(NotEnoughHistory):
            mean[first : first + size] = window_mean(
                units, part, learn_until=part[0], window=window, season=season
            )
    return mean


def steady(mean: Floats) -> Floats:
    """Each cut's mean with a share of the cut before it."""
    out = mean.copy()
    for i in range(1, len(out)):
        blended = (1 - CARRIED_SHARE) * mean[i] + CARRIED_SHARE * out[i - 1]
        out[i] = np.where(np.isnan(out[i - 1]), mean[i], blended)
    return out


def _last_year_dispersion(units: Floats, cuts: list[int], mean: Floats, season: int) -> Floats:
    """Variance of the last season over the forecast mean, at least 1 (Poisson)."""
    spread = np.ones_like(mean)
    for i, cut in enumerate(cuts):
        block = units[max(0, cut - season) : cut]
        variance = np.maximum(_nan_mean(block**2) - _nan_mean(block) ** 2, 0.0)
        np.divide(variance, mean[i], out=spread[i], where=mean[i] > 0)
    return np.maximum(spread, 1.0)


def _nan_mean(block: Floats) -> Floats:
    seen = (~np.isnan(block)).sum(axis=0)
    result: Floats = np.nansum(block, axis=0) / np.maximum(seen, 1)
    return result
