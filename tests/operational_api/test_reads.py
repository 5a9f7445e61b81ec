"""Pages, filters, masks and history: what is read back, and in which order."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest

from operational_api.database import open_pool, refusal_of
from operational_api.refusals import Unavailable

pytestmark = [pytest.mark.db, pytest.mark.anyio]


@pytest.fixture
async def demands(as_user, network, new_key) -> None:
    """Twelve demands at AE01 (K00 to K11, months 1 to 12 of 2026, P1 and P2 in turn), three at SA01."""
    lines = [
        {
            "action": "open",
            "key": f"K{n:02}",
            "outlet_id": "AE01",
            "data": {
                "part_id": f"P{n % 2 + 1}",
                "quantity": n + 1,
                "channel": "counter",
                "demanded_at": f"2026-{n + 1:02}-15T00:00:00Z",
            },
        }
        for n in range(12)
    ]
    lines += [{**line, "key": f"S{n}", "outlet_id": "SA01"} for n, line in enumerate(lines[:3])]
    body = "\n".join(json.dumps(line) for line in lines)
    async with as_user("ada") as http:
        answer = await http.post(
            "/v1/part_demands/bulk", content=body, headers={"Idempotency-Key": new_key()}
        )
        assert answer.json()["accepted"] == 15


async def keys_of(http: Any, query: str) -> list[str]:
    answer = await http.get(f"/v1/part_demands?{query}")
    assert answer.status_code == 200, answer.text
    return [item["key"] for item in answer.json()["items"]]


async def walk(http: Any, query: str) -> list[str]:
    """Keys of all pages, one after the other."""
    keys, after = [], ""
    for _ in range(20):
        page = (await http.get(f"/v1/part_demands?{query}&after={after}")).json()
        keys += [item["key"] for item in page["items"]]
        if page["next"] is None:
            return keys
        after = page["next"]
    raise AssertionError("the pages do not end")


async def test_pages_together_hold_every_document_once_in_order(as_user, demands):
    async with as_user("ann") as http:
        for limit in (1, 5, 12, 500):
            assert await walk(http, f"limit={limit}") == [f"K{n:02}" for n in range(12)]
            assert await walk(http, f"limit={limit}&order=-key") == [f"K{n:02}" for n in range(11, -1, -1)]
            assert await walk(http, f"limit={limit}&part_id=P2") == [f"K{n:02}" for n in range(1, 12, 2)]


async def test_everybody_sees_the_rows_of_the_own_scope(as_user, demands):
    expected = {"ann": 12, "bob": 3, "two": 15, "ray": 15, "rio": 0, "pia": 15}
    for name, count in expected.items():
        async with as_user(name) as http:
            assert len(await keys_of(http, "limit=100")) == count, name
            assert len(await keys_of(http, "limit=100&channel=counter")) == count, name


async def test_filters_narrow_by_equality_and_by_time(as_user, demands):
    async with as_user("pia") as http:
        assert await keys_of(http, "outlet_id=SA01&quantity=2") == ["S1"]
        between = "demanded_at_from=2026-03-15T00:00:00Z&demanded_at_to=2026-05-15T00:00:00Z&outlet_id=AE01"
        assert await keys_of(http, between) == ["K02", "K03", "K04"]
        assert await keys_of(http, "state=filled") == []
        assert len(await keys_of(http, "created_by=ada&limit=20")) == 15


async def test_documents_are_asked_for_by_their_keys_within_the_own_scope(as_user, demands):
    async with as_user("ann") as ann, as_user("pia") as pia:
        assert await keys_of(ann, "keys=K03,K01,S1,NONE") == ["K01", "K03"]
        assert await keys_of(pia, "keys=K03,S1&limit=1") == ["K03"]
        assert await keys_of(pia, "keys=K03,S1&outlet_id=SA01") == ["S1"]


UNUSABLE = [
    ("keys=", "keys"),
    ("keys=a%20b", "keys"),
    ("keys=" + ",".join(["K"] * 501), "keys"),
    ("colour=red", "colour"),
    ("quantity=many", "quantity"),
    ("quantity=99999999999999999999", "quantity"),
    ("demanded_at_from=yesterday", "demanded_at_from"),
    ("demanded_at_from=2026-01-01T00:00:00", "demanded_at_from"),
    ("part_id=a%00b", "part_id"),
    ("limit=0", "limit"),
    ("limit=501", "limit"),
    ("limit=x", "limit"),
    ("limit=%F0%9F%98%80", "limit"),
    ("order=quantity", "order"),
    ("after=%00", "after"),
    ("part_id_from=P1", "part_id_from"),
]


async def test_an_unusable_parameter_is_named(as_user, network):
    async with as_user("ann") as http:
        for query, field in UNUSABLE:
            answer = await http.get(f"/v1/part_demands?{query}")
            assert answer.status_code == 422, answer.text
            assert answer.json()["errors"][0]["field"] == field


async def test_history_tells_who_changed_which_field_when_from_what_to_what(as_user, demands):
    async with as_user("ann") as http:
        body = {"data": {"quantity": 7}}
        await http.patch("/v1/part_demands/K00", json=body, headers={"If-Match": '"1"'})
        newest, first = (await http.get("/v1/part_demands/K00/history")).json()
    assert (newest["action"], newest["actor"], newest["version"]) == ("amend", "ann", 2)
    assert newest["changes"] == [{"field": "quantity", "old": 1, "new": 7}]
    assert first["action"] == "open"
    assert {c["field"]: c["new"] for c in first["changes"]}["quantity"] == 1


async def test_history_names_changed_personal_fields_without_their_values(as_user, network, open_one):
    async with as_user("ann") as http:
        data = {"customer_type": "person", "source": "web", "phone": "0501234567"}
        await open_one(http, "customer_records", key="C1", data=data)
        body = {"data": {"phone": "0507654321"}}
        await http.patch("/v1/customer_records/C1", json=body, headers={"If-Match": '"1"'})
        answer = await http.get("/v1/customer_records/C1/history")
    assert answer.json()[0]["personal_changed"] == ["phone"]
    assert "0501234567" not in answer.text
    assert "0507654321" not in answer.text


async def test_a_key_with_a_slash_is_reached_when_it_is_escaped(as_user, network, open_one):
    async with as_user("ann") as http:
        answer = await open_one(
            http, "leads", key="WEB/2026/1", data={"source": "web", "arrived_at": "2026-01-01T00:00:00Z"}
        )
        assert answer.status_code == 201
        assert (await http.get("/v1/leads/WEB%2F2026%2F1")).json()["key"] == "WEB/2026/1"


async def test_what_cannot_be_a_key_is_not_found(as_user, network):
    async with as_user("ada") as http:
        for key in ("%00", "a%00b", "%FF", "x" * 5000, "..%2F..", "'%3B--"):
            assert (await http.get(f"/v1/parts/{key}")).status_code == 404
            answer = await http.post(f"/v1/parts/{key}/retire", headers={"If-Match": '"1"'})
            assert answer.status_code == 404


async def test_a_wrong_method_names_the_right_ones(as_user, network):
    async with as_user("ada") as http:
        answer = await http.delete("/v1/parts/P1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PATCH")


async def test_a_page_of_one_outlet_is_read_from_the_index_on_outlet_and_key(demands, app_url, owner):
    """One call plans to walk the index, so a page costs its rows and not the table."""
    await owner.execute("set enable_seqscan = off; set enable_sort = off")
    plan = await owner.fetch(
        "explain select * from doc.part_demand t where t.outlet_id = 'AE01' and t.part_demand_id > '' "
        "order by t.part_demand_id limit 50"
    )
    assert "ix_part_demand_outlet_id on" in str(plan)


async def test_a_database_that_is_away_is_a_503_that_says_come_again(application, as_user, network, tmp_path):
    application.state.pool = await open_pool(f"postgresql://nobody@/nothing?host={tmp_path}")
    async with as_user("ann") as http:
        for answer in (
            await http.get("/v1/parts"),
            await http.get("/v1/parts/P1"),
            await http.get("/readyz"),
            await http.post(
                "/v1/leads",
                json={"data": {"source": "web", "arrived_at": "2026-01-01T00:00:00Z"}},
                headers={"Idempotency-Key": "k"},
            ),
            await http.post(
                "/v1/leads/bulk", content=b'{"action":"rest","key":"K"}', headers={"Idempotency-Key": "k"}
            ),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await http.get("/healthz")).status_code == 200


async def test_errors_that_say_come_again_are_told_from_mistakes():
    for error in (asyncpg.CannotConnectNowError(), asyncpg.DeadlockDetectedError(), ConnectionRefusedError()):
        assert isinstance(refusal_of(error), Unavailable)
    with pytest.raises(asyncpg.UndefinedTableError):
        refusal_of(asyncpg.UndefinedTableError())
