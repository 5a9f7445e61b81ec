"""Look-up: what was typed finds what the caller may see, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from operational_api.documents import BY_NAME
from operational_api.policy import MASK
from tests.operational_api.conftest import VIN, AsUser, data_of

pytestmark = [pytest.mark.db, pytest.mark.anyio]
Open = Callable[..., Any]
OTHER_VIN = "5GZCZ43D33S900715"


async def opened(http: httpx.AsyncClient, open_one: Open, name: str, **body: Any) -> None:
    answer = await open_one(http, BY_NAME[name].collection, **body)
    assert answer.status_code == 201, answer.text


def person_data(**known: str) -> dict[str, Any]:
    return {"customer_type": "person", "source": "desk", **known}


@pytest.fixture
async def shop(network: None, as_user: AsUser, open_one: Open) -> None:
    """Two cars, two customers of AE01 and one of SA01, and a number replaced twice."""
    async with as_user("ada") as http:
        await opened(http, open_one, "product", key="X1", state="on_sale", data=data_of(BY_NAME["product"]))
        car = {"product_id": "X1", "production_date": "2026-01-05"}
        for vin in (VIN, OTHER_VIN):
            await opened(http, open_one, "vehicle", key=vin, state="built", data=car)
        trade = data_of(BY_NAME["trade_in_appraisal"]) | {"old_vin": VIN, "plate": "D 12-345"}
        await opened(http, open_one, "trade_in_appraisal", outlet_id="AE01", data=trade)
        for key, outlet, data in (
            ("C1", "AE01", person_data(given_name="Omar", family_name="Al Farsi", phone="+971 50 123 4567")),
            (
                "C2",
                "AE01",
                person_data(given_name="Omar", family_name="Haddad_50%", phone="+971 55 999 0000"),
            ),
            ("C3", "SA01", person_data(given_name="Omar", family_name="Otaibi", phone="+966 50 123 4567")),
        ):
            await opened(http, open_one, "customer_record", key=key, outlet_id=outlet, data=data)
        part = data_of(BY_NAME["part"])
        for key, printed, what in (
            ("0446502001", "04465-02001", "Brake pad set"),
            ("0446502002", "04465-02002", "Brake pad set, front"),
            ("0446502003", "04465 02003", "Pad kit for brakes"),
        ):
            data = part | {"part_no": printed, "description": what}
            await opened(http, open_one, "part", key=key, state="active", data=data)
        for old, new in (("0446502001", "0446502002"), ("0446502002", "0446502003")):
            hop = data_of(BY_NAME["part_relation"]) | {"part_id": old, "successor_part_id": new}
            await opened(http, open_one, "part_relation", data=hop | {"relation_type": "supersession"})


async def parts_of(as_user: AsUser, text: str) -> dict[str, dict[str, Any]]:
    async with as_user("ann") as http:
        answer = await http.get("/v1/find", params={"q": text})
    return {row["key"]: row for row in answer.json()["parts"]}


async def related(as_user: AsUser, open_one: Any, old: str, new: str, **more: Any) -> None:
    async with as_user("ada") as http:
        hop = data_of(BY_NAME["part_relation"]) | {"part_id": old, "successor_part_id": new} | more
        await opened(http, open_one, "part_relation", data=hop)


async def test_a_part_names_what_may_be_given_instead_in_the_direction_that_holds(shop, as_user, open_one):
    await related(as_user, open_one, "P1", "P2", relation_type="interchange", direction="two_way")
    await related(as_user, open_one, "P1", "0446502003", relation_type="interchange", direction="one_way")
    found = await parts_of(as_user, "x-part_no")
    assert found["P1"]["stand_in_part_ids"] == ["0446502003", "P2"]
    assert found["P2"]["stand_in_part_ids"] == ["P1"]
    assert "stand_in_part_ids" not in (await parts_of(as_user, "04465-02003"))["0446502003"]


async def test_a_vin_beside_a_number_names_the_number_for_that_car(shop, as_user, open_one):
    """The car ends in 812715: the one bounded above it is for it, the one below is not."""
    bounded = {"relation_type": "supersession", "direction": "one_way"}
    await related(as_user, open_one, "P1", "0446502001", **bounded, serial_to="800000")
    await related(as_user, open_one, "P1", "P2", **bounded, serial_from="800001", serial_to="899999")
    unknown = (await parts_of(as_user, "x-part_no p1"))["P1"]
    assert "successor_part_id" not in unknown
    assert unknown["by_car"] == [
        {"successor_part_id": "0446502001", "serial_to": "800000"},
        {"successor_part_id": "P2", "serial_from": "800001", "serial_to": "899999"},
    ]
    for text in (f"x-part_no p1 {VIN}", f"{VIN.lower()} x-part_no p1"):
        assert (await parts_of(as_user, text))["P1"]["successor_part_id"] == "P2"
    assert (await found(as_user, "ann", f"{VIN} x-part_no"))["vehicles"] == [VIN]
    older = VIN[:-6] + "700001"  # and on along the chain of the other one
    assert (await parts_of(as_user, f"x-part_no p1 {older}"))["P1"]["successor_part_id"] == "0446502003"


async def found(as_user: AsUser, who: str, text: str) -> dict[str, list[str]]:
    """Keys by kind."""
    async with as_user(who) as http:
        answer = await http.get("/v1/find", params={"q": text})
    assert answer.status_code == 200, answer.text
    return {kind: [d["key"] for d in rows] for kind, rows in answer.json().items()}


async def test_a_car_is_found_by_its_vin_and_by_its_last_characters(shop, as_user):
    assert (await found(as_user, "ann", VIN.lower()))["vehicles"] == [VIN]
    assert (await found(as_user, "ann", "812715"))["vehicles"] == [VIN]
    assert (await found(as_user, "ann", "3S 812715"))["vehicles"] == [VIN]
    assert (await found(as_user, "ann", "12715"))["vehicles"] == []  # five would be too many cars


async def test_a_plate_finds_the_car_for_whoever_sees_plates_at_the_own_outlet(shop, as_user):
    assert (await found(as_user, "ann", "d12345"))["vehicles"] == [VIN]
    assert (await found(as_user, "bob", "d12345"))["vehicles"] == []
    assert (await found(as_user, "abe", "d12345"))["vehicles"] == []


async def test_a_customer_is_found_by_name_or_phone_at_the_own_outlet_alone(shop, as_user):
    assert (await found(as_user, "ann", "omar"))["customers"] == ["C1", "C2"]
    assert (await found(as_user, "ann", "farsi OMAR"))["customers"] == ["C1"]
    assert (await found(as_user, "ann", "050 123-4567"))["customers"] == ["C1"]
    assert (await found(as_user, "bob", "0501234567"))["customers"] == ["C3"]
    assert (await found(as_user, "two", "0501234567"))["customers"] == ["C1", "C3"]


async def test_signs_that_mean_something_to_a_pattern_mean_themselves(shop, as_user):
    assert (await found(as_user, "ann", "d_50%"))["customers"] == ["C2"]
    assert (await found(as_user, "ann", "%omar_"))["customers"] == []


async def test_what_a_role_does_not_see_finds_nothing(shop, as_user):
    assert (await found(as_user, "pia", "farsi"))["customers"] == []  # planners see masked names
    assert (await found(as_user, "pia", "0501234567"))["customers"] == []
    assert (await found(as_user, "fay", "omar"))["customers"] == []  # finance has no customers at all


async def test_a_customer_comes_with_what_is_on_file_about_contacting_him(shop, as_user, open_one):
    async with as_user("ann") as http:
        entry = data_of(BY_NAME["blacklist_entry"]) | {"customer_id": "C1"}
        await opened(http, open_one, "blacklist_entry", outlet_id="AE01", data=entry)
        answer = {
            "customer_id": "C1",
            "purpose": "service_marketing",
            "channel": "phone",
            "basis": "consent",
            "given_at": "2026-01-02T08:00:00Z",
            "text_version": "V1",
            "proof": "form 12",
        }
        await opened(http, open_one, "consent", outlet_id="AE01", state="given", data=answer)
        one, two = (await http.get("/v1/find", params={"q": "omar"})).json()["customers"]
    assert (one["on_file"]["is_blacklisted"], one["on_file"]["refused"]) == (True, [])
    assert [(p["purpose"], p["state"]) for p in one["on_file"]["permissions"]] == [
        ("service_marketing", "given")
    ]
    assert two["on_file"] == {"is_erased": False, "is_blacklisted": False, "refused": [], "permissions": []}


async def test_what_sales_may_not_see_in_a_state_does_not_find_the_record(
    shop, as_user, open_one, signed_sales
):
    assert [c["key"] for c in await signed_sales("0501234567")] == ["C1"]
    async with as_user("ann") as http:
        left = await http.post("/v1/customer_records/C1/deactivate", json={}, headers={"If-Match": '"1"'})
        assert left.status_code == 200
    assert await signed_sales("0501234567") == []
    (one,) = await signed_sales("farsi")
    assert one["data"]["phone"] == MASK


@pytest.fixture
def signed_sales(application: Any) -> Callable[[str], Any]:
    """Looks up as a consultant of AE01."""
    from operational_api.access import Actor, grants_of
    from operational_api.document import Grant

    grants = grants_of("dealer_staff", frozenset({Grant.CONSULTANT}))
    actor = Actor("con", "dealer_staff", grants, ("AE01",), None, "en")

    async def look(text: str) -> list[dict[str, Any]]:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            http.headers["authorization"] = f"Bearer {application.state.access.issue(actor)}"
            return list((await http.get("/v1/find", params={"q": text})).json()["customers"])

    return look


async def test_a_part_is_found_with_or_without_separators_and_by_its_words(shop, as_user):
    assert (await found(as_user, "abe", "04465-02001"))["parts"] == ["0446502001"]
    assert (await found(as_user, "abe", "0446502003"))["parts"] == ["0446502003"]
    assert (await found(as_user, "abe", "04465"))["parts"] == ["0446502001", "0446502002", "0446502003"]
    assert (await found(as_user, "abe", "pad brake"))["parts"] == ["0446502001", "0446502002", "0446502003"]
    assert (await found(as_user, "abe", "front pad"))["parts"] == ["0446502002"]


async def test_a_replaced_number_leads_to_the_end_of_its_chain(shop, as_user):
    async with as_user("abe") as http:
        parts = (await http.get("/v1/find", params={"q": "04465"})).json()["parts"]
    assert [p.get("successor_part_id") for p in parts] == ["0446502003", "0446502003", None]


@pytest.mark.parametrize("text", ["", "ab", "--- --", "%%%%"])
async def test_a_text_that_means_too_little_is_refused_with_the_remedy(network, as_user, text):
    async with as_user("ann") as http:
        answer = await http.get("/v1/find", params={"q": text})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "q"
