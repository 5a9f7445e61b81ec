"""Customer 360: who is this, what does he own, what happened, may he be contacted, what is he worth?"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from apps import contacting, frame, identity, session, words
from apps.api_client import ApiProblem

READERS = "dealers (their own customers) and the maker's analysts"


def body(_snapshot: dict[str, Any]) -> None:
    asked = st.text_input(
        "Name, phone or customer record",
        value=st.query_params.get("q", ""),
        max_chars=60,
        key="customer_asked",
    ).strip()
    if not asked:
        st.query_params.pop("q", None)
        frame.empty("Whom are you looking for?", "Type a name, the end of a phone or a customer record.")
        return
    st.query_params["q"] = asked
    found = _found(asked)
    if found.is_empty():
        frame.empty(
            f"Nobody is called {asked} here.",
            "Only your own customers as of the last run are shown; who was erased is gone.",
        )
        return
    _customer(_chosen(found))


def _found(asked: str) -> pl.DataFrame:
    """Rows of mart_customer_360 that the words or the record lead to, in the reader's scope."""
    keys = {asked}
    try:
        keys |= {c["key"] for c in session.api().get("/v1/find", [("q", asked)])["customers"]}
    except ApiProblem as problem:
        if problem.status != 422:  # too short to look up: it may still be a key
            raise
    records = session.table("bridge_customer_record", customer_id=sorted(keys))
    if records.is_empty():
        return records
    return session.table("mart_customer_360", known_as_id=sorted(set(records["known_as_id"])))


def _chosen(found: pl.DataFrame) -> dict[str, Any]:
    rows = {row["known_as_id"]: row for row in found.sort("outlet_id", "known_as_id").iter_rows(named=True)}
    if len(rows) == 1:
        return next(iter(rows.values()))
    names = {key: f"{identity.name_of(row)} · {row['outlet_id']} · {key}" for key, row in rows.items()}
    return rows[frame.choice(f"{len(rows)} customers", list(rows), "customer", names=names)]


def _customer(row: dict[str, Any]) -> None:
    where = {"golden_id": row["golden_id"]} if row.get("golden_id") else {"known_as_id": row["known_as_id"]}
    allowed = session.table("mart_customer_permission", **where)
    events = session.table("fct_customer_event", **where)
    st.markdown(f"### {identity.name_of(row)}")
    for said in identity.against_contact(allowed):
        st.error(
            f"**Do not contact:** {said}. Safety recalls are told all the same.", icon=":material/block:"
        )
    if row.get("pairs_to_review"):
        told = words.plural(row["pairs_to_review"], "record")
        st.warning(f"{told} may be the same customer: a steward has to look.", icon=":material/call_merge:")
    _strip(row)
    contacting.tasks_of(_records(where))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _timeline(events)
    with right:
        _permissions(allowed)
        _cars(events)
        _household(row)
    if row.get("golden_id"):
        _worth(row["golden_id"])


def _records(where: dict[str, str]) -> list[str]:
    """Keys of his records, in the reader's scope."""
    return sorted(set(session.table("bridge_customer_record", **where)["customer_id"]))


def _strip(row: dict[str, Any]) -> None:
    first, second, third, fourth = st.columns(4)
    first.metric("Grade", row["grade"] or words.DASH)
    second.metric("Stage", identity.stage(row["lifecycle_stage"]))
    third.metric("Cars bought", row["cars_bought"])
    fourth.metric("Workshop visits", row["workshop_visits"])
    contact = [row.get("phone"), row.get("email"), row.get("city"), row.get("language")]
    known = " · ".join(str(value) for value in contact if value)
    others = f" · known to {words.plural(row['outlets'], 'outlet')}" if row.get("outlets") else ""
    records = words.plural(row["own_records"], "record")
    st.caption(f"{known} · {records} at {row['outlet_id']}{others} · "
               f"{identity.lapse(row['lapse_risk'], row['last_event_date'])}")  # fmt: skip


def _timeline(events: pl.DataFrame) -> None:
    st.subheader("What happened", anchor=False)
    if events.is_empty():
        frame.empty("Nothing yet.", "Leads, orders, cars, workshop visits and claims appear here.")
        return
    st.dataframe(
        identity.timeline(events), hide_index=True, height=420, alt="What the customer did, the latest first"
    )


def _permissions(allowed: pl.DataFrame) -> None:
    st.subheader("May he be contacted?", anchor=False)
    table = identity.permissions(allowed)
    if table.is_empty():
        st.markdown("Nobody asked him yet: contracts and recalls only.")
        return
    st.dataframe(table, hide_index=True, height="content", alt="Permission by purpose and channel")
    st.caption("Of all his records the most restrictive word counts. What is missing nobody asked.")


def _cars(events: pl.DataFrame) -> None:
    st.subheader("Cars", anchor=False)
    cars = events.drop_nulls("vin").group_by("vin").agg(
        Bought=pl.col("event_date").filter(pl.col("event_kind") == "retail_delivery").min(),
        Visits=(pl.col("event_kind") == "repair_order").sum(),
        Last=pl.col("event_date").max(),
    )  # fmt: skip
    if cars.is_empty():
        st.markdown("No car is known.")
        return
    st.dataframe(
        cars.sort("Last", descending=True), hide_index=True, height="content", alt="Cars of the customer"
    )


def _household(row: dict[str, Any]) -> None:
    if not row["household_members"]:
        return
    st.subheader("Household", anchor=False)
    st.markdown(
        f"Shares address, phone or family name with {words.plural(row['household_members'], 'customer')}. "
        "A household is a link: its members keep their own permissions and their own history."
    )
    if row.get("golden_id"):
        links = pl.concat(
            [session.table("bridge_household", golden_l=row["golden_id"]).select(other="golden_r"),
             session.table("bridge_household", golden_r=row["golden_id"]).select(other="golden_l")]
        )  # fmt: skip
        members = session.table("mart_customer_360", golden_id=sorted(set(links["other"])))
        names = {m["golden_id"]: identity.name_of(m) for m in members.iter_rows(named=True)}
        st.markdown("\n".join(f"- {name}" for name in sorted(names.values())))


def _worth(golden_id: str) -> None:
    found = session.table("mart_customer_value", golden_id=golden_id)
    if found.is_empty():
        return
    worth = found.row(0, named=True)
    st.subheader("What he is worth", anchor=False)
    first, second, third, fourth = st.columns(4)
    first.metric("Paid", words.money(worth["spend_minor"], worth["currency"]))
    second.metric("Margin before wages", words.money(worth["margin_minor"], worth["currency"]))
    third.metric("Points", f"{worth['points']} of 15",
                 help="Recency, frequency and money: which fifth of the market, 1 to 5 each.")  # fmt: skip
    fourth.metric("Years he came", f"{worth['years_served']} of {worth['years_known']}")
    why = f"Grade {worth['grade'] or words.DASH} by {worth['grade_from'] or 'no rule'}"
    said = f": {worth['grade_reason']}" if worth["grade_reason"] else ""
    # an override has its reason; what the rule says rests on evidence
    rests_on = f" ({worth['rule_evidence']})" if worth["grade_from"] == "rule" else ""
    st.caption(f"{why} {worth['grade_document_key'] or ''}{rests_on}{said}. "
               f"Recency {worth['recency_points']}, frequency {worth['frequency_points']}, "
               f"money {worth['money_points']}.")  # fmt: skip


with frame.page(
    "Customer 360",
    "Who is this, what does he own, what happened, and may I contact him?",
    readers=READERS,
) as published:
    body(published)
