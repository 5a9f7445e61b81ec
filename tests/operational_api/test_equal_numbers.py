"""A number stands once, however it is spelt: refused at every door, and the one that is there is named."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from operational_api.documents import BY_NAME
from operational_api.migrate import alembic_config, sqlalchemy_url
from pipelines.importing import import_file
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import Settings
from tests.operational_api.conftest import data_of
from tests.operational_api.desk_session import form_of

pytestmark = [pytest.mark.db, pytest.mark.anyio]
RULE = "another part has this number, whatever its separators and capitals"
HEADER = "state, version, effective_at, created_at, created_by, updated_at, updated_by"


class Catalogue:
    """Opens parts by key and printed number."""

    def __init__(self, as_user: Any, open_one: Any) -> None:
        self.as_user, self._open_one = as_user, open_one

    async def part(self, key: str, number: str, state: str = "active") -> Any:
        data = data_of(BY_NAME["part"]) | {"part_no": number}
        async with self.as_user("pia") as http:
            return await self._open_one(http, "parts", key=key, state=state, data=data)


@pytest.fixture
def catalogue(as_user: Any, open_one: Any) -> Catalogue:
    return Catalogue(as_user, open_one)


@pytest.mark.parametrize("spelt", ["04465-02001", "04465 0200 1", "0446502001", "04465.02.001"])
async def test_a_number_spelt_another_way_is_refused_and_the_part_is_named(catalogue, spelt):
    assert (await catalogue.part("P1", "04465-02001")).status_code == 201
    refused = await catalogue.part("P2", spelt)
    assert refused.status_code == 409
    [error] = refused.json()["errors"]
    assert (error["field"], error["rule"]) == ("part_no", RULE)
    assert error["remedy"] == "use P1, spelt 04465-02001, or correct the number"


async def test_capitals_are_no_difference_and_letters_of_any_script_are(catalogue):
    assert (await catalogue.part("P1", "ab-1é")).status_code == 201
    assert (await catalogue.part("P2", "AB1É")).status_code == 409
    assert (await catalogue.part("P3", "AB1E")).status_code == 201
    assert (await catalogue.part("P4", "刹车-1")).status_code == 201
    assert (await catalogue.part("P5", "车刹1")).status_code == 201


async def test_an_amended_number_is_judged_like_a_new_one(catalogue):
    await catalogue.part("P1", "A-1")
    await catalogue.part("P2", "A-2")
    async with catalogue.as_user("pia") as http:
        own = await http.patch("/v1/parts/P2", json={"data": {"part_no": "a.2"}}, headers={"If-Match": '"1"'})
        taken = await http.patch(
            "/v1/parts/P2", json={"data": {"part_no": "a.1"}}, headers={"If-Match": '"2"'}
        )
    assert (own.status_code, taken.status_code) == (200, 409)
    assert "use P1" in taken.json()["errors"][0]["remedy"]


async def test_an_obsolete_part_leaves_its_number_to_another(catalogue):
    await catalogue.part("P1", "A-1")
    async with catalogue.as_user("pia") as http:
        assert (
            await http.post("/v1/parts/P1/retire", json={}, headers={"If-Match": '"1"'})
        ).status_code == 200
    assert (await catalogue.part("P2", "A1")).status_code == 201


async def test_of_two_spellings_at_once_one_is_refused(catalogue):
    answers = await asyncio.gather(*(catalogue.part(f"P{n}", "A" + "-" * n + "1") for n in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    assert {a.json()["errors"][0]["rule"] for a in answers if a.status_code == 409} == {RULE}


async def test_in_bulk_the_first_line_wins_and_the_same_line_again_is_a_duplicate(as_user, new_key):
    part = data_of(BY_NAME["part"])
    lines = [
        {"action": "open", "key": key, "data": part | {"part_no": number}}
        for key, number in (("P1", "A-1"), ("P2", "A1"), ("P3", "B-1"), ("P1", "A-1"))
    ]
    async with as_user("ada") as http:
        for counts in ((2, 1, 1), (0, 3, 1)):
            body = "\n".join(json.dumps(line) for line in lines)
            answer = await http.post("/v1/parts/bulk", content=body, headers={"Idempotency-Key": new_key()})
            told = answer.json()
            assert (told["accepted"], told["duplicate"], told["rejected"]) == counts
            [error] = told["errors"]
            assert (error["row"], error["field"], error["code"]) == (2, "part_no", "conflict")
            assert error["remedy"] == "use P1, spelt A-1, or correct the number"


async def test_the_desk_says_which_part_has_the_number(catalogue, desk_of):
    await catalogue.part("P1", "04465-02001")
    fields = data_of(BY_NAME["part"]) | {"part_no": "04465 02001"}
    async with desk_of("pia") as http:
        page = await http.get("/desk/documents/parts/new")
        form = {k: v for k, v in form_of(page.text).items() if k in {"token", "form_key"}}
        form |= {name: "true" if value is True else str(value) for name, value in fields.items()}
        answer = await http.post("/desk/documents/parts/new", data=form)
    assert answer.status_code == 409
    assert "04465-02001" in answer.text


async def test_a_refusal_speaks_the_readers_language(catalogue, as_user, new_key):
    await catalogue.part("P1", "A-1")
    body = {"key": "P2", "data": data_of(BY_NAME["part"]) | {"part_no": "A1"}}
    async with as_user("pia") as http:
        headers = {"Idempotency-Key": new_key(), "Accept-Language": "fr"}
        refused = (await http.post("/v1/parts", json=body, headers=headers)).json()
    assert refused["detail"] == "le numéro existe déjà : part P1, écrit A-1"
    assert refused["errors"][0]["remedy"] == "utilisez P1, écrit A-1, ou corrigez le numéro"


def test_a_file_is_refused_the_row_alone(settings: Settings, tmp_path: Path):
    head = "part_id,part_no,description,category,criticality,pack_size,minimum_quantity,is_returnable,state"
    rows = (f"P{n},{number},Oil filter,maintenance,vital,4,4,true,active" for n, number in enumerate(
        ("A-1", "a 1", "A-2")))  # fmt: skip
    path = tmp_path / "parts.csv"
    path.write_text("\n".join((head, *rows)) + "\n")
    loaded = import_file(settings, path, "part")
    assert (loaded.accepted, loaded.rejected) == (2, 1)
    [told] = loaded.violations
    assert "use P0, spelt A-1" in str(told)


def upgrade(owner: str, revision: str) -> None:
    engine = sa.create_engine(sqlalchemy_url(owner), poolclass=sa.NullPool)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)


def test_an_upgrade_names_equal_numbers_and_changes_nothing(database: Server):
    owner = database.url(DatabaseRole.OWNER)
    part = (
        f"insert into doc.part (part_id, {HEADER}, part_no, description, category, criticality, pack_size, "
        "minimum_quantity, is_returnable) values (%s, %s, 1, now(), now(), 'a', now(), 'a', %s, 'x', 'x', "
        "'vital', 1, 1, true)"
    )
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("drop index doc.ux_part_1")
        connection.execute("drop function api.check_once_part cascade")
        connection.execute("update api.alembic_version set version_num = '0033'")
        for row in (("P1", "active", "A-1"), ("P2", "run_out", "A1"), ("P3", "obsolete", "a1")):
            connection.execute(part, row)
        with pytest.raises(RuntimeError, match=r'nothing was changed[^\n]*\n  P1 "A-1", P2 "A1"$'):
            upgrade(owner, "0034")
        assert connection.execute("select version_num from api.alembic_version").fetchone() == ("0033",)
        connection.execute("update doc.part set state = 'obsolete' where part_id = 'P2'")
    upgrade(owner, "0034")
