"""Whose rows: every type, every route, two dealers; what is another's does not exist."""

from __future__ import annotations

import json

import asyncpg
import pytest

from operational_api import payload
from operational_api.documents import DOCUMENTS

pytestmark = [pytest.mark.db, pytest.mark.anyio]
TENANT = [d for d in DOCUMENTS if d.is_tenant]


async def test_another_dealers_record_is_not_found_by_any_route_of_any_type(as_user, one_of_each, new_key):
    async with as_user("bob") as http:
        for document in TENANT:
            path = f"/v1/{document.collection}/{one_of_each[document.name]}"
            assert (await http.get(path)).status_code == 404, path
            assert (await http.get(f"{path}/history")).status_code == 404, path
            assert (await http.get(f"/v1/{document.collection}")).json().get("items", []) == [], path
            filtered = await http.get(f"/v1/{document.collection}?outlet_id=AE01")
            assert filtered.json().get("items", []) == [], path
            for action in payload.actions(document):
                method, address = ("PATCH", path) if action == "amend" else ("POST", f"{path}/{action}")
                answer = await http.request(method, address, json={}, headers={"If-Match": '"1"'})
                assert answer.status_code == 404, (address, answer.text)


async def test_the_dealer_itself_reads_each_of_them(as_user, one_of_each):
    async with as_user("ann") as http:
        for document in TENANT:
            answer = await http.get(f"/v1/{document.collection}/{one_of_each[document.name]}")
            expected = 200 if not document.read_by.isdisjoint({"dealer_manager"}) else 404
            assert answer.status_code == expected, (document.name, answer.text)


async def test_a_bulk_line_cannot_touch_another_dealers_record(as_user, one_of_each, new_key, owner):
    async with as_user("bob") as http:
        for document in TENANT:
            if document.read_by.isdisjoint({"dealer_manager"}):
                continue
            for action in payload.actions(document):
                line = json.dumps({"action": action, "key": one_of_each[document.name]})
                answer = await http.post(
                    f"/v1/{document.collection}/bulk", content=line, headers={"Idempotency-Key": new_key()}
                )
                assert answer.json()["accepted"] == 0, (document.name, action, answer.text)
    assert await owner.fetchval("select count(*) from api.change where version > 1 and actor <> 'ada'") == 0


async def test_a_dealer_cannot_open_at_another_dealers_outlet(as_user, network, open_one, sample_data):
    lead = next(d for d in DOCUMENTS if d.name == "lead")
    async with as_user("bob") as http:
        answer = await open_one(
            http, "leads", outlet_id="AE01", data={"source": "web", "arrived_at": "2026-01-01T00:00:00Z"}
        )
        assert answer.status_code == 403
        assert lead.is_tenant


async def test_a_reference_to_another_dealers_record_is_no_reference(as_user, one_of_each, open_one, new_key):
    body = {"slot_at": "2026-01-01T09:00:00Z", "has_consent": True, "lead_id": one_of_each["lead"]}
    async with as_user("bob") as http:
        single = await open_one(http, "test_drives", data=body)
        assert single.status_code == 422
        assert single.json()["errors"][0]["rule"] == "no such lead"
        line = json.dumps({"action": "open", "key": "T9", "data": body})
        bulk = await http.post("/v1/test_drives/bulk", content=line, headers={"Idempotency-Key": new_key()})
        assert bulk.json()["errors"][0]["code"] == "no_reference"
    async with as_user("ann") as http:
        assert (await open_one(http, "test_drives", data=body)).status_code == 201


async def test_a_region_reaches_the_outlets_below_it_and_no_others(as_user, one_of_each):
    path = f"/v1/leads/{one_of_each['lead']}"
    async with as_user("ray") as http:
        assert (await http.get(path)).status_code == 200
    async with as_user("rio") as http:
        assert (await http.get(path)).status_code == 404


async def test_without_a_scope_the_application_role_sees_and_writes_nothing(one_of_each, app_url):
    connection = await asyncpg.connect(app_url)
    for document in TENANT:
        assert await connection.fetchval(f"select count(*) from doc.{document.name}") == 0
    assert await connection.fetchval("select count(*) from api.change where outlet_id is not null") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(
            "insert into doc.sales_target select * from doc.sales_target union all "
            "select 'x', 'SA01', 'draft', 1,"
            " now(), now(), 'x', now(), 'x', '2026-01-01', 's', 'retail', 1"
        )
    await connection.close()


async def test_a_scope_does_not_outlive_its_request(application, one_of_each):
    """The connection goes back to the pool as it came: the next caller starts with nothing."""
    pool: asyncpg.Pool = application.state.pool
    async with pool.acquire() as connection:
        await connection.fetchrow(
            "select * from api.read_lead('all', '{}', 'ada', '{}', $1)", one_of_each["lead"]
        )
        assert await connection.fetchval("select count(*) from doc.lead") == 0
        assert await connection.fetchval("select nullif(current_setting('dms.scope', true), '')") is None
