"""Persons are kept as long as the rules say, by purpose and market, and not a day less for a reason."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from typing import Any

import psycopg
import pytest

from operational_api.documents import BY_NAME
from pipelines.intake import post
from pipelines.postgres import DatabaseRole
from pipelines.retention import RetentionReport, retain
from pipelines.settings import Settings

pytestmark = pytest.mark.db
DAY = date(2026, 6, 1)
VIN = "5GZCZ43D13S812715"
OUTLET = {
    "name": "A", "legal_entity": "A", "outlet_kind": "dealer", "region_path": "MEA", "city": "Dubai",
    "timezone": "Asia/Dubai", "currency": "AED", "language": "en", "opened_date": "2020-01-01",
}  # fmt: skip


def write(settings: Settings, name: str, *lines: dict[str, Any]) -> None:
    posted = post(settings, BY_NAME[name], lines)
    assert posted.rejected == 0, posted.errors


def opening(key: str, data: Mapping[str, Any], outlet: str | None = None, **more: Any) -> dict[str, Any]:
    place = {"outlet_id": outlet} if outlet else {}
    return {"action": "open", "key": key, **place, **more, "data": dict(data)}


def rule(
    settings: Settings, key: str, purpose: str, days: int, market: str | None = None, **more: str
) -> None:
    data = {
        "purpose": purpose,
        "keep_days": days,
        "basis": "law",
        "effective_from_date": "2026-01-01",
        **more,
    }
    data |= {"market": market} if market else {}
    write(settings, "retention_rule", opening(key, data, by="drafter"), {"action": "activate", "key": key})


@pytest.fixture
def people(settings: Settings) -> Settings:
    """P1 and P3 asked once (AE, DE), P2 lately, C1 had his car serviced; all were written down in 2020."""
    for code, market in (("AE01", "AE"), ("DE01", "DE")):
        write(settings, "outlet", opening(code, OUTLET | {"market": market}))
    product = {"brand": "A", "series": "A", "model": "A", "variant": "A", "colour": "red", "model_year": 2020,
               "launch_date": "2019-01-01", "list_price_minor": 1, "currency": "USD"}  # fmt: skip
    write(settings, "product", opening("X", product))
    write(settings, "vehicle", opening(VIN, {"product_id": "X", "production_date": "2020-01-01"}))
    person = {"customer_type": "person", "source": "file"}
    for key, outlet in (("P1", "AE01"), ("P2", "AE01"), ("P3", "DE01"), ("C1", "AE01")):
        own = person | {"family_name": f"Name{key}", "phone": f"+97150123456{len(key)}{ord(key[-1])}"}
        write(
            settings, "customer_record", opening(key, own, outlet, state="active", at="2020-01-02T09:00:00Z")
        )
    for key, year in (("P1", 2024), ("P2", 2026), ("P3", 2024)):
        data = {"source": "walk_in", "customer_id": key, "arrived_at": f"{year}-03-01T09:00:00Z"}
        outlet = "DE01" if key == "P3" else "AE01"
        write(settings, "lead", opening(f"L-{key}", data, outlet, at=f"{year}-03-01T09:00:00Z"))
    order = {"vin": VIN, "customer_id": "C1", "opened_at": "2024-03-01T09:00:00Z", "odometer_km": 10,
             "complaint_code": "oil", "currency": "AED"}  # fmt: skip
    at = "2024-03-01T10:00:00Z"
    write(settings, "repair_order", opening("R1", order, "AE01", at=at),
          {"action": "cancel", "key": "R1", "at": at})  # fmt: skip
    return settings


def told(report: RetentionReport) -> list[tuple[str, str, str]]:
    return [(row.customer_id, row.purpose, row.outcome) for row in report.rows]


def states(settings: Settings) -> dict[str, str]:
    with psycopg.connect(settings.role_url(DatabaseRole.EXTRACT)) as reader:
        return dict(reader.execute("select customer_id, state from doc.customer_record").fetchall())


def test_without_a_rule_nobody_is_due(people: Settings) -> None:
    assert retain(people, as_of=DAY, run=True).rows == []


def test_a_purpose_has_its_own_time_counted_from_the_last_thing_that_happened(people: Settings) -> None:
    rule(people, "RR1", "prospect", 365)
    report = retain(people, as_of=DAY, run=False)
    assert told(report) == [("P1", "prospect", "due"), ("P3", "prospect", "due")]  # P2 came lately
    assert (report.rows[0].last_date, report.rows[0].due_date) == (date(2024, 3, 1), date(2025, 3, 1))
    rule(people, "RR2", "customer", 365)
    assert ("C1", "customer", "due") in told(retain(people, as_of=DAY, run=False))
    assert retain(people, as_of=date(2025, 3, 1), run=False).rows == []  # no rule was in force then


def test_a_market_has_its_own_time(people: Settings) -> None:
    rule(people, "RR1", "prospect", 365)
    rule(people, "RR2", "prospect", 3650, "DE")
    assert told(retain(people, as_of=DAY, run=False)) == [("P1", "prospect", "due")]


def test_a_dry_run_changes_nothing_and_a_run_erases_through_the_one_path(people: Settings) -> None:
    rule(people, "RR1", "prospect", 365, "AE")
    retain(people, as_of=DAY, run=False)
    assert states(people)["P1"] == "active"
    report = retain(people, as_of=DAY, run=True)
    assert told(report) == [("P1", "prospect", "erased")]
    assert report.forgotten.persons == 1
    assert states(people) == {"P1": "erased", "P2": "active", "P3": "active", "C1": "active"}
    assert report.path is not None
    assert "NameP1" not in report.path.read_text()
    (row,) = csv.DictReader(report.path.open())
    assert (row["customer_id"], row["retention_rule_id"], row["outcome"]) == ("P1", "RR1", "erased")
    assert retain(people, as_of=DAY, run=True).rows == []  # again, nobody


def test_whoever_stands_on_the_blacklist_or_owns_a_recalled_car_is_held_back_with_the_reason(
    people: Settings,
) -> None:
    rule(people, "RR1", "prospect", 365)
    rule(people, "RR2", "customer", 365)
    entry = {"customer_id": "P1", "reason": "abuse", "listed_at": "2024-04-01T09:00:00Z"}
    write(people, "blacklist_entry", opening("B1", entry, "AE01", at="2024-04-01T09:00:00Z"))
    owned = {"vin": VIN, "customer_id": "C1", "starts_date": "2021-01-01", "reference": "D1"}
    write(people, "vehicle_ownership", opening("O1", owned, "AE01", at="2021-01-01T09:00:00Z"))
    action = {"title": "hose", "action_kind": "safety_recall", "announced_date": "2025-01-01",
              "operation": "OP", "standard_hours": 1}  # fmt: skip
    write(people, "service_action", opening("S1", action, by="drafter"), {"action": "announce", "key": "S1"})
    write(people, "campaign_vin", opening("V1", {"service_action_id": "S1", "vin": VIN}))
    report = retain(people, as_of=DAY, run=True)
    assert {(r.customer_id, r.outcome, r.reason) for r in report.rows} == {
        ("P1", "held", "stands on the blacklist: lift the entry first"),
        ("C1", "held", "owns a car under an open safety recall"),
        ("P3", "erased", None),
    }
    assert "1 owns a car under an open safety recall" in report.describe()
