"""A price is judged against the list and the band in force: passed, to be approved, or refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from operational_api.accounts import create_account, create_api_key
from operational_api.document import Grant
from tests.operational_api.conftest import fresh_key

pytestmark = [pytest.mark.db, pytest.mark.anyio]

PRODUCT = {"brand": "B", "series": "S", "model": "M", "variant": "V", "colour": "red", "model_year": 2026,
           "launch_date": "2026-01-01", "list_price_minor": 1, "currency": "AED"}  # fmt: skip
CONTRACT = {"customer_id": "C1", "product_id": "R1", "deposit_minor": 10, "currency": "AED",
            "ordered_at": "2026-02-20T09:00:00Z"}  # fmt: skip
QUOTE = {"lead_id": "L1", "product_id": "R1", "currency": "AED", "valid_to_date": "2026-12-01"}
AUTHORITIES = [
    {"position": "consultant", "most_percent": "2"},
    {"position": "dealer_manager", "most_percent": "5"},
]
BAND = {"floor_percent": "20", "authorities": AUTHORITIES}


async def in_force(walk: Any, collection: str, key: str, **data: Any) -> None:
    """Drafted by finance, activated by the planner, in force since 2020 unless said otherwise."""
    data = {"effective_from_date": "2020-01-01"} | data
    walk.done(await walk.open("fay", collection, key, **data))
    walk.done(await walk.move("pia", f"{collection}/{key}", "activate"))


@pytest.fixture
async def shop(walk: Any, network: None, owner: asyncpg.Connection) -> Any:
    """Cars of model M cost 1,000.00 here, 1,200.00 as variant W; managers give 5 %, nobody more than 20 %."""
    walk.done(await walk.open("pia", "products", "R1", **PRODUCT))
    walk.done(await walk.open("pia", "products", "R2", **PRODUCT | {"variant": "W"}))
    walk.done(await walk.open("ann", "customer_records", "C1", customer_type="person", source="walk_in"))
    await create_account(
        owner, subject="ann", password="x", role="dealer_staff", positions=[Grant.DEALER_MANAGER],
        outlets=["AE01"],
    )  # fmt: skip
    lines = [{"model": "M", "price_minor": 100_000}, {"model": "M", "variant": "W", "price_minor": 120_000}]
    await in_force(walk, "price_lists", "PL", name="Gulf", market="AE", currency="AED", lines=lines)
    return walk


async def signed(shop: Any, key: str, price: int, **more: Any) -> Any:
    shop.done(await shop.open("ann", "retail_orders", key, **CONTRACT | {"price_minor": price} | more))
    return await shop.move("ann", f"retail_orders/{key}", "sign")


async def asked(shop: Any, key: str, order: str, discount: int) -> Any:
    request = {"sale_kind": "vehicle", "retail_order_id": order, "list_minor": 100_000, "currency": "AED",
               "discount_minor": discount, "reason": "fleet"}  # fmt: skip
    shop.done(await shop.open("ann", "discount_requests", key, **request))
    return await shop.move("ann", f"discount_requests/{key}", "submit")


async def test_within_his_band_the_seller_passes_and_the_check_is_noted(shop: Any):
    await in_force(shop, "price_bands", "PB", document_type="retail_order", **BAND)
    order = shop.done(await signed(shop, "O", 95_000))["data"]
    found = [order[k] for k in ("list_minor", "below_list_percent", "price_list_id", "price_band_id")]
    assert found == [100_000, 5, "PL", "PB"]


async def test_the_variant_goes_before_the_model_and_the_market_before_the_world(shop: Any):
    lines = [{"model": "M", "price_minor": 77_000}]
    await in_force(shop, "price_lists", "PW", name="World", currency="AED", lines=lines)
    order = shop.done(await signed(shop, "O", 120_000, product_id="R2"))["data"]
    assert (order["list_minor"], order["price_list_id"]) == (120_000, "PL")
    assert "price_band_id" not in order


async def test_a_list_holds_from_its_first_day_to_its_last(shop: Any):
    lines = [{"model": "M", "price_minor": 90_000}]
    future = {"name": "Later", "market": "AE", "currency": "AED", "lines": lines}
    await in_force(shop, "price_lists", "PF", effective_from_date="2199-01-01", **future)
    assert shop.done(await signed(shop, "O1", 100_000))["data"]["price_list_id"] == "PL"
    shop.done(await shop.move("pia", "price_lists/PL", "end", effective_to_date="2020-12-31"))
    assert "list_minor" not in shop.done(await signed(shop, "O2", 10))["data"]


async def test_beyond_his_band_an_approved_request_is_needed_and_used_up(shop: Any):
    await in_force(shop, "price_bands", "PB", document_type="retail_order", **BAND)
    rule = shop.refused(await signed(shop, "O", 94_000))
    assert rule == "your position sells at most 5 % below the list (band PB)"
    assert (await shop.read("retail_orders/O"))["state"] == "draft"
    await asked(shop, "D", "O", 5_999)
    shop.done(await shop.move("fay", "discount_requests/D", "approve"))
    shop.refused(await shop.move("ann", "retail_orders/O", "sign"))  # it covers less than the distance
    await asked(shop, "E", "O", 6_000)
    shop.refused(await shop.move("ann", "retail_orders/O", "sign"))  # it is not approved yet
    shop.done(await shop.move("fay", "discount_requests/E", "approve"))
    shop.done(await shop.move("ann", "retail_orders/O", "sign"))
    assert [(await shop.read(f"discount_requests/{k}"))["state"] for k in "DE"] == ["approved", "used"]


async def test_below_the_floor_no_approval_helps_and_none_is_asked_for(shop: Any):
    await in_force(shop, "price_bands", "PB", document_type="retail_order", **BAND)
    floor = "at most 20 % below the list (band PB)"
    shop.refused(await signed(shop, "O", 79_000))
    assert shop.refused(await asked(shop, "D", "O", 21_000)) == floor
    assert (await shop.read("discount_requests/D"))["state"] == "draft"
    await asked(shop, "E", "O", 20_000)
    shop.done(await shop.move("fay", "discount_requests/E", "approve"))
    assert shop.refused(await shop.move("ann", "retail_orders/O", "sign")) == floor


async def test_a_request_is_judged_by_the_list_and_not_by_the_price_it_names(shop: Any):
    """110,000 less 29,000 is 81,000 and within the floor of the list; 26 % of its own figure is no matter."""
    await in_force(shop, "price_bands", "PB", document_type="retail_order", **BAND)
    shop.done(await shop.open("ann", "retail_orders", "O", **CONTRACT | {"price_minor": 81_000}))
    request = {"sale_kind": "vehicle", "retail_order_id": "O", "currency": "AED", "reason": "fleet"}
    within = request | {"list_minor": 110_000, "discount_minor": 29_000}
    beyond = request | {"list_minor": 90_000, "discount_minor": 11_000}
    for key, data in (("D", within), ("E", beyond)):
        shop.done(await shop.open("ann", "discount_requests", key, **data))
    shop.done(await shop.move("ann", "discount_requests/D", "submit"))
    shop.refused(await shop.move("ann", "discount_requests/E", "submit"))


async def test_the_band_of_the_market_and_brand_goes_before_the_general_one(shop: Any):
    await in_force(shop, "price_bands", "P0", document_type="retail_order", **BAND)
    wide = {"authorities": [{"position": "dealer_manager", "most_percent": "9"}], "floor_percent": "10"}
    await in_force(shop, "price_bands", "P1", document_type="retail_order", market="AE", brand="B", **wide)
    await in_force(shop, "price_bands", "P2", document_type="retail_order", market="AE", brand="X", **BAND)
    assert shop.done(await signed(shop, "O", 91_000))["data"]["price_band_id"] == "P1"


async def test_a_quotation_is_judged_by_its_price_less_its_discount_also_in_bulk(
    shop: Any, as_user: Any, owner: asyncpg.Connection
):
    """A line that breaks the band is refused alone; what was found stands in the feed as in the row."""
    await in_force(shop, "price_bands", "PB", document_type="quotation", **BAND)
    shop.done(await shop.open("ann", "leads", "L1", source="walk_in", arrived_at="2026-02-01T09:00:00Z"))
    lines = [
        {"action": "open", "key": key, "outlet_id": "AE01", "state": "sent",
         "data": QUOTE | {"price_minor": 100_000, "discount_minor": discount}}
        for key, discount in (("Q1", 4_000), ("Q2", 6_000))
    ]  # fmt: skip
    async with as_user("ann") as http:
        for _ in range(2):
            answer = (
                await http.post(
                    "/v1/quotations/bulk",
                    content="\n".join(map(json.dumps, lines)),
                    headers={"Idempotency-Key": fresh_key()},
                )
            ).json()
    assert (answer["duplicate"], [e["key"] for e in answer["errors"]]) == (1, ["Q2"])
    logged = await owner.fetchval("select after from api.change where document = 'quotation' and key = 'Q1'")
    row = await owner.fetchval("select api.plain_quotation(q)::text from doc.quotation q")
    assert json.loads(logged) == json.loads(row)
    assert json.loads(row)["list_minor"] == 100_000


async def test_of_two_contracts_that_sign_at_once_each_needs_its_own_request(shop: Any):
    await in_force(shop, "price_bands", "PB", document_type="retail_order", **BAND)
    for key in ("O1", "O2"):
        shop.refused(await signed(shop, key, 90_000))
    await asked(shop, "D", "O1", 10_000)
    shop.done(await shop.move("fay", "discount_requests/D", "approve"))
    both = await asyncio.gather(*(shop.move("ann", f"retail_orders/{k}", "sign") for k in ("O1", "O2")))
    assert [a.status_code for a in both] == [200, 409]


async def test_a_systems_key_has_the_authority_of_its_grants_and_who_has_no_account_has_none(
    shop: Any, owner: asyncpg.Connection
):
    await in_force(shop, "price_bands", "PB", document_type="retail_order", **BAND)
    shop.done(await shop.open("ann", "retail_orders", "O", **CONTRACT | {"price_minor": 96_000}))
    assert shop.refused(await shop.move("two", "retail_orders/O", "sign")) == (
        "your position sells at most 0 % below the list (band PB)"
    )
    await create_api_key(owner, subject="two", role="dealer_staff", outlets=["AE01"])
    shop.done(await shop.move("two", "retail_orders/O", "sign"))
