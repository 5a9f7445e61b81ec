"""What the warehouse cannot ship is owed, promised, shipped later or given up; each unit once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytestmark = [pytest.mark.db, pytest.mark.anyio]

AT = "2026-02-02T09:00:00Z"
ORDER = {
    "order_type": "stock", "supplier_outlet_code": "SA01", "ordered_at": AT, "total_minor": 1400,
    "currency": "AED", "fund_type": "cash",
    "lines": [
        {"line_no": 1, "part_id": "P1", "quantity": 10, "unit_price_minor": 100},
        {"line_no": 2, "part_id": "P2", "quantity": 2, "unit_price_minor": 200},
    ],
}  # fmt: skip


@pytest.fixture
async def store(walk: Any, network: None) -> Any:
    """An account with 2,000 for parts."""
    account = {"fund_type": "cash", "earmark": "parts", "currency": "AED", "outlet_id": "AE01"}
    walk.done(await walk.open("fay", "fund_accounts", "CASH", **account))
    paid = {"fund_account_id": "CASH", "amount_minor": 2000, "currency": "AED", "paid_date": "2026-01-02"}
    walk.done(await walk.open("fay", "payment_receipts", "IN", outlet_id="AE01", **paid))
    return walk


async def approved(store: Any, key: str, **more: Any) -> None:
    store.done(await store.open("abe", "parts_orders", key, **ORDER | more))
    store.done(await store.move("abe", f"parts_orders/{key}", "submit"))
    store.done(await store.move("pia", f"parts_orders/{key}", "approve"))


async def short(store: Any, key: str, *shortages: tuple[int, int, str]) -> Any:
    lines = [{"line_no": n, "quantity": q, "promised_date": day} for n, q, day in shortages]
    return await store.move("pia", f"parts_orders/{key}", "check_stock", shortages=lines)


async def sent(store: Any, key: str, order: str, *lines: dict[str, Any]) -> Any:
    data = {"parts_order_id": order, "supplier_outlet_code": "SA01", "shipped_at": AT, "lines": list(lines)}
    return await store.open("pia", "parts_shipments", key, outlet_id="AE01", **data)


async def owed(store: Any, order: str = "O") -> list[tuple[int, int, str]]:
    rows = [r for r in await store.all("backorder_lines") if r["data"]["parts_order_id"] == order]
    return sorted((r["data"]["line_no"], r["data"]["quantity"], r["state"]) for r in rows)


async def key_of(store: Any, order: str, line_no: int) -> str:
    rows = await store.all("backorder_lines")
    wanted = {"parts_order_id": order, "line_no": line_no}
    [key] = [r["key"] for r in rows if wanted.items() <= r["data"].items()]
    return str(key)


async def funds(store: Any) -> tuple[int, int]:
    async with store._as_user("fay") as http:
        [account] = (await http.get("/v1/funds")).json()["items"]
    return account["available_minor"], account["held_minor"]


async def test_a_shortage_of_a_confirmed_order_is_owed_with_its_promised_day(store: Any):
    await approved(store, "O")
    store.done(await short(store, "O", (1, 4, "2026-02-20"), (2, 2, "2026-03-01")))
    assert await owed(store) == [(1, 4, "open"), (2, 2, "open")]
    line = (await store.read(f"backorder_lines/{await key_of(store, 'O', 1)}"))["data"]
    assert (line["part_id"], line["promised_date"]) == ("P1", "2026-02-20")
    assert (line["unit_price_minor"], line["currency"]) == (100, "AED")


async def test_an_order_without_a_shortage_owes_nothing(store: Any):
    await approved(store, "O")
    store.done(await store.move("pia", "parts_orders/O", "check_stock"))
    assert await owed(store) == []


async def test_a_shortage_is_of_a_line_of_the_order_and_of_no_more_units(store: Any):
    await approved(store, "O")
    for wrong in ((1, 11, "2026-02-20"), (3, 1, "2026-02-20")):
        assert store.refused(await short(store, "O", wrong)) == (
            "a shortage is of a line of the order, and of no more units"
        )
    twice = await short(store, "O", (1, 6, "2026-02-20"), (1, 6, "2026-02-21"))
    assert twice.status_code == 409
    assert (await store.read("parts_orders/O"))["state"] == "approved"
    assert await owed(store) == []


async def test_who_was_promised_first_is_allocated_first_or_the_reason_is_kept(store: Any):
    for key, day in (("O", "2026-02-20"), ("L", "2026-02-25")):
        await approved(store, key, total_minor=1000, lines=ORDER["lines"][:1])
        store.done(await short(store, key, (1, 4, day)))
    first, later = await key_of(store, "O", 1), await key_of(store, "L", 1)
    answer = await store.move("pia", f"backorder_lines/{later}", "allocate", eta_date="2026-02-24")
    assert store.refused(answer) == "somebody was promised the part for an earlier day"
    why = {"sequence_override_reason": "vehicle_off_road", "sequence_override_note": "stands since Monday"}
    store.done(await store.move("pia", f"backorder_lines/{later}", "allocate", eta_date="2026-02-24", **why))
    store.done(await store.move("pia", f"backorder_lines/{first}", "allocate", eta_date="2026-02-19"))


async def test_the_receipt_of_the_dispatch_that_carries_it_closes_a_back_order_and_no_other_does(store: Any):
    await approved(store, "O")
    store.done(await short(store, "O", (1, 4, "2026-02-20")))
    for move in ("issue", "ship"):
        store.done(await store.move("pia", "parts_orders/O", move))
    now = {"line_no": 1, "part_id": "P1", "quantity": 6}
    store.done(await sent(store, "S1", "O", now))
    store.done(await store.move("abe", "parts_shipments/S1", "receive", received_at=AT,
                                lines=[now | {"received_quantity": 6}]))  # fmt: skip
    assert await owed(store) == [(1, 4, "open")]
    key = await key_of(store, "O", 1)
    store.done(await store.move("pia", f"backorder_lines/{key}", "allocate", eta_date="2026-02-19"))
    later = {"line_no": 1, "part_id": "P1", "quantity": 4, "backorder_line_id": key}
    store.done(await sent(store, "S2", "O", later))
    assert (await store.read(f"backorder_lines/{key}"))["data"]["parts_shipment_id"] == "S2"
    again = await sent(store, "S3", "O", later)
    assert store.refused(again).startswith("the back-order line is not of this order line")
    plain = {"line_no": 1, "part_id": "P1", "quantity": 4, "received_quantity": 4}  # the counter forgot it
    store.done(await store.move("abe", "parts_shipments/S2", "receive", received_at=AT, lines=[plain]))
    assert await owed(store) == [(1, 4, "filled")]


@pytest.mark.parametrize("wrong", [{"quantity": 3}, {"line_no": 2}, {"part_id": "P2"}])
async def test_a_back_order_is_shipped_whole_on_its_own_line(store: Any, wrong: dict[str, Any]):
    await approved(store, "O")
    store.done(await short(store, "O", (1, 4, "2026-02-20")))
    key = await key_of(store, "O", 1)
    line = {"line_no": 1, "part_id": "P1", "quantity": 4, "backorder_line_id": key} | wrong
    store.refused(await sent(store, "S", "O", line))
    assert await store.all("parts_shipments") == []


async def test_a_cancelled_back_order_frees_its_money_and_only_then_the_rest_is_settled(store: Any):
    await approved(store, "O")
    assert await funds(store) == (600, 1400)
    store.done(await short(store, "O", (1, 4, "2026-02-20"), (2, 2, "2026-03-01")))
    for move in ("issue", "ship"):
        store.done(await store.move("pia", "parts_orders/O", move))
    store.done(await store.move("abe", "parts_orders/O", "receive", received_at=AT))
    assert store.refused(await store.move("fay", "parts_orders/O", "settle")) == (
        "units of the order are still owed"
    )
    for line_no in (1, 2):
        path = f"backorder_lines/{await key_of(store, 'O', line_no)}"
        store.done(await store.move("pia", path, "cancel", cancel_reason="no longer made"))
    assert await funds(store) == (1400, 600)  # 4 x 100 and 2 x 200 are free again
    store.done(await store.move("fay", "parts_orders/O", "settle"))
    assert await funds(store) == (1400, 0)


async def test_two_cancellations_at_once_free_no_more_than_is_held(store: Any, owner: Any):
    await approved(store, "O")
    store.done(await short(store, "O", (1, 10, "2026-02-20"), (2, 2, "2026-03-01")))
    paths = [f"backorder_lines/{await key_of(store, 'O', n)}" for n in (1, 2)]
    answers = await asyncio.gather(*(store.move("pia", path, "cancel") for path in paths))
    assert [a.status_code for a in answers] == [200, 200]
    assert await funds(store) == (2000, 0)
    assert await owner.fetch("select * from api.fund_faults()") == []
