"""An administrator changes who sees and writes a field, without a release; never beyond what is declared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from operational_api.access import grants_of
from operational_api.document import Grant
from operational_api.documents import BY_NAME
from operational_api.field_rules_in_force import load_rules
from operational_api.policy import Access, access_by_code, access_to, column_access, use_rules
from tests.operational_api.conftest import AsUser, fresh_key

pytestmark = [pytest.mark.db, pytest.mark.anyio]

DAY = datetime.now(UTC).date()
SOURCE = {"place": "lead", "field": "source", "role": "dealer_manager", "access": "hidden", "why": "test",
          "effective_from_date": DAY.isoformat()}  # fmt: skip


@pytest.fixture(autouse=True)
def only_the_code() -> Any:
    yield
    use_rules(())


@pytest.fixture
async def admin(as_user: AsUser) -> AsyncIterator[httpx.AsyncClient]:
    async with as_user("ada") as http:
        yield http


async def drafted(admin: httpx.AsyncClient, key: str, **data: Any) -> httpx.Response:
    """On behalf of somebody, so that the administrator of the test may be the second who activates it."""
    line = {"action": "open", "key": key, "by": "adam", "data": SOURCE | data}
    return await admin.post(
        "/v1/field_rules/bulk", content=httpx.Response(200, json=line).content,
        headers={"Idempotency-Key": fresh_key()},
    )  # fmt: skip


async def activated(app: FastAPI, admin: httpx.AsyncClient, key: str, **data: Any) -> None:
    told = (await drafted(admin, key, **data)).json()
    assert told["rejected"] == 0, told
    moved = await admin.post(f"/v1/field_rules/{key}/activate", json={}, headers={"If-Match": '"1"'})
    assert moved.status_code == 200, moved.text
    await load_rules(app)


@pytest.fixture
async def lead(as_user: AsUser, network: None, open_one: Any) -> str:
    async with as_user("ann") as http:
        data = {"source": "walk_in", "arrived_at": "2026-03-01T09:00:00Z", "contact_name": "Jo Doe"}
        answer = await open_one(http, "leads", key="L1", data=data)
        assert answer.status_code == 201, answer.text
    return "L1"


async def test_a_rule_holds_at_every_door_and_no_longer_than_it_is_in_force(
    application: FastAPI, as_user: AsUser, admin: httpx.AsyncClient, lead: str
) -> None:
    async with as_user("ann") as ann:
        assert (await ann.get(f"/v1/leads/{lead}")).json()["data"]["source"] == "walk_in"
        await activated(application, admin, "FR0", role="consultant")  # a manager holds that grant, too
        assert "source" in (await ann.get(f"/v1/leads/{lead}")).json()["data"]
        await activated(application, admin, "FR1")
        assert "source" not in (await ann.get(f"/v1/leads/{lead}")).json()["data"]
        listed = (await ann.get("/v1/leads")).json()["items"]
        assert ["source" in row["data"] for row in listed] == [False]
        assert (await ann.get("/v1/leads?source=walk_in")).status_code == 422  # no filter finds it out
        assert "walk_in" not in (await ann.get("/v1/leads?format=csv")).text
        assert "walk_in" not in (await ann.get(f"/v1/leads/{lead}/history")).text
        assert "walk_in" not in (await ann.get("/v1/audit?document=lead")).text
        change = {"data": {"source": "event"}}
        refused = await ann.patch(f"/v1/leads/{lead}", json=change, headers={"If-Match": '"1"'})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "source")
        assert "walk_in" not in (await ann.get(f"/desk/documents/leads/{lead}")).text
        rules = (await ann.get("/v1/policy")).json()["rules"]
        assert rules[-1]["places"] == ["lead"]
        ended = await admin.post(
            "/v1/field_rules/FR1/end", json={"data": {"effective_to_date": DAY.isoformat()}},
            headers={"If-Match": '"2"'},
        )  # fmt: skip
        assert ended.status_code == 200, ended.text
        history = (await admin.get("/v1/field_rules/FR1/history")).json()
        assert [h["action"] for h in history] == ["end", "activate", "open"]


async def test_a_rule_that_begins_tomorrow_or_ended_yesterday_says_nothing(
    application: FastAPI, admin: httpx.AsyncClient
) -> None:
    lead, manager = BY_NAME["lead"], frozenset({Grant.DEALER_MANAGER})
    tomorrow, yesterday = (DAY + timedelta(days=d) for d in (1, -1))
    await activated(application, admin, "FR1", effective_from_date=tomorrow.isoformat())
    past = {"effective_from_date": yesterday.isoformat(), "effective_to_date": yesterday.isoformat()}
    await activated(application, admin, "FR2", **past)
    assert access_to(manager, lead, lead.field("source"), "new") is Access.WRITE
    await activated(application, admin, "FR3")
    assert access_to(manager, lead, lead.field("source"), "new") is Access.HIDDEN


async def test_a_rule_for_one_state_stands_over_the_one_for_all(
    application: FastAPI, admin: httpx.AsyncClient
) -> None:
    lead, manager = BY_NAME["lead"], frozenset({Grant.DEALER_MANAGER})
    await activated(application, admin, "FR1", in_state="lost", access="read")
    await activated(application, admin, "FR2", access="masked")
    found = {s: access_to(manager, lead, lead.field("source"), s) for s in ("new", "lost")}
    assert found == {"new": Access.MASKED, "lost": Access.READ}


async def test_a_rule_also_veils_the_column_of_a_published_table(
    application: FastAPI, admin: httpx.AsyncClient
) -> None:
    grants = grants_of("regional_manager", frozenset())
    seen = {"is_personal": False, "hidden_from": ()}
    assert column_access(grants, "fct_lead", "source", **seen).access is Access.WRITE  # type: ignore[arg-type]
    await activated(application, admin, "FR1", place="fct_lead", role="regional_manager")
    assert column_access(grants, "fct_lead", "source", **seen).access is Access.HIDDEN  # type: ignore[arg-type]


async def test_what_is_personal_is_never_opened_beyond_the_declared_floor(
    application: FastAPI, as_user: AsUser, admin: httpx.AsyncClient, lead: str
) -> None:
    answer = await drafted(admin, "FR1", field="contact_name", role="oem_planner", access="read")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["remedy"]) == ("access", "choose a narrower access")
    assert "at most masked" in error["rule"]
    narrower = {"field": "contact_name", "role": "oem_planner", "access": "hidden"}
    await activated(application, admin, "FR2", **narrower)
    async with as_user("pia") as pia:
        assert "contact_name" not in (await pia.get(f"/v1/leads/{lead}")).json()["data"]


async def test_even_a_rule_that_got_past_the_guard_opens_nothing_personal() -> None:
    from operational_api.field_rules import FieldRule

    lead = BY_NAME["lead"]
    wide = FieldRule(places=("lead",), fields=("contact_name",), grants=frozenset({Grant.OEM_PLANNER}),
                     access=Access.WRITE, why="test")  # fmt: skip
    use_rules((wide,))
    name = lead.field("contact_name")
    assert access_to(frozenset({Grant.OEM_PLANNER}), lead, name, "new") is Access.MASKED
    assert access_by_code(Grant.OEM_PLANNER, lead, name, "new") is Access.MASKED


async def test_what_the_code_keeps_back_can_be_opened_when_it_is_no_persons(
    application: FastAPI, admin: httpx.AsyncClient
) -> None:
    order, consultant = BY_NAME["vehicle_order"], frozenset({Grant.CONSULTANT})
    price = order.field("price_minor")
    assert access_to(consultant, order, price, "draft") is Access.HIDDEN
    await activated(
        application,
        admin,
        "FR1",
        place="vehicle_order",
        field="price_minor",
        role="consultant",
        access="read",
    )
    assert access_to(consultant, order, price, "draft") is Access.READ


@pytest.mark.parametrize(
    ("data", "field"),
    [({"place": "leed"}, "place"), ({"field": "sauce"}, "field"), ({"in_state": "frozen"}, "in_state")],
)
async def test_a_rule_names_what_is_there(admin: httpx.AsyncClient, data: dict[str, str], field: str) -> None:
    (error,) = (await drafted(admin, "FR1", **data)).json()["errors"]
    assert error["field"] == field


async def test_whoever_drafts_a_rule_does_not_activate_it_and_nobody_else_writes_any(
    as_user: AsUser, admin: httpx.AsyncClient, open_one: Any
) -> None:
    assert (await open_one(admin, "field_rules", key="FR1", data=SOURCE)).status_code == 201
    alone = await admin.post("/v1/field_rules/FR1/activate", json={}, headers={"If-Match": '"1"'})
    assert alone.status_code == 403
    async with as_user("ann") as ann:
        assert (await ann.get("/v1/field_rules/FR1")).status_code == 404
        assert (await open_one(ann, "field_rules", key="FR2", data=SOURCE)).status_code in {403, 404}


@pytest.mark.parametrize("state", ["draft", "submitted"])
async def test_a_dealer_who_opens_a_plan_does_not_fill_in_the_regions_review(
    as_user: AsUser, network: None, state: str
) -> None:
    data = {"horizon": "month", "series": "S", "period_date": "2026-12-01", "retail_units": 3,
            "requirement_units": 3, "reviewed_retail_units": 9}  # fmt: skip
    async with as_user("ann") as http:
        told = await http.post(
            "/v1/dealer_plans", json={"state": state, "data": data}, headers={"Idempotency-Key": fresh_key()}
        )
        assert told.status_code == 403, told.text
        assert told.json()["errors"][0]["field"] == "reviewed_retail_units"
        del data["reviewed_retail_units"]
        told = await http.post(
            "/v1/dealer_plans", json={"state": state, "data": data}, headers={"Idempotency-Key": fresh_key()}
        )
        assert told.status_code == 201, told.text
