"""Workshop and store: what a repair, a claim, a recall and the shelf ask of one another."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

pytestmark = [pytest.mark.db, pytest.mark.anyio]

VIN = "5GZCZ43D13S812715"
AT = "2026-02-02T09:00:00Z"
PRODUCT = {"brand": "B", "series": "S", "model": "M", "variant": "V", "colour": "red", "model_year": 2026,
           "launch_date": "2026-01-01", "list_price_minor": 1, "currency": "AED"}  # fmt: skip
REPAIR = {"vin": VIN, "opened_at": "2026-02-01T08:00:00Z", "odometer_km": 900, "complaint_code": "noise",
          "currency": "AED"}  # fmt: skip
CLAIM = {
    "repair_order_id": "W1",
    "vin": VIN,
    "causal_part_id": "P1",
    "failure_code": "worn",
    "odometer_km": 900,
    "repaired_date": "2026-02-02",
    "submitted_date": "2026-02-03",
    "labour_minor": 10,
    "parts_minor": 5,
    "currency": "AED",
}


@pytest.fixture
async def shop(walk: Any, network: None) -> Any:
    """A car, a technician and ten units of P1 on the shelf of AE01."""
    walk.done(await walk.open("pia", "products", "R1", **PRODUCT))
    walk.done(await walk.open("pia", "vehicles", VIN, product_id="R1", production_date="2026-01-02"))
    person = {"given_name": "A", "family_name": "B", "position": "technician", "hired_date": "2026-01-01"}
    walk.done(await walk.open("ann", "staff", "F1", **person))
    walk.done(await moved(walk, "in", 10, "receipt"))
    return walk


async def moved(shop: Any, key: str, quantity: int, move_type: str, **extra: Any) -> Any:
    data = {"part_id": "P1", "quantity": quantity, "move_type": move_type, "moved_at": AT, **extra}
    return await shop.open("abe", "parts_stock_moves", key, **data)


async def on_shelf(shop: Any) -> int:
    return sum(m["data"]["quantity"] for m in await shop.all("parts_stock_moves"))


async def in_work(shop: Any, key: str = "W1") -> None:
    """Opened by somebody else than ann, who settles."""
    shop.done(await shop.open("two", "repair_orders", key, outlet_id="AE01", **REPAIR))
    shop.done(await shop.move("ann", f"repair_orders/{key}", "quote", estimate_minor=100))
    shop.done(await shop.move("ann", f"repair_orders/{key}", "approve"))
    shop.done(await shop.move("ann", f"repair_orders/{key}", "start"))


async def finished(shop: Any, key: str = "W1") -> None:
    await in_work(shop, key)
    shop.done(await shop.move("ann", f"repair_orders/{key}", "check"))
    check = {
        "repair_order_id": key,
        "outcome": "passed",
        "checked_at": "2026-02-01T15:00:00Z",
        "staff_id": "F1",
    }
    shop.done(await shop.open("ann", "qc_checks", f"QC-{key}", **check))


async def test_parts_leave_the_shelf_for_an_approved_repair_only(shop: Any):
    shop.done(await shop.open("ann", "repair_orders", "W1", **REPAIR))
    early = await moved(shop, "m1", -2, "issue_repair_order", reference="W1")
    assert shop.refused(early) == "parts go to a repair order that is approved and not finished"
    assert shop.refused(await moved(shop, "m2", -2, "issue_repair_order")) == shop.refused(early)
    shop.done(await shop.move("ann", "repair_orders/W1", "quote", estimate_minor=100))
    shop.done(await shop.move("ann", "repair_orders/W1", "approve"))
    shop.done(await moved(shop, "m3", -2, "issue_repair_order", reference="W1"))
    assert await on_shelf(shop) == 8


async def test_no_more_leaves_the_shelf_than_lies_there(shop: Any):
    assert shop.refused(await moved(shop, "m1", -11, "counter_sale")).startswith("no more leaves the shelf")
    shop.done(await moved(shop, "m2", -10, "counter_sale"))
    answer = await moved(shop, "m3", -1, "counter_sale")
    assert "0 there" in answer.json()["detail"]
    assert await on_shelf(shop) == 0


async def test_of_many_who_take_the_last_units_at_once_only_as_many_get_one(shop: Any, as_user: Any):
    take = {"data": {"part_id": "P1", "quantity": -5, "move_type": "counter_sale", "moved_at": AT}}
    async with as_user("abe") as http:
        sends = (
            http.post("/v1/parts_stock_moves", json=take, headers={"Idempotency-Key": f"take-{n}"})
            for n in range(12)
        )
        answers = await asyncio.gather(*sends)
    assert sorted(a.status_code for a in answers) == [201] * 2 + [409] * 10
    assert await on_shelf(shop) == 0


async def test_time_is_booked_while_the_order_is_in_work(shop: Any):
    shop.done(await shop.open("ann", "repair_orders", "W0", **REPAIR))
    clock = {"operation": "A1", "technician_id": "F1", "started_at": "2026-02-01T09:00:00Z",
             "stopped_at": "2026-02-01T10:00:00Z"}  # fmt: skip
    early = await shop.open("ann", "labor_clockings", "T0", repair_order_id="W0", **clock)
    assert shop.refused(early) == "time is booked while the order is in work"
    await in_work(shop)
    shop.done(await shop.open("ann", "labor_clockings", "T1", repair_order_id="W1", **clock))


async def test_no_car_leaves_without_a_passed_inspection(shop: Any):
    await in_work(shop)
    shop.done(await shop.move("ann", "repair_orders/W1", "check"))
    direct = await shop.move("ann", "repair_orders/W1", "release", ready_at="2026-02-01T15:00:00Z")
    assert shop.refused(direct) == "no car leaves without a passed inspection"
    check = {"repair_order_id": "W1", "checked_at": "2026-02-01T14:00:00Z", "staff_id": "F1"}
    shop.done(await shop.open("ann", "qc_checks", "QC1", outcome="rework", reason="noise remains", **check))
    assert (await shop.read("repair_orders/W1"))["state"] == "in_work"
    again = await shop.open("ann", "qc_checks", "QC2", outcome="passed", **check)
    assert shop.refused(again) == "the order does not wait for inspection"
    shop.done(await shop.move("ann", "repair_orders/W1", "check"))
    shop.done(await shop.open("ann", "qc_checks", "QC3", outcome="passed", **check))
    order = await shop.read("repair_orders/W1")
    assert (order["state"], order["data"]["ready_at"]) == ("ready", "2026-02-01T14:00:00+00:00")
    own = await shop.move("two", "repair_orders/W1", "settle", settled_at="2026-02-01T16:00:00Z")
    assert own.status_code == 403  # whoever opened it does not settle it
    shop.done(await shop.move("ann", "repair_orders/W1", "settle", settled_at="2026-02-01T16:00:00Z"))


async def test_a_claim_follows_a_finished_repair_and_opens_the_old_part(shop: Any):
    await in_work(shop)
    shop.done(await shop.open("ann", "warranty_claims", "G1", **CLAIM))
    assert shop.refused(await shop.move("ann", "warranty_claims/G1", "submit")) == (
        "only a finished repair of this car is claimed"
    )
    await finished(shop, "W2")
    shop.done(await shop.open("ann", "warranty_claims", "G2", **{**CLAIM, "repair_order_id": "W2"}))
    shop.done(await shop.move("ann", "warranty_claims/G2", "submit"))
    shop.done(await shop.move("quy", "warranty_claims/G2", "auto_check"))
    shop.done(
        await shop.move("quy", "warranty_claims/G2", "approve", approved_minor=15, decided_date="2026-02-05")
    )
    [part] = await shop.all("returned_parts")
    assert (part["state"], part["data"]["warranty_claim_id"], part["data"]["part_id"]) == ("due", "G2", "P1")
    shop.done(
        await shop.move("abe", f"returned_parts/{part['key']}", "ship", tag="T1", shipped_date="2026-02-06")
    )
    shop.done(await shop.move("quy", f"returned_parts/{part['key']}", "miss", finding="box was empty"))
    charge = {"charged_minor": 15, "currency": "AED"}
    shop.done(await shop.move("fay", f"returned_parts/{part['key']}", "charge", **charge))


async def test_a_failure_is_claimed_once(shop: Any):
    await finished(shop)
    for key in ("G1", "G2"):
        shop.done(await shop.open("ann", "warranty_claims", key, **CLAIM))
    shop.done(await shop.move("ann", "warranty_claims/G1", "submit"))
    assert (
        shop.refused(await shop.move("ann", "warranty_claims/G2", "submit"))
        == "the failure is claimed already"
    )


async def test_a_claim_may_rest_on_a_granted_pre_authorisation_of_its_repair(shop: Any):
    await in_work(shop)
    asked = {
        "repair_order_id": "W1",
        "vin": VIN,
        "diagnosis": "gearbox",
        "estimate_minor": 900,
        "currency": "AED",
        "requested_date": "2026-02-01",
    }
    shop.done(await shop.open("ann", "pre_authorisations", "A1", **asked))
    shop.done(await shop.move("ann", "repair_orders/W1", "check"))
    check = {
        "repair_order_id": "W1",
        "outcome": "passed",
        "checked_at": "2026-02-01T15:00:00Z",
        "staff_id": "F1",
    }
    shop.done(await shop.open("ann", "qc_checks", "QC1", **check))
    shop.done(await shop.open("ann", "warranty_claims", "G1", **CLAIM, pre_authorisation_id="A1"))
    assert shop.refused(await shop.move("ann", "warranty_claims/G1", "submit")) == (
        "the pre-authorisation is not granted, or is another repair's"
    )
    shop.done(await shop.move("quy", "pre_authorisations/A1", "grant", granted_minor=800))
    shop.done(await shop.move("ann", "warranty_claims/G1", "submit"))


async def test_a_count_posts_the_differences_and_nothing_else(shop: Any):
    lines = [{"part_id": "P1", "bin": "B1", "expected_quantity": 10, "counted_quantity": 7},
             {"part_id": "P2", "expected_quantity": 4, "counted_quantity": 4}]  # fmt: skip
    count = {"counted_at": AT, "reason": "cycle", "lines": lines}
    shop.done(await shop.open("abe", "stock_counts", "K1", **count))
    assert (await shop.move("abe", "stock_counts/K1", "approve")).status_code == 403
    shop.done(await shop.move("ann", "stock_counts/K1", "approve"))
    shop.done(await shop.move("abe", "stock_counts/K1", "post"))
    [posted] = [m for m in await shop.all("parts_stock_moves") if m["data"].get("reference") == "K1"]
    assert (posted["data"]["quantity"], posted["data"]["move_type"], posted["data"]["bin"]) == (
        -3,
        "count_adjustment",
        "B1",
    )
    assert await on_shelf(shop) == 7


async def balances(owner: Any) -> dict[str, int]:
    rows = await owner.fetch("select pile, amount from api.stock_balance")
    return {row["pile"].replace(chr(31), " "): row["amount"] for row in rows}


async def test_the_balance_of_a_pile_is_the_sum_of_its_moves_whatever_came_at_once(shop: Any, owner: Any):
    """Ten lie there; of six that take two at once five go out, while three come in by a return."""
    takers = [moved(shop, f"o{n}", -2, "counter_sale") for n in range(6)]
    answers = await asyncio.gather(*takers, moved(shop, "back", 1, "customer_return"))
    assert sorted(a.status_code for a in answers) == [201] * 6 + [409]
    assert await balances(owner) == {"AE01 P1": 1}
    assert await owner.fetch("select * from api.stock_faults()") == []


async def test_a_bulk_call_adds_up_its_piles_and_refuses_the_line_that_takes_too_much(
    shop: Any, owner: Any, as_user: Any, new_key: Any
):
    def line(key: str, part: str, quantity: int) -> str:
        kind = "receipt" if quantity > 0 else "counter_sale"
        data = {"part_id": part, "quantity": quantity, "move_type": kind, "moved_at": AT}
        return json.dumps({"action": "open", "key": key, "outlet_id": "AE01", "data": data})

    lines = [line("a", "P1", -4), line("b", "P2", 5), line("c", "P1", -7), line("d", "P2", -5)]
    async with as_user("abe") as http:
        answer = await http.post(
            "/v1/parts_stock_moves/bulk", content="\n".join(lines), headers={"Idempotency-Key": new_key()}
        )
    assert (answer.json()["accepted"], [e["key"] for e in answer.json()["errors"]]) == (3, ["c"])
    assert await balances(owner) == {"AE01 P1": 6, "AE01 P2": 0}


async def test_history_counts_and_is_not_refused(shop: Any, owner: Any, as_user: Any, new_key: Any):
    data = {"part_id": "P1", "quantity": -12, "move_type": "counter_sale", "moved_at": AT}
    body = json.dumps({"action": "open", "key": "old", "outlet_id": "AE01", "data": data})
    async with as_user("ada") as http:
        for _ in range(2):  # a resend adds nothing
            answer = await http.post(
                "/v1/parts_stock_moves/bulk?history=true", content=body,
                headers={"Idempotency-Key": new_key()},
            )  # fmt: skip
    assert answer.json()["duplicate"] == 1
    assert await balances(owner) == {"AE01 P1": -2}
    shop.done(await moved(shop, "in2", 1, "receipt"))  # what comes in is never refused
    shop.refused(await moved(shop, "out", -1, "counter_sale"))
    assert await owner.fetch("select * from api.stock_faults()") == []


async def test_a_balance_that_was_tampered_with_is_named(shop: Any, owner: Any):
    await owner.execute("update api.stock_balance set amount = 99")
    [fault] = await owner.fetch("select * from api.stock_faults()")
    assert (fault["document"], fault["what"]) == ("parts_stock_move", "balance 99, documents 10")


async def test_a_loan_leaves_the_shelf_and_comes_back(shop: Any):
    loan = {"part_id": "P1", "quantity": 4, "borrower_kind": "workshop", "borrower": "F1", "lent_at": AT,
            "due_date": "2026-02-09"}  # fmt: skip
    shop.done(await shop.open("abe", "part_loans", "N1", **loan))
    assert await on_shelf(shop) == 6
    assert shop.refused(await shop.open("abe", "part_loans", "N2", **{**loan, "quantity": 7}))
    shop.done(await shop.move("abe", "part_loans/N1", "return_to_store", returned_at="2026-02-08T09:00:00Z"))
    assert await on_shelf(shop) == 10


async def test_what_is_received_of_a_shipment_lies_on_the_shelf_and_closes_the_order(shop: Any):
    order = {"order_type": "stock", "supplier_outlet_code": "SA01", "ordered_at": "2026-02-01T08:00:00Z",
             "total_minor": 100, "currency": "AED",
             "lines": [{"line_no": 1, "part_id": "P1", "quantity": 10, "unit_price_minor": 10}]}  # fmt: skip
    shop.done(await shop.open("abe", "parts_orders", "B1", **order))
    for who, move in (("abe", "submit"), ("fay", "check_funds"), ("pia", "approve"), ("pia", "check_stock"),
                      ("pia", "issue"), ("pia", "ship")):  # fmt: skip
        shop.done(await shop.move(who, "parts_orders/B1", move))
    sent = {"parts_order_id": "B1", "supplier_outlet_code": "SA01", "shipped_at": "2026-02-02T08:00:00Z",
            "lines": [{"line_no": 1, "part_id": "P1", "quantity": 10}]}  # fmt: skip
    shop.done(await shop.open("pia", "parts_shipments", "H1", outlet_id="AE01", **sent))
    counted = [{**sent["lines"][0], "received_quantity": 9}]
    shop.done(
        await shop.move(
            "abe", "parts_shipments/H1", "receive", received_at="2026-02-09T08:00:00Z", lines=counted
        )
    )
    assert await on_shelf(shop) == 19
    assert (await shop.read("parts_orders/B1"))["state"] == "received"


async def test_a_return_leaves_the_shelf_when_it_is_shipped(shop: Any):
    data = {
        "supplier_outlet_code": "SA01",
        "reason": "surplus",
        "requested_date": "2026-02-03",
        "currency": "AED",
        "lines": [{"part_id": "P1", "quantity": 3, "unit_price_minor": 10}],
    }
    shop.done(await shop.open("abe", "parts_returns", "E1", **data))
    shop.done(await shop.move("pia", "parts_returns/E1", "approve"))
    assert await on_shelf(shop) == 10
    shop.done(await shop.move("abe", "parts_returns/E1", "ship", shipped_at="2026-02-04T08:00:00Z"))
    assert await on_shelf(shop) == 7


async def test_a_recall_is_closed_when_no_car_is_open(shop: Any):
    recall = {
        "title": "Hose",
        "action_kind": "safety_recall",
        "announced_date": "2026-02-01",
        "operation": "A9",
        "standard_hours": 0.5,
    }
    shop.done(await shop.open("quy", "service_actions", "RC1", **recall))
    shop.done(await shop.open("quy", "campaign_vins", "RC1-1", service_action_id="RC1", vin=VIN))
    assert shop.refused(await shop.open("quy", "campaign_vins", "RC1-2", service_action_id="RC1", vin=VIN))
    did = {"done_at": AT, "outlet_code": "AE01"}
    assert shop.refused(await shop.move("ann", "campaign_vins/RC1-1", "complete", **did)) == (
        "the recall or campaign is not active"
    )
    assert (await shop.move("quy", "service_actions/RC1", "announce")).status_code == 403
    shop.done(await shop.move("ada", "service_actions/RC1", "announce"))
    assert shop.refused(await shop.move("quy", "service_actions/RC1", "close")) == "a car is still open"
    shop.done(await shop.move("ann", "campaign_vins/RC1-1", "complete", **did))
    shop.done(await shop.move("quy", "service_actions/RC1", "close"))


async def test_a_roadside_case_is_closed_with_its_outcome(shop: Any):
    shop.done(await shop.open("ann", "roadside_cases", "Z1", vin=VIN, called_at=AT, symptom="no_start"))
    assert (await shop.move("ann", "roadside_cases/Z1", "close")).status_code == 422
    shop.done(await shop.move("ann", "roadside_cases/Z1", "close", outcome="towed"))
