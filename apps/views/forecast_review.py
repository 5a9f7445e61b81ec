"""Forecast review: where the plan is wrong or risky, and the override that says so with a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import (
    cell_rows,
    event,
    figures,
    frame,
    new_model,
    outlier,
    override_panel,
    overrides_in_force,
    planning,
    product_tree,
    regions,
    review_cell,
    session,
    similar_items,
    words,
)

READERS = "planners and regional managers"
LEVELS = {"region_path": "By market", "outlet_id": "By dealer", "area": "By area"}
AHEAD = {"3": "Next 3 months", "1": "Next month", "6": "Next 6 months"}
SHOWN_MONTHS = 7  # the running one and six ahead: what a planner can still change
PAST_MONTHS = 3  # before the running one, for what the plan said of them
DRAWN_MONTHS = 36
LITTLE_HISTORY = 12  # months below which a forecast rests on others, as plan_exception_threshold says
SHOWN = ["where", "series", "changed", "plan", "final", "gap", "verdict", "money"]


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    forecast = session.table("mart_forecast", subject="vehicle")
    if forecast.is_empty():
        frame.empty(
            "No vehicle forecast is published for you.", "It needs sales history; see Runs and freshness."
        )
        return
    forecast = forecast.with_columns(area=pl.col("region_path").str.split("/").list.first())
    names = place_names()
    documents = review_cell.overrides_ahead(as_of)
    months = sorted(m for m in forecast["forecast_month"].unique() if m > as_of)[: int(_ahead())]
    targets = session.table("mart_sales_attainment", sales_month=months)
    chosen = forecast.filter(pl.col("forecast_month").is_in(months))
    prices = planning.prices(session.table("dim_product"))
    targets = targets.with_columns(area=pl.col("region_path").str.split("/").list.first())
    ranked = planning.exceptions(targets, chosen, prices, level=_level())
    ranked = planning.with_marks(ranked, documents, months)
    said, act = st.columns([7, 4], vertical_alignment="center")
    said.markdown(f"##### {_finding(ranked, names)}")
    left, right = st.columns([6, 5], gap="medium")
    with left:
        cell, series = _queue(ranked, names, forecast)
    products = session.table("dim_product")
    at = product_tree.node(series, products, sorted(forecast["series"].unique()))
    with right:
        cover = _cover(cell, at.title, names, forecast)
        cells = forecast.filter(covered(cover, at.inside))
        rows, fences, history = _cell(as_of, cells, at.inside)
        uplifts = session.table("vehicle_uplift", series=list(at.inside))
        unused = cell_rows.without_drivers(uplifts.filter(covered(cover, at.inside)))
        place = review_cell.Place(
            as_of, cover, series, names, forecast.filter(series=series),
            tuple(sorted(cells["outlet_id"].unique())), fences, documents,
        )  # fmt: skip
        if not at.is_brand:
            similar_items.show(place)
    _grid(rows, fences, unused)
    _tree(at, place, products)
    if at.is_brand:
        st.info("Events, outliers and overrides are of one series: tick it in the product tree.")
    else:
        with act:
            _actions(place, forecast, history)
        _behind(place)
        st.divider()
        override_panel.show(place)
    overrides_in_force.show(documents, names, is_planner=review_cell.is_planner())


def _tree(at: product_tree.Node, place: review_cell.Place, products: pl.DataFrame) -> None:
    months = place.months()[:SHOWN_MONTHS]
    plan = session.table(
        "mart_forecast_vintage", subject="vehicle", vintage_month=place.as_of.replace(day=1), step="final"
    )
    if not plan.is_empty():
        ahead = plan.filter(pl.col("forecast_month").is_in(months))
        product_tree.show(at, ahead, place.outlets, products)


def _actions(place: review_cell.Place, forecast: pl.DataFrame, history: pl.DataFrame) -> None:
    """What can be started from here: a month that is no guide; by a planner, an event or a new series."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if override_panel.may_write() and st.button("Outlier", icon=":material/ink_eraser:", key="outlier"):
            outlier.dialog(place, history)
        if not review_cell.is_planner():
            return
        if st.button("Event", icon=":material/campaign:", key="event"):
            event.dialog(place)
        if st.button("New model", icon=":material/fiber_new:", key="new_model"):
            new_model.dialog(forecast.filter(step="baseline"), place.as_of)


def place_names() -> dict[str, str]:
    """What dealers and regions are called, by outlet and by path."""
    outlets = session.table("dim_outlet")
    dealers = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    return dealers | regions.names(session.table("dim_region"))


def covered(cover: str, series: Sequence[str]) -> pl.Expr:
    """The cells of one dealer (`AE01`) or of every dealer below a region (`MEA/GULF`), for these series."""
    below = (pl.col("region_path") == cover) | pl.col("region_path").str.starts_with(f"{cover}/")
    return ((pl.col("outlet_id") == cover) | below) & pl.col("series").is_in(series)


def _ahead() -> str:
    """Months ahead that plans are compared over; the box stands further down, so its value is read here."""
    asked = st.session_state.get("choice_ahead") or st.query_params.get("ahead")
    return asked if asked in AHEAD else next(iter(AHEAD))


def _level() -> planning.Level:
    asked = st.session_state.get("choice_level") or st.query_params.get("level")
    levels: dict[str, planning.Level] = {"outlet_id": "outlet_id", "area": "area"}
    return levels.get(str(asked), "region_path")


def _finding(ranked: pl.DataFrame, names: dict[str, str]) -> str:
    outside = ranked.filter(pl.col("verdict") != planning.INSIDE)
    if ranked.is_empty():
        return "No plan covers the months ahead, so nothing can be compared."
    worst = ranked.row(0, named=True)
    largest = (
        f"{names.get(worst['cell'], worst['cell'])}, {worst['series']}: plan {words.number(worst['plan'])}, "
        f"forecast {words.number(worst['final'], 1)} ({words.signed(worst['gap'], 1)} cars)."
    )
    plans = words.plural(ranked.height, "plan")
    if outside.is_empty():
        return (
            f"Reviewed 100 %: all {plans} stand inside the forecast's 80 % band. Widest gap: {largest} "
            "What is applied is published by the next run."
        )
    return f"{outside.height} of {plans} stand outside the 80 % band. Largest: {largest}"


def _queue(ranked: pl.DataFrame, names: dict[str, str], forecast: pl.DataFrame) -> tuple[str, str]:
    """The exceptions, largest money first; the clicked one, or the one in the address, is shown beside."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown("**Plan against forecast, worst first**", width="content")
        with st.container(width=120):
            level = frame.choice("Level", list(LEVELS), "level", names=LEVELS, hide_label=True)
        with st.container(width=160):
            frame.choice("Horizon", list(AHEAD), "ahead", names=AHEAD, hide_label=True)
    own_level = set(forecast.select(level, "series").unique().iter_rows())
    known = own_level | planning.cells(forecast)
    asked = (st.query_params.get("cell", ""), st.query_params.get("series", ""))
    if any(asked) and asked not in known:
        named = ", ".join(filter(None, (names.get(asked[0], asked[0]), asked[1])))
        st.warning(f"{named}: no such cell is forecast for you now. The first of the list is shown.")
    if ranked.is_empty():
        frame.empty("No plan to compare with.", "Targets for the months ahead are documents: sales_target.")
        return asked if asked in known else min(own_level)
    shown = ranked.with_columns(
        where=pl.col("cell").replace(names),
        money=pl.struct("gap_minor", "currency").map_elements(
            lambda s: words.money(s["gap_minor"], s["currency"]), return_dtype=pl.String
        ),
    )
    key = f"queue_{st.session_state.get('queue_round', 0)}"
    frame.table(
        shown.select(SHOWN),
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        height=560,
        column_config={
            "where": st.column_config.TextColumn("Where", width=124),
            "series": st.column_config.TextColumn("Series", width=66),
            "plan": st.column_config.NumberColumn("Target", format="%.0f", width=50),
            "final": st.column_config.NumberColumn("Forecast", format="%.1f", width=62),
            "gap": st.column_config.NumberColumn("Gap", format="%+.1f", width=48),
            "verdict": st.column_config.TextColumn("Verdict", width=106),
            "money": st.column_config.TextColumn("At list price", width=88),
            "changed": st.column_config.TextColumn(
                "✎", width=42, help="Overridden: ● this very cell, ○ a dealer or region below it"
            ),
        },
        alt="Plans ranked by the money between plan and forecast",
    )
    row = frame.picked(shown, key)
    cells = list(ranked.select("cell", "series").iter_rows())
    if row is not None and asked != cells[row]:
        _go(cells[row])
        return cells[row]
    current = asked if asked in known else cells[0]
    _steps(cells, current)
    return current


def _go(cell: tuple[str, str]) -> None:
    st.query_params["cell"], st.query_params["series"] = cell
    st.query_params.pop("cover", None)
    st.session_state.pop("choice_cover", None)
    product_tree.leave_brand()


def _steps(cells: Sequence[tuple[str, str]], current: tuple[str, str]) -> None:
    """Through the queue by keyboard; a ticked row would hold the reader back, so the table is drawn anew."""
    at = cells.index(current) if current in cells else -1
    moves = (("Previous", at - 1, "Ctrl+Up"), ("Next", at + 1, "Ctrl+Down"))
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, to, keys in moves:
            if st.button(
                label, key=f"queue_{label.lower()}", disabled=not 0 <= to < len(cells), shortcut=keys
            ):
                st.session_state["queue_round"] = st.session_state.get("queue_round", 0) + 1
                _go(cells[to])
                st.rerun()
        st.caption(f"{at + 1} of {len(cells)}" if at >= 0 else "not in this list")


def _cover(cell: str, title: str, names: dict[str, str], forecast: pl.DataFrame) -> str:
    """The cell itself, or one of the regions above it, widest last."""
    of_outlet = forecast.filter(pl.col("outlet_id") == cell)["region_path"]
    path = (of_outlet[0] if of_outlet.len() else cell).split("/")
    above = ["/".join(path[:depth]) for depth in range(len(path), 0, -1)]
    options = [cell, *above] if of_outlet.len() else above
    if st.session_state.get("choice_cover") not in options:  # said aloud, or the box keeps its old words
        asked = st.query_params.get("cover", "")
        st.session_state["choice_cover"] = asked if asked in options else options[0]
    labels = {cell: names.get(cell, cell), **{r: f"All dealers in {names.get(r, r)}" for r in above}}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### {title}", width="content")
        with st.container(width=330):
            return frame.choice("Cell", options, "cover", names=labels, hide_label=True)


def _cell(
    as_of: date, cells: pl.DataFrame, series: Sequence[str]
) -> tuple[pl.DataFrame, dict[date, str], pl.DataFrame]:
    """The picture of the cell; returns the rows of its grid, the fence of each month, its history."""
    inside = pl.col("outlet_id").is_in(cells["outlet_id"].unique().to_list())
    series = list(series)
    history = planning.monthly(session.table("mart_vehicle_sales_month", series=series).filter(inside))
    cell = planning.cell_forecast(cells).head(SHOWN_MONTHS)
    last_year = planning.year_before(history, cell["month"])
    vintages = session.table("mart_forecast_vintage", subject="vehicle", series=series).filter(inside)
    promotions = session.table("mart_vehicle_driver", series=series).filter(inside)
    past = [planning.months_on(as_of, -back) for back in range(PAST_MONTHS, 0, -1)]
    months = [*past, *cell["month"]]
    targets = session.table("mart_sales_attainment", series=series, sales_month=months).filter(inside)
    marked = outlier.by_month(session.table("vehicle_cleaned_history", series=series).filter(inside), history)
    uplifts = session.table("vehicle_uplift", series=series).filter(inside)
    rows = cell_rows.by_month(cell, history, targets, vintages, promotions, marked, uplifts, months=months)
    _badges(cells, history, as_of)
    before = vintages.filter(step="final", vintage_month=planning.month_before(as_of))
    vintage = planning.vintage_line(before, cell["month"])
    picture = figures.forecast_cell(
        history.tail(DRAWN_MONTHS), cell, last_year, as_of=as_of, unit="cars", last_vintage=vintage,
        events=planning.events(promotions, since=months[0].replace(year=months[0].year - 3)), marked=marked,
    )  # fmt: skip
    frame.chart(
        picture, _said_of(cell, last_year, as_of), rows.select("month", "actual", "final"), key="cell_chart"
    )
    st.caption(f"{cell_rows.accuracy(rows)} ▼ override, ◆ promotion, ✕ no guide.".strip())
    return rows, cell_rows.fences(vintages), history


def _said_of(cell: pl.DataFrame, last_year: pl.DataFrame, as_of: date) -> str:
    ahead = cell.filter(pl.col("month") > as_of).head(3)
    year_ago = last_year.filter(pl.col("month").is_in(ahead["month"].implode()))["units"].sum()
    total = ahead["final"].sum()
    finding = f"Next {ahead.height} months: {words.number(total)} cars expected"
    if year_ago:
        finding += f", {words.signed((total / year_ago - 1) * 100)} % on the same months last year"
    changed = cell.filter(pl.col("overrides") > 0).height
    return finding + (
        f"; {words.plural(changed, 'month')} overridden." if changed else "; no override in force."
    )


def _badges(cells: pl.DataFrame, history: pl.DataFrame, as_of: date) -> None:
    """How the forecast was made, and whether the cell has lived long enough for one of its own."""
    method = words.label(cells["method"][0])
    months = cell_rows.months_of_history(history, as_of)
    with st.container(horizontal=True, gap="small"):
        if months < LITTLE_HISTORY:
            st.badge(
                f"Insufficient history: {words.plural(months, 'month')}", icon=":material/hourglass_top:",
                color="orange", help="Below a year a forecast rests on others, not on its own season.",
            )  # fmt: skip
        st.badge(
            f"Method: {method}", icon=":material/function:", color="gray",
            help="Chosen by backtest. The band holds four outcomes of five, if the backtest was right.",
        )  # fmt: skip


def _grid(rows: pl.DataFrame, fences: dict[date, str], unused: Collection[date]) -> None:
    """What was, what is expected and who changed it; months that are over as said a month before."""
    with st.container(key="months"):  # on a phone its labels stay while the months are swiped
        st.table(cell_rows.written(rows, fences, unused=unused), hide_index=True, border="horizontal")
    st.caption(
        "Months that are over show what the plan said a month before. Changes: cars against the step before. "
        "A frozen month stays so until it is over: a change there is a late revision and needs a note."
    )
    if not set(rows["month"]).isdisjoint(unused):
        st.caption(cell_rows.NOT_DRIVEN)


def _behind(place: review_cell.Place) -> None:
    """What stands behind the cell: which step helped here before, what dealers wrote, who changed what."""
    one, two, three = st.columns(3)
    inside = pl.col("outlet_id").is_in(place.outlets)
    with one.popover("Did changes help here?", icon=":material/exposure_plus_1:", width="stretch"):
        vintages = session.table("mart_forecast_vintage", subject="vehicle", series=place.series)
        steps = cell_rows.value_by_step(vintages.filter(inside))
        if steps.is_empty():
            st.caption("No month of this cell is judged yet.")
        else:
            st.table(steps, hide_index=True)
            st.caption(
                "Error one month ahead after each step, over the months judged; below 8 it says little."
            )
    with two.popover("Dealers' comments", icon=":material/forum:", width="stretch"):
        plans = session.table("mart_dealer_plan", series=place.series).filter(inside)
        noted = plans.filter(pl.col("note").is_not_null()).sort("plan_month", descending=True).head(12)
        for row in noted.iter_rows(named=True):
            st.markdown(
                f"**{place.name(row['outlet_id'], '')}**, {words.month(row['plan_month'])}, "
                f"{row['retail_units']} cars: {row['note']}"
            )
        if noted.is_empty():
            st.caption("No dealer has written a note on this series.")
    with three.popover("Who changed what", icon=":material/manage_history:", width="stretch"):
        every = session.table("fct_plan_change", subject="vehicle", item=place.series)
        changes = cell_rows.audit(every, place.homes(), since=place.as_of.replace(day=1))
        if changes.is_empty():
            st.caption("Nobody changed this cell for the months ahead.")
        else:
            st.table(changes, hide_index=True)


with frame.page(
    "Forecast review",
    "Where does the plan differ most from what will sell, and what should I change?",
    readers=READERS,
    metrics=("forecast_units", "retail_units", "retail_attainment", "forecast_wape", "forecast_bias"),
    export=frame.Export("mart_forecast", {"subject": "vehicle"}),
) as published:
    body(published)
