"""Parts on the page Target, actual, forecast: pace, months, who is behind, dealers' plans put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import attainment, figures, frame, kpis, parts_attainment, regions, session, words
from apps.api_client import ApiProblem
from apps.attainment import Counted, Measure
from apps.parts_attainment import Figure
from operational_api.document import Grant
from operational_api.documents.parts_plan import PARTS_PLAN

MEASURES = {"retail": "Retail: handed out to customers", "wholesale": "Wholesale: sent to dealers"}
FIGURES = {"money": "Money, at dealer net price", "units": "Units"}
MERGERS = {g.value for move in PARTS_PLAN.moves if move.name == "merge" for g in move.by | {Grant.ADMIN}}
GROUPS = {"region": "Region", "outlet_id": "Dealer", "category": "Category"}


def body(as_of: date) -> None:
    """Everything below the choice of cars or parts."""
    rows = session.table("mart_parts_attainment")
    if rows.is_empty():
        frame.empty(
            "No part was sold, and none is planned.", "Targets and plans are documents: parts_target."
        )
        return
    trails = regions.trails(session.table("dim_region"))
    measure, figure, region, category, month = _chosen(rows, trails, as_of)
    here = rows.filter(regions.inside(region))
    here = here.filter(pl.col("category") == category) if category else here
    rates = session.table("dim_exchange_rate")
    shaped, currency = parts_attainment.shaped(here, figure, rates)
    counted = _counted(figure, currency)
    months = parts_attainment.summed(shaped, measure, "sales_month")
    now = months.filter(pl.col("sales_month") == month)
    if now.is_empty():
        frame.empty(f"Nothing of parts in {words.month(month)}.", "Choose another month, region or category.")
        return
    found = now.row(0, named=True)
    st.markdown(f"##### {attainment.finding(found, month, as_of, _shares(found), counted)}")
    left_out = parts_attainment.unrated(here, rates) if figure is Figure.MONEY else []
    if left_out:
        st.warning(
            f"Left out, as no rate is known: {', '.join(left_out)}.", icon=":material/currency_exchange:"
        )
    _cards(found, month, as_of, counted, currency if figure is Figure.MONEY else None)
    span = months.filter(pl.col("sales_month").is_between(kpis.shifted(as_of, -11), kpis.shifted(as_of, 3)))
    left, right = st.columns([6, 5], gap="large")
    with left:
        _chart(span, figure, currency)
    with right:
        _months(span, counted)
    _groups(shaped.filter(pl.col("sales_month") == month), measure, counted, month, as_of)
    _merge(rows.filter(regions.inside(region)), month, as_of)


def _counted(figure: Figure, currency: str | None) -> Counted:
    if figure is Figure.UNITS:
        return Counted(noun=" units of parts")
    return Counted(lambda minor: words.money(minor, currency), " of parts")


def _chosen(
    rows: pl.DataFrame, trails: dict[str, str], as_of: date
) -> tuple[Measure, Figure, str, str, date]:
    """Measure, figure, region ("": all), category ("": all), month, as they stand in the address."""
    below = {p: t for p, t in trails.items() if rows.filter(regions.inside(p)).height}
    running = as_of.replace(day=1)
    months = [kpis.shifted(running, -back) for back in range(-3, 13)]
    months.sort(key=lambda m: (m != running, -m.toordinal()))
    texts = {f"{m:%Y-%m}": words.month(m) for m in months}
    everywhere = {"": "All you may see", **below}
    named = {"": "All categories", **{c: words.label(c) for c in sorted(rows["category"].unique())}}
    places = st.columns(5)
    with places[0]:
        region = frame.choice("Region", list(everywhere), "region", names=everywhere)
    with places[1]:
        category = frame.choice("Category", list(named), "category", names=named)
    with places[2]:
        measure = Measure(frame.choice("Sales", list(MEASURES), "measure", names=MEASURES))
    with places[3]:
        figure = Figure(frame.choice("In", list(FIGURES), "figure", names=FIGURES))
    with places[4]:
        month = date.fromisoformat(frame.choice("Month", list(texts), "month", names=texts) + "-01")
    return measure, figure, region, category, month


def _shares(row: dict[str, Any]) -> dict[str, float | None]:
    """Of figures of one currency or of units; a metric adds up rows of many."""

    def share(below: str) -> float | None:
        return row["actual"] / row[below] if row["actual"] is not None and row[below] else None

    return {"attained": share("target"), "pace": share("to_date"), "of_forecast": row["of_forecast"]}


def _cards(row: dict[str, Any], month: date, as_of: date, counted: Counted, currency: str | None) -> None:
    """Six amounts side by side: their currency stands in the label, so that none is cut."""
    shares, is_running = _shares(row), month == as_of.replace(day=1)
    unit = f", {currency}" if currency else ""

    def amount(value: float | None) -> str:
        return counted.number(value).removeprefix(f"{currency} ")

    by_today = f"{amount(row['to_date'])} by today" if is_running else ""
    cards = [
        (f"Target{unit}", amount(row["target"]), by_today),
        (f"Actual{unit}", amount(row["actual"]), f"{words.percent(shares['attained'])} of target"),
        (
            f"Forecast{unit}",
            amount(row["forecast"]),
            f"made {words.day(row['vintage'])}" if row["forecast"] is not None else "",
        ),
        (f"Dealers' plan{unit}", amount(row["plan"]), "submitted and merged"),
    ]
    if is_running:
        lands = f"{words.plural(int(row['left_days'] or 0), 'working day')} left"
        cards.append(("Pace", words.percent(shares["pace"]), "of the target to date"))
        cards.append((f"Lands at{unit}", amount(row["landing"]), lands))
    for place, (label, value, beside) in zip(st.columns(len(cards), gap="small"), cards, strict=True):
        with place:
            st.metric(label, value, border=True)
            st.caption(beside or " ")


def _chart(span: pl.DataFrame, figure: Figure, currency: str | None) -> None:
    st.subheader("Month by month", anchor=False)
    scale, unit = (1.0, "units") if figure is Figure.UNITS else (1 / words.minor_units(currency), currency)
    drawn = span.select(
        month="sales_month",
        target=pl.col("target") * scale,
        forecast=pl.col("forecast") * scale,
        retail=pl.col("actual") * scale,
        plan=pl.col("plan") * scale,
    )
    st.altair_chart(
        figures.parts_against_target(drawn, unit or ""), width="stretch", alt="Parts: target, actual by month"
    )
    st.caption(
        "The forecast is of what customers ask for, lost sales too, and is judged by that. Money is at the "
        "dealer's net price of the month, so that what was handed out and what was sent compare."
    )


def _months(span: pl.DataFrame, counted: Counted) -> None:
    st.subheader("The same months as figures", anchor=False)
    rows = [r | _shares(r) for r in span.sort("sales_month", descending=True).iter_rows(named=True)]
    table = pl.DataFrame(
        {
            "Month": words.month(r["sales_month"]),
            "Target": counted.number(r["target"]),
            "Actual": counted.number(r["actual"]),
            "÷ target": words.percent(r["attained"]),
            "Forecast": counted.number(r["forecast"]),
            "÷ forecast": words.percent(r["of_forecast"]),
            "Dealers' plan": counted.number(r["plan"]),
        }
        for r in rows
    )
    frame.table(table, height="content", key="parts_months", alt="Parts by month")


def _groups(rows: pl.DataFrame, measure: Measure, counted: Counted, month: date, as_of: date) -> None:
    choices = [g for g in GROUPS if g != "region" or rows["region_path"].n_unique() > 1]
    if rows["outlet_id"].n_unique() == 1:
        choices = ["category"]
    title, choice = st.columns([3, 1], vertical_alignment="bottom")
    title.subheader(f"Who is ahead, who behind, in {words.month(month)}", anchor=False)
    with choice:
        by = frame.choice("By", choices, "by", names=GROUPS)
    above = regions.shared(rows["region_path"].unique().to_list())
    key = regions.next_below(above) if by == "region" else pl.col(by)
    shown = parts_attainment.summed(rows.with_columns(by=key), measure, "by")
    called = _called(by)
    found = [r | _shares(r) for r in shown.iter_rows(named=True)]
    found.sort(key=lambda r: (r["pace"] is None, r["pace"] or 0, r["by"]))
    running = month == as_of.replace(day=1)
    number = counted.number
    table = pl.DataFrame(
        {
            GROUPS[by]: called(r["by"]),
            "Target": number(r["target"]),
            "Actual": number(r["actual"]),
            "÷ target": words.percent(r["attained"]),
            **({"Pace": words.percent(r["pace"]), "Lands at": number(r["landing"])} if running else {}),
            "Forecast": number(r["forecast"]),
            "Dealers' plan": number(r["plan"]),
        }
        for r in found
    )
    frame.table(table, height=420 if table.height > 12 else "content", alt=f"Parts by {GROUPS[by].lower()}")


def _called(by: str) -> Callable[[str], str]:
    if by == "category":
        return words.label
    names = regions.names(session.table("dim_region")) if by == "region" else _dealers()
    return lambda key: names.get(key, key)


def _dealers() -> dict[str, str]:
    outlets = session.table("dim_outlet")
    return dict(zip(outlets["outlet_id"], outlets["name"], strict=True))


def _merge(rows: pl.DataFrame, month: date, as_of: date) -> None:
    """Dealers' plans of a month ahead put together; of a month that runs or is over, what they had been."""
    months = sorted(rows.filter(pl.col("plan_state").is_not_null())["sales_month"].unique())
    st.subheader("Dealers' plans put together", anchor=False)
    if not months:
        frame.empty("No dealer has planned parts.", "Dealers write theirs on the desk: parts plans.")
        return
    texts = {f"{m:%Y-%m}": words.month(m) for m in months}
    ahead = [m for m in months if m > as_of]
    first = f"{(ahead or months)[-1]:%Y-%m}" if month not in months or month <= as_of else f"{month:%Y-%m}"
    order = [first, *(t for t in sorted(texts, reverse=True) if t != first)]
    chosen = date.fromisoformat(frame.choice("Plan of", order, "plan", names=texts) + "-01")
    of_month = rows.filter(pl.col("sales_month") == chosen)
    plan, away = parts_attainment.merged(of_month), parts_attainment.missing(of_month)
    st.markdown(f"**{parts_attainment.merge_finding(plan, chosen, away, _dealers())}**")
    st.table(
        pl.DataFrame(
            {
                "Category": words.label(r["category"]),
                "Dealers": words.number(r["dealers"]),
                "Missing": words.number(r["missing"]),
                "Not merged yet": words.number(r["waiting"]),
                "Retail, dealers": words.number(r["retail"]),
                "Forecast, same dealers": words.number(r["same"]),
                "Retail − forecast": words.signed(r["gap"]),
                "Forecast, all": words.number(r["forecast"]),
                "Requirement": words.number(r["requirement"]),
            }
            for r in plan.iter_rows(named=True)
        ),
        hide_index=True,
        border="horizontal",
    )
    st.caption("Units. Retail is what dealers hand out, requirement what they want sent: never added.")
    _merge_button(parts_attainment.waiting(of_month))


def _merge_button(batch: pl.DataFrame) -> None:
    known = session.user()
    if known is None or MERGERS.isdisjoint(known.grants) or batch.is_empty():
        return
    if not st.button(f"Merge {words.plural(batch.height, 'plan')}", type="primary", key="merge_parts_plans"):
        return
    done, refused = 0, []
    for key, version, outlet, category in batch.iter_rows():
        try:
            session.api().move("parts_plans", key, "merge", version=version, data={})
            done += 1
        except ApiProblem as problem:
            refused.append(f"{outlet}, {words.label(category)}: {problem.detail}")
    if done:
        st.success(f"{words.plural(done, 'plan')} merged; the figures here follow with the next run.")
    for line in refused[:5]:
        st.error(line)
