"""What moves sales besides the calendar: promotions and prices, known ahead because somebody plans them.

In: a panel and one block per driver, months ahead included. Out: what each driver multiplies sales by,
learnt before an origin; the caller divides history by it and multiplies forecasts by it again.
Poisson regression of sales on the drivers, around each series' own level; shrunk to no effect.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.frames import Frequency, Panel

Floats = NDArray[np.float64]

# Months around each one that make its level: a year, so that the season evens out.
LEVEL_MONTHS = 12
# An effect is believed half when it was seen at its usual size on about this many cars.
PRIOR_UNITS = 30.0
STEPS = 25
STANDING = frozenset({"price_change"})  # drivers that stay as they are until somebody changes them
# No driver at its usual size trebles sales for long, and none is believed to.
LARGEST_EFFECT = 1.1


def driver_block(rows: pl.DataFrame, panel: Panel, keys: Sequence[str], horizon: int) -> dict[str, Floats]:
    """rows: keys, month and one column per driver; a month without a row has none: 0.

    Each driver becomes (periods + horizon, series).
    """
    names = [c for c in rows.columns if c not in (*keys, "month")]
    number = Frequency.monthly.number
    first = panel.last.year * 12 + panel.last.month - panel.units.shape[0] + 1
    length = panel.units.shape[0] + horizon
    series = panel.keys.select(keys).with_row_index("number_")
    found = rows.join(series, on=list(keys)).with_columns(at=number("month") - first)
    found = found.filter(pl.col("at").is_between(0, length - 1))
    where = found["at"].to_numpy(), found["number_"].to_numpy().astype(np.int64)
    blocks = {}
    for name in names:
        blocks[name] = np.zeros((length, panel.units.shape[1]))
        blocks[name][where] = found[name].cast(pl.Float64).fill_null(0.0).to_numpy()
    return blocks


def driver_factor(units: Floats, drivers: dict[str, Floats], *, learn_until: int) -> Floats:
    """(periods + horizon, series), around 1 where nothing is on; reads no sales at or after `learn_until`."""
    block = np.stack(list(drivers.values()))
    effects, _ = driver_effects(units[:learn_until], block[:, :learn_until])
    factor: Floats = np.exp(np.tensordot(effects, block, axes=1))
    return factor


def moved_share(drivers: dict[str, Floats], effects: dict[str, float], *, periods: int) -> Floats:
    """(horizon, series): the share of each month ahead that is there because of promotions and price changes.

    A promotion moves sales while it runs. A price stays as it is: what it is in the last known month has
    long moved the level, so only a change from there counts.
    """
    first = next(iter(drivers.values()))
    moved = np.zeros(first[periods:].shape)
    for name, block in drivers.items():
        rest = block[periods - 1] if name in STANDING else 0.0
        moved += effects[name] * (block[periods:] - rest)
    share: Floats = 1 - np.exp(-moved)
    return share


def driver_effects(units: Floats, block: Floats) -> tuple[Floats, Floats]:
    """Logarithm of what each driver at 1 multiplies sales by, and its standard error; (drivers,) each.

    The error is that of cars that scatter as these do, not of a Poisson. 0 where nothing was seen. What
    counts is how far a driver stands from its own mean of the year around: the level follows the rest, so a
    price that stays where it is teaches only around the month in which it changed.
    """
    usual = _usual_size(block)
    scaled, effects = block / usual[:, None, None], np.zeros(block.shape[0])
    for _ in range(STEPS):
        factor = np.exp(np.tensordot(effects, scaled, axes=1))
        level = _level(units / factor)
        expected = level * factor
        seen = ~np.isnan(units) & (expected > 0)
        away = np.stack([x - _around(units / factor, x, level) for x in scaled])
        miss = np.where(seen, np.nan_to_num(units) - expected, 0.0)
        weight = np.where(seen, expected, 0.0)
        slope = np.tensordot(away, miss, axes=2) - PRIOR_UNITS * effects
        bend = np.einsum("ktn,tn,ltn->kl", away, weight, away) + PRIOR_UNITS * np.eye(effects.size)
        step = np.linalg.solve(bend, slope)
        effects = np.clip(effects + step, -LARGEST_EFFECT, LARGEST_EFFECT)
        if np.abs(step).max() < 1e-6:
            break
    scatter = float((miss**2)[seen].sum() / max(weight.sum(), 1e-9))
    error: Floats = np.sqrt(max(scatter, 1.0) * np.diag(np.linalg.inv(bend)))
    return effects / usual, error / usual


def _usual_size(block: Floats) -> Floats:
    """Root mean square of each driver where it is on: a promotion is 1, a price a few hundredths."""
    on = (block != 0).sum(axis=(1, 2))
    size: Floats = np.sqrt((block**2).sum(axis=(1, 2)) / np.maximum(on, 1))
    return np.where(size > 0, size, 1.0)


def _around(units: Floats, driver: Floats, level: Floats) -> Floats:
    """Mean of the driver over the year around each month, by cars sold."""
    mean: Floats = np.divide(_level(units * driver), level, out=np.zeros_like(level), where=level > 0)
    return mean


def _level(units: Floats) -> Floats:
    """Mean of the year around each month, as much of it as there is."""
    seen, value = ~np.isnan(units), np.nan_to_num(units)
    totals = [np.concatenate([np.zeros((1, x.shape[1])), x.cumsum(axis=0)]) for x in (value, seen)]
    at = np.arange(units.shape[0])
    first, last = np.maximum(at - LEVEL_MONTHS // 2, 0), np.minimum(at + LEVEL_MONTHS // 2 + 1, at.size)
    total, months = (x[last] - x[first] for x in totals)
    level: Floats = total / np.maximum(months, 1)
    return level
