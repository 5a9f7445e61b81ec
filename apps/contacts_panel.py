"""Sales contacts on the lead funnel: by week, by result, by consultant or dealer."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from apps import figures, frame, people, sales_contacts, session, words
from apps.sales_contacts import FATES, FOLLOWED

BY = {"staff_id": "Consultant", "outlet_id": "Dealer"}


def show(as_of: date, outlet: str, dealers: dict[str, str]) -> None:
    """outlet: "" for all the reader may see. dealers: names by outlet."""
    st.subheader("Contacts of sales staff", anchor=False)
    rows = sales_contacts.recent(session.table("mart_sales_contact", outlet_id=outlet or None), as_of)
    if rows.is_empty():
        frame.empty("No contact was due.", "Contacts follow from rules, at the desk: the work list of a day.")
        return
    named = people.names(session.table("dim_staff"))
    left, right = st.columns(2, gap="large")
    with left:
        _weeks(rows, named)
    with right:
        _results(rows)
    _who(rows, named, dealers)


def _weeks(rows: pl.DataFrame, named: dict[str, str]) -> None:
    weeks = sales_contacts.summed(rows, "due_week")
    shown = weeks.select(Week=pl.col("due_week").map_elements(words.day, return_dtype=pl.String), **{
        label: pl.col(column).cast(pl.String) for column, label in FATES.items()
    })  # fmt: skip
    drawn = weeks.select("due_week", **{label: pl.col(column) for column, label in FATES.items()})
    figure = figures.stacked_weeks(drawn, list(FATES.values()))
    frame.chart(figure, sales_contacts.finding(rows, named), shown, key="contacts_by_week")


def _results(rows: pl.DataFrame) -> None:
    """What came of those that were made, and what followed within two weeks."""
    made = sales_contacts.summed(rows.filter(pl.col("result") != ""), "result")
    st.markdown("**What came of those that were made**")
    table = pl.DataFrame(
        {
            "Result": words.label(r["result"]),
            "Contacts": words.number(r["done_contacts"]),
            "Judged": words.number(r["judged_contacts"]),
            **{label: words.percent(r[name]) for name, label in FOLLOWED.items()},
        }
        for r in made.sort("done_contacts", descending=True).iter_rows(named=True)
    )
    frame.table(table, height="content", key="contact_results", alt="Contacts by result")
    st.caption(
        "A contact is judged two weeks after it was made; what its lead did from that day on follows it. Two "
        "contacts may be followed by the same order. Shares of fewer than ten are left out."
    )


def _who(rows: pl.DataFrame, named: dict[str, str], dealers: dict[str, str]) -> None:
    several = rows["outlet_id"].n_unique() > 1
    with st.columns(4)[0]:
        by = frame.choice("By", list(BY), "by", names=BY) if several else "staff_id"
    keys = ("outlet_id", "staff_id") if by == "staff_id" else ("outlet_id",)
    found = sales_contacts.summed(rows, *keys).sort("in_time", *keys, nulls_last=True)
    table = pl.DataFrame(
        {
            **({"Consultant": _called(r["staff_id"], named)} if by == "staff_id" else {}),
            **({"Dealer": dealers.get(r["outlet_id"], r["outlet_id"])} if several else {}),
            "Due": words.number(r["due_contacts"]),
            "On their day": words.percent(r["in_time"]),
            "Late": words.number(r["late_contacts"]),
            "Open past their day": words.number(r["overdue_contacts"]),
            "Given up": words.number(r["skipped_contacts"]),
            "Judged": words.number(r["judged_contacts"]),
            **{label: words.percent(r[name]) for name, label in FOLLOWED.items()},
        }
        for r in found.iter_rows(named=True)
    )
    height = 420 if table.height > 12 else "content"
    frame.table(table, height=height, key="contact_people", alt=f"Contacts by {BY[by].lower()}")
    st.caption("The least punctual first.")


def _called(staff_id: str, named: dict[str, str]) -> str:
    return named.get(staff_id, staff_id) or people.NOBODY
