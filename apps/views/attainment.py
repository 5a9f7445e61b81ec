"""Target, actual, forecast: what was to be sold, what was, what was expected, where the month lands."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import (
    attainment,
    beside_the_car,
    figures,
    frame,
    kpis,
    parts_panel,
    people,
    regions,
    session,
    words,
)
from apps.attainment import Measure

READERS = "dealers, regional managers and the maker's analysts"
MEASURES = {"retail": "Retail: handed to owners", "wholesale": "Wholesale: sent to dealers"}
SUBJECTS = {"cars": "Cars", "parts": "Parts"}
GROUPS = {"region": "Region", "outlet_id": "Dealer", "series": "Series"}


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    with st.columns(4)[0]:
        subject = frame.choice("Of", list(SUBJECTS), "of", names=SUBJECTS)
    if subject == "parts":
        parts_panel.body(as_of)
    else:
        _cars(as_of)


def _cars(as_of: date) -> None:
    rows = session.table("mart_sales_attainment")
    if rows.is_empty():
        frame.empty("No sale and no target yet.", "Targets are documents: sales_target.")
        return
    trails = regions.trails(session.table("dim_region"))
    measure, region, series, month = _chosen(rows, trails, as_of)
    here = rows.filter(regions.inside(region))
    here = here.filter(pl.col("series") == series) if series else here
    months = attainment.summed(here, measure, "sales_month").rename({"sales_month": "month"})
    now = months.filter(pl.col("month") == month)
    if now.is_empty():
        frame.empty(
            f"Neither sale nor target in {words.month(month)}.", "Choose another month, region or series."
        )
        return
    where: dict[str, object] = {
        "region_path": sorted(here["region_path"].unique()),
        "series": series or None,
    }
    found = now.row(0, named=True)
    ratios = {
        name: parts["value"][0] if parts.height else None
        for name, parts in _ratios(measure, sales_month=month, **where).items()
    }
    st.markdown(f"##### {attainment.finding(found, month, as_of, ratios)}")
    _key_accounts(here.filter(pl.col("sales_month") == month), measure)
    _cards(found, ratios, month, as_of)
    span = months.filter(pl.col("month").is_between(kpis.shifted(as_of, -11), kpis.shifted(as_of, 3)))
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.subheader("Month by month", anchor=False)
        drawn = span.select("month", "target", "forecast", retail="actual")
        st.altair_chart(
            figures.sales_against_target(drawn), width="stretch", alt="Target, actual and forecast by month"
        )
        if measure is Measure.WHOLESALE:
            st.caption("The forecast is of retail; wholesale has a target alone.")
    with right:
        _table_of_months(span, measure, where)
    _groups(here.filter(pl.col("sales_month") == month), measure, where, month, as_of)
    _beside(region, month)


def _key_accounts(rows: pl.DataFrame, measure: Measure) -> None:
    """How many of the month's cars went to key accounts; wholesale does not know for whom a car is."""
    sold, fleet = rows["retail_units"].sum(), rows["key_account_units"].sum()
    if measure is Measure.RETAIL and sold:
        st.caption(f"Of them {words.number(fleet)} to key accounts, {words.percent(fleet / sold)}.")


def _beside(region: str, month: date) -> None:
    """Insurance, accessories, warranty, finance: over a year, as a person hands over few cars in a month."""
    since = kpis.shifted(month, -11)
    rows = session.table("mart_value_added_sale").filter(
        regions.inside(region) & pl.col("sales_month").is_between(since, month)
    )
    kinds = beside_the_car.by_kind(beside_the_car.in_one_currency(rows, session.table("dim_exchange_rate")))
    st.subheader("Sold beside the cars", anchor=False)
    if kinds.is_empty():
        frame.empty("Nothing was sold beside a car.", "Dealers note it: value-added sales, at the desk.")
        return
    sellers = beside_the_car.by_person(rows)
    st.markdown(f"**{beside_the_car.finding(sellers, people.names(session.table('dim_staff')))}**")
    together = (
        ", money at today's rates" if rows["currency"].n_unique() > kinds["currency"].n_unique() else ""
    )
    st.caption(f"{words.month(since)} to {words.month(month)}, all series{together}.")
    left, right = st.columns(2, gap="large")
    with left:
        _beside_by_kind(kinds)
    with right:
        _beside_by_person(sellers)


def _beside_by_kind(kinds: pl.DataFrame) -> None:
    sees_earned = kinds["earned_minor"].count() > 0
    table = pl.DataFrame(
        {
            "What": beside_the_car.KINDS.get(r["sale_kind"], r["sale_kind"]),
            "Of cars": words.percent(r["share"]),
            "Cars": words.number(r["cars"]),
            "Sold": words.number(r["sales"]),
            "Customers paid": words.money(r["amount_minor"], r["currency"]),
            **({"Earned": words.money(r["earned_minor"], r["currency"])} if sees_earned else {}),
        }
        for r in kinds.iter_rows(named=True)
    )
    frame.table(table, height="content", alt="What was sold beside cars, by kind")


def _beside_by_person(sellers: pl.DataFrame) -> None:
    outlets = session.table("dim_outlet")
    dealers = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    names = people.names(session.table("dim_staff"))
    table = pl.DataFrame(
        {
            "Who": names.get(r["staff_id"], r["staff_id"]) or people.NOBODY,
            **({"Dealer": dealers.get(r["outlet_id"], "")} if len(dealers) > 1 else {}),
            "Cars": words.number(r["cars"]),
            "Per car": words.number(r["products"], 1),
            **{
                n: words.percent(r[k])
                for k, n in beside_the_car.KINDS.items()
                if k in r and k != "inspection"
            },
        }
        for r in sellers.iter_rows(named=True)
    )
    frame.table(
        table, height=420 if sellers.height > 12 else "content", alt="Products beside cars, by person"
    )


def _chosen(rows: pl.DataFrame, trails: dict[str, str], as_of: date) -> tuple[Measure, str, str, date]:
    """Measure, region ("": all), series ("": all) and month, as they stand in the address."""
    below = {p: t for p, t in trails.items() if rows.filter(regions.inside(p)).height}
    running = as_of.replace(day=1)
    months = [kpis.shifted(running, -back) for back in range(-3, 13)]
    months.sort(key=lambda m: (m != running, -m.toordinal()))
    places = st.columns(4)
    with places[0]:
        everywhere = {"": "All you may see", **below}
        region = frame.choice("Region", list(everywhere), "region", names=everywhere)
    with places[1]:
        all_series = {"": "All series"}
        series = frame.choice("Series", ["", *sorted(rows["series"].unique())], "series", names=all_series)
    with places[2]:
        measure = Measure(frame.choice("Sales", list(MEASURES), "measure", names=MEASURES))
    with places[3]:
        texts = {f"{m:%Y-%m}": words.month(m) for m in months}
        month = date.fromisoformat(frame.choice("Month", list(texts), "month", names=texts) + "-01")
    return measure, region, series, month


def _ratios(measure: Measure, *, by: str = "", **where: object) -> dict[str, pl.DataFrame]:
    """attained, pace and of_forecast: the metrics' parts; a measure without the metric has no rows."""
    wanted = attainment.RATIOS[measure]
    none = pl.DataFrame(schema={"value": pl.Float64})
    return {
        "attained": session.metric(wanted.attained, by=by, **where),
        "pace": session.metric(wanted.pace, by=by, **where),
        "of_forecast": session.metric(wanted.of_forecast, by=by, **where) if wanted.of_forecast else none,
    }


def _cards(row: dict[str, Any], ratios: dict[str, float | None], month: date, as_of: date) -> None:
    is_running = month == as_of.replace(day=1)
    needed = attainment.needed_per_day(row) if is_running else None
    by_today = f"{words.number(row['to_date'], 1)} by today" if is_running else ""
    made = f"made {words.day(row['vintage'])}" if row["forecast"] is not None else "none was made before"
    cards = [
        (
            "Target",
            words.number(row["target"]),
            by_today,
        ),
        ("Actual", words.number(row["actual"]), f"{words.percent(ratios['attained'])} of target"),
        ("Forecast", words.number(row["forecast"]), made),
    ]
    if is_running:
        left = words.plural(int(row["left_days"] or 0), "working day")
        wanted = f"{words.number(needed, 1)} a day needed, {left} left" if needed is not None else ""
        cards += [
            ("Pace", words.percent(ratios["pace"]), "of the target to date"),
            ("Lands at", words.number(row["landing"]), wanted),
        ]
    for place, (label, value, beside) in zip(st.columns(len(cards), gap="small"), cards, strict=True):
        with place:
            st.metric(label, value, border=True)
            st.caption(beside or " ")


def _table_of_months(months: pl.DataFrame, measure: Measure, where: dict[str, object]) -> None:
    """Newest first, with the day each forecast was made on."""
    shown = months
    for name, parts in _ratios(measure, by="sales_month", **where).items():
        key = (
            pl.col("sales_month").cast(pl.String).str.slice(0, 10).str.to_date() if parts.width > 1 else None
        )
        if key is not None and parts.height:
            shown = shown.join(
                attainment.rolled(parts, key, name), left_on="month", right_on="by", how="left"
            )
    st.subheader("The same months as figures", anchor=False)
    table = pl.DataFrame(
        {
            "Month": words.month(r["month"]),
            "Target": words.number(r["target"]),
            "Actual": words.number(r["actual"]),
            "÷ target": words.percent(r.get("attained")),
            "Forecast": words.number(r["forecast"]),
            "÷ forecast": words.percent(r.get("of_forecast")),
            "Forecast made": words.day(r["vintage"]) if r["forecast"] is not None else words.DASH,
            "How": attainment.KINDS[r["kind"]] if r["forecast"] is not None else words.DASH,
        }
        for r in shown.sort("month", descending=True).iter_rows(named=True)
    )
    frame.table(table, height="content", key="months", alt="Target, actual and forecast by month")
    st.caption(
        "A month that is over stands beside the last forecast made before it began; later ones knew part."
    )


def _groups(rows: pl.DataFrame, measure: Measure, where: dict[str, object], month: date, as_of: date) -> None:
    """Who is ahead and who is behind; a click goes one step down."""
    choices = [g for g in GROUPS if g != "region" or rows["region_path"].n_unique() > 1]
    if rows["outlet_id"].n_unique() == 1:
        choices = ["series"]
    title, choice = st.columns([3, 1], vertical_alignment="bottom")
    title.subheader(f"Who is ahead, who behind, in {words.month(month)}", anchor=False)
    with choice:
        by = frame.choice("By", choices, "by", names=GROUPS)
    column = "region_path" if by == "region" else by
    above = regions.shared(rows["region_path"].unique().to_list())
    key = regions.next_below(above) if by == "region" else pl.col(column)
    shown = attainment.summed(rows.with_columns(by=key), measure, "by")
    for name, parts in _ratios(measure, by=column, sales_month=month, **where).items():
        if column in parts.columns:
            shown = shown.join(attainment.rolled(parts, key, name), on="by", how="left")
        else:
            shown = shown.with_columns(pl.lit(None, dtype=pl.Float64).alias(name))
    shown = shown.sort("pace", "attained", "by", nulls_last=True)
    _group_table(shown, by, is_running=month == as_of.replace(day=1))
    row = frame.picked(shown, "groups")
    if row is not None:
        _one_step_down(by, shown["by"][row])


def _group_table(shown: pl.DataFrame, by: str, *, is_running: bool) -> None:
    outlets = session.table("dim_outlet")
    named = {
        "region": regions.names(session.table("dim_region")),
        "outlet_id": dict(zip(outlets["outlet_id"], outlets["name"], strict=True)),
        "series": {},
    }[by]
    percents = {"attained": "÷ target", "pace": "Pace", "of_forecast": "÷ forecast"}
    frame.table(
        shown.select(
            pl.col("by").replace(named).alias(GROUPS[by]),
            "target",
            "actual",
            "forecast",
            *(pl.col(name) * 100 for name in percents),
            "landing",
            gap=pl.col("landing") - pl.col("target"),
        ),
        column_order=None
        if is_running
        else (GROUPS[by], "target", "actual", "forecast", "attained", "of_forecast"),
        key="groups",
        on_select="rerun",
        selection_mode="single-row",
        height="content",
        column_config={
            "target": st.column_config.NumberColumn("Target"),
            "actual": st.column_config.NumberColumn("Actual"),
            "forecast": st.column_config.NumberColumn("Forecast", format="%.0f"),
            **{n: st.column_config.NumberColumn(label, format="%.0f %%") for n, label in percents.items()},
            "landing": st.column_config.NumberColumn(
                "Lands at", format="%.0f", help="As many a working day as until now, to the end of the month"
            ),
            "gap": st.column_config.NumberColumn("Lands − target", format="%+.0f"),
        },
        alt=f"Target, actual and forecast by {GROUPS[by].lower()}",
    )
    st.caption("Furthest behind first. Click a row to go one step down.")


def _one_step_down(by: str, chosen: str) -> None:
    """A region or series becomes the filter; a dealer opens its page."""
    if by == "outlet_id":
        st.switch_page("views/dealer_360.py", query_params={"outlet": chosen})
    st.query_params[by] = chosen
    st.session_state.pop("groups", None)
    st.rerun()


with frame.page(
    "Target, actual, forecast",
    "Are we on pace, against the target and against what we expected?",
    readers=READERS,
    metrics=(
        "retail_units",
        kpis.Metric.ATTAINMENT,
        kpis.Metric.PACE,
        kpis.Metric.FORECAST,
        kpis.Metric.OF_FORECAST,
        kpis.Metric.WHOLESALE_ATTAINMENT,
        kpis.Metric.WHOLESALE_PACE,
        "key_account_share",
        "value_added_penetration",
        "parts_retail_attainment",
        "parts_wholesale_attainment",
        "parts_forecast_reached",
    ),
    export=frame.Export("mart_parts_attainment", {"category": st.query_params.get("category") or None})
    if st.query_params.get("of") == "parts"
    else frame.Export("mart_sales_attainment", {"series": st.query_params.get("series") or None}),
) as published:
    body(published)
