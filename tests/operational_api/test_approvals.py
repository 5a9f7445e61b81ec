"""Who approves is data: chains by type, amount, market and order type; nobody approves his own request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from operational_api.accounts import create_account
from operational_api.document import Grant
from tests.operational_api.conftest import AsUser

pytestmark = [pytest.mark.db, pytest.mark.anyio]

Open = Callable[..., Any]
ASKED = {"sale_kind": "vehicle", "list_minor": 100_000, "currency": "AED", "reason": "fleet of ten"}


async def rule(as_user: AsUser, open_one: Open, key: str, mode: str, *grants: str, **more: Any) -> None:
    """A rule for discounts, drafted by finance and activated by the planner."""
    steps = [{"step_no": n, "approver_grant": g} for n, g in enumerate(grants, start=1)]
    data = {
        "document_type": "discount_request", "mode": mode, "steps": steps,
        "effective_from_date": "2020-01-01",
    } | more  # fmt: skip
    async with as_user("fay") as author, as_user("pia") as other:
        answer = await open_one(author, "approval_rules", key=key, data=data)
        assert answer.status_code == 201, answer.text
        activated = await move(other, f"approval_rules/{key}/activate", 1)
        assert activated.status_code == 200, activated.text


async def move(http: httpx.AsyncClient, path: str, version: int, **data: Any) -> httpx.Response:
    return await http.post(f"/v1/{path}", json={"data": data}, headers={"If-Match": f'"{version}"'})


async def ask(
    http: httpx.AsyncClient, open_one: Open, key: str, discount: int, **more: Any
) -> dict[str, Any]:
    data = ASKED | {"discount_minor": discount} | more
    answer = await open_one(
        http, "discount_requests", key=key, state="submitted", data=data, outlet_id="AE01"
    )
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def inbox(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    return (await http.get("/v1/inbox")).json()["items"]  # type: ignore[no-any-return]


async def state(http: httpx.AsyncClient, key: str) -> str:
    return str((await http.get(f"/v1/discount_requests/{key}")).json()["state"])


async def test_a_serial_chain_is_decided_in_order_and_its_last_step_makes_the_move(
    network: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "R", "serial", "regional_manager", "oem_finance")
    async with as_user("ann") as asker, as_user("ray") as region, as_user("fay") as finance:
        asked = await ask(asker, open_one, "D", 9000)
        assert (asked["state"], asked["version"]) == ("submitted", 1)
        assert (await inbox(finance), await inbox(asker)) == ([], [])
        early = await move(finance, "discount_requests/D/approve", 1)
        assert early.status_code == 409
        assert "step 1 (regional_manager) is open, step 2 (oem_finance) is waiting" in early.json()["detail"]
        first = (await inbox(region))[0]
        assert [first[k] for k in ("document_key", "step_no", "amount_minor")] == ["D", 1, 9000]
        granted = await move(region, f"approvals/{first['approval_id']}/grant", 1, comment="fleet")
        assert granted.status_code == 200, granted.text
        assert (await state(asker, "D"), await inbox(region)) == ("submitted", [])
        second = (await inbox(finance))[0]
        assert (await move(finance, f"approvals/{second['approval_id']}/grant", 2)).status_code == 200
        assert await state(asker, "D") == "approved"
        history = (await asker.get("/v1/discount_requests/D/history")).json()
        assert [(s["action"], s["actor"]) for s in history] == [("approve", "fay"), ("open", "ann")]
        steps = (await asker.get("/v1/approvals", params={"document_key": "D"})).json()["items"]
        decided = sorted((s["data"]["step_no"], s["state"], s["updated_by"]) for s in steps)
        assert decided == [(1, "granted", "ray"), (2, "granted", "fay")]


async def test_in_a_parallel_chain_everybody_decides_in_any_order(
    network: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "R", "parallel", "regional_manager", "oem_finance")
    async with as_user("ann") as asker, as_user("ray") as region, as_user("fay") as finance:
        await ask(asker, open_one, "D", 9000)
        for number, who in enumerate((finance, region)):
            assert await state(asker, "D") == "submitted", number
            step = (await inbox(who))[0]
            assert (await move(who, f"approvals/{step['approval_id']}/grant", 1)).status_code == 200
        assert await state(asker, "D") == "approved"


async def test_of_any_one_is_enough_and_the_others_lapse(network: None, as_user: AsUser, open_one: Open):
    await rule(as_user, open_one, "R", "any_of", "regional_manager", "oem_finance")
    async with as_user("ann") as asker, as_user("ray") as region, as_user("fay") as finance:
        await ask(asker, open_one, "D", 9000)
        step = (await inbox(finance))[0]
        assert (await move(finance, f"approvals/{step['approval_id']}/grant", 1)).status_code == 200
        assert (await state(asker, "D"), await inbox(region)) == ("approved", [])


async def test_the_rule_of_the_band_the_market_and_the_order_type_is_taken(
    network: None, as_user: AsUser, open_one: Open
):
    """Below 5,000 nobody; from there finance; for parts in the Emirates the region, whatever the amount."""
    await rule(as_user, open_one, "LOW", "automatic", amount_to_minor=5000, currency="AED")
    await rule(as_user, open_one, "HIGH", "serial", "oem_finance", amount_from_minor=5000, currency="AED")
    await rule(as_user, open_one, "AE", "serial", "regional_manager", market="AE", order_type="parts")
    await rule(as_user, open_one, "SA", "serial", "oem_planner", market="SA", order_type="vehicle")
    async with as_user("ann") as asker, as_user("ray") as region, as_user("fay") as finance:
        small = await ask(asker, open_one, "SMALL", 4999)
        assert (small["state"], small["version"]) == ("approved", 2)
        assert (await ask(asker, open_one, "LARGE", 5000))["state"] == "submitted"
        await ask(asker, open_one, "PARTS", 10, sale_kind="parts")
        assert [i["document_key"] for i in await inbox(finance)] == ["LARGE"]
        assert [i["document_key"] for i in await inbox(region)] == ["PARTS"]
        why = (await asker.get("/v1/approvals", params={"document_key": "SMALL"})).json()["items"]
        assert [(w["state"], w["data"]["approval_rule_id"]) for w in why] == [("automatic", "LOW")]


async def test_a_rule_changes_from_a_day_on_without_touching_what_was_decided(
    network: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "OLD", "automatic")
    async with as_user("pia") as planner, as_user("ann") as asker:
        ended = await move(planner, "approval_rules/OLD/end", 2, effective_to_date="2025-12-31")
        assert ended.status_code == 200, ended.text
        await rule(as_user, open_one, "NEW", "serial", "oem_finance", effective_from_date="2026-01-01")
        data = ASKED | {"discount_minor": 10}
        for key, day in (("BEFORE", "2025-12-31"), ("AFTER", "2026-01-01")):
            body = {"key": key, "state": "submitted", "data": data, "effective_at": f"{day}T09:00:00Z"}
            assert (await open_one(asker, "discount_requests", **body)).status_code == 201
        assert (await state(asker, "BEFORE"), await state(asker, "AFTER")) == ("approved", "submitted")


async def test_a_refusal_needs_a_reason_and_rejects_the_document(
    network: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "R", "serial", "regional_manager", "oem_finance")
    async with as_user("ann") as asker, as_user("ray") as region:
        await ask(asker, open_one, "D", 9000)
        step = f"approvals/{(await inbox(region))[0]['approval_id']}"
        assert (await move(region, f"{step}/refuse", 1)).status_code == 422
        assert (await move(region, f"{step}/refuse", 1, comment="too much")).status_code == 200
        body = (await asker.get("/v1/discount_requests/D")).json()
        assert (body["state"], body["data"]["refuse_reason"]) == ("rejected", "too much")
        left = (await asker.get("/v1/approvals", params={"state": "waiting"})).json()["items"]
        assert left == []


async def test_nobody_decides_on_his_own_request_nor_signs_twice_nor_without_the_grant(
    network: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    await rule(as_user, open_one, "R", "parallel", "dealer_manager", "consultant")
    async with as_user("ann") as asker, as_user("two") as other, as_user("abe") as clerk:
        await ask(asker, open_one, "D", 9000)
        keys = [i["approval_id"] for i in await inbox(other)]
        assert (len(keys), await inbox(asker), await inbox(clerk)) == (2, [], [])
        for http in (asker, clerk):
            assert (await move(http, f"approvals/{keys[0]}/grant", 1)).status_code == 403
        assert (await move(other, f"approvals/{keys[0]}/grant", 1)).status_code == 200
        twice = await move(other, f"approvals/{keys[1]}/grant", 1)
        assert (twice.status_code, twice.json()["detail"]) == (
            403,
            "you signed an earlier step of this chain",
        )
        assert await owner.fetchval("select count(*) from doc.approval where state = 'granted'") == 1
        assert await state(asker, "D") == "submitted"


async def test_who_stands_in_decides_for_the_days_and_the_outlets_of_whom_he_stands_for(
    network: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    await rule(as_user, open_one, "R", "serial", "regional_manager")
    await create_account(owner, subject="ray", password="x", role="regional_manager", region_path="MEA/GULF")
    await create_account(owner, subject="rio", password="x", role="regional_manager", region_path="LATAM")
    days = {"valid_from_date": "2020-01-01", "valid_to_date": "2199-01-01", "reason": "holidays"}
    data = {"to_subject": "two", "approver_grant": Grant.REGIONAL_MANAGER} | days
    async with as_user("ann") as asker, as_user("two") as deputy, as_user("ray") as region:
        await ask(asker, open_one, "D", 9000)
        assert await inbox(deputy) == []
        async with as_user("rio") as elsewhere:
            assert (await open_one(elsewhere, "delegations", key="L", data=data)).status_code == 201
        assert await inbox(deputy) == []
        assert (await open_one(region, "delegations", key="G", data=data)).status_code == 201
        step = (await inbox(deputy))[0]
        assert step["stands_in"] is True
        await owner.execute("update api.account set revoked_at = now() where subject = 'ray'")
        assert await inbox(deputy) == []
        await owner.execute("update api.account set revoked_at = null where subject = 'ray'")
        assert (await move(deputy, f"approvals/{step['approval_id']}/grant", 1)).status_code == 200
        assert await state(asker, "D") == "approved"


async def test_a_rule_that_could_never_work_is_refused(network: None, as_user: AsUser, open_one: Open):
    data = {"document_type": "lead", "mode": "serial", "effective_from_date": "2020-01-01", "steps": []}
    async with as_user("fay") as author:
        refused = await open_one(author, "approval_rules", data=data)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "document_type")
        data["document_type"] = "parts_order"
        refused = await open_one(author, "approval_rules", data=data)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "steps")
        data["steps"] = [{"step_no": 1, "approver_grant": "oem_planner"}]
        assert (await open_one(author, "approval_rules", key="R", data=data)).status_code == 201
        assert (await move(author, "approval_rules/R/activate", 1)).status_code == 403
