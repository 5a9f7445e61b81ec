"""How a customer may be reached and what is next for him, worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from apps import next_step, reaching
from operational_api.contact import Channel, Purpose, Reason
from operational_api.policy import MASK

pytestmark = pytest.mark.fast
TODAY = date(2026, 7, 1)
OPEN = {Reason.PERMITTED, Reason.LEGAL_DUTY, Reason.CONTRACT}
CAR = {
    "vin": "V1",
    "model": "Aro",
    "next_service_date": date(2026, 6, 1),
    "warranty_end_date": date(2026, 8, 1),
}
RECALL = {"vin": "V1", "title": "Brake hose", "action_kind": "safety_recall", "is_open_recall": True,
          "announced_date": date(2026, 5, 1)}  # fmt: skip
LEAD = {
    "lead_id": "L1",
    "series": "ARO",
    "probability": 0.4,
    "horizon_days": 60,
    "reason_1": "level: H (+1.2)",
}


def verdicts(reminder: Reason) -> dict[tuple[str, str], dict[str, Any]]:
    """Recalls and contracts go out; reminders and offers as told."""
    fixed = {Purpose.SAFETY: Reason.LEGAL_DUTY, Purpose.CONTRACT: Reason.CONTRACT}
    return {
        (p, c): {"reason": (why := fixed.get(p, reminder)), "is_allowed": why in OPEN, "warnings": []}
        for p in Purpose
        for c in Channel
    }


def steps(reminder: Reason | None, **given: Any) -> list[next_step.Step]:
    nothing: dict[str, Any] = {key: [] for key in ("cars", "recalls", "returns", "leads", "tasks")}
    said = None if reminder is None else verdicts(reminder)
    return next_step.steps(**{**nothing, **given}, verdicts=said, today=TODAY)


def test_an_allowed_way_leads_to_the_number_and_a_closed_one_says_why():
    found = reaching.ways(verdicts(Reason.PERMITTED), Purpose.MARKETING, phone="+971 50-12 / 5", email=None)
    assert [(w.label, w.address, w.why_not) for w in found] == [
        ("Call", "tel:+9715012", None), ("Text message", "sms:+9715012", None),
        ("E-mail", "", "no e-mail on file"),
    ]  # fmt: skip


def test_an_expired_permission_closes_every_way_and_is_said_once():
    found = reaching.ways(verdicts(Reason.EXPIRED), Purpose.MARKETING, phone="+1", email="a@b.example")
    assert all(w.why_not for w in found)
    assert reaching.by_reason(found) == "No call, no text message, no e-mail: permission expired"


def test_a_masked_number_cannot_be_called():
    call = reaching.ways(verdicts(Reason.PERMITTED), Purpose.CONTRACT, phone=MASK, email=MASK)[0]
    assert call.why_not == "your role does not see the phone"


def test_a_recall_comes_first_and_past_a_refusal():
    first, *others = steps(Reason.REFUSED, cars=[CAR], recalls=[RECALL], leads=[LEAD])
    assert (first.what, first.why_not) == ("Book V1 in for an open safety recall", None)
    assert {step.why_not for step in others} == {"asked not to be contacted"}


def test_what_may_be_done_comes_before_what_may_not():
    tasks = [{"data": {"due_date": "2026-06-29", "rule_code": "POST_REPAIR"}}]
    found = steps(Reason.EXPIRED, cars=[CAR], tasks=tasks)
    assert [(s.what, s.why_not is None) for s in found] == [
        ("Make the contact: post repair", True), ("Ask for permission at the next visit", True),
        ("Invite Aro for service", False), ("Check Aro before its warranty ends", False),
    ]  # fmt: skip
    assert found[0].why == "2 days overdue"


def test_who_said_no_is_not_asked_again():
    assert steps(Reason.WITHDRAWN) == []
    assert [s.what for s in steps(Reason.NO_PERMISSION)] == ["Ask for permission at the next visit"]


def test_a_service_far_ahead_and_an_unlikely_lead_are_no_step():
    car = CAR | {"next_service_date": date(2026, 9, 1), "warranty_end_date": None}
    assert steps(Reason.PERMITTED, cars=[car], leads=[LEAD | {"probability": 0.05}]) == []


def test_a_step_tells_its_chance_and_reason():
    (service, lead, _) = steps(None, cars=[CAR], returns=[{"vin": "V1", "probability": 0.25}], leads=[LEAD])
    assert service.why == "overdue since 1 Jun 2026; 25 % chance to come within half a year"
    assert lead.why == "40 % chance to order within 60 days, mostly by level: H"
