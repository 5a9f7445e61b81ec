"""Launch of a part by analogy: a number without history is asked for as another one is, scaled, along a ramp.

In: the forecast of the analogous number and the plan of the launch. Out: rows of the new number at every
outlet where the analogous one is asked for. What a launch brings nobody knows: its level is uncertain, so
the months and the sums that orders are made by are both wider than those of the number it resembles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from forecasting.distribution import demand_quantile
from forecasting.launch import LAUNCH_CV, METHOD

KEYS = ["outlet_id", "part_id"]
# One row per number launched at an outlet: rate `scale` times that of the analogous number, reached over
# `ramp_months` from launch_date on; known_date is the day on which the plan was approved.
PLANS = {
    "outlet_id": pl.String, "part_id": pl.String, "analogous_part_id": pl.String, "launch_date": pl.Date,
    "scale": pl.Float64, "ramp_months": pl.Int64, "known_date": pl.Date,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Launched:
    """monthly, series, path: rows as `parts.PartForecast` has them, of new numbers alone."""

    monthly: pl.DataFrame
    series: pl.DataFrame
    path: pl.DataFrame


def known_plans(plans: pl.DataFrame, day: date) -> pl.DataFrame:
    """PLANS approved by `day`; of two for one number at one outlet the one approved last."""
    known = plans.filter(pl.col("known_date") <= day).sort("known_date", "launch_date")
    return known.unique(KEYS, keep="last", maintain_order=True).select(list(PLANS))


def launched(
    monthly: pl.DataFrame, series: pl.DataFrame, plans: pl.DataFrame, levels: Mapping[str, float]
) -> Launched:
    """Rows of every number that is launched at an outlet and that nobody there has asked for yet.

    monthly, series: of forecast_parts(). plans: known_plans(). levels: quantile columns of `monthly`.
    One that has sold at an outlet has a forecast of its own there and gets none here. The rate in `series` is
    the full one, `path` says how much of it there is in which month.
    """
    sold = series.filter(pl.col("mean_units_per_month") > 0).select(KEYS)
    alike = sold.rename({"part_id": "analogous_part_id"})
    asked = plans.join(sold, on=KEYS, how="anti").join(alike, on=alike.columns, how="semi")
    ahead = _months(monthly, series, asked)
    return Launched(_monthly(monthly, ahead, levels), _series(series, asked), _path(series, asked, ahead))


def _months(monthly: pl.DataFrame, series: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """KEYS, month, horizon, mean and variance of the new number, share of its full rate."""
    alike = ["outlet_id", "analogous_part_id"]
    ahead = asked.join(
        monthly.select("outlet_id", "month", "horizon", "mean", analogous_part_id="part_id"), on=alike
    ).join(series.select("outlet_id", "dispersion", analogous_part_id="part_id"), on=alike)
    units = pl.col("mean") * pl.col("scale") * ramp(pl.col("month"))
    return ahead.with_columns(
        mean=units, variance=units * pl.col("dispersion").clip(lower_bound=1.0) + (LAUNCH_CV * units) ** 2
    ).sort(*KEYS, "month")


def ramp(month: pl.Expr) -> pl.Expr:
    """Share of the full rate in a month, mean over its days: 0 before launch_date, then a straight line to 1.

    On the n-th of 30.4 * ramp_months days the share is n over all of them; launch_date, ramp_months: columns.
    """
    end = month.dt.offset_by("1mo")
    days = (end - month).dt.total_days()
    whole = pl.col("ramp_months") * 30.4
    first, last = (
        ((day - pl.col("launch_date")).dt.total_days().clip(lower_bound=0) / whole) for day in (month, end)
    )
    return (_climbed(last) - _climbed(first)) * whole / days


def _climbed(share: pl.Expr) -> pl.Expr:
    """Integral of the ramp up to `share` of its length: a triangle, then a straight line."""
    return pl.when(share < 1).then(share**2 / 2).otherwise(share - 0.5)


def _monthly(monthly: pl.DataFrame, ahead: pl.DataFrame, levels: Mapping[str, float]) -> pl.DataFrame:
    mean, variance = ahead["mean"].to_numpy(), ahead["variance"].to_numpy()
    quantiles = [pl.Series(name, demand_quantile(mean, variance, level)) for name, level in levels.items()]
    rows = ahead.with_columns(*quantiles, method=pl.lit(METHOD))
    return rows.select(monthly.columns).cast(monthly.schema)


def _series(series: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The analogous number's row at the full rate, without what was measured on its own history."""
    alike = ["outlet_id", "analogous_part_id"]
    measured = [name for name in series.columns if name.startswith(("backtest", "beats", "coverage"))]
    return (
        asked.join(series.rename({"part_id": "analogous_part_id"}), on=alike)
        .with_columns(
            pl.lit(None).alias(name) for name in [*measured, "alpha", "adi", "cv2"] if name in series.columns
        )
        .with_columns(
            mean_units_per_month=pl.col("mean_units_per_month") * pl.col("scale"),
            level_cv2=pl.col("level_cv2").fill_null(0.0) + LAUNCH_CV**2,
            demand_class=pl.lit("new"),
            method=pl.lit(METHOD),
            months_of_history=pl.lit(0),
        )
        .select(series.columns)
        .cast(series.schema)
    )


def _path(series: pl.DataFrame, asked: pl.DataFrame, ahead: pl.DataFrame) -> pl.DataFrame:
    """KEYS, month, units: the full rate times the share of each month; the last one stands from there on."""
    rate = series.select("outlet_id", "mean_units_per_month", analogous_part_id="part_id")
    each = ahead.drop("mean").join(rate, on=["outlet_id", "analogous_part_id"])
    units = pl.col("mean_units_per_month") * pl.col("scale") * ramp(pl.col("month"))
    return each.select(*KEYS, "month", units=units)
