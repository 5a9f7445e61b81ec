"""Stock health: what is old, what is short, and where the money stands."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from apps import currency, figures, frame, kpis, session, words

READERS = "dealers, regional managers and the maker's analysts"
HEALTHY_DAYS = (30, 60)


def body(_snapshot: dict[str, Any]) -> None:
    cars = session.table("mart_stock_structure", is_as_of="true")
    cover = session.table("mart_stock_cover", is_as_of="true")
    if cars.is_empty():
        frame.empty("No car stands in stock with you.", "Cars in transit count from their receipt.")
        return
    outlets = session.table("dim_outlet")
    names = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    outlet = _dealer(sorted(cars["outlet_id"].unique()), names)
    if outlet:
        cars, cover = cars.filter(pl.col("outlet_id") == outlet), cover.filter(pl.col("outlet_id") == outlet)
    st.markdown(f"##### {_finding(cars, cover)}")
    left, right = st.columns(2, gap="large")
    with left:
        _cover(cover)
    with right:
        _ageing(cars)
    _cells(cars, cover, names)


def _dealer(outlets: list[str], names: dict[str, str]) -> str:
    if len(outlets) == 1:
        return outlets[0]
    with st.container(width=300):
        return frame.choice("Dealer", ["", *outlets], "outlet", names={"": "All you may see", **names})


def _finding(cars: pl.DataFrame, cover: pl.DataFrame) -> str:
    units, aged = cars["units"].sum(), cars["aged_units"].sum()
    sold = cover["sold_90d_units"].sum()
    days = (
        f"{words.number(cover['stock_units'].sum() * 90 / sold)} days of supply"
        if sold
        else "no sale in 90 days"
    )
    return (
        f"{words.plural(units, 'car')} in stock, {days}; {words.plural(aged, 'car')} "
        f"({words.percent(aged / units)}) older than 90 days."
    )


def _cover(cover: pl.DataFrame) -> None:
    st.subheader("Days of supply by series", anchor=False)
    cells = (
        cover.group_by("series")
        .agg(pl.col("stock_units").sum(), pl.col("sold_90d_units").sum())
        .with_columns(
            cover_days=pl.when(pl.col("sold_90d_units") > 0).then(
                pl.col("stock_units") * 90 / pl.col("sold_90d_units")
            )
        )
        .sort("cover_days", descending=True, nulls_last=True)
        .with_columns(
            text=pl.format(
                "{} days · {} cars",
                pl.col("cover_days").map_elements(words.number, return_dtype=pl.String, skip_nulls=False),
                "stock_units",
            )
        )
    )
    low, high = HEALTHY_DAYS
    known = cells.drop_nulls("cover_days")
    long = known.filter(pl.col("cover_days") > high)["series"].to_list()
    short = known.filter(pl.col("cover_days") < low)["series"].to_list()
    said = [
        *([f"{', '.join(long)} above {high} days"] if long else []),
        *([f"{', '.join(short)} below {low} days"] if short else []),
    ]
    finding = "; ".join(said) or f"Every series within the healthy {low} to {high} days"
    table = cells.select(
        Series="series",
        Cars=pl.col("stock_units").cast(pl.String),
        Sold=pl.col("sold_90d_units").cast(pl.String),
        Days=pl.col("cover_days").map_elements(words.number, return_dtype=pl.String, skip_nulls=False),
    )  # fmt: skip
    frame.chart(figures.cover_by_series(cells), finding, table, key="cover")


def _ageing(cars: pl.DataFrame) -> None:
    st.subheader("Age", anchor=False)
    buckets = (
        cars.group_by("age_bucket")
        .agg(pl.col("units").sum(), pl.col("aged_units").sum())
        .with_columns(is_aged=pl.col("aged_units") > 0)
    )
    order = [b for b in words.AGE_BUCKETS if b in set(buckets["age_bucket"])]
    money = cars.group_by("currency").agg(
        total=pl.col("value_minor").sum(), aged=pl.col("value_minor").filter(pl.col("aged_units") > 0).sum()
    )
    stands = ", ".join(
        words.money(r["aged"], r["currency"])
        for r in money.filter(pl.col("aged") > 0).sort("currency").iter_rows(named=True)
    )
    table = buckets.select(**{"Days since receipt": "age_bucket"}, Cars=pl.col("units").cast(pl.String))
    frame.chart(
        figures.ageing(buckets, order), f"Older than 90 days: {stands or 'none'}", table, key="ageing"
    )
    if money.height > 1:
        _in_one_currency(money.select("currency", minor="aged"))


def _in_one_currency(aged: pl.DataFrame) -> None:
    total = currency.in_group_currency(aged, session.table("dim_exchange_rate", is_to_group_currency="true"))
    if total is None:
        return
    at = f" at rates from {words.day(total.oldest_rate_date)} on" if total.oldest_rate_date else ""
    without = f"; without {', '.join(total.missing)}, which has no rate" if total.missing else ""
    st.caption(f"Together {words.money(total.minor, total.currency)}{at}{without}.")


def _cells(cars: pl.DataFrame, cover: pl.DataFrame, names: dict[str, str]) -> None:
    """Where to act: by dealer and variant, the oldest stock first."""
    st.subheader("Where to act", anchor=False)
    keys = ["outlet_id", "series", "variant"]
    aged = cars.group_by(keys).agg(pl.col("units").sum(), pl.col("aged_units").sum())
    rows = (
        aged.join(cover.select(*keys, "sold_90d_units"), on=keys, how="left")
        .with_columns(
            cover_days=pl.when(pl.col("sold_90d_units") > 0).then(
                pl.col("units") * 90 / pl.col("sold_90d_units")
            ),
            action=pl.when(pl.col("sold_90d_units").fill_null(0) == 0)
            .then(pl.lit("Transfer or price: none sold in 90 days"))
            .when(pl.col("aged_units") * 2 > pl.col("units"))
            .then(pl.lit("Price: most are older than 90 days"))
            .when(pl.col("units") * 90 > pl.col("sold_90d_units") * HEALTHY_DAYS[1])
            .then(pl.lit("Order less: more than 60 days"))
            .otherwise(pl.lit("")),
        )
        .sort("aged_units", "units", descending=True)
    )
    frame.table(
        rows.select(
            Dealer=pl.col("outlet_id").replace(names), Series="series", Variant="variant", Cars="units",
            Aged="aged_units", Sold="sold_90d_units", Days="cover_days", Suggestion="action",
        ),
        height=360,
        column_config={
            "Aged": st.column_config.NumberColumn("Over 90 days"),
            "Sold": st.column_config.NumberColumn("Sold in 90 days"),
            "Days": st.column_config.NumberColumn("Days of supply", format="%.0f"),
            "Suggestion": st.column_config.TextColumn(width="large"),
        },
        alt="Stock by dealer and variant, oldest first",
    )  # fmt: skip


with frame.page(
    "Stock health",
    "What is old, what is short, and where does the money stand?",
    readers=READERS,
    metrics=(kpis.Metric.SUPPLY, kpis.Metric.AGED),
    export=frame.Export(
        "mart_stock_structure", {"is_as_of": "true", "outlet_id": st.query_params.get("outlet") or None}
    ),
) as published:
    body(published)
