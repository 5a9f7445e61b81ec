"""What is checked before a car is sold, sent or given its papers, who may set it aside, how that is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.operational_api.test_vehicle_life import (
    CAR,
    DELIVERY,
    OTHER,
    PRODUCT,
    SHIP,
    matched,
    ordered,
    received,
)

pytestmark = [pytest.mark.db, pytest.mark.anyio]

OLDER = "an older identical car stands in your stock"
WHY = {"fifo_override_reason": "customer_choice", "fifo_override_note": "wants the one she drove"}
PAPER = {"vin": CAR, "certificate_no": "Z1", "custody": "oem", "held_since_date": "2026-01-05"}
FINANCED = {
    "vin": CAR, "fund_account_id": "CASH", "bank": "BANK", "principal_minor": 500, "currency": "AED",
    "rate_percent": "4", "drawn_date": "2026-02-01", "due_date": "2026-05-01",
}  # fmt: skip


@pytest.fixture
async def life(walk: Any, network: None) -> Any:
    """OTHER was built a day before CAR, both of product R1; a customer."""
    for key in ("R1", "R2"):
        walk.done(await walk.open("pia", "products", key, **PRODUCT))
    for vin, day in ((CAR, "2026-01-02"), (OTHER, "2026-01-01")):
        walk.done(await walk.open("pia", "vehicles", vin, product_id="R1", production_date=day))
    walk.done(await walk.open("ann", "customer_records", "C1", customer_type="person", source="walk_in"))
    return walk


# --- first in, first out --------------------------------------------------------------------------


async def test_the_older_of_two_identical_cars_is_matched_first_or_the_reason_is_kept(life: Any):
    await received(life)
    await received(life, OTHER)
    assert life.refused(await matched(life)) == OLDER
    half = await life.move("ann", "retail_orders/RO1", "match", vin=CAR, fifo_override_reason="other")
    assert life.refused(half) == OLDER  # a code without words is no reason
    order = life.done(await life.move("ann", "retail_orders/RO1", "match", vin=CAR, **WHY))
    assert {k: order["data"][k] for k in WHY} == WHY
    [step] = [s for s in await history(life, "retail_orders/RO1") if s["action"] == "match"]
    assert step["actor"] == "ann"
    assert WHY["fifo_override_note"] in {c["new"] for c in step["changes"]}


async def test_an_older_car_that_is_locked_or_elsewhere_or_another_product_does_not_count(life: Any):
    await received(life)
    life.done(await matched(life))  # OTHER is still at the maker's
    life.done(await life.move("ann", "retail_orders/RO1", "cancel"))
    await received(life, OTHER)
    lock = {"vin": OTHER, "reason": "damage", "locked_at": "2026-02-03T09:00:00Z"}
    life.done(await life.open("ann", "vehicle_locks", "L1", **lock))
    life.done(await matched(life, "RO2"))


async def test_a_delivery_without_a_contract_is_checked_itself_and_one_with_a_contract_was(life: Any):
    await received(life)
    await received(life, OTHER)
    assert life.refused(await life.open("ann", "retail_deliveries", "D1", **DELIVERY)) == OLDER
    life.refused(await matched(life))
    life.done(await life.move("ann", "retail_orders/RO1", "match", vin=CAR, **WHY))
    life.done(await life.open("ann", "retail_deliveries", "D2", retail_order_id="RO1", **DELIVERY))


# --- recalls --------------------------------------------------------------------------------------


async def recalled(life: Any, kind: str = "safety_recall") -> None:
    action = {"title": "Brake hose", "action_kind": kind, "announced_date": "2026-02-01", "operation": "B1",
              "standard_hours": "1"}  # fmt: skip
    life.done(await life.open("quy", "service_actions", "A1", **action))
    life.done(await life.move("ada", "service_actions/A1", "announce"))
    life.done(await life.open("quy", "campaign_vins", "V1", service_action_id="A1", vin=CAR))


async def test_no_car_is_delivered_with_an_open_safety_recall(life: Any):
    await received(life)
    await recalled(life)
    answer = await life.open("ann", "retail_deliveries", "D1", **DELIVERY)
    assert life.refused(answer) == "a safety recall of the car is open"
    done = {"done_at": "2026-02-20T09:00:00Z", "outlet_code": "AE01"}
    life.done(await life.move("ann", "campaign_vins/V1", "complete", **done))
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))


async def test_the_makers_quality_alone_lets_a_recalled_car_go_and_says_why(life: Any):
    await received(life)
    await recalled(life)
    why = {"delivery_reason": "authority_agreed", "delivery_note": "drives to the port only"}
    assert (await life.move("ann", "campaign_vins/V1", "allow_delivery", **why)).status_code == 403
    bare = await life.move("quy", "campaign_vins/V1", "allow_delivery")
    assert [e["field"] for e in bare.json()["errors"]] == ["delivery_reason", "delivery_note"]
    life.done(await life.move("quy", "campaign_vins/V1", "allow_delivery", **why))
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))
    assert (await life.read("campaign_vins/V1"))["state"] == "open"  # the work is still to be done


async def test_a_service_campaign_does_not_keep_a_car(life: Any):
    await received(life)
    await recalled(life, "service_campaign")
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))


# --- dispatch permit ------------------------------------------------------------------------------


async def permit(life: Any, key: str, *vins: str, **more: Any) -> None:
    data = {"issued_date": "2026-01-05", "valid_to_date": "2026-01-10", "reason": "paid",
            "cars": [{"vin": vin} for vin in vins], "outlet_id": "AE01"}  # fmt: skip
    life.done(await life.open("fay", "dispatch_permits", key, **data | more))


async def test_cars_leave_on_a_permit_for_these_cars_this_outlet_and_this_day(life: Any):
    cars = [{"vin": CAR}, {"vin": OTHER}]
    life.done(await life.open("pia", "shipments", "S1", outlet_id="AE01", cars=cars, **SHIP))
    await permit(life, "P1", CAR)
    await permit(life, "P2", CAR, OTHER, outlet_id="SA01")
    await permit(life, "P3", CAR, OTHER, valid_to_date="2026-01-09")
    await permit(life, "P4", CAR, OTHER)
    for wrong in ("P0", "P1", "P2", "P3"):
        answer = await life.move("pia", "shipments/S1", "release", dispatch_permit=wrong)
        assert life.refused(answer) == "no dispatch permit in force covers a car on board", wrong
    life.done(await life.move("pia", "shipments/S1", "release", dispatch_permit="P4"))
    life.done(await life.move("pia", "shipments/S1", "depart", bill_of_lading="B1"))
    assert (await life.read("dispatch_permits/P4"))["state"] == "used"


async def test_a_shipment_without_a_permit_keeps_who_let_it_go_and_why(life: Any):
    life.done(await life.open("pia", "shipments", "S1", outlet_id="AE01", cars=[{"vin": CAR}], **SHIP))
    life.refused(await life.move("pia", "shipments/S1", "release"))
    why = {"permit_override_reason": "permit_on_its_way", "permit_override_note": "signed, not entered"}
    shipment = life.done(await life.move("pia", "shipments/S1", "release", **why))
    assert {k: shipment["data"][k] for k in why} == why
    assert shipment["updated_by"] == "pia"


# --- certificate and financing --------------------------------------------------------------------


@pytest.fixture
async def financed(life: Any) -> Any:
    """An account for cars, and CAR's certificate with the maker."""
    account = {"fund_type": "cash", "earmark": "vehicle", "currency": "AED", "outlet_id": "AE01"}
    life.done(await life.open("fay", "fund_accounts", "CASH", **account))
    life.done(await life.open("fay", "vehicle_certificates", "Z1", outlet_id="AE01", **PAPER))
    return life


async def certificate(life: Any) -> tuple[str, str, str | None]:
    paper = await life.read("vehicle_certificates/Z1")
    return paper["state"], paper["data"]["custody"], paper["data"].get("pledge_reference")


async def available(life: Any) -> int:
    async with life._as_user("fay") as http:
        [account] = (await http.get("/v1/funds")).json()["items"]
    return int(account["available_minor"])


async def test_a_draw_pledges_the_certificate_and_the_repayment_releases_it(financed: Any):
    financed.done(await financed.open("fay", "financing_contracts", "F1", outlet_id="AE01", **FINANCED))
    assert (await certificate(financed), await available(financed)) == (("pledged", "bank", "F1"), 500)
    early = await financed.move("ada", "vehicle_certificates/Z1", "release", release_reason="please")
    assert financed.refused(early) == "the bank that financed the car is not repaid"
    financed.done(await financed.move("fay", "financing_contracts/F1", "repay", repaid_date="2026-04-01"))
    assert await certificate(financed) == ("released", "dealer", "F1")


async def test_no_money_is_drawn_on_a_car_whose_certificate_is_not_there_to_pledge(financed: Any):
    answer = await financed.open(
        "fay", "financing_contracts", "F2", outlet_id="AE01", **FINANCED | {"vin": OTHER}
    )
    assert financed.refused(answer) == "there is no vehicle_certificate to pledge"
    assert await available(financed) == 0


async def test_of_two_banks_that_draw_on_one_car_at_once_one_pays(financed: Any):
    answers = await asyncio.gather(
        *(
            financed.open("fay", "financing_contracts", key, outlet_id="AE01", **FINANCED)
            for key in ("F1", "F2")
        )
    )
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert await available(financed) == 500


async def test_a_certificate_is_not_released_before_its_order_is_paid_unless_somebody_says_why(financed: Any):
    await ordered(financed, "O1")
    financed.done(await financed.move("pia", "vehicle_orders/O1", "allocate", vin=CAR))
    answer = await financed.move("ada", "vehicle_certificates/Z1", "release", release_reason="asked for")
    assert financed.refused(answer) == "the order of the car is not paid"
    why = {"release_override_reason": "maker_agreed", "release_override_note": "letter of 3 March"}
    financed.done(
        await financed.move("ada", "vehicle_certificates/Z1", "release", release_reason="agreed", **why)
    )
    handed = await financed.move("ann", "vehicle_certificates/Z1", "hand_over", handed_over_date="2026-03-05")
    assert financed.refused(handed) == "the car is not delivered to a customer"


async def history(life: Any, path: str) -> list[Any]:
    async with life._as_user("ada") as http:
        return list((await http.get(f"/v1/{path}/history")).json())
