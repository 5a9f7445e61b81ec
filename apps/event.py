"""The event dialog: a promotion for the cell in view, one campaign a dealer, approved by another planner."""

from __future__ import annotations

import math
from collections import Counter
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
DRIVER = "promotion_share"  # as vehicle_signal names it


@st.dialog("Event: a promotion for this cell", width="large")
def dialog(place: Place) -> None:
    """One campaign per dealer; it moves the forecast once somebody else approved it."""
    answer = st.container()  # at the top: the button may stand below what is in sight
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
    st.markdown(told(days_promoted(first, last), _baseline(place, dealers), session.table("vehicle_signal")))
    st.caption(
        "A price change is a price list, put in force on the desk; the forecast learns from those too."
    )
    if st.button("Send for approval", type="primary", disabled=not (named and why and dealers), key="e_send"):
        with answer:
            _send([
                campaign(
                    outlet, currencies[outlet], budgets[currencies[outlet]], share,
                    name=named, campaign_type=kind, starts_date=first.isoformat(), ends_date=last.isoformat(),
                    target_leads=int(leads), note=why, **({"series": series} if series else {}),
                )
                for outlet in dealers
            ])  # fmt: skip
    _standing(place)


def _baseline(place: Place, dealers: Sequence[str]) -> dict[date, float]:
    cells = place.forecast.filter(pl.col("outlet_id").is_in(dealers), step="baseline")
    return dict(cells.group_by("forecast_month").agg(pl.col("mean").sum()).iter_rows())


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


def brought(shares: Mapping[date, float], baseline: Mapping[date, float], weight: float) -> float:
    """Cars that days under promotion bring. baseline: cars a month; weight: logarithm of a whole month's."""
    return sum(baseline[m] * (math.exp(weight * share) - 1) for m, share in shares.items() if m in baseline)


def told(shares: Mapping[date, float], baseline: Mapping[date, float], signals: pl.DataFrame) -> str:
    """What the forecast makes of it. signals: vehicle_signal; baseline: cars a month."""
    if not shares:
        return "The last day is before the first."
    months = ", ".join(f"{words.month(month)} {share:.0%}" for month, share in shares.items())
    return f"Days under promotion: **{months}**. {_effect(shares, baseline, signals)}"


def _effect(shares: Mapping[date, float], baseline: Mapping[date, float], signals: pl.DataFrame) -> str:
    learnt = signals.filter(group="drivers", signal=DRIVER).select("weight", "is_used").rows()
    if not learnt:
        return "No promotion has been seen yet, so the forecast does not move."
    weight, is_used = learnt[0]
    if not is_used:
        return "Past promotions did not make the forecast better, so it does not move."
    outside = "" if shares.keys() & baseline.keys() else " None of these months is forecast now."
    return (
        f"Past promotions sold {words.signed((math.exp(weight) - 1) * 100)} % in a whole month, so about "
        f"**{words.signed(brought(shares, baseline, weight), 1)} cars**; days promoted anyway bring "
        f"no more.{outside}"
    )


def _send(openings: Sequence[Mapping[str, Any]]) -> None:
    """One after the other; the first that is refused ends it, and the same again goes on from there."""
    known = session.api().documents("campaigns", [("name", str(openings[0]["data"]["name"]))])
    sent = 0
    for opening in openings:
        try:
            sent += _submit(opening, known)
        except ApiProblem as problem:
            before = f"{words.plural(sent, 'campaign')} sent before it. " if sent else ""
            st.error(f"{before}{opening['outlet_id']}: {problem.told()}")
            return
    there = len(openings) - sent
    stood = f"{words.plural(there, 'dealer')} had the very same already." if there else ""
    if not sent:
        st.info(f"Nothing was sent: {stood}")
        return
    st.success(
        f"{words.plural(sent, 'campaign')} sent for approval: "
        "the steps that rules ask for, then another planner. "
        f"The run after that knows what was approved. {stood}".strip()
    )


def _submit(opening: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> bool:
    """Open and submit; False when the same stands already. What was rejected may be asked for again."""
    alike = [d for d in known if is_same(d, opening)]
    if any(d["state"] in STANDING for d in alike):
        return False
    drafts = (d for d in alike if d["state"] == "draft")  # the line dropped between opening and submitting
    opened = next(drafts, None) or session.api().open("campaigns", opening)
    session.api().move("campaigns", opened["key"], "submit", version=opened["version"])
    return True


def is_same(document: Mapping[str, Any], opening: Mapping[str, Any]) -> bool:
    """Whether a campaign says what is to be opened; whoever approved it may have changed the maker's part."""
    wanted = opening["data"]
    names = ({*document["data"]} | {*wanted}) - {"oem_share_minor"}
    alike = all(document["data"].get(name) == wanted.get(name) for name in names)
    return alike and document["outlet_id"] == opening["outlet_id"]


def _standing(place: Place) -> None:
    """Events of the cell that are not over, alike ones of several dealers as one; another's are approved."""
    known = session.user()
    ahead = [("ends_date_from", place.as_of.isoformat())]
    groups = standing(session.api().documents("campaigns", ahead), place.outlets, place.series)
    for (name, first, last, state), documents in groups.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            days = f"{words.day(date.fromisoformat(first))} to {words.day(date.fromisoformat(last))}"
            dealers = words.plural(len(documents), "dealer")
            st.markdown(
                f"{name}, {days}, {dealers}, {cost(documents)}: {words.label(state).lower()}"
                + "".join(
                    f". {note}" for note in sorted({d["data"].get("note", "") for d in documents} - {""})
                )
            )
            others = [d for d in documents if known is not None and d["created_by"] != known.subject]
            if state != "submitted" or not others:
                continue
            if st.button("Approve", key=f"e_approve_{others[0]['key']}"):
                _approve(others)


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


def cost(documents: Sequence[Mapping[str, Any]]) -> str:
    """What they cost together, a sum a currency, and what of it the maker pays."""
    whole, makers = Counter[str](), Counter[str]()
    for data in (d["data"] for d in documents):
        whole[data["currency"]] += data["budget_minor"]
        makers[data["currency"]] += data["oem_share_minor"]
    return " and ".join(
        f"{words.money(whole[currency], currency)} (maker {words.money(makers[currency], currency)})"
        for currency in sorted(whole)
    )


def _approve(documents: Sequence[Mapping[str, Any]]) -> None:
    """One after the other; the first that is refused ends it."""
    for done, document in enumerate(documents):
        try:
            session.api().move("campaigns", document["key"], "approve", version=document["version"])
        except ApiProblem as problem:
            before = f"{words.plural(done, 'dealer')} approved before it. " if done else ""
            st.error(f"{before}{document['outlet_id']}: {problem.told()}")
            return
    st.success("Approved; the next run knows it.")
