"""A row of KPI cards: value, change on month and year, a line of the year, and grey when cases are few."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import streamlit as st

from apps import kpis, session, words


def row(outlets: Sequence[str] | None, as_of: date) -> dict[kpis.Metric, kpis.Reading]:
    """Reads and draws the cards for the outlets named, or all that the user sees; returns the readings."""
    last = kpis.last_complete(as_of)
    readings = {kpi.metric: reading(kpi, outlets, last) for kpi in kpis.CARDS}
    places = st.columns(len(kpis.CARDS), gap="small")
    for place, kpi in zip(places, kpis.CARDS, strict=True):
        with place:
            _card(kpi, readings[kpi.metric], last)
    return readings


def reading(kpi: kpis.Kpi, outlets: Sequence[str] | None, last: date) -> kpis.Reading:
    """The KPI in the month `last`; one that knows only the as-of day is read as of today."""
    where = outlets and list(outlets)
    if kpi.time_column is None:
        now = session.metric(kpi.metric, outlet_id=where)
        return kpis.read(now.with_columns(month=pl.lit(last)), last)
    rows = session.metric(kpi.metric, by=kpi.time_column, outlet_id=where)
    return kpis.read(kpis.by_month(rows, kpi.time_column), last)


def value_text(kpi: kpis.Kpi, value: float | None) -> str:
    return words.percent(value) if kpi.unit == "share" else words.number(value)


def _card(kpi: kpis.Kpi, found: kpis.Reading, last: date) -> None:
    """The month is named when it is not the last complete one."""
    shows = found.value is not None and not found.has_few_cases
    month = (
        " · now"
        if kpi.time_column is None
        else ""
        if found.month in (last, None)
        else f" · {words.month(found.month)}"
    )
    st.metric(
        f"{kpi.label}{month}",
        value_text(kpi, found.value) if shows else words.DASH,
        delta=words.points(found.change) if shows and found.change is not None else None,
        delta_color="normal" if kpi.up_is_good else "inverse",
        delta_description="on month",
        border=True,
        chart_data=list(found.line) if shows and len(found.line) > 2 else None,
        chart_type="line",
        height="stretch",
    )
    if not shows:
        st.caption(
            "No figures yet" if found.value is None else f"Too few cases ({words.number(found.cases)})"
        )
    elif found.change_on_year is not None:
        st.caption(f"{words.points(found.change_on_year)} on year · n {words.number(found.cases)}")
    else:
        st.caption(f"n {words.number(found.cases)}")
