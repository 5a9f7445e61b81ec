"""What the vehicle page concludes from a car's row: pure, row to words.

A clock that nobody declared is not shown as zero, and an estimate always says how many readings it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from apps import words
from operational_api.vin import check_vin

Row = Mapping[str, Any]
SHORTEST = 5  # characters of the end of a VIN that find cars
_EVENTS: Mapping[str, str] = {
    "retail_delivery": "Delivered",
    "vehicle_ownership": "Owner",
    "repair_order": "Workshop",
    "warranty_claim": "Claim",
    "campaign_vin": "Campaign done",
    "service_appointment": "Did not come",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit of the warranty: what is left in words, and the part of it used (None: no limit declared)."""

    label: str
    left: str
    used: float | None


def number_says(car: Row) -> str:
    """The VIN in words: maker, country, model year, plant, and what its check digit is worth."""
    maker = car["maker"] or "a maker not in our table"
    where = words.country(car["wmi_country"]) if car["wmi_country"] else "a code no country holds"
    year = f"model year {car['model_year']}" if car["model_year"] else "no model year in the number"
    check = {
        "fits": "check digit fits",
        "does_not_fit": "**check digit does not fit**",
        "not_used": "check digit not used by this maker",
    }[car["check_state"]]
    return f"{maker} ({where}) · {year} · plant code {car['plant_code']} · serial {car['serial']} · {check}"


def life(car: Row, order: Row | None = None) -> list[tuple[str, date]]:
    """What happened to the car, in order; only what is known. order: its row of mart_order_pipeline."""
    of_order = order or {}
    steps = {
        "Ordered": of_order.get("ordered_date"), "Built": car["production_date"],
        "Shipped": of_order.get("dispatched_date"), "In stock": of_order.get("received_date"),
        "Registered": car["registration_date"],
        "Delivered": car["delivered_date"], "Present owner": car["owned_since_date"],
        "Last visit": car["last_visit_date"],
    }  # fmt: skip
    return sorted(((n, d) for n, d in steps.items() if d is not None), key=lambda step: step[1])


def clocks(car: Row, as_of: date) -> list[Clock]:
    """Time and distance of the warranty; empty when it has not begun."""
    start, end = car["warranty_start_date"], car["warranty_end_date"]
    if start is None:
        return []
    found = []
    if end is None:
        found.append(Clock("Time", "no rule says how long", None))
    else:
        days, whole = (end - as_of).days, max((end - start).days, 1)
        left = f"{days:,} days left, until {words.day(end)}" if days >= 0 else f"over since {words.day(end)}"
        found.append(Clock("Time", left, min(max(1 - days / whole, 0.0), 1.0)))
    limit, driven = car["warranty_limit_km"], car["estimated_km"]
    if limit is None:
        found.append(Clock("Distance", "no rule says how far", None))
    elif driven is None:
        found.append(Clock("Distance", f"{limit:,} km; nobody read the odometer twice", None))
    else:
        left = limit - driven
        said = f"{left:,.0f} km left of {limit:,}" if left >= 0 else f"over by {-left:,.0f} km"
        found.append(Clock("Distance", said, min(max(driven / limit, 0.0), 1.0)))
    return found


def no_clock(car: Row) -> tuple[str, str]:
    """Why there is no clock of the warranty, and what to do."""
    if car["state"] == "retailed":
        return (
            "When the warranty began is not on file.",
            "No delivery of this car was reported: ask the outlet that handed it over.",
        )
    return "The warranty has not begun.", "It begins with the delivery to an owner."


def next_service(car: Row, as_of: date) -> str:
    """When, in days from today, and what it rests on."""
    due = car["next_service_date"]
    if due is None:
        return "Not known before the first visit."
    days = (due - as_of).days
    when = f"in {words.plural(days, 'day')}" if days >= 0 else f"{words.plural(-days, 'day')} overdue"
    last = f"last visit {words.day(car['last_visit_date'])}"
    pace = "" if car["km_per_day"] is None else f", {words.number(car['km_per_day'])} km a day"
    return f"**{words.day(due)}**, {when} (by time or kilometres: {last}{pace})"


def replaced(fitted: Iterable[str], chains: pl.DataFrame) -> pl.DataFrame:
    """Of the parts fitted to a car those that another number replaces now. chains: bridge_part_chain."""
    found = chains.filter(
        pl.col("part_id").is_in(sorted(set(fitted))) & (pl.col("part_id") != pl.col("current_part_id"))
    )
    return found.sort("part_id").select(
        Fitted="part_id",
        **{"Order now": "current_part_id"},
        Units=pl.col("factor").map_elements(lambda f: words.number(f, 0 if f == int(f) else 1),
                                            return_dtype=pl.String),
        Since=pl.col("valid_from_date").map_elements(words.day, return_dtype=pl.String).fill_null(words.DASH),
    )  # fmt: skip


def unknown_number(asked: str) -> tuple[str, tuple[str, ...]]:
    """What is wrong with a whole number that no car has, and numbers one misread character away."""
    for finding in check_vin(asked):
        return (
            f"{finding.rule[:1].upper()}{finding.rule[1:]}: {finding.remedy.split('. Did you mean')[0]}.",
            finding.repairs,
        )
    return "The number is well formed: it is new to the network, or one character was misread.", ()


def use(car: Row) -> str:
    """Daily use with its reading count, and where the odometer is likely to stand."""
    if car["km_per_day"] is None:
        return f"{words.plural(car['sound_readings'], 'sound reading')}: too few for an estimate"
    return (
        f"{words.number(car['km_per_day'])} km a day, estimated from "
        f"{words.plural(car['sound_readings'], 'reading')}; about {words.number(car['estimated_km'])} km now"
    )


def doubts(car: Row) -> str | None:
    """What is wrong with the readings, in words; None when nothing is."""
    said = []
    if car["rolled_back_readings"]:
        said.append(f"{words.plural(car['rolled_back_readings'], 'reading')} below an earlier one")
    if car["misread_readings"]:
        said.append(f"{words.plural(car['misread_readings'], 'reading')} out of line with the others")
    return "; ".join(said) or None


def timeline(events: pl.DataFrame) -> pl.DataFrame:
    """Newest first: Day, What, Detail, Outlet, Odometer, Document."""
    return events.sort("happened_date", "document_key", descending=True).select(
        Day=pl.col("happened_date").map_elements(words.day, return_dtype=pl.String),
        What=pl.col("document").replace_strict(_EVENTS, default=pl.col("document")),
        Detail=pl.coalesce("detail", pl.lit("")).str.replace_all("_", " "),
        State=pl.col("state").str.replace_all("_", " "),
        Outlet="outlet_id",
        Odometer=pl.col("odometer_km")
        .map_elements(lambda km: f"{km:,} km", return_dtype=pl.String, skip_nulls=True)
        .fill_null(""),
        Document="document_key",
    )


def owner_rows(owners: pl.DataFrame, names: Mapping[str, str] | None = None) -> pl.DataFrame:
    """From, Until, Owner (the name, the record's key, or unknown), Written down by."""
    return owners.sort("valid_from_date", descending=True).select(
        From=pl.col("valid_from_date").map_elements(words.day, return_dtype=pl.String),
        Until=pl.col("valid_to_date").map_elements(words.day, return_dtype=pl.String).fill_null("today"),
        Owner=pl.col("customer_id").replace(dict(names or {})).fill_null("unknown"),
        Outlet=pl.col("outlet_id").fill_null(""),
    )
