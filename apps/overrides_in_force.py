"""Overrides of the months ahead: those that wait to be applied first, each applied or withdrawn here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, session, staging, words
from apps.api_client import ApiProblem


def show(documents: Sequence[dict[str, Any]], names: dict[str, str], *, is_planner: bool) -> None:
    """documents: forecast_override of the running month and later; what is past is judged elsewhere."""
    st.subheader("Overrides in force", anchor=False)
    found = [d for d in documents if d["state"] != "withdrawn" and d["data"].get("subject") == "vehicle"]
    if not found:
        frame.empty("Nobody has overridden a forecast.", "Choose a cell above to be the first.")
        return
    newest = sorted(found, key=lambda d: d["created_at"], reverse=True)
    listed = sorted(newest, key=lambda d: d["state"] != "proposed")
    waits = sum(d["state"] == "proposed" for d in listed)
    if waits:
        who = "you to apply or withdraw them" if is_planner else "a planner to apply them"
        st.markdown(
            f"**{words.plural(waits, 'override')} of regions {'waits' if waits == 1 else 'wait'} for {who}.**"
        )
    waiting = [d for d in listed if d["state"] == "proposed"]
    if waiting and is_planner and st.button(f"Apply all {len(waiting)}", key="apply_all"):
        _move(waiting, "apply")
    rows = pl.DataFrame([_row(d, names) for d in listed])
    key = f"overrides_{st.session_state.get('overrides_round', 0)}"
    frame.table(
        rows, key=key, on_select="rerun", selection_mode="multi-row",
        height="content" if rows.height < 9 else 330,
    )  # fmt: skip
    chosen = [listed[n] for n in frame.picked_all(key, rows.height)]
    if not chosen:
        st.caption("Tick rows to apply or withdraw them.")
        return
    _act(chosen, is_planner=is_planner)


def _row(document: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    data = document["data"]
    return {
        "State": words.label(document["state"]),
        "Month": words.month(date.fromisoformat(data["forecast_month"])),
        "Series": data.get("series"),
        "Where": names.get(data.get("outlet_code") or data["region_path"], data["region_path"]),
        "Change": staging.change_said(data["mode"], float(data["value"])),
        "Locked": "yes" if data.get("is_locked") else "",
        "Reason": words.REASONS.get(data["reason_code"], data["reason_code"]),
        "Note": data.get("note") or "",
        "By": document["created_by"],
        "Falls away": data.get("expires_date") or words.DASH,
    }


def _act(chosen: Sequence[dict[str, Any]], *, is_planner: bool) -> None:
    proposed = [d for d in chosen if d["state"] == "proposed"]
    with st.container(horizontal=True):
        if is_planner and proposed:
            label = f"Apply {words.plural(len(proposed), 'override')}"
            if st.button(label, type="primary", icon=":material/done_all:", key="apply"):
                _move(proposed, "apply")
        if st.button(f"Withdraw {words.plural(len(chosen), 'override')}", key="withdraw"):
            _move(chosen, "withdraw")


def _move(documents: Sequence[dict[str, Any]], move: str) -> None:
    """Each on the version that was shown; what is refused is named, the rest goes on."""
    refused = []
    for document in documents:
        try:
            session.api().move("forecast_overrides", document["key"], move, version=document["version"])
        except ApiProblem as problem:
            refused.append(f"{document['key']}: {problem.detail}")
    for line in refused[:5]:
        st.error(line)
    if not refused:
        st.session_state["overrides_round"] = st.session_state.get("overrides_round", 0) + 1
        st.rerun()
