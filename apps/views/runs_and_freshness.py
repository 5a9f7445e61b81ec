"""Runs and freshness: what the last run made, which checks failed, and which table is late."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from apps import frame, session, words

LATE_DAYS = 62  # a monthly table is dated by its first day
READERS = "data engineers and planners"
COUNTS = {
    "documents": "Documents read",
    "accepted": "Accepted",
    "rejected": "Rejected",
    "duplicate": "Duplicates",
    "marts": "Marts",
    "forecasts": "Forecasts",
    "suggestions": "Suggestions",
}


def body(snapshot: dict[str, Any]) -> None:
    checks = session.api().get("/v1/snapshot/checks")["checks"]
    tables = pl.DataFrame(session.api().get("/v1/snapshot/tables")["tables"], infer_schema_length=None)
    as_of = date.fromisoformat(snapshot["as_of_date"])
    st.markdown(f"##### {_finding(snapshot, checks)}")
    _counts(snapshot["counts"])
    st.markdown(_rows_of_files(session.api().documents("file_loads")))
    left, right = st.columns(2, gap="large")
    with left:
        _checks(checks)
        _history()
    with right:
        _freshness(tables, as_of)


def _finding(snapshot: dict[str, Any], checks: list[dict[str, Any]]) -> str:
    failed = [c for c in checks if not c["passed"]]
    age = words.age(snapshot["age_hours"])
    if not checks:
        return f"Published {age}, but no check ran: nothing vouches for these figures."
    if not failed:
        tables = words.plural(len(snapshot["rows"]), "table")
        return f"Published {age}; all {words.plural(len(checks), 'check')} passed, on {tables}."
    names = ", ".join(c["name"] for c in failed[:3])
    return f"Published {age}; {len(failed)} of {words.plural(len(checks), 'check')} failed: {names}."


def _rows_of_files(loads: list[dict[str, Any]]) -> str:
    """What files brought stands beside the documents: their refused rows never became any."""
    if not loads:
        return "No file has been loaded."
    sent, refused = (sum(d["data"][n] for d in loads) for n in ("received_rows", "rejected_rows"))
    where = "; correct them under Quarantine." if refused else "."
    files = f"{words.plural(len(loads), 'file')} with {words.plural(sent, 'row')}"
    return f"{files}: **{words.number(refused)} rejected**{where}"


def _counts(counts: dict[str, int]) -> None:
    """What went in and came out: received is accepted plus rejected plus duplicate."""
    named = {**COUNTS, **{name: words.label(name) for name in counts if name not in COUNTS}}
    shown = [(label, counts[name]) for name, label in named.items() if name in counts]
    for place, (label, count) in zip(st.columns(max(len(shown), 1)), shown, strict=False):
        place.metric(label, words.number(count), border=True)


def _checks(checks: list[dict[str, Any]]) -> None:
    st.subheader("Checks", anchor=False)
    if not checks:
        frame.empty("No check ran.", "They run with the pipeline: dms run.")
        return
    found = pl.DataFrame(checks)
    by_severity = (
        found.group_by("severity")
        .agg(passed=pl.col("passed").sum(), failed=(~pl.col("passed")).sum())
        .sort("severity")
    )
    st.markdown(
        " · ".join(
            f"**{words.label(r['severity'])}**: {r['passed']} passed, {r['failed']} failed"
            for r in by_severity.iter_rows(named=True)
        )
    )
    frame.table(
        found.select(
            Result=pl.when("passed").then(pl.lit("✓ passed")).otherwise(pl.lit("✗ failed")),
            Severity="severity",
            Check="name",
            Found="message",
        ),
        height=300 if found.height > 8 else "content",
        column_config={
            "Result": st.column_config.TextColumn(width=80),
            "Severity": st.column_config.TextColumn(width=75),
            "Found": st.column_config.TextColumn(width="large"),
        },
        alt="Checks of the last run, failed ones first",
    )


def _history() -> None:
    st.subheader("Snapshots kept", anchor=False)
    kept = session.api().get("/v1/snapshots")["snapshots"]
    rows = pl.DataFrame(
        {
            "Published": words.instant(datetime.fromisoformat(s["created_at"])),
            "As of": words.day(date.fromisoformat(s["as_of_date"])),
            "Tables": s["tables"],
            "Rows": words.number(s["rows"]),
            "Checks": f"{s['checks_passed']} passed, {s['checks_failed']} failed",
            "Snapshot": s["snapshot_id"],
        }
        for s in kept
    )
    frame.table(rows, height="content", alt="Snapshots kept, newest first")


def _freshness(tables: pl.DataFrame, as_of: date) -> None:
    """The newest day in each table; dimensions have no day of their own."""
    st.subheader("Freshness by table", anchor=False)
    is_fact = pl.col("table").str.starts_with("fct_") | pl.col("table").str.starts_with("mart_")
    newest = pl.when(is_fact).then(pl.col("newest_date").str.to_date()).alias("newest_date")
    rows = tables.with_columns(newest).with_columns(
        behind=(pl.lit(as_of) - pl.col("newest_date")).dt.total_days()
    )
    empty = rows.filter(pl.col("rows") == 0).height
    late = rows.filter(pl.col("behind") > LATE_DAYS).height
    counted = words.plural(rows.height, "table")
    st.markdown(f"**{counted}: {empty} without a row, {late} with nothing newer than {LATE_DAYS} days**")
    frame.table(
        rows.sort("behind", "table", descending=[True, False], nulls_last=True).select(
            Table="table", Rows="rows", Newest="newest_date", Behind="behind", What="description"
        ),
        height=620 if rows.height > 16 else "content",
        column_config={
            "Rows": st.column_config.NumberColumn(format="localized"),
            "Newest": st.column_config.DateColumn("Newest day", format="YYYY-MM-DD"),
            "Behind": st.column_config.NumberColumn("Days behind", width=90),
            "What": st.column_config.TextColumn("What it is", width="large"),
        },
        alt="Tables with the newest day in each",
    )


with frame.page(
    "Runs and freshness",
    "What did the last run make, which checks failed, and which table is late?",
    readers=READERS,
) as published:
    body(published)
