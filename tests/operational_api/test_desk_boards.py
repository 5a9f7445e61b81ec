"""What the workshop board and the vehicle page say of rows: order, lateness, low readings, what is left."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from operational_api.contact import Reason
from operational_api.desk import lookup, vehicle, workshop
from operational_api.desk.vehicle import Reading

pytestmark = pytest.mark.fast
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def repair(key: str, promised: str | None = None) -> dict[str, Any]:
    data = {"opened_at": "2026-03-09T08:00:00Z"} | ({"promised_at": promised} if promised else {})
    return {"key": key, "data": data}


def test_the_longest_late_comes_first_and_what_was_promised_to_nobody_last():
    rows = [
        repair("none"),
        repair("later", "2026-03-10T16:00:00Z"),
        repair("late", "2026-03-10T09:30:00Z"),
        repair("latest", "2026-03-09T18:00:00Z"),
    ]
    stage = workshop.staged("in_work", rows, NOW)
    assert [(c.row["key"], c.late) for c in stage.cards] == [
        ("latest", timedelta(hours=18)),
        ("late", timedelta(hours=2, minutes=30)),
        ("later", None),
        ("none", None),
    ]
    assert (stage.count, stage.late) == (4, 2)


def test_a_car_that_is_ready_is_not_late_and_a_long_stage_is_cut_but_counted():
    rows = [repair(f"r{n:02}", "2026-03-01T08:00:00Z") for n in range(25)]
    assert workshop.staged("ready", rows, NOW).late == 0
    stage = workshop.staged("qc", rows, NOW)
    assert (len(stage.cards), stage.count, stage.late) == (20, 25, 25)


def test_a_reading_below_an_earlier_day_is_marked_and_the_true_ones_are_not():
    read = [(date(2026, 3, 1), 30_000, "c"), (date(2025, 1, 1), 10, "a"), (date(2026, 1, 1), 41_000, "b")]
    found = vehicle.flagged(Reading(*r) for r in read)
    assert [(r.key, r.is_low) for r in found] == [("a", False), ("b", False), ("c", True)]


def test_the_chart_runs_from_the_first_day_to_the_last_and_needs_two():
    days = [
        Reading(date(2026, 1, 1), 0, "a"),
        Reading(date(2026, 1, 5), 50, "b"),
        Reading(date(2026, 1, 9), 100, "c"),
    ]
    assert vehicle.points(days) == "0,80 160,40 320,0"
    assert vehicle.points(days[:1]) == ""


def test_a_contract_ends_by_time_and_by_distance():
    contract = {"data": {"ends_date": "2026-03-15", "limit_km": 60_000}}
    found = vehicle.clock(contract, [Reading(date(2026, 1, 1), 61_000, "a")], date(2026, 3, 10))
    assert (found.days_left, found.km_left) == (5, -1000)
    assert vehicle.clock({"data": {"ends_date": "2026-03-09"}}, [], date(2026, 3, 10)).km_left is None


def test_the_life_of_a_car_is_told_in_the_order_of_its_days_without_reversed_sales():
    car = {"data": {"production_date": "2026-01-05", "registration_date": "2026-02-03"}}
    sold = {"delivered_date": "2026-02-10", "warranty_start_date": "2026-02-10"}
    deliveries = [
        {"state": "audited", "data": sold},
        {"state": "reversed", "data": sold | {"delivered_date": "2026-03-01"}},
    ]
    assert vehicle.life(car, deliveries) == [
        ("Built", "2026-01-05"),
        ("Registered", "2026-02-03"),
        ("Sold", "2026-02-10"),
        ("Warranty began", "2026-02-10"),
    ]


@pytest.mark.parametrize(
    ("on_file", "reason"),
    [
        ({}, Reason.NO_PERMISSION),
        ({"is_blacklisted": True}, Reason.BLACKLISTED),
        ({"refused": ["phone"]}, Reason.REFUSED),
        ({"refused": ["email"]}, Reason.NO_PERMISSION),
        ({"permissions": [("given", None)]}, Reason.PERMITTED),
        ({"permissions": [("given", "2026-03-09")]}, Reason.EXPIRED),
        ({"permissions": [("withdrawn", None)]}, Reason.WITHDRAWN),
    ],
)
def test_whether_the_workshop_may_call_is_the_verdict_of_the_file(on_file, reason):
    told = [
        {
            "purpose": "service_marketing",
            "channel": "phone",
            "state": state,
            "given_at": "2026-01-01T08:00:00Z",
            "expires_date": expires,
        }
        for state, expires in on_file.get("permissions", [])
    ]
    verdict = lookup.may_call({"on_file": {**on_file, "permissions": told}}, date(2026, 3, 10))
    assert verdict.reason is reason
    assert verdict.is_allowed is (reason is Reason.PERMITTED)
    assert verdict.reason in lookup.PERMISSION
