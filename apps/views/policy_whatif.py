"""Policy what-if: what would another wanted fill cost in stock, how sure is that, and shall we propose it?"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from apps import frame, replenishing, session, words
from apps.api_client import ApiProblem
from forecasting.stock_cost import least_cost_fill

READERS = "the maker's planners"
CRITICALITIES = ("vital", "essential", "desirable")


def body(snapshot: dict[str, Any]) -> None:
    frontier, policy = session.table("mart_stock_frontier"), session.table("mart_part_policy")
    now = replenishing.wanted_now(policy) if not policy.is_empty() else {}
    classes = (
        [c for c in sorted(now) if c in frontier["abc_class"].to_list()] if not frontier.is_empty() else []
    )
    if not classes:
        frame.empty("Too little demand to replay.", "Half a year of requests at stocked parts is needed.")
        return
    wanted = _sliders(classes, now)
    table = replenishing.compared(frontier, now, wanted)
    st.markdown(f"##### {_finding(table)}")
    left, right = st.columns([3, 2], gap="large")
    with left:
        chosen = frame.choice("Class", classes, "class")
        frame.chart(
            _curve(frontier, chosen, now[chosen], wanted[chosen]),
            _curve_finding(frontier, chosen, wanted[chosen]),
            frontier.filter(pl.col("abc_class") == chosen).select(
                "fill", "fill_low", "fill_high", "stock_days"
            ),
            key="frontier",
        )
    with right:
        _comparison(table)
        _least_cost(frontier.filter(pl.col("abc_class").is_in(classes)))
    _proposal(wanted, now, date.fromisoformat(str(snapshot["as_of_date"])[:10]))


def _sliders(classes: list[str], now: dict[str, float]) -> dict[str, float]:
    """One slider a class, in per cent, from what is in force."""
    wanted = {}
    for name, column in zip(classes, st.columns(len(classes)), strict=True):
        start = round(now[name] * 100, 1)
        chosen = column.slider(f"Wanted fill, class {name}, %", 50.0, 99.5, start, 0.5, key=f"fill_{name}")
        # the mean of several policies need not lie on a step of the slider
        wanted[name] = now[name] if chosen == start else chosen / 100
    return wanted


def _finding(table: pl.DataFrame) -> str:
    moved = table.filter((pl.col("fill_wanted") - pl.col("fill_now")).abs() > 0.0005)
    if moved.is_empty():
        return "What is in force: move a slider to see what another fill would hold on the shelf."
    said = [
        f"class {row['abc_class']} from {words.percent(row['fill_now'], 1)} "
        f"to {words.percent(row['fill_wanted'], 1)}: "
        f"{words.signed((row['stock_change'] or 0) * 100, 1)} % stock"
        for row in moved.iter_rows(named=True)
    ]
    return "; ".join(said) + "."


def _curve_finding(frontier: pl.DataFrame, name: str, wanted: float) -> str:
    at = replenishing.at_fill(frontier, name, wanted)
    if at is None:
        return "Not replayed."
    return (
        f"{words.percent(at['fill'], 1)} of units from stock held {words.number(at['stock_days'], 1)} days "
        "of demand; "
        f"with other parts drawn it filled {words.percent(at['low'], 1)} to {words.percent(at['high'], 1)}"
    )


def _curve(frontier: pl.DataFrame, name: str, now: float, wanted: float) -> alt.LayerChart:
    rows = frontier.filter(pl.col("abc_class") == name).sort("fill")
    x = alt.X("stock_days:Q", title="days of demand on the shelf")
    y = alt.Y(
        "fill:Q",
        title="share of units served from stock",
        axis=alt.Axis(format=".0%"),
        scale=alt.Scale(zero=False),
    )
    base = alt.Chart(rows)
    band = base.mark_area(opacity=0.2).encode(x=x, y=alt.Y("fill_low:Q", title=None), y2="fill_high:Q")
    line = base.mark_line(point=True).encode(
        x=x, y=y, tooltip=[alt.Tooltip("fill:Q", format=".1%"), "stock_days:Q"]
    )
    marks = pl.DataFrame({"what": ["in force", "wanted"], "fill": [now, wanted]}).with_columns(
        stock_days=pl.col("fill").map_elements(
            lambda f: (replenishing.at_fill(frontier, name, f) or {"stock_days": 0.0})["stock_days"],
            return_dtype=pl.Float64,
        )
    )
    points = (
        alt.Chart(marks)
        .mark_point(size=140, filled=True)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape("what:N", legend=alt.Legend(orient="top", title=None)),
            color=alt.value("#d9480f"),
        )
    )
    return (band + line + points).properties(height=320)


def _comparison(table: pl.DataFrame) -> None:
    st.subheader("In force and wanted", anchor=False)
    st.table(
        table.select(
            Class="abc_class",
            Fill=_change(pl.col("fill_now") * 100, pl.col("fill_wanted") * 100),
            Days=_change(pl.col("stock_days_now"), pl.col("stock_days_wanted")),
            Lines=_change(pl.col("lines_now"), pl.col("lines_wanted")),
        ),
        hide_index=True,
    )  # fmt: skip
    st.caption(
        "Replayed: the outlets' own requests of six months under the rule that orders. Fill in %, stock in "
        "days of demand, order lines a month. Budget, limits and shelf life are outside the replay and lower "
        "both."
    )


def _least_cost(curve: pl.DataFrame) -> None:
    """The fill at which holding and not serving cost least, to move the sliders to."""
    st.subheader("What costs least", anchor=False)
    first, second = st.columns(2)
    holding = first.number_input("A year's stock costs, % of its value", 0.0, 100.0, 20.0, 1.0, key="holding")
    short = second.number_input("A unit not served costs, % of its value", 0.0, 500.0, 30.0, 5.0, key="short")
    found = least_cost_fill(curve, holding=holding / 100, short_share=short / 100)
    st.markdown(
        " · ".join(
            f"Class {row['abc_class']}: **{words.percent(row['fill'], 1)}** "
            f"({words.number(row['stock_days'])} days)"
            for row in found.iter_rows(named=True)
        )
    )
    st.caption("Of the replayed settings; order lines and urgent freight are left out here.")


def _change(before: pl.Expr, after: pl.Expr) -> pl.Expr:
    return pl.format("{} → {}", before.round(1), after.round(1))


def _proposal(wanted: dict[str, float], now: dict[str, float], as_of: date) -> None:
    st.subheader("Propose this policy", anchor=False)
    moved = {name: fill for name, fill in wanted.items() if abs(fill - now[name]) > 0.0005}
    with st.form("proposal", border=True):
        first, second, third = st.columns(3)
        outlet = first.text_input("Outlet (empty: the whole network)", key="p_outlet")
        day = second.date_input("First day", as_of + timedelta(days=1), min_value=as_of, key="p_day")
        kinds = third.multiselect("Criticality", CRITICALITIES, default=list(CRITICALITIES), key="p_kinds")
        reason = st.text_input("Why", key="p_reason", max_chars=300)
        sent = st.form_submit_button("Propose this policy", type="primary", disabled=not moved)
    if not moved:
        st.caption("Move a slider first: what is in force needs no proposal.")
    if not sent:
        return
    if not reason:
        st.error("Say why: whoever approves reads it.")
        return
    for name, fill in moved.items():
        for kind in kinds:
            _open(name, kind, fill, outlet.strip(), day, reason)


def _open(name: str, kind: str, fill: float, outlet: str, day: Any, reason: str) -> None:
    data = {
        "abc_class": name,
        "criticality": kind,
        "fill_permille": round(fill * 1000),
        "phase_in_months": 3,
        "valid_from_date": day.isoformat(),
        "reason": reason,
    } | ({"outlet_code": outlet} if outlet else {})
    keys = st.session_state.setdefault("policy_keys", {})
    key = keys.setdefault(repr(sorted(data.items())), uuid.uuid4().hex)
    try:
        written = session.api().open("replenishment_policies", {"data": data}, idempotency_key=key)
    except ApiProblem as problem:
        st.error(
            "\n".join(
                [problem.detail, *(f"- {e['field']}: {e['rule']}; {e['remedy']}" for e in problem.errors)]
            )
        )
        return
    st.success(
        f"Class {name} {kind} at {words.percent(fill, 1)} from {words.day(day)}: {written['key']} waits for "
        "another planner's approval.",
        icon=":material/check_circle:",
    )


with frame.page(
    "Policy what-if",
    "What would another wanted fill hold on the shelves, and shall we propose it?",
    readers=READERS,
    export=frame.Export("mart_stock_frontier", {}),
) as published:
    body(published)
