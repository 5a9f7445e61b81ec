"""Dealer 360: the health of one dealer over sales, stock, leads, parts, workshop, claims and data."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from apps import cards, dealer_health, figures, frame, kpis, menu, regions, session, words
from apps.api_client import ApiProblem

WINDOW_MONTHS = 3
PERIODS = {"3": "3 months", "1": "1 month", "6": "6 months", "12": "12 months"}
READERS = "the dealer itself, its regional manager and the maker's analysts"


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    outlets = session.table("dim_outlet", is_warehouse="false").sort(
        pl.col("outlet_kind") != "dealer", "name"
    )
    if outlets.is_empty():
        frame.empty(
            "No dealer is visible to you.", "Your account names no outlet; an administrator can add one."
        )
        return
    names = dict(zip(outlets["outlet_id"], outlets["name"], strict=True))
    which, months, beside = st.columns(3)
    with which:
        outlet = frame.choice("Dealer", list(names), "outlet", names=names)
    place = outlets.filter(pl.col("outlet_id") == outlet).row(0, named=True)
    with months:
        window = int(frame.choice("Period", list(PERIODS), "months", names=PERIODS))
    peers, peer_name = [], ""
    if outlets.height > 1:
        young = dealer_health.is_new(place["opened_date"], as_of)
        groups = sorted(dealer_health.Peers, key=lambda p: (p == dealer_health.Peers.RAMP) is not young)
        with beside:
            group = frame.choice("Compare with", groups, "peers", names=dict(dealer_health.PEER_NAMES))
        peers = dealer_health.peers_of(outlets, outlet, group, as_of)
        peer_name = dealer_health.PEER_NAMES[group].lower()
    _head(place, as_of)
    ended = words.month(kpis.last_complete(as_of))
    against = f" Compared with {words.plural(len(peers), 'outlet')}: {peer_name}." if peers else ""
    span = "the month" if window == 1 else f"the {window} months"
    st.caption(f"Ratios over {span} that ended with {ended}; n is the cases behind them.{against}")
    cards.row([outlet], as_of, window=window, beside=peers, beside_name=peer_name)
    _scores(outlet, as_of)
    _jumps(outlet)
    left, right = st.columns(2, gap="large")
    with left:
        _sales(outlet, as_of)
        _funnel(outlet)
        _workshop(outlet, as_of)
    with right:
        _stock(outlet)
        _parts(outlet, as_of)
        _claims(outlet)
        _voice(outlet, as_of)
    _data_quality(outlet, as_of)


def _head(place: dict[str, Any], as_of: date) -> None:
    """Who it is, on which clock, with how much money; and first whether it is silent."""
    outlet = place["outlet_id"]
    _silence(outlet, as_of)
    clock = datetime.now(ZoneInfo(place["timezone"]))
    st.markdown(
        f"**{place['name']}** ({outlet}) · {words.label(place['outlet_kind']).lower()} · {place['city']}, "
        f"{regions.trail(place['region_path'], regions.names(session.table('dim_region')))} · "
        f"{place['currency']} · "
        f"{words.label(place['state']).lower()} since {words.day(place['opened_date'])}"
    )
    money = dealer_health.credit(session.table("mart_fund_position", outlet_id=outlet, is_latest="true"))
    said = [f"{clock:%H:%M} there ({place['timezone']})", *([money] if money else [])]
    st.caption(" · ".join(said))
    _place(outlet, place["legal_entity"])


def _silence(outlet: str, as_of: date) -> None:
    events = session.table("fct_vehicle_event", outlet_id=outlet)["happened_date"]
    leads = session.table("fct_lead", outlet_id=outlet)["arrived_date"]
    said = [dealer_health.silence([*events, *leads], as_of)]
    loads = _documents("file_loads", ("sender", outlet))
    said.append(dealer_health.late_file(loads, datetime.now(UTC)))
    for sentence in filter(None, said):
        st.warning(sentence, icon=":material/sensors_off:")


def _documents(collection: str, *where: tuple[str, str]) -> list[dict[str, Any]]:
    """Documents as they are now; none for who may not read the type."""
    try:
        return session.api().documents(collection, list(where))
    except ApiProblem as problem:
        if problem.status in {403, 404}:
            return []
        raise


def _jumps(outlet: str) -> None:
    """Where each axis is looked at closely, for the same outlet."""
    known = session.user()
    mine = {entry.name: entry for entry in menu.entries(known.role)} if known else {}
    with st.container(horizontal=True, gap="small"):
        for name in ("stock_health", "funnel", "service_and_money", "suggestion_outcomes"):
            if name in mine:
                st.page_link(f"views/{name}.py", label=mine[name].title, icon=f":material/{mine[name].icon}:",
                             query_params={"outlet": outlet})  # fmt: skip


def _voice(outlet: str, as_of: date) -> None:
    st.subheader("What customers say", anchor=False)
    here = ("outlet_id", outlet)
    found = dealer_health.voice(_documents("complaints", here), _documents("survey_responses", here), as_of)
    st.markdown(f"**{found.finding}**")
    if not found.waiting.is_empty():
        st.table(found.waiting.head(8), hide_index=True)
    late = [t for t in _documents("contact_tasks", here, ("state", "open"))
            if date.fromisoformat(t["data"]["due_date"]) < as_of]  # fmt: skip
    st.caption(f"{words.plural(len(late), 'contact')} overdue." if late else "No contact is overdue.")


def _place(outlet: str, company: str) -> None:
    """Which company runs it, as what, and since when; what it was before."""
    history = session.table("bridge_outlet_history", outlet_id=outlet).sort("valid_from_date")
    if history.is_empty():
        return
    now = history.row(-1, named=True)
    roles = session.table("bridge_outlet_role", outlet_id=outlet, is_current="true")["role"].to_list()
    said = f"{company} ({now['legal_entity_id']}) · does {', '.join(sorted(roles)) or 'nothing now'}"
    if history.height > 1:
        first = words.day(history["valid_from_date"][0])
        said += f" · {words.plural(history.height - 1, 'change')} since {first}"
    st.caption(said)


def _scores(outlet: str, as_of: date) -> None:
    """The axes with rank and change; a dealer sees its own rank and nobody else's score."""
    scores = session.table("mart_dealer_scorecard", outlet_id=outlet)
    if scores.is_empty():
        return
    now = scores.filter(pl.col("score_month") == min(scores["score_month"].max(), kpis.last_complete(as_of)))
    with st.container(horizontal=True, gap="small"):
        for axis, label in words.AXES.items():
            found = now.filter(pl.col("axis") == axis)
            if found.is_empty() or found["score"][0] is None:
                st.badge(f"{label}: too few cases", color="gray")
                continue
            row = found.row(0, named=True)
            color = {"On track": "green", "Watch": "orange", "Act now": "red"}[kpis.status(row["score"])]
            st.badge(
                f"{label} {words.number(row['score'])} · {kpis.status(row['score']).lower()} · "
                f"rank {row['rank_in_region']} of {row['ranked_in_region']}",
                color=color,
                help=f"{words.signed(row['score_change'], 1)} on the month before; {row['n']} cases",
            )


def _sales(outlet: str, as_of: date) -> None:
    st.subheader("Sales", anchor=False)
    rows = session.table("mart_sales_attainment", outlet_id=outlet)
    first, last = kpis.shifted(as_of, -11), kpis.shifted(as_of, 3)
    months = (
        rows.filter(pl.col("sales_month").is_between(first, last))
        .group_by(month="sales_month")
        .agg(
            retail=_sum_or_null("retail_units"),
            target=_sum_or_null("retail_target"),
            forecast=_sum_or_null("forecast_units"),
            to_date=_sum_or_null("retail_target_to_date"),
        )
        .sort("month")
    )
    if months.is_empty():
        frame.empty("No sale and no target yet.", "Targets are documents: sales_target.")
        return
    running = months.filter(pl.col("month") == as_of.replace(day=1))
    finding = dealer_health.year_of_sales(months, as_of)
    if running.height and running["to_date"][0]:
        retail, pace = running["retail"][0], running["retail"][0] / running["to_date"][0]
        finding = (
            f"{words.number(retail)} cars this month, {words.percent(pace)} of the target to date "
            f"({words.number(running['to_date'][0], 1)})"
        )
    table = months.select(
        Month=pl.col("month").dt.strftime("%b %Y"),
        Retail=_text("retail"),
        Target=_text("target"),
        Forecast=_text("forecast"),
    )
    frame.chart(figures.sales_against_target(months), finding, table, key="sales")


def _stock(outlet: str) -> None:
    st.subheader("Stock", anchor=False)
    cars = session.table("mart_stock_structure", outlet_id=outlet, is_as_of="true")
    if cars.is_empty():
        frame.empty("No car in stock.", "Cars in transit count from their receipt.")
        return
    buckets = (
        cars.group_by("age_bucket")
        .agg(pl.col("units").sum(), pl.col("aged_units").sum())
        .with_columns(is_aged=pl.col("aged_units") > 0)
    )
    units, aged = buckets["units"].sum(), buckets["aged_units"].sum()
    value = words.money(cars["value_minor"].sum(), cars["currency"][0])
    order = [b for b in words.AGE_BUCKETS if b in set(buckets["age_bucket"])] or sorted(buckets["age_bucket"])
    finding = f"{words.plural(units, 'car')} worth {value}; {words.percent(aged / units)} older than 90 days"
    table = buckets.select(**{"Days since receipt": "age_bucket"}, Cars=pl.col("units").cast(pl.String))
    frame.chart(figures.ageing(buckets, order), finding, table, key="stock")


def _funnel(outlet: str) -> None:
    st.subheader("Leads", anchor=False)
    rows = session.table("mart_lead_funnel", outlet_id=outlet, is_mature="true")
    if rows.is_empty() or not rows["leads"].sum():
        frame.empty(
            "No cohort of leads is old enough to judge.", "A cohort is judged three months after it arrived."
        )
        return
    latest = sorted(rows["cohort_month"].unique())[-6:]
    stages = kpis.funnel_stages(rows.filter(pl.col("cohort_month").is_in(latest)))
    finding = (
        f"Of 100 leads, {stages['share'][-1] * 100:.0f} became deliveries "
        f"(cohorts {words.month(latest[0])} to {words.month(latest[-1])})"
    )
    table = stages.select(Stage="stage", Leads=pl.col("count").cast(pl.String), Share="text")
    frame.chart(figures.funnel(stages, stages["stage"].to_list()), finding, table, key="funnel")


def _parts(outlet: str, as_of: date) -> None:
    st.subheader("Parts", anchor=False)
    _trend(
        outlet,
        as_of,
        {kpis.Metric.FILL: ("Filled at once", "demand_month")},
        "Parts filled at once",
        "fill",
        none="No part was asked for.",
    )


def _workshop(outlet: str, as_of: date) -> None:
    st.subheader("Workshop", anchor=False)
    lines = {
        kpis.Metric.PROMISE: ("Promise kept", "service_date"),
        kpis.Metric.RIGHT_FIRST: ("Right first time", "service_date"),
    }
    _trend(outlet, as_of, lines, "Promise kept", "workshop", none="No repair order was finished.")


def _trend(
    outlet: str,
    as_of: date,
    lines: dict[kpis.Metric, tuple[str, str]],
    subject: str,
    key: str,
    *,
    none: str,
) -> None:
    """Shares of complete months over a year; the finding speaks of the first line."""
    found = []
    for metric, (label, column) in lines.items():
        months = kpis.by_month(session.metric(metric, by=column, outlet_id=outlet), column)
        found.append(months.select("month", share="value", line=pl.lit(label)))
    shown = pl.concat(found).drop_nulls("share")
    shown = shown.filter(pl.col("month").is_between(kpis.shifted(as_of, -13), kpis.last_complete(as_of)))
    first = shown.filter(pl.col("line") == next(iter(lines.values()))[0]).sort("month")
    if first.is_empty():
        frame.empty(none, "It appears here after the first complete month.")
        return
    finding = f"{subject}: {words.percent(first['share'][-1], 1)} in {words.month(first['month'][-1])}"
    if first.height > 1:
        finding += f", {words.points(first['share'][-1] - first['share'][-2])} on month"
    wide = shown.with_columns(
        Month=pl.col("month").dt.strftime("%b %Y"),
        text=pl.col("share").map_elements(lambda s: words.percent(s, 1), return_dtype=pl.String),
    ).pivot("line", index="Month", values="text")
    frame.chart(figures.shares_by_month(shown, subject.lower()), finding, wide, key=key)


def _claims(outlet: str) -> None:
    st.subheader("Warranty claims", anchor=False)
    claims = session.table("mart_claim", outlet_id=outlet, is_decided="true")
    if claims.is_empty():
        frame.empty("No claim has been decided.", "Decided claims appear the day after.")
        return
    decided = claims.height
    first_pass = claims["is_first_pass"].sum()
    lag = words.number(claims["submission_lag_days"].median())
    st.markdown(
        f"**{words.percent(first_pass / decided)} of {words.plural(decided, 'decided claim')} passed at the "
        f"first look; {lag} days from repair to submission (median)**"
    )
    table = (
        claims.group_by("decision", "currency")
        .agg(pl.len().alias("claims"), pl.col("asked_minor").sum(), pl.col("approved_minor").sum())
        .sort("claims", descending=True)
    )
    rows = pl.DataFrame(
        {
            "Decision": words.label(r["decision"] or "open"),
            "Claims": words.number(r["claims"]),
            "Asked": words.money(r["asked_minor"], r["currency"]),
            "Approved": words.money(r["approved_minor"], r["currency"]),
        }
        for r in table.iter_rows(named=True)
    )
    st.table(rows, hide_index=True)


def _data_quality(outlet: str, as_of: date) -> None:
    st.subheader("Data quality", anchor=False)
    rows = session.table("mart_capture_quality", outlet_id=outlet, happened_month=kpis.last_complete(as_of))
    if rows.is_empty():
        frame.empty("Nothing was written down last month.", "Leads, visits and repair orders are judged.")
        return
    worst = rows.sort("timely_share", nulls_last=True).row(0, named=True)
    st.markdown(
        f"**Latest to be written down: {words.label(worst['document']).lower()}s, "
        f"{words.percent(worst['timely_share'])} within 24 hours**"
    )
    table = pl.DataFrame(
        {
            "Document": words.label(r["document"]),
            "Written in the month": words.number(r["documents"]),
            "Within 24 hours": words.percent(r["timely_share"]),
            "Wanted fields filled": words.percent(r["filled_share"]),
        }
        for r in rows.sort("document").iter_rows(named=True)
    )
    st.table(table, hide_index=True)
    _by_person(outlet, as_of)


def _by_person(outlet: str, as_of: date) -> None:
    """Who writes down late, leaves out or gets wrong, least accurate first, over the window's months."""
    last = kpis.last_complete(as_of)
    rows = session.table("mart_recording_quality", outlet_id=outlet).filter(
        pl.col("happened_month").is_between(kpis.shifted(last, 1 - WINDOW_MONTHS), last)
    )
    if rows.is_empty():
        return
    counts = ("documents", "imported_documents", "timely_documents", "filled_fields", "wanted_fields",
              "accurate_documents")  # fmt: skip
    people = (
        rows.group_by("written_by")
        .agg(pl.col(counts).sum())
        .sort(pl.col("accurate_documents") / pl.col("documents"), "written_by")
    )
    st.markdown(f"**By who wrote it down, {words.plural(WINDOW_MONTHS, 'month')} to {words.month(last)}**")
    table = pl.DataFrame(
        {
            "Written by": r["written_by"],
            "Leads and repair orders": words.number(r["documents"]),
            "Within 24 hours": words.percent(
                _share(r["timely_documents"], r["documents"] - r["imported_documents"])
            ),
            "Wanted fields filled": words.percent(_share(r["filled_fields"], r["wanted_fields"])),
            "Neither corrected nor in doubt": words.percent(_share(r["accurate_documents"], r["documents"])),
        }
        for r in people.head(12).iter_rows(named=True)
    )
    st.table(table, hide_index=True)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _sum_or_null(column: str) -> pl.Expr:
    """Null, not zero, when no row of the month has a figure."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum())


def _text(column: str) -> pl.Expr:
    return pl.col(column).map_elements(words.number, return_dtype=pl.String, skip_nulls=False)


with frame.page(
    "Dealer 360",
    "How healthy is this dealer, over everything it does?",
    readers=READERS,
    metrics=tuple(kpi.metric for kpi in kpis.CARDS),
    export=frame.Export("mart_sales_attainment", {"outlet_id": st.query_params.get("outlet")}),
) as published:
    body(published)
