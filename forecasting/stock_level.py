"""Order-up-to level of one part: the stock above which one more unit fills too little for what it holds.

Mean and variance of demand over the lead time, and over lead time + review, in; whole units out.
One unit more at level S fills P(D > S) - P(D0 > S) units a cycle and lies on the shelf with chance
P(D <= S), where D0 is demand until the order arrives and D demand until the next one does. Stopping
every part at the same ratio of the two gives the most fill for the stock (Lagrange); written as a chance,
the stop is P(D <= S) / P(D0 <= S): that the cycle passes without a shortage, given that it starts without.
"""

from __future__ import annotations

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
    units = np.zeros(m.shape, dtype=np.int64)
    rows = np.flatnonzero(m > 0)
    left = _walk(m0, v0, m, v, q, rows, units)
    if left.size:
        units[left] = _bisect(m0[left], v0[left], m[left], v[left], q[left])
    return units.reshape(given[0].shape)


def _steps(m: Floats, v: Floats) -> tuple[Floats, Floats, Floats]:
    """log p(0), a and b of p(k + 1) = p(k) (a + b k) / (k + 1); a mean of 0 stays at zero for sure."""
    excess = np.maximum(v - m, 0.0)
    poisson = (m <= 0) | (excess <= POISSON_EXCESS * m)
    fail = np.where(poisson, 0.0, excess / np.where(poisson, 1.0, v))
    shape = np.where(poisson, 1.0, m**2 / np.where(poisson, 1.0, excess))
    return np.where(poisson, -m, shape * np.log1p(-fail)), np.where(poisson, m, shape * fail), fail


def _walk(
    m0: Floats, v0: Floats, m: Floats, v: Floats, q: Floats, rows: NDArray[np.intp], units: Integers
) -> NDArray[np.intp]:
    """Add up both laws from zero; returns the rows that it did not finish."""
    log0, a0, b0 = _steps(m0[rows], v0[rows])
    log1, a1, b1 = _steps(m[rows], v[rows])
    near = (log1 > WALK_LOG_ZERO) & (log0 > WALK_LOG_ZERO) & (m[rows] <= WALK_UNITS)
    left = [rows[~near]]
    rows, target = rows[near], q[rows[near]]
    a0, b0, a1, b1 = a0[near], b0[near], a1[near], b1[near]
    p0, p1 = np.exp(log0[near]), np.exp(log1[near])
    below0, below = p0.copy(), p1.copy()
    for k in range(WALK_UNITS):
        open_ = below < target * below0
        units[rows[~open_]] = k
        rows, target = rows[open_], target[open_]
        if not rows.size:
            break
        a0, b0, a1, b1 = a0[open_], b0[open_], a1[open_], b1[open_]
        p0 = p0[open_] * (a0 + b0 * k) / (k + 1)
        p1 = p1[open_] * (a1 + b1 * k) / (k + 1)
        below0, below = below0[open_] + p0, below[open_] + p1
    left.append(rows)
    return np.concatenate(left)


def _bisect(m0: Floats, v0: Floats, m: Floats, v: Floats, q: Floats) -> Integers:
    """The ratio of the two chances rises with S, so halving the bracket finds the first S that passes."""

    def passes(s: Integers) -> NDArray[np.bool_]:
        through = demand_cdf(m, v, s)
        # far below the mean both chances underflow to 0, and 0 >= q * 0 would pass
        result: NDArray[np.bool_] = (through > 0) & (through >= q * demand_cdf(m0, v0, s))
        return result

    low: Integers = np.full(m.shape, -1, dtype=np.int64)
    high: Integers = np.ceil(m + 2 * np.sqrt(np.maximum(v, m))).astype(np.int64) + 1
    while np.any(short := ~passes(high)):
        low, high = np.where(short, high, low), np.where(short, high * 2, high)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        enough = passes(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high
