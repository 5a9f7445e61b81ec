"""The desk's look-up, vehicle page and workshop board as a service advisor uses them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from operational_api.documents import BY_NAME
from tests.operational_api.conftest import VIN, AsUser, data_of

pytestmark = [pytest.mark.db, pytest.mark.anyio]
Open = Callable[..., Any]


async def opened(http: httpx.AsyncClient, open_one: Open, name: str, **body: Any) -> None:
    answer = await open_one(http, BY_NAME[name].collection, **body)
    assert answer.status_code == 201, answer.text


@pytest.fixture
async def workshop(network: None, as_user: AsUser, open_one: Open) -> None:
    """One car with an open recall, two repair orders at AE01, one of them late, and one at SA01."""
    async with as_user("ada") as http:
        await opened(http, open_one, "product", key="X1", state="on_sale", data=data_of(BY_NAME["product"]))
        car = {"product_id": "X1", "production_date": "2025-01-05"}
        await opened(http, open_one, "vehicle", key=VIN, state="retailed", data=car)
        customer = {
            "customer_type": "person",
            "source": "desk",
            "given_name": "Omar <b>",
            "phone": "+971501234567",
        }
        await opened(http, open_one, "customer_record", key="C1", outlet_id="AE01", data=customer)
        action = data_of(BY_NAME["service_action"]) | {"title": "Brake hose", "action_kind": "safety_recall"}
        await opened(http, open_one, "service_action", key="R1", data=action)
        recall = {"service_action_id": "R1", "vin": VIN}
        await opened(http, open_one, "campaign_vin", data=recall)
        order = data_of(BY_NAME["repair_order"]) | {"vin": VIN, "currency": "AED"}
        for key, outlet, km, opened_at in (
            ("RO1", "AE01", 41_000, "2026-01-10T06:00:00Z"),
            ("RO2", "AE01", 30_000, "2026-02-10T06:00:00Z"),
            ("RO3", "SA01", 50_000, "2026-02-09T06:00:00Z"),
        ):
            data = order | {"odometer_km": km, "opened_at": opened_at, "promised_at": "2026-02-10T20:30:00Z"}
            await opened(http, open_one, "repair_order", key=key, outlet_id=outlet, data=data)


@pytest.fixture
async def ann(
    workshop: None, desk_of: Callable[[str], httpx.AsyncClient]
) -> AsyncIterator[httpx.AsyncClient]:
    async with desk_of("ann") as http:
        yield http


async def test_a_whole_vin_opens_the_car_and_its_end_lists_it(ann):
    assert str((await ann.get(f"/desk/find?q={VIN.lower()}")).url).endswith(f"/desk/vehicles/{VIN}")
    assert f'href="/desk/vehicles/{VIN}"' in (await ann.get("/desk/find?q=812715")).text


async def test_a_customer_is_shown_with_whether_to_call_and_no_markup_of_his_own(ann):
    page = (await ann.get("/desk/find?q=omar")).text
    assert "Omar &lt;b&gt;" in page
    assert "Nobody asked whether service calls are welcome." in page
    assert "tel:" not in page


async def test_a_part_is_found_without_a_published_list_too(ann):
    page = (await ann.get("/desk/find?q=x-part_no")).text
    assert "No published stock at AE01." in page


async def test_a_text_that_is_too_short_or_finds_nothing_is_answered_with_a_sentence(ann):
    assert "Type at least 3 letters or digits." in (await ann.get("/desk/find?q=x")).text
    assert "Nothing found." in (await ann.get("/desk/find?q=zzzzzz")).text
    assert (await ann.get("/desk/find")).status_code == 200


async def test_a_car_shows_its_recall_first_its_low_reading_and_only_the_own_repairs(ann):
    page = (await ann.get(f"/desk/vehicles/{VIN}")).text
    assert page.index("Brake hose") < page.index("RO1")
    assert "safety recall" in page
    assert "A reading is lower than an earlier one: check it." in page
    assert "RO3" not in page
    assert "41,000 km" in page
    assert (await ann.get("/desk/vehicles/5GZCZ43D33S900715")).status_code == 404


async def test_the_board_shows_stages_late_cars_and_the_clock_of_the_outlet(ann):
    page = (await ann.get("/desk/workshop")).text
    assert "2 cars are late." in page
    assert "2/11/26, 12:30" in page.replace("\u202f", " ")  # 20:30 UTC in Dubai
    assert "late by" in page
    assert "RO3" not in page
    assert "RO1" not in (await ann.get("/desk/workshop?outlet=SA01")).text


async def test_a_page_of_the_workshop_is_not_there_for_who_may_not_read_repair_orders(workshop, desk_of):
    async with desk_of("pia") as http:
        assert (await http.get("/desk/workshop")).status_code == 404
    async with desk_of("quy") as http:
        assert 'href="/desk/workshop?outlet=AE01"' in (await http.get("/desk/workshop")).text


async def test_a_list_is_narrowed_to_a_state_and_a_document_leads_to_what_it_names(ann):
    assert "RO1" in (await ann.get("/desk/documents/repair_orders?state=open")).text
    assert "RO1" not in (await ann.get("/desk/documents/repair_orders?state=ready")).text
    page = (await ann.get("/desk/documents/repair_orders/RO1")).text
    assert f'href="/desk/vehicles/{VIN}"' in page


async def test_a_customer_is_called_by_name_where_work_is_done_and_by_number_over_a_shoulder(
    ann, as_user, open_one
):
    async with as_user("ada") as http:
        task = {"rule_code": "POST_REPAIR", "due_date": "2026-01-02", "customer_id": "C1", "staff_id": "W1"}
        worker = data_of(BY_NAME["staff"]) | {"given_name": "Wafa", "family_name": "Saleh"}
        await opened(http, open_one, "staff", key="W1", outlet_id="AE01", data=worker)
        await opened(http, open_one, "contact_task", key="T1", outlet_id="AE01", data=task)
    for path in ("/desk/work", "/desk/documents/contact_tasks/T1"):
        page = (await ann.get(path)).text
        assert "Omar &lt;b&gt;" in page, path
        assert "Wafa Saleh" in page, path
    assert "Omar" not in (await ann.get("/desk/documents/contact_tasks")).text


async def test_a_bulletin_is_confirmed_once_by_each_reader(ann, as_user, open_one):
    async with as_user("ada") as http:
        data = {"title": "Winter tyres", "audience": "service", "language": "en", "body": "Now."}
        await opened(http, open_one, "bulletin", key="B1", data=data)
        out = await http.post("/v1/bulletins/B1/publish", json={}, headers={"If-Match": '"1"'})
        assert out.status_code == 200
    assert "1 bulletin to read" in (await ann.get("/desk")).text
    page = (await ann.get("/desk/bulletins")).text
    form = dict(re.findall(r'name="(token|key)" value="([^"]+)"', page.split("/desk/bulletins/B1/read")[1]))
    for key in (form["key"], form["key"], "another-form-of-the-same-page"):
        told = await ann.post("/desk/bulletins/B1/read", data={**form, "key": key})
        assert (told.status_code, str(told.url)) == (200, "http://test/desk/bulletins")
    assert "I have read it" not in told.text
    async with as_user("ada") as http:
        kept = (await http.get("/v1/bulletin_receipts")).json()["items"]
    assert [(r["created_by"], r["data"]["bulletin_id"]) for r in kept] == [("ann", "B1")]


async def test_the_new_pages_are_light_and_say_everything_in_arabic(ann):
    ann.cookies.set("dms_language", "ar")
    for path in ("", "/find?q=omar", f"/vehicles/{VIN}", "/workshop"):
        answer = await ann.get(f"/desk{path}")
        assert answer.status_code == 200, path
        assert len(answer.content) < 100_000
        assert 'dir="rtl"' in answer.text
        for english in ("Workshop", "Odometer", "Find", "late by", "Nobody asked", "Open recalls"):
            assert english not in answer.text, (path, english)
