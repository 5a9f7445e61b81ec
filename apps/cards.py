"""A row of KPI cards: value, change on month and year, a line of the year, and grey when cases are few."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import polars as pl
import streamlit as st

from apps import kpis, session, words


def row(
    outlets: Sequence[str] | None,
    as_of: date,
    *,
    window: int = 1,
    beside: Sequence[str] = (),
    beside_name: str = "peers",
) -> None:
    """Reads and draws the cards for the outlets named, or all that the user sees.

    `window` is how many months a value covers. Each card also says what the outlets named in `beside`
    come to, under their name.
    """
    last = kpis.last_complete(as_of)
    places = st.columns(len(kpis.CARDS), gap="small")
    for place, kpi in zip(places, kpis.CARDS, strict=True):
        peers = reading(kpi, beside, last, window).value if beside else None
        with place:
            _card(kpi, reading(kpi, outlets, last, window), last, peers, beside_name)


def reading(kpi: kpis.Kpi, outlets: Sequence[str] | None, last: date, window: int) -> kpis.Reading:
    """The KPI in the month `last`; one that knows only the as-of day is read as of today."""
    where = outlets and list(outlets)
    if kpi.time_column is None:
        now = session.metric(kpi.metric, outlet_id=where)
        return kpis.read(now.with_columns(month=pl.lit(last)), last)
    rows = session.metric(kpi.metric, by=kpi.time_column, outlet_id=where)
    return kpis.read(kpis.rolled(kpis.by_month(rows, kpi.time_column), window), last)


def _card(kpi: kpis.Kpi, found: kpis.Reading, last: date, peers: float | None, beside_name: str) -> None:
    shows = found.value is not None and not found.has_few_cases
    change = words.points(found.change).replace("−", "-") if shows and found.change is not None else None
    st.metric(
        kpi.label,
        words.percent(found.value) if shows else words.DASH,
        delta=change,  # Streamlit reads the sign off a hyphen
        delta_color=_color(kpi, found.change),
        delta_description="on month" if change else None,
        border=True,
        chart_data=list(found.line) if shows and len(found.line) > 2 else None,
        chart_type="line",
        height="stretch",
    )
    all_seen = "" if peers is None else f"  \n{beside_name}: {words.percent(peers)}"
    st.caption(_beside(kpi, found, last, shows=shows) + all_seen)


def _beside(kpi: kpis.Kpi, found: kpis.Reading, last: date, *, shows: bool) -> str:
    """The month, when it is not the last complete one, the change on the year, and the cases."""
    if not shows:
        return "No figures yet" if found.value is None else f"Too few cases ({words.number(found.cases)})"
    when = (
        "now" if kpi.time_column is None else "" if found.month in (last, None) else words.month(found.month)
    )
    on_year = "" if found.change_on_year is None else f"{words.points(found.change_on_year)} on year"
    return " · ".join(filter(None, [when, on_year, f"n {words.number(found.cases)}"]))


def _color(kpi: kpis.Kpi, change: float | None) -> Literal["normal", "inverse", "off"]:
    """Grey when nothing moved that the card could show."""
    if change is None or abs(change) < 0.0005:
        return "off"
    return "normal" if kpi.up_is_good else "inverse"
