"""The event dialog: a promotion for the cell in view, one campaign a dealer, approved by another planner."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from apps import planning, session, words
from apps.api_client import ApiProblem
from apps.review_cell import Place
from operational_api.codes import minor_digits

# Kinds of campaign that the forecast of cars learns from; mart_vehicle_driver names the same.
KINDS = ("promotion", "show", "advertising", "digital")
STANDING = ("submitted", "approved", "running")
CHANGED_MEANWHILE = 412


@st.dialog("Event: a promotion for this cell", width="large")
def dialog(place: Place) -> None:
    """One campaign per dealer; it moves the forecast once somebody else approved it."""
    outlets = session.table("dim_outlet").filter(pl.col("outlet_id").is_in(place.outlets))
    currencies = dict(outlets.select("outlet_id", "currency").iter_rows())
    named = st.text_input("What it is called", max_chars=200, key="e_name", placeholder="New Year weeks")
    one, two, three = st.columns(3)
    kind = one.selectbox("Kind", KINDS, format_func=words.label, key="e_kind")
    first = two.date_input("First day", place.as_of + timedelta(days=30), key="e_first")
    last = three.date_input("Last day", place.as_of + timedelta(days=43), key="e_last")
    series = one.selectbox(
        "Series", [place.series, ""], format_func=lambda s: s or "Every series", key="e_series"
    )
    leads = two.number_input("Leads it should bring each dealer", 0, 1_000_000, 20, key="e_leads")
    share = three.number_input("The maker pays, %", 0.0, 100.0, 50.0, 5.0, key="e_share")
    dealers = st.multiselect(
        "Dealers", place.outlets, default=place.outlets, key="e_dealers",
        format_func=lambda outlet: place.name(outlet, ""),
    )  # fmt: skip
    budgets = {
        currency: st.number_input(
            f"Budget of each dealer, {currency}", 0.0, 1e9, 0.0, 1_000.0, key=f"e_budget_{currency}"
        )
        for currency in sorted({currencies[outlet] for outlet in dealers})
    }
    why = st.text_input("Why it is held", max_chars=500, key="e_why")
    st.markdown(told(days_promoted(first, last)))
    if st.button("Send for approval", type="primary", disabled=not (named and why and dealers), key="e_send"):
        _send([
            campaign(
                outlet, currencies[outlet], budgets[currencies[outlet]], share,
                name=named, campaign_type=kind, starts_date=first.isoformat(), ends_date=last.isoformat(),
                target_leads=int(leads), note=why, **({"series": series} if series else {}),
            )
            for outlet in dealers
        ])  # fmt: skip
    _standing(place)


def campaign(outlet: str, currency: str, budget: float, share: float, **said: Any) -> dict[str, Any]:
    """The opening of one dealer's campaign. budget: whole units of the currency; share: per cent."""
    minor = round(budget * 10 ** minor_digits(currency))
    money = {
        "budget_minor": minor,
        "oem_share_minor": round(minor * share / 100),
        "currency": currency,
    }
    return {"outlet_id": outlet, "data": {"owner_level": "oem", "channel": "dealer", **said, **money}}


def days_promoted(first: date, last: date) -> dict[date, float]:
    """Per month the share of its days from first to last, both counted; empty when last is before first."""
    found: dict[date, float] = {}
    month = first.replace(day=1)
    while max(first, month) <= last:
        after = planning.months_on(month, 1)
        covered = min(last, after - timedelta(days=1)) - max(first, month)
        found[month] = (covered.days + 1) / (after - month).days
        month = after
    return found


def told(shares: Mapping[date, float]) -> str:
    """What the forecast will learn of it."""
    if not shares:
        return "The last day is before the first."
    months = ", ".join(f"{words.month(month)} {share:.0%}" for month, share in shares.items())
    return f"Days under promotion: **{months}**. What such days bring is learnt from those that were."


def _send(openings: Sequence[Mapping[str, Any]]) -> None:
    """One after the other; the first that is refused ends it, and the same again goes on from there."""
    for sent, opening in enumerate(openings):
        try:
            _submit(opening)
        except ApiProblem as problem:
            before = f"{words.plural(sent, 'campaign')} sent before it. " if sent else ""
            st.error(f"{before}{opening['outlet_id']}: {problem.told()}")
            return
    st.success(
        f"{words.plural(len(openings), 'campaign')} sent for approval: "
        "the steps that rules ask for, then another planner. "
        "The run after that knows what was approved."
    )


def _submit(opening: Mapping[str, Any]) -> None:
    """Open and submit; what the same dialog already sent is not sent twice."""
    key = uuid.uuid5(uuid.NAMESPACE_URL, repr(opening)).hex
    opened = session.api().open("campaigns", opening, idempotency_key=key)
    try:
        session.api().move("campaigns", opened["key"], "submit", version=opened["version"])
    except ApiProblem as problem:
        if problem.status != CHANGED_MEANWHILE:
            raise


def _standing(place: Place) -> None:
    """Events of the cell that are not over, alike ones of several dealers as one; another's are approved."""
    known = session.user()
    ahead = [("ends_date_from", place.as_of.isoformat())]
    groups = standing(session.api().documents("campaigns", ahead), place.outlets, place.series)
    for (name, first, last, state), documents in groups.items():
        own = any(known is not None and d["created_by"] == known.subject for d in documents)
        with st.container(horizontal=True, vertical_alignment="center"):
            days = f"{words.day(date.fromisoformat(first))} to {words.day(date.fromisoformat(last))}"
            dealers = words.plural(len(documents), "dealer")
            st.markdown(f"{name}, {days}, {dealers}: {words.label(state).lower()}")
            if state != "submitted" or own:
                continue
            if st.button("Approve", key=f"e_approve_{documents[0]['key']}"):
                _approve(documents)


def standing(
    documents: Sequence[Mapping[str, Any]], outlets: Sequence[str], series: str
) -> dict[tuple[str, str, str, str], list[Mapping[str, Any]]]:
    """Campaigns for the series at the outlets by name, first day, last day and state, soonest first."""
    groups: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for document in sorted(documents, key=lambda d: (d["data"]["starts_date"], d["data"]["name"])):
        data = document["data"]
        counts = document["state"] in STANDING and data["campaign_type"] in KINDS
        if counts and document["outlet_id"] in outlets and data.get("series") in {None, series}:
            at = (data["name"], data["starts_date"], data["ends_date"], document["state"])
            groups.setdefault(at, []).append(document)
    return groups


def _approve(documents: Sequence[Mapping[str, Any]]) -> None:
    try:
        for document in documents:
            session.api().move("campaigns", document["key"], "approve", version=document["version"])
    except ApiProblem as problem:
        st.error(problem.told())
    else:
        st.success("Approved; the next run knows it.")
