"""Order-up-to level of one part: the stock above which one more unit fills too little for what it holds.

Mean and variance of demand over the lead time, and over lead time + review, in; whole units out.
One unit more at level S fills P(D > S) - P(D0 > S) units a cycle and lies on the shelf with chance
P(D <= S), where D0 is demand until the order arrives and D demand until the next one does. Stopping
every part at the same ratio of the two gives the most fill for the stock (Lagrange); written as a chance,
the stop is P(D <= S) / P(D0 <= S): that the cycle passes without a shortage, given that it starts without.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.distribution import POISSON_EXCESS, WALK_LOG_ZERO, WALK_UNITS, demand_cdf

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def cycle_level(
    lead_mean: ArrayLike,
    lead_variance: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    chance: ArrayLike,
) -> Integers:
    """Smallest whole S with P(D <= S) >= chance * P(D0 <= S), element by element; arguments broadcast.

    Units and units squared; `mean` covers lead time + review and is at least `lead_mean`; chance in (0, 1).
    With lead_mean 0 it is the plain quantile. Mean 0 gives 0. Raises ValueError naming the argument.
    """
    given = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (
        lead_mean, lead_variance, mean, variance, chance)))  # fmt: skip
    m0, v0, m, v, q = (x.ravel() for x in given)
    for name, value in (("lead_mean", m0), ("lead_variance", v0), ("mean", m), ("variance", v)):
        if not np.all(np.isfinite(value)) or np.any(value < 0):
            raise ValueError(f"{name} must be finite and >= 0; null is not zero, so drop or fill those rows")
    if not np.all((q > 0) & (q < 1)):
        raise ValueError("chance must lie strictly between 0 and 1, for example 0.95")
    one = np.ones((m.size, 1))
    units = mixed_level((m0[:, None], v0[:, None]), (m[:, None], v[:, None]), one, q)
    return units.reshape(given[0].shape)


Law = tuple[Floats, Floats]  # mean and variance, each (rows, waits)


def mixed_level(until: Law, through: Law, share: Floats, chance: Floats) -> Integers:
    """cycle_level() where both laws are mixtures: row i has wait j with share[i, j]; shares add up to 1.

    `until` and `through` are mean and variance of demand over the wait, and over wait and review. With
    waits of two kinds the chance can fall again after it rose: the level is the one from which on it holds.
    """
    units: Integers = np.zeros(len(chance), dtype=np.int64)
    rows = np.flatnonzero((through[0] > 0).any(axis=1))
    left = _walk(until, through, share, chance, rows, units)
    if left.size:
        some = [(mean[left], variance[left]) for mean, variance in (until, through)]
        units[left] = _searched(some[0], some[1], share[left], chance[left])
    return units


def _steps(m: Floats, v: Floats) -> tuple[Floats, Floats, Floats]:
    """log p(0), a and b of p(k + 1) = p(k) (a + b k) / (k + 1); a mean of 0 stays at zero for sure."""
    excess = np.maximum(v - m, 0.0)
    poisson = (m <= 0) | (excess <= POISSON_EXCESS * m)
    fail = np.where(poisson, 0.0, excess / np.where(poisson, 1.0, v))
    shape = np.where(poisson, 1.0, m**2 / np.where(poisson, 1.0, excess))
    return np.where(poisson, -m, shape * np.log1p(-fail)), np.where(poisson, m, shape * fail), fail


def _walk(
    until: Law, through: Law, share: Floats, chance: Floats, rows: NDArray[np.intp], units: Integers
) -> NDArray[np.intp]:
    """Add up both laws from zero; returns the rows that it did not finish."""
    log0, a0, b0 = _steps(until[0][rows], until[1][rows])
    log1, a1, b1 = _steps(through[0][rows], through[1][rows])
    near = ((log1 > WALK_LOG_ZERO) & (log0 > WALK_LOG_ZERO) & (through[0][rows] <= WALK_UNITS)).all(axis=1)
    left = [rows[~near]]
    rows, weight, target = rows[near], share[rows[near]], chance[rows[near]]
    a0, b0, a1, b1 = a0[near], b0[near], a1[near], b1[near]
    p0, p1 = weight * np.exp(log0[near]), weight * np.exp(log1[near])
    below0, below = p0.sum(axis=1), p1.sum(axis=1)
    mixed, level = share.shape[1] > 1, np.zeros(len(rows), dtype=np.int64)
    for k in range(WALK_UNITS):
        short = below < target * below0
        level = np.where(short, k + 1, level)
        # one law: the first level that passes; of several only the plain quantile of the whole is safe
        open_ = below < target if mixed else short
        units[rows[~open_]] = level[~open_]
        rows, target, level = rows[open_], target[open_], level[open_]
        if not rows.size:
            break
        a0, b0, a1, b1 = a0[open_], b0[open_], a1[open_], b1[open_]
        p0 = p0[open_] * (a0 + b0 * k) / (k + 1)
        p1 = p1[open_] * (a1 + b1 * k) / (k + 1)
        below0, below = below0[open_] + p0.sum(axis=1), below[open_] + p1.sum(axis=1)
    left.append(rows)
    return np.concatenate(left)


def _searched(until: Law, through: Law, share: Floats, chance: Floats) -> Integers:
    """One law: the ratio of the two chances rises with S, so halving finds the first S that passes.

    Several: down from the quantile of the whole, above which no level falls short, to the last that does.
    """

    def within(law: Law, s: Integers) -> Floats:
        mixed: Floats = (share * demand_cdf(*law, s[:, None])).sum(axis=1)
        return mixed

    def passes(s: Integers) -> NDArray[np.bool_]:
        reached = within(through, s)
        # far below the mean both chances underflow to 0, and 0 >= q * 0 would pass
        result: NDArray[np.bool_] = (reached > 0) & (reached >= chance * within(until, s))
        return result

    def reaches(s: Integers) -> NDArray[np.bool_]:
        result: NDArray[np.bool_] = within(through, s) >= chance
        return result

    if share.shape[1] == 1:
        return _halved(passes, *through)
    level = _halved(reaches, *through)
    while np.any(lower := (level > 0) & passes(level - 1)):
        level = np.where(lower, level - 1, level)
    return level


def _halved(passes: Callable[[Integers], NDArray[np.bool_]], mean: Floats, variance: Floats) -> Integers:
    """The first S that passes, where passing is for good."""
    low: Integers = np.full(len(mean), -1, dtype=np.int64)
    spread = 2 * np.sqrt(np.maximum(variance, mean))
    high: Integers = np.ceil((mean + spread).max(axis=1)).astype(np.int64) + 1
    while np.any(short := ~passes(high)):
        low, high = np.where(short, high, low), np.where(short, high * 2, high)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        enough = passes(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high
