"""Forecast value added: was a step, a reason or a person worth it?

In: judged changes (mart_plan_change_outcome) or steps (mart_forecast_lag_accuracy). Out: the error before,
after and their difference over what came, with the number of cases. Few cases say so instead of a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

DEAD_ZONE = 0.05  # share of what came; the mart's verdict per change uses the same
LEAST_CASES = 8


def by(outcomes: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Per group: n, better, worse, neutral, wape_before, wape_after, value_added, bias, verdict; worst first.

    Rates are of sums, so that a change of many cars weighs more than one of few; null where nothing came.
    """
    came = pl.col("actual_units").sum()
    rate = pl.when(came > 0)
    return (
        outcomes.group_by(keys)
        .agg(
            n=pl.len(),
            better=(pl.col("verdict") == "better").sum(),
            worse=(pl.col("verdict") == "worse").sum(),
            neutral=(pl.col("verdict") == "neutral").sum(),
            moved_units=(pl.col("after_units") - pl.col("before_units")).sum(),
            wape_before=rate.then(pl.col("error_before_units").sum() / came),
            wape_after=rate.then(pl.col("error_after_units").sum() / came),
            bias=rate.then((pl.col("after_units") - pl.col("actual_units")).sum() / came),
        )
        .with_columns(value_added=pl.col("wape_before") - pl.col("wape_after"))
        .with_columns(verdict=verdict(pl.col("value_added"), pl.col("n")))
        .sort("value_added", *keys, nulls_last=True)
    )


def verdict(value_added: pl.Expr, n: pl.Expr) -> pl.Expr:
    """better, worse, neutral inside the dead zone, too_few below LEAST_CASES."""
    return (
        pl.when((n < LEAST_CASES) | value_added.is_null())
        .then(pl.lit("too_few"))
        .when(value_added > DEAD_ZONE)
        .then(pl.lit("better"))
        .when(value_added < -DEAD_ZONE)
        .then(pl.lit("worse"))
        .otherwise(pl.lit("neutral"))
    )


def ladder(accuracy: pl.DataFrame) -> pl.DataFrame:
    """Per step in order: WAPE, bias, what it added to the step before it, and n. One level and subject.

    Every step is judged on the same cells, so that steps compare.
    """
    steps = (
        accuracy.group_by("step", "step_no")
        .agg(pl.col("actual_units", "absolute_error_units", "error_units", "n").sum())
        .sort("step_no")
        .filter(pl.col("actual_units") > 0)
    )
    rated = steps.with_columns(
        wape=pl.col("absolute_error_units") / pl.col("actual_units"),
        bias=pl.col("error_units") / pl.col("actual_units"),
    )
    return rated.with_columns(value_added=pl.col("wape").shift(1) - pl.col("wape"))


@dataclass(frozen=True, slots=True)
class Hint:
    """How the last changes like the one being typed turned out."""

    n: int
    direction: str
    worse: int
    value_added: float  # share of what came; below zero they made it worse


def hint(
    outcomes: pl.DataFrame, *, author: str, reason: str, direction: str, last: int = LEAST_CASES
) -> Hint | None:
    """Over the author's last judged changes with this reason in this direction; None when there are none."""
    same = (
        outcomes.filter(author=author, reason_code=reason, direction=direction)
        .sort("forecast_month", "plan_change_id")
        .tail(last)
    )
    came = float(same["actual_units"].sum())
    if same.is_empty() or came <= 0:
        return None
    saved = float(same["value_added_units"].sum())
    return Hint(same.height, direction, same.filter(verdict="worse").height, saved / came)
