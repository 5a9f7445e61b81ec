"""Scarce cars: how many each outlet gets, and which car goes to which order, first in first out.

In: open orders, free cars, a rule. Out: shares with score and reason, and one row per car or order.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from forecasting.allocation import Rule, allocate

ORDER = [
    "vehicle_order_id", "outlet_id", "product_id", "order_type", "priority", "ordered_date", "promised_date",
    "customer_grade",
]  # fmt: skip
CAR = ["vin", "product_id", "production_date", "is_locked"]
SOLD = ("customer", "special", "key_account")
YOUNG_DAYS = 90  # stock of this age counts half in the measure stock_age


def requests_of(orders: pl.DataFrame, outlets: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Requests of allocation.allocate(): one row per product (item_id) and outlet with open orders.

    orders: ORDER; customer_grade is 0 for a car for stock and for a customer without a grade, higher is
    better, and the best customer of an outlet speaks for it. outlets: outlet_id, product_id, have (cars in
    stock), forecast_per_day, mean_age_days (of its stock; null: none). What is promised to a customer waits;
    the earliest promise counts.
    """
    sold = pl.col("order_type").is_in(SOLD)
    grouped = orders.group_by("product_id", "outlet_id").agg(
        wanted=pl.len().cast(pl.Int64),
        waiting=sold.sum().cast(pl.Int64),
        promised_date=pl.col("promised_date").filter(sold).min(),
        order_priority=(10 - pl.col("priority")).max().cast(pl.Float64),
        customer_grade=pl.col("customer_grade").cast(pl.Float64).max(),
        days_waiting=(pl.lit(as_of) - pl.col("ordered_date")).dt.total_days().clip(lower_bound=0).mean(),
    )
    known = grouped.join(outlets, on=["product_id", "outlet_id"], how="left").with_columns(
        pl.col("have", "forecast_per_day").cast(pl.Float64).fill_null(0.0),
        # an outlet without stock has nothing that grew old
        stock_age=YOUNG_DAYS / (YOUNG_DAYS + pl.col("mean_age_days").cast(pl.Float64).fill_null(0.0)),
    )
    share = pl.col("forecast_per_day") / pl.col("forecast_per_day").sum().over("product_id")
    return (
        known.with_columns(forecast_share=share.fill_nan(0.0))
        .rename({"product_id": "item_id"})
        .sort("item_id", "outlet_id")
    )


def allocate_cars(
    orders: pl.DataFrame, cars: pl.DataFrame, outlets: pl.DataFrame, rule: Rule, *, as_of: date
) -> pl.DataFrame:
    """allocation.allocate() over free cars; item_id is the product. Adds up to what is free or wanted."""
    free = cars.filter(~pl.col("is_locked")).group_by("product_id").agg(units=pl.len().cast(pl.Int64))
    supply = free.rename({"product_id": "item_id"})
    return allocate(requests_of(orders, outlets, as_of=as_of), supply, rule)


def match_vins(orders: pl.DataFrame, cars: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """vin, vehicle_order_id, outlet_id, product_id, match_no, reason: a row per car or order left over.

    The oldest car goes to the first order: sold ones by promise, then priority, then the customer's grade,
    then age of the order, as far as the outlet's share goes. A locked car is passed over and named; the rerun
    gives the same.
    """
    queue = _queue(orders, shares)
    served = queue.filter("has_share").with_columns(match_no=pl.int_range(1, pl.len() + 1).over("product_id"))
    line = cars.sort("product_id", "production_date", "vin").with_columns(
        older_locked=pl.col("is_locked").cast(pl.Int64).cum_sum().over("product_id")
    )
    free = line.filter(~pl.col("is_locked")).with_columns(
        match_no=pl.int_range(1, pl.len() + 1).over("product_id")
    )
    both = free.join(
        served.select("product_id", "match_no", "vehicle_order_id", "outlet_id"),
        on=["product_id", "match_no"], how="left",
    )  # fmt: skip
    matched = pl.col("vehicle_order_id").is_not_null()
    told = both.with_columns(
        reason=pl.when(~matched)
        .then(pl.lit("no open order for this car"))
        .when(pl.col("older_locked") > 0)
        .then(pl.format("first in first out; {} older cars are locked", "older_locked"))
        .otherwise(pl.lit("first in first out")),
        match_no=pl.when(matched).then("match_no"),
    )
    locked = line.filter("is_locked").with_columns(reason=pl.lit("locked: passed over"))
    left = queue.join(told.filter(matched), on="vehicle_order_id", how="anti").with_columns(
        reason=pl.when(pl.col("product_id").is_in(free["product_id"].unique().implode()))
        .then(pl.lit("the share of the outlet is used up"))
        .otherwise(pl.lit("no car of this product is free"))
    )
    columns = ["vin", "vehicle_order_id", "outlet_id", "product_id", "match_no", "reason"]
    rows = pl.concat([told, locked, left], how="diagonal_relaxed")
    return rows.select(columns).sort("product_id", "match_no", "vin", "vehicle_order_id", nulls_last=True)


def _queue(orders: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Orders in the order in which they are served, and whether their outlet's share reaches that far."""
    ranked = orders.with_columns(is_sold=pl.col("order_type").is_in(SOLD)).sort(
        "product_id", "is_sold", "promised_date", "priority", "customer_grade", "ordered_date",
        "vehicle_order_id",
        descending=[False, True, False, False, True, False, False], nulls_last=True,
    )  # fmt: skip
    given = shares.select(pl.col("item_id").alias("product_id"), "outlet_id", "allocated")
    return (
        ranked.with_columns(turn=pl.int_range(1, pl.len() + 1).over("product_id", "outlet_id"))
        .join(given, on=["product_id", "outlet_id"], how="left", maintain_order="left")
        .with_columns(has_share=(pl.col("turn") <= pl.col("allocated")).fill_null(False))
    )
