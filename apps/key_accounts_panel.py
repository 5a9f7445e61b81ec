"""Key accounts on the order pipeline: projects filed, what was delivered under them, what presses."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from apps import frame, key_accounts, regions, session, words
from apps.key_accounts import STANDINGS


def show(as_of: date, dealers: dict[str, str]) -> None:
    """Within the region, dealer and series of the address. dealers: names by outlet."""
    st.subheader("Key accounts: filed and delivered", anchor=False)
    asked = st.query_params
    rows = session.table("mart_key_account_filing", outlet_id=asked.get("outlet") or None)
    rows = rows.filter(regions.inside(asked.get("region", "")))
    series = asked.get("series", "")
    rows = rows.filter(pl.col("series") == series) if series else rows
    if rows.is_empty():
        frame.empty("No project was filed.", "Dealers file theirs at the desk: key account filings.")
        return
    found = key_accounts.filings(rows)
    st.markdown(f"**{key_accounts.finding(found, as_of)}**")
    _standing(found)
    _list(found, as_of, dealers)


def _standing(found: pl.DataFrame) -> None:
    table = pl.DataFrame(
        {
            "Standing": r["name"],
            "Projects": words.number(r["filings"]),
            "Filed": words.number(r["filed"]),
            "Delivered": words.number(r["delivered"]),
            "Open": words.number(r["open"]),
        }
        for r in key_accounts.standing(found).iter_rows(named=True)
    )
    st.table(table, hide_index=True, border="horizontal")
    st.caption(
        "Cars. A car handed over to the account as a key account's counts under the latest filing of its "
        "series; open is what a project in force or won has not had yet."
    )


def _list(found: pl.DataFrame, as_of: date, dealers: dict[str, str]) -> None:
    names = {"": "In force, waiting or not delivered", "all": "All", **STANDINGS}
    with st.columns(4)[0]:
        which = frame.choice("Projects", list(names), "projects", names=names)
    rows = key_accounts.pressing(found)
    if which:
        rows = found if which == "all" else found.filter(pl.col("standing") == which)
    if rows.is_empty():
        frame.empty("No project stands so.", "Choose others.")
        return
    several = found["outlet_id"].n_unique() > 1
    table = pl.DataFrame(
        {
            "Filing": r["key_account_filing_id"],
            **({"Dealer": dealers.get(r["outlet_id"], r["outlet_id"])} if several else {}),
            "Project": r["project"],
            "Grade": r["account_grade"] or words.DASH,
            "Wants": r["series"],
            "Standing": STANDINGS[r["standing"]],
            "Filed": words.day(r["filed_date"]),
            "Waited, days": words.number(r["days_waited"]),
            "Ends": words.day(r["valid_to_date"]),
            "Days left": _days_left(r["valid_to_date"], as_of),
            "Discount": words.DASH if r["discount_percent"] is None else f"{r['discount_percent']:g} %",
            "Delivered": words.number(r["delivered"]),
            "Open": words.number(r["open"]),
        }
        for r in rows.iter_rows(named=True)
    )
    frame.table(table, height=420 if table.height > 12 else "content", alt="Projects of key accounts")


def _days_left(last: date | None, as_of: date) -> str:
    return words.DASH if last is None or last < as_of else words.number((last - as_of).days)
