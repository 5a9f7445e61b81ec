"""Sales and operations plan: can we supply what will sell, who gets short, and what would help?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

import polars as pl
import streamlit as st

from apps import figures, frame, scenario_fork, session, signoff, supply_plan, words
from forecasting import supply

READERS = "planners, the maker's finance and regional managers"
AHEAD = 6  # months shown: beyond them nobody schedules
SHOWN = {
    "gap_units": "Short",
    "demand_units": "Wanted",
    "constrained_units": "Can be sold",
    "arriving_units": "Arriving",
    "closing_units": "Stock at the end",
    "days_supply": "Days' supply",
}


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    documents = [d for d in session.api().documents("plan_scenarios") if d["state"] != "withdrawn"]
    held = supply_plan.in_force(documents)
    known = session.user()
    if known is not None and known.role == "regional_manager":
        _regional(documents, held)
        return
    base = session.table("mart_supply_demand")
    if base.is_empty():
        frame.empty("No demand is planned.", "It needs a vehicle forecast; see Runs and freshness.")
        return
    horizon = sorted(base["plan_month"].unique())[:AHEAD]
    names = {supply_plan.BASE: "Base", **{d["key"]: _name(d, held) for d in documents}}
    with st.container(horizontal=True):
        standard = held["key"] if held else supply_plan.BASE
        order = [standard, *(key for key in names if key != standard)]
        one = frame.choice("Scenario", order, "scenario", names=names)
        two = frame.choice(
            "Compare with", ["", *(k for k in names if k != one)], "against", names={"": "–", **names}
        )
        by_key = {d["key"]: d for d in documents}
        whole = supply_plan.reckoned(base, by_key.get(one))
        plan = _shown(whole, horizon)
        measure = frame.choice("Show", supply_plan.first_to_see(plan, list(SHOWN)), "show", names=SHOWN)
    st.markdown(f"##### {supply_plan.finding(plan)}")
    in_force = _shown(supply_plan.reckoned(base, held), horizon)
    _cards(plan, None if one == standard else in_force, words.plural(len(horizon), "month"))
    if two:
        other = _shown(supply_plan.reckoned(base, by_key.get(two)), horizon)
        told = supply_plan.verdict((names[one], plan), (names[two], other))
        st.markdown(f"**{names[two]}** beside it. {told}")
        _cards(other, None if two == standard else in_force, words.plural(len(horizon), "month"))
    left, right = st.columns([7, 5], gap="medium")
    with left:
        slots = session.table("mart_supply_plant")
        supplied = supply.by_plant(whole, slots)
        outlets = session.table("mart_supply_share")
        share = supply_plan.shared(whole, outlets, by_key.get(one))
        _chart(plan, supplied, supply.days_of_stock_and_pipeline(whole, supplied))
        _matrix(plan, measure)
        _plants(supplied.filter(pl.col("plan_month").is_in(horizon)), slots)
    with right:
        shown_share = share.filter(pl.col("plan_month").is_in(horizon))
        _binding(plan, shown_share)
        _who_gets(shown_share, outlets, by_key.get(one))
        _orders(base, as_of)
        _scenario(by_key.get(one), held)
    if known is not None and known.grants & {"oem_planner", "admin"}:
        st.divider()
        places = scenario_fork.Places(base, outlets, horizon, share)
        scenario_fork.fork(by_key.get(one), places)


def _name(document: dict[str, Any], held: Any) -> str:
    said = str(document["data"]["name"])
    return f"{said} (in force)" if held and document["key"] == held["key"] else said


def _cards(plan: pl.DataFrame, against: pl.DataFrame | None, over: str) -> None:
    """One row of figures; those of the plan in force have no change of their own."""
    found = supply_plan.cards(plan, against)
    for place, card in zip(st.columns(len(found), gap="small"), found, strict=True):
        color: Literal["normal", "inverse", "off"] = "off"
        if card.is_more_better is not None:
            color = "normal" if card.is_more_better else "inverse"
        place.metric(
            card.title,
            card.said,
            delta=None
            if card.change is None
            else card.change.replace("−", "-"),  # its sign is read off a hyphen
            delta_color=color,
            border=True,
            height="stretch",
        )
        place.caption(card.note)
    told = f"Over {over}. " + (
        "This is the plan in force." if against is None else "Changes are against the plan in force."
    )
    st.caption(told)


def _shown(plan: pl.DataFrame, horizon: list[date]) -> pl.DataFrame:
    """The months shown; what is beyond them was reckoned for stock and pipeline of the last one."""
    return plan.filter(pl.col("plan_month").is_in(horizon))


def _chart(plan: pl.DataFrame, supplied: pl.DataFrame, held: pl.DataFrame) -> None:
    months = supply_plan.months(plan).join(
        held.select("plan_month", "pipeline_units", "days_supply"), on="plan_month", how="left"
    )
    unknown = months.filter(~pl.col("is_capacity_known")).height
    table = months.select(
        pl.col("plan_month").map_elements(words.month, return_dtype=pl.String).alias("Month"),
        *(
            pl.col(name).map_elements(words.number, return_dtype=pl.String, skip_nulls=False).alias(title)
            for name, title in (
                ("target_units", "Target"), ("demand_units", "Wanted"), ("arriving_units", "Arriving"),
                ("scheduled_units", "Of slots, scheduled"), ("constrained_units", "Can be sold"),
                ("gap_units", "Short"), ("closing_units", "Stock at the end"),
                ("pipeline_units", "Built and under way"), ("days_supply", "Days' supply of both"),
            )
        ),
    )  # fmt: skip
    plants = supply_plan.plants_and_lead(plan, supplied)
    title = "Wanted, arriving by plant, in stock; below: days' supply of stock and pipeline"
    frame.chart(figures.supply_months(months, plants), title, table, key="supply")
    if unknown:
        st.caption(
            f"In {words.plural(unknown, 'month')} the slots of some series are not known: "
            "the last known ones are taken (≈, dashed below)."
        )


def _matrix(plan: pl.DataFrame, measure: str) -> None:
    cells = plan.select("series", "plan_month", "is_capacity_known", value=pl.col(measure).cast(pl.Float64))
    figure = figures.supply_heatmap(cells.drop_nulls("value"), is_bad=measure == "gap_units")
    table = supply_plan.matrix(plan, measure).rename({"series": "Series"})
    frame.chart(figure, f"{SHOWN[measure]} by series and month", table, key="supply_matrix")


def _plants(supplied: pl.DataFrame, slots: pl.DataFrame) -> None:
    with st.expander("Which plant builds what, and when it is there"):
        table = supply_plan.plant_matrix(supplied, slots)
        if table.is_empty():
            st.caption("No plant has sent its slots for these months.")
        else:
            st.table(table, hide_index=True)


def _binding(plan: pl.DataFrame, share: pl.DataFrame) -> None:
    """Slots and stock by series and month, widest first, and what locks leave unsold of the rest."""
    tight = supply.binding(plan)
    st.markdown("**What binds**")
    by_locks = int(share["short_units"].sum()) - int(plan["gap_units"].sum())
    if by_locks > 0 and not share.is_empty():
        st.markdown(f"Locks keep {words.plural(by_locks, 'more car')} from being sold.")
    if tight.is_empty():
        st.caption("Nothing: slots and stock carry the demand of every month.")
        return
    st.table(
        tight.head(5).select(
            pl.col("series").alias("Series"),
            pl.col("plan_month").map_elements(words.month, return_dtype=pl.String).alias("Month"),
            pl.format(
                "{} wanted, {} in stock, {} arriving", "demand_units", "opening_units", "arriving_units"
            ).alias("Why"),
            pl.col("gap_units").cast(pl.String).alias("Short"),
        ),
        hide_index=True,
    )


def _who_gets(share: pl.DataFrame, outlets: pl.DataFrame, document: dict[str, Any] | None) -> None:
    st.markdown("**Who gets how much**")
    if share.is_empty():
        st.caption("Nobody: every month shown is without a plan by outlet.")
        return
    levels = {"market": "Markets", "outlet_id": "Dealers"}
    place = frame.choice("By", list(levels), "by", names=levels)
    shown = supply_plan.by_place(share, outlets, place=place)
    if place == "market":
        shown = shown.with_columns(pl.col(place).map_elements(words.country, return_dtype=pl.String))
    numbers = (
        ("wanted_units", "Wanted"), ("allocated_units", "Gets"), ("short_units", "Short"),
        ("stock_units", "In stock"), ("sold_orders", "Sold orders"),
    )  # fmt: skip
    st.dataframe(
        shown.select(
            pl.col(place).alias(levels[place][:-1]),
            *(pl.col(name).alias(title) for name, title in numbers),
            pl.when(pl.col("locked") > 0)
            .then(pl.format("{} figures", "locked"))
            .otherwise(pl.lit(""))
            .alias("Locked"),
        ),
        hide_index=True,
    )
    rule = supply_plan.RULES[supply_plan.rule_of(document)].lower()
    st.caption(f"Own cars first, then sold orders, then {rule}. What is locked keeps its figure.")
    cut = share.filter(pl.col("reason").str.contains("cut"))
    if cut.height:
        st.warning(f"{words.plural(cut.height, 'lock')} cannot be kept whole:")
        for row in cut.head(5).iter_rows(named=True):
            when = words.month(row["plan_month"])
            st.markdown(f"- {row['outlet_id']}, {row['series']}, {when}: {row['reason']}")


def _orders(base: pl.DataFrame, as_of: date) -> None:
    rows = base.unique("series").select(pl.col("open_orders", "sold_orders", "slipped_orders").sum()).row(0)
    opened, sold, slipped = rows
    share = f" ({slipped / opened:.0%})" if opened else ""
    st.caption(
        f"{words.number(opened)} orders are open on {words.day(as_of)}, {words.number(sold)} of them sold to "
        f"customers; {words.number(slipped)}{share} slipped behind their first promise."
    )


def _assumptions(data: dict[str, Any]) -> None:
    lines = data.get("assumptions") or []
    if lines:
        st.markdown("**It also assumes**")
        st.table(
            pl.DataFrame(
                {
                    "What": [line["assumption"] for line in lines],
                    "Owner": [line["owner"] for line in lines],
                    "Looked at again": [line.get("review_date") or words.DASH for line in lines],
                }
            ),
            hide_index=True,
        )


def _regional(documents: list[dict[str, Any]], held: Any) -> None:
    """What the region's own dealers get in the plan in force, and the scenarios that wait for a signature."""
    outlets = session.table("mart_supply_share")
    if outlets.is_empty():
        frame.empty("No plan for your dealers.", "It needs a vehicle forecast of their outlets.")
        return
    months = sorted(outlets["plan_month"].unique())[:AHEAD]
    shown = outlets.filter(pl.col("plan_month").is_in(months))
    share = shown.with_columns(
        wanted_units="demand_units",
        allocated_units="published_units",
        short_units=pl.col("demand_units") - pl.col("published_units"),
        reason=pl.lit(""),
    )
    wanted, short = share["wanted_units"].sum(), share["short_units"].sum()
    told = f"Your dealers want {words.number(wanted)} cars over {words.plural(len(months), 'month')}"
    if held is None:
        st.markdown(f"##### {told}. No scenario is in force: what they get is not yet held to supply.")
    else:
        st.markdown(f"##### {told}; {words.number(short)} of them cannot be supplied.")
    left, right = st.columns([6, 6], gap="medium")
    with left:
        _who_gets(share, outlets, held)
    with right:
        keys = [d["key"] for d in documents]
        if not keys:
            st.caption("No scenario: the plan is as the plants sent their slots.")
            return
        names = {d["key"]: _name(d, held) for d in documents}
        one = frame.choice("Scenario", keys, "scenario", names=names)
        _scenario(next(d for d in documents if d["key"] == one), held)


def _log(document: dict[str, Any]) -> None:
    """Who changed the scenario when, version by version."""
    with st.expander("Log"):
        history = session.api().get(f"/v1/plan_scenarios/{document['key']}/history")
        for entry in history["items"] if isinstance(history, dict) else history:
            st.caption(
                f"Version {entry['version']}: {entry['action']} by {entry['actor']}, {entry['effective_at']}"
            )


def _scenario(document: dict[str, Any] | None, held: Any) -> None:
    if document is None:
        st.caption("The base: plan as published, slots as the plants sent them.")
        return
    data = document["data"]
    st.markdown(f"**{data['name']}** · {data['assumption']} · answered for by {data['assumption_owner']}")
    for line in data.get("changes") or []:
        where = line.get("series") or "every series"
        when = (
            words.month(date.fromisoformat(line["plan_month"])) if line.get("plan_month") else "every month"
        )
        change = words.signed(float(line["value"]))
        st.markdown(f"- {supply_plan.MEASURES[line['measure']]}: {change}, {where}, {when}")
    for line in data.get("locks") or []:
        who = line.get("outlet_code") or line.get("market")
        when = date.fromisoformat(line["plan_month"])
        st.markdown(
            f"- {who} keeps {line['units']} of {line['series']} in {words.month(when)}: {line['reason']}"
        )
    _assumptions(data)
    is_signed = signoff.panel(document, datetime.now(UTC).date())
    _log(document)
    known = session.user()
    planner = known is not None and bool(known.grants & {"oem_planner", "admin"})
    if (
        planner
        and document["state"] == "draft"
        and st.button(
            "Promote: this is the plan",
            key="s_promote",
            disabled=not is_signed,
            help=None if is_signed else "Every function of the rule signs this version first",
        )
    ):
        scenario_fork.attempt(
            lambda: session.api().move(
                "plan_scenarios", document["key"], "promote", version=document["version"]
            )
        )
    if planner and st.button("Withdraw", key="s_withdraw"):
        scenario_fork.attempt(
            lambda: session.api().move(
                "plan_scenarios", document["key"], "withdraw", version=document["version"]
            )
        )


with frame.page(
    "Sales and operations plan",
    "Can we supply what will sell, who gets short, and which scenario helps?",
    readers=READERS,
    export=frame.Export("mart_supply_share", {}),
) as published:
    body(published)
