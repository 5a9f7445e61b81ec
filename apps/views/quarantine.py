"""Quarantine: what senders sent, which rows were refused and why, and the way back in."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, session, words
from apps.api_client import ApiProblem

READERS = "data engineers"
OPEN = ("open", "corrected")
AT_MOST = 1_000  # of each state; more are settled by their cause, not one by one
FEED_PREFIX = "raw/"  # rows of the change feed; all others came in a file


def body(_snapshot: dict[str, Any]) -> None:
    api = session.api()
    loads = api.documents("file_loads")
    found = [
        d for state in OPEN for d in api.documents("quarantine_rows", [("state", state)], at_most=AT_MOST)
    ]
    st.markdown(f"##### {_finding(loads, found)}")
    said = st.session_state.pop("quarantine_said", None)
    if said:
        st.success(said, icon=":material/check_circle:")
    _loads(loads)
    _rows(found)


def _finding(loads: list[dict[str, Any]], found: list[dict[str, Any]]) -> str:
    received = sum(d["data"]["received_rows"] for d in loads)
    rejected = sum(d["data"]["rejected_rows"] for d in loads)
    sent = f"{words.plural(len(loads), 'file')} with {words.plural(received, 'row')}"
    files = f"{sent}: {words.number(rejected)} rejected."
    if not found:
        return f"{files} Nothing waits in quarantine."
    some = "At least " if len(found) >= AT_MOST else ""
    rules = pl.Series([d["data"]["rule"] for d in found]).value_counts(sort=True)
    rule, count = rules.row(0)
    waiting = f"{some}{words.plural(len(found), 'broken rule')} to settle"
    return f"{files} {waiting}; the most frequent: {rule} ({words.number(count)})."


def _loads(loads: list[dict[str, Any]]) -> None:
    st.subheader("Files", anchor=False)
    if not loads:
        frame.empty("No file has been loaded.", "Hand one in: dms import FILE --as TYPE.")
        return
    rows = pl.DataFrame([d["data"] for d in loads], infer_schema_length=None)
    parts = pl.col("accepted_rows") + pl.col("rejected_rows") + pl.col("duplicate_rows")
    adds_up = (
        pl.when(parts == pl.col("received_rows")).then(pl.lit("✓ adds up")).otherwise(pl.lit("✗ does not"))
    )
    frame.table(
        rows.sort("loaded_at", descending=True).select(
            File="file_name",
            Contract="contract",
            Sender="sender",
            Loaded=pl.col("loaded_at").str.slice(0, 16),
            Received="received_rows",
            Accepted="accepted_rows",
            Rejected="rejected_rows",
            Duplicate="duplicate_rows",
            Sum=adds_up,
        ),
        height="content" if rows.height < 8 else 290,
        alt="Files and what became of their rows",
    )
    st.caption("Received = accepted + rejected + duplicate, for every file.")


def _rows(found: list[dict[str, Any]]) -> None:
    st.subheader("Rows in quarantine", anchor=False)
    if not found:
        frame.empty(
            "No row is held back.", "Rows that break their contract appear here with the rule and the remedy."
        )
        return
    shown = _filtered(found)
    frame.table(
        pl.DataFrame(
            {
                "Contract": d["data"]["contract"],
                "Sender": d["data"]["sender"],
                "Row": d["data"]["row_no"],
                "Field": d["data"]["field"],
                "Value": d["data"].get("value") or words.DASH,
                "Rule": d["data"]["rule"],
                "Remedy": d["data"]["remedy"],
                "State": words.label(d["state"]),
                "File": d["data"]["source_file"],
            }
            for d in shown
        ),
        key=_table_key(),
        on_select="rerun",
        selection_mode="single-row",
        height=330,
        column_config={"Row": st.column_config.NumberColumn(width=55)},
        alt="Rows in quarantine with the rule they broke",
    )
    row = frame.picked_of(_table_key(), len(shown))
    if row is None:
        st.caption("Click a row to correct, release or discard it.")
    else:
        _settle(shown[row])


def _table_key() -> str:
    """A fresh table after every move, so that no other row slips under the old selection."""
    return f"rows_{st.session_state.get('quarantine_moves', 0)}"


def _filtered(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with st.container(horizontal=True, width=620):
        contract = _choice("Contract", "contract", found)
        sender = _choice("Sender", "sender", found)
    return [
        d for d in found if contract in ("", d["data"]["contract"]) and sender in ("", d["data"]["sender"])
    ]


def _choice(label: str, name: str, found: list[dict[str, Any]]) -> str:
    options = sorted({d["data"][name] for d in found})
    return frame.choice(label, ["", *options], name, names={"": "All"})


def _settle(document: dict[str, Any]) -> None:
    """Correct, release or discard; each is a move on the version that is shown."""
    data = document["data"]
    with st.container(border=True):
        broken = f"{data['field']} breaks the rule “{data['rule']}”"
        st.markdown(f"**{data['contract']}, row {data['row_no']}: {broken}.** {data['remedy']}")
        st.caption(f"`{document['key']}` · {data['source_file']}")
        if data["source_file"].startswith(FEED_PREFIX):
            _settle_document(document)
        else:
            _settle_row(document)


def _settle_document(document: dict[str, Any]) -> None:
    """A row of the feed is a document already: it is amended where it lives."""
    st.markdown("This is a document already. Amend it there; or release it, and it counts as it stands.")
    with st.container(horizontal=True):
        if st.button("Release as it stands", key="release", help="Counts from the next run."):
            _move(document, "release", {}, "Released: it counts from the next run.")
        if st.button("Discard", key="discard", help="The row stays out for good."):
            _move(document, "discard", {}, "Discarded.")


def _settle_row(document: dict[str, Any]) -> None:
    """A row of a file is handed in again, corrected, through the contract it broke."""
    data = document["data"]
    text = st.text_input(
        f"Corrected value of {data['field']}",
        key=f"value_{document['key']}",
        placeholder=data.get("value") or "",
    )
    with st.container(horizontal=True):
        if st.button("Save correction", disabled=not text, type="primary", key="correct"):
            corrected = json.dumps({data["field"]: text}, ensure_ascii=False)
            said = f"Correction saved. Hand the row in again with: dms quarantine release {document['key']}"
            _move(document, "correct", {"corrected_json": corrected}, said)
        if st.button("Discard", key="discard", help="The row stays out for good."):
            _move(document, "discard", {}, "Discarded.")


def _move(document: dict[str, Any], move: str, data: dict[str, Any], said: str) -> None:
    try:
        session.api().move("quarantine_rows", document["key"], move, version=document["version"], data=data)
    except ApiProblem as problem:
        st.error(problem.detail)
        return
    st.session_state["quarantine_said"] = said
    st.session_state["quarantine_moves"] = st.session_state.get("quarantine_moves", 0) + 1
    st.rerun()


with frame.page(
    "Quarantine",
    "Which rows were refused, by which rule, and how do they come back?",
    readers=READERS,
) as published:
    body(published)
