"""Exceptions: where the plan is wrong or risky, worst money first, each with an owner and an end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, regions, session, words
from apps.api_client import ApiProblem

READERS = "planners and regional managers"
KINDS = {
    "outside_band": "Target outside the band",
    "plan_against_baseline": "Plan far from statistics",
    "tracking_signal": "Always on one side",
    "outlier": "Unusual last month",
    "slipping_order": "Slipping orders",
    "new": "New, little history",
    "dying": "Dying",
}
CAUSES = {
    "demand_changed": "Demand changed",
    "plan_wrong": "The plan was wrong",
    "data_error": "Error in the data",
    "supply": "Supply",
    "one_time_deal": "One-time deal",
    "no_cause": "Nothing wrong",
}
STANDS = {"": "Waits", "open": "Taken", "resolved": "Resolved", "dismissed": "Dismissed"}
DAYS_TO_SETTLE = 7


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    queue = session.table("mart_plan_exception").sort("place")
    if queue.is_empty():
        frame.empty("No exception: everything that is planned is reviewed.", "Publish the plan of the month.")
        return
    outlets = session.table("dim_outlet")
    names = regions.names(session.table("dim_region"))
    names |= dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    taken = _taken()
    rows = _rows(queue, taken, names)
    with st.container(horizontal=True):
        present = [k for k in KINDS if k in set(queue["kind"])]
        kind = frame.choice("Kind", ["", *present], "kind", names={"": "Every kind", **KINDS})
        stand = frame.choice("Stand", ["", *STANDS.values()], "stand", names={"": "Every stand"})
    shown = rows.filter(kind_code=kind) if kind else rows
    shown = shown.filter(stand=stand) if stand else shown
    st.markdown(f"##### {_finding(rows, as_of)}")
    left, right = st.columns([17, 9], gap="medium")
    with left:
        chosen = _table(shown)
    with right:
        if chosen is None:
            st.caption("Nothing here with these filters. Click a row to see its figures.")
        else:
            _one(chosen, taken.get(chosen["exception_code"]), as_of)


def _taken() -> dict[str, dict[str, Any]]:
    """The newest document per exception."""
    found = session.api().documents("plan_exceptions")
    newest = sorted(found, key=lambda d: d["created_at"])
    return {d["data"]["exception_code"]: d for d in newest}


def _rows(queue: pl.DataFrame, taken: dict[str, dict[str, Any]], names: dict[str, str]) -> pl.DataFrame:
    documents = [taken.get(code) for code in queue["exception_code"]]
    return queue.with_columns(
        kind_code="kind",
        what=pl.col("kind").replace(KINDS),
        where=pl.coalesce(pl.col("outlet_id"), pl.col("region_path")).replace(names),
        money=pl.struct("at_risk_minor", "currency").map_elements(
            lambda s: words.money(s["at_risk_minor"], s["currency"]), return_dtype=pl.String
        ),
        stand=pl.Series([STANDS[d["state"] if d else ""] for d in documents], dtype=pl.String),
        owner=pl.Series([d["data"]["owner"] if d else "" for d in documents], dtype=pl.String),
        due=pl.Series([d["data"]["due_date"] if d else None for d in documents], dtype=pl.String),
    )


def _finding(rows: pl.DataFrame, as_of: date) -> str:
    waits = rows.filter(stand="Waits")
    late = rows.filter(pl.col("stand") == "Taken", pl.col("due") < as_of.isoformat())
    if waits.is_empty():
        told = f"All {words.plural(rows.height, 'exception')} have an owner."
    else:
        first = waits.row(0, named=True)
        told = (
            f"{waits.height} of {words.plural(rows.height, 'exception')} wait for an owner. Most money: "
            f"{first['where']}, {first['series']}: {first['what'].lower()}, {first['money']} at risk."
        )
    return told + (f" {words.plural(late.height, 'taken one')} past due." if late.height else "")


def _table(shown: pl.DataFrame) -> dict[str, Any] | None:
    frame.table(
        shown.select("place", "where", "series", "what", "units_at_risk", "money", "stand", "owner", "due"),
        key="exceptions",
        on_select="rerun",
        selection_mode="single-row",
        height=560,
        column_config={
            "place": st.column_config.NumberColumn("#", width=30),
            "where": st.column_config.TextColumn("Where", width=118),
            "series": st.column_config.TextColumn("Series", width=60),
            "what": st.column_config.TextColumn("What", width=132),
            "units_at_risk": st.column_config.NumberColumn("Cars", format="%.0f", width=42),
            "money": st.column_config.TextColumn("At list price", width=80),
            "stand": st.column_config.TextColumn("Stands", width=54),
            "owner": st.column_config.TextColumn("Owner", width=88),
            "due": st.column_config.TextColumn("Due", width=76),
        },
        alt="Exceptions ranked by money at risk",
    )
    row = frame.picked(shown, "exceptions")
    asked = st.query_params.get("exception", "")
    if row is not None:
        asked = st.query_params["exception"] = shown["exception_code"][row]
    found = shown.filter(exception_code=asked) if asked else shown.head(1)
    return found.row(0, named=True) if found.height else None


def _one(row: dict[str, Any], document: dict[str, Any] | None, as_of: date) -> None:
    st.markdown(f"#### {row['where']}, {row['series']}")
    st.markdown(f"**{row['what']}** · {words.number(row['units_at_risk'])} cars, {row['money']} at risk")
    st.markdown(row["evidence"])
    st.page_link(
        "views/forecast_review.py",
        label="Open in the forecast review",
        icon=":material/query_stats:",
        query_params={"cell": row["outlet_id"] or row["region_path"], "series": row["series"]},
    )
    if document is None:
        _take(row, as_of)
    elif document["state"] == "open":
        _settle(document)
    else:
        _reopen(document)


def _take(row: dict[str, Any], as_of: date) -> None:
    known = session.user()
    assert known is not None
    owner = st.text_input("Owner (login)", known.subject, key="x_owner")
    due = st.date_input("Due", as_of + timedelta(days=DAYS_TO_SETTLE), min_value=as_of, key="x_due")
    if not st.button("Take it", type="primary", key="x_take"):
        return
    given = {
        "exception_code": row["exception_code"], "kind": row["kind"], "region_path": row["region_path"],
        "outlet_code": row["outlet_id"], "series": row["series"],
        "exception_month": row["exception_month"].isoformat(), "evidence": row["evidence"],
        "at_risk_minor": row["at_risk_minor"], "currency": row["currency"], "owner": owner,
        "due_date": due.isoformat(),
    }  # fmt: skip
    body = {"data": {name: value for name, value in given.items() if value is not None}}
    _do(lambda: session.api().open("plan_exceptions", body, idempotency_key=f"{row['exception_code']}:1"))


def _settle(document: dict[str, Any]) -> None:
    data = document["data"]
    st.caption(f"{data['owner']} settles it by {words.day(date.fromisoformat(data['due_date']))}.")
    cause = st.selectbox(
        "Root cause", list(CAUSES), index=None, format_func=CAUSES.__getitem__, key="x_cause"
    )
    outcome = st.text_area("Outcome: what was done, and what shows it", max_chars=500, key="x_outcome")
    with st.container(horizontal=True):
        if st.button("Resolve", type="primary", disabled=not (cause and outcome), key="x_resolve"):
            _move(document, "resolve", {"root_cause": cause, "outcome": outcome})
        if st.button("Dismiss", disabled=not outcome, key="x_dismiss"):
            _move(document, "dismiss", {"outcome": outcome})


def _reopen(document: dict[str, Any]) -> None:
    data = document["data"]
    st.caption(f"{words.label(document['state'])} by {document['updated_by']}: {data.get('outcome', '')}")
    reason = st.text_input("Why it is open again", max_chars=500, key="x_reason")
    if st.button("Reopen", disabled=not reason, key="x_reopen"):
        _move(document, "reopen", {"reopen_reason": reason})


def _move(document: dict[str, Any], move: str, data: dict[str, Any]) -> None:
    _do(
        lambda: session.api().move(
            "plan_exceptions", document["key"], move, version=document["version"], data=data
        )
    )


def _do(act: Any) -> None:
    try:
        act()
    except ApiProblem as problem:
        st.error(problem.told())
    else:
        st.rerun()


with frame.page(
    "Exceptions",
    "Where is the plan wrong or risky, who looks at it by when, and what came of it?",
    readers=READERS,
    export=frame.Export("mart_plan_exception", {}),
) as published:
    body(published)
