"""What is sold beside the cars: penetration by kind and by person. Pure, over `mart_value_added_sale`."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from apps import currency, words
from apps.kpis import FEW_CASES

KINDS: Mapping[str, str] = {
    "insurance": "Insurance",
    "accessory": "Accessories",
    "extended_warranty": "Extended warranty",
    "finance": "Finance",
    "registration": "Registration",
    "inspection": "Inspection",
}


def in_one_currency(rows: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Money of several currencies in the group's, at the rate in force; one without a rate stays as it is.

    rates: dim_exchange_rate.
    """
    known, group = currency.factors(rates), currency.group_currency(rates)
    if rows["currency"].n_unique() <= 1 or group is None:
        return rows
    factor = pl.col("currency").replace_strict(known, default=1.0, return_dtype=pl.Float64)
    money = [name for name in ("amount_minor", "earned_minor") if name in rows.columns]
    return rows.with_columns(
        *((pl.col(name) * factor).round().cast(pl.Int64).alias(name) for name in money),
        currency=pl.when(pl.col("currency").is_in(list(known))).then(pl.lit(group)).otherwise("currency"),
    )


def by_kind(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per kind and currency: cars, attached, share, sales, amount_minor, earned_minor.

    earned_minor is null where the reader may not see it. The share is of the cars of that currency's outlets.
    """
    earned = pl.col("earned_minor") if "earned_minor" in rows.columns else pl.lit(None, dtype=pl.Int64)
    return (
        rows.with_columns(earned_minor=earned)
        .group_by("sale_kind", "currency")
        .agg(
            cars=pl.col("delivered_cars").sum(),
            attached=pl.col("attached_cars").sum(),
            sales=pl.col("sales").sum(),
            amount_minor=_sum_or_null("amount_minor"),
            earned_minor=_sum_or_null("earned_minor"),
        )
        .filter((pl.col("attached") > 0) | (pl.col("sales") > 0))
        .with_columns(share=_share())
        .sort("currency", "share", "sale_kind", descending=[False, True, False], nulls_last=True)
    )


def by_person(rows: pl.DataFrame) -> pl.DataFrame:
    """Who sells how much beside a car: outlet_id, staff_id, cars, products (per car), and a share per kind.

    Most cars first. Shares and products are null below ten cars, where one car moves them by a tenth.
    """
    keys = ["outlet_id", "staff_id"]
    found = rows.group_by(keys).agg(
        cars=pl.col("delivered_cars").filter(pl.col("sale_kind") == "insurance").sum(),
        attached=pl.col("attached_cars").sum(),
    )
    enough = pl.col("cars") >= FEW_CASES
    shares = rows.group_by(*keys, "sale_kind").agg(pl.col("attached_cars").sum())
    wide = shares.pivot("sale_kind", index=keys, values="attached_cars")
    kinds = [kind for kind in KINDS if kind in wide.columns]
    return (
        found.filter(pl.col("cars") > 0)
        .join(wide, on=keys)
        .with_columns(
            *(pl.when(enough).then(pl.col(kind) / pl.col("cars")).alias(kind) for kind in kinds),
            products=pl.when(enough).then(pl.col("attached") / pl.col("cars")),
        )
        .select(*keys, "cars", "products", *kinds)
        .sort("cars", "outlet_id", "staff_id", descending=[True, False, False])
    )


def finding(people: pl.DataFrame, names: Mapping[str, str]) -> str:
    """Products per car over all, and who is furthest apart among those with enough cars."""
    judged = people.drop_nulls("products").sort("products", "staff_id")
    if judged.is_empty():
        return "Too few cars by person to compare."
    cars = judged["cars"].sum()
    mean = (judged["products"] * judged["cars"]).sum() / cars
    said = f"{words.number(mean, 1)} products beside each car"
    if judged.height == 1:
        return f"{said}."
    low, high = judged.row(0, named=True), judged.row(-1, named=True)
    return (
        f"{said}; from {words.number(low['products'], 1)} ({_who(low, names)}) to "
        f"{words.number(high['products'], 1)} ({_who(high, names)})."
    )


def _who(row: Mapping[str, str], names: Mapping[str, str]) -> str:
    return names.get(row["staff_id"], row["staff_id"]) or "nobody named"


def _share() -> pl.Expr:
    return pl.when(pl.col("cars") > 0).then(pl.col("attached") / pl.col("cars"))


def _sum_or_null(column: str) -> pl.Expr:
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum())
