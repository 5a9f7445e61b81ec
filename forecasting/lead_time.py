"""Demand over a lead time that is a distribution, not a number: observed receipts in, stock level out.

A mean and a spread make a normal wait of a wait that is often short and now and then very long. Here every
observed wait is a law of demand of its own, weighed by how often it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.distribution import sum_variance
from forecasting.rate_path import Steps, months_worth
from forecasting.stock_level import mixed_level

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Equal groups of the sorted waits; seven keep the long tail and cost seven laws of demand a part.
POINTS = 7
# Products of the same figures in another order differ in the last bits; a quantile must not.
DIGITS = 9
SOURCE = ["outlet_id", "supplier_outlet_code", "lead_time_source"]
LIST = pl.List(pl.Struct({"days": pl.Float64, "receipts": pl.Int64}))


@dataclass(frozen=True, slots=True)
class Waits:
    """(rows, points): days of each wait and its share; shares of a row add up to 1. `observed` by row."""

    days: Floats
    share: Floats
    observed: NDArray[np.bool_]


def waits_of(points: pl.Series, *, mean_days: Floats, before_days: Floats) -> Waits:
    """Padded arrays of the lists in `points` (LIST); a null or empty list is one wait of `mean_days`.

    `before_days` pass before the order leaves, whatever the wait.
    """
    lengths = points.list.len().fill_null(0).cast(pl.Int64).to_numpy()
    width = max(int(lengths.max(initial=0)), 1)
    days, share = np.zeros((len(points), width)), np.zeros((len(points), width))
    days[:, 0], share[:, 0] = mean_days, 1.0
    rows = np.repeat(np.arange(len(points)), lengths)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    if len(rows):
        flat = points.filter(points.list.len().fill_null(0) > 0).explode().struct.unnest()
        days[rows, place] = flat["days"].to_numpy()
        share[rows, place] = flat["receipts"].to_numpy()
        share /= share.sum(axis=1, keepdims=True)
    return Waits(days + before_days[:, None], share, lengths > 0)


def with_points(policy: pl.DataFrame, observed: pl.DataFrame | None) -> pl.DataFrame:
    """Add `lead_points` (LIST) to a policy: the waits its lead time is the mean of.

    observed: outlet_id, supplier_outlet_code, part_id (null: all parts), wait_no, lead_days, receipts. A pair
    whose lead time is agreed has none: null.
    """
    if observed is None or observed.is_empty() or "lead_time_source" not in policy.columns:
        return policy.with_columns(lead_points=pl.lit(None, dtype=LIST))
    lists = (
        observed.sort("wait_no")
        .group_by("outlet_id", "supplier_outlet_code", "part_id", maintain_order=True)
        .agg(lead_points=pl.struct(days="lead_days", receipts="receipts"))
    )
    by_part = lists.filter(pl.col("part_id").is_not_null())
    by_supplier = lists.filter(pl.col("part_id").is_null()).drop("part_id")
    pair = ["outlet_id", "supplier_outlet_code"]
    joined = policy.join(by_part, on=[*pair, "part_id"], how="left").join(
        by_supplier.rename({"lead_points": "of_supplier"}), on=pair, how="left"
    )
    source = pl.col("lead_time_source")
    return joined.with_columns(
        lead_points=pl.when(source == "part")
        .then("lead_points")
        .when(source == "supplier")
        .then("of_supplier")
    ).drop("of_supplier")


def level_over(
    rate: Floats,
    dispersion: Floats,
    waits: Waits,
    review_months: Floats,
    chance: Floats,
    *,
    per_month: Floats,
    level_cv2: Floats,
    late_variance: Floats,
    steps: Steps | None = None,
) -> Integers:
    """Smallest S with P(D <= S) >= chance * P(D0 <= S), mixed over the waits (see stock_level).

    rate in units a month; late_variance is added to both laws of a row whose wait is taken as one number.
    steps: where the rate changes ahead (rate_path.steps_of), the rate is what they are shares of.
    """
    review = review_months * per_month
    spans = (waits.days, waits.days + review[:, None])
    worth = [months_worth(steps, span, per_month) for span in spans]
    means = [np.round(rate[:, None] * months, DIGITS) for months, _ in worth]
    variances = [
        np.round(
            sum_variance(
                rate[:, None], dispersion[:, None], months, level_cv2=level_cv2[:, None], squares=squares
            )
            + late_variance[:, None],
            DIGITS,
        )
        for months, squares in worth
    ]
    return mixed_level((means[0], variances[0]), (means[1], variances[1]), waits.share, chance)
