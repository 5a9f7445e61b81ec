"""The new-model dialog: a series without history, forecast like another one, previewed before it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import streamlit as st

from apps import regions as region_names
from apps import session, words
from apps.api_client import ApiProblem
from forecasting.launch import RUN_OUT, Launch, launched, run_out, taught
from forecasting.run_out import LEAST_LAUNCHES, RunOut

MONTHS_SHOWN = 9
MONTHS_SAID = 4  # of a run-out, in words


def preview(forecast: pl.DataFrame, launch: Launch) -> pl.DataFrame:
    """Per month: the new series, the analogous one, and the replaced one before and after its run-out.

    forecast: mart_forecast, baseline step, vehicles.
    """
    cells = forecast.rename({"item": "item_"}).with_columns(units=pl.col("mean").round().cast(pl.Int64))
    new = launched(cells, launch).group_by("forecast_month").agg(new=pl.col("mean").sum())
    inside = cells.filter(
        (pl.col("region_path") == launch.region_path)
        | pl.col("region_path").str.starts_with(f"{launch.region_path}/")
    )
    sums = inside.group_by("forecast_month", "series").agg(pl.col("mean").sum())
    alike = sums.filter(series=launch.analogous_series).select("forecast_month", analogous="mean")
    rows = alike.join(new, on="forecast_month", how="left").with_columns(pl.col("new").fill_null(0))
    if launch.replaced_series is not None:
        old = sums.filter(series=launch.replaced_series).select("forecast_month", before="mean")
        rows = rows.join(old, on="forecast_month", how="left").with_columns(
            after=pl.col("before") * run_out(launch, pl.col("forecast_month"))
        )
    return rows.sort("forecast_month")


def said(old: str, found: RunOut) -> str:
    """How the replaced series runs out, and why so: what past launches taught or the straight line."""
    past = words.plural(found.launches, "past launch", "past launches")
    if found.miss_line is None or found.miss_learnt is None:
        return f"{old} runs out in a straight line: {past} to learn from, {LEAST_LAUNCHES} are needed."
    line, learnt = (f"{miss:.0%}" for miss in (found.miss_line, found.miss_learnt))
    if not found.is_used:
        return (
            f"{old} runs out in a straight line: on {past} it erred by {line}, "
            f"what the others taught by {learnt}."
        )
    told = (
        f"{old} keeps {shares(found.kept)} of its sales, as {past} taught "
        f"(error {learnt}, straight line {line})."
    )
    taken = f" Of what successors sold in their first year {found.taken:.0%} came from what they replaced."
    return told if found.taken is None else told + taken


def shares(kept: Sequence[float]) -> str:
    """The first months of a run-out."""
    return ", ".join(f"{share:.0%}" for share in kept[:MONTHS_SAID])


def in_force(signals: pl.DataFrame, series: str) -> list[str]:
    """One line per launch plan in force that replaces the series. signals: vehicle_signal."""
    rows = signals.filter(
        pl.col("group") == RUN_OUT, pl.col("signal").str.contains(f" replaces {series} in ", literal=True)
    )
    return [
        f"{plan[0]}: {series} keeps {shares(months.sort('step')['weight'].to_list())} of its sales, "
        + ("as past launches taught." if months["is_used"][0] else "by the straight line of the plan.")
        for plan, months in rows.group_by("signal", maintain_order=True)
    ]


@st.dialog("New model: launch by analogy", width="large")
def dialog(forecast: pl.DataFrame, as_of: date) -> None:
    """Everything on one sheet: like which series, how much, from when, how fast, and what runs out."""
    answer = st.container()  # at the top: the button may stand below what is in sight
    series = sorted(forecast["series"].unique())
    regions = sorted(
        {
            "/".join(p.split("/")[:n])
            for p in forecast["region_path"].unique()
            for n in range(1, p.count("/") + 2)
        }
    )
    months = sorted(m for m in forecast["forecast_month"].unique() if m > as_of)
    one, two, three = st.columns(3)
    new = one.text_input("New series", key="l_series", placeholder="code, for example NOVA")
    alike = two.selectbox("Sells like", series, key="l_like")
    trails = region_names.trails(session.table("dim_region"))
    region = three.selectbox(
        "In region", regions, format_func=lambda path: trails.get(path, path), key="l_region"
    )
    month = one.selectbox("From", months, format_func=words.month, key="l_month")
    scale = two.number_input("At % of it", 1.0, 1_000.0, 100.0, 5.0, key="l_scale")
    ramp = three.number_input("Full rate after months", 1, 24, 6, key="l_ramp")
    old = one.selectbox("Replaces", ["", *series], key="l_old", format_func=lambda s: s or "nothing")
    out = two.number_input("Runs out in months", 1, 24, 6, key="l_out", disabled=not old)
    note = st.text_input("What stands behind it", max_chars=500, key="l_note")
    launch = Launch(
        new or "NEW", region, alike, month, scale / 100, int(ramp), old or None, int(out) if old else None
    )
    told = ""
    if launch.replaced_series is not None:
        launch, found = taught(launch, session.table("vehicle_run_out"))
        told = said(launch.replaced_series or "", found)
    shown = preview(forecast, launch).filter(pl.col("forecast_month") >= month).head(MONTHS_SHOWN)
    titles = {
        "new": new or "New series",
        "analogous": alike,
        "before": f"{old} before",
        "after": f"{old} running out",
    }
    st.markdown(f"**{words.number(shown['new'].sum())} cars in {words.plural(shown.height, 'month')}**")
    st.table(
        shown.select(
            pl.col("forecast_month").map_elements(words.month, return_dtype=pl.String).alias("Month"),
            *(
                pl.col(name)
                .map_elements(lambda v: words.number(v, 1), return_dtype=pl.String, skip_nulls=False)
                .alias(title)
                for name, title in titles.items()
                if name in shown.columns
            ),
        ),
        hide_index=True,
    )
    if told:
        st.caption(told)
    if new in series:
        st.warning(f"{new} sells already: outlets with a history keep their own forecast.")
    if st.button("Approve", type="primary", disabled=not new, key="l_approve"):
        with answer:
            _approve(launch, note)


def _approve(launch: Launch, note: str) -> None:
    data = {
        "series": launch.series,
        "region_path": launch.region_path,
        "analogous_series": launch.analogous_series,
        "launch_month": launch.launch_month.isoformat(),
        "scale_percent": round(launch.scale * 100, 4),
        "ramp_months": launch.ramp_months,
        **(
            {"replaced_series": launch.replaced_series, "run_out_months": launch.run_out_months}
            if launch.replaced_series
            else {}
        ),
        **({"note": note} if note else {}),
    }
    try:
        session.api().open("launch_plans", {"state": "approved", "data": data})
    except ApiProblem as problem:
        st.error(problem.told())
    else:
        st.success("Approved; its forecast is there with the next run.")
