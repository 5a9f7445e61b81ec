"""Signatures below a scenario: who signed which version, and what is promoted without them."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from operational_api.accounts import create_account
from pipelines.postgres import DatabaseRole, Server

pytestmark = [pytest.mark.db, pytest.mark.anyio]
PASSWORD = "a long password of a planner"
LOCK = {"series": "S", "plan_month": "2026-07-01", "units": 3, "reason": "promised"}
SCENARIO = {"name": "Third shift", "assumption": "The plant adds one", "assumption_owner": "ada",
            "changes": [{"measure": "capacity_units", "value": 15}]}  # fmt: skip
RULE = {
    "effective_from_date": "2020-01-01",
    "functions": [
        {"function": "supply", "signer_grant": "oem_planner"},
        {"function": "finance", "signer_grant": "oem_finance"},
    ],
}


class Round:
    """One scenario on its way; `planner` and `finance` are logins."""

    def __init__(self, as_user: Any, open_one: Any, planner: str, finance: str) -> None:
        self._as_user, self._open_one = as_user, open_one
        self.planner, self.finance = planner, finance

    async def scenario(self, **more: Any) -> Any:
        async with self._as_user(self.planner) as http:
            return await self._open_one(http, "plan_scenarios", key="PS-1", data=SCENARIO | more)

    async def rule(self) -> None:
        async with self._as_user(self.planner) as http:
            made = await self._open_one(http, "plan_signoff_rules", key="SR-1", data=RULE)
            assert made.status_code == 201, made.text
        async with self._as_user(self.finance) as http:
            path = "/v1/plan_signoff_rules/SR-1/activate"
            active = await http.post(path, json={"data": {}}, headers={"If-Match": '"1"'})
            assert active.status_code == 200, active.text

    async def sign(self, by: str, function: str, *, version: int = 1) -> Any:
        data = {"plan_scenario_id": "PS-1", "scenario_version": version, "function": function}
        async with self._as_user(by) as http:
            return await self._open_one(http, "plan_signatures", data=data)

    async def act(self, move: str, version: int) -> Any:
        async with self._as_user(self.planner) as http:
            headers = {"If-Match": f'"{version}"'}
            return await http.post(f"/v1/plan_scenarios/PS-1/{move}", json={"data": {}}, headers=headers)

    async def amend(self, version: int, **data: Any) -> Any:
        async with self._as_user(self.planner) as http:
            headers = {"If-Match": f'"{version}"'}
            return await http.patch("/v1/plan_scenarios/PS-1", json={"data": data}, headers=headers)


@pytest.fixture
async def plan(application: Any, database: Server, as_user: Any, open_one: Any) -> Round:
    connection = await asyncpg.connect(database.url(DatabaseRole.OWNER))
    for subject, role in (("pia", "oem_planner"), ("fay", "oem_finance")):
        await create_account(connection, subject=subject, password=PASSWORD, role=role)
    await connection.close()
    return Round(as_user, open_one, "pia", "fay")


async def test_without_a_rule_nobody_has_to_sign(plan: Round):
    assert (await plan.scenario()).status_code == 201
    assert (await plan.act("promote", 1)).status_code == 200


async def test_nothing_is_promoted_before_every_function_of_the_rule_has_signed(plan: Round):
    await plan.rule()
    await plan.scenario()
    assert (await plan.sign(plan.planner, "supply")).status_code == 201
    refused = await plan.act("promote", 1)
    assert refused.status_code == 409
    assert "finance (oem_finance)" in refused.json()["detail"]
    assert "supply" not in refused.json()["detail"]
    assert (await plan.sign(plan.finance, "finance")).status_code == 201
    assert (await plan.act("promote", 1)).status_code == 200


async def test_a_change_after_a_signature_voids_it(plan: Round):
    await plan.rule()
    await plan.scenario()
    await plan.sign(plan.planner, "supply")
    await plan.sign(plan.finance, "finance")
    assert (await plan.amend(1, name="Fourth shift")).status_code == 200
    refused = await plan.act("promote", 2)
    assert "finance (oem_finance), supply (oem_planner)" in refused.json()["detail"]
    stale = await plan.sign(plan.planner, "supply", version=3)
    assert (stale.status_code, stale.json()["errors"][0]["field"]) == (409, "scenario_version")
    assert (await plan.sign(plan.planner, "supply", version=2)).status_code == 201
    assert (await plan.sign(plan.finance, "finance", version=2)).status_code == 201
    assert (await plan.act("promote", 2)).status_code == 200


async def test_a_function_is_signed_for_by_who_holds_its_grant_and_once(plan: Round):
    await plan.rule()
    await plan.scenario()
    wrong = await plan.sign(plan.planner, "finance")
    assert wrong.status_code == 403
    assert wrong.json()["errors"][0]["rule"] == "whoever signs holds oem_finance"
    unasked = await plan.sign(plan.planner, "sales")
    assert unasked.status_code == 409
    assert (await plan.sign(plan.planner, "supply")).status_code == 201
    assert (await plan.sign(plan.planner, "supply")).status_code == 409


async def test_a_lock_names_an_outlet_or_a_market(plan: Round):
    for place in ({}, {"outlet_code": "AE01", "market": "AE"}):
        refused = await plan.scenario(locks=[LOCK | place])
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "locks"
    assert (await plan.scenario(locks=[LOCK | {"market": "AE"}])).status_code == 201
