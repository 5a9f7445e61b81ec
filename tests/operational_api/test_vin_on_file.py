"""A mistyped VIN is refused with what may have been meant; the one that was sent is never changed."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.db, pytest.mark.anyio]
VIN = "5GZCZ43D13S812715"
MISREAD = "5GZCZ43D13S8127IS"  # two characters: nothing to offer
BROKEN = "5GZCZ43D13S81271S"  # the last 5 read as S: the digits no longer fit
LETTER_O = "5GZCZ43DI3S812715"  # the check digit 1 read as I
OTHER = "FZ0CZ43D13S812715"  # warned about at most, and no such car


def appointment(vin: str) -> dict[str, Any]:
    return {"vin": vin, "slot_at": "2026-05-01T08:00:00Z", "jobs": "service"}


@pytest.fixture
async def on_file(one_of_each, as_user, open_one) -> str:
    """A car of a maker whose check digits are not law."""
    async with as_user("pia") as http:
        data = {"product_id": one_of_each["product"], "production_date": "2026-01-01"}
        opened = await open_one(http, "vehicles", key="FZ0CZ43D13S812716", data=data)
        assert opened.status_code == 201, opened.text
    return "FZ0CZ43D13S812716"


async def test_a_misread_character_is_refused_with_the_number_it_looks_like(one_of_each, as_user, open_one):
    async with as_user("ann") as http:
        answer = await open_one(http, "service_appointments", data=appointment(BROKEN))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "vin")
    assert VIN in error["suggestions"]
    assert VIN in error["remedy"]


async def test_a_letter_that_cannot_stand_in_a_vin_is_offered_as_its_digit(one_of_each, as_user, open_one):
    async with as_user("ann") as http:
        answer = await open_one(http, "service_appointments", data=appointment(LETTER_O))
        beyond = await open_one(http, "service_appointments", data=appointment(MISREAD))
    assert answer.json()["errors"][0]["suggestions"] == [VIN]
    assert "suggestions" not in beyond.json()["errors"][0]


async def test_a_sound_number_of_no_car_is_answered_with_the_car_on_file_beside_it(
    on_file, as_user, open_one
):
    async with as_user("ann") as http:
        answer = await open_one(http, "service_appointments", data=appointment(OTHER))
        listed = (await http.get("/v1/service_appointments")).json()["items"]
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["suggestions"]) == (422, [on_file])
    assert all(a["data"]["vin"] != on_file for a in listed)  # offered, not taken


async def test_an_amendment_to_a_car_not_on_file_is_answered_alike(on_file, as_user, open_one):
    async with as_user("ann") as http:
        opened = await open_one(http, "service_appointments", data=appointment(on_file))
        key = opened.json()["key"]
        answer = await http.patch(
            f"/v1/service_appointments/{key}", json={"data": {"vin": OTHER}}, headers={"If-Match": '"1"'}
        )
    assert answer.json()["errors"][0]["suggestions"] == [on_file]


async def test_a_european_number_with_any_ninth_character_is_taken(one_of_each, as_user, open_one):
    async with as_user("pia") as http:
        data = {"product_id": one_of_each["product"], "production_date": "2026-01-01"}
        opened = await open_one(http, "vehicles", key="WVWZZZ1JZXW000001", data=data)
    assert opened.status_code == 201
