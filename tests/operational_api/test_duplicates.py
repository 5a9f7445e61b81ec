"""Duplicates while a customer is typed: found by declared keys, in scope, by what the caller sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from operational_api.duplicates import CANDIDATES
from operational_api.migrate import migrate
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings
from tests.operational_api.conftest import AsUser

pytestmark = [pytest.mark.db, pytest.mark.anyio]
Open = Callable[..., Any]

OMAR = {"customer_type": "person", "source": "desk", "given_name": "Omar", "family_name": "Al Farsi",
        "phone": "+971 50 123 4567", "birth_date": "1980-03-04", "email": "omar@mail.example"}  # fmt: skip
TYPED = {"given_name": "omar", "family_name": "Al-Farsi", "phone": "050 1234567"}


@pytest.fixture
async def shop(network: None, as_user: AsUser, open_one: Open) -> None:
    """Omar at AE01 and at SA01, his household, and a namesake."""
    async with as_user("ada") as http:
        for key, outlet, data in (
            ("C1", "AE01", OMAR),
            ("C2", "SA01", OMAR),
            ("C3", "AE01", OMAR | {"given_name": "Layla", "birth_date": "1983-11-21"}),
            ("C4", "AE01", OMAR | {"phone": None, "birth_date": None, "email": None}),
        ):
            known = {name: value for name, value in data.items() if value}
            answer = await open_one(http, "customer_records", key=key, outlet_id=outlet, data=known)
            assert answer.status_code == 201, answer.text


async def found(as_user: AsUser, who: str, typed: dict[str, str]) -> dict[str, str]:
    async with as_user(who) as http:
        answer = await http.post("/v1/duplicates", json=typed)
    assert answer.status_code == 200, answer.text
    return {item["key"]: item["verdict"] for item in answer.json()["items"]}


async def test_who_looks_like_the_one_typed_is_found_with_reasons_and_his_household_is_not(
    shop: None, as_user: AsUser
) -> None:
    assert await found(as_user, "ann", TYPED) == {"C1": "likely", "C4": "possible"}
    async with as_user("ann") as http:
        [first, *_] = (await http.post("/v1/duplicates", json=TYPED)).json()["items"]
    assert first["facts"] == [
        {"field": "name", "finding": "same"}, {"field": "phone", "finding": "same"}
    ]  # fmt: skip
    assert first["data"]["family_name"] == "Al Farsi"


async def test_whoever_has_the_phone_is_found_behind_more_namesakes_than_are_looked_at(
    shop: None, as_user: AsUser, open_one: Open
) -> None:
    namesake = {"customer_type": "person", "source": "desk", "given_name": "Omar", "family_name": "Al Farsi"}
    async with as_user("ada") as http:
        for n in range(CANDIDATES):
            await open_one(http, "customer_records", key=f"A{n}", outlet_id="AE01", data=namesake)
        other = {**namesake, "family_name": "Al Farsy", "phone": "+971 50 765 4321"}
        await open_one(http, "customer_records", key="Z1", outlet_id="AE01", data=other)
    assert (await found(as_user, "ann", {**TYPED, "phone": "0507654321"}))["Z1"] == "likely"


async def test_another_dealers_person_does_not_exist(shop: None, as_user: AsUser) -> None:
    assert await found(as_user, "bob", TYPED) == {"C2": "likely"}
    assert set(await found(as_user, "two", TYPED)) == {"C1", "C2", "C4"}


async def test_keys_of_other_outlets_are_not_read_either(shop: None, app_url: str) -> None:
    connection = await asyncpg.connect(app_url)
    try:
        assert await connection.fetchval("select count(*) from api.customer_key") == 0
        async with connection.transaction():
            await connection.execute("select set_config('dms.outlets', '{SA01}', true)")
            rows = await connection.fetch("select distinct customer_id from api.customer_key")
            assert [row["customer_id"] for row in rows] == ["C2"]
    finally:
        await connection.close()


async def test_a_field_the_caller_does_not_see_is_no_evidence(shop: None, as_user: AsUser) -> None:
    """A parts clerk sees no birth date: asking with one must not confirm it."""
    asked = {"birth_date": "1980-03-04", "email": "omar@mail.example"}
    assert await found(as_user, "ann", asked) == {"C1": "likely"}
    assert await found(as_user, "abe", asked) == {}


async def test_who_opens_no_customer_records_may_not_ask(shop: None, as_user: AsUser) -> None:
    async with as_user("pia") as http:
        assert (await http.post("/v1/duplicates", json=TYPED)).status_code == 403


async def test_a_company_is_no_duplicate_of_a_person(shop: None, as_user: AsUser) -> None:
    assert await found(as_user, "ann", TYPED | {"customer_type": "company"}) == {}


async def test_keys_follow_the_record_through_amendment_and_erasure(
    shop: None, as_user: AsUser, walk: Any, owner: asyncpg.Connection
) -> None:
    async with as_user("ann") as http:
        answer = await http.patch(
            "/v1/customer_records/C1",
            json={"data": {"phone": "+971 55 000 1111"}},
            headers={"If-Match": '"1"'},
        )
    assert answer.status_code == 200, answer.text
    moved = {"given_name": "Omar", "family_name": "Al Farsi", "phone": "055 000 1111"}
    assert (await found(as_user, "ann", moved))["C1"] == "likely"
    assert (await found(as_user, "ann", TYPED))["C1"] == "possible"
    walk.done(await walk.move("ann", "customer_records/C1", "erase"))
    assert "C1" not in await found(as_user, "ann", moved)
    assert await owner.fetchval("select count(*) from api.customer_key where customer_id = 'C1'") == 0


async def test_keys_are_made_anew_when_what_makes_them_changed(
    shop: None, owner: asyncpg.Connection, settings: Settings
) -> None:
    before = await owner.fetch("select * from api.customer_key order by 1, 2, 3")
    await owner.execute("delete from api.customer_key")
    await owner.execute("comment on index api.pk_customer_key is 'older'; comment on schema api is 'older'")
    migrate(settings.role_url(DatabaseRole.OWNER))
    assert await owner.fetch("select * from api.customer_key order by 1, 2, 3") == before
    assert len(before) > 10


async def test_the_desk_asks_before_a_second_record_and_keeps_the_reason(
    shop: None, desk_of: Callable[[str], httpx.AsyncClient], as_user: AsUser
) -> None:
    """Without any script: the form comes back, names the record and why, and takes a reason."""
    address = "/desk/documents/customer_records/new"
    async with desk_of("ann") as browser:
        page = (await browser.get(address)).text
        token, form_key = (re.search(rf'name="{n}" value="([^"]+)"', page)[1] for n in ("token", "form_key"))  # type: ignore[index]
        form = {"token": token, "form_key": form_key, "customer_type": "person", "source": "desk", **TYPED}
        shown = await browser.post(address, data=form)
        assert shown.status_code == 200
        assert '/desk/documents/customer_records/C1"' in shown.text
        assert '/desk/documents/customer_records/C3"' not in shown.text
        assert "Save anyway" in shown.text
        saved = await browser.post(address, data=form | {"kept_apart_reason": "father and son"})
        assert saved.url.path != address, saved.text
    async with as_user("ann") as http:
        record = (await http.get(saved.url.path.replace("/desk/documents", "/v1"))).json()
    assert record["data"]["kept_apart_reason"] == "father and son"


async def test_the_look_up_uses_the_index(shop: None, owner: asyncpg.Connection) -> None:
    """Among many rows the planner finds the keys by the index, whatever is in them."""
    await owner.execute(
        "insert into api.customer_key select n, 'AE01', 'X' || n from generate_series(1, 50000) n"
    )
    await owner.execute("analyze api.customer_key")
    plan = await owner.fetch(
        "explain select customer_id from api.customer_key where key = any ('{1,2,3}'::bigint[])"
    )
    assert "Seq Scan" not in "\n".join(row[0] for row in plan)
