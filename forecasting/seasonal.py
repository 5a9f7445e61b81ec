"""Smoothing with a season: multiplicative indices shrunk to the group's, then a damped trend or two speeds.

(periods, series) in, (cuts, horizon, series) out; NaN is "not recorded". For vehicles, service hours and
fast parts. A single series' own indices are too noisy to use: borrowing the group's season is what pays
(Dekker, van Donselaar and Ouwehand 2004, Int. J. of Production Economics 90, 151-167).
"""

from __future__ import annotations

from collections.abc import Sequence

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
    indices = [
        seasonal_index(units[:cut], season=season, groups=groups, shrink_units=shrink_units) for cut in cuts
    ]
    return smoothed(units, cuts, indices, horizon=horizon, alpha=alpha, beta=beta)


def smoothed(
    units: Floats, cuts: list[int], indices: Sequence[Floats], *, horizon: int, alpha: float, beta: float
) -> Floats:
    """The same under indices already known, one (season, series) per cut."""
    out = np.empty((len(cuts), horizon, units.shape[1]))
    damped = np.cumsum(DAMPING ** np.arange(1, horizon + 1))[:, None]
    for i, (cut, index) in enumerate(zip(cuts, indices, strict=True)):
        level, trend = _damped_level(_without_season(units[:cut], index), alpha, beta)
        out[i] = np.maximum(level + damped * trend, 0.0) * _ahead(index, cut, horizon)
    return out


def returning(
    units: Floats,
    cuts: list[int],
    indices: Sequence[Floats],
    *,
    horizon: int,
    fast: float,
    slow: float,
    kept: float,
) -> Floats:
    """Two levels, one quick and one slow: each period `kept` of the distance between them is still there.

    What moved a series lately lasts in part: the next period starts near the quick level, and the further
    ahead, the closer to the slow one (an autoregression around a level that itself drifts).
    """
    out = np.empty((len(cuts), horizon, units.shape[1]))
    left = kept ** np.arange(1, horizon + 1)[:, None]
    for i, (cut, index) in enumerate(zip(cuts, indices, strict=True)):
        flat = _without_season(units[:cut], index)
        quick, lasting = (_damped_level(flat, gain, 0.0)[0] for gain in (fast, slow))
        out[i] = (lasting + left * (quick - lasting)) * _ahead(index, cut, horizon)
    return out


def _without_season(units: Floats, index: Floats) -> Floats:
    flat: Floats = units / index[np.arange(len(units)) % len(index)]
    return flat


def _ahead(index: Floats, cut: int, horizon: int) -> Floats:
    return index[(cut + np.arange(horizon)) % len(index)]


def seasonal_index(units: Floats, *, season: int, groups: Groups, shrink_units: float) -> Floats:
    """Index of each place in the season, (season, series), mean 1; place 0 is that of the first row."""
    return inherited_index(
        units, season=season, line=[groups], shrink_units=shrink_units, shrink_seasons=[0.0], kept=1.0
    )


def inherited_index(
    units: Floats,
    *,
    season: int,
    line: Sequence[Groups],
    shrink_units: float,
    shrink_seasons: Sequence[float],
    kept: float,
) -> Floats:
    """The same handed down a line of groups: each takes the index of the one above for what it cannot know.

    line: group numbers from the top down; below the last each series stands alone. What the index above
    weighs is `shrink_units` (the scatter of counts, which large series do not have) and, per step down,
    `shrink_seasons` of the group's own sales (the scatter that large ones have too: campaigns, deliveries).
    kept: what a season weighs against the one after it. Less than two seasons: every index is 1.
    """
    periods, series = units.shape
    if periods < 2 * season:
        return np.ones((season, series))
    top, base, mean = _by_place(units, season, kept)
    index = _shrunk(top, base, line[0], np.ones((season, series)), np.zeros(series))
    below = [*line[1:], np.arange(series)]
    for groups, seasons in zip(below, shrink_seasons, strict=True):
        weight = shrink_units + seasons * np.bincount(groups, weights=mean)[groups]
        index = _shrunk(top, base, groups, index, weight)
    return index


def _by_place(units: Floats, season: int, kept: float) -> tuple[Floats, Floats, Floats]:
    """Sales and centred means added up by place in the season, (season, series) each; sales per period."""
    periods, series = units.shape
    centred = _centred_mean(units, season)
    judged = ~np.isnan(units) & ~np.isnan(centred)
    place = np.arange(periods) % season
    weight = kept ** ((periods - 1 - np.arange(periods)) // season)[:, None]
    top, base = np.zeros((season, series)), np.zeros((season, series))
    np.add.at(top, place, np.where(judged, units * weight, 0.0))
    np.add.at(base, place, np.where(judged, centred * weight, 0.0))
    mean = np.where(judged, centred, 0.0).sum(axis=0) / np.maximum(judged.sum(axis=0), 1)
    return top, base, mean


def _shrunk(top: Floats, base: Floats, groups: Groups, above: Floats, weight: Floats) -> Floats:
    """Index of each series' group, (season, series), drawn to `above`, which weighs `weight` units."""
    sales, level = _added(top, groups) + weight * above, _added(base, groups) + weight
    return _normal(np.divide(sales, level, out=above.copy(), where=level > 0))


def _added(values: Floats, groups: Groups) -> Floats:
    out = np.zeros((values.shape[0], int(groups.max()) + 1))
    np.add.at(out.T, groups, values.T)
    whole: Floats = out[:, groups]
    return whole


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
