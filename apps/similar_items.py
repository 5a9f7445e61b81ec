"""Items alike on the forecast review: what a planner should conclude, and the figures it rests on."""

from __future__ import annotations

import polars as pl
import streamlit as st

from apps import planning, session, words
from apps.review_cell import Place
from forecasting.similar import Item, alike, conclusion, figures

TITLES = {
    "item": "Item",
    "score": "Alike",
    "level": "Cars a month",
    "growth": "Last 12 months",
    "expected": "Next 6 months",
    "error": "Error",
    "bias": "Too high or low",
}


def show(place: Place) -> None:
    """The sentence at sight, the figures a click away."""
    of = Item(place.cover, place.series)
    history = _history(place)
    likes = alike(history, _prices(), of)
    wanted = pl.DataFrame([dict(of._asdict())]).vstack(likes.select("place", "series"))
    found = _figures(place, history, wanted)
    st.markdown(f"**Items alike:** {conclusion(found, of)}")
    if likes.is_empty():
        return
    shown = wanted.join(likes.select("place", "series", "score"), on=["place", "series"], how="left")
    with st.popover("Items alike", icon=":material/stacks:", type="tertiary"):
        st.table(written(shown, found, place.names), hide_index=True)
        st.caption(
            "Of the same place or series, by the shape of their months, level and list price. Months "
            "ahead against the same ones a year before; errors one month ahead, of what came."
        )


def placed(rows: pl.DataFrame, cover: str, *, is_outlet: bool) -> pl.DataFrame:
    """rows and `place`: the outlet, or the region as deep as `cover`; rows of no such place are left out."""
    if is_outlet:
        return rows.with_columns(place=pl.col("outlet_id"))
    depth = cover.count("/") + 1
    steps = pl.col("region_path").str.split("/")
    return rows.filter(steps.list.len() >= depth).with_columns(place=steps.list.head(depth).list.join("/"))


def written(items: pl.DataFrame, found: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """One line an item as text. items: place, series, score; without one it is the item in view."""
    rows = items.join(found, on=["place", "series"], how="left", maintain_order="left")
    return pl.DataFrame([_line(row, names) for row in rows.iter_rows(named=True)])


def _line(row: dict[str, object], names: dict[str, str]) -> dict[str, str]:
    place = str(row["place"])

    def percent(name: str) -> str:
        value = row[name]
        return f"{words.signed(value * 100)} %" if isinstance(value, float) else words.DASH

    score, level, error = (row[name] for name in ("score", "level", "error"))
    told = {
        "item": f"{names.get(place, place)}, {row['series']}",
        "score": words.percent(score) if isinstance(score, float) else "this one",
        "level": words.number(level, 1) if isinstance(level, float) else words.DASH,
        "growth": percent("growth"),
        "expected": percent("expected"),
        "error": words.percent(error) if isinstance(error, float) else words.DASH,
        "bias": percent("bias"),
    }
    return {title: told[name] for name, title in TITLES.items()}


def _history(place: Place) -> pl.DataFrame:
    """place, series, month, units of every item that shares the cell's place or its series."""
    here = session.table("mart_vehicle_sales_month", market=_markets(place))
    everywhere = session.table("mart_vehicle_sales_month", series=place.series)
    rows = pl.concat([here, everywhere]).unique(["outlet_id", "series", "sales_month"])
    return _summed(place, rows.rename({"sales_month": "month"}), "units")


def _figures(place: Place, history: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    on, series = ["place", "series"], wanted["series"].unique().sort().to_list()
    forecast = session.table("mart_forecast", subject="vehicle", step="final", series=series)
    judged = session.table("mart_forecast_vintage", subject="vehicle", step="final", lag=1, series=series)
    judged = judged.filter(pl.col("actual_units").is_not_null())
    ahead = forecast.select("outlet_id", "region_path", "series", month="forecast_month", units="mean")
    over = judged.rename({"forecast_month": "month"})
    return figures(
        history.join(wanted, on=on),
        _summed(place, ahead, "units").join(wanted, on=on),
        _summed(place, over, "units", "actual_units").join(wanted, on=on),
        place.as_of,
    )


def _summed(place: Place, rows: pl.DataFrame, *measures: str) -> pl.DataFrame:
    at = placed(rows, place.cover, is_outlet=place.cover in place.homes())
    return at.group_by("place", "series", "month").agg(pl.col(measures).sum())


def _markets(place: Place) -> list[str]:
    own = place.forecast.filter(pl.col("outlet_id").is_in(place.outlets))
    return sorted(own["market"].unique())


def _prices() -> pl.DataFrame:
    return planning.prices(session.table("dim_product")).select("series", price="price_minor")
