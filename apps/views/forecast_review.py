"""Forecast review: where the plan is wrong or risky, and the override that says so with a reason."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import figures, frame, new_model, planning, session, words
from apps.api_client import ApiProblem

READERS = "planners and regional managers"
LEVELS = {"region_path": "By market", "outlet_id": "By dealer"}
AHEAD = {"3": "Next 3 months", "1": "Next month", "6": "Next 6 months"}
SHOWN_MONTHS = 7  # the running one and six ahead: what a planner can still change
NOTE_FROM_SHARE = 0.2  # a change this large needs a note
SHOWN = ["where", "series", "plan", "final", "gap", "verdict", "money"]


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    forecast = session.table("mart_forecast", subject="vehicle")
    if forecast.is_empty():
        frame.empty(
            "No vehicle forecast is published for you.", "It needs sales history; see Runs and freshness."
        )
        return
    names = dealer_names()
    months = sorted(m for m in forecast["forecast_month"].unique() if m > as_of)[: int(_ahead())]
    targets = session.table("mart_sales_attainment", sales_month=months)
    chosen = forecast.filter(pl.col("forecast_month").is_in(months))
    prices = planning.prices(session.table("dim_product"))
    ranked = planning.exceptions(targets, chosen, prices, level=_level())
    said, act = st.columns([6, 1], vertical_alignment="center")
    said.markdown(f"##### {_finding(ranked, names)}")
    known = session.user()
    if known is not None and known.grants & {"oem_planner", "admin"}:
        with act:
            if st.button("New model", icon=":material/fiber_new:", key="new_model"):
                new_model.dialog(forecast.filter(step="baseline"), as_of)
    left, right = st.columns(2, gap="medium")
    with left:
        cell, series = _queue(ranked, names, forecast)
    with right:
        cover = _cover(cell, series, names, forecast)
        _cell(as_of, forecast.filter(covered(cover, series)), cover, series, names)
    st.divider()
    _override(as_of, forecast.filter(covered(cover, series)), cover, series, names)
    _overrides(names, as_of)


def dealer_names() -> dict[str, str]:
    outlets = session.table("dim_outlet")
    return dict(zip(outlets["outlet_id"], outlets["name"], strict=True))


def covered(cover: str, series: str) -> pl.Expr:
    """The cells of one dealer (`AE01`) or of every dealer below a region (`MEA/GULF`), for one series."""
    below = (pl.col("region_path") == cover) | pl.col("region_path").str.starts_with(f"{cover}/")
    return ((pl.col("outlet_id") == cover) | below) & (pl.col("series") == series)


def _ahead() -> str:
    """Months ahead that plans are compared over; the box stands further down, so its value is read here."""
    asked = st.session_state.get("choice_ahead") or st.query_params.get("ahead")
    return asked if asked in AHEAD else next(iter(AHEAD))


def _level() -> planning.Level:
    asked = st.session_state.get("choice_level") or st.query_params.get("level")
    return "outlet_id" if asked == "outlet_id" else "region_path"


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
        return f"All {plans} stand inside the forecast's 80 % band. Widest gap: {largest}"
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
    known = own_level.union(*(forecast.select(name, "series").unique().iter_rows() for name in LEVELS))
    asked = (st.query_params.get("cell", ""), st.query_params.get("series", ""))
    if ranked.is_empty():
        frame.empty("No plan to compare with.", "Targets for the months ahead are documents: sales_target.")
        return asked if asked in known else min(own_level)
    shown = ranked.with_columns(
        where=pl.col("cell").replace(names),
        money=pl.struct("gap_minor", "currency").map_elements(
            lambda s: words.money(s["gap_minor"], s["currency"]), return_dtype=pl.String
        ),
    )
    frame.table(
        shown.select(SHOWN),
        key="queue",
        on_select="rerun",
        selection_mode="single-row",
        height=520,
        column_config={
            "where": st.column_config.TextColumn("Where", width=128),
            "series": st.column_config.TextColumn("Series", width=72),
            "plan": st.column_config.NumberColumn("Plan", format="%.0f", width=46),
            "final": st.column_config.NumberColumn("Forecast", format="%.1f", width=62),
            "gap": st.column_config.NumberColumn("Gap", format="%+.1f", width=50),
            "verdict": st.column_config.TextColumn("Verdict", width=100),
            "money": st.column_config.TextColumn("At list price", width=88),
        },
        alt="Plans ranked by the money between plan and forecast",
    )
    row = frame.picked(shown, "queue")
    if row is None:
        return asked if asked in known else (ranked["cell"][0], ranked["series"][0])
    chosen = (shown["cell"][row], shown["series"][row])
    if asked != chosen:
        st.query_params["cell"], st.query_params["series"] = chosen
        st.query_params.pop("cover", None)
        st.session_state.pop("choice_cover", None)
    return chosen


def _cover(cell: str, series: str, names: dict[str, str], forecast: pl.DataFrame) -> str:
    """The cell itself, or one of the regions above it, widest last."""
    of_outlet = forecast.filter(pl.col("outlet_id") == cell)["region_path"]
    path = (of_outlet[0] if of_outlet.len() else cell).split("/")
    regions = ["/".join(path[:depth]) for depth in range(len(path), 0, -1)]
    options = [cell, *regions] if of_outlet.len() else regions
    labels = {cell: names.get(cell, cell), **{r: f"All dealers in {r}" for r in regions}}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### {series}", width="content")
        with st.container(width=330):
            return frame.choice("Cell", options, "cover", names=labels, hide_label=True)


def _cell(as_of: date, cells: pl.DataFrame, cover: str, series: str, names: dict[str, str]) -> None:
    outlets = cells["outlet_id"].unique().to_list()
    sales = session.table("mart_vehicle_sales_month", series=series)
    history = planning.monthly(sales.filter(pl.col("outlet_id").is_in(outlets)))
    cell = planning.cell_forecast(cells).head(SHOWN_MONTHS)
    last_year = planning.year_before(history, cell["month"])
    ahead = cell.filter(pl.col("month") > as_of).head(3)
    year_ago = last_year.filter(pl.col("month").is_in(ahead["month"].implode()))["units"].sum()
    total = ahead["final"].sum()
    finding = f"Next {ahead.height} months: {words.number(total)} cars expected"
    if year_ago:
        finding += f", {words.signed((total / year_ago - 1) * 100)} % on the same months last year"
    changed = cell.filter(pl.col("overrides") > 0).height
    finding += f"; {words.plural(changed, 'month')} overridden." if changed else "; no override in force."
    targets = session.table("mart_sales_attainment", series=series, sales_month=cell["month"].to_list())
    rows = planning.grid(cell, history, targets.filter(pl.col("outlet_id").is_in(outlets)))
    before = session.table(
        "mart_forecast_vintage",
        subject="vehicle",
        series=series,
        step="final",
        vintage_month=planning.month_before(as_of),
    )
    vintage = planning.vintage_line(before.filter(pl.col("outlet_id").is_in(outlets)), cell["month"])
    picture = figures.forecast_cell(
        history.tail(30), cell, last_year, as_of=as_of, unit="cars", last_vintage=vintage
    )
    frame.chart(picture, finding, rows, key="cell_chart", table_below=True)
    st.caption(
        f"Method: {cells['method'][0]}. The band holds four outcomes of five, if the backtest was right."
    )
    known = session.user()
    if known is not None and known.grants & {"oem_planner", "admin"}:
        for line in new_model.in_force(session.table("vehicle_signal"), series):
            st.caption(line)


def _override(as_of: date, cells: pl.DataFrame, cover: str, series: str, names: dict[str, str]) -> None:
    known = session.user()
    assert known is not None
    st.subheader("Override this cell", anchor=False)
    if not known.grants & {"oem_planner", "regional_manager", "admin"}:
        st.caption("Your role reads forecasts; planners and regional managers override them.")
        return
    left, right = st.columns([5, 7], gap="medium")
    months = sorted(m for m in cells["forecast_month"].unique() if m >= as_of.replace(day=1))
    with left:
        with st.container(horizontal=True):
            when = st.selectbox(
                "Month", months, index=min(1, len(months) - 1), format_func=words.month, key="o_month"
            )
            mode = st.selectbox("How", list(words.MODES), format_func=words.MODES.__getitem__, key="o_mode")
            value = st.number_input(
                "Value", value=None, step=1.0, format="%.1f", key="o_value", placeholder="cars or %"
            )
        with st.container(horizontal=True):
            reason = st.selectbox(
                "Reason",
                list(words.REASONS),
                index=None,
                format_func=words.REASONS.__getitem__,
                key="o_reason",
            )
            expires = st.date_input("Falls away on (optional)", value=None, min_value=as_of, key="o_expires")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            spread = st.selectbox(
                "Spread over dealers",
                list(words.SPREADS),
                format_func=words.SPREADS.__getitem__,
                key="o_spread",
            )
            is_locked = st.checkbox(
                "Lock", key="o_lock", help="Later steps of the plan leave these cells alone."
            )
        note = st.text_input("Note", max_chars=500, key="o_note", placeholder="What stands behind it")
    is_planner = bool(known.grants & {"oem_planner", "admin"})
    own = _change_cells(as_of, cells, series, when, "region" if is_planner else "dealer")
    now = dict(own.select("outlet_id", "now").iter_rows())
    with right:
        after = _preview(own, mode, value, spread, names)
        if value is not None:
            judged = session.table("mart_plan_change_outcome", subject="vehicle", author=known.subject)
            up = sum(after.values()) >= sum(now.values())
            told = planning.hint(judged, author=known.subject, reason=reason, up=up)
            if told:
                st.warning(told, icon=":material/history:")
    fault = _fault(now, after, reason, note)
    with left:
        if st.button("Commit override", type="primary", disabled=value is None, key="o_commit"):
            if fault:
                st.error(fault)
            else:
                data = {
                    "subject": "vehicle",
                    "series": series,
                    "forecast_month": when.isoformat(),
                    "mode": mode,
                    "value": value,
                    "baseline": round(sum(now.values()), 3),
                    "spread": spread,
                    **({"is_locked": True} if is_locked else {}),
                    "reason_code": reason,
                    "author_level": "hq" if is_planner else "region",
                    **_place(cover, cells),
                    **({"note": note} if note else {}),
                    **({"expires_date": expires.isoformat()} if expires else {}),
                }
                _commit(data, "applied" if is_planner else "proposed")


def _place(cover: str, cells: pl.DataFrame) -> dict[str, str]:
    """A dealer's override names the dealer and its region; a region's names the region alone."""
    if cover in set(cells["outlet_id"]):
        return {"outlet_code": cover, "region_path": cells["region_path"][0]}
    return {"region_path": cover}


def _fault(now: dict[str, float], after: dict[str, float], reason: str | None, note: str) -> str:
    """What is missing before this may be committed; empty when nothing is."""
    if reason is None:
        return "Choose a reason: the override is judged by it later."
    change = abs(sum(after.values()) - sum(now.values()))
    if not note and (reason == "other" or change > NOTE_FROM_SHARE * max(sum(now.values()), 1)):
        return (
            f"Write a note: it changes the cell by more than {NOTE_FROM_SHARE:.0%}, or its reason is Other."
        )
    return ""


def _change_cells(as_of: date, cells: pl.DataFrame, series: str, when: date, step: str) -> pl.DataFrame:
    outlets = cells["outlet_id"].unique().to_list()
    vintage = session.table(
        "mart_forecast_vintage", subject="vehicle", series=series, vintage_month=as_of.replace(day=1)
    )
    sales = session.table("mart_vehicle_sales_month", series=series)
    inside = pl.col("outlet_id").is_in(outlets)
    return planning.change_cells(cells, vintage.filter(inside), sales.filter(inside), when=when, step=step)


def _preview(
    own: pl.DataFrame, mode: planning.Mode, value: float | None, spread: str, names: dict[str, str]
) -> dict[str, float]:
    """What each dealer would get, before anything is committed."""
    if value is None:
        st.caption("Enter a value to see what each dealer would get. Nothing is written before you commit.")
        return dict(own.select("outlet_id", "now").iter_rows())
    rows = planning.after_change(own, mode, value, spread)
    before, then = rows["now"].sum(), rows["after"].sum()
    change = f"{words.number(before, 1)} → {words.number(then, 1)} cars ({words.signed(then - before, 1)})"
    dealers = words.plural(rows.height, "dealer")
    st.markdown(f"**{change}, spread over {dealers} {words.SPREADS[spread].lower()}**")
    shown = [
        {
            "Dealer": names.get(row["outlet_id"], row["outlet_id"]),
            "Last year": words.number(row["last_year"]),
            "Now": words.number(row["now"]),
            "After": words.number(row["after"]),
            "Change": words.signed(row["after"] - row["now"]),
        }
        for row in rows.iter_rows(named=True)
    ]
    with st.container(height=215, border=False):
        st.table(pl.DataFrame(shown), hide_index=True)
    return dict(rows.select("outlet_id", "after").iter_rows())


def _commit(data: dict[str, Any], state: str) -> None:
    """Written once however often the button is pressed: the key belongs to the content."""
    content = repr(sorted(data.items()))
    keys = st.session_state.setdefault("override_keys", {})
    key = keys.setdefault(content, uuid.uuid4().hex)
    try:
        written = session.api().open(
            "forecast_overrides", {"state": state, "data": data}, idempotency_key=key
        )
    except ApiProblem as problem:
        lines = "".join(f"\n- {e['field']}: {e['rule']}; {e['remedy']}" for e in problem.errors)
        st.error(f"{problem.detail}{lines}")
        return
    what = "counts from the next run" if state == "applied" else "waits for a planner to apply it"
    st.success(f"Override {written['key']} is recorded and {what}.", icon=":material/check_circle:")


def _overrides(names: dict[str, str], as_of: date) -> None:
    """Those of the running month and later; what is past is judged elsewhere."""
    st.subheader("Overrides in force", anchor=False)
    found = [
        d
        for d in session.api().documents("forecast_overrides", [("forecast_month_from", f"{as_of:%Y-%m-01}")])
        if d["state"] != "withdrawn" and d["data"].get("subject") == "vehicle"
    ]
    if not found:
        frame.empty("Nobody has overridden a forecast.", "Choose a cell above to be the first.")
        return
    newest = sorted(found, key=lambda d: d["created_at"], reverse=True)
    rows = pl.DataFrame(
        {
            "Month": words.month(date.fromisoformat(d["data"]["forecast_month"])),
            "Series": d["data"].get("series"),
            "Where": names.get(d["data"].get("outlet_code") or "", d["data"]["region_path"]),
            "Change": f"{words.MODES[d['data']['mode']]} {words.number(float(d['data']['value']), 1)}",
            "Reason": words.REASONS.get(d["data"]["reason_code"], d["data"]["reason_code"]),
            "Note": d["data"].get("note") or "",
            "By": d["created_by"],
            "State": words.label(d["state"]),
            "Falls away": d["data"].get("expires_date") or words.DASH,
        }
        for d in newest
    )
    frame.table(
        rows,
        key="overrides",
        on_select="rerun",
        selection_mode="single-row",
        height="content" if rows.height < 9 else 330,
    )
    row = frame.picked(rows, "overrides")
    if row is None:
        st.caption("Click a row to withdraw it.")
    elif st.button(f"Withdraw {rows['Change'][row].lower()} for {rows['Month'][row]}", key="withdraw"):
        _withdraw(newest[row])


def _withdraw(document: dict[str, Any]) -> None:
    try:
        session.api().move("forecast_overrides", document["key"], "withdraw", version=document["version"])
    except ApiProblem as problem:
        st.error(problem.detail)
    else:
        st.rerun()


with frame.page(
    "Forecast review",
    "Where does the plan differ most from what will sell, and what should I change?",
    readers=READERS,
    metrics=("forecast_units", "retail_units", "retail_attainment", "forecast_wape", "forecast_bias"),
    export=frame.Export("mart_forecast", {"subject": "vehicle"}),
) as published:
    body(published)
