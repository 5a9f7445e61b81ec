"""Market share: where we win or lose, to whom, and whether the dealers' reports can be believed."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import figures, frame, kpis, market, session, words

READERS = "regional managers and the maker's analysts"
FAR_OFF = 0.1  # reports this share away from the registrations deserve a call
SHOWN_MONTHS = 24


def body(_snapshot: dict[str, Any]) -> None:
    outlets = session.table("dim_outlet")
    rows = market.whole_markets(session.table("mart_market_share"), outlets["market"].unique().to_list())
    if rows.is_empty():
        frame.empty("No registrations have arrived.", "The authority's file is the feed market_registration.")
        return
    last: date = rows["registration_month"].max()  # type: ignore[assignment]
    shares = market.our_share(rows, last)
    st.markdown(f"##### {_finding(shares, last)}")
    left, right = st.columns(2, gap="large")
    with left:
        _changes(shares)
    with right:
        chosen = _market(shares)
        _months(rows, chosen)
    _brands(rows, chosen, last)
    _reports(market.reported(shares, session.table("mart_sales_attainment"), last))


def _market(shares: pl.DataFrame) -> str:
    codes = shares["market"].to_list()
    with st.container(width=240):
        return frame.choice("Market", codes, "market", names={c: words.country(c) for c in codes})


def _finding(shares: pl.DataFrame, last: date) -> str:
    units, total = int(shares["units"].sum()), int(shares["market_units"].sum())
    said = f"{words.percent(units / total if total else None, 1)} of {words.number(total)} cars"
    compared = shares.drop_nulls("change")
    since = f"registered in the three months to {words.month(last)}"
    if compared.is_empty():
        return f"{said} {since}; no market has figures of a year ago."
    losing = compared.filter(pl.col("change") < 0)
    worst = compared.row(0, named=True)
    if losing.is_empty():
        return f"{said} {since}; no market lost share in a year."
    lost = f"{words.country(worst['market'])} lost most, {words.points(worst['change'])}"
    return f"{said} {since}; {words.plural(losing.height, 'market')} lost share in a year: {lost}."


def _changes(shares: pl.DataFrame) -> None:
    st.subheader("Share now and a year ago", anchor=False)
    known = shares.drop_nulls("share").with_columns(_country("market"))
    winning = known.filter(pl.col("change") > 0).height
    table = known.select(
        Market="market",
        Now=pl.col("share").map_elements(_percent, return_dtype=pl.String),
        Before=pl.col("share_before").map_elements(_percent, return_dtype=pl.String, skip_nulls=False),
        Change=pl.col("change").map_elements(words.points, return_dtype=pl.String, skip_nulls=False),
    )
    finding = f"{winning} of {words.plural(known.height, 'market')} gained share in a year"
    frame.chart(figures.share_changes(known), finding, table, key="changes")


def _months(rows: pl.DataFrame, chosen: str) -> None:
    st.subheader("Our share there, three months rolling", anchor=False)
    months = market.our_months(rows.filter(pl.col("market") == chosen)).tail(SHOWN_MONTHS)
    if months.is_empty():
        frame.empty("Fewer than three months have arrived.", "A single month of a small market is noise.")
        return
    first, latest = months["share"][0], months["share"][-1]
    finding = f"{_percent(latest)} now, {_percent(first)} in {words.month(months['month'][0])}"
    table = months.select(
        Month=pl.col("month").dt.strftime("%b %Y"),
        Share=pl.col("share").map_elements(_percent, return_dtype=pl.String),
    )
    frame.chart(figures.shares_by_month(months, "our share"), finding, table, key="months")


def _brands(rows: pl.DataFrame, chosen: str, last: date) -> None:
    st.subheader(f"Who sells in {words.country(chosen)}", anchor=False)
    ranked = market.brands(rows.filter(pl.col("market") == chosen), last)
    frame.table(
        ranked.select(
            Brand=pl.when("is_own_brand").then(pl.format("{} (ours)", "brand")).otherwise("brand"),
            Cars="units",
            Share=pl.col("share") * 100,
            Change=pl.col("change") * 100,
        ),
        column_config={
            "Share": st.column_config.NumberColumn("Share, %", format="%.1f"),
            "Change": st.column_config.NumberColumn("Points in a year", format="%+.1f"),
        },
        alt=f"Brands in {words.country(chosen)} by cars registered in three months",
    )


def _reports(reports: pl.DataFrame) -> None:
    st.subheader("Do the dealers' reports match?", anchor=False)
    off = reports.filter((pl.col("reported_share") - 1).abs() > FAR_OFF)
    if off.is_empty():
        st.markdown("Hand-overs reported are within 10 % of our registrations in every market.")
    for row in off.iter_rows(named=True):
        more = "more" if row["reported_share"] > 1 else "fewer"
        apart = words.percent(abs(row["reported_share"] - 1))
        st.markdown(
            f"- **{words.country(row['market'])}**: dealers reported {apart} {more} hand-overs than the "
            f"{words.number(row['units'])} cars registered."
        )


def _country(column: str) -> pl.Expr:
    return pl.col(column).map_elements(words.country, return_dtype=pl.String)


def _percent(share: float | None) -> str:
    return words.percent(share, 1)


with frame.page(
    "Market share",
    "Where do we win or lose share, to whom, and do the dealers' reports match?",
    readers=READERS,
    metrics=(kpis.Metric.SHARE,),
    export=frame.Export("mart_market_share", {"segment": "all"}),
) as published:
    body(published)
