"""Plan rounds: three months, month, week; dealers, regions, headquarters, and what is built ahead."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, plan_rounds, session, words
from apps.api_client import ApiProblem

READERS = "planners and regional managers"
SEEN = 60  # plans on the grid at once
LONGEST_RUN = timedelta(days=1)  # what is published was read at most so long before
MOST_CHANGED = 20_000
TOLD, STOOD = "round_told", "round_stood"


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    plans = session.table("mart_dealer_plan")
    if plans.is_empty():
        frame.empty("No dealer has sent a plan.", "Dealers write theirs on the desk: dealer plans.")
        return
    plans = plan_rounds.as_they_stand(plans, _changed(snapshot))
    known = session.user()
    planner = known is not None and bool(known.grants & {"oem_planner", "admin"})
    ahead = session.table("mart_stock_ahead") if planner else _nothing_ahead()
    outlets = session.table("dim_outlet").filter(~pl.col("is_warehouse"))
    names = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    months = sorted(m for m in plans["plan_month"].unique() if m > as_of) or sorted(
        plans["plan_month"].unique()
    )
    markets = sorted(plans["market"].unique(), key=words.country)
    called = {market: words.country(market) for market in markets}
    with st.container(horizontal=True):
        labels = {f"{m:%Y-%m}": words.month(m) for m in months}
        month = date.fromisoformat(frame.choice("Month", list(labels), "month", names=labels) + "-01")
        market = frame.choice("Market", ["", *markets], "market", names={"": "All markets"} | called)
    inside = plans.filter(market=market) if market else plans
    here = outlets.filter(market=market) if market else outlets
    sums = plan_rounds.by_month(inside, ahead.filter(market=market) if market else ahead)
    away = plan_rounds.missing(inside, here["outlet_id"].to_list(), month)
    st.markdown(f"##### {_finding(sums, month, away, names)}")
    _rolling(sums, planner)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _round(inside.filter(plan_month=month), names, planner)
    with right:
        _weeks(inside, month, market, as_of)
        if planner:
            _stock_ahead(month, markets, sorted(plans["series"].unique()))


def _changed(snapshot: dict[str, Any]) -> list[dict[str, Any]]:
    """Plans that may have moved since they were read for what is published, as they stood when looked at.

    They are looked at when the page is opened and after each move, and not in between: what is typed and
    what is sent are of the same version.
    """
    seen, found = st.session_state.get(STOOD, ("", []))
    if seen != snapshot["snapshot_id"]:
        since = datetime.fromisoformat(snapshot["created_at"]) - LONGEST_RUN
        asked = [("updated_at_from", since.isoformat())]
        found = session.api().documents("dealer_plans", asked, at_most=MOST_CHANGED)
        st.session_state[STOOD] = (snapshot["snapshot_id"], found)
    return list(found)


def _finding(sums: pl.DataFrame, month: date, away: list[str], names: dict[str, str]) -> str:
    row = sums.filter(plan_month=month)
    if row.is_empty():
        return f"Nobody has planned {words.month(month)} yet."
    said = row.row(0, named=True)
    told = (
        f"{words.month(month)}: dealers expect to retail {words.number(said['retail'])} cars and want "
        f"{words.number(said['requirement'])}; statistics say {words.number(said['statistical'])}."
    )
    if away:
        few = ", ".join(names.get(outlet, outlet) for outlet in away[:3])
        told += f" {words.plural(len(away), 'dealer')} sent nothing: {few}"
        told += "." if len(away) <= 3 else " and others."
    return told


def _rolling(sums: pl.DataFrame, planner: bool) -> None:
    columns = {
        "Dealers": "dealers",
        "Retail, dealers": "retail",
        "Retail, after regions": "agreed",
        "Statistical": "statistical",
        "Plan (final)": "final",
        "Requirement": "requirement",
        **({"Built ahead by HQ": "built_ahead"} if planner else {}),
    }
    shown = sums.select(
        pl.col("plan_month").map_elements(words.month, return_dtype=pl.String).alias("Month"),
        *(
            pl.col(name).map_elements(words.number, return_dtype=pl.String).alias(title)
            for title, name in columns.items()
        ),
    )
    st.table(shown, hide_index=True, border="horizontal")
    st.caption(
        "Retail is what dealers hand over, requirement what they want shipped: two quantities, never added. "
        "Statistical and plan are of the cells that dealers planned."
    )


def _round(plans: pl.DataFrame, names: dict[str, str], planner: bool) -> None:
    """The round's steps as counts, then the plans that wait for the reader, editable in the review."""
    _say_told()
    counts = dict(plans.group_by("state").len().iter_rows())
    st.markdown("**Where the plans of this month stand**")
    with st.container(horizontal=True):
        for state in plan_rounds.STATES[1:]:
            st.metric(plan_rounds.SAID[state], counts.get(state, 0))
    known = session.user()
    mine = (
        ["submitted"]
        if known is not None and "regional_manager" in known.grants
        else ["region_reviewed", "consolidated"]
        if planner
        else []
    )
    if known is not None and "admin" in known.grants:
        mine = ["submitted", "region_reviewed", "consolidated"]
    waiting = plans.filter(pl.col("state").is_in(mine)).sort("outlet_id", "series", "horizon").head(SEEN)
    if waiting.is_empty():
        st.caption("Nothing of this month waits for you.")
        return
    move = plan_rounds.NEXT[waiting["state"][0]]
    batch = waiting.filter(state=waiting["state"][0])
    edited = _grid(batch, names, editable=move == "review")
    if st.button(
        f"{words.label(move)} {words.plural(batch.height, 'plan')}", type="primary", key="move_plans"
    ):
        _move(batch, edited, move)


def _grid(batch: pl.DataFrame, names: dict[str, str], *, editable: bool) -> pl.DataFrame:
    shown = batch.select(
        pl.col("outlet_id").replace(names).alias("Dealer"),
        pl.col("series").alias("Series"),
        pl.col("horizon").replace(plan_rounds.HORIZONS).alias("Plan"),
        pl.col("retail_units").alias("Retail"),
        pl.col("statistical_units").alias("Statistical"),
        pl.col("requirement_units").alias("Requirement"),
        pl.coalesce("reviewed_retail_units", "retail_units").alias("Retail, reviewed"),
        pl.coalesce("reviewed_requirement_units", "requirement_units").alias("Requirement, reviewed"),
    )
    shown = shown if editable else shown.select(c for c in shown.columns if not c.endswith("reviewed"))
    fixed = [c for c in shown.columns if not (editable and c.endswith("reviewed"))]
    whole = st.column_config.NumberColumn(min_value=0, step=1, format="%d")
    found: pl.DataFrame = st.data_editor(
        shown,
        key=f"round_{hash(tuple(batch['dealer_plan_id']))}",  # other plans are another grid: edits are by row
        hide_index=True,
        disabled=fixed,
        height=330,
        column_config={"Retail, reviewed": whole, "Requirement, reviewed": whole},
    )
    return found


def _move(batch: pl.DataFrame, edited: pl.DataFrame, move: str) -> None:
    """Each plan on the version that was shown: what somebody changed meanwhile is named, the rest goes on."""
    done, refused = 0, []
    for plan, row in zip(batch.iter_rows(named=True), edited.iter_rows(named=True), strict=True):
        data = (
            {
                name: int(row[title] or 0)
                for name, title, own in (
                    ("reviewed_retail_units", "Retail, reviewed", "retail_units"),
                    ("reviewed_requirement_units", "Requirement, reviewed", "requirement_units"),
                )
                if int(row[title] or 0) != plan[own]
            }
            if move == "review"
            else {}
        )
        try:
            session.api().move(
                "dealer_plans", plan["dealer_plan_id"], move, version=plan["version"], data=data
            )
            done += 1
        except ApiProblem as problem:
            refused.append(f"{row['Dealer']}, {row['Series']}: {problem.detail}")
    st.session_state[TOLD] = (done, refused)
    st.session_state.pop(STOOD)
    st.rerun()


def _say_told() -> None:
    """What the last move did: the plans themselves stand elsewhere by now."""
    done, refused = st.session_state.pop(TOLD, (0, []))
    if done:
        st.success(f"{words.plural(done, 'plan')} moved on; the forecast follows with the next run.")
    for line in refused[:5]:
        st.error(line)
    if len(refused) > 5:
        st.error(f"{len(refused) - 5} more were refused.")


def _weeks(plans: pl.DataFrame, month: date, market: str, as_of: date) -> None:
    """The published whole cars, so that the weeks add up to the month that stands everywhere else."""
    final = session.table(
        "mart_forecast_vintage",
        subject="vehicle",
        step="final",
        vintage_month=as_of.replace(day=1),
        forecast_month=month,
        market=market or None,
    )
    st.markdown(f"**{words.month(month)} in weeks, by working days**")
    if final.is_empty():
        st.caption("The plan does not reach this month.")
        return
    days = session.table("dim_market_day", calendar_month=[month])
    rows = plan_rounds.weeks(final.select("outlet_id", "market", "units"), plans, days, month)
    st.table(
        rows.select(
            pl.col("week").map_elements(words.day, return_dtype=pl.String).alias("Week from"),
            pl.col("plan").map_elements(words.number, return_dtype=pl.String).alias("Plan"),
            *(
                pl.col(name).map_elements(words.number, return_dtype=pl.String, skip_nulls=False).alias(title)
                for name, title in (("retail", "Retail, dealers"), ("requirement", "Requirement"))
            ),
        ),
        hide_index=True,
    )


def _stock_ahead(month: date, markets: list[str], series: list[str]) -> None:
    """What headquarters builds before an order, as a document that counts from the next run."""
    with st.expander("Build ahead of orders (HQ)"), st.form("stock_ahead", border=False):
        one, two = st.columns(2)
        market = one.selectbox("Market ", markets, key="a_market", format_func=words.country)
        chosen = two.selectbox("Series", series, key="a_series")
        share = one.number_input("Share of the requirement, %", 0.0, 100.0, 50.0, 5.0, key="a_share")
        cover = two.number_input("Cars beyond it", 0, 100_000, 0, key="a_cover")
        note = st.text_input("What stands behind it", max_chars=500, key="a_note")
        if st.form_submit_button("Issue"):
            data = {
                "market": market, "series": chosen, "stock_month": month.isoformat(),
                "share_percent": share, "cover_units": cover, **({"note": note} if note else {}),
            }  # fmt: skip
            try:
                session.api().open("stock_ahead_plans", {"state": "issued", "data": data})
            except ApiProblem as problem:
                st.error(problem.detail)
            else:
                st.success("Issued; it counts from the next run.")


def _nothing_ahead() -> pl.DataFrame:
    kinds = {"market": pl.String, "plan_month": pl.Date, "built_ahead_units": pl.Int64}
    return pl.DataFrame(schema=kinds)


with frame.page(
    "Plan rounds",
    "What do dealers expect and want, what did the regions make of it, and what is still open?",
    readers=READERS,
    export=frame.Export("mart_dealer_plan", {}),
) as published:
    body(published)
