"""Forecast value added: which step, whose changes and which reasons made the forecast better."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from apps import figures, frame, session, value_added, words
from forecasting import value_added as reckoning

READERS = "planners and the maker's analysts"
LAGS = {"1": "1 month ahead", "2": "2 months ahead", "3": "3 months ahead"}
GROUPS = {
    "author": "By person",
    "reason_code": "By reason",
    "author_level": "By step",
    "direction": "Up or down",
}

SOURCES = {"forecast_override": "Overrides", "dealer_plan": "Dealers' plans", "": "Both"}


def body(snapshot: dict[str, Any]) -> None:
    with st.container(horizontal=True):
        subject = frame.choice("Plan of", list(value_added.SUBJECTS), "subject", names=value_added.SUBJECTS)
        level = frame.choice(
            "Level", list(value_added.LEVELS), "level", names=value_added.level_names(subject)
        )
        lag = int(frame.choice("Lag", list(LAGS), "lag", names=LAGS))
    accuracy = session.table("mart_forecast_lag_accuracy", subject=subject)
    if accuracy.is_empty():
        frame.empty(
            "No vintage of a month that is over is kept yet.",
            "The first one is judged a month after the first published run.",
        )
        return
    chosen = accuracy.filter(level=level, lag=lag)
    ladder = reckoning.ladder(chosen)
    st.markdown(f"##### {value_added.finding(ladder, lag)}")
    left, right = st.columns([5, 7], gap="medium")
    with left:
        _ladder(ladder, chosen)
    with right:
        _people(subject)
    st.divider()
    below, beside = st.columns([5, 7], gap="medium")
    with below:
        _lags(accuracy.filter(level=level))
    with beside:
        _waterfall(subject)


def _ladder(ladder: pl.DataFrame, chosen: pl.DataFrame) -> None:
    rows = ladder.select(
        "step_no",
        pl.col("step").replace(value_added.STEPS),
        "wape",
        "value_added",
        said=pl.col("value_added").map_elements(value_added.points, return_dtype=pl.String, skip_nulls=False),
    )
    table = rows.select(
        Step="step",
        Error=pl.col("wape").map_elements(lambda v: f"{v:.0%}", return_dtype=pl.String),
        Added=pl.col("said"),
    )
    frame.chart(figures.value_ladder(rows), "Error (WAPE) after each step", table, key="ladder")
    months = chosen["forecast_month"].n_unique()
    made_up = chosen.filter(kind="backcast")["forecast_month"].n_unique()
    said = f"{words.plural(months, 'month')} judged"
    if made_up:
        said += f", {made_up} of them on vintages computed later from what was known by then (backcast)"
    st.caption(f"{said}. Added: error of the step before less its own; above zero it helped.")


def _people(subject: str) -> None:
    st.markdown("**Were their changes worth it?**")
    with st.container(horizontal=True):
        source = frame.choice("Of", list(SOURCES), "of", names=SOURCES, hide_label=True)
        group = frame.choice("Judge", list(GROUPS), "by", names=GROUPS, hide_label=True)
    outcomes = session.table(
        "mart_plan_change_outcome", subject=subject, source_document=source or None
    ).filter(pl.col(group).is_not_null())
    if outcomes.is_empty():
        frame.empty("No change has been judged yet.", "A change is judged when its month is over.")
        return
    judged = reckoning.by(outcomes, [group])
    people = _people_by_dealer(outcomes) if group == "author" else {}
    labels = {
        **people,
        **words.REASONS,
        **value_added.STEPS,
        "up": "Uplifts",
        "down": "Cuts",
        "same": "No change",
    }
    shown = judged.select(
        who=pl.col(group).replace(labels),
        n="n",
        better="better",
        worse="worse",
        moved="moved_units",
        added=pl.col("value_added") * 100,
        verdict=pl.col("verdict").replace(value_added.VERDICTS),
    )
    st.dataframe(
        shown,
        hide_index=True,
        height=330,
        column_config={
            "who": st.column_config.TextColumn(
                GROUPS[group].removeprefix("By ").capitalize(), width=250 if people else 170
            ),
            "n": st.column_config.NumberColumn("Judged", width=60),
            "better": st.column_config.NumberColumn("Better", width=60),
            "worse": st.column_config.NumberColumn("Worse", width=60),
            "moved": st.column_config.NumberColumn("Units moved", format="%+.0f", width=80),
            "added": st.column_config.NumberColumn(
                "Value added", format="%+.0f points", width=100, help="Points of error; above zero it helped."
            ),
            "verdict": st.column_config.TextColumn("Verdict", width=110),
        },
        alt="Value added, worst first",
    )
    st.caption(
        f"Worst first. Each change is judged at its own level. Within {reckoning.DEAD_ZONE:.0%} of what came "
        f"there is no difference; below {reckoning.LEAST_CASES} cases there is no verdict."
    )


def _people_by_dealer(outcomes: pl.DataFrame) -> dict[str, str]:
    """A dealer's login says nothing to a planner: whoever plans for one dealer is called by it."""
    outlets = session.table("dim_outlet")
    return value_added.planners(outcomes, dict(outlets.select("outlet_id", "name").iter_rows()))


def _lags(accuracy: pl.DataFrame) -> None:
    rows = value_added.lags(accuracy)
    st.markdown("**Final plan by lag and fence**")
    st.table(
        rows.select(
            pl.col("lag").cast(pl.String).alias("Months ahead"),
            pl.col("fence").str.to_titlecase().alias("Fence"),
            *(
                pl.col(name).map_elements(shown, return_dtype=pl.String).alias(title)
                for name, title, shown in (
                    ("wape", "Error", lambda v: f"{v:.0%}"),
                    ("statistical_wape", "Statistics alone", lambda v: f"{v:.0%}"),
                    ("bias", "Bias", lambda v: words.signed(v * 100) + " %"),
                )
            ),
        ),
        hide_index=True,
    )


def _waterfall(subject: str) -> None:
    """Of parts one dealer's at a time: every dealer's vintages of every part are too many to read at once."""
    with st.container(horizontal=True):
        outlet = _dealer() if subject == "part" else None
        vintages = session.table("mart_forecast_vintage", subject=subject, step="final", outlet_id=outlet)
        what = value_added.ITEMS[subject]
        items = ["", *sorted(vintages["item"].unique())]
        item = frame.choice(what.capitalize(), items, what, names={"": f"All {value_added.MANY[subject]}"})
    if vintages.is_empty():
        frame.empty("No vintage of this dealer is kept.", "Its parts have less than 13 months of history.")
        return
    kept = vintages.filter(item=item) if item else vintages
    steady = value_added.nervousness(kept)
    said = ", ".join(
        f"{row['fence']} {row['network_share']:.0%} ({row['share']:.0%} outlet by outlet)"
        for row in steady.iter_rows(named=True)
    )
    st.markdown(
        f"**How the word on a month changed** · a vintage moves the one before by: {said or words.DASH}"
    )
    near = kept.filter(pl.col("lag") <= 5)
    table = value_added.waterfall(near)
    st.dataframe(table, hide_index=True, height="content" if table.height < 10 else 330)


def _dealer() -> str:
    outlets = session.table("dim_outlet").filter(~pl.col("is_warehouse")).sort("outlet_id")
    names = dict(outlets.select("outlet_id", "name").iter_rows())
    return frame.choice("Dealer", list(names), "outlet", names=names)


with frame.page(
    "Forecast value added",
    "Which step, whose changes and which reasons make the forecast better?",
    readers=READERS,
    metrics=("forecast_wape", "forecast_bias"),
    export=frame.Export("mart_plan_change_outcome", {}),
) as published:
    body(published)
