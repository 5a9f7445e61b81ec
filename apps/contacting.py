"""Open contact tasks of one customer, and what came of them: written where the customer is looked at.

In: the customer's records in the reader's scope. Out: the task's own moves, on the version that was shown, so
that a task which a colleague settled meanwhile is refused and not overwritten. Whoever contacts nobody is
shown nothing; whoever only reads is offered no button.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from apps import session, words
from apps.api_client import ApiProblem, ApiUnreachable
from operational_api.documents.contact_rule import CHANNELS
from operational_api.documents.contact_task import CONTACT_TASK

COLLECTION = CONTACT_TASK.collection
RULES = tuple(CONTACT_TASK.field("rule_code").choices)
BY = {move.name: frozenset(grant.value for grant in move.by) for move in CONTACT_TASK.moves}
SHOWN = 10  # tasks; who has more is told how many
SAID, REFUSED = "contact_said", "contact_refused"
NO_DATE = date.max.isoformat()


def tasks_of(records: Sequence[str]) -> None:
    """Heading, open tasks with the earliest day first, and their forms. records: keys of customer records."""
    waiting = open_tasks(records)
    if waiting is None:
        return
    st.subheader("To do", anchor=False)
    if said := st.session_state.pop(SAID, None):
        st.success(said, icon=":material/check_circle:")
    if refused := st.session_state.pop(REFUSED, None):
        st.error(refused, icon=":material/error:")
    if not waiting:
        st.markdown("No contact is due.")
    for task in waiting[:SHOWN]:
        _task(task)
    if len(waiting) > SHOWN:
        st.caption(f"{len(waiting) - SHOWN} later ones are not shown.")


def headline(task: Mapping[str, Any], today: date) -> str:
    """Reason, day, way and car of a task in a line; a day that has passed is said to be overdue."""
    data = task["data"]
    due = date.fromisoformat(data["due_date"])
    late = f" **overdue by {words.plural((today - due).days, 'day')}**" if due < today else ""
    known = [data.get("channel"), data.get("vin"), data.get("staff_id"), task.get("outlet_id")]
    return f"**{words.label(data['rule_code'])}** · {words.day(due)}{late} · " + " · ".join(
        filter(None, known)
    )


def open_tasks(records: Sequence[str]) -> list[dict[str, Any]] | None:
    """None for who has nothing to do with contacts: to him the API has no such collection."""
    found: list[dict[str, Any]] = []
    try:
        for record in records:
            found += session.api().documents(COLLECTION, [("customer_id", record), ("state", "open")])
    except ApiProblem as problem:
        if problem.status == 404:
            return None
        raise
    return sorted(found, key=lambda task: (task["data"].get("due_date", NO_DATE), task["key"]))


def new_task(customer: Mapping[str, Any]) -> None:
    """A contact for a later day, for whoever may open one. customer: row of mart_customer_360."""
    known = session.user()
    if known is None or {grant.value for grant in CONTACT_TASK.open_by}.isdisjoint(known.grants):
        return
    with st.popover("Add a task", icon=":material/add_task:"), st.form("new_task", border=False):
        why = st.selectbox("Reason", RULES, format_func=words.label, index=len(RULES) - 1)
        due = st.date_input("Day", value="today", min_value="today")
        channel = st.selectbox("By", CHANNELS, format_func=words.label)
        if st.form_submit_button("Add", type="primary"):
            _open(customer, why, due, channel)


def _open(customer: Mapping[str, Any], why: str, due: Any, channel: str) -> None:
    data = {
        "rule_code": why,
        "customer_id": customer["known_as_id"],
        "due_date": due.isoformat(),
        "channel": channel,
    }
    try:
        session.api().open(COLLECTION, {"outlet_id": customer["outlet_id"], "data": data})
    except ApiProblem as problem:
        st.session_state[REFUSED] = problem.detail
    else:
        st.session_state[SAID] = f"Added for {words.day(due)}."
    st.rerun()


def _task(task: dict[str, Any]) -> None:
    with st.container(border=True):
        st.markdown(headline(task, datetime.now(UTC).date()))
        if task["data"].get("estimate"):
            st.caption(task["data"]["estimate"])
        if _may("complete"):
            _outcome(task)


def _outcome(task: dict[str, Any]) -> None:
    key = task["key"]
    what, note, again = st.columns([2, 3, 2])
    what.selectbox(
        "What came of it", _results(task["data"].get("contact_rule_id")), index=None, key=f"result_{key}",
        accept_new_options=True, placeholder="Choose or type a word",
        help="Results with a rule lead to the next contact by themselves.",
    )  # fmt: skip
    note.text_input("Note, or why it is not done", key=f"note_{key}", max_chars=2_000)
    again.date_input("Next contact, when agreed", value=None, min_value="today", key=f"next_{key}")
    with st.container(horizontal=True):
        # a callback is given what was drawn: the version the user saw, not the one there is by now
        seen = (key, task["version"])
        st.button("Done", type="primary", key=f"done_{key}", on_click=_complete, args=seen)
        st.button("Skip", key=f"skip_{key}", on_click=_skip, args=seen)


def _results(rule: str | None) -> list[str]:
    """Results that the rule behind the task knows; any other may be typed."""
    if rule is None:
        return []
    try:
        found = session.api().get(f"/v1/contact_rules/{rule}")
    except ApiProblem as problem:
        if problem.status == 404:
            return []
        raise
    return [line["result"] for line in found["data"].get("outcomes") or []]


def _complete(key: str, version: int) -> None:
    result = st.session_state.get(f"result_{key}")
    if not result:
        st.session_state[REFUSED] = "Choose what came of it."
        return
    agreed = st.session_state.get(f"next_{key}")
    given = {
        "result": result,
        "note": st.session_state.get(f"note_{key}"),
        "next_due_date": agreed.isoformat() if agreed else None,
    }
    _move(key, "complete", version, {name: value for name, value in given.items() if value}, "Done.")


def _skip(key: str, version: int) -> None:
    why = st.session_state.get(f"note_{key}")
    if not why:
        st.session_state[REFUSED] = "Say why it is not done."
        return
    _move(key, "skip", version, {"skip_reason": why}, "Skipped.")


def _move(key: str, move: str, version: int, data: Mapping[str, Any], said: str) -> None:
    try:
        session.api().move(COLLECTION, key, move, version=version, data=data)
    except ApiProblem as problem:
        lines = "".join(f"\n- {e['field']}: {e['rule']}; {e['remedy']}" for e in problem.errors)
        st.session_state[REFUSED] = f"{problem.detail}{lines}"
    except ApiUnreachable as away:
        st.session_state[REFUSED] = f"{away}. Press again: a task is settled once."
    else:
        st.session_state[SAID] = said


def _may(move: str) -> bool:
    known = session.user()
    return known is not None and not BY[move].isdisjoint(known.grants)
