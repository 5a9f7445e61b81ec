"""Vehicle 360: what a car is, what must be done to it, how it is used, who owned it, what happened."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from apps import figures, frame, session, vehicles, words

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
    st.markdown(f"**{what}** · {words.label(car['state'])}  \n{vehicles.number_says(car)}")
    _campaigns(car["vin"])
    st.markdown(" → ".join(f"{name} {words.day(day)}" for name, day in vehicles.life(car)))
    left, right = st.columns(2, gap="large")
    with left:
        _warranty(car, as_of)
        _owners(car["vin"])
    with right:
        _odometer(car)
    _timeline(car["vin"])


def _asked() -> str | None:
    """The VIN or its end, from the address or the box; None while nothing was asked."""
    if "vin_asked" not in st.session_state:
        st.session_state["vin_asked"] = st.query_params.get("vin", "")
    with st.container(width=340):
        text = st.text_input(
            "VIN or its end", key="vin_asked", placeholder="the last 6 characters will do", max_chars=17
        )
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
        frame.empty(f"No car {asked} is on file.", "Check the number: one character is easily misread.")
        return None
    if cars.height > 1:
        st.markdown(f"**{words.plural(cars.height, 'car')} end so**")
        frame.table(cars.select("vin", "model", "variant", "colour").head(MOST))
        return None
    return cars.row(0, named=True)


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
        frame.empty("The warranty has not begun.", "It begins with the delivery to an owner.")
    for clock in shown:
        if clock.used is None:
            st.markdown(f"{clock.label}: {clock.left}")
        else:
            st.progress(clock.used, text=f"{clock.label}: {clock.left}")
    if shown and car["next_service_date"]:
        st.caption(f"Next service by time or kilometres: {words.day(car['next_service_date'])}")


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
    st.table(vehicles.owner_rows(owners), hide_index=True)


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
