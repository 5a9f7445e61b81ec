"""One expression per measure, over a frame of `actual` and `forecast`.

Sign convention, here and nowhere else: error = forecast - actual, so a positive bias is too much.
A zero or absent denominator gives null, never zero and never infinity. Rows with a null actual are left out.
"""

from __future__ import annotations

import polars as pl

ACTUAL, FORECAST = pl.col("actual"), pl.col("forecast")
ERROR = FORECAST - ACTUAL


def wape() -> pl.Expr:
    """Sum of absolute errors over sum of actuals."""
    return _ratio(ERROR.abs().sum(), _judged(ACTUAL).sum())


def bias() -> pl.Expr:
    """Sum of errors over sum of actuals; +0.1 is ten percent too much."""
    return _ratio(ERROR.sum(), _judged(ACTUAL).sum())


def mase(scale: str = "scale") -> pl.Expr:
    """Mean absolute error over the in-sample mean absolute seasonal difference, column `scale`.

    Each row's scale is its own series'; rows whose scale is 0 or null are left out (Hyndman and
    Koehler 2006).
    """
    usable = pl.when(pl.col(scale) > 0).then(pl.col(scale))
    return (ERROR.abs() / usable).mean()


def rmsse(scale: str = "scale_squared") -> pl.Expr:
    """Root of the mean squared error over the in-sample mean squared step, for one series (M5)."""
    return _ratio((ERROR**2).mean(), pl.col(scale).first()).sqrt()


def pinball(level: float, quantile: str) -> pl.Expr:
    """Pinball loss of each row: level times what was missed, 1 - level times what was too much."""
    short = ACTUAL - pl.col(quantile)
    return pl.max_horizontal(level * short, (level - 1) * short)


def scaled_pinball(level: float, quantile: str, scale: str = "scale_step") -> pl.Expr:
    """Mean pinball loss over the in-sample mean absolute step, for one series (M5)."""
    return _ratio(pinball(level, quantile).mean(), pl.col(scale).first())


def weighted_quantile_loss(level: float, quantile: str) -> pl.Expr:
    """Twice the summed pinball loss over the sum of actuals (GluonTS, GIFT-Eval)."""
    return _ratio(2 * pinball(level, quantile).sum(), ACTUAL.sum())


def coverage(quantile: str) -> pl.Expr:
    """Share of actuals at or below the quantile; for whole numbers at least the level, if calibrated."""
    return (pl.col(quantile) >= ACTUAL).mean()


def interval_coverage(low: str, high: str) -> pl.Expr:
    """Share of actuals inside [low, high]."""
    return ((pl.col(low) <= ACTUAL) & (pl.col(high) >= ACTUAL)).mean()


def _judged(column: pl.Expr) -> pl.Expr:
    """The column where both actual and forecast stand, so that no sum counts half a pair."""
    return column.filter(ERROR.is_not_null())


def _ratio(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    return pl.when(bottom != 0).then(top / bottom)
