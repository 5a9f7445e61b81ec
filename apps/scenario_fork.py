"""A new scenario on top of the one shown: its lines, rule and locks are copied and may be changed.

In: the scenario, what its base, outlets and allocation are. Out: a draft `plan_scenario`, written by the API.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import session, supply_plan, words
from apps.api_client import ApiProblem

Option = st.column_config.SelectboxColumn


@dataclass(frozen=True, slots=True)
class Places:
    """What a scenario starts from: mart_supply_demand, mart_supply_share, months shown, allocation now."""

    base: pl.DataFrame
    outlets: pl.DataFrame
    horizon: list[date]
    share: pl.DataFrame

    @property
    def series(self) -> list[str]:
        return sorted(self.base["series"].unique())

    @property
    def months(self) -> list[str]:
        return [f"{month:%Y-%m}" for month in self.horizon]

    @property
    def names(self) -> list[str]:
        return sorted(self.outlets["market"].unique()) + sorted(self.outlets["outlet_id"].unique())


def fork(parent: dict[str, Any] | None, places: Places) -> None:
    st.subheader("Fork a scenario", anchor=False)
    data = parent["data"] if parent else {}
    changes, allocation = st.columns([5, 7], gap="medium")
    with changes:
        lines = _changes(data, places)
    with allocation:
        rule = st.selectbox(
            "Share what can be sold by",
            list(supply_plan.RULES),
            index=list(supply_plan.RULES).index(supply_plan.rule_of(parent)),
            format_func=lambda value: supply_plan.RULES[value],
            key=f"s_rule_{parent['key'] if parent else supply_plan.BASE}",
        )
        locks = _locks(data, places)
    kept = {"changes": lines, "allocation_rule": str(rule), "locks": locks}
    _preview({"data": kept}, places)
    kept["assumptions"] = _assumptions(data)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", max_chars=80, key="s_name")
        assumption = st.text_input("What it rests on", max_chars=500, key="s_assumption")
        ready = bool(name and assumption and (lines or locks or rule is not supply_plan.rule_of(None)))
        if st.button("Keep as a draft", disabled=not ready, type="primary", key="s_keep"):
            _keep(parent, kept | {"name": name, "assumption": assumption})


def _changes(data: dict[str, Any], places: Places) -> list[dict[str, Any]]:
    lines = data.get("changes") or []
    start = pl.DataFrame(
        {
            "What": [supply_plan.MEASURES[line["measure"]] for line in lines],
            "Series": [line.get("series") for line in lines],
            "Month": [(line.get("plan_month") or "")[:7] or None for line in lines],
            "By": [float(line["value"]) for line in lines],
        },
        schema={"What": pl.String, "Series": pl.String, "Month": pl.String, "By": pl.Float64},
    )
    edited = st.data_editor(
        start,
        key=f"fork_{data.get('name')}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "What": Option(options=list(supply_plan.MEASURES.values()), required=True),
            "Series": Option(options=places.series, help="Empty: every series"),
            "Month": Option(options=places.months, help="Empty: every month"),
            "By": st.column_config.NumberColumn(format="%+.1f", required=True),
        },
    )
    codes = {title: code for code, title in supply_plan.MEASURES.items()}
    return [
        {
            "measure": codes[row["What"]],
            "value": row["By"],
            **({"series": row["Series"]} if row["Series"] else {}),
            **({"plan_month": f"{row['Month']}-01"} if row["Month"] else {}),
        }
        for row in edited.drop_nulls(["What", "By"]).iter_rows(named=True)
    ]


def _locks(data: dict[str, Any], places: Places) -> list[dict[str, Any]]:
    """Locks by hand, each with its reason, and markets and dealers that keep what they get now."""
    lines = data.get("locks") or []
    start = pl.DataFrame(
        [
            (line.get("market") or line.get("outlet_code"), line["series"], line["plan_month"][:7],
             line["units"], line["reason"])
            for line in lines
        ],
        schema={
            **dict.fromkeys(("Locked", "Series", "Month"), pl.String), "Cars": pl.Int64, "Why": pl.String,
        },
        orient="row",
    )  # fmt: skip
    edited = st.data_editor(
        start,
        key=f"locks_{data.get('name')}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "Locked": Option(options=places.names, required=True, help="A market or a dealer"),
            "Series": Option(options=places.series, required=True),
            "Month": Option(options=places.months, required=True),
            "Cars": st.column_config.NumberColumn(min_value=0, step=1, required=True),
            "Why": st.column_config.TextColumn(required=True),
        },
    ).drop_nulls()
    typed = [
        {
            "market" if row["Locked"] in set(places.outlets["market"]) else "outlet_code": row["Locked"],
            "series": row["Series"],
            "plan_month": f"{row['Month']}-01",
            "units": row["Cars"],
            "reason": row["Why"],
        }
        for row in edited.iter_rows(named=True)
    ]
    keep = st.multiselect("Keep as shown", places.names, key="s_keep_as_shown")
    shown = places.share.filter(pl.col("plan_month").is_in(places.horizon))
    return typed + supply_plan.as_locks(shown, keep, "kept as it was shown")


def _assumptions(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What else the scenario assumes; each line has an owner."""
    lines = data.get("assumptions") or []
    start = pl.DataFrame(
        [(line["assumption"], line["owner"], line.get("review_date")) for line in lines],
        schema=dict.fromkeys(("It also assumes", "Owner", "Looked at again"), pl.String),
        orient="row",
    ).with_columns(pl.col("Looked at again").str.to_date())
    edited = st.data_editor(
        start,
        key=f"assumes_{data.get('name')}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "It also assumes": st.column_config.TextColumn(required=True, max_chars=500),
            "Owner": st.column_config.TextColumn(required=True, help="Login of who answers for it"),
            "Looked at again": st.column_config.DateColumn(),
        },
    ).drop_nulls(["It also assumes", "Owner"])
    return [
        {"assumption": what, "owner": owner, **({"review_date": f"{day}"} if day else {})}
        for what, owner, day in edited.iter_rows()
    ]


def _preview(document: dict[str, Any], places: Places) -> None:
    """What each market gets now and in the fork, before anything is kept."""
    plan = supply_plan.reckoned(places.base, document)
    sums = [
        share.filter(pl.col("plan_month").is_in(places.horizon)).group_by("market")
        .agg(pl.col("allocated_units").sum().alias(title))
        for title, share in (
            ("Now", places.share), ("In the fork", supply_plan.shared(plan, places.outlets, document)),
        )
    ]  # fmt: skip
    both = sums[0].join(sums[1], on="market", how="full", coalesce=True).sort("market")
    if both.is_empty() or (both["Now"] == both["In the fork"]).all():
        return
    st.caption("Cars each market can sell, over the months shown")
    named = pl.col("market").map_elements(words.country, return_dtype=pl.String)
    st.dataframe(both.with_columns(named).rename({"market": "Market"}), hide_index=True)


def _keep(parent: dict[str, Any] | None, kept: dict[str, Any]) -> None:
    known = session.user()
    assert known is not None
    data = kept | {"assumption_owner": known.subject}
    if parent is not None:
        data["parent_scenario"] = parent["key"]
    key = uuid.uuid5(uuid.NAMESPACE_URL, repr(data)).hex
    attempt(lambda: session.api().open("plan_scenarios", {"data": data}, idempotency_key=key), show=True)


def attempt(act: Callable[[], Any], *, show: bool = False) -> None:
    """Does it and draws the page again, or says which field, rule and remedy stood in the way."""
    try:
        found = act()
    except ApiProblem as problem:
        lines = "".join(f"\n- {e['field']}: {e['rule']}; {e['remedy']}" for e in problem.errors)
        st.error(f"{problem.detail}{lines}")
        return
    if show:
        st.query_params["scenario"] = found["key"]
    st.rerun()
