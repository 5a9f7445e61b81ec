"""Rolling origins: which windows are judged, what happened in them, how far each candidate was off.

An origin is a number of periods known; the `window` periods after it are forecast and judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.choose import Candidate

Floats = NDArray[np.float64]

# Periods judged after each origin; longer windows leave too few origins in three years of history.
WINDOW = 6


@dataclass(frozen=True)
class Backtest:
    origins: list[int]
    window: int


def plan_backtest(periods: int, *, horizon: int, origins: int) -> Backtest:
    """As many of the `origins` as leave a third of the history, and four periods, before the first.

    Raises ValueError for a horizon or a number of origins below 1.
    """
    if horizon < 1 or origins < 1:
        raise ValueError(f"horizon and origins must be at least 1, got {horizon} and {origins}")
    window = max(1, min(horizon, WINDOW, periods // 4))
    first = max(4, periods // 3)  # on fewer periods the choice of a method would be luck
    last = periods - window
    # spread out where half of the history remains: a choice made on one winter is a choice for winters
    step = max(1, min(window // 2, (last - max(first, periods // 2)) // max(origins - 1, 1)))
    return Backtest(
        [cut for cut in range(last - step * (origins - 1), last + 1, step) if cut >= first], window
    )


@dataclass(frozen=True)
class Judge:
    """What happened after each origin, and in what class each series then stood."""

    actual: Floats  # (origins, window, series)
    classes: NDArray[np.str_]  # (origins, series)
    floor: float  # least expected units

    def losses(self, candidates: Sequence[Candidate]) -> Floats:
        """Poisson deviance per candidate, origin and series; NaN where not judged."""
        if not self.actual.size:
            return np.empty((len(candidates), *self.classes.shape))
        return np.stack([window_losses(c.forecast[:-1], self.actual, self.floor) for c in candidates])


def judge(units: Floats, plan: Backtest, classes: NDArray[np.str_]) -> Judge:
    windows = [units[cut : cut + plan.window] for cut in plan.origins]
    actual = np.stack(windows) if windows else np.empty((0, plan.window, units.shape[1]))
    return Judge(actual, classes, smallest_mean(units))


def smallest_mean(units: Floats) -> float:
    """A hundredth of the panel's mean: a forecast of nothing is judged as if it were this much."""
    seen = np.maximum((~np.isnan(units)).sum(axis=0), 1)
    return max(float((np.nansum(units, axis=0) / seen).mean()) / 100, 1e-9)


def window_losses(forecast: Floats, actual: Floats, floor: float) -> Floats:
    """Summed Poisson deviance per origin and series; NaN when no period of the window could be judged.

    forecast: (origins, series) when flat, else (origins, at least window, series). Near the mean it is
    squared error over the mean; unlike that, it counts what a forecast of almost nothing costs when
    something comes.
    """
    path = forecast if forecast.ndim == 3 else forecast[:, None, :]
    mean = np.maximum(path[:, : actual.shape[1]], floor)
    ratio = np.log(np.maximum(actual, floor) / mean)
    deviance = np.maximum(2 * (actual * ratio - (actual - mean)), 0.0)  # rounding may fall below
    judged = (~np.isnan(deviance)).any(axis=1)
    return np.where(judged, np.nansum(deviance, axis=1), np.nan)


def seasonal_scale(units: Floats, plan: Backtest, season: int) -> Floats:
    """MASE's denominator per series: mean absolute seasonal difference before the first origin.

    NaN where no such pair exists or the series never changed.
    """
    known = units[: plan.origins[0]] if plan.origins else units[:0]
    if known.shape[0] <= season:
        return np.full(units.shape[1], np.nan)
    step = np.abs(known[season:] - known[:-season])
    pairs = (~np.isnan(step)).sum(axis=0)
    scale = np.nansum(step, axis=0) / np.maximum(pairs, 1)
    return np.where((pairs > 0) & (scale > 0), scale, np.nan)


def window_mase(forecast: Floats, actual: Floats, scale: Floats) -> Floats:
    """Mean absolute error over all windows of a series, over its scale; NaN where not judged."""
    error = np.abs(forecast - actual)
    cells = (~np.isnan(error)).sum(axis=(0, 1))
    mean = np.nansum(error, axis=(0, 1)) / np.maximum(cells, 1)
    return np.where(cells > 0, mean / scale, np.nan)
