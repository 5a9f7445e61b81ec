"""Many lines in one call: good ones written, bad ones listed, known ones counted, and the counts add up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operational_api.document import Document, Kind
from operational_api.documents import DOCUMENTS

pytestmark = [pytest.mark.db, pytest.mark.anyio]

DEMAND = {"part_id": "P1", "quantity": 3, "demanded_at": "2026-01-01T09:00:00Z", "channel": "counter"}


def new_keys(document: Document) -> tuple[str, str]:
    is_vin = document.key_kind is Kind.VIN
    return (
        ("1M8GDM9AXKP042788", "11111111111111111") if is_vin else (f"A-{document.name}", f"M-{document.name}")
    )


def opening(key: str, **more: Any) -> dict[str, Any]:
    data = {**DEMAND, **more.pop("data", {})}
    return {"action": "open", "key": key, "outlet_id": "AE01", "data": data, **more}


@pytest.fixture
def send(new_key):
    async def sender(
        http: Any, lines: list[Any], collection: str = "part_demands", key: str | None = None
    ) -> Any:
        body = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        headers = {"Idempotency-Key": key or new_key()}
        answer = await http.post(f"/v1/{collection}/bulk", content=body.encode(), headers=headers)
        if answer.status_code == 200:
            counts = answer.json()
            assert counts["received"] == counts["accepted"] + counts["duplicate"] + counts["rejected"]
            assert counts["rejected"] == len({e["row"] for e in counts["errors"]})
        return answer

    return sender


def counted(answer: Any) -> tuple[int, int, int]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["accepted"], body["duplicate"], body["rejected"]


async def test_good_lines_are_written_and_bad_ones_listed_with_row_field_rule_and_remedy(
    as_user, network, send, owner
):
    lines = [
        opening("K1"),
        opening("K2", data={"part_id": "NOPE"}),
        opening("K3", data={"quantity": 0, "channel": "fax"}),
        '{"action":"open","key":"K4"',
        opening("K5"),
        opening("K6", outlet_id="ZZ99"),
    ]
    async with as_user("ada") as http:
        answer = await send(http, lines)
    assert counted(answer) == (2, 0, 4)
    errors = answer.json()["errors"]
    assert [(e["row"], e["field"], e["code"]) for e in errors] == [
        (2, "part_id", "no_reference"),
        (3, "quantity", "invalid"),
        (3, "channel", "invalid"),
        (4, "action", "invalid"),
        (6, "outlet_id", "no_reference"),
    ]
    assert errors[0]["rule"] == "no such part NOPE"
    assert all(e["remedy"] for e in errors)
    keys = await owner.fetch("select part_demand_id from doc.part_demand order by 1")
    assert [row[0] for row in keys] == ["K1", "K5"]
    assert await owner.fetchval("select count(*) from api.change where document = 'part_demand'") == 2


async def test_a_document_opened_in_bulk_is_logged_word_for_word_as_one_opened_alone(
    as_user, one_of_each, send, open_one, sample_data, owner
):
    # an outlet has one of a kind; the payment is used up; a number has one successor; an override is not seen
    only_one = {"fund_account", "payment_allocation", "part_relation", "forecast_override"}
    several = [d for d in DOCUMENTS if d.name not in only_one and not d.once]
    for document in several:
        if document.follows:  # what it asks of others is not the question here
            await owner.execute(f"alter table doc.{document.name} disable trigger consequences")
    awkward = {Kind.INSTANT: "2026-01-01T11:00:00.250+02:00", Kind.DECIMAL: 1.5}
    async with as_user("ada") as http:
        for document in several:
            data = sample_data(document) | {
                f.name: awkward[f.kind] for f in document.entered if f.kind in awkward
            }
            outlet = {"outlet_id": "AE01"} if document.is_tenant else {}
            alone, many = new_keys(document)
            answer = await open_one(http, document.collection, key=alone, data=data, **outlet)
            assert answer.status_code == 201, answer.text
            line = {"action": "open", "key": many, "data": data, **outlet}
            assert counted(await send(http, [line], document.collection)) == (1, 0, 0)
    logged = await owner.fetch(
        "select document, array_agg(distinct after::text) as texts, count(*) from api.change "
        "where key = any ($1) group by document",
        [key for d in several for key in new_keys(d)],
    )
    assert {row["document"]: row["count"] for row in logged} == {d.name: 2 for d in several}
    assert [row["document"] for row in logged if len(row["texts"]) > 1] == []


async def test_a_line_sent_again_is_a_duplicate_and_other_content_is_refused(as_user, network, send, owner):
    async with as_user("ada") as http:
        await send(http, [opening("K1"), opening("K2")])
        answer = await send(http, [opening("K1"), opening("K2", data={"quantity": 9}), opening("K3")])
    assert counted(answer) == (1, 1, 1)
    assert [(e["row"], e["code"]) for e in answer.json()["errors"]] == [(2, "conflict")]
    assert await owner.fetchval("select quantity from doc.part_demand where part_demand_id = 'K2'") == 3


async def test_an_opening_is_a_duplicate_also_after_the_document_moved_on(as_user, network, send):
    async with as_user("ada") as http:
        await send(http, [opening("K1"), {"action": "cancel", "key": "K1"}])
        answer = await send(http, [opening("K1")])
    assert counted(answer) == (0, 1, 0)


async def test_two_openings_of_one_key_in_one_call_are_one_document(as_user, network, send):
    async with as_user("ada") as http:
        answer = await send(http, [opening("K1"), opening("K1"), opening("K1", data={"quantity": 1})])
    assert counted(answer) == (1, 1, 1)
    assert answer.json()["errors"][0]["row"] == 3


async def test_personal_fields_tell_duplicates_apart(as_user, network, send):
    def customer(name: str) -> dict[str, Any]:
        data = {"customer_type": "person", "source": "web", "family_name": name}
        return {"action": "open", "key": "C1", "outlet_id": "AE01", "data": data}

    async with as_user("ada") as http:
        await send(http, [customer("Haddad")], "customer_records")
        same = await send(http, [customer("Haddad")], "customer_records")
        other = await send(http, [customer("Hadad")], "customer_records")
    assert (counted(same), counted(other)) == ((0, 1, 0), (0, 0, 1))


async def test_decimals_and_zones_do_not_hide_a_duplicate(as_user, network, send):
    def override(value: Any) -> dict[str, Any]:
        data = {
            "subject": "part",
            "region_path": "MEA",
            "forecast_month": "2026-02-01",
            "mode": "percent",
            "value": value,
            "reason_code": "recall",
            "author_level": "hq",
        }
        return {"action": "open", "key": "O1", "data": data}

    async with as_user("ada") as http:
        assert counted(await send(http, [override(1.5)], "forecast_overrides")) == (1, 0, 0)
        assert counted(await send(http, [override("1.50")], "forecast_overrides")) == (0, 1, 0)
        await send(http, [opening("K1")])
        local = opening("K1", data={"demanded_at": "2026-01-01T13:00:00+04:00"})
        assert counted(await send(http, [local])) == (0, 1, 0)


async def test_events_of_one_key_are_applied_in_their_order(as_user, network, send, owner):
    lines = [
        opening("K1", by="staff-1"),
        opening("K2"),
        {"action": "amend", "key": "K1", "at": "2026-01-02T00:00:00Z", "data": {"quantity": 5}},
        {
            "action": "fill",
            "key": "K1",
            "at": "2026-01-03T00:00:00Z",
            "by": "staff-2",
            "data": {"filled_quantity": 5},
        },
        {"action": "cancel", "key": "K1"},
    ]
    async with as_user("ada") as http:
        answer = await send(http, lines)
    assert counted(answer) == (4, 0, 1)
    assert (answer.json()["errors"][0]["row"], answer.json()["errors"][0]["code"]) == (5, "illegal")
    rows = await owner.fetch(
        "select version, action, actor, state, effective_at::date::text d from api.change "
        "where key = 'K1' order by seq"
    )
    assert [tuple(r) for r in rows] == [
        (1, "open", "staff-1", "open", "2026-01-01"),
        (2, "amend", "ada", "open", "2026-01-02"),
        (3, "fill", "staff-2", "filled", "2026-01-03"),
    ]


async def test_a_move_sent_again_with_its_version_is_a_duplicate(as_user, network, send):
    move = {"action": "fill", "key": "K1", "version": 1, "data": {"filled_quantity": 3}}
    other = {"action": "fill", "key": "K1", "version": 1, "data": {"filled_quantity": 2}}
    async with as_user("ada") as http:
        await send(http, [opening("K1"), move])
        again = await send(http, [move])
        different = await send(http, [other])
    assert counted(again) == (0, 1, 0)
    assert counted(different) == (0, 0, 1)
    assert different.json()["errors"][0]["code"] == "stale"


async def test_separation_of_duties_looks_at_who_a_line_speaks_for(as_user, network, send, one_of_each):
    key = one_of_each["parts_order"]
    steps = [
        {"action": a, "key": key, "by": b}
        for a, b in (("submit", "x"), ("check_funds", "y"), ("approve", "ada"))
    ]
    async with as_user("ada") as http:
        answer = await send(http, steps, "parts_orders")
        other = await send(http, [{"action": "approve", "key": key, "by": "z"}], "parts_orders")
    assert answer.json()["errors"][0]["code"] == "forbidden"
    assert counted(other) == (1, 0, 0)


async def test_only_systems_and_administrators_write_for_others(as_user, network, send):
    async with as_user("ann") as http:
        answer = await send(http, [opening("K1", by="bob"), opening("K2", by="ann")])
    assert counted(answer) == (0, 0, 2)
    assert {e["field"] for e in answer.json()["errors"]} == {"by"}


async def test_incomplete_moves_and_absent_documents_are_lines_errors(as_user, network, send):
    lines = [opening("K1"), {"action": "lose", "key": "K1"}, {"action": "fill", "key": "NOPE"}]
    async with as_user("ada") as http:
        answer = await send(http, lines)
    found = [(e["row"], e["field"], e["code"]) for e in answer.json()["errors"]]
    assert found == [
        (2, "lost_quantity", "incomplete"),
        (2, "lost_reason", "incomplete"),
        (3, "key", "missing"),
    ]


async def test_a_line_that_only_the_database_refuses_does_not_take_the_others_with_it(
    as_user, network, send, owner
):
    """Filling 4 of 3 breaks a row rule that the line alone cannot show."""
    keys = [f"K{n}" for n in range(20)]
    async with as_user("ada") as http:
        await send(http, [opening(k) for k in keys])
        fills = [
            {"action": "fill", "key": k, "data": {"filled_quantity": 4 if k == "K7" else 2}} for k in keys
        ]
        answer = await send(http, fills)
    assert counted(answer) == (19, 0, 1)
    assert (answer.json()["errors"][0]["row"], answer.json()["errors"][0]["field"]) == (8, "filled_quantity")
    assert await owner.fetchval("select count(*) from doc.part_demand where state = 'filled'") == 19


async def test_lines_may_refer_to_one_another_and_a_broken_chain_costs_only_itself(as_user, send):
    def outlet(code: str, supplier: str | None) -> dict[str, Any]:
        data = {
            "name": code,
            "legal_entity": "L",
            "outlet_kind": "dealer",
            "market": "AE",
            "region_path": "MEA",
            "city": "C",
            "timezone": "Asia/Dubai",
            "currency": "AED",
            "language": "en",
            "opened_date": "2020-01-01",
            "supplier_outlet_code": supplier,
        }
        return {"action": "open", "key": code, "data": data}

    async with as_user("ada") as http:
        answer = await send(
            http,
            [outlet("D1", "W1"), outlet("W1", None), outlet("D2", "NOPE"), outlet("D3", "D2")],
            "outlets",
        )
    assert counted(answer) == (2, 0, 2)
    assert [e["row"] for e in answer.json()["errors"]] == [3, 4]


async def test_a_replayed_call_gets_its_first_answer(as_user, network, send, owner):
    lines = [opening("K1"), opening("K2", data={"quantity": 0})]
    async with as_user("ada") as http:
        first = await send(http, lines, key="b1")
        again = await send(http, lines, key="b1")
        other = await send(http, [opening("K9")], key="b1")
    assert again.content == first.content
    assert again.headers["idempotent-replay"] == "true"
    assert other.status_code == 422
    assert await owner.fetchval("select count(*) from doc.part_demand") == 1


async def test_a_call_without_a_key_without_lines_or_with_too_many_is_refused(as_user, network, send, owner):
    async with as_user("ada") as http:
        no_key = await http.post("/v1/part_demands/bulk", content=json.dumps(opening("K1")))
        empty = await send(http, ["", "  "])
        many = await send(http, ["{}"] * 5001)
        large = await send(http, [" " * (16 * 1024 * 1024 + 1)])
    assert [a.status_code for a in (no_key, empty, many, large)] == [400, 422, 413, 413]
    assert await owner.fetchval("select count(*) from doc.part_demand") == 0


async def test_blank_lines_do_not_count(as_user, network, send):
    async with as_user("ada") as http:
        answer = await send(http, ["", json.dumps(opening("K1")), "  ", json.dumps(opening("K2")), ""])
    assert counted(answer) == (2, 0, 0)
