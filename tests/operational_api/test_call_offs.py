"""A delivery schedule comes in as DELFOR; a new one replaces the one before it, whole."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from operational_api import delfor
from operational_api.refusals import BadRequest, Invalid

pytestmark = [pytest.mark.db, pytest.mark.anyio]

MESSAGE = """UNA:+.? '
UNB+UNOC:3+SENDER+PLANT+260201:0900+1'
UNH+1+DELFOR:D:97A:UN'
BGM+241+{number}+9'
DTM+137:202602010900:203'
NAD+BY+AE01::92'
NAD+SU+PLANT::92'
LIN+1++ARO-15?+X:IN'
QTY+70:40'
SCC+1++M'
QTY+113:{first}'
DTM+158:20260301:102'
DTM+159:20260331:102'
SCC+4++M'
QTY+113:25'
DTM+158:20260401:102'
LIN+2++NOVA:IN'
SCC+4'
QTY+1:7'
DTM+2:20260415:102'
UNT+19+1'
UNZ+1+1'
"""


def written(number: str = "S1", first: int = 30, issued: str = "202602010900") -> bytes:
    text = MESSAGE.format(number=number, first=first).replace("DTM+137:202602010900", f"DTM+137:{issued}")
    return text.replace("ARO-15?+X", "ARO-15").encode()


def test_a_schedule_is_read_period_by_period():
    body = delfor.opening(written())
    assert body == {
        "outlet_id": "AE01",
        "data": {
            "message_no": "S1", "supplier": "PLANT", "issued_at": "2026-02-01T09:00:00+00:00",
            "lines": [
                {"item": "ARO-15", "commitment": "firm", "quantity": 30, "from_date": "2026-03-01",
                 "to_date": "2026-03-31", "received_quantity": 40},
                {"item": "ARO-15", "commitment": "forecast", "quantity": 25, "from_date": "2026-04-01",
                 "received_quantity": 40},
                {"item": "NOVA", "commitment": "forecast", "quantity": 7, "from_date": "2026-04-15"},
            ],
        },
    }  # fmt: skip


def test_a_released_character_and_other_service_characters_are_read():
    [segment] = delfor.segments(b"LIN+1++A?+B?'C??:IN'")
    assert segment == [["LIN"], ["1"], [""], ["A+B'C?", "IN"]]
    [segment] = delfor.segments(b"UNA|*.! ~LIN*1**A+B|IN~")
    assert segment == [["LIN"], ["1"], [""], ["A+B", "IN"]]


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", b"\xff", b"UNH+1+ORDERS:D:97A:UN'BGM+1+2'LIN+1++A'", b"UNH+1+DELFOR'", b"UNH+1+DEL"],
)
def test_what_is_no_delfor_is_refused(raw: bytes):
    with pytest.raises(BadRequest):
        delfor.opening(raw)


@pytest.mark.parametrize("broken", [("QTY+113:30", "QTY+113:3O"), ("20260331", "20260231")])
def test_a_value_that_is_none_is_told(broken: tuple[str, str]):
    with pytest.raises(Invalid):
        delfor.opening(written().replace(*(text.encode() for text in broken)))


@pytest.fixture
def send(as_user: Any, network: None, new_key: Any) -> Any:
    async def sent(raw: bytes, who: str = "ann") -> Any:
        async with as_user(who) as http:
            return await http.post(
                "/v1/call_offs/delfor", content=raw, headers={"Idempotency-Key": new_key()}
            )

    return sent


async def states(as_user: Any) -> dict[str, str]:
    async with as_user("ann") as http:
        items = (await http.get("/v1/call_offs")).json()["items"]
    return {i["data"]["message_no"]: i["state"] for i in items}


async def test_a_new_call_off_replaces_the_one_before_it_whole(as_user: Any, send: Any):
    first = await send(written())
    assert first.status_code == 201, first.text
    second = await send(written("S2", first=28))
    assert (await send(written("S3"), "bob")).status_code == 403  # another outlet's schedule
    async with as_user("ann") as http:
        history = (await http.get(f"/v1/call_offs/{first.json()['key']}/history")).json()
    assert await states(as_user) == {"S1": "replaced", "S2": "active"}
    assert [h["action"] for h in history] == ["replace", "open"]
    assert second.json()["state"] == "active"


async def test_a_message_older_than_the_active_call_off_is_refused_and_leaves_it(as_user: Any, send: Any):
    assert (await send(written("S2"))).status_code == 201
    late = await send(written("S1", issued="202601310900"))
    assert late.status_code == 409, late.text
    [error] = late.json()["errors"]
    assert error["field"] == "issued_at"
    assert "older than the active call-off" in error["rule"]
    assert "issue a new message" in error["remedy"]
    assert await states(as_user) == {"S2": "active"}


async def test_of_two_issued_at_one_instant_the_higher_number_is_the_newer(as_user: Any, send: Any):
    assert (await send(written("9"))).status_code == 201
    second = await send(written("10"))  # ten comes after nine, though not as text
    assert second.status_code == 201, second.text
    late = await send(written("8"))
    assert (late.status_code, late.json()["errors"][0]["field"]) == (409, "message_no")
    assert await states(as_user) == {"9": "replaced", "10": "active"}


async def test_of_many_of_one_instant_at_once_the_highest_number_alone_stays_active(as_user: Any, send: Any):
    answers = await asyncio.gather(*(send(written(str(n), first=n)) for n in range(1, 9)))
    assert {a.status_code for a in answers} <= {201, 409}
    active = [number for number, state in (await states(as_user)).items() if state == "active"]
    assert active == ["8"]


async def test_the_same_message_again_is_answered_by_the_first_and_changes_nothing(as_user: Any, send: Any):
    first = await send(written())
    again = await send(written())
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replay"] == "true"
    assert (await send(written("S2"))).status_code == 201
    late = await send(written())  # replaced meanwhile: still known, still replaced
    assert (late.status_code, late.json()["state"]) == (201, "replaced")
    assert await states(as_user) == {"S1": "replaced", "S2": "active"}


async def test_a_number_used_again_for_other_content_is_refused(as_user: Any, send: Any):
    assert (await send(written())).status_code == 201
    other = await send(written(first=31))
    assert other.status_code == 409, other.text
    assert await states(as_user) == {"S1": "active"}


async def test_the_same_rules_hold_at_every_door(as_user: Any, send: Any, new_key: Any):
    assert (await send(written("S2"))).status_code == 201
    data = delfor.opening(written("S1", issued="202601310900"))["data"]
    async with as_user("ann") as http:
        headers = {"Idempotency-Key": new_key()}
        refused = await http.post("/v1/call_offs", json={"outlet_id": "AE01", "data": data}, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "issued_at")
