"""Smoothing with a season: multiplicative indices shrunk to the group's, then a damped trend.

(periods, series) in, (cuts, horizon, series) out; NaN is "not recorded". For vehicles, service hours and
fast parts. A single series' own indices are too noisy to use: borrowing the group's season is what pays
(Dekker, van Donselaar and Ouwehand 2004, Int. J. of Production Economics 90, 151-167).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

# Damping of Gardner and McKenzie (1985); .9 a month leaves a third of the trend after ten.
DAMPING = 0.9
# An index outside these limits comes from a stock-out or a single deal, not from a season.
INDEX_LIMITS = (0.2, 5.0)


def seasonal_smoothing(
    units: Floats,
    cuts: list[int],
    *,
    horizon: int,
    season: int,
    groups: Groups,
    alpha: float,
    beta: float,
    shrink_units: float,
) -> Floats:
    """Level and damped trend of the deseasonalised history, times the season again; never below 0.

    `shrink_units`: how many units of one series' history weigh as much as the group's index.
    Less than two seasons before a cut: every index is 1, which is plain damped smoothing.
    """
    out = np.empty((len(cuts), horizon, units.shape[1]))
    for i, cut in enumerate(cuts):
        index = seasonal_index(units[:cut], season=season, groups=groups, shrink_units=shrink_units)
        level, trend = _damped_level(units[:cut] / index[np.arange(cut) % season], alpha, beta)
        damped = np.cumsum(DAMPING ** np.arange(1, horizon + 1))[:, None]
        path = np.maximum(level + damped * trend, 0.0)
        out[i] = path * index[(cut + np.arange(horizon)) % season]
    return out


def seasonal_index(units: Floats, *, season: int, groups: Groups, shrink_units: float) -> Floats:
    """Index of each place in the season, (season, series), mean 1; place 0 is that of the first row."""
    periods, series = units.shape
    if periods < 2 * season:
        return np.ones((season, series))
    centred = _centred_mean(units, season)
    judged = ~np.isnan(units) & ~np.isnan(centred)
    place = np.arange(periods) % season
    top, base = np.zeros((season, series)), np.zeros((season, series))
    np.add.at(top, place, np.where(judged, units, 0.0))
    np.add.at(base, place, np.where(judged, centred, 0.0))
    members = groups.max() + 1
    group_top, group_base = np.zeros((season, members)), np.zeros((season, members))
    np.add.at(group_top.T, groups, top.T)
    np.add.at(group_base.T, groups, base.T)
    shared = _normal(np.divide(group_top, group_base, out=np.ones_like(group_top), where=group_base > 0))[
        :, groups
    ]
    index = (top + shrink_units * shared) / np.maximum(base + shrink_units, 1e-12)
    return _normal(index)


def _normal(index: Floats) -> Floats:
    bounded = np.clip(index, *INDEX_LIMITS)
    scaled: Floats = bounded / bounded.mean(axis=0)
    return scaled


def _centred_mean(units: Floats, season: int) -> Floats:
    """Mean over one season around each period (half weights at both ends when the season is even)."""
    weights = np.ones(season + 1 - season % 2) / season
    if season % 2 == 0:
        weights[[0, -1]] /= 2
    half = len(weights) // 2
    centred = np.full_like(units, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(units, len(weights), axis=0)
    centred[half : units.shape[0] - half] = windows @ weights
    return centred


def _damped_level(history: Floats, alpha: float, beta: float) -> tuple[Floats, Floats]:
    """Last level and trend; early periods weigh equally (gain 1/n) until alpha takes over."""
    series = history.shape[1]
    level, trend, count = np.full(series, np.nan), np.zeros(series), np.zeros(series)
    for y in history:
        seen = ~np.isnan(y)
        count += seen
        gain = np.maximum(alpha, 1 / np.maximum(count, 1))
        expected = level + DAMPING * trend
        moved = np.where(np.isnan(level), y, expected + gain * (y - expected))
        slope = np.where(count > 1, DAMPING * trend + beta * (moved - expected), 0.0)
        level, trend = np.where(seen, moved, level), np.where(seen, slope, trend)
    return level, trend
