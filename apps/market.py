"""What the market page concludes from registrations: pure, frame to frame.

Shares are sums over sums. Every comparison is between the same months, one year apart: registrations
have a season, and the month before would tell of the season.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from apps.kpis import shifted

WINDOW = 3  # months judged together: one month of a small market is noise


def whole_markets(rows: pl.DataFrame, markets: list[str]) -> pl.DataFrame:
    """mart_market_share without its segments, of these markets only."""
    return rows.filter((pl.col("segment") == "all") & pl.col("market").is_in(markets))


def our_share(rows: pl.DataFrame, last: date) -> pl.DataFrame:
    """Our share by market in the three months that end with `last`, beside the same months a year before.

    Out, most lost first: market, units, market_units, share, share_before, change (null where the authority
    sent nothing a year ago).
    """
    now, before = (_by_market(_within(rows, end)) for end in (last, shifted(last, -12)))
    return (
        now.join(before.select("market", share_before="share"), on="market", how="left")
        .with_columns(change=pl.col("share") - pl.col("share_before"))
        .select("market", "units", "market_units", "share", "share_before", "change")
        .sort("change", "market", nulls_last=True)
    )


def reported(shares: pl.DataFrame, retail: pl.DataFrame, last: date) -> pl.DataFrame:
    """Hand-overs that the dealers reported, over our cars registered in the same three months.

    retail: mart_sales_attainment. Out, least reported first: market, units (registered), reported_units,
    reported_share; markets in which none of ours was registered are left out.
    """
    told = retail.filter(pl.col("sales_month").is_between(shifted(last, 1 - WINDOW), last))
    summed = told.group_by("market").agg(reported_units=pl.col("retail_units").sum())
    return (
        shares.filter(pl.col("units") > 0)
        .join(summed, on="market", how="left")
        .with_columns(pl.col("reported_units").fill_null(0))  # no report of a market is a report of nothing
        .select("market", "units", "reported_units", reported_share=_ratio("reported_units", "units"))
        .sort("reported_share", "market")
    )


def brands(rows: pl.DataFrame, last: date) -> pl.DataFrame:
    """Every brand in the same months, largest first: brand, is_own_brand, units, share, change."""
    now, before = (_by_brand(_within(rows, end)) for end in (last, shifted(last, -12)))
    return (
        now.join(before.select("brand", share_before="share"), on="brand", how="left")
        .with_columns(change=pl.col("share") - pl.col("share_before"))
        .select("brand", "is_own_brand", "units", "share", "change")
        .sort("units", "brand", descending=[True, False])
    )


def our_months(rows: pl.DataFrame) -> pl.DataFrame:
    """Our share over three months that end with each month: month, line (the market), share."""
    months = _ours(rows).group_by("market", "registration_month").agg(pl.col("units", "market_units").sum())
    rolled = (
        months.sort("market", "registration_month")
        .rolling("registration_month", period=f"{WINDOW}mo", group_by="market")
        .agg(pl.col("units", "market_units").sum(), months=pl.len())
    )
    return (
        rolled.filter(pl.col("months") == WINDOW)
        .select(month="registration_month", line="market", share=_ratio("units", "market_units"))
        .drop_nulls("share")
    )


def _within(rows: pl.DataFrame, last: date) -> pl.DataFrame:
    first = shifted(last, 1 - WINDOW)
    return rows.filter(pl.col("registration_month").is_between(first, last))


def _ours(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per market and month: our brands together."""
    keys = ["market", "registration_month"]
    own = rows.filter(pl.col("is_own_brand"))
    summed = own.group_by(keys).agg(pl.col("units").sum())
    markets = rows.group_by(keys).agg(pl.col("units").sum().alias("market_units"))
    zero = pl.col("units").fill_null(0)  # a market without our car is a share of zero
    return markets.join(summed, on=keys, how="left").with_columns(zero)


def _by_market(rows: pl.DataFrame) -> pl.DataFrame:
    summed = _ours(rows).group_by("market").agg(pl.col("units", "market_units").sum())
    return summed.with_columns(share=_ratio("units", "market_units"))


def _by_brand(rows: pl.DataFrame) -> pl.DataFrame:
    summed = rows.group_by("brand", "is_own_brand").agg(pl.col("units").sum())
    return summed.with_columns(total=pl.col("units").sum()).with_columns(share=_ratio("units", "total"))


def _ratio(part: str, whole: str) -> pl.Expr:
    """Null where there is nothing to take a part of."""
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))
