"""Mark a month of history as no guide: what came stays, what the forecast learns from is shown before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import streamlit as st

from apps import planning, session, words
from apps.api_client import ApiProblem
from apps.review_cell import Place
from forecasting.cleaning import AROUND, cleaned
from operational_api.documents import BY_NAME

REASONS = BY_NAME["sales_outlier"].field("reason_code").choices
MONTHS_BACK = 36
ENGINE = {"month": "sales_month", "region": "region_path"}  # its names and those of the published tables


def by_month(marked: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Months of a cell with a mark: month, units that came, cleaned units that the forecast learns from.

    marked: vehicle_cleaned_history of the cell's dealers. history: month, units of the cell.
    """
    moved = marked.group_by(month="sales_month").agg(less=(pl.col("cleaned_units") - pl.col("units")).sum())
    return (
        history.join(moved, on="month")
        .select("month", "units", cleaned=pl.col("units") + pl.col("less"))
        .sort("month")
    )


def preview(sales: pl.DataFrame, place: Mapping[str, Any], month: date, units: float | None) -> float:
    """What the cell's dealers are learnt from in the month under this mark.

    sales: mart_vehicle_sales_month of the markets, months around. place: series, region_path, outlet_code.
    """
    mark = pl.DataFrame(
        {
            "sales_outlier_id": "new", "outlet_id": place.get("outlet_code"),
            "region_path": place["region_path"], "series": place["series"], "sales_month": month,
            "replacement_units": units, "written_at": datetime.now(UTC),
        },
        schema_overrides={"outlet_id": pl.String, "replacement_units": pl.Float64},
    )  # fmt: skip
    history = sales.rename({theirs: own for own, theirs in ENGINE.items()})
    learnt = cleaned(history, mark).filter(pl.col("sales_outlier_id").is_not_null())
    return float(learnt["cleaned_units"].sum())


@st.dialog("Mark a month as no guide", width="large")
def dialog(place: Place, history: pl.DataFrame) -> None:
    """history: month, units of the cell, complete months."""
    at = address(place)
    st.markdown(
        f"**{place.name(at.get('outlet_code'), at['region_path'])}, {place.series}**. What came stays what "
        "came, and accuracy is measured against it; only what the forecast learns from changes."
    )
    came = dict(history.tail(MONTHS_BACK).sort("month", descending=True).iter_rows())
    one, two, three = st.columns(3)
    month = one.selectbox(
        "Month", list(came), key="x_month",
        format_func=lambda m: f"{words.month(m)}: {words.number(came[m])} cars",
    )  # fmt: skip
    units = two.number_input(
        "Learn from instead (optional)", min_value=0.0, value=None, step=1.0, format="%.1f", key="x_units",
        placeholder="what the months around say",
    )  # fmt: skip
    reason = three.selectbox(
        "Why it is no guide", REASONS, index=None, format_func=words.REASONS.__getitem__, key="x_reason"
    )
    note = st.text_input("What stands behind it", max_chars=500, key="x_note")
    if month is not None:
        told = preview(_around(place, month), at, month, units)
        st.markdown(f"Came **{words.number(came[month])}**, learnt from **{words.number(told, 1)}**.")
    if st.button("Mark it", type="primary", disabled=not (month and reason and note), key="x_mark"):
        _mark(at, month, units, str(reason), note)
    _standing(place)


def address(place: Place) -> dict[str, Any]:
    """The cell as documents name it."""
    homes = place.homes()
    own = {"outlet_code": place.cover, "region_path": homes[place.cover]} if place.cover in homes else None
    return {"series": place.series, **(own or {"region_path": place.cover})}


def _around(place: Place, month: date) -> pl.DataFrame:
    """Sales of the cell's markets in the months that say what was to be expected."""
    own = place.forecast.filter(pl.col("outlet_id").is_in(place.outlets))
    months = [planning.months_on(month, step) for step in range(-AROUND, AROUND + 1)]
    markets = sorted(own["market"].unique())
    return session.table("mart_vehicle_sales_month", market=markets, sales_month=months)


def _mark(at: Mapping[str, Any], month: date, units: float | None, reason: str, note: str) -> None:
    more = {} if units is None else {"replacement_units": units}
    data = {**at, "sales_month": month.isoformat(), "reason_code": reason, "note": note, **more}
    try:
        session.api().open("sales_outliers", {"data": data})
    except ApiProblem as problem:
        st.error(problem.told())
    else:
        st.success("Marked; the next run learns from the cleaned month.")


def _standing(place: Place) -> None:
    """Marks that hold the cell or a part of it, each withdrawn here."""
    every = session.api().documents("sales_outliers", [("series", place.series), ("state", "active")])
    homes = set(place.homes().values())
    for document in every:
        data = document["data"]
        region = data["region_path"]
        inside = any(h == region or h.startswith(f"{region}/") for h in homes)
        if data.get("outlet_code") not in {None, *place.outlets} or not inside:
            continue
        instead = (
            words.number(float(data["replacement_units"]), 1)
            if "replacement_units" in data
            else "what the months around say"
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            why = words.REASONS[data["reason_code"]].lower()
            st.markdown(
                f"{words.month(date.fromisoformat(data['sales_month']))}, "
                f"{place.name(data.get('outlet_code'), region)}: {why}, "
                f"instead {instead}. {data['note']} ({document['created_by']})"
            )
            if st.button("Withdraw", key=f"x_gone_{document['key']}"):
                _withdraw(document)


def _withdraw(document: Mapping[str, Any]) -> None:
    try:
        session.api().move("sales_outliers", document["key"], "withdraw", version=document["version"])
    except ApiProblem as problem:
        st.error(problem.detail)
    else:
        st.success("Withdrawn; the next run learns from what came.")
