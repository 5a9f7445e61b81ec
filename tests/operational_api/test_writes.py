"""One document at a time: opened once, changed in order, refused for the right reason, remembered in full."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from operational_api.housekeeping import delete_old_answers

pytestmark = [pytest.mark.db, pytest.mark.anyio]

DEMAND = {"part_id": "P1", "quantity": 3, "demanded_at": "2026-01-01T09:00:00+04:00", "channel": "counter"}


def errors_of(answer: Any) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [e["field"] for e in answer.json()["errors"]]


async def changes(owner: Any, key: str) -> list[Any]:
    return await owner.fetch("select * from api.change where key = $1 order by version", key)


# --- opening ------------------------------------------------------------------------------------


async def test_an_opened_document_reads_back_as_answered_and_stands_in_the_feed(
    as_user, network, open_one, owner
):
    async with as_user("ann") as http:
        answer = await open_one(http, "part_demands", data=DEMAND)
        assert answer.status_code == 201
        body = answer.json()
        assert answer.headers["etag"] == '"1"'
        assert (await http.get(answer.headers["location"])).json() == body
    assert body["outlet_id"] == "AE01"  # left out by somebody who serves one outlet
    assert body["effective_at"] == "2026-01-01T05:00:00+00:00"  # when it happened, in UTC
    assert body["data"] == {**DEMAND, "demanded_at": "2026-01-01T05:00:00+00:00"}
    [change] = await changes(owner, body["key"])
    assert (change["action"], change["version"], change["actor"], change["outlet_id"]) == (
        "open",
        1,
        "ann",
        "AE01",
    )
    assert json.loads(change["after"]) == body["data"]


async def test_an_opening_without_a_key_is_refused(as_user, network):
    async with as_user("ann") as http:
        answer = await http.post("/v1/part_demands", json={"data": DEMAND})
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_a_replay_gets_the_first_answer_and_writes_nothing(as_user, network, owner):
    headers = {"Idempotency-Key": "k1"}
    async with as_user("ann") as http:
        first = await http.post("/v1/part_demands", json={"data": DEMAND}, headers=headers)
        key = first.json()["key"]
        await http.post(f"/v1/part_demands/{key}/cancel", headers={"If-Match": '"1"'})
        again = await http.post("/v1/part_demands", json={"data": DEMAND}, headers=headers)
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    assert (again.status_code, again.content) == (201, first.content)  # though it is cancelled since
    assert await owner.fetchval("select count(*) from doc.part_demand") == 1


async def test_the_same_key_with_another_body_is_refused(as_user, network, owner):
    headers = {"Idempotency-Key": "k1"}
    async with as_user("ann") as http:
        await http.post("/v1/part_demands", json={"data": DEMAND}, headers=headers)
        other = await http.post("/v1/part_demands", json={"data": {**DEMAND, "quantity": 4}}, headers=headers)
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/key_reused"
    assert await owner.fetchval("select count(*) from doc.part_demand") == 1


async def test_the_same_request_spelt_differently_is_the_same_request(as_user, network):
    headers = {"Idempotency-Key": "k1"}
    async with as_user("ann") as http:
        first = await http.post("/v1/part_demands", content=json.dumps({"data": DEMAND}), headers=headers)
        spaced = json.dumps({"data": dict(reversed(DEMAND.items()))}, indent=4)
        again = await http.post("/v1/part_demands", content=spaced, headers=headers)
    assert again.content == first.content


async def test_another_subjects_same_key_never_replays(as_user, network, owner):
    headers = {"Idempotency-Key": "k1"}
    for name in ("ann", "bob"):
        async with as_user(name) as http:
            answer = await http.post("/v1/part_demands", json={"data": DEMAND}, headers=headers)
            assert answer.status_code == 201
            assert "idempotent-replay" not in answer.headers
    assert await owner.fetchval("select count(distinct outlet_id) from doc.part_demand") == 2


async def test_one_key_sixteen_times_at_once_makes_one_document(as_user, network, owner):
    async with as_user("ann") as http:
        send = [
            http.post("/v1/part_demands", json={"data": DEMAND}, headers={"Idempotency-Key": "k1"})
            for _ in range(16)
        ]
        answers = await asyncio.gather(*send)
        last = await http.post("/v1/part_demands", json={"data": DEMAND}, headers={"Idempotency-Key": "k1"})
    created = [a for a in answers if a.status_code == 201 and "idempotent-replay" not in a.headers]
    assert len(created) == 1
    assert {a.status_code for a in answers} <= {201, 409}  # 409: the first is still under way
    assert {a.content for a in [*answers, last] if a.status_code == 201} == {created[0].content}
    assert await owner.fetchval("select count(*) from doc.part_demand") == 1


async def test_an_unknown_reference_names_the_field_and_the_remedy(as_user, network, open_one):
    async with as_user("ann") as http:
        answer = await open_one(http, "part_demands", data={**DEMAND, "part_id": "NOPE"})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "part_id"
    assert "load the part first" in error["remedy"]


async def test_a_refused_opening_leaves_its_key_free(as_user, network):
    headers = {"Idempotency-Key": "k1"}
    async with as_user("ann") as http:
        bad = await http.post(
            "/v1/part_demands", json={"data": {**DEMAND, "part_id": "NOPE"}}, headers=headers
        )
        good = await http.post("/v1/part_demands", json={"data": DEMAND}, headers=headers)
    assert (bad.status_code, good.status_code) == (422, 201)


async def test_a_taken_document_key_is_a_conflict(as_user, network, open_one):
    async with as_user("ann") as http:
        first = await open_one(http, "part_demands", key="D1", data=DEMAND)
        second = await open_one(http, "part_demands", key="D1", data=DEMAND)
    assert (first.status_code, second.status_code) == (201, 409)


async def test_who_serves_two_outlets_must_name_one(as_user, network, open_one):
    async with as_user("two") as http:
        silent = await open_one(http, "part_demands", data=DEMAND)
        named = await open_one(http, "part_demands", outlet_id="SA01", data=DEMAND)
    assert silent.status_code == 422
    assert errors_of(silent) == ["outlet_id"]
    assert named.json()["outlet_id"] == "SA01"


async def test_an_unknown_outlet_is_named(as_user, network, open_one):
    async with as_user("ada") as http:
        answer = await open_one(http, "part_demands", outlet_id="ZZ99", data=DEMAND)
    assert errors_of(answer) == ["outlet_id"]


async def test_who_may_read_but_not_open_is_forbidden_and_who_may_not_read_finds_nothing(
    as_user, network, open_one
):
    async with as_user("ray") as http:
        assert (await open_one(http, "part_demands", outlet_id="AE01", data=DEMAND)).status_code == 403
    async with as_user("fay") as http:
        assert (await open_one(http, "part_demands", outlet_id="AE01", data=DEMAND)).status_code == 404


# --- moves and amends -----------------------------------------------------------------------------


async def demand(http: Any, open_one: Any, **more: Any) -> str:
    answer = await open_one(http, "part_demands", data={**DEMAND, **more})
    assert answer.status_code == 201, answer.text
    return f"/v1/part_demands/{answer.json()['key']}"


async def test_a_move_changes_state_version_and_feed_together(as_user, network, open_one, owner):
    async with as_user("ann") as http:
        path = await demand(http, open_one)
        body = {"effective_at": "2026-01-02T00:00:00Z", "data": {"filled_quantity": 3}}
        moved = await http.post(f"{path}/fill", json=body, headers={"If-Match": '"1"'})
    assert moved.status_code == 200
    assert (moved.json()["state"], moved.json()["version"], moved.headers["etag"]) == ("filled", 2, '"2"')
    _, change = await changes(owner, moved.json()["key"])
    assert (change["action"], change["state"], change["version"]) == ("fill", "filled", 2)
    assert change["effective_at"].isoformat() == "2026-01-02T00:00:00+00:00"
    assert json.loads(change["after"]) == moved.json()["data"]


async def test_refusals_come_in_the_order_absent_versionless_stale_illegal_forbidden_incomplete(
    as_user, network, open_one, owner
):
    async with as_user("ann") as http:
        path = await demand(http, open_one)
        absent = await http.post("/v1/part_demands/NOPE/fill", json={})
        versionless = await http.post(f"{path}/fill", json={"data": {"filled_quantity": 1}})
        stale = await http.post(f"{path}/fill", json={}, headers={"If-Match": '"2"'})
        incomplete = await http.post(f"{path}/lose", json={}, headers={"If-Match": '"1"'})
        await http.post(f"{path}/cancel", headers={"If-Match": '"1"'})
        illegal = await http.post(f"{path}/fill", json={}, headers={"If-Match": '"2"'})
    async with as_user("ray") as http:
        open_path = await demand_of_ann(as_user, open_one)
        forbidden = await http.post(f"{open_path}/lose", json={}, headers={"If-Match": '"1"'})
        illegal_first = await http.post(f"{path}/fill", json={}, headers={"If-Match": '"2"'})
    found = [a.status_code for a in (absent, versionless, stale, illegal, forbidden, incomplete)]
    assert found == [404, 428, 412, 409, 403, 422]
    assert illegal_first.status_code == 409
    assert errors_of(incomplete) == ["lost_quantity", "lost_reason"]
    assert "cancelled" in illegal.json()["detail"]
    # what was refused wrote nothing: two openings and one cancel
    assert await owner.fetchval("select count(*) from api.change where document = 'part_demand'") == 3


async def demand_of_ann(as_user: Any, open_one: Any) -> str:
    async with as_user("ann") as http:
        return await demand(http, open_one)


async def test_who_opened_an_order_does_not_approve_it(as_user, network, open_one, one_of_each):
    """not_by holds for everybody, administrators included."""
    path = f"/v1/parts_orders/{one_of_each['parts_order']}"
    async with as_user("ada") as http:
        await http.post(f"{path}/submit", headers={"If-Match": '"1"'})
        await http.post(f"{path}/check_funds", headers={"If-Match": '"2"'})
        own = await http.post(f"{path}/approve", headers={"If-Match": '"3"'})
    async with as_user("pia") as http:
        others = await http.post(f"{path}/approve", headers={"If-Match": '"3"'})
    assert own.status_code == 403
    assert "earlier step" in own.json()["detail"]
    assert others.status_code == 200


async def test_an_amend_changes_only_what_it_names_and_null_empties(as_user, network, open_one):
    async with as_user("ann") as http:
        path = await demand(http, open_one, repair_order_id="RO1")
        answer = await http.patch(
            path, json={"data": {"quantity": 5, "repair_order_id": None}}, headers={"If-Match": "1"}
        )
    data = answer.json()["data"]
    assert (data["quantity"], data["part_id"]) == (5, "P1")
    assert "repair_order_id" not in data


async def test_an_amend_is_refused_in_a_state_that_does_not_allow_it(as_user, network, open_one):
    async with as_user("ann") as http:
        path = await demand(http, open_one)
        await http.post(f"{path}/cancel", headers={"If-Match": '"1"'})
        answer = await http.patch(path, json={"data": {"quantity": 5}}, headers={"If-Match": '"2"'})
    assert answer.status_code == 409


async def test_a_row_rule_holds_over_old_and_new_fields_together(as_user, network, open_one):
    """Three were asked for; filling four breaks the rule although the move alone looks sound."""
    async with as_user("ann") as http:
        path = await demand(http, open_one)
        answer = await http.post(
            f"{path}/fill", json={"data": {"filled_quantity": 4}}, headers={"If-Match": '"1"'}
        )
    assert answer.status_code == 422
    assert "at most quantity" in answer.json()["errors"][0]["rule"]


async def test_of_two_moves_on_one_version_one_is_stale(as_user, network, open_one, owner):
    async with as_user("ann") as http:
        path = await demand(http, open_one)
        body = {"data": {"filled_quantity": 1}}
        answers = await asyncio.gather(
            *(http.post(f"{path}/fill", json=body, headers={"If-Match": '"1"'}) for _ in range(8))
        )
    assert sorted(a.status_code for a in answers) == [200] + [412] * 7
    assert await owner.fetchval("select count(*) from api.change where action = 'fill'") == 1


async def test_a_move_with_a_key_replays_instead_of_being_stale(as_user, network, open_one):
    async with as_user("ann") as http:
        path = await demand(http, open_one)
        headers = {"If-Match": '"1"', "Idempotency-Key": "m1"}
        first = await http.post(f"{path}/cancel", headers=headers)
        again = await http.post(f"{path}/cancel", headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotent-replay"] == "true"
    assert again.content == first.content


async def test_an_unreadable_version_is_a_bad_request(as_user, network, open_one):
    async with as_user("ann") as http:
        path = await demand(http, open_one)
        for etag in ["*", "x", '"0"', "-1", '"99999999999"']:
            assert (await http.post(f"{path}/cancel", headers={"If-Match": etag})).status_code == 400


# --- personal fields ------------------------------------------------------------------------------


CUSTOMER = {"customer_type": "person", "source": "web", "family_name": "Haddad", "phone": "+971 50 1234567"}


async def test_personal_fields_never_enter_the_feed(as_user, network, open_one, owner):
    async with as_user("ann") as http:
        opened = await open_one(http, "customer_records", key="C1", data=CUSTOMER)
        assert opened.json()["data"]["family_name"] == "Haddad"
        body = {"data": {"phone": "+971 50 7654321", "source": "app"}}
        await http.patch("/v1/customer_records/C1", json=body, headers={"If-Match": '"1"'})
    rows = await changes(owner, "C1")
    assert [json.loads(r["after"]) for r in rows] == [
        {"customer_type": "person", "source": "web"},
        {"customer_type": "person", "source": "app"},
    ]
    assert [r["personal_changed"] for r in rows] == [None, ["phone"]]


async def test_an_erasure_leaves_the_person_nowhere(as_user, network, open_one, owner):
    async with as_user("ann") as http:
        await open_one(http, "customer_records", key="C1", data=CUSTOMER)
        body = {"data": {"phone": "+971 50 7654321"}}
        headers = {"If-Match": '"1"', "Idempotency-Key": "amend-1"}
        await http.patch("/v1/customer_records/C1", json=body, headers=headers)
        erased = await http.post("/v1/customer_records/C1/erase", headers={"If-Match": '"2"'})
    assert erased.json()["data"] == {"customer_type": "person", "source": "web"}
    dump = ""
    for table in ("doc.customer_record", "api.change", "api.idempotency"):
        dump += str(await owner.fetch(f"select t::text from {table} t"))
    assert "C1" in dump
    assert "Haddad" not in dump
    assert "1234567" not in dump
    assert "7654321" not in dump


async def test_an_erasure_with_a_key_of_its_own_is_remembered_without_the_person(as_user, network, open_one):
    async with as_user("ann") as http:
        await open_one(http, "customer_records", key="C1", data=CUSTOMER)
        headers = {"If-Match": '"1"', "Idempotency-Key": "erase-1"}
        first = await http.post("/v1/customer_records/C1/erase", headers=headers)
        again = await http.post("/v1/customer_records/C1/erase", headers=headers)
    assert again.content == first.content
    assert b"Haddad" not in again.content


# --- first answers --------------------------------------------------------------------------------


async def test_a_first_answer_is_kept_for_seven_days(application, as_user, network, owner):
    async with as_user("ann") as http:
        for key in ("old", "young"):
            await http.post("/v1/part_demands", json={"data": DEMAND}, headers={"Idempotency-Key": key})
    age = "update api.idempotency set created_at = now() - $2::interval where idempotency_key = $1"
    await owner.execute(age, "old", timedelta(days=7, seconds=1))
    await owner.execute(age, "young", timedelta(days=6, hours=23))
    assert await delete_old_answers(application.state.pool) == 1
    left = await owner.fetch("select idempotency_key from api.idempotency where subject = 'ann'")
    assert [row[0] for row in left] == ["young"]
