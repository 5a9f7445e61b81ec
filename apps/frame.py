"""What every page shares: header, trust strip, definitions, export, and what to say when there is nothing.

In: a title and the tables a page rests on. Out: the page's body runs inside `page(...)`; a refusal of
the API becomes a plain sentence with a way on, and never a stack trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Literal

import altair as alt
import polars as pl
import streamlit as st

from apps import session, words
from apps.api_client import ApiProblem, ApiUnreachable


@dataclass(frozen=True, slots=True)
class Export:
    """The table a page's Excel button gives, with the page's filters."""

    table: str
    where: dict[str, object]


@contextmanager
def page(
    title: str, question: str, *, readers: str, metrics: Sequence[str] = (), export: Export | None = None
) -> Iterator[dict[str, Any]]:
    """Header first, then the body; yields what `/v1/snapshot` says. `readers` names who has this page."""
    try:
        snapshot = session.snapshot()
        _header(title, question, metrics, export)
        _trust_strip(snapshot)
        yield snapshot
    except ApiProblem as problem:
        _say_refused(problem, readers)
        st.stop()
    except ApiUnreachable as away:
        st.error(f"{away}. What was on this page is gone until it answers.", icon=":material/cloud_off:")
        _retry()
        st.stop()


def empty(why: str, what_to_do: str) -> None:
    """An empty panel says why it is empty and what to do about it."""
    st.info(f"**{why}** {what_to_do}", icon=":material/inbox:")


# Every table of the pages: no row numbers, and a dash where there is no figure.
table = partial(st.dataframe, hide_index=True, placeholder=words.DASH)


def chart(
    figure: alt.TopLevelMixin, finding: str, rows: pl.DataFrame, *, key: str, table_below: bool = False
) -> None:
    """A chart with its finding in words, and the same figures as a table for whoever cannot see it."""
    st.markdown(f"**{finding}**")
    # stretched, each of several charts one above the other is as wide as the column and its axis beside it
    width: Literal["content", "stretch"] = "content" if isinstance(figure, alt.VConcatChart) else "stretch"
    st.altair_chart(figure, width=width, alt=finding, key=key)
    if table_below:
        st.table(rows, hide_index=True, border="horizontal")
        return
    with st.popover("Show as table", type="tertiary", icon=":material/table:"):
        st.table(rows, hide_index=True)


def choice(
    label: str,
    options: Sequence[str],
    parameter: str,
    *,
    names: dict[str, str] | None = None,
    hide_label: bool = False,
) -> str:
    """A select box whose value stands in the address, so that a link shows what the sender saw.

    Streamlit's own binding writes the label into the address; a link must outlive a change of names.
    """
    key, seen = f"choice_{parameter}", f"seen_{parameter}"
    asked = st.query_params.get(parameter, "")
    came_from_outside = key not in st.session_state or st.session_state.get(seen) != asked
    if asked in options and came_from_outside:
        st.session_state[key] = asked
    elif st.session_state.get(key) not in options:
        st.session_state.pop(key, None)  # the choices changed under it
    chosen = st.selectbox(
        label,
        options,
        format_func=lambda o: (names or {}).get(o, o),
        key=key,
        label_visibility="collapsed" if hide_label else "visible",
    )
    value = options[0] if chosen is None else chosen
    if value and value != asked:
        st.query_params[parameter] = value
    elif not value:
        st.query_params.pop(parameter, None)
    st.session_state[seen] = value
    return value


def picked(frame: pl.DataFrame, key: str) -> int | None:
    """Row that was clicked in the table of that key, in the frame's order."""
    return picked_of(key, frame.height)


def picked_of(key: str, height: int) -> int | None:
    rows = picked_all(key, height)
    return rows[0] if rows else None


def picked_all(key: str, height: int) -> list[int]:
    """Rows that are ticked in the table of that key, those that are still there."""
    state = st.session_state.get(key)
    return [row for row in (state["selection"]["rows"] if state else []) if row < height]


def _header(title: str, question: str, metrics: Sequence[str], export: Export | None) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.title(title, anchor=False)
    left.caption(question)
    with right.container(horizontal=True, horizontal_alignment="right"):
        if metrics:
            with st.popover("Definitions", icon=":material/menu_book:"):
                _definitions(metrics)
        if export:
            st.download_button(
                "Excel",
                data=partial(session.export, export.table, **export.where),
                file_name=f"{export.table}.xlsx",
                icon=":material/download:",
                on_click="ignore",
                help="The rows of this page as you may see them, with the meaning of each column.",
            )


def _definitions(wanted: Sequence[str]) -> None:
    for metric in session.definitions():
        if metric["id"] in wanted:
            st.markdown(f"**{metric['label']}** · version {metric['version']}  \n{metric['description']}")
            parts = [metric["numerator"], *filter(None, [metric["denominator"]])]
            st.caption(f"`{metric['mart']}`: " + " ÷ ".join(f"sum({part})" for part in parts))


def _trust_strip(snapshot: dict[str, Any]) -> None:
    """As-of, age, checks, scope: may these figures be believed?"""
    failed = snapshot["checks"]["failed"]
    total = snapshot["checks"]["passed"] + len(failed)
    as_of = date.fromisoformat(snapshot["as_of_date"])
    published = datetime.fromisoformat(snapshot["created_at"])
    known = session.user()
    with st.container(horizontal=True, gap="small"):
        st.badge(f"As of {words.day(as_of)}", icon=":material/event:", color="blue")
        st.badge(
            f"Published {words.age(snapshot['age_hours'])}",
            icon=":material/schedule:",
            color="orange" if snapshot["is_stale"] else "gray",
            help=f"Snapshot {snapshot['snapshot_id']}, {words.instant(published)}",
        )
        st.badge(
            f"{words.plural(len(failed), 'check')} failed" if failed else f"All {total} checks passed",
            icon=":material/warning:" if failed else ":material/verified:",
            color="red" if failed else "green",
            help="; ".join(f"{c['name']} {c.get('message', '')}" for c in failed[:5]) or None,
        )
        if known:
            st.badge(known.scope, icon=":material/location_on:", color="gray", help="What you may see")
    if snapshot["is_stale"]:
        st.warning(
            f"These figures are {words.age(snapshot['age_hours'])[:-4]} old: the pipeline has not published "
            "since. Whoever runs the data sees why under *Runs and freshness*.",
            icon=":material/hourglass_bottom:",
        )


def _say_refused(problem: ApiProblem, readers: str) -> None:
    if problem.status == 401:
        session.forget()
        st.rerun()
    if problem.status == 403:
        why = f"**You have no access here.** {problem.detail} This page is for: {readers}."
        st.error(why, icon=":material/lock:")
        return
    if problem.status == 503:
        st.info(f"**Nothing to show yet.** {problem.detail}", icon=":material/hourglass_empty:")
    else:
        reference = f" Request {problem.request_id}." if problem.request_id else ""
        st.error(f"{problem.detail}.{reference}", icon=":material/error:")
    _retry()


def _retry() -> None:
    st.button("Try again", icon=":material/refresh:")
