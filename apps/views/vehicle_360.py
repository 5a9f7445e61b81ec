"""Vehicle 360: what a car is, what must be done to it, how it is used, who owned it, what happened."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from apps import figures, frame, identity, menu, session, vehicles, words
from apps.api_client import ApiProblem
from operational_api.vin import LENGTH, neighbours

READERS = "advisors, parts and managers of dealers, regional managers and the maker's analysts"
MOST = 50


def body(snapshot: dict[str, Any]) -> None:
    as_of = date.fromisoformat(snapshot["as_of_date"])
    asked = _asked()
    if asked is None:
        _waiting()
        return
    car = _found(asked)
    if car is None:
        return
    st.subheader(car["vin"], anchor=False)
    what = " ".join(str(car[c]) for c in ("model", "variant", "colour") if car[c])
    engine = f" · engine {car['engine_no']}" if car["engine_no"] else ""
    st.markdown(f"**{what}** · {words.label(car['state'])}{engine}  \n{vehicles.number_says(car)}")
    _campaigns(car["vin"])
    if car["check_state"] == "does_not_fit":
        st.warning("The check digit does not fit: compare the number with the plate before you order parts.",
                   icon=":material/pin:")  # fmt: skip
    orders = session.table("mart_order_pipeline", vin=car["vin"]).sort("ordered_date")
    order = orders.row(-1, named=True) if orders.height else None
    st.markdown(" → ".join(f"{name} {words.day(day)}" for name, day in vehicles.life(car, order)))
    _actions(car["vin"])
    left, right = st.columns(2, gap="large")
    with left:
        _service(car, as_of)
        _warranty(car, as_of)
        _owners(car["vin"])
    with right:
        _odometer(car)
        _parts(car["vin"])
    _timeline(car["vin"])


def _actions(vin: str) -> None:
    """What a dealer does with the car in front of him; the forms of the desk open with its number."""
    known = session.user()
    if known is None or known.role != "dealer_staff":
        return
    desk = f"{session.api_url()}/desk"
    with st.container(horizontal=True, gap="small"):
        st.link_button(
            "Book a visit", f"{desk}/documents/service_appointments/new?vin={vin}", icon=":material/event:"
        )
        st.link_button("Order parts", f"{desk}/suggestions", icon=":material/shopping_cart:")
        asks = urlencode({"subject": f"Odometer of {vin}", "topic": "odometer"})
        st.link_button(
            "Report the odometer", f"{desk}/documents/feedback/new?{asks}", icon=":material/speed:"
        )
        st.link_button("Open at the desk", f"{desk}/vehicles/{vin}", icon=":material/open_in_new:")


def _service(car: dict[str, Any], as_of: date) -> None:
    st.subheader("Next service", anchor=False)
    st.markdown(vehicles.next_service(car, as_of))


def _parts(vin: str) -> None:
    """Parts that were fitted here and that another number replaces now: what to order for this car."""
    try:
        visits = session.api().documents("repair_orders", [("vin", vin)])
    except ApiProblem as problem:
        if problem.status in {403, 404}:
            return
        raise
    fitted = {line["part_id"] for visit in visits for line in visit["data"].get("parts") or ()}
    if not fitted:
        return
    st.subheader("Parts fitted here", anchor=False)
    found = vehicles.replaced(fitted, session.table("bridge_part_chain", part_id=sorted(fitted)))
    if found.is_empty():
        st.markdown(f"{words.plural(len(fitted), 'number')} fitted, none replaced since: "
                    + ", ".join(sorted(fitted)[:8]))  # fmt: skip
        return
    st.markdown(f"**{found.height} of {words.plural(len(fitted), 'fitted number')} replaced since**")
    st.table(found, hide_index=True)


def _asked() -> str | None:
    """The VIN or its end, from the address or the box; None while nothing was asked."""
    if "vin_asked" not in st.session_state:
        st.session_state["vin_asked"] = st.query_params.get("vin", "")
    with st.container(width=340):
        text = st.text_input(
            "VIN, its end, or a plate", key="vin_asked", placeholder="the last 6 characters will do",
            max_chars=17,
        )  # fmt: skip
    wanted = text.strip().upper()
    if wanted:
        st.query_params["vin"] = wanted
    else:
        st.query_params.pop("vin", None)
    return wanted or None


def _waiting() -> None:
    """Before anything is asked: the cars that need somebody."""
    open_cars = session.table("mart_vehicle_campaign", is_open_recall="true")
    if open_cars.is_empty():
        frame.empty("No car is asked about.", "Type a VIN, or the end of one.")
        return
    st.markdown(f"**{words.plural(open_cars.height, 'car')} under an open safety recall**")
    actions = (
        open_cars.group_by("service_action_id", "title").agg(Cars=pl.len()).sort("Cars", descending=True)
    )
    st.table(actions.rename({"service_action_id": "Recall", "title": "What"}), hide_index=True)
    st.caption(f"For example {', '.join(open_cars.sort('vin')['vin'].head(3).to_list())}.")


def _found(asked: str) -> dict[str, Any] | None:
    """The one car; several, or none, are said with a way on."""
    if len(asked) == 17:
        cars = session.table("mart_vehicle_360", vin=asked)
    elif len(asked) < vehicles.SHORTEST:
        frame.empty("Too short.", f"Type at least {vehicles.SHORTEST} characters of the end.")
        return None
    else:
        cars = session.table("mart_vehicle_360").filter(pl.col("vin").str.ends_with(asked))
        if cars.is_empty():
            cars = _by_plate(asked)
    if cars.is_empty():
        _unknown(asked)
        return None
    if cars.height > 1:
        st.markdown(f"**{words.plural(cars.height, 'car')} end so**")
        frame.table(cars.select("vin", "model", "variant", "colour").head(MOST))
        return None
    return cars.row(0, named=True)


def _by_plate(asked: str) -> pl.DataFrame:
    """Cars that a plate leads to, as far as the reader sees plates; nobody for none."""
    try:
        found = session.api().get("/v1/find", [("q", asked)])["vehicles"]
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        found = []
    return session.table("mart_vehicle_360", vin=[car["key"] for car in found] or ["-"])


def _unknown(asked: str) -> None:
    """Why no car is shown, what may have been meant, and how a car that is really new comes on file."""
    if len(asked) != LENGTH:
        frame.empty(
            f"No car {asked} is on file.", "Check the number or the plate: one character is easily misread."
        )
        return
    why, repairs = vehicles.unknown_number(asked)
    near = session.table("mart_vehicle_360", vin=sorted({*repairs, *neighbours(asked)}))
    frame.empty(f"No car {asked} is on file.", why)
    if not near.is_empty():
        st.markdown("**On file and one character apart:**")
        for vin in near["vin"].sort().head(5):
            st.page_link(
                "views/vehicle_360.py", label=vin, icon=":material/directions_car:", query_params={"vin": vin}
            )
    known = session.user()
    if known is not None and known.role == "dealer_staff":
        asks = urlencode({"subject": f"Car {asked} is not on file", "topic": "unknown_vin"})
        st.link_button("Ask the maker to open it", f"{session.api_url()}/desk/documents/feedback/new?{asks}",
                       icon=":material/add_circle:")  # fmt: skip


def _campaigns(vin: str) -> None:
    """First of all: what must be done to the car."""
    rows = session.table("mart_vehicle_campaign", vin=vin)
    waiting = rows.filter("is_open")
    for row in waiting.iter_rows(named=True):
        kind = words.label(row["action_kind"]).lower()
        st.error(
            f"**Open {kind}: {row['title']}** · {row['service_action_id']} · operation {row['operation']}, "
            f"{words.number(row['standard_hours'], 1)} h · announced {words.day(row['announced_date'])}",
            icon=":material/warning:",
        )
    if waiting.is_empty():
        done = rows.filter(pl.col("state") == "done").height
        st.success(
            f"No open recall or campaign{f'; {done} done' if done else ''}.", icon=":material/verified:"
        )


def _warranty(car: dict[str, Any], as_of: date) -> None:
    st.subheader("Warranty", anchor=False)
    shown = vehicles.clocks(car, as_of)
    if not shown:
        frame.empty(*vehicles.no_clock(car))
    for clock in shown:
        if clock.used is None:
            st.markdown(f"{clock.label}: {clock.left}")
        else:
            st.progress(clock.used, text=f"{clock.label}: {clock.left}")
    if shown and car["sold_market"]:
        st.caption(f"By the claim rules in force in {words.country(car['sold_market'])}.")


def _odometer(car: dict[str, Any]) -> None:
    st.subheader("Odometer", anchor=False)
    doubt = vehicles.doubts(car)
    if doubt:
        st.warning(f"{doubt}: check before warranty or trade-in.", icon=":material/speed:")
    readings = session.table("fct_odometer_reading", vin=car["vin"]).sort("read_date")
    if readings.is_empty():
        frame.empty("You see no reading.", vehicles.use(car) + ". Readings of other outlets stay with them.")
        return
    table = readings.select(
        Day=pl.col("read_date").map_elements(words.day, return_dtype=pl.String),
        Kilometres=pl.col("odometer_km").map_elements(words.number, return_dtype=pl.String),
        Source=pl.col("source").str.replace_all("_", " "),
        Finding=pl.col("finding").str.replace_all("_", " "),
    )
    frame.chart(figures.odometer(readings), vehicles.use(car), table, key="odometer")


def _owners(vin: str) -> None:
    st.subheader("Owners", anchor=False)
    owners = session.table("bridge_vehicle_owner", vin=vin)
    if owners.is_empty():
        frame.empty("You see no owner.", "Owners whom another outlet wrote down stay with it.")
        return
    records = owners["customer_id"].drop_nulls().unique().to_list()
    names, record = _names(records), owners.sort("valid_from_date")["customer_id"][-1]
    st.table(vehicles.owner_rows(owners, names), hide_index=True)
    if record in names:
        st.page_link("views/customer_360.py", label=f"Open {names[record]}", icon=":material/person_search:",
                     query_params={"q": record})  # fmt: skip


def _names(records: list[str]) -> dict[str, str]:
    """Names of owners for who has the customer page; to everybody else they are keys."""
    known = session.user()
    if known is None or "customer_360" not in {entry.name for entry in menu.entries(known.role)}:
        return {}
    return identity.names(session.table("dim_customer", customer_id=records or ["-"]))


def _timeline(vin: str) -> None:
    st.subheader("What happened", anchor=False)
    events = session.table("fct_vehicle_event", vin=vin)
    if events.is_empty():
        frame.empty("Nothing happened at your outlets.", "History of other outlets stays with them.")
        return
    frame.table(vehicles.timeline(events).head(MOST), alt=f"Timeline of {vin}")
    if events.height > MOST:
        st.caption(f"The latest {MOST} of {events.height:,}; the Excel button has all.")


with frame.page(
    "Vehicle 360",
    "What is this car, what is it owed, how is it used, and what happened to it?",
    readers=READERS,
    export=frame.Export("fct_vehicle_event", {"vin": st.query_params.get("vin") or None}),
) as published:
    body(published)
