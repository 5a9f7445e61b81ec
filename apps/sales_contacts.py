"""Contacts of sales staff: made in time or not, what followed. Pure, over rows of `mart_sales_contact`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from apps import words
from apps.kpis import FEW_CASES

WEEKS = 12
COUNTS = (
    "contacts", "due_contacts", "done_contacts", "punctual_contacts", "late_contacts", "overdue_contacts",
    "skipped_contacts", "judged_contacts", "driven_contacts", "quoted_contacts", "ordered_contacts",
)  # fmt: skip
FATES = {
    "punctual_contacts": "On their day",
    "late_contacts": "Late",
    "overdue_contacts": "Open past their day",
    "skipped_contacts": "Given up",
}
FOLLOWED = {"driven": "→ test drive", "quoted": "→ quotation", "ordered": "→ order"}
RESULTS = {
    "reached": "Reached",
    "appointment": "Appointment",
    "no_answer": "No answer",
    "call_back": "Call back",
}


def recent(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The week of the as-of day and those before it, twelve together."""
    last = as_of - timedelta(days=as_of.weekday())
    return rows.filter(pl.col("due_week").is_between(last - timedelta(weeks=WEEKS - 1), last))


def summed(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Counts by `by`, sorted, with in_time, driven, quoted, ordered: shares of due or judged contacts.

    A share of fewer than ten cases is null: it says nothing about anybody.
    """
    found = rows.group_by(by).agg(pl.col(COUNTS).sum()).sort(by)
    due, judged = pl.col("due_contacts"), pl.col("judged_contacts")
    return found.with_columns(
        in_time=pl.when(due >= FEW_CASES).then(pl.col("punctual_contacts") / due),
        **{name: pl.when(judged >= FEW_CASES).then(pl.col(f"{name}_contacts") / judged) for name in FOLLOWED},
    )


def finding(rows: pl.DataFrame, people: Mapping[str, str]) -> str:
    """How many were due, made in time, left open, and how far apart people are. rows: of `recent`."""
    whole = rows.select(pl.col(COUNTS).sum()).row(0, named=True)
    if not whole["due_contacts"]:
        return "No contact was due."
    said = (
        f"{words.plural(whole['due_contacts'], 'contact')} due in {WEEKS} weeks, "
        f"{words.percent(whole['punctual_contacts'] / whole['due_contacts'])} made on their day, "
        f"{words.number(whole['overdue_contacts'])} open past it"
    )
    if whole["judged_contacts"]:
        share = words.percent(whole["ordered_contacts"] / whole["judged_contacts"])
        said += f"; {share} of those old enough to judge were followed by an order"
    by_person = summed(rows.filter(pl.col("staff_id") != ""), "staff_id").drop_nulls("in_time")
    if by_person.height < 2:
        return f"{said}."
    by_person = by_person.sort("in_time", "staff_id")
    ends = [
        f"{words.percent(share)} ({people.get(who, who)})"
        for who, share in by_person.select("staff_id", "in_time").gather([0, -1]).iter_rows()
    ]
    return f"{said}. On their day: from {ends[0]} to {ends[1]}."
