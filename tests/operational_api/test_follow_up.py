"""Rules make contact tasks out of what happened; a result makes the next one; nothing is made twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from operational_api.documents import BY_NAME
from operational_api.documents.contact_rule import RULE_CODES
from tests.operational_api.conftest import VIN, AsUser, data_of

pytestmark = [pytest.mark.db, pytest.mark.anyio]

Open = Callable[..., Any]


async def move(http: httpx.AsyncClient, path: str, version: int, **data: Any) -> httpx.Response:
    return await http.post(f"/v1/{path}", json={"data": data}, headers={"If-Match": f'"{version}"'})


async def rule(as_user: AsUser, open_one: Open, code: str, **more: Any) -> None:
    data = {"rule_code": code, "channel": "phone", "effective_from_date": "2026-01-01"} | more
    key = f"R-{code}-{more.get('level', '')}-{more.get('market', '')}"
    async with as_user("pia") as author, as_user("quy") as other:
        answer = await open_one(author, "contact_rules", key=key, data=data)
        assert answer.status_code == 201, answer.text
        assert (await move(other, f"contact_rules/{key}/activate", 1)).status_code == 200


async def run(as_user: AsUser, day: str) -> tuple[int, int]:
    """(created, escalated) of a run over all outlets."""
    async with as_user("ada") as http:
        answer = await http.post("/v1/follow_ups", params={"day": day})
        assert answer.status_code == 200, answer.text
        return answer.json()["created"], answer.json()["escalated"]


async def opened(http: httpx.AsyncClient, open_one: Open, name: str, key: str, **data: Any) -> None:
    document = BY_NAME[name]
    whole = {f.name: v for f in document.fields if f.required and (v := data_of(document)[f.name])} | data
    body: dict[str, Any] = {"key": key, "data": whole}
    if document.is_tenant:
        body["outlet_id"] = "AE01"
    answer = await open_one(http, document.collection, **body)
    assert answer.status_code == 201, (name, answer.text)


@pytest.fixture
async def showroom(network: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection) -> None:
    """One car bought on 1 March with 10 km (on 9 June 4,110 km: 41 a day); one lead of level H."""
    async with as_user("ada") as http:
        await opened(http, open_one, "product", "K-product")
        await opened(
            http, open_one, "vehicle", VIN, production_date="2024-04-01", registration_date="2024-05-01"
        )
        await opened(http, open_one, "customer_record", "C", birth_date="1990-06-18")
        await owner.execute("update doc.vehicle set state = 'wholesaled', holder_outlet_code = 'AE01'")
        await opened(
            http, open_one, "retail_delivery", "RD", vin=VIN, customer_id="C", delivered_date="2026-03-01",
            warranty_start_date="2026-03-01", odometer_km=10,
        )  # fmt: skip
        for key, rank in (("H", 1), ("A", 2)):
            level = {"label": key, "rank": rank}
            assert (await open_one(http, "lead_levels", key=key, data=level)).status_code == 201
        lead = {"source": "web", "arrived_at": "2026-06-01T09:00:00Z", "level": "H"}
        await opened(http, open_one, "lead", "L", **lead)
    await owner.execute("update doc.lead set state = 'following', first_contact_at = '2026-06-02T09:00:00Z'")


async def serviced(as_user: AsUser, open_one: Open, owner: asyncpg.Connection) -> None:
    async with as_user("ada") as http:
        await opened(
            http, open_one, "repair_order", "RO", vin=VIN, customer_id="C", odometer_km=4110,
            opened_at="2026-06-09T08:00:00Z",
        )  # fmt: skip
    await owner.execute("update doc.repair_order set state = 'settled', settled_at = '2026-06-09T15:00:00Z'")


async def test_a_delivery_is_followed_after_the_days_of_the_rule_and_once(
    showroom: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "POST_SALE", offset_days=3)
    assert await run(as_user, "2026-02-24") == (0, 0)  # due 4 March; made at most a week ahead
    assert await run(as_user, "2026-02-25") == (1, 0)
    assert await run(as_user, "2026-02-25") == (0, 0)
    assert await run(as_user, "2026-03-20") == (0, 0)
    async with as_user("ann") as http, as_user("bob") as other:
        assert (await http.get("/v1/work_list", params={"day": "2026-03-03"})).json()["items"] == []
        item = (await http.get("/v1/work_list", params={"day": "2026-03-05"})).json()["items"][0]
        wanted = {"rule_code": "POST_SALE", "due_date": "2026-03-04", "is_overdue": True, "customer_id": "C"}
        assert item | wanted == item
        assert (await other.get("/v1/work_list", params={"day": "2026-03-05"})).json()["items"] == []


async def test_every_rule_type_of_the_table_makes_its_task(
    showroom: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    """Dates by hand, run on 15 June 2026; the birthday of 18 June is due in the week of Monday 15 June."""
    await serviced(as_user, open_one, owner)
    async with as_user("ada") as http:
        sale = {"sale_kind": "insurance", "customer_id": "C", "vin": VIN, "ends_date": "2026-06-30"}
        await opened(http, open_one, "value_added_sale", "I", **sale)
        await opened(http, open_one, "service_action", "SA", announced_date="2026-06-10")
        await opened(http, open_one, "campaign_vin", "CV", service_action_id="SA", vin=VIN)
    await owner.execute("update doc.service_action set state = 'active'")
    await owner.execute("update doc.customer_record set anniversary_date = '2010-06-20'")
    await owner.execute("update doc.value_added_sale set state = 'sold'")
    lengths: dict[str, dict[str, Any]] = {
        "FIRST_CONTACT": {"offset_days": 14},  # 2 June + 14
        "POST_SALE": {"offset_days": 100},  # 1 March + 100 = 9 June
        "PERIODIC": {"every_days": 7, "level": "H"},  # 2 June + 7
        "INSPECTION": {"every_days": 775},  # 1 May 2024 + 775 = 15 June 2026
        "PERIODIC_SERVICE": {"interval_days": 365, "interval_km": 410},  # 410 km at 41 a day: 10 days
        "WARRANTY_END": {"interval_days": 108},  # 1 March + 108 = 17 June
        "POST_REPAIR": {"offset_days": 3},
        "INSURANCE_END": {"remind_days": 20},
        "BIRTHDAY": {"remind_days": 7},
        "WEDDING": {},
        "SERVICE_CAMPAIGN": {"offset_days": 2},
    }
    for code, data in lengths.items():
        await rule(as_user, open_one, code, **data)
    assert await run(as_user, "2026-06-15") == (11, 0)
    assert await run(as_user, "2026-06-15") == (0, 0)
    rows = await owner.fetch("select rule_code, due_date::text, estimate from doc.contact_task")
    assert {r["rule_code"]: r["due_date"] for r in rows} == {
        "FIRST_CONTACT": "2026-06-16", "POST_SALE": "2026-06-09", "PERIODIC": "2026-06-09",
        "INSPECTION": "2026-06-15", "PERIODIC_SERVICE": "2026-06-19", "WARRANTY_END": "2026-06-17",
        "POST_REPAIR": "2026-06-12", "INSURANCE_END": "2026-06-30", "BIRTHDAY": "2026-06-15",
        "WEDDING": "2026-06-15", "SERVICE_CAMPAIGN": "2026-06-12",
    }  # fmt: skip
    assert set(lengths) | {"FIRST_SERVICE"} == set(RULE_CODES)
    estimates = {r["rule_code"]: r["estimate"] for r in rows if r["estimate"]}
    assert estimates == {"PERIODIC_SERVICE": "estimated from 2 readings, 41 km/day"}


async def test_the_first_service_comes_by_kilometres_or_by_days_whichever_is_first(
    showroom: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    """4,110 km on 9 June without a service: 41 km a day; to 5,000 less 275 it is 615 km, 15 days."""
    await serviced(as_user, open_one, owner)
    await owner.execute("update doc.repair_order set state = 'open', settled_at = null")
    km = {"interval_days": 365, "interval_km": 5000, "before_km": 275}
    await rule(as_user, open_one, "FIRST_SERVICE", **km)
    assert await run(as_user, "2026-06-20") == (1, 0)
    task = await owner.fetchrow("select due_date::text, estimate from doc.contact_task")
    assert tuple(task) == ("2026-06-24", "estimated from 2 readings, 41 km/day")


async def test_a_result_makes_the_next_task_and_changes_the_level_as_the_rule_says(
    showroom: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    outcomes = [{"result": "thinking", "next_days": 5, "level_after": "A"}, {"result": "bought"}]
    await rule(as_user, open_one, "PERIODIC", level="H", every_days=7, outcomes=outcomes)
    assert await run(as_user, "2026-06-09") == (1, 0)
    async with as_user("ann") as http:
        task = (await http.get("/v1/work_list", params={"day": "2026-06-09"})).json()["items"][0]
        path = f"contact_tasks/{task['contact_task_id']}"
        body = {"data": {"result": "thinking"}, "effective_at": "2026-06-10T09:00:00Z"}
        done = await http.post(f"/v1/{path}/complete", json=body, headers={"If-Match": '"1"'})
        assert done.status_code == 200, done.text
        lead = (await http.get("/v1/leads/L")).json()
        assert (lead["data"]["level"], lead["updated_by"]) == ("A", "ann")
        following = (await http.get("/v1/contact_tasks", params={"state": "open"})).json()["items"]
        assert [(t["data"]["due_date"], t["data"]["level_before"]) for t in following] == [
            ("2026-06-15", "A")
        ]
        assert following[0]["data"]["previous_task_id"] == task["contact_task_id"]
        assert await run(as_user, "2026-06-17") == (0, 0)  # it is already being followed
        last = f"contact_tasks/{following[0]['key']}"
        assert (await move(http, f"{last}/complete", 1, result="bought")).status_code == 200
        assert (await http.get("/v1/contact_tasks", params={"state": "open"})).json()["items"] == []


async def test_what_is_late_is_told_to_somebody_above_once(
    showroom: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    await rule(as_user, open_one, "POST_SALE", offset_days=3, escalate_days=2, escalate_to="dealer_manager")
    assert await run(as_user, "2026-03-04") == (1, 0)
    assert await run(as_user, "2026-03-06") == (0, 0)
    assert await run(as_user, "2026-03-07") == (0, 1)
    assert await run(as_user, "2026-03-08") == (0, 0)
    row = await owner.fetchrow("select state, version, escalated_to from doc.contact_task")
    assert tuple(row) == ("open", 2, "dealer_manager")


async def test_the_rule_of_the_market_and_the_level_is_taken_before_the_general_one(
    showroom: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    await rule(as_user, open_one, "PERIODIC", every_days=30)
    await rule(as_user, open_one, "PERIODIC", every_days=3, level="H")
    await rule(as_user, open_one, "POST_SALE", offset_days=30)
    await rule(as_user, open_one, "POST_SALE", offset_days=1, market="AE")
    await rule(as_user, open_one, "POST_REPAIR", offset_days=1, market="SA")
    await run(as_user, "2026-06-05")
    rows = await owner.fetch("select rule_code, due_date::text from doc.contact_task order by 1")
    assert [tuple(r) for r in rows] == [("PERIODIC", "2026-06-05"), ("POST_SALE", "2026-03-02")]


async def test_who_does_not_want_to_be_contacted_gets_no_task(
    showroom: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "POST_SALE", offset_days=3)
    async with as_user("ann") as http:
        refusal = {"customer_id": "C", "channel": "phone", "requested_at": "2026-03-02T00:00:00Z"}
        assert (await open_one(http, "contact_refusals", key="N", data=refusal)).status_code == 201
        assert await run(as_user, "2026-03-05") == (0, 0)
        assert (await move(http, "contact_refusals/N/lift", 1, lift_reason="asked")).status_code == 200
        assert await run(as_user, "2026-03-05") == (1, 0)


async def test_a_dealers_run_makes_tasks_of_his_outlets_alone(
    showroom: None, as_user: AsUser, open_one: Open
):
    await rule(as_user, open_one, "POST_SALE", offset_days=3)
    async with as_user("bob") as other, as_user("ann") as manager, as_user("abe") as clerk:
        day = {"day": "2026-03-05"}
        assert (await other.post("/v1/follow_ups", params=day)).json() == {"created": 0, "escalated": 0}
        assert (await clerk.post("/v1/follow_ups", params=day)).status_code == 403
        assert (await manager.post("/v1/follow_ups", params=day)).json() == {"created": 1, "escalated": 0}
