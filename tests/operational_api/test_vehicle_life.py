"""One car through its life: what is asked of other documents, what follows in them, and what is refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

pytestmark = [pytest.mark.db, pytest.mark.anyio]

CAR, OTHER = "5GZCZ43D13S812715", "1M8GDM9AXKP042788"

PRODUCT = {"brand": "B", "series": "S", "model": "M", "variant": "V", "colour": "red", "model_year": 2026,
           "launch_date": "2026-01-01", "list_price_minor": 1, "currency": "AED"}  # fmt: skip
ORDER = {"order_type": "stock", "priority": 5, "product_id": "R1", "ordered_date": "2026-01-03",
         "wanted_date": "2026-03-01", "price_minor": 100, "currency": "AED"}  # fmt: skip
SHIP = {"mode": "sea", "departure_date": "2026-01-10", "eta_date": "2026-02-01"}
DELIVERY = {
    "vin": CAR,
    "customer_id": "C1",
    "delivered_date": "2026-03-01",
    "warranty_start_date": "2026-03-02",
    "odometer_km": 5,
    "price_minor": 100,
    "currency": "AED",
    "sales_channel": "retail",
}
CONTRACT = {
    "customer_id": "C1",
    "product_id": "R1",
    "price_minor": 100,
    "deposit_minor": 10,
    "currency": "AED",
    "ordered_at": "2026-02-20T09:00:00Z",
}


@pytest.fixture
async def life(walk: Any, network: None) -> Any:
    """Two built cars of product R1, a customer at each outlet."""
    for key in ("R1", "R2"):
        walk.done(await walk.open("pia", "products", key, **PRODUCT))
    for vin in (CAR, OTHER):
        walk.done(await walk.open("pia", "vehicles", vin, product_id="R1", production_date="2026-01-02"))
    for who, key in (("ann", "C1"), ("ann", "C2"), ("bob", "C9")):
        walk.done(await walk.open(who, "customer_records", key, customer_type="person", source="walk_in"))
    return walk


async def ordered(life: Any, key: str, **extra: Any) -> None:
    """An approved order; ann opens it, so others check and approve."""
    life.done(await life.open("ann", "vehicle_orders", key, **ORDER, **extra))
    life.done(await life.move("ann", f"vehicle_orders/{key}", "submit"))
    life.done(await life.move("fay", f"vehicle_orders/{key}", "check_funds"))
    life.done(await life.move("pia", f"vehicle_orders/{key}", "approve"))


async def received(life: Any, vin: str = CAR) -> None:
    """The car stands in AE01's stock."""
    life.done(await life.move("pia", f"vehicles/{vin}", "wholesale"))
    life.done(await life.open("ann", "vehicle_stock_moves", f"in-{vin}", vin=vin, move_type="receipt",
                         moved_at="2026-02-02T09:00:00Z"))  # fmt: skip


async def matched(life: Any, key: str = "RO1", vin: str = CAR) -> Any:
    life.done(await life.open("two", "retail_orders", key, outlet_id="AE01", **CONTRACT))
    life.done(await life.move("ann", f"retail_orders/{key}", "sign"))
    life.done(await life.move("ann", f"retail_orders/{key}", "approve"))
    return await life.move("ann", f"retail_orders/{key}", "match", vin=vin)


async def released(life: Any, shipment: str = "S1") -> None:
    """The shipment may leave: finance granted a permit for its cars."""
    cars = [{"vin": car["vin"]} for car in (await life.read(f"shipments/{shipment}"))["data"]["cars"]]
    permit = {"issued_date": "2026-01-05", "valid_to_date": "2026-01-31", "reason": "paid", "cars": cars}
    life.done(await life.open("fay", "dispatch_permits", "D1", outlet_id="AE01", **permit))
    life.done(await life.move("pia", f"shipments/{shipment}", "release", dispatch_permit="D1"))


async def test_one_car_goes_from_the_order_to_its_owner(life: Any):
    await ordered(life, "O1")
    life.done(await life.move("pia", "vehicle_orders/O1", "allocate", vin=CAR))
    life.done(
        await life.open(
            "pia", "shipments", "S1", outlet_id="AE01", cars=[{"vin": CAR, "vehicle_order_id": "O1"}], **SHIP
        )
    )
    await released(life)
    life.done(await life.move("pia", "shipments/S1", "depart", bill_of_lading="B1"))
    assert (await life.read("vehicle_orders/O1"))["state"] == "dispatched"
    assert (await life.read(f"vehicles/{CAR}"))["state"] == "wholesaled"
    life.done(await life.move("ann", "shipments/S1", "arrive", arrival_date="2026-02-01"))
    life.done(await life.move("ann", "shipments/S1", "receive"))
    assert (await life.read("vehicle_orders/O1"))["state"] == "received"
    [receipt] = await life.all("vehicle_stock_moves")
    assert (receipt["data"]["move_type"], receipt["data"]["reference"], receipt["outlet_id"]) == (
        "receipt",
        "S1",
        "AE01",
    )
    assert (await life.read(f"vehicles/{CAR}"))["data"]["holder_outlet_code"] == "AE01"
    life.done(await matched(life))
    [lock] = await life.all("vehicle_locks")
    assert (lock["state"], lock["data"]["reason"], lock["data"]["reference"]) == ("active", "order", "RO1")
    life.done(await life.open("ann", "retail_deliveries", "D1", retail_order_id="RO1", **DELIVERY))
    car = await life.read(f"vehicles/{CAR}")
    assert (car["state"], car["data"]["warranty_start_date"]) == ("retailed", "2026-03-02")
    assert "holder_outlet_code" not in car["data"]
    assert (await life.read("retail_orders/RO1"))["state"] == "delivered"
    assert await life.states("vehicle_locks") == ["released"]
    [owner] = await life.all("vehicle_ownerships")
    assert (owner["state"], owner["data"]["customer_id"], owner["data"]["starts_date"]) == (
        "current",
        "C1",
        "2026-03-01",
    )


async def test_every_consequence_is_a_change_like_any_other(life: Any, owner: Any):
    """Versions count up without a gap, the actor is who caused it, and history tells it."""
    await received(life)
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))
    rows = await owner.fetch(
        "select version, action, actor, state from api.change where document = 'vehicle' and key = $1 "
        "order by version",
        CAR,
    )
    assert [tuple(r) for r in rows] == [
        (1, "open", "pia", "built"), (2, "wholesale", "pia", "wholesaled"), (3, "amend", "ann", "wholesaled"),
        (4, "amend", "ann", "wholesaled"), (5, "retail", "ann", "retailed"),
    ]  # fmt: skip


async def test_one_car_has_one_order(life: Any):
    for key in ("O1", "O2"):
        await ordered(life, key)
    life.done(await life.move("pia", "vehicle_orders/O1", "allocate", vin=CAR))
    assert "one car, one order" in life.refused(
        await life.move("pia", "vehicle_orders/O2", "allocate", vin=CAR)
    )
    life.done(await life.move("pia", "vehicle_orders/O2", "allocate", vin=OTHER))


async def test_of_two_orders_for_one_car_at_once_one_wins(life: Any):
    for key in ("O1", "O2"):
        await ordered(life, key)
    answers = await asyncio.gather(
        *(life.move("pia", f"vehicle_orders/{k}", "allocate", vin=CAR) for k in ("O1", "O2"))
    )
    assert sorted(a.status_code for a in answers) == [200, 409]


async def test_a_car_of_another_product_is_not_allocated(life: Any):
    life.done(await life.open("ann", "vehicle_orders", "O1", **{**ORDER, "product_id": "R2"}))
    life.done(await life.move("ann", "vehicle_orders/O1", "submit"))
    life.done(await life.move("fay", "vehicle_orders/O1", "check_funds"))
    life.done(await life.move("pia", "vehicle_orders/O1", "approve"))
    rule = life.refused(await life.move("pia", "vehicle_orders/O1", "allocate", vin=CAR))
    assert rule == "the car is not what was ordered, or is sold"


async def test_a_locked_car_is_neither_matched_nor_delivered_nor_moved(life: Any):
    await received(life)
    lock = {"vin": CAR, "reason": "damage", "locked_at": "2026-02-03T09:00:00Z"}
    life.done(await life.open("ann", "vehicle_locks", "L1", **lock))
    assert life.refused(await matched(life)) == "the car is locked"
    assert life.refused(await life.open("ann", "retail_deliveries", "D1", **DELIVERY)) == "the car is locked"
    out = {"vin": CAR, "move_type": "issue", "moved_at": "2026-02-04T09:00:00Z"}
    assert life.refused(await life.open("ann", "vehicle_stock_moves", "M1", **out)) == "the car is locked"
    assert await life.states("retail_deliveries") == []  # nothing of the refused one is left
    life.done(
        await life.open("ann", "vehicle_stock_moves", "M2", **{**out, "move_type": "bay_move", "bay": "B7"})
    )
    life.done(await life.move("ann", "vehicle_locks/L1", "release"))
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))


async def test_a_car_is_matched_once_and_freed_by_a_cancellation(life: Any):
    await received(life)
    life.done(await matched(life))
    assert life.refused(await matched(life, "RO2")) in {
        "the car is matched to another contract",
        "the car is locked",
    }
    life.done(await life.move("ann", "retail_orders/RO1", "cancel"))
    assert await life.states("vehicle_locks") == ["released"]
    life.done(await life.move("ann", "retail_orders/RO2", "match", vin=CAR))


async def test_a_contract_is_closed_by_its_delivery_alone(life: Any):
    await received(life)
    life.done(await matched(life))
    assert (
        life.refused(await life.move("ann", "retail_orders/RO1", "deliver"))
        == "the car has not been handed over"
    )


async def test_a_delivery_names_the_contract_of_its_car(life: Any):
    await received(life)
    await received(life, OTHER)
    life.done(await matched(life, vin=OTHER))
    answer = await life.open("ann", "retail_deliveries", "D1", retail_order_id="RO1", **DELIVERY)
    assert life.refused(answer) == "the contract is not matched with this car"


async def test_a_car_of_another_stock_is_not_delivered(life: Any):
    await received(life)
    answer = await life.open("bob", "retail_deliveries", "D9", **{**DELIVERY, "customer_id": "C9"})
    assert life.refused(answer) == "the car does not stand in your stock"


async def test_a_car_is_not_delivered_twice(life: Any):
    await received(life)
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))
    answer = await life.open("ann", "retail_deliveries", "D2", **DELIVERY)
    assert life.refused(answer) == "the car is delivered already"


async def test_a_pledged_certificate_keeps_the_car(life: Any):
    await received(life)
    paper = {"vin": CAR, "certificate_no": "Z1", "custody": "bank", "held_since_date": "2026-01-05"}
    life.done(await life.open("fay", "vehicle_certificates", "Z1", outlet_id="AE01", **paper))
    life.done(await life.move("fay", "vehicle_certificates/Z1", "pledge", pledge_reference="F1"))
    assert (
        life.refused(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))
        == "the certificate of the car is pledged"
    )
    answer = await life.move("fay", "vehicle_certificates/Z1", "release", release_reason="paid")
    assert answer.status_code == 403  # whoever took it into custody does not release it
    life.done(await life.move("ada", "vehicle_certificates/Z1", "release", release_reason="paid"))
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))


async def test_a_reversed_delivery_takes_the_car_back(life: Any):
    await received(life)
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))
    life.done(await life.move("pia", "retail_deliveries/D1", "reverse"))
    car = await life.read(f"vehicles/{CAR}")
    assert (car["state"], car["data"]["holder_outlet_code"]) == ("wholesaled", "AE01")
    assert "warranty_start_date" not in car["data"]
    assert await life.states("vehicle_ownerships") == ["ended"]
    life.done(await life.open("ann", "retail_deliveries", "D2", **DELIVERY))


async def test_a_sales_return_reverses_the_delivery(life: Any):
    await received(life)
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))
    data = {"return_kind": "sales", "vin": CAR, "reason": "wrong colour", "requested_date": "2026-03-05"}
    life.done(await life.open("two", "vehicle_returns", "B1", outlet_id="AE01", **data))
    life.done(await life.move("ann", "vehicle_returns/B1", "approve"))
    life.done(await life.move("ann", "vehicle_returns/B1", "complete", done_at="2026-03-06T09:00:00Z"))
    assert await life.states("retail_deliveries") == ["reversed"]
    assert (await life.read(f"vehicles/{CAR}"))["state"] == "wholesaled"


async def test_a_transfer_moves_the_car_from_one_stock_to_the_other(life: Any):
    await received(life)
    data = {"vin": CAR, "to_outlet_code": "SA01", "reason": "customer there", "requested_date": "2026-02-05"}
    life.done(await life.open("ann", "vehicle_transfers", "T1", **data))
    assert life.refused(await matched(life)) == "the car is locked"
    life.done(await life.move("pia", "vehicle_transfers/T1", "approve"))
    life.done(await life.move("pia", "vehicle_transfers/T1", "complete", moved_at="2026-02-08T09:00:00Z"))
    assert (await life.read(f"vehicles/{CAR}"))["data"]["holder_outlet_code"] == "SA01"
    moves = {(m["outlet_id"], m["data"]["move_type"]) for m in await life.all("vehicle_stock_moves")}
    assert moves == {("AE01", "receipt"), ("AE01", "transfer_out"), ("SA01", "transfer_in")}
    life.done(await life.open("bob", "retail_deliveries", "D9", **{**DELIVERY, "customer_id": "C9"}))


async def test_a_car_cannot_be_received_while_it_stands_elsewhere(life: Any):
    await received(life)
    data = {"vin": CAR, "move_type": "receipt", "moved_at": "2026-02-04T09:00:00Z"}
    rule = life.refused(await life.open("bob", "vehicle_stock_moves", "M9", **data))
    assert rule == "the car stands in another stock, or is not at a dealer's at all"


async def test_a_car_has_one_owner_at_a_time(life: Any):
    transfer = {
        "vin": CAR,
        "from_customer_id": "C1",
        "to_customer_id": "C2",
        "transferred_date": "2026-06-01",
        "proof": "A1",
    }
    assert (
        life.refused(await life.open("ann", "ownership_transfers", "X1", **transfer))
        == "only a sold car changes owners"
    )
    await received(life)
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))
    life.done(await life.open("ann", "ownership_transfers", "X1", **transfer))
    life.done(await life.move("quy", "ownership_transfers/X1", "confirm"))
    owners = {row["data"]["customer_id"]: row["state"] for row in await life.all("vehicle_ownerships")}
    assert owners == {"C1": "ended", "C2": "current"}
    second = {"vin": CAR, "customer_id": "C1", "starts_date": "2026-07-01", "reference": "X9"}
    assert "one owner at a time" in life.refused(await life.open("ann", "vehicle_ownerships", "W1", **second))


async def test_a_monitored_car_is_settled_when_it_is_sold(life: Any):
    await received(life)
    terms = {
        "vin": CAR,
        "placed_date": "2026-02-02",
        "due_date": "2026-05-01",
        "terms": "90 days",
        "price_minor": 90,
        "currency": "AED",
    }
    life.done(await life.open("pia", "monitored_placements", "P1", outlet_id="AE01", **terms))
    life.done(await life.open("ann", "retail_deliveries", "D1", **DELIVERY))
    placed = await life.read("monitored_placements/P1")
    assert (placed["state"], placed["data"]["settled_date"]) == ("settled", "2026-03-01")


async def test_a_damaged_car_is_received_and_locked(life: Any):
    life.done(
        await life.open(
            "pia", "shipments", "S1", outlet_id="AE01", cars=[{"vin": CAR}, {"vin": OTHER}], **SHIP
        )
    )
    await released(life)
    life.done(await life.move("pia", "shipments/S1", "depart", bill_of_lading="B1"))
    life.done(await life.move("ann", "shipments/S1", "arrive", arrival_date="2026-02-01"))
    life.done(await life.move("ann", "shipments/S1", "claim_damage"))
    assert {(r["state"], r["data"]["reason"]) for r in await life.all("vehicle_locks")} == {
        ("active", "damage")
    }
    assert len(await life.all("vehicle_stock_moves")) == 2


async def test_a_lead_is_lost_when_somebody_else_agrees(life: Any):
    life.done(
        await life.open(
            "two", "leads", "L1", outlet_id="AE01", source="web", arrived_at="2026-01-01T09:00:00Z"
        )
    )
    life.done(
        await life.open(
            "ann",
            "staff",
            "F1",
            given_name="A",
            family_name="B",
            position="consultant",
            hired_date="2026-01-01",
        )
    )
    life.done(await life.move("ann", "leads/L1", "validate"))
    life.done(await life.move("ann", "leads/L1", "assign", staff_id="F1"))
    life.done(await life.move("ann", "leads/L1", "follow", first_contact_at="2026-01-01T10:00:00Z"))
    assert life.refused(await life.move("ann", "leads/L1", "lose", lost_reason="price")) == (
        "no lead is lost before somebody else agrees"
    )
    asked = {"lead_id": "L1", "lost_reason": "price", "competitor": "Other", "remark": "offered the lot"}
    life.done(await life.open("two", "lost_sale_requests", "Q1", outlet_id="AE01", **asked))
    assert (await life.move("two", "lost_sale_requests/Q1", "approve")).status_code == 403
    life.done(await life.move("ann", "lost_sale_requests/Q1", "approve"))
    lead = await life.read("leads/L1")
    assert (lead["state"], lead["data"]["lost_reason"], lead["data"]["competitor"]) == (
        "lost",
        "price",
        "Other",
    )
    life.done(await life.move("ann", "lost_sale_requests/Q1", "reactivate"))
    assert (await life.read("leads/L1"))["state"] == "following"


async def test_a_bulk_call_refuses_the_line_whose_consequence_is_refused(
    life: Any, as_user: Any, new_key: Any
):
    await received(life)
    lines = [{"action": "open", "key": f"D{n}", "outlet_id": "AE01", "data": {**DELIVERY, "vin": vin}}
             for n, vin in enumerate((CAR, OTHER), start=1)]  # fmt: skip
    body = "\n".join(json.dumps(line) for line in lines)
    async with as_user("ann") as http:
        answer = await http.post(
            "/v1/retail_deliveries/bulk", content=body, headers={"Idempotency-Key": new_key()}
        )
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (1, 1)
    [error] = answer.json()["errors"]
    assert (error["row"], error["code"], error["rule"]) == (
        2,
        "conflict",
        "the car does not stand in your stock",
    )


async def test_history_is_brought_in_by_an_administrator_and_has_no_consequences(
    life: Any, as_user: Any, new_key: Any
):
    line = json.dumps({"action": "open", "key": "D1", "outlet_id": "AE01", "data": DELIVERY})
    path = "/v1/retail_deliveries/bulk?history=true"
    async with as_user("ann") as http:
        assert (
            await http.post(path, content=line, headers={"Idempotency-Key": new_key()})
        ).status_code == 403
    async with as_user("ada") as http:
        answer = await http.post(path, content=line, headers={"Idempotency-Key": new_key()})
    assert answer.json()["accepted"] == 1
    assert await life.states("vehicle_ownerships") == []
    assert (await life.read(f"vehicles/{CAR}"))["state"] == "built"
    # The next call is no history: the mark lived as long as its transaction.
    assert life.refused(await life.open("ann", "retail_deliveries", "D2", **{**DELIVERY, "vin": OTHER}))
