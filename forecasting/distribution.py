"""Demand as a whole-number distribution: negative binomial, or Poisson where variance <= mean.

Arrays of mean and variance in, quantiles and expected shortages out; one element per row.
Replenishment reads its service levels from here, the parts forecast its quantile columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, gammainc, ndtri

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Below this excess of variance over mean the two laws agree to 1e-9 and the shape
# m^2 / (v - m) of the negative binomial loses its digits.
POISSON_EXCESS = 1e-9
# Walking the probabilities costs one pass per unit; above this many units bisection is cheaper.
WALK_UNITS = 40
# A part that asks for sixty at a time, once in years, is as far as this goes.
LARGEST_DISPERSION = 60.0
SILENCE_STEPS = 24  # halvings: a millionth of the range
# exp(-200) is still a normal float; a smaller chance of zero would start the walk at nothing.
WALK_LOG_ZERO = -200.0


def demand_quantile(mean: ArrayLike, variance: ArrayLike, level: ArrayLike) -> Integers:
    """Smallest whole number of units that covers demand with chance `level`, element by element.

    mean >= 0 and variance >= 0 in units and units squared, level in (0, 1); all broadcast together.
    Mean 0 gives 0. Variance <= mean is read as Poisson.
    Raises ValueError naming the argument when one is negative, NaN, infinite or out of range.
    """
    mean, variance = _checked(mean, variance)
    level = np.asarray(level, dtype=np.float64)
    if not np.all((level > 0) & (level < 1)):
        raise ValueError("level must lie strictly between 0 and 1, for example 0.95")
    shape = np.broadcast_shapes(mean.shape, variance.shape, level.shape)
    m, v, q = (np.broadcast_to(x, shape).ravel() for x in (mean, variance, level))
    units = np.zeros(m.shape, dtype=np.int64)
    rows = np.flatnonzero(m > 0)
    left = _walk(m, v, q, rows, units)
    units[left] = _bisect(m[left], v[left], q[left])
    return units.reshape(shape)


def sum_quantiles(
    series_mean: ArrayLike,
    dispersion: ArrayLike,
    months: ArrayLike,
    level: ArrayLike,
    *,
    level_cv2: ArrayLike = 0.0,
) -> Integers:
    """Quantile of demand over `months` months (fractions allowed: lead time plus review).

    series_mean in units a month, dispersion = variance / mean of one month (>= 1).
    See sum_variance() for level_cv2.
    """
    total = np.asarray(series_mean, dtype=np.float64) * np.asarray(months, dtype=np.float64)
    return demand_quantile(total, sum_variance(series_mean, dispersion, months, level_cv2=level_cv2), level)


def sum_variance(
    series_mean: ArrayLike,
    dispersion: ArrayLike,
    months: ArrayLike,
    *,
    level_cv2: ArrayLike = 0.0,
    squares: ArrayLike | None = None,
) -> Floats:
    """Variance of demand over `months` months, in units squared.

    Each month adds dispersion * mean. The level itself is only estimated, and that error is shared:
    any two months have the covariance level_cv2 * mean^2, which counts months * (months - 1) times.
    squares: where months are not all at the full rate, `months` is the sum of their shares of it and this
    the sum of the squared shares (rate_path.months_worth): two months count by the product of theirs.
    """
    mean, span = np.asarray(series_mean, dtype=np.float64), np.asarray(months, dtype=np.float64)
    own = span if squares is None else np.asarray(squares, dtype=np.float64)
    pairs = np.maximum(span**2 - own, 0.0)
    variance: Floats = np.asarray(dispersion) * mean * span + np.asarray(level_cv2) * mean**2 * pairs
    return variance


def expected_shortage(mean: ArrayLike, variance: ArrayLike, stock: ArrayLike) -> Floats:
    """Expected units asked for beyond `stock`: E[max(demand - stock, 0)].

    stock in units, fractions and back-orders (negative) allowed. Fill rate is 1 - shortage / mean.
    Raises ValueError as demand_quantile() does.
    """
    mean, variance = _checked(mean, variance)
    stock = np.asarray(stock, dtype=np.float64)
    if not np.all(np.isfinite(stock)):
        raise ValueError("stock must be finite; fill or drop the rows without a stock figure")
    m, v, s = np.broadcast_arrays(mean, variance, stock)
    whole = np.floor(s)
    # k p(k) of the law is mean times p(k - 1) of the same law with one more success.
    short = m * _exceeds(m, v, whole - 1, extra=1.0) - s * _exceeds(m, v, whole)
    result: Floats = np.where(m > 0, np.maximum(short, 0.0), np.maximum(-s, 0.0))
    return result


def demand_cdf(mean: ArrayLike, variance: ArrayLike, units: ArrayLike) -> Floats:
    """Chance that demand is at most `units`; mean 0 gives 1 for units >= 0."""
    mean, variance = _checked(mean, variance)
    m, v, k = np.broadcast_arrays(mean, variance, np.asarray(units, dtype=np.float64))
    return 1.0 - np.where(m > 0, _exceeds(m, v, np.floor(k)), np.where(k < 0, 1.0, 0.0))


def dispersion_for_silence(mean: ArrayLike, chance_of_none: ArrayLike) -> Floats:
    """Variance over mean (> 1) of the negative binomial with this mean and this chance of zero.

    Zero is as likely as exp(-mean) at the least (Poisson, dispersion 1); LARGEST_DISPERSION bounds it above.
    NaN where either argument is.
    """
    mean, none = np.broadcast_arrays(np.asarray(mean, np.float64), np.asarray(chance_of_none, np.float64))
    log_none = np.log(np.clip(none, 1e-12, 1.0))
    low, high = np.zeros(mean.shape), np.full(mean.shape, np.log(LARGEST_DISPERSION))
    for _ in range(SILENCE_STEPS):
        middle = (low + high) / 2
        # log p(0) = -mean * log(d) / (d - 1)
        less = -mean * middle / np.expm1(middle) < log_none
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    result: Floats = np.where(np.isnan(mean) | np.isnan(none), np.nan, np.exp((low + high) / 2))
    return result


def _checked(mean: ArrayLike, variance: ArrayLike) -> tuple[Floats, Floats]:
    checked = []
    for name, value in (("mean", mean), ("variance", variance)):
        array = np.asarray(value, dtype=np.float64)
        if not np.all(np.isfinite(array)) or np.any(array < 0):
            raise ValueError(f"{name} must be finite and >= 0; null is not zero, so drop or fill those rows")
        checked.append(array)
    return checked[0], checked[1]


def _is_poisson(m: Floats, v: Floats) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = v - m <= POISSON_EXCESS * m
    return result


def _exceeds(m: Floats, v: Floats, k: Floats, extra: float = 0.0) -> Floats:
    """P(demand > k) for whole k; `extra` adds successes to the negative binomial's shape."""
    at = np.maximum(k, 0.0) + 1.0
    poisson = _is_poisson(m, v)
    safe = np.where(poisson | (m <= 0), m + 1.0, v)  # any valid value: overwritten below
    base = np.where(m > 0, m, 1.0)
    safe = np.where(m > 0, safe, 2.0)
    shape = base**2 / (safe - base) + extra
    above = np.where(poisson, gammainc(at, base), betainc(at, shape, (safe - base) / safe))
    return np.where(k < 0, 1.0, above)


def _walk(m: Floats, v: Floats, q: Floats, rows: NDArray[np.intp], units: Integers) -> NDArray[np.intp]:
    """Add up probabilities from zero until `level` is reached; returns the rows it did not finish.

    p(k+1) = p(k) * (a + b k) / (k + 1), with a = mean and b = 0 for Poisson.
    """
    mean, excess = m[rows], np.maximum(v[rows] - m[rows], 0.0)
    poisson = excess <= POISSON_EXCESS * mean
    fail = np.where(poisson, 0.0, excess / np.maximum(v[rows], mean))  # 1 - p
    shape = np.where(poisson, 1.0, mean**2 / np.where(poisson, 1.0, excess))
    log_zero = np.where(poisson, -mean, shape * np.log1p(-fail))
    walked = (log_zero > WALK_LOG_ZERO) & (mean <= WALK_UNITS)
    left = [rows[~walked]]
    rows, target = rows[walked], q[rows[walked]]
    a, b = np.where(poisson, mean, shape * fail)[walked], fail[walked]
    chance = np.exp(log_zero[walked])
    total = chance.copy()
    for k in range(WALK_UNITS):
        open_ = total < target
        units[rows[~open_]] = k
        rows, target, a, b = rows[open_], target[open_], a[open_], b[open_]
        chance = chance[open_] * (a + b * k) / (k + 1)
        total = total[open_] + chance
        if rows.size == 0:
            break
    left.append(rows)
    return np.concatenate(left)


def _bisect(m: Floats, v: Floats, q: Floats) -> Integers:
    """Whole-number bisection on the exact distribution function."""
    spread = np.sqrt(np.maximum(v, m))
    low: Integers = np.full(m.shape, -1, dtype=np.int64)  # always below the answer
    high: Integers = np.ceil(m + spread * np.maximum(ndtri(q), 1.0)).astype(np.int64) + 1
    while np.any(short := 1.0 - _exceeds(m, v, high.astype(np.float64)) < q):
        low, high = np.where(short, high, low), np.where(short, high * 2, high)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        enough = 1.0 - _exceeds(m, v, middle.astype(np.float64)) >= q
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high
