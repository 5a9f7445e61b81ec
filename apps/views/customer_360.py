"""Customer 360: who is this, what do they own, what is due and may I contact them, what are they worth?"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st
from babel import Locale, UnknownLocaleError

from apps import contacting, frame, identity, merge_requests, next_step, reaching, session, words
from apps.api_client import ApiProblem
from operational_api.contact import Purpose
from operational_api.persons import ANSWERS_REQUESTS

READERS = "dealers (their own customers) and the maker's quality staff"
SHOWN_CARS = 6  # as cards; a fleet is a table


def body(snapshot: dict[str, Any]) -> None:
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
        _nobody(asked)
        return
    _customer(_chosen(found), date.fromisoformat(snapshot["as_of_date"]))


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


def _nobody(asked: str) -> None:
    """Why nobody is shown: erased, too new for the last run, or unknown here."""
    record = _record(asked)
    if record is None:
        frame.empty(
            f"Nobody is called {asked} here.",
            "Your own customers as of the last run are shown; who was erased is found by record number.",
        )
    elif record["state"] == "erased":
        _tombstone(record)
    else:
        frame.empty(
            f"{asked} was written down after the last run.",
            "The page has it after the next one; the desk has it now.",
        )
        _desk("Open at the desk", f"customer_records/{asked}")


def _tombstone(record: dict[str, Any]) -> None:
    """What stands where a person was: when, by whom, and what stays for the car's sake."""
    st.markdown(f"### {record['key']}")
    at = words.instant(datetime.fromisoformat(record["updated_at"]))
    st.warning(
        f"**Erased on request** {at} by {record['updated_by']}, {record.get('outlet_id')}. "
        "No name, phone, address or note is kept, and no file brings the person back: "
        "the next one that tries is refused.",
        icon=":material/person_off:",
    )
    owned = session.table("bridge_vehicle_owner", customer_id=record["key"])
    if not owned.is_empty():
        st.markdown("**What stays belongs to the car**: its repairs, claims and recalls.")
        for vin in owned["vin"].unique().sort():
            _car_link(vin, vin)


def _record(key: str) -> dict[str, Any] | None:
    """The record as it is now; None where there is none for the reader."""
    try:
        found: dict[str, Any] = session.api().get(f"/v1/customer_records/{key}")
    except ApiProblem as problem:
        if problem.status in {403, 404, 422}:
            return None
        raise
    return found


def _chosen(found: pl.DataFrame) -> dict[str, Any]:
    rows = {row["known_as_id"]: row for row in found.sort("outlet_id", "known_as_id").iter_rows(named=True)}
    if len(rows) == 1:
        return next(iter(rows.values()))
    names = {key: f"{identity.name_of(row)} · {row['outlet_id']} · {key}" for key, row in rows.items()}
    return rows[frame.choice(f"{len(rows)} customers", list(rows), "customer", names=names)]


def _customer(row: dict[str, Any], as_of: date) -> None:
    now = _record(row["known_as_id"])
    if now is not None and now["state"] == "erased":
        _tombstone(now)  # the published row is older than the request
        return
    where = {"golden_id": row["golden_id"]} if row.get("golden_id") else {"known_as_id": row["known_as_id"]}
    allowed = session.table("mart_customer_permission", **where)
    events = session.table("fct_customer_event", **where)
    records = session.table("bridge_customer_record", **where)
    keys = sorted(set(records["customer_id"]))
    verdicts = reaching.verdicts_on(row["known_as_id"])
    owned = session.table("bridge_vehicle_owner", customer_id=keys)
    facts = _cars_of(owned, events)
    cars = identity.cars(owned, events, facts)
    _head(row)
    for said in identity.against_contact(allowed):
        st.error(
            f"**Do not contact:** {said}. Safety recalls are told all the same.", icon=":material/block:"
        )
    alike = _duplicates(row, now, keys)
    _next(cars, facts, keys, verdicts, as_of)
    if verdicts is not None:
        first = Purpose.SAFETY if _has_recall(cars) else Purpose.SERVICE_MARKETING
        reaching.buttons(verdicts, phone=row["phone"], email=row["email"], first=first)
    _strip(row, events)
    contacting.tasks_of(keys)
    contacting.new_task(row)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _cars(cars, row["customer_type"])
        _timeline(events)
    with right:
        _permissions(allowed, verdicts)
        _household(row)
        _identity(row, keys, alike)
        _requests(row)
    if row.get("golden_id"):
        _worth(row["golden_id"])


def _head(row: dict[str, Any]) -> None:
    st.markdown(f"### {identity.name_of(row)}")
    kind = "Company" if row["customer_type"] == "company" else "Person"
    contact = [kind, row.get("phone"), row.get("email"), row.get("city"), _speaks(row.get("language"))]
    known = " · ".join(str(value) for value in contact if value)
    others = f" · known to {words.plural(row['outlets'], 'outlet')}" if row.get("outlets") else ""
    records = words.plural(row["own_records"], "record")
    st.caption(f"{known}  \n{records} at {row['outlet_id']}{others}")


def _speaks(language: str | None) -> str | None:
    """The language by its name; a tag nobody knows stays as it is."""
    if not language:
        return None
    try:
        return f"speaks {Locale.parse(language, sep='-').get_language_name('en')}"
    except (UnknownLocaleError, ValueError):
        return f"speaks {language}"


def _duplicates(row: dict[str, Any], now: dict[str, Any] | None, keys: list[str]) -> str:
    """Who else may be the same: what the last run found, or what the dealer's record meets now.

    The key of the likeliest other record, empty without one.
    """
    if row.get("pairs_to_review"):
        told = words.plural(row["pairs_to_review"], "record")
        st.warning(f"{told} may be the same customer: a steward has to look.", icon=":material/call_merge:")
    known = session.user()
    if now is None or known is None or known.role != "dealer_staff":
        return ""
    try:
        alike = session.api().find_duplicates(now["data"])
    except ApiProblem as problem:
        if problem.status in {403, 422}:  # the role writes no customers down, or a field is wrong in itself
            return ""
        raise
    others = [item for item in alike if item["key"] not in keys and item["verdict"] == "likely"]
    for item in others[:3]:
        facts = ", ".join(f"{fact['finding']} {words.label(fact['field']).lower()}" for fact in item["facts"])
        name = identity.name_of({**item["data"], "known_as_id": item["key"]})
        st.warning(
            f"**{name}** ({item['key']}) may be the same customer: {facts}.", icon=":material/call_merge:"
        )
    return str(others[0]["key"]) if others else ""


def _next(
    cars: pl.DataFrame, facts: pl.DataFrame, keys: list[str], verdicts: reaching.Verdicts | None, as_of: date
) -> None:
    mine = cars.filter(pl.col("is_owned"))["vin"].to_list()
    steps = next_step.steps(
        cars=facts.filter(pl.col("vin").is_in(mine)).iter_rows(named=True),
        recalls=_of("mart_vehicle_campaign", "vin", mine).filter("is_open").iter_rows(named=True),
        returns=_of("mart_service_return", "vin", mine).iter_rows(named=True),
        leads=session.table("mart_lead_score", customer_id=keys).iter_rows(named=True),
        tasks=contacting.open_tasks(keys) or [],
        verdicts=verdicts,
        today=as_of,
    )
    with st.container(border=True):
        if not steps:
            st.markdown("**Nothing is due.** No recall, service, lead or contact waits for this customer.")
            return
        first, *others = steps
        st.markdown(f"**Next: {_said(first)}**  \n{first.why}")
        if others:
            st.caption("Then: " + " · ".join(f"{_said(step)} ({step.why})" for step in others[:4]))


def _said(step: next_step.Step) -> str:
    return step.what + (f" (do not contact for it: {step.why_not})" if step.why_not else "")


def _of(table: str, column: str, values: list[str]) -> pl.DataFrame:
    """Rows of those values; an empty list is nobody, where the API would read it as no filter."""
    return session.table(table, **{column: values or ["-"]})


def _cars_of(owned: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    vins = sorted(set(owned["vin"]) | set(events["vin"].drop_nulls()))
    return _of("mart_vehicle_360", "vin", vins)


def _has_recall(cars: pl.DataFrame) -> bool:
    return bool(cars.filter(pl.col("is_owned"))["open_recalls"].fill_null(0).sum())


def _strip(row: dict[str, Any], events: pl.DataFrame) -> None:
    currency, spent = next(iter(identity.paid(events)), (None, None))
    risk = row["lapse_risk"]
    figures: tuple[tuple[str, Any, str | None], ...] = (
        ("Grade", row["grade"] or words.DASH, None),
        ("Stage", words.label(identity.stage(row["lifecycle_stage"])), None),
        ("Cars bought", row["cars_bought"], None),
        ("Workshop visits", row["workshop_visits"], None),
        (
            "Paid here",
            words.money(spent, currency),
            "Cars and work paid by the customer, as far as you see them.",
        ),
        ("May not come back", words.percent(risk), identity.lapse(risk, row["last_event_date"])),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, told in figures:
            st.metric(label, value, help=told, width=158)


def _timeline(events: pl.DataFrame) -> None:
    st.subheader("What happened", anchor=False)
    if events.is_empty():
        frame.empty(
            "Nothing yet.", "Leads, quotations, orders, cars, visits, claims and complaints appear here."
        )
        return
    frame.table(
        identity.timeline(events), height="auto" if events.height < 10 else 420,
        alt="What the customer did, the latest first",
    )  # fmt: skip


def _permissions(allowed: pl.DataFrame, verdicts: reaching.Verdicts | None) -> None:
    st.subheader("Permission by purpose and channel", anchor=False)
    if verdicts is not None:
        st.table(reaching.as_table(verdicts), hide_index=True)
        st.caption("As it stands now. Of all records of the customer the most restrictive word counts.")
        return
    table = identity.permissions(allowed)
    if table.is_empty():
        st.markdown("Nobody asked yet: contracts and recalls only.")
        return
    st.table(table, hide_index=True)
    st.caption("As of the last run. Of all records the most restrictive word counts.")


def _cars(cars: pl.DataFrame, customer_type: str) -> None:
    st.subheader("Fleet" if customer_type == "company" else "Cars", anchor=False)
    if cars.is_empty():
        st.markdown("No car is known.")
        return
    mine = cars.filter("is_owned")
    if mine.height > 1:
        recalled = mine.filter(pl.col("open_recalls") > 0).height
        st.markdown(f"**{words.plural(mine.height, 'car')} owned, {recalled} under an open recall**")
    for car in cars.head(SHOWN_CARS).iter_rows(named=True):
        _car(car)
    if cars.height > SHOWN_CARS:
        frame.table(cars.tail(-SHOWN_CARS).drop("is_owned"), alt="The other cars of the customer")


def _car(car: dict[str, Any]) -> None:
    service, warranty = car["next_service_date"], car["warranty_end_date"]
    told = [car["standing"]]
    told += [f"next service {words.day(service)}"] if service else []
    told += [f"warranty until {words.day(warranty)}"] if warranty else []
    with st.container(border=True, gap="xxsmall"):
        _car_link(car["vin"], f"{car['model'] or 'Car'} · {car['vin']}")
        st.caption(" · ".join(told))
        if car["open_recalls"]:
            st.markdown(f":red[**{words.plural(car['open_recalls'], 'open safety recall')}**]")


def _car_link(vin: str, label: str) -> None:
    st.page_link(
        "views/vehicle_360.py", label=label, icon=":material/directions_car:", query_params={"vin": vin}
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
        members = _of("mart_customer_360", "golden_id", sorted(set(links["other"])))
        names = {m["golden_id"]: identity.name_of(m) for m in members.iter_rows(named=True)}
        st.markdown("\n".join(f"- {name}" for name in sorted(names.values())))


def _identity(row: dict[str, Any], keys: list[str], alike: str) -> None:
    """Which records are this customer, since when, and how sure that is."""
    st.subheader("Records and merges", anchor=False)
    history = session.table("map_customer_source", customer_id=keys).sort("customer_id", "valid_from_date")
    sure = row.get("match_confidence")
    if len(keys) == 1:
        st.markdown("One record: nothing was merged.")
    elif sure is not None:
        st.markdown(
            f"**{len(keys)} records are one customer**; the least sure of them with {words.percent(sure)}."
        )
    else:
        st.markdown(f"**{len(keys)} records are one customer.**")
    st.table(
        history.select(
            Record="customer_id", Outlet="outlet_id",
            Since=pl.col("valid_from_date").map_elements(words.day, return_dtype=pl.String),
            Until=pl.col("valid_to_date").map_elements(words.day, return_dtype=pl.String).fill_null("today"),
        ),
        hide_index=True,
    )  # fmt: skip
    merge_requests.form(row["outlet_id"], keys, known_alike=alike)


def _requests(row: dict[str, Any]) -> None:
    """What a person may ask for: everything held about him, or that it goes."""
    known = session.user()
    if known is None or not known.grants & {grant.value for grant in ANSWERS_REQUESTS}:
        return
    st.subheader("The customer's own requests", anchor=False)
    key = row["known_as_id"]
    with st.container(horizontal=True):
        st.download_button(
            "Everything held", data=lambda: json.dumps(_export(key), indent=2, ensure_ascii=False),
            file_name=f"{key}.json", icon=":material/download:", on_click="ignore",
            help="The record and every document that refers to it, with their histories.",
        )  # fmt: skip
        _desk("Erase at the desk", f"customer_records/{key}", icon="person_off")
    st.caption("Erasing takes name, phone, address and notes out of every table; the car keeps its repairs.")


def _export(key: str) -> Any:
    return session.api().get(f"/v1/persons/{key}/export")


def _desk(label: str, path: str, *, icon: str = "open_in_new") -> None:
    st.link_button(label, f"{session.api_url()}/desk/documents/{path}", icon=f":material/{icon}:")


def _worth(golden_id: str) -> None:
    found = session.table("mart_customer_value", golden_id=golden_id)
    if found.is_empty():
        return
    worth = found.row(0, named=True)
    st.subheader("Worth over every outlet", anchor=False)
    first, second, third, fourth = st.columns(4)
    first.metric("Paid", words.money(worth["spend_minor"], worth["currency"]))
    second.metric("Margin before wages", words.money(worth["margin_minor"], worth["currency"]))
    third.metric("Points", f"{worth['points']} of 15",
                 help="Recency, frequency and money: which fifth of the market, 1 to 5 each.")  # fmt: skip
    fourth.metric("Years with a visit", f"{worth['years_served']} of {worth['years_known']}")
    why = f"Grade {worth['grade'] or words.DASH} by {worth['grade_from'] or 'no rule'}"
    said = f": {worth['grade_reason']}" if worth["grade_reason"] else ""
    # an override has its reason; what the rule says rests on evidence
    rests_on = f" ({worth['rule_evidence']})" if worth["grade_from"] == "rule" else ""
    st.caption(f"{why} {worth['grade_document_key'] or ''}{rests_on}{said}. "
               f"Recency {worth['recency_points']}, frequency {worth['frequency_points']}, "
               f"money {worth['money_points']}.")  # fmt: skip


with frame.page(
    "Customer 360",
    "Who is this, what do they own, what is due, and may I contact them?",
    readers=READERS,
) as published:
    body(published)
