"""Suggestion outcomes: were the answers right, which refusals repeat, and what policy do they speak for?"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, replenishing, session, words
from apps.api_client import ApiProblem

READERS = "regional managers and the maker's analysts"
PROPOSERS = {"oem_planner", "admin"}


def body(snapshot: dict[str, Any]) -> None:
    scores = session.table("mart_suggestion_score")
    if scores.is_empty():
        frame.empty("No suggestion has been answered.", "Dealers answer at the desk or by the API.")
        return
    found = replenishing.outcomes(scores)
    st.markdown(f"##### {_finding(found)}")
    st.subheader("Answers by reason", anchor=False)
    frame.table(
        found.select(
            Answer="decision",
            Reason=pl.col("reason").str.replace_all("_", " "),
            Answers="answers",
            Judged="judged_answers",
            ran=pl.col("ran_out_share") * 100,
            much=pl.col("excess_share") * 100,
            Suggested="suggested_units",
            Ordered="decided_units",
        ),
        column_config={
            "ran": st.column_config.NumberColumn("Ran out, %", format="%.0f"),
            "much": st.column_config.NumberColumn("Too much left, %", format="%.0f"),
        },
        alt="Answers to suggestions by decision and reason with what came of them",
    )
    _exceptions()
    _proposals(snapshot)


def _finding(found: pl.DataFrame) -> str:
    answers, judged = int(found["answers"].sum()), int(found["judged_answers"].sum())
    taken = int(found.filter(pl.col("decision") == "accept")["answers"].sum())
    said = f"{words.percent(taken / answers)} of {words.plural(answers, 'answer')} accepted as suggested"
    refused = found.filter((pl.col("decision") != "accept") & (pl.col("judged_answers") > 0))
    if refused.is_empty():
        return f"{said}; no refusal is old enough to be judged."
    out = int(refused["ran_out_answers"].sum()) / int(refused["judged_answers"].sum())
    return f"{said}; of {judged} judged, refusals ran out in {words.percent(out)}."


def _exceptions() -> None:
    st.subheader("Refused again and again", anchor=False)
    rows = session.table("mart_suggestion_exception").sort("refusals", descending=True)
    if rows.is_empty():
        frame.empty("No part was refused twice for one reason.", "Each refusal still counts above.")
        return
    frame.table(
        rows.select(
            Outlet="outlet_id",
            Part="part_id",
            What="description",
            Reason=pl.col("reason").str.replace_all("_", " "),
            Refusals="refusals",
            Since="last_refused_date",
            Outcome=pl.col("outcome").str.replace_all("_", " "),
        ),
        column_config={"Since": st.column_config.DateColumn("Last refused")},
        alt="Parts that outlets refused repeatedly, with what came of it",
    )


def _proposals(snapshot: dict[str, Any]) -> None:
    st.subheader("What the answers speak for", anchor=False)
    rows = session.table("mart_policy_proposal").sort("judged_refusals", descending=True)
    if rows.is_empty():
        frame.empty("No class has enough judged refusals.", "Five within 180 days speak for a change.")
        return
    user = session.user()
    for row in rows.iter_rows(named=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        harmless = row["finding"] == "refused_without_harm"
        why = "less would do" if harmless else "more is needed"
        left.markdown(
            f"**{row['outlet_id']}**, class {row['abc_class']} {row['criticality']}: "
            f"{words.plural(row['judged_refusals'], 'refusal')}, {row['ran_out_refusals']} ran out; {why}. "
            f"Wanted fill {row['fill_permille'] / 10:.1f} % → {row['proposed_fill_permille'] / 10:.1f} %."
        )
        key = f"propose_{row['outlet_id']}_{row['abc_class']}_{row['criticality']}"
        may = user is not None and user.role in PROPOSERS
        if may and right.button("Propose this policy", key=key):
            _propose(row, date.fromisoformat(str(snapshot["as_of_date"])[:10]))


def _propose(row: dict[str, Any], as_of: date) -> None:
    data = {
        "outlet_code": row["outlet_id"],
        "abc_class": row["abc_class"],
        "criticality": row["criticality"],
        "fill_permille": row["proposed_fill_permille"],
        "phase_in_months": 3,
        "valid_from_date": (as_of + timedelta(days=1)).isoformat(),
        "reason": f"{row['judged_refusals']} judged refusals, {row['ran_out_refusals']} ran out.",
    }
    keys = st.session_state.setdefault("policy_keys", {})
    key = keys.setdefault(repr(sorted(data.items())), uuid.uuid4().hex)
    try:
        written = session.api().open("replenishment_policies", {"data": data}, idempotency_key=key)
    except ApiProblem as problem:
        st.error(problem.detail)
        return
    st.success(f"{written['key']} waits for another planner's approval.", icon=":material/check_circle:")


with frame.page(
    "Suggestion outcomes",
    "Were the dealers' answers right, and what do they say about our policies?",
    readers=READERS,
    export=frame.Export("mart_suggestion_score", {}),
) as published:
    body(published)
