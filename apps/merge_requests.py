"""What a dealer asks of the steward: that two customer records are one, or that they are two.

In and out: feedback of the dealer to the maker, with a topic of its own and both records in its subject, so
that the steward decides with one press and the dealer reads the answer where he reads every other one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from apps import session
from apps.api_client import ApiProblem
from operational_api.documents.feedback import FEEDBACK

COLLECTION = FEEDBACK.collection
TOPICS: Mapping[str, str] = {"same_customer": "must_link", "two_customers": "cannot_link"}
_SIGNS: Mapping[str, str] = {"same_customer": " = ", "two_customers": " ≠ "}
SAID = "merge_request_said"


@dataclass(frozen=True, slots=True)
class Request:
    """One that waits: the records, what is asked of them, why, by whom, and the document behind it."""

    left: str
    right: str
    topic: str
    why: str
    outlet_id: str
    asked_by: str
    key: str
    version: int


def subject(left: str, right: str, topic: str) -> str:
    return _SIGNS[topic].join(sorted((left, right)))


def read(document: Mapping[str, Any]) -> Request | None:
    """The request that a feedback is; None for one about anything else."""
    data = document["data"]
    sign = _SIGNS.get(data["topic"])
    ends = data["subject"].split(sign) if sign else []
    if len(ends) != 2:
        return None
    return Request(ends[0], ends[1], data["topic"], data["body"], document["outlet_id"],
                   document["created_by"], document["key"], document["version"])  # fmt: skip


def waiting() -> list[Request]:
    """Open requests in the reader's scope, the oldest first; none for who may not read feedback."""
    try:
        found = session.api().documents(COLLECTION, [("state", "open")])
    except ApiProblem as problem:
        if problem.status in {403, 404}:
            return []
        raise
    asked = sorted(found, key=lambda document: (document["created_at"], document["key"]))
    return [request for request in map(read, asked) if request is not None]


def form(outlet_id: str, records: list[str], *, known_alike: str = "") -> None:
    """Ask, for whoever writes to the maker. records: of the customer; known_alike: another one, if any."""
    known = session.user()
    if known is None or {grant.value for grant in FEEDBACK.open_by}.isdisjoint(known.grants):
        return
    if said := st.session_state.pop(SAID, None):
        st.success(said, icon=":material/check_circle:")
    with st.popover("Ask the steward", icon=":material/join_inner:"), st.form("merge_request", border=False):
        first = st.selectbox("This record", records)
        topic = st.radio("and the other", list(TOPICS), format_func=_said)
        other = st.text_input("Other record", value=known_alike or (records[1] if len(records) > 1 else ""))
        why = st.text_input("What it rests on", max_chars=500)
        if st.form_submit_button("Ask", type="primary"):
            _ask(outlet_id, str(first), other.strip(), topic, why)


def answer(request: Request, text: str) -> None:
    """Tells the dealer what was decided, on the version the steward saw."""
    session.api().move(COLLECTION, request.key, "reply", version=request.version, data={"answer": text})


def _said(topic: str) -> str:
    return {"same_customer": "are one customer", "two_customers": "are two customers"}[topic]


def _ask(outlet_id: str, left: str, right: str, topic: str, why: str) -> None:
    if not right or left == right or not why:
        st.error("Name another record and what it rests on.")
        return
    data = {"subject": subject(left, right, topic), "topic": topic, "body": why}
    try:
        session.api().open(COLLECTION, {"outlet_id": outlet_id, "data": data})
    except ApiProblem as problem:
        st.error(problem.detail)
        return
    st.session_state[SAID] = "Asked. The steward's answer comes as an answer to your feedback."
    st.rerun()
