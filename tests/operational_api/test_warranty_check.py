"""Claims that keep the market's rules pass by themselves; others come back with the rule's reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from operational_api.documents import BY_NAME
from tests.operational_api.conftest import VIN, AsUser, data_of

pytestmark = [pytest.mark.db, pytest.mark.anyio]

Open = Callable[..., Any]


async def rule(as_user: AsUser, open_one: Open, check: str, most: int, outcome: str, **more: Any) -> None:
    data = {
        "check_kind": check, "most": most, "outcome": outcome, "reason": f"W-{check}",
        "effective_from_date": "2026-01-01",
    } | more  # fmt: skip
    async with as_user("fay") as author, as_user("quy") as other:
        key = f"R-{check}-{more.get('market', '')}"
        answer = await open_one(author, "warranty_rules", key=key, data=data)
        assert answer.status_code == 201, answer.text
        activated = await other.post(
            f"/v1/warranty_rules/{key}/activate", json={}, headers={"If-Match": '"1"'}
        )
        assert activated.status_code == 200, activated.text


async def submitted(as_user: AsUser, open_one: Open, key: str, **data: Any) -> dict[str, Any]:
    """A claim for a repair of 1 March at 20,000 km, submitted on 11 March; 300.00 asked for."""
    claim = {
        "repair_order_id": "K-repair_order", "vin": VIN, "failure_code": f"F-{key}", "odometer_km": 20_000,
        "repaired_date": "2026-03-01", "submitted_date": "2026-03-11", "labour_minor": 10_000,
        "parts_minor": 20_000, "currency": "AED",
    } | data  # fmt: skip
    async with as_user("ann") as http:
        opened = await open_one(http, "warranty_claims", key=key, data=claim)
        assert opened.status_code == 201, opened.text
        answer: httpx.Response = await http.post(
            f"/v1/warranty_claims/{key}/submit", json={}, headers={"If-Match": '"1"'}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]


@pytest.fixture
async def repaired(network: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection) -> None:
    async with as_user("ada") as http:
        for name, key in (("product", "K-product"), ("vehicle", VIN), ("repair_order", "K-repair_order")):
            document = BY_NAME[name]
            data = {f.name: v for f in document.fields if f.required and (v := data_of(document)[f.name])}
            outlet = {"outlet_id": "AE01"} if document.is_tenant else {}
            answer = await open_one(http, document.collection, key=key, data=data, **outlet)
            assert answer.status_code == 201, (name, answer.text)
    await owner.execute("update doc.repair_order set state = 'settled'")


async def test_without_rules_a_claim_waits_for_a_person(repaired: None, as_user: AsUser, open_one: Open):
    assert (await submitted(as_user, open_one, "C"))["state"] == "submitted"


async def test_a_claim_that_keeps_every_rule_is_checked_by_itself(
    repaired: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "late_claim", 10, "return_to_dealer")
    await rule(as_user, open_one, "out_of_distance", 20_000, "reject")
    await rule(as_user, open_one, "no_pre_authorisation", 30_000, "return_to_dealer", currency="AED")
    claim = await submitted(as_user, open_one, "C")
    assert (claim["state"], claim["version"]) == ("auto_checked", 3)
    assert claim["data"]["check_result"] == "passed 3 rules"


async def test_a_claim_that_fails_comes_back_with_the_reason_and_what_was_found(
    repaired: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "late_claim", 9, "return_to_dealer")
    await rule(as_user, open_one, "out_of_distance", 100_000, "reject")
    claim = await submitted(as_user, open_one, "C")
    assert (claim["state"], claim["data"]["reason"]) == ("returned", "W-late_claim")
    assert claim["data"]["check_result"] == "late_claim: 10, at most 9 (W-late_claim)"


async def test_a_rejection_goes_before_a_return_and_the_market_before_the_world(
    repaired: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "late_claim", 1, "return_to_dealer")
    await rule(as_user, open_one, "out_of_distance", 100_000, "reject")
    await rule(as_user, open_one, "out_of_distance", 10_000, "reject", market="AE")
    claim = await submitted(as_user, open_one, "C")
    found = (claim["state"], claim["data"]["reason"], claim["data"]["decided_date"])
    assert found == ("rejected", "W-out_of_distance", "2026-03-11")


async def test_history_brings_its_own_decisions(repaired: None, as_user: AsUser, open_one: Open):
    """A rule in force today does not judge what was submitted and decided elsewhere."""
    await rule(as_user, open_one, "late_claim", 1, "reject")
    claim = {
        "repair_order_id": "K-repair_order", "vin": VIN, "failure_code": "F", "odometer_km": 20_000,
        "repaired_date": "2026-03-01", "submitted_date": "2026-03-11", "labour_minor": 1, "parts_minor": 1,
        "currency": "AED",
    }  # fmt: skip
    lines = [
        {"action": "open", "key": "C", "outlet_id": "AE01", "data": claim},
        {"action": "submit", "key": "C", "version": 1, "data": {}},
    ]
    async with as_user("ada") as http:
        answer = await http.post(
            "/v1/warranty_claims/bulk?history=true",
            content="\n".join(json.dumps(line) for line in lines),
            headers={"Idempotency-Key": "history"},
        )
        assert answer.json()["accepted"] == 2, answer.text
        found = (await http.get("/v1/warranty_claims/C")).json()
        assert (found["state"], found["version"]) == ("submitted", 2)
