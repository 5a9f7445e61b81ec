"""Who is who: pairs a steward has to judge, their evidence; merging, parting and undoing by documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from apps import figures, frame, identity, merge_requests, session, words
from apps.api_client import ApiProblem

READERS = "the maker's quality staff"
SHOWN = 100


def body(_snapshot: dict[str, Any]) -> None:
    decisions = session.api().documents("identity_decisions", [("state", "in_force")])
    decided = {frozenset((d["data"]["record_l"], d["data"]["record_r"])) for d in decisions}
    pairs = session.table("mart_identity_pair", band="review")
    waiting = identity.to_review(pairs, decided)
    churn = session.table("mart_identity_churn").sort("as_of_date")
    st.markdown(f"##### {_finding(waiting, churn)}")
    if said := st.session_state.pop("steward_said", None):
        st.success(said, icon=":material/check_circle:")
    asked = merge_requests.waiting()
    names = ["Pairs to judge", f"Asked by dealers ({len(asked)})", "One customer", "Decisions", "Runs"]
    review, requests, one, undo, runs = st.tabs(names)
    with review:
        _review(waiting)
    with requests:
        _requests(asked)
    with one:
        _one_customer()
    with undo:
        _decisions(decisions)
    with runs:
        _runs(churn)


def _finding(waiting: pl.DataFrame, churn: pl.DataFrame) -> str:
    left = f"{words.plural(waiting.height, 'pair')} to judge, the least certain first."
    if churn.is_empty():
        return left
    last = churn.row(-1, named=True)
    people = f"{words.number(last['records'])} records are {words.number(last['golden_records'])} customers"
    moved = f"{words.plural(last['moved'], 'record')} changed hands in the last run"
    return f"{left} {people}; {moved}."


def _review(waiting: pl.DataFrame) -> None:
    if waiting.is_empty():
        frame.empty("Nothing waits.", "Pairs that are neither surely one nor surely two appear here.")
        return
    shown = waiting.head(SHOWN)
    ends = sorted({*shown["record_l"], *shown["record_r"]})
    names = identity.names(session.table("dim_customer", customer_id=ends))
    frame.table(
        shown.select(
            pl.col("record_l").replace(names).alias("One"),
            pl.col("record_r").replace(names).alias("The other"),
            pl.col("record_l").alias("Record"),
            pl.col("record_r").alias("Other record"),
            Kind="customer_type",
            Chance=pl.col("probability") * 100,
            Household=pl.when(pl.col("household") > 0).then(pl.lit("likely")).otherwise(pl.lit("")),
        ),
        key=_table_key(), on_select="rerun", selection_mode="single-row", height=250,
        column_config={"Chance": st.column_config.NumberColumn("Same, %", format="%.0f")},
        alt="Pairs of records that may be one customer",
    )  # fmt: skip
    row = frame.picked_of(_table_key(), shown.height)
    if row is None:
        st.caption("Click a row to see both records and what speaks for and against.")
    else:
        _judge(shown.row(row, named=True))


def _judge(pair: dict[str, Any]) -> None:
    left, right = pair["record_l"], pair["record_r"]
    records = session.table("dim_customer", customer_id=[left, right])
    told = session.table("mart_identity_evidence", record_l=left, record_r=right)
    sides, why = st.columns(2, gap="large")
    with sides:
        st.subheader("Both records", anchor=False)
        frame.table(
            identity.side_by_side(records, left, right), height="content",
            alt="Both records, field by field",
        )  # fmt: skip
    with why:
        st.subheader("What speaks for and against", anchor=False)
        found = identity.evidence(told)
        finding = f"{words.percent(pair['probability'])} chance that both are one: {_sum(found)}"
        table = found.select(Field="field", Finding="finding", Bits=pl.col("bits").round(1))
        frame.chart(figures.evidence(found), finding, table, key="evidence")
    reason = st.text_input("What your decision rests on", key=f"reason_{left}_{right}", max_chars=500)
    with st.container(horizontal=True):
        if st.button("One and the same", type="primary", disabled=not reason, key="must"):
            _decide(left, right, "must_link", reason)
        if st.button("Two customers", disabled=not reason, key="cannot"):
            _decide(left, right, "cannot_link", reason)
    if not reason:
        st.caption("A decision needs its reason. It counts from the next run and holds in every later one.")


def _sum(found: pl.DataFrame) -> str:
    total = found.group_by("side").agg(pl.col("bits").sum())
    by = dict(total.iter_rows())
    return f"{by.get('for', 0.0):+.1f} bits for, {by.get('against', 0.0):+.1f} against"


def _requests(asked: list[merge_requests.Request]) -> None:
    """What dealers ask for, with both records side by side; deciding answers the dealer too."""
    if not asked:
        frame.empty("No dealer asks.", "A dealer asks on the customer page: two records are one, or are two.")
        return
    ends = sorted({key for request in asked for key in (request.left, request.right)})
    records = session.table("dim_customer", customer_id=ends)
    for request in asked[:SHOWN]:
        what = "are one customer" if request.topic == "same_customer" else "are two customers"
        with st.container(border=True):
            st.markdown(f"**{request.left}** and **{request.right}** {what}, says {request.asked_by} "
                        f"({request.outlet_id}): {request.why}")  # fmt: skip
            frame.table(
                identity.side_by_side(records, request.left, request.right), height="content",
                alt="Both records, field by field", key=f"sides_{request.key}",
            )  # fmt: skip
            with st.container(horizontal=True):
                for label, decision in (("One and the same", "must_link"), ("Two customers", "cannot_link")):
                    if st.button(label, key=f"{decision}_{request.key}"):
                        _settle(request, label, decision)


def _settle(request: merge_requests.Request, label: str, decision: str) -> None:
    """The decision first: a dealer is told what stands, never what was tried."""
    reason = f"{request.outlet_id} asked: {request.why}"[:500]
    if not _written(request.left, request.right, decision, reason):
        return
    try:
        merge_requests.answer(request, f"Decided: {label.lower()}. It counts from the next run.")
    except ApiProblem as problem:  # somebody answered meanwhile: the decision stands all the same
        st.session_state["steward_said"] = f"Decided; the dealer was answered already ({problem.detail})."
        st.rerun()
    _again("Decided, and the dealer is answered. It counts from the next run.")


def _one_customer() -> None:
    """Records of one golden customer, where each of its values came from, and parting two of its records."""
    asked = st.text_input(
        "Golden customer or customer record", key="golden", placeholder="GC… or CU-…"
    ).strip()
    if not asked:
        st.caption("Paste an id from a pair, a page or an export.")
        return
    column = "golden_id" if asked.startswith("GC") else "customer_id"
    mapped = session.table("map_customer_source", **{column: asked})
    if mapped.is_empty():
        frame.empty(f"{asked} is nobody.", "Ids of records and golden customers are case-sensitive.")
        return
    golden = mapped.filter("is_current")["golden_id"].first() or mapped["golden_id"][-1]
    history = session.table("map_customer_source", golden_id=golden).sort("customer_id", "valid_from_date")
    st.subheader(f"Records of {golden}", anchor=False)
    frame.table(
        history.select(
            Record="customer_id", Outlet="outlet_id",
            Since=pl.col("valid_from_date").map_elements(words.day, return_dtype=pl.String),
            Until=pl.col("valid_to_date").map_elements(words.day, return_dtype=pl.String).fill_null("today"),
        ),
        height="content", alt="Records that belong or belonged to the customer",
    )  # fmt: skip
    st.subheader("Where each value came from", anchor=False)
    survived = session.table("mart_customer_survivor", golden_id=golden).sort("field")
    frame.table(
        survived.select(
            Field=pl.col("field").map_elements(words.label, return_dtype=pl.String), Value="value",
            Source="source", Record="customer_id",
            Known=pl.col("known_at").map_elements(words.instant, return_dtype=pl.String),
        ),
        height="content", alt="Each value of the customer with source, record and time",
    )  # fmt: skip
    _part(history.filter("is_current")["customer_id"].to_list())


def _part(records: list[str]) -> None:
    if len(records) < 2:
        return
    st.subheader("Part two of its records", anchor=False)
    with st.form("part"):
        first = st.selectbox("This record", records)
        other = st.selectbox("is another customer than", records, index=1)
        reason = st.text_input("What it rests on", max_chars=500)
        if st.form_submit_button("Part them"):
            if first == other or not reason:
                st.error("Choose two different records and give the reason.")
            else:
                _decide(*sorted((first, other)), "cannot_link", reason)


def _decisions(decisions: list[dict[str, Any]]) -> None:
    if not decisions:
        frame.empty("No decision is in force.", "What you decide about a pair is listed here, to be undone.")
        return
    for document in sorted(decisions, key=lambda d: str(d["data"]["decided_at"]), reverse=True)[:SHOWN]:
        data = document["data"]
        what = "are one" if data["decision"] == "must_link" else "are two"
        told, undo = st.columns([5, 1], vertical_alignment="center")
        told.markdown(
            f"**{data['record_l']}** and **{data['record_r']}** {what}: {data['reason']}  \n"
            f":small[{document['created_by']}, {str(data['decided_at'])[:16].replace('T', ' ')} UTC]"
        )
        if undo.button("Undo", key=f"undo_{document['key']}", help="Everybody gets back what was theirs."):
            _withdraw(document)


def _runs(churn: pl.DataFrame) -> None:
    st.subheader("What each run changed", anchor=False)
    frame.table(
        churn.sort("as_of_date", descending=True).select(
            Day=pl.col("as_of_date").map_elements(words.day, return_dtype=pl.String),
            Records="records", Customers="golden_records", Kept="kept", Moved="moved",
            New="new", Gone="gone", Made="made", Retired="retired", Waiting="pairs_to_review",
            Merged=pl.col("merged_from") * 100, Asked=pl.col("asked_from") * 100,
        ),
        height="content",
        column_config={
            "Merged": st.column_config.NumberColumn("Merged from, %", format="%.1f"),
            "Asked": st.column_config.NumberColumn("Asked from, %", format="%.1f"),
        },
        alt="Records and golden ids per run: kept, moved, new, gone, made, retired",
    )  # fmt: skip
    st.caption(
        "Kept: records with the id they had. Made, retired: ids of customers. Bands: the rule of the day."
    )


def _decide(left: str, right: str, decision: str, reason: str) -> None:
    if _written(left, right, decision, reason):
        _again("Decided. It counts from the next run.")


def _written(left: str, right: str, decision: str, reason: str) -> bool:
    """Whether the decision stands; a refusal is said."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    data = {"record_l": left, "record_r": right, "decision": decision, "reason": reason, "decided_at": now}
    try:
        session.api().open("identity_decisions", {"data": data})
    except ApiProblem as problem:
        st.error(problem.detail)
        return False
    return True


def _withdraw(document: dict[str, Any]) -> None:
    try:
        session.api().move("identity_decisions", document["key"], "withdraw", version=document["version"])
    except ApiProblem as problem:
        st.error(problem.detail)
        return
    _again("Withdrawn. The next run gives every record back to whom it belonged.")


def _again(said: str) -> None:
    st.session_state["steward_said"] = said
    st.session_state["steward_moves"] = st.session_state.get("steward_moves", 0) + 1
    st.rerun()


def _table_key() -> str:
    """A fresh table after every decision, so that no other pair slips under the old selection."""
    return f"pairs_{st.session_state.get('steward_moves', 0)}"


with frame.page(
    "Who is who",
    "Which records are one customer, why, and what did the last runs change?",
    readers=READERS,
) as published:
    body(published)
