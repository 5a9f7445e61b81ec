"""A hierarchy over a panel: sums at every level, whole units that agree, intervals fitted at each level.

In: bottom series (periods, series) and the keys that group them. Out: arrays and frames per level. Every
upper figure is the sum of its bottom ones, before and after rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from forecasting.calibrate import PRIOR_UNITS, SMALLEST_DISPERSION, calibrate, inflated
from forecasting.distribution import demand_quantile
from forecasting.frames import Panel

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]
Integers = NDArray[np.int64]

# An interval for the next quarter would be too narrow for a year ahead: they are fitted apart.
NEAR_PERIODS = 3
TAIL = 0.9


@dataclass(frozen=True)
class Hierarchy:
    """levels: name to keys, the bottom (all keys) first; `()` is the total.

    market: keys of what shares a season and a calendar; family: keys of what is split by shares.
    path: levels from the top down, each below the one before it, along which whole units are handed out.
    """

    levels: dict[str, tuple[str, ...]]
    market: tuple[str, ...]
    family: tuple[str, ...]
    path: tuple[str, ...]

    @property
    def bottom(self) -> tuple[str, ...]:
        return next(iter(self.levels.values()))


def codes(panel: Panel, keys: Sequence[str]) -> Groups:
    """Number of each series' group, (series,); all 0 without keys."""
    if not keys:
        return np.zeros(panel.keys.height, dtype=np.int64)
    ranks = panel.keys.select(pl.struct(keys).rank("dense") - 1).to_series()
    found: Groups = ranks.to_numpy().astype(np.int64)
    return found


def sums(values: Floats, groups: Groups) -> Floats:
    """Last axis added up by group; a series not yet begun (NaN) adds nothing."""
    out = np.zeros((*values.shape[:-1], int(groups.max()) + 1))
    np.add.at(np.moveaxis(out, -1, 0), groups, np.moveaxis(np.nan_to_num(values), -1, 0))
    return out


def whole_units(mean: Floats, path: Sequence[Groups]) -> Integers:
    """(horizon, series) whole numbers whose total is the rounded total, and so down the `path`.

    path: group numbers per level from the top down, the bottom last. Each group's units are handed to its
    members by their means, the largest remainders first (ties to the first member).
    """
    above, above_groups = np.rint(mean.sum(axis=1, keepdims=True)).astype(np.int64), np.zeros_like(path[0])
    for groups in path:
        parent = np.zeros(int(groups.max()) + 1, dtype=np.int64)
        parent[groups] = above_groups
        above, above_groups = _handed_out(sums(mean, groups), parent, above), groups
    bottom: Integers = above[:, path[-1]]
    return bottom


def _handed_out(share: Floats, parent: Groups, units: Integers) -> Integers:
    """units (horizon, parents) to children (horizon, children) by share, largest remainders first."""
    whole = sums(share, parent)[:, parent]
    exact = np.divide(share * units[:, parent], whole, out=np.zeros_like(share), where=whole > 0)
    down = np.floor(exact + 1e-9).astype(np.int64)
    missing = units - sums(down.astype(np.float64), parent).astype(np.int64)
    for row, left in enumerate(missing):
        order = np.lexsort((np.arange(parent.size), down[row] - exact[row], parent))
        first = np.searchsorted(parent[order], np.arange(left.size))
        rank = np.arange(parent.size) - first[parent[order]]
        down[row, order] += (rank < left[parent[order]]) & (whole[row, order] > 0)
    return down


def level_forecasts(
    panel: Panel,
    hierarchy: Hierarchy,
    path: Floats,
    origins: Sequence[int],
    window: int,
    quantiles: dict[str, float],
) -> pl.DataFrame:
    """One row per level, keys (null above the level) and period ahead: mean, units, one column a quantile.

    path: (origins and the end, horizon, series), the chosen method's forecasts. Units agree at every level;
    quantiles are whole numbers of a negative binomial fitted to the level's own backtest errors.
    """
    mean = path[-1]
    units = whole_units(mean, [codes(panel, hierarchy.levels[name]) for name in hierarchy.path])
    frames = [
        _level_frame(panel, name, keys, path, units, origins, window, quantiles)
        for name, keys in hierarchy.levels.items()
    ]
    bottom = hierarchy.bottom
    order = ["level", *bottom, "month", "horizon", "mean", "units", *quantiles]
    return pl.concat(frames, how="diagonal").select(order).sort("level", *bottom, "month")


def _level_frame(
    panel: Panel,
    name: str,
    keys: tuple[str, ...],
    path: Floats,
    units: Integers,
    origins: Sequence[int],
    window: int,
    quantiles: dict[str, float],
) -> pl.DataFrame:
    groups = codes(panel, keys)
    totals = sums(path, groups)
    counted = sums(units.astype(np.float64), groups).astype(np.int64)
    mean, horizon = totals[-1], path.shape[1]
    actual = [sums(panel.units[cut : cut + window], groups) for cut in origins]
    ratio = spread(
        totals[:-1, :window], np.stack(actual) if actual else None, horizon, mean.shape[1], quantiles
    )
    first = np.unique(groups, return_index=True)[1]
    nodes = panel.keys[first].select(*keys, level=pl.lit(name))
    columns = {q: demand_quantile(mean, mean * ratio, level) for q, level in quantiles.items()}
    return pl.concat(
        nodes.with_columns(
            month=pl.lit(day),
            horizon=pl.lit(h + 1, dtype=pl.Int32),
            mean=pl.Series(mean[h]),
            units=pl.Series(counted[h]),
            **{q: pl.Series(column[h]) for q, column in columns.items()},
        )
        for h, day in enumerate(panel.dates(horizon))
    )


def spread(
    forecast: Floats, actual: Floats | None, horizon: int, nodes: int, quantiles: dict[str, float]
) -> Floats:
    """Variance over mean, (horizon, nodes): backtest errors of these nodes, near and far apart.

    forecast, actual: (origins, window, nodes). Without a backtest the spread is Poisson's: too little is
    known to claim more.
    """
    ratio = np.full((horizon, nodes), SMALLEST_DISPERSION)
    if actual is None:
        return ratio
    judged = ~np.isnan(forecast) & ~np.isnan(actual)
    squared = np.where(judged, (forecast - actual) ** 2, 0.0).sum(axis=(0, 1))
    expected = np.where(judged, forecast, 0.0).sum(axis=(0, 1))
    pooled = squared.sum() / max(expected.sum(), 1e-9)
    own = np.maximum((squared + PRIOR_UNITS * pooled) / (expected + PRIOR_UNITS), SMALLEST_DISPERSION)
    cells, window = np.broadcast_to(own, (forecast.shape[0], nodes)).ravel(), forecast.shape[1]
    for first, end in ((0, NEAR_PERIODS), (NEAR_PERIODS, max(horizon, NEAR_PERIODS + 1))):
        seen = slice(min(first, window - 1), min(end, window))
        block = [x[:, seen].transpose(1, 0, 2).reshape(-1, cells.size) for x in (forecast, actual)]
        fitted = calibrate(block[0], cells, block[1], judged_levels=tuple(quantiles.values()))
        ratio[first:end] = inflated(own, fitted.inflation * few_origins(forecast.shape[0]))
    return ratio


def few_origins(origins: int) -> float:
    """What variance is multiplied by because it was seen at so few origins (1.4 at four).

    Student's t with one degree of freedom an origin: months of one origin, and nodes, err together.
    """
    wider: float = (stdtrit(origins, TAIL) / ndtri(TAIL)) ** 2
    return float(wider)
