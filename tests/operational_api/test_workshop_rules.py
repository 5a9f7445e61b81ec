"""Labour is charged by the book, and a car that is repaired too often or too long is flagged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.operational_api.test_workshop_and_store import PRODUCT, REPAIR, VIN

pytestmark = [pytest.mark.db, pytest.mark.anyio]

LABOUR = {"operation": "B1", "pay_type": "warranty", "standard_hours": 1.5, "amount_minor": 15_000}
FAULT = {"measure": "same_fault_repairs", "term_days": 730, "term_km": 50_000, "watch_from": 2,
         "reached_at": 3, "remedy": "replace or return"}  # fmt: skip


async def in_force(walk: Any, collection: str, key: str, **data: Any) -> None:
    data = {"effective_from_date": "2020-01-01"} | data
    walk.done(await walk.open("fay", collection, key, **data))
    walk.done(await walk.move("ada", f"{collection}/{key}", "activate"))


@pytest.fixture
async def shop(walk: Any, network: None) -> Any:
    """A car of series S, model M under warranty since 1 January 2026, and a technician."""
    walk.done(await walk.open("pia", "products", "R1", **PRODUCT))
    car = {"product_id": "R1", "production_date": "2025-12-02", "warranty_start_date": "2026-01-01"}
    walk.done(await walk.open("pia", "vehicles", VIN, **car))
    person = {"given_name": "A", "family_name": "B", "position": "technician", "hired_date": "2026-01-01"}
    walk.done(await walk.open("ann", "staff", "F1", **person))
    return walk


async def brought(
    shop: Any, key: str, day: str, *, who: str = "two", outlet: str = "AE01", **more: Any
) -> Any:
    data = REPAIR | {"opened_at": f"{day}T08:00:00Z"} | more
    return shop.done(await shop.open(who, "repair_orders", key, outlet_id=outlet, **data))


async def approved(shop: Any, key: str) -> None:
    for move, data in (("quote", {"estimate_minor": 100}), ("approve", {})):
        shop.done(await shop.move("ann", f"repair_orders/{key}", move, **data))


async def repaired(shop: Any, key: str, day: str, ready: str, pay_type: str = "warranty", **more: Any) -> Any:
    await brought(shop, key, day, **more)
    await approved(shop, key)
    line = LABOUR | {"pay_type": pay_type}
    shop.done(await shop.move("ann", f"repair_orders/{key}", "start", labour=[line]))
    shop.done(await shop.move("ann", f"repair_orders/{key}", "check"))
    check = {"repair_order_id": key, "outcome": "passed", "checked_at": f"{ready}:00Z", "staff_id": "F1"}
    shop.done(await shop.open("two", "qc_checks", f"Q{key}", outlet_id="AE01", **check))
    return (await shop.read(f"repair_orders/{key}"))["data"]


# --- labour by the book ---------------------------------------------------------------------------


async def started(shop: Any, **line: Any) -> Any:
    """One try to start W1, which the first that asks for it brings."""
    async with shop._as_user("ann") as http:
        is_there = (await http.get("/v1/repair_orders/W1")).status_code == 200
    if not is_there:
        await brought(shop, "W1", "2026-02-01")
        await approved(shop, "W1")
    return await shop.move("ann", "repair_orders/W1", "start", labour=[LABOUR | line])


async def test_warranty_pays_no_more_hours_than_the_book_allows_this_model(shop: Any):
    await in_force(shop, "labor_operations", "B", operation="B1", description="Brake", standard_hours="2")
    await in_force(shop, "labor_operations", "BM", operation="B1", description="Brake", series="S", model="M",
                   standard_hours="1.2")  # fmt: skip
    await in_force(shop, "labor_operations", "BX", operation="B1", description="Brake", series="X",
                   standard_hours="0.5")  # fmt: skip
    assert shop.refused(await started(shop)) == "B1 takes at most 1.2 standard hours on this model"
    again = await shop.move("ann", "repair_orders/W1", "start", labour=[LABOUR | {"standard_hours": 1.2}])
    shop.done(again)


async def test_who_pays_himself_may_be_sold_more_hours(shop: Any):
    await in_force(shop, "labor_operations", "B", operation="B1", description="Brake", standard_hours="1")
    order = shop.done(await started(shop, pay_type="customer"))
    assert "labour_note" not in order["data"]


async def test_the_maker_pays_no_operation_that_its_book_does_not_know(shop: Any):
    await in_force(shop, "labor_operations", "B", operation="B1", description="Brake", standard_hours="2")
    await in_force(shop, "labor_operations", "X", operation="X1", description="Axle", series="X",
                   standard_hours="2")  # fmt: skip
    for operation in ("Z9", "X1"):  # nobody's, and another series' alone
        assert shop.refused(await started(shop, operation=operation)) == (
            f"what warranty pays is in the labour book of this model, and {operation} is not"
        )
    shop.refused(await started(shop, operation="Z9", pay_type="campaign"))
    shop.done(await started(shop))


async def test_an_unknown_operation_that_the_customer_pays_is_noted_on_the_order(shop: Any):
    await in_force(shop, "labor_operations", "B", operation="B1", description="Brake", standard_hours="2")
    await brought(shop, "W1", "2026-02-01")
    await approved(shop, "W1")
    lines = [LABOUR | {"pay_type": "customer", "operation": o} for o in ("Z9", "B1", "A7", "Z9")]
    order = shop.done(await shop.move("ann", "repair_orders/W1", "start", labour=lines))
    assert order["data"]["labour_note"] == "not in the labour book for this model: A7, Z9"
    corrected = shop.done(await shop.move("ann", "repair_orders/W1", "check", labour=[lines[1]]))
    assert "labour_note" not in corrected["data"]


async def test_without_a_labour_book_every_operation_passes(shop: Any):
    assert "labour_note" not in shop.done(await started(shop, operation="Z9"))["data"]


async def test_a_line_costs_at_most_hours_times_the_rate_of_the_outlet_and_who_pays(shop: Any):
    rate = {"currency": "AED", "outlet_id": "AE01"}
    await in_force(shop, "labor_rates", "W", pay_type="warranty", rate_minor=9_000, **rate)
    await in_force(shop, "labor_rates", "C", pay_type="customer", rate_minor=20_000, **rate)
    await in_force(
        shop, "labor_rates", "S", pay_type="customer", rate_minor=1, **rate | {"outlet_id": "SA01"}
    )
    assert shop.refused(await started(shop)) == "at most 13500 for 1.5 hours paid by warranty"
    lines = [LABOUR | {"amount_minor": 13_500}, LABOUR | {"pay_type": "customer", "amount_minor": 30_000}]
    shop.done(await shop.move("ann", "repair_orders/W1", "start", labour=lines))
    dearer = [lines[1] | {"amount_minor": 30_001}]
    assert shop.refused(await shop.move("ann", "repair_orders/W1", "check", labour=dearer)) == (
        "at most 30000 for 1.5 hours paid by customer"
    )


async def test_a_rate_is_proposed_by_the_dealer_and_holds_from_its_first_day(shop: Any):
    rate = {"pay_type": "warranty", "rate_minor": 1, "currency": "AED", "effective_from_date": "2199-01-01"}
    shop.done(await shop.open("ann", "labor_rates", "R", **rate))
    assert (await shop.move("ann", "labor_rates/R", "activate")).status_code == 403  # nobody his own
    shop.done(await shop.move("fay", "labor_rates/R", "activate"))
    shop.done(await started(shop))
    async with shop._as_user("bob") as http:
        assert (await http.get("/v1/labor_rates/R")).status_code == 404


# --- the three guarantees -------------------------------------------------------------------------


async def test_repeated_repairs_of_one_fault_are_counted_and_flagged_when_the_car_comes_in(shop: Any):
    await in_force(shop, "three_guarantees_rules", "T", market="AE", **FAULT)
    seen = []
    for n, day in enumerate(("2026-02-01", "2026-03-01", "2026-04-01"), start=1):
        opened = (await brought(shop, f"W{n}", day))["data"]
        seen.append((opened["same_fault_repairs"], opened.get("guarantee_state")))
        await approved(shop, f"W{n}")
        shop.done(await shop.move("ann", f"repair_orders/W{n}", "start", labour=[LABOUR]))
    assert seen == [(1, None), (2, "watch"), (3, "reached")]
    assert opened["guarantee_note"] == (
        "same_fault_repairs: 3, watched from 2, reached at 3: replace or return"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"complaint_code": "rattle"},  # another fault
        {"odometer_km": 50_001},  # beyond the distance
        {"opened_at": "2025-12-31T08:00:00Z"},  # before the warranty
    ],
)
async def test_a_repair_of_another_fault_or_outside_the_term_does_not_count(shop: Any, other: dict[str, Any]):
    await in_force(shop, "three_guarantees_rules", "T", **FAULT)
    await brought(shop, "W1", "2026-02-01", **other)
    await approved(shop, "W1")
    shop.done(await shop.move("ann", "repair_orders/W1", "start", labour=[LABOUR]))
    assert (await brought(shop, "W2", "2026-03-01"))["data"]["same_fault_repairs"] == 1


async def test_a_repair_that_the_customer_paid_does_not_count(shop: Any):
    await in_force(shop, "three_guarantees_rules", "T", **FAULT)
    await brought(shop, "W1", "2026-02-01")
    await approved(shop, "W1")
    own = LABOUR | {"pay_type": "customer"}
    shop.done(await shop.move("ann", "repair_orders/W1", "start", labour=[own]))
    assert (await brought(shop, "W2", "2026-03-01"))["data"]["same_fault_repairs"] == 1


async def test_repairs_at_other_outlets_count_without_being_shown(shop: Any, owner: Any):
    await in_force(shop, "three_guarantees_rules", "T", **FAULT)
    await brought(shop, "S1", "2026-02-01", outlet="SA01", who="bob")
    await owner.execute("update doc.repair_order set labour = $1::jsonb", json.dumps([LABOUR]))
    opened = await brought(shop, "W2", "2026-03-01")
    assert opened["data"]["same_fault_repairs"] == 2
    async with shop._as_user("ann") as http:
        assert [r["key"] for r in (await http.get("/v1/repair_orders")).json()["items"]] == ["W2"]


async def test_days_in_the_workshop_add_up_and_a_begun_day_is_a_whole_one(shop: Any):
    """Two days and an hour are three; three hours are one; the next day is the second threshold's."""
    days = FAULT | {"measure": "days_in_workshop", "watch_from": 4, "reached_at": 30}
    await in_force(shop, "three_guarantees_rules", "D", **days)
    first = await repaired(shop, "W1", "2026-02-01", "2026-02-03T09:00")
    assert first["days_in_workshop"] == 3
    second = await repaired(shop, "W2", "2026-03-01", "2026-03-01T11:00", complaint_code="rattle")
    assert (second["days_in_workshop"], second["guarantee_state"]) == (4, "watch")


async def test_a_car_that_is_ready_and_was_no_case_of_the_warranty_is_flagged_no_more(shop: Any):
    await in_force(shop, "three_guarantees_rules", "T", **FAULT | {"watch_from": 1})
    ready = await repaired(shop, "W1", "2026-02-01", "2026-02-03T09:00", pay_type="customer")
    assert "guarantee_state" not in ready


async def test_the_rule_of_the_complaint_goes_before_the_general_one(shop: Any):
    await in_force(shop, "three_guarantees_rules", "T", **FAULT)
    await in_force(shop, "three_guarantees_rules", "N", complaint_code="noise", **FAULT | {"watch_from": 1})
    assert (await brought(shop, "W1", "2026-02-01"))["data"]["guarantee_state"] == "watch"
