"""What was known of a car and its owner at the end of a day; nothing that happened later can change it.

In: owners (vin, customer_id, outlet_id, period_no, valid_from_date, valid_to_date; half open), visits (vin,
visited_date, odometer_km, complaint_code), misses (vin, missed_date), cars (vin, series, delivered_date).
Out: one row per car with a known owner and day asked about. Kilometres a day come from the readings up to
that day alone: the estimate of the warehouse knows later ones.
"""

from __future__ import annotations

from datetime import date

import polars as pl

FEATURES = (
    "months_owned", "owner_no", "car_age_months", "series", "visits", "visits_last_year",
    "days_since_visit", "days_between_visits", "last_complaint", "km_per_day", "km_since_visit",
    "misses_last_year",
)  # fmt: skip
_YEAR_DAYS, _MONTH_DAYS = 365, 30.4
_LEAST_GAP_DAYS = 14  # two readings closer together say nothing about use


def return_features(
    owners: pl.DataFrame, visits: pl.DataFrame, misses: pl.DataFrame, cars: pl.DataFrame, days: list[date]
) -> pl.DataFrame:
    """vin, customer_id, outlet_id, at and FEATURES, sorted."""
    at = pl.DataFrame({"at": days}, schema={"at": pl.Date})
    grid = (
        owners.filter(pl.col("customer_id").is_not_null())
        .join(at, how="cross")
        .filter(
            (pl.col("valid_from_date") <= pl.col("at"))
            & (pl.col("valid_to_date").is_null() | (pl.col("valid_to_date") > pl.col("at")))
        )
        .join(cars.select("vin", "series", "delivered_date"), on="vin", how="left")
    )
    key = ["vin", "at"]
    seen = grid.select(key).join(visits, on="vin").filter(pl.col("visited_date") <= pl.col("at"))
    told = (
        seen.sort("visited_date")
        .group_by(key)
        .agg(
            visits=pl.len().cast(pl.Int64),
            visits_last_year=_within_a_year("visited_date"),
            first_date=pl.col("visited_date").first(),
            last_date=pl.col("visited_date").last(),
            first_km=pl.col("odometer_km").min(),
            last_km=pl.col("odometer_km").max(),
            last_complaint=pl.col("complaint_code").last(),
        )
    )
    missed = grid.select(key).join(misses, on="vin").filter(pl.col("missed_date") <= pl.col("at"))
    missed = missed.group_by(key).agg(misses_last_year=_within_a_year("missed_date"))
    began = pl.coalesce("delivered_date", "valid_from_date")
    gap = (pl.col("last_date") - pl.col("first_date")).dt.total_days()
    since = (pl.col("at") - pl.col("last_date")).dt.total_days()
    return (
        grid.join(told, on=key, how="left")
        .join(missed, on=key, how="left")
        .with_columns(
            months_owned=(pl.col("at") - pl.col("valid_from_date")).dt.total_days() / _MONTH_DAYS,
            car_age_months=pl.when(began <= pl.col("at")).then(
                (pl.col("at") - began).dt.total_days() / _MONTH_DAYS
            ),
            owner_no=pl.col("period_no"),
            days_since_visit=since,
            days_between_visits=pl.when(pl.col("visits") > 1).then(gap / (pl.col("visits") - 1)),
            km_per_day=pl.when(gap >= _LEAST_GAP_DAYS).then((pl.col("last_km") - pl.col("first_km")) / gap),
            visits=pl.col("visits").fill_null(0),
            visits_last_year=pl.col("visits_last_year").fill_null(0),
            misses_last_year=pl.col("misses_last_year").fill_null(0),
        )
        .with_columns(km_since_visit=pl.col("km_per_day") * pl.col("days_since_visit"))
        .select("vin", "customer_id", "outlet_id", "at", *FEATURES)
        .sort("at", "vin")
    )


def returned_within(examples: pl.DataFrame, visits: pl.DataFrame, horizon_days: int) -> pl.DataFrame:
    """The examples with `outcome`: a visit after the day of asking and no later than the horizon."""
    later = (
        examples.select("vin", "at")
        .join(visits.select("vin", "visited_date"), on="vin")
        .filter(
            pl.col("visited_date").is_between(
                pl.col("at"), pl.col("at").dt.offset_by(f"{horizon_days}d"), closed="right"
            )
        )
    )
    hit = later.select("vin", "at").unique().with_columns(outcome=pl.lit(True))
    return examples.join(hit, on=["vin", "at"], how="left").with_columns(pl.col("outcome").fill_null(False))


def _within_a_year(column: str) -> pl.Expr:
    return ((pl.col("at") - pl.col(column)).dt.total_days() < _YEAR_DAYS).sum().cast(pl.Int64)
