"""Regional scorecard: am I on pace, which dealers need me today, and what changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import cards, figures, frame, kpis, regions, session, words

READERS = "regional managers and the maker's analysts"


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    scores = session.table("mart_dealer_scorecard")
    if scores.is_empty():
        frame.empty("No dealer is scored for you yet.", "A score needs one complete month of documents.")
        return
    outlets = session.table("dim_outlet")
    said, chosen = st.columns([4, 1], vertical_alignment="center")
    with chosen:
        region = _region(outlets)
    scores = scores.filter(regions.inside(region))
    names = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    month = min(scores["score_month"].max(), kpis.last_complete(as_of))
    ranked = kpis.ranking(scores, month)
    said.markdown(f"##### {_finding(ranked, names, as_of, region)}")
    cards.row(ranked["outlet_id"].to_list() if region else None, as_of)
    st.subheader(f"Dealers in {words.month(month)}", anchor=False)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _table(ranked, names)
    with right:
        _heatmap(scores.filter(pl.col("score_month") == month), ranked, names)


def _region(outlets: pl.DataFrame) -> str:
    """Every region that has dealers, from the top down; empty means all."""
    trails = regions.trails(session.table("dim_region"))
    dealers = outlets.filter(~pl.col("is_warehouse"))
    named = {path: trail for path, trail in trails.items() if dealers.filter(regions.inside(path)).height}
    names = {"": "All regions you may see", **named}
    return frame.choice("Region", list(names), "region", names=names, hide_label=True)


def _finding(ranked: pl.DataFrame, names: dict[str, str], as_of: date, region: str) -> str:
    """Pace first, then who needs a call, then who moved most."""
    where = {"outlet_id": ranked["outlet_id"].to_list()} if region else {}
    running = session.metric(kpis.Metric.PACE, sales_month=as_of.replace(day=1), **where)
    said = []
    if (
        running.height and running["value"][0] is not None and as_of.day >= 3
    ):  # two days say nothing of a month
        sold, due, pace = running.select("numerator", "denominator", "value").row(0)
        said.append(
            f"{words.number(sold)} cars retailed this month against {words.number(due)} targeted to date "
            f"({words.percent(pace)})."
        )
    weak = ranked.filter(pl.col("score") < 50)
    if weak.is_empty():
        said.append("No dealer scores below 50.")
    else:
        listed = ", ".join(names.get(o, o) for o in weak["outlet_id"].reverse().head(3))
        said.append(f"{words.plural(weak.height, 'dealer')} below 50: {listed}.")
    falls = ranked.filter(pl.col("change") < 0).sort("change")
    if falls.height:
        worst = falls.row(0, named=True)
        said.append(
            f"Largest fall: {names.get(worst['outlet_id'], '')} ({words.signed(worst['change'], 1)})."
        )
    return " ".join(said)


def _table(ranked: pl.DataFrame, names: dict[str, str]) -> None:
    few = pl.col("axes") == 0
    shown = ranked.select(
        "outlet_id",
        rank=pl.int_range(1, pl.len() + 1),
        dealer=pl.col("outlet_id").replace(names),
        score="score",
        trend=pl.when(few)
        .then(pl.lit(words.DASH))
        .otherwise(pl.col("change").map_elements(_trend, return_dtype=pl.String, skip_nulls=False)),
        status=pl.col("score").map_elements(kpis.status, return_dtype=pl.String, skip_nulls=False),
        weakest=pl.struct("weakest", "weakest_score").map_elements(_weakest, return_dtype=pl.String),
        n="n",
    )
    frame.table(
        shown.drop("outlet_id"),
        key="dealers",
        on_select="rerun",
        selection_mode="single-row",
        height="content",
        column_config={
            "rank": st.column_config.NumberColumn("#", width=35),
            "dealer": st.column_config.TextColumn("Dealer", width=172),
            "score": st.column_config.ProgressColumn(
                "Score",
                format="%.0f",
                min_value=0,
                max_value=100,
                width=84,
                help="Mean of the axes that have enough cases",
            ),
            "trend": st.column_config.TextColumn("On month", width=70),
            "status": st.column_config.TextColumn("Status", width=70),
            "weakest": st.column_config.TextColumn("Weakest axis", width=116),
            "n": st.column_config.NumberColumn("Cases", width=55),
        },
        alt="Dealers ranked by score",
    )
    row = frame.picked(shown, "dealers")
    if row is None:
        st.caption("Click a dealer to open its page.")
    else:
        st.switch_page("views/dealer_360.py", query_params={"outlet": shown["outlet_id"][row]})


def _trend(change: float | None) -> str:
    if change is None:
        return "new"
    sign = "▲" if change > 0.5 else "▼" if change < -0.5 else "●"
    return f"{sign} {words.signed(change, 1)}"


def _weakest(found: dict[str, Any]) -> str:
    if found["weakest"] is None:
        return words.DASH
    return f"{words.AXES.get(found['weakest'], found['weakest'])} {words.number(found['weakest_score'])}"


def _heatmap(scores: pl.DataFrame, ranked: pl.DataFrame, names: dict[str, str]) -> None:
    """The same dealers in the same order, one column an axis; empty cells had too few cases."""
    axes = [
        a for a in words.AXES if scores.filter((pl.col("axis") == a) & pl.col("score").is_not_null()).height
    ]
    cells = scores.filter(pl.col("axis").is_in(axes)).select(
        dealer=pl.col("outlet_id").replace(names),
        axis=pl.col("axis").replace(words.AXES),
        score="score",
        text=pl.col("score").map_elements(words.number, return_dtype=pl.String, skip_nulls=False),
    )
    order = [names.get(o, o) for o in ranked["outlet_id"]]
    worst = cells.drop_nulls("score").group_by("axis").agg(pl.col("score").mean()).sort("score")
    finding = (
        f"Weakest axis of the region: {worst['axis'][0]} ({words.number(worst['score'][0])})"
        if worst.height
        else ""
    )
    wide = cells.pivot("axis", index="dealer", values="text")
    picture = figures.score_heatmap(cells, order, [words.AXES[a] for a in axes])
    frame.chart(picture, finding, wide.rename({"dealer": "Dealer"}), key="heatmap")


with frame.page(
    "Dealer scorecard",
    "Am I on pace, which dealers need me today, and what changed?",
    readers=READERS,
    metrics=(kpis.Metric.PACE, *(kpi.metric for kpi in kpis.CARDS)),
    export=frame.Export("mart_dealer_scorecard", {}),
) as published:
    body(published)
