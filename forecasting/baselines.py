"""Naive, seasonal naive and moving mean: what every other method must beat.

Same shapes as intermittent.py: (periods, series) in, one answer per cut out, NaN before a series begins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def naive(units: Floats, cuts: list[int]) -> Floats:
    """Last recorded value, for every later period; (cuts, series)."""
    filled = last_recorded(units)
    return np.stack([filled[cut - 1] for cut in cuts])


def moving_mean(units: Floats, cuts: list[int], *, periods: int) -> Floats:
    """Mean of what was recorded in the last `periods` periods; (cuts, series)."""
    if periods < 1:
        raise ValueError(f"a moving mean needs at least 1 period, got {periods}")
    out = []
    for cut in cuts:
        recent = units[max(0, cut - periods) : cut]
        seen = (~np.isnan(recent)).sum(axis=0)
        mean = np.divide(np.nansum(recent, axis=0), seen, out=np.full(units.shape[1], np.nan), where=seen > 0)
        # a series silent for the whole window keeps its last recorded value
        out.append(np.where(seen > 0, mean, last_recorded(units[:cut])[-1]))
    return np.stack(out)


def seasonal_naive(units: Floats, cuts: list[int], *, season: int, horizon: int) -> Floats:
    """Value of the same period one season earlier; (cuts, horizon, series).

    Where that period was not recorded, or history is shorter than a season: the last recorded value.
    """
    fallback = naive(units, cuts)
    out = np.empty((len(cuts), horizon, units.shape[1]))
    for i, cut in enumerate(cuts):
        for h in range(horizon):
            at = cut - season + h % season
            same = units[at] if at >= 0 else np.full(units.shape[1], np.nan)
            out[i, h] = np.where(np.isnan(same), fallback[i], same)
    return out


def last_recorded(units: Floats) -> Floats:
    """The matrix with every NaN replaced by the last value above it, where there is one."""
    periods = np.arange(units.shape[0])[:, None]
    row = np.maximum.accumulate(np.where(np.isnan(units), 0, periods), axis=0)
    filled: Floats = np.take_along_axis(units, row, axis=0)
    return filled
