"""Lead funnel: where customers are lost on the way from lead to delivery, and from which source."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import contacts_panel, figures, frame, kpis, session, words

READERS = "dealers, regional managers and the maker's analysts"


def body(snapshot: dict[str, Any]) -> None:
    rows = session.table("mart_lead_funnel")
    outlets = session.table("dim_outlet")
    names = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    _cohorts(rows, names)
    as_of = date.fromisoformat(snapshot["as_of_date"])
    contacts_panel.show(as_of, st.query_params.get("outlet", ""), names)


def _cohorts(rows: pl.DataFrame, names: dict[str, str]) -> None:
    mature = rows.filter(pl.col("is_mature") & (pl.col("leads") > 0))
    if mature.is_empty():
        frame.empty(
            "No cohort of leads is old enough to judge.", "A cohort is judged three months after it arrived."
        )
        return
    mature = _filtered(mature, names)
    months = sorted(mature["cohort_month"].unique())[-6:]
    recent = mature.filter(pl.col("cohort_month").is_in(months))
    st.caption(
        f"Cohorts that arrived {words.month(months[0])} to {words.month(months[-1])}; younger ones still "
        "convert and are left out."
    )
    left, right = st.columns(2, gap="large")
    with left:
        _stages(recent)
    with right:
        _conversion(mature)
    _sources(recent, names)


def _filtered(rows: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    outlets, sources = sorted(rows["outlet_id"].unique()), sorted(rows["source"].unique())
    with st.container(horizontal=True, width=620):
        outlet = frame.choice("Dealer", ["", *outlets], "outlet", names={"": "All you may see", **names})
        source = frame.choice(
            "Source", ["", *sources], "source", names={"": "All sources", **_labels(sources)}
        )
    chosen = rows.filter(pl.col("outlet_id") == outlet) if outlet else rows
    return chosen.filter(pl.col("source") == source) if source else chosen


def _labels(names: list[str]) -> dict[str, str]:
    return {name: words.label(name) for name in names}


def _stages(rows: pl.DataFrame) -> None:
    st.subheader("From lead to delivery", anchor=False)
    found = kpis.funnel_stages(rows)
    kept = found.with_columns(kept=pl.col("count") / pl.col("count").shift(1)).drop_nulls("kept").sort("kept")
    weakest = kept.row(0, named=True)
    finding = f"Most are lost before “{weakest['stage'].lower()}”: {words.percent(weakest['kept'])} get there"
    table = found.select(Stage="stage", Count=pl.col("count").cast(pl.String), Share="text")
    frame.chart(figures.funnel(found, found["stage"].to_list()), finding, table, key="stages")


def _conversion(rows: pl.DataFrame) -> None:
    st.subheader("Lead to delivery by month of arrival", anchor=False)
    months = (
        rows.group_by(month="cohort_month").agg(pl.col("leads", "deliveries").sum()).sort("month").tail(13)
    )
    shown = months.select(
        "month", share=pl.col("deliveries") / pl.col("leads"), line=pl.lit("Lead to delivery")
    )
    first, last = shown["share"][0], shown["share"][-1]
    since = words.month(shown["month"][0])
    finding = (
        f"{words.percent(last, 1)} of the latest cohort bought, {words.points(last - first)} since {since}"
    )
    table = months.select(
        Arrived=pl.col("month").dt.strftime("%b %Y"),
        Leads=pl.col("leads").cast(pl.String),
        Deliveries=pl.col("deliveries").cast(pl.String),
    )
    frame.chart(figures.shares_by_month(shown, "lead to delivery"), finding, table, key="conversion")


def _sources(rows: pl.DataFrame, names: dict[str, str]) -> None:
    """Every source, and every dealer, with its n: a share of few cases says little."""
    for place, (title, key, labels) in zip(
        st.columns(2, gap="large"),
        (("Sources", "source", None), ("Dealers", "outlet_id", names)),
        strict=True,
    ):
        summed = rows.group_by(key).agg(pl.col(*words.FUNNEL).sum()).sort("leads", descending=True)
        named = (
            pl.col(key).replace(labels)
            if labels
            else pl.col(key).map_elements(words.label, return_dtype=pl.String)
        )
        shares = {
            label: pl.when(pl.col("leads") >= kpis.FEW_CASES).then(pl.col(column) * 100 / pl.col("leads"))
            for column, label in list(words.FUNNEL.items())[1:]
        }
        with place:
            st.subheader(title, anchor=False)
            frame.table(
                summed.select(named.alias(title[:-1]), pl.col("leads").alias("Leads"), **shares),
                height="content",
                column_config={
                    label: st.column_config.NumberColumn(label, format="%.0f %%") for label in shares
                },
                alt=f"Shares of leads by {title.lower()}",
            )


with frame.page(
    "Lead funnel",
    "Where are customers lost between lead and delivery, from which source, and whose contacts lead on?",
    readers=READERS,
    metrics=(
        kpis.Metric.CONVERSION,
        kpis.Metric.RESPONSE,
        "test_drive_rate",
        "sales_contact_punctuality",
        "sales_contact_to_drive",
        "sales_contact_to_quotation",
        "sales_contact_to_order",
    ),
    export=frame.Export("mart_lead_funnel", {"outlet_id": st.query_params.get("outlet") or None}),
) as published:
    body(published)
