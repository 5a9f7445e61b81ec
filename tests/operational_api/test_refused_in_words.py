"""A refusal leaves in the language of the request, else in the account's; codes and fields stay."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.operational_api.conftest import AsUser, fresh_key, person

pytestmark = [pytest.mark.db, pytest.mark.anyio]

DEMAND = {"part_id": "P1", "quantity": 3, "demanded_at": "2026-01-01T09:00:00Z", "channel": "counter"}
LINES = [
    {"part_id": None},  # lacking
    {"quantty": 3},  # a field that is not there
    {"channel": "fax"},  # no such choice
    {"part_id": "LOST"},  # refers to nothing
]
CHINESE = {
    (1, "part_id"): "必填",
    (2, "quantty"): "此处没有该字段",
    (3, "channel"): "其中之一：repair_order, counter, wholesale, internal, warranty",
    (4, "part_id"): "没有 part LOST",
}
ARABIC = {
    (1, "part_id"): "مطلوب",
    (2, "quantty"): "لا يوجد حقل كهذا هنا",
    (3, "channel"): "إحدى القيم: repair_order, counter, wholesale, internal, warranty",
    (4, "part_id"): "لا يوجد part LOST",
}


def body() -> bytes:
    opened = [
        {"action": "open", "key": f"W{n}", "outlet_id": "AE01", "data": {**DEMAND, **line}}
        for n, line in enumerate(LINES)
    ]
    return "\n".join(json.dumps(line) for line in opened).encode()


async def bulk(http: httpx.AsyncClient, *, key: str | None = None, **headers: str) -> httpx.Response:
    headers = {"Idempotency-Key": key or fresh_key(), **headers}
    answer = await http.post("/v1/part_demands/bulk", content=body(), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def rules(answer: httpx.Response) -> dict[tuple[int, str], str]:
    return {(e["row"], e["field"]): e["rule"] for e in answer.json()["errors"]}


def reads(application: FastAPI, http: httpx.AsyncClient, name: str, language: str) -> None:
    """The account's own language from here on."""
    token = application.state.access.issue(replace(person(name), language=language))
    http.headers["authorization"] = f"Bearer {token}"


async def test_every_row_of_a_bulk_call_is_refused_in_the_language_it_accepts(as_user: AsUser, network: None):
    async with as_user("ann") as http:
        chinese = await bulk(http, **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
        arabic = await bulk(http, **{"Accept-Language": "ar"})
        english = await bulk(http)
    assert rules(chinese) == CHINESE
    assert rules(arabic) == ARABIC
    assert rules(english)[(4, "part_id")] == "no such part LOST"
    said_in = [a.headers["content-language"] for a in (chinese, arabic, english)]
    assert said_in == ["zh", "ar", "en"]
    remedies = {(e["row"], e["field"]): e["remedy"] for e in chinese.json()["errors"]}
    assert remedies[(2, "quantty")] == "您是否想填 quantity？"
    assert remedies[(4, "part_id")] == "请先导入 part，或更正 part_id"


async def test_codes_and_fields_are_the_same_in_every_language(as_user: AsUser, network: None):
    def codes(answer: httpx.Response) -> list[tuple[Any, ...]]:
        return [(e["row"], e["key"], e["field"], e["code"]) for e in answer.json()["errors"]]

    async with as_user("ann") as http:
        told = [codes(await bulk(http, **{"Accept-Language": code})) for code in ("en", "zh", "ru")]
    assert told[0] == told[1] == told[2]


async def test_without_a_wish_the_accounts_own_language_speaks(
    application: FastAPI, as_user: AsUser, network: None
):
    async with as_user("ann") as http:
        reads(application, http, "ann", "ar")
        assert rules(await bulk(http)) == ARABIC
        reads(application, http, "ann", "zh")
        assert rules(await bulk(http)) == CHINESE
        reads(application, http, "ann", "de")  # no refusals in German
        assert rules(await bulk(http))[(1, "part_id")].startswith("required: ")


async def test_a_repeated_call_gets_its_first_answer_whatever_it_accepts_now(as_user: AsUser, network: None):
    async with as_user("ann") as http:
        first = await bulk(http, key="same", **{"Accept-Language": "zh"})
        again = await bulk(http, key="same", **{"Accept-Language": "ar"})
    assert again.content == first.content
    assert "content-language" not in again.headers


async def test_a_problem_is_said_with_its_title_detail_and_errors(as_user: AsUser, network: None):
    data = {**DEMAND, "channel": "fax"}
    async with as_user("ann") as http:
        answer = await http.post(
            "/v1/part_demands",
            json={"outlet_id": "AE01", "data": data},
            headers={"Idempotency-Key": fresh_key(), "Accept-Language": "es-MX"},
        )
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["type"]) == (422, 422, "/problems/invalid")
    assert problem["title"] == "Contenido no aceptado"
    assert problem["detail"] == "1 error: channel"
    rule = "uno de estos valores: repair_order, counter, wholesale, internal, warranty"
    remedy = f'envíe {rule} en lugar de "fax"'
    assert problem["errors"] == [{"field": "channel", "rule": rule, "remedy": remedy}]
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("es", "Accept-Language")


async def test_a_rule_within_the_database_is_said_too(as_user: AsUser, network: None):
    """Two accounts for one thing: a trigger refuses the second, in a sentence of its own."""
    data = {"fund_type": "cash", "earmark": "any", "currency": "AED"}
    async with as_user("fay") as http:
        for key in ("F1", "F2"):
            answer = await http.post(
                "/v1/fund_accounts",
                json={"key": key, "outlet_id": "AE01", "data": data},
                headers={"Idempotency-Key": fresh_key(), "Accept-Language": "fr"},
            )
    assert answer.status_code == 409, answer.text
    assert answer.json()["detail"] == "le point de vente a déjà ce compte"
    assert answer.json()["errors"][0]["remedy"] == "utilisez le compte existant"


async def test_what_stands_in_no_document_route_is_said_too(as_user: AsUser):
    """Refused before anybody is known, by the framework, and by a route of ours."""
    async with as_user("") as http:
        unknown = await http.get("/v1/parts", headers={"Accept-Language": "pt-BR"})
    async with as_user("ann") as http:
        nowhere = await http.get("/nowhere", headers={"Accept-Language": "ru"})
        lost = await http.get("/v1/insights/nothing", headers={"Accept-Language": "vi"})
    assert (unknown.status_code, unknown.json()["title"]) == (401, "Não autenticado")
    assert unknown.json()["detail"] == "entre em POST /token ou envie X-API-Key"
    assert (nowhere.status_code, nowhere.json()["title"]) == (404, "Не найдено")
    assert lost.headers["content-language"] == "vi"
