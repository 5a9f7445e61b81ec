"""Parts that a warehouse cannot give to all who want them, and stock that another outlet can spare.

In: suggestions, back-orders, warehouse stock, returns, lanes. Out: shares with reason, and transfers.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from forecasting.allocation import Rule, allocate, transfers

DAYS_PER_MONTH = 30.4375
CRITICALITY = {"vital": 3.0, "essential": 2.0, "desirable": 1.0}


def share_shortages(
    suggestions: pl.DataFrame, owed: pl.DataFrame, stock: pl.DataFrame, rule: Rule, *, as_of: date
) -> pl.DataFrame:
    """supplier_outlet_code, part_id, outlet_id, supply and the columns of allocate(), by part and rank.

    suggestions: outlet_id, part_id, supplier_outlet_code, quantity, position, mean_units_per_month,
    criticality. owed: open back-orders as outlet_id, part_id, quantity, promised_date, owed_since_date.
    stock: outlet_id (the warehouse), part_id, units. Shared is only what a warehouse cannot give
    to all.
    """
    waits = owed.group_by("outlet_id", "part_id").agg(
        waiting=pl.col("quantity").sum().cast(pl.Int64),
        promised_date=pl.col("promised_date").min(),
        since=pl.col("owed_since_date").min(),
    )
    wanted = suggestions.join(waits, on=["outlet_id", "part_id"], how="left").with_columns(
        pl.col("waiting").fill_null(0), pl.col("quantity").fill_null(0)
    )
    requests = wanted.filter(pl.col("quantity") + pl.col("waiting") > 0).select(
        item_id=pl.concat_str("supplier_outlet_code", "part_id", separator="|"),
        outlet_id="outlet_id",
        part_id="part_id",
        supplier_outlet_code="supplier_outlet_code",
        wanted=(pl.col("quantity") + pl.col("waiting")).cast(pl.Int64),
        waiting="waiting",
        promised_date="promised_date",
        have=pl.col("position").cast(pl.Float64).fill_null(0.0),
        forecast_per_day=(pl.col("mean_units_per_month").fill_null(0.0) / DAYS_PER_MONTH).clip(0.0),
        criticality=pl.col("criticality").replace_strict(CRITICALITY, default=1.0, return_dtype=pl.Float64),
        days_waiting=(pl.lit(as_of) - pl.col("since")).dt.total_days().clip(lower_bound=0).fill_null(0)
        .cast(pl.Float64),
        order_priority=pl.lit(0.0), customer_grade=pl.lit(0.0), stock_age=pl.lit(0.0),
    )  # fmt: skip
    demand = pl.col("forecast_per_day")
    requests = requests.with_columns(forecast_share=(demand / demand.sum().over("item_id")).fill_nan(0.0))
    supply = stock.select(
        item_id=pl.concat_str("outlet_id", "part_id", separator="|"),
        units=pl.col("units").clip(lower_bound=0).floor().cast(pl.Int64),
    )
    sums = requests.group_by("item_id").agg(all_wanted=pl.col("wanted").sum()).join(supply, on="item_id")
    scarce = sums.filter(pl.col("all_wanted") > pl.col("units"))
    some = requests.join(scarce.select("item_id"), on="item_id", how="semi").sort("item_id", "outlet_id")
    given = allocate(some, supply.join(scarce, on="item_id", how="semi"), rule)
    names = some.select("item_id", "outlet_id", "part_id", "supplier_outlet_code")
    return (
        given.join(names, on=["item_id", "outlet_id"])
        .join(scarce.select("item_id", supply="units"), on="item_id")
        .drop("item_id")
        .sort("supplier_outlet_code", "part_id", "rank")
    )


def find_transfers(suggestions: pl.DataFrame, returns: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """part_id, from_outlet_id, to_outlet_id, units, saving_minor, currency, days_sooner; best first.

    A transfer saves the network the price of new units and costs its freight: what lies idle is paid already.
    suggestions: outlet_id, part_id, raw_quantity, unit_price_minor, order_wait_days, lead_time_days, verdict.
    returns: outlet_id, part_id, excess_units. terms: outlet_id, supplier_outlet_code, currency,
    transfer_freight_minor, transfer_days. Lanes join outlets of one supplier and currency.
    """
    lanes = (
        terms.join(terms, on=["supplier_outlet_code", "currency"], suffix="_to")
        .filter(pl.col("outlet_id") != pl.col("outlet_id_to"))
        .filter(pl.col("transfer_freight_minor_to").is_not_null())
        .select(
            from_outlet_id="outlet_id", to_outlet_id="outlet_id_to", cost_minor="transfer_freight_minor_to",
            days=pl.col("transfer_days_to").fill_null(0),
        )
    )  # fmt: skip
    need = suggestions.filter(
        pl.col("verdict").is_in(["suggested", "over_budget"]) & pl.col("unit_price_minor").is_not_null()
    ).select(
        item_id="part_id", outlet_id="outlet_id", units=pl.col("raw_quantity").cast(pl.Int64),
        order_cost_minor=(pl.col("raw_quantity") * pl.col("unit_price_minor")).cast(pl.Int64),
        order_days=pl.col("order_wait_days").fill_null(0) + pl.col("lead_time_days"),
    )  # fmt: skip
    spare = returns.filter(pl.col("excess_units") > 0).select(
        item_id="part_id", outlet_id="outlet_id", units=pl.col("excess_units").cast(pl.Int64)
    )
    found = transfers(spare, need, lanes)
    money = terms.select(to_outlet_id="outlet_id", currency="currency")
    return found.rename({"item_id": "part_id"}).join(
        money, on="to_outlet_id", how="left", maintain_order="left"
    )
