"""Local methods for demand that comes now and then: weighted mean, Croston-SBA, TSB.

Every function reads a (periods, series) matrix once and returns the expected units per period as
known after each of `cuts` (distinct numbers of periods): shape (cuts, series).
Nothing at or after a cut is read for it.
NaN is "not recorded" and leaves a series' state alone; a series not yet begun at a cut gives NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A first forecast errs by more than the method does; spread is counted from here on.
WARM_UP_PERIODS = 6


def weighted_mean(units: Floats, cuts: list[int], *, alpha: float) -> Floats:
    """Exponentially weighted mean, weights (1 - alpha)^age, age in recorded periods.

    Weights are normalised, so there is no start value to choose.
    """
    _check_share(alpha)
    total, weight = np.zeros(units.shape[1]), np.zeros(units.shape[1])
    out = np.full((len(cuts), units.shape[1]), np.nan)
    for t, y in enumerate(units[: max(cuts)], start=1):
        seen = ~np.isnan(y)
        total = np.where(seen, (1 - alpha) * total + y, total)
        weight = np.where(seen, (1 - alpha) * weight + 1, weight)
        if t in cuts:
            begun = weight > 0
            out[cuts.index(t), begun] = total[begun] / weight[begun]
    return out


def croston_sba(units: Floats, cuts: list[int], *, alpha: float) -> Floats:
    """Smoothed size over smoothed gap, times (1 - alpha / 2); a series that never sold gives 0.

    The first size and the first gap (counted from the first recorded period) start the smoothing.
    Source: Syntetos and Boylan (2005), Int. J. of Forecasting 21(2), 303-314.
    """
    _check_share(alpha)
    n = units.shape[1]
    size, gap, since, begun = np.zeros(n), np.ones(n), np.zeros(n), np.zeros(n, dtype=bool)
    sold = np.zeros(n, dtype=bool)
    out = np.full((len(cuts), n), np.nan)
    for t, y in enumerate(units[: max(cuts)], start=1):
        seen, hit = ~np.isnan(y), y > 0
        begun |= seen
        since += seen
        first = hit & ~sold
        size = np.where(first, y, np.where(hit, size + alpha * (y - size), size))
        gap = np.where(first, since, np.where(hit, gap + alpha * (since - gap), gap))
        since[hit] = 0
        sold |= hit
        if t in cuts:
            out[cuts.index(t)] = np.where(begun, (1 - alpha / 2) * size / gap, np.nan)
    return out


def tsb(units: Floats, cuts: list[int], *, alpha_size: float, alpha_chance: float) -> Floats:
    """Smoothed chance of any demand times smoothed size; the chance falls in every silent period.

    The first recorded period starts the chance (0 or 1), the first demand the size.
    Source: Teunter, Syntetos and Babai (2011), European J. of Operational Research 214, 606-615.
    """
    _check_share(alpha_size)
    _check_share(alpha_chance)
    n = units.shape[1]
    size, chance = np.zeros(n), np.zeros(n)
    begun, sold = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    out = np.full((len(cuts), n), np.nan)
    for t, y in enumerate(units[: max(cuts)], start=1):
        seen, hit = ~np.isnan(y), y > 0
        moved = np.where(begun, chance + alpha_chance * (hit - chance), hit)
        chance = np.where(seen, moved, chance)
        size = np.where(hit & ~sold, y, np.where(hit, size + alpha_size * (y - size), size))
        begun |= seen
        sold |= hit
        if t in cuts:
            out[cuts.index(t)] = np.where(begun, chance * size, np.nan)
    return out


@dataclass(frozen=True)
class Spread:
    """Running sums over one-step forecasts, each (cuts, series)."""

    squared_error: Floats
    expected: Floats
    periods: Floats


def one_step_spread(units: Floats, cuts: list[int], *, alpha: float) -> Spread:
    """Squared one-step errors of the weighted mean, and the means they belong to, up to each cut."""
    n = units.shape[1]
    total, weight, count = np.zeros(n), np.zeros(n), np.zeros(n)
    squared, expected, periods = np.zeros(n), np.zeros(n), np.zeros(n)
    out = np.zeros((3, len(cuts), n))
    for t, y in enumerate(units[: max(cuts)], start=1):
        seen = ~np.isnan(y)
        judged = seen & (count >= WARM_UP_PERIODS)
        level = total / np.maximum(weight, 1e-300)
        squared += np.where(judged, (y - level) ** 2, 0.0)
        expected += np.where(judged, level, 0.0)
        periods += judged
        total = np.where(seen, (1 - alpha) * total + y, total)
        weight = np.where(seen, (1 - alpha) * weight + 1, weight)
        count += seen
        if t in cuts:
            out[:, cuts.index(t)] = squared, expected, periods
    return Spread(out[0], out[1], out[2])


def _check_share(alpha: float) -> None:
    if not 0 < alpha <= 1:
        raise ValueError(f"a smoothing share must be in (0, 1], got {alpha}")
