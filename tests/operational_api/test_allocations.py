"""A planner accepts an allocation, and the documents are there; sent again, nothing is written twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipelines.settings import Settings
from pipelines.snapshot import Draft
from tests.operational_api import test_backorders, test_vehicle_life

pytestmark = [pytest.mark.db, pytest.mark.anyio]
store, life = test_backorders.store, test_vehicle_life.life
CAR, OTHER = test_vehicle_life.CAR, test_vehicle_life.OTHER
PATH = "/v1/replenishment/allocations"


@pytest.fixture
def proposals(settings: Settings) -> None:
    """The older car goes to order O1."""
    draft = Draft(settings.snapshots_dir)
    draft.add("mart_vin_match", pl.DataFrame({
        "vin": [CAR, OTHER], "vehicle_order_id": ["O1", None], "outlet_id": ["AE01", None],
        "product_id": ["R1", "R1"], "match_no": [1, None], "reason": ["first in first out", "no open order"],
    }))  # fmt: skip
    draft.publish(as_of_date=date(2026, 3, 10), code_version="1", feed={"epoch": "e", "hi": 1})


async def accepted(
    walk: Any, *lines: dict[str, Any], key: str = "A1", who: str = "pia", **headers: str
) -> Any:
    async with walk._as_user(who) as http:
        headers = {"Idempotency-Key": key, **headers}
        return await http.post(PATH, json={"lines": list(lines)}, headers=headers)


async def test_back_orders_are_allocated_in_the_order_given_and_the_same_key_writes_nothing_new(
    store: Any, proposals: None
):
    for key, day in (("O", "2026-02-20"), ("L", "2026-02-25")):
        await test_backorders.approved(store, key, total_minor=1000, lines=test_backorders.ORDER["lines"][:1])
        store.done(await test_backorders.short(store, key, (1, 4, day)))
    names = [await test_backorders.key_of(store, key, 1) for key in "OL"]
    lines = [{"kind": "back_order", "backorder_line_id": name} for name in names]
    told = (await accepted(store, *lines)).json()
    assert (told["received"], told["accepted"], told["rejected"]) == (2, 2, 0)
    assert [line["status"] for line in told["lines"]] == ["written", "written"]
    first = await store.read(f"backorder_lines/{names[0]}")
    assert (first["state"], first["data"]["eta_date"]) == ("allocated", "2026-02-20")
    again = (await accepted(store, *lines)).json()
    assert [line["status"] for line in again["lines"]] == ["already", "already"]
    assert (await store.read(f"backorder_lines/{names[0]}"))["version"] == first["version"]


async def test_who_was_promised_first_comes_first_here_too_or_the_reason_is_kept(store: Any, proposals: None):
    for key, day in (("O", "2026-02-20"), ("L", "2026-02-25")):
        await test_backorders.approved(store, key, total_minor=1000, lines=test_backorders.ORDER["lines"][:1])
        store.done(await test_backorders.short(store, key, (1, 4, day)))
    line = {"kind": "back_order", "backorder_line_id": await test_backorders.key_of(store, "L", 1)}
    [told] = (await accepted(store, line)).json()["lines"]
    assert told["errors"][0]["rule"] == "somebody was promised the part for an earlier day"
    why = {"sequence_override_reason": "safety", "sequence_override_note": "brakes"}
    [told] = (await accepted(store, line | why, key="A2")).json()["lines"]
    assert told["status"] == "written"
    kept = (await store.read(f"backorder_lines/{line['backorder_line_id']}"))["data"]
    assert (kept["sequence_override_reason"], kept["sequence_override_note"]) == ("safety", "brakes")


async def test_the_proposed_car_goes_to_its_order_and_another_one_needs_a_reason(life: Any, proposals: None):
    for key in ("O1", "O2"):
        await test_vehicle_life.ordered(life, key)
    wrong = {"kind": "car", "vehicle_order_id": "O1", "vin": OTHER}
    [told] = (await accepted(life, wrong)).json()["lines"]
    assert (told["status"], told["errors"][0]["field"]) == ("rejected", "vin")
    assert CAR in told["errors"][0]["remedy"]
    [told] = (await accepted(life, wrong, **{"Accept-Language": "zh"})).json()["lines"]
    assert told["errors"][0]["rule"] == "该车不是为此订单建议的车辆"
    assert told["errors"][0]["remedy"] == f"请选用 {CAR}，或请填写 fifo_override_reason 和 fifo_override_note"
    right = {"kind": "car", "vehicle_order_id": "O1", "vin": CAR}
    out_of_turn = {"kind": "car", "vehicle_order_id": "O2", "vin": OTHER,
                   "fifo_override_reason": "customer_choice", "fifo_override_note": "red"}  # fmt: skip
    told = (await accepted(life, right, out_of_turn, key="A2")).json()
    assert told["accepted"] == 2
    for key, vin in (("O1", CAR), ("O2", OTHER)):
        order = await life.read(f"vehicle_orders/{key}")
        assert (order["state"], order["data"]["vin"]) == ("allocated", vin)
    assert order["data"]["fifo_override_reason"] == "customer_choice"


async def test_a_transfer_is_asked_for_once_agreed_by_another_and_moves_both_shelves(
    walk: Any, network: None, proposals: None
):
    stock = {"part_id": "P1", "quantity": 5, "move_type": "opening", "moved_at": "2026-02-01T09:00:00Z"}
    walk.done(await walk.open("ann", "parts_stock_moves", "IN", **stock))
    line = {"kind": "transfer", "part_id": "P1", "from_outlet_id": "AE01", "to_outlet_id": "SA01", "units": 3}
    [told] = (await accepted(walk, line)).json()["lines"]
    assert (told["status"], told["document"]) == ("written", "parts_transfer")
    [again] = (await accepted(walk, line)).json()["lines"]
    assert (again["status"], again["key"]) == ("already", told["key"])
    [twice] = (await accepted(walk, line, key="A2")).json()["lines"]
    assert twice["errors"][0]["rule"] == "the part is on its way to that outlet already"
    path = f"parts_transfers/{told['key']}"
    assert (await walk.move("pia", path, "approve")).status_code == 403  # who asked does not agree
    walk.done(await walk.move("ann", path, "approve"))
    walk.done(await walk.move("pia", path, "complete", moved_at="2026-02-05T09:00:00Z"))
    moves = {(m["outlet_id"], m["data"]["quantity"]) for m in await walk.all("parts_stock_moves")}
    assert moves == {("AE01", 5), ("AE01", -3), ("SA01", 3)}


async def test_no_more_is_moved_than_lies_there(walk: Any, network: None, proposals: None):
    line = {"kind": "transfer", "part_id": "P1", "from_outlet_id": "AE01", "to_outlet_id": "SA01", "units": 3}
    [told] = (await accepted(walk, line)).json()["lines"]
    path = f"parts_transfers/{told['key']}"
    walk.done(await walk.move("ann", path, "approve"))
    refused = await walk.move("pia", path, "complete", moved_at="2026-02-05T09:00:00Z")
    assert walk.refused(refused) == "no more leaves the shelf than lies there"


@pytest.mark.parametrize("who", ["ann", "abe", "ray", "fay"])
async def test_only_planners_allocate_what_is_scarce(walk: Any, network: None, proposals: None, who: str):
    line = {"kind": "back_order", "backorder_line_id": "X"}
    assert (await accepted(walk, line, who=who)).status_code == 403
