"""What is staged, written: each override after the one that its author saw, which the database holds it to.

What somebody else wrote meanwhile is shown beside one's own first, whether the page found it before the
write or the API refused the write for it; then one of the two is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import streamlit as st

from apps import session, staging, words
from apps.api_client import ApiProblem
from apps.review_cell import Place, is_planner, overrides_ahead, own_step
from apps.staging import Staged, Waiting

_STAGED, _TOLD, _CLASHES = "staged_changes", "staged_told", "staged_conflicts"
WITHDRAWN = "the override that you saw was withdrawn"


@dataclass(frozen=True, slots=True)
class Clash:
    """theirs: overrides that were not seen. after: the one that stands newest at our step now."""

    theirs: tuple[dict[str, Any], ...]
    after: str | None


def waiting() -> list[Waiting]:
    """What is staged in this session; says first what was written last."""
    if done := st.session_state.get(_TOLD):
        st.success(done, icon=":material/check_circle:")
    found: list[Waiting] = st.session_state.get(_STAGED, [])
    return found


def keep(staged: Sequence[Waiting]) -> None:
    st.session_state[_STAGED] = list(staged)


def stage(place: Place, changes: Sequence[Staged]) -> None:
    """A second change of a cell takes the place of the first."""
    again = {c.cell for c in changes}
    kept = [w for w in st.session_state.get(_STAGED, []) if w.change.cell not in again]
    keep([*kept, *(staging.seen(c, place.standing(place.documents, c), own_step()) for c in changes)])
    st.session_state.pop(_TOLD, None)


def commit(place: Place, staged: Sequence[Waiting]) -> None:
    """Nothing is written where somebody wrote meanwhile; what the page misses, the API refuses."""
    clashes = _clashes(place, staged, range(len(staged)))
    if clashes:
        st.session_state[_CLASHES] = clashes
        return
    _write(place, staged)


def _clashes(place: Place, staged: Sequence[Waiting], numbers: Sequence[int]) -> dict[int, Clash]:
    now = overrides_ahead(place.as_of)
    found = {}
    for number in numbers:
        w = staged[number]
        there = place.standing(now, w.change)
        theirs, after = staging.unseen(there, w.seen), staging.newest(there, own_step())
        if theirs or after != w.after:
            found[number] = Clash(tuple(theirs), after)
    return found


def settle(place: Place, staged: Sequence[Waiting]) -> None:
    """Theirs beside ours, and which is to hold."""
    known: dict[int, Clash] = st.session_state.get(_CLASHES, {})
    clashes = {n: clash for n, clash in known.items() if n < len(staged)}
    if not clashes:
        return
    st.warning(
        f"Somebody was faster: {words.plural(len(clashes), 'staged change')} met another plan than the one "
        "you saw when you staged. None of them is written yet.",
        icon=":material/sync_problem:",
    )
    st.table(pl.DataFrame(list(_lines(place, staged, clashes))), hide_index=True)
    with st.container(horizontal=True):
        if st.button("Keep mine: it is the later one", key="o_mine"):
            st.session_state.pop(_CLASHES)
            after = {n: clash.after for n, clash in clashes.items()}
            _write(place, [replace(w, after=after.get(n, w.after)) for n, w in enumerate(staged)])
        if st.button("Keep theirs: drop mine", key="o_theirs"):
            st.session_state.pop(_CLASHES)
            keep([w for n, w in enumerate(staged) if n not in clashes])
            st.rerun()


def _lines(place: Place, staged: Sequence[Waiting], clashes: Mapping[int, Clash]) -> list[dict[str, str]]:
    return [
        {
            "Where": place.name(staged[n].change.outlet, staged[n].change.region_path),
            "Month": words.month(staged[n].change.month),
            "Yours": staging.change_said(staged[n].change.mode, staged[n].change.value),
            "Theirs": theirs,
        }
        for n, clash in clashes.items()
        for theirs in ([told(place, d) for d in clash.theirs] or [WITHDRAWN])
    ]


def told(place: Place, document: Mapping[str, Any]) -> str:
    data = document["data"]
    change = staging.change_said(data["mode"], float(data["value"]))
    where = place.name(data.get("outlet_code"), data["region_path"])
    at = str(document["created_at"])[:16].replace("T", " ")
    return f"{where}: {change.lower()} by {document['created_by']}, {at} UTC, {document['state']}"


def _write(place: Place, staged: Sequence[Waiting]) -> None:
    """What is refused stays staged: as a conflict where one was not seen, else with the API's words."""
    sent = staging.Sent()
    for w in staged:
        mine = staging.newest(place.standing(sent.written, w.change), own_step())
        _send(replace(w, after=mine or w.after), place, sent)
    left = [w for w, _ in sent.refused]
    keep(left)
    met = [n for n, (_, problem) in enumerate(sent.refused) if staging.is_unseen(problem.errors)]
    for n, (w, problem) in enumerate(sent.refused):
        if n not in met:
            lines = "; ".join(f"{e['field']}: {e['rule']}; {e['remedy']}" for e in problem.errors)
            where = w.change.outlet or w.change.region_path
            st.error(f"{where}, {words.month(w.change.month)}: {problem.detail} {lines}".strip())
    if sent.written:
        then = "counts from the next run" if is_planner() else "waits for a planner to apply it"
        st.session_state[_TOLD] = f"Recorded: {words.plural(len(sent.written), 'override')}; each {then}."
    if met:
        st.session_state[_CLASHES] = _clashes(place, left, met)
    if met or not left:
        st.rerun()


def _send(w: Waiting, place: Place, sent: staging.Sent) -> None:
    data = w.document(own_step())
    there = [*sent.written, *place.documents]
    if same := next((d for d in there if d["key"] == w.after and staging.is_same(d, data)), None):
        sent.written.append(same)  # it stands already, word for word
        return
    body = {"state": "applied" if is_planner() else "proposed", "data": data}
    try:
        sent.written.append(session.api().open("forecast_overrides", body, idempotency_key=w.token))
    except ApiProblem as problem:
        sent.refused.append((w, problem))
