"""Vehicle page: what a car is, what must be done to it first, and what was done (E6).

In: a VIN and whatever the reader may see about it. Out: one page. History of other dealers stays with them;
recalls, campaigns and the car itself are for everybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from operational_api.desk import forms
from operational_api.desk.api import Api, Refused
from operational_api.desk.names import names_of
from operational_api.desk.outlets import outlet_of, zone_of
from operational_api.desk.page import page
from operational_api.desk.session import Session
from operational_api.documents import BY_NAME
from operational_api.documents.customer_record import CUSTOMER_RECORD
from operational_api.documents.vehicle import VEHICLE

# Types that say something about a car, by the order in which the page needs them.
ABOUT = (
    "campaign_vin", "vehicle_lock", "repair_order", "warranty_claim", "retail_delivery", "vehicle_ownership",
    "service_contract", "service_appointment",
)  # fmt: skip
MOST = 60  # of each type; a car that was here more often has its list
CHART_WIDTH, CHART_HEIGHT = 320, 80
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """An odometer reading; `is_low` when an earlier day already showed more."""

    day: date
    km: int
    key: str
    is_low: bool = False


async def show(request: Request, session: Session, api: Api) -> Response:
    vin = str(request.path_params["vin"]).upper()
    car = await api.get(f"/v1/{VEHICLE.collection}/{vin}")
    zone, product, known = await asyncio.gather(
        zone_of(api, outlet_of(request, session)),
        _one(api, "products", car["data"]["product_id"]),
        _known(api, session, vin),
    )
    actions = [c for c in known["campaign_vin"] if c["state"] == "open"]
    titles = await asyncio.gather(
        *(_one(api, "service_actions", c["data"]["service_action_id"]) for c in actions)
    )
    owners = sorted(known["vehicle_ownership"], key=lambda o: str(o["data"]["starts_date"]), reverse=True)
    readings = flagged(_readings(known))
    return page(
        request,
        session,
        "vehicle.html",
        car=car,
        product=product,
        zone=zone,
        actions=list(zip(actions, titles, strict=True)),
        locks=[lock for lock in known["vehicle_lock"] if lock["state"] == "active"],
        known=known,
        life=life(car, known["retail_delivery"]),
        owners=owners,
        names=await names_of(
            session, api, [(CUSTOMER_RECORD.name, o["data"]["customer_id"]) for o in owners]
        ),
        readings=readings,
        low={reading.key for reading in readings if reading.is_low},
        points=points(readings),
        clocks=[clock(c, readings, datetime.now(UTC).date()) for c in known["service_contract"]],
        shown=forms.shown,
        vehicle=VEHICLE,
        session_reads=lambda name: session.reads(BY_NAME[name]),
    )


def life(car: Row, deliveries: Iterable[Row]) -> list[tuple[str, str]]:
    """What happened to the car and on which day, in that order; only what is known."""
    told = [d["data"] for d in deliveries if d["state"] in {"reported", "audited"}]
    sold: Row = max(told, key=lambda d: str(d["delivered_date"]), default={})
    steps = {
        "Built": car["data"].get("production_date"),
        "Sold": sold.get("delivered_date"),
        "Warranty began": sold.get("warranty_start_date"),
        "Registered": car["data"].get("registration_date"),
    }
    return sorted(((name, str(day)) for name, day in steps.items() if day), key=lambda step: step[1])


def flagged(readings: Iterable[Reading]) -> list[Reading]:
    """In order of time; a reading below one of an earlier day is marked: wrong, or turned back."""
    highest, out = -1, []
    for reading in sorted(readings, key=lambda r: (r.day, r.km)):
        out.append(Reading(reading.day, reading.km, reading.key, reading.km < highest))
        highest = max(highest, reading.km)
    return out


def points(readings: list[Reading]) -> str:
    """The readings as points of a line chart; empty for fewer than two days."""
    if len({r.day for r in readings}) < 2:
        return ""
    first, days = readings[0].day, (readings[-1].day - readings[0].day).days
    most = max(r.km for r in readings) or 1
    return " ".join(
        f"{(r.day - first).days * CHART_WIDTH / days:.0f},{CHART_HEIGHT - r.km * CHART_HEIGHT / most:.0f}"
        for r in readings
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """What is left of a maintenance contract: days and kilometres, None where it has no such end."""

    row: Row
    days_left: int
    km_left: int | None


def clock(contract: Row, readings: Iterable[Reading], today: date) -> Clock:
    """Below zero means over; the distance counts from the highest reading known."""
    data = contract["data"]
    driven = max((r.km for r in readings), default=0)
    limit = data.get("limit_km")
    left = (date.fromisoformat(data["ends_date"]) - today).days
    return Clock(contract, left, None if limit is None else int(limit) - driven)


def _readings(known: Mapping[str, list[Row]]) -> list[Reading]:
    days = {
        "repair_order": "opened_at",
        "warranty_claim": "repaired_date",
        "retail_delivery": "delivered_date",
    }
    return [
        Reading(date.fromisoformat(row["data"][day][:10]), int(row["data"]["odometer_km"]), row["key"])
        for name, day in days.items()
        for row in known[name]
        if row["state"] not in {"cancelled", "rejected", "reversed"}
    ]


async def _known(api: Api, session: Session, vin: str) -> dict[str, list[Row]]:
    """Documents about the car by type."""
    found = await asyncio.gather(*(_about(api, session, name, vin) for name in ABOUT))
    return dict(zip(ABOUT, found, strict=True))


async def _about(api: Api, session: Session, name: str, vin: str) -> list[Row]:
    """Newest first; nothing for who may not read the type."""
    document = BY_NAME[name]
    if not session.reads(document):
        return []
    found = await api.get(f"/v1/{document.collection}", vin=vin, limit=MOST)
    day = document.happened or "created_at"
    return sorted(found["items"], key=lambda r: str(r["data"].get(day) or r.get(day) or ""), reverse=True)


async def _one(api: Api, collection: str, key: str) -> Row | None:
    try:
        return dict(await api.get(f"/v1/{collection}/{key}"))
    except Refused as refused:
        if refused.status != 404:
            raise
        return None
