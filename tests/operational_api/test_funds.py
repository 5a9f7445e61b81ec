"""Money of an outlet: what arrives, what an order holds, what is taken, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from operational_api import bulk
from operational_api.documents import BY_NAME
from tests.operational_api.conftest import AsUser, data_of, person

pytestmark = [pytest.mark.db, pytest.mark.anyio]

Open = Callable[..., Any]
MONEY = {"amount_minor": 1000, "currency": "AED"}


async def account(http: httpx.AsyncClient, open_one: Open, key: str = "CASH", **data: str) -> None:
    """An account of AE01 for parts, in dirham."""
    whole = {"fund_type": "cash", "earmark": "parts", "currency": "AED"} | data
    answer = await open_one(http, "fund_accounts", key=key, outlet_id="AE01", data=whole)
    assert answer.status_code == 201, answer.text


async def pay_in(http: httpx.AsyncClient, open_one: Open, amount: int, key: str = "CASH") -> httpx.Response:
    data = {"fund_account_id": key, "amount_minor": amount, "currency": "AED", "paid_date": "2026-01-02"}
    answer: httpx.Response = await open_one(http, "payment_receipts", outlet_id="AE01", data=data)
    assert answer.status_code == 201, answer.text
    return answer


async def order(http: httpx.AsyncClient, open_one: Open, total: int, **more: Any) -> httpx.Response:
    data = data_of(BY_NAME["parts_order"]) | {
        "supplier_outlet_code": "AE01", "total_minor": total, "fund_type": "cash", "currency": "AED",
        "lines": [{"line_no": 1, "part_id": "P1", "quantity": 1, "unit_price_minor": total}],
    }  # fmt: skip
    return await open_one(http, "parts_orders", state="submitted", outlet_id="AE01", data=data, **more)  # type: ignore[no-any-return]


async def balance(http: httpx.AsyncClient, key: str = "CASH") -> tuple[int, int, int]:
    """(available, held, usable)."""
    items = (await http.get("/v1/funds")).json()["items"]
    found = next(i for i in items if i["fund_account_id"] == key)
    return found["available_minor"], found["held_minor"], found["usable_minor"]


async def move(http: httpx.AsyncClient, path: str, version: int, **data: Any) -> httpx.Response:
    return await http.post(f"/v1/{path}", json={"data": data}, headers={"If-Match": f'"{version}"'})


async def test_a_submitted_order_holds_its_money_and_keeps_the_figures_of_the_check(
    network: None, as_user: AsUser, open_one: Open
):
    async with as_user("fay") as finance, as_user("abe") as parts:
        await account(finance, open_one)
        await pay_in(finance, open_one, 5000)
        first, second = await order(parts, open_one, 3000), await order(parts, open_one, 500)
        assert [first.status_code, second.status_code] == [201, 201], first.text
        assert (first.json()["state"], first.json()["version"]) == ("fund_checked", 2)
        assert first.headers["etag"] == '"2"'
        figures = second.json()["data"]
        seen = [figures[f"fund_{name}_minor"] for name in ("available", "credit", "held")]
        assert (seen, figures["fund_account_id"]) == ([2000, 0, 3000], "CASH")
        assert await balance(parts) == (1500, 3500, 1500)
        steps = (await parts.get(f"/v1/parts_orders/{first.json()['key']}/history")).json()
        assert [(s["version"], s["action"], s["state"]) for s in steps] == [
            (2, "check_funds", "fund_checked"),
            (1, "open", "submitted"),
        ]


async def test_a_shortage_is_refused_with_its_figures_and_writes_nothing(
    network: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    async with as_user("fay") as finance, as_user("abe") as parts:
        await account(finance, open_one)
        await pay_in(finance, open_one, 1000)
        refused = await order(parts, open_one, 1001)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/no_funds")
        assert (
            "1001 AED needed on CASH, 1000 usable (cash 1000 + credit 0; 0 held)" in refused.json()["detail"]
        )
        assert refused.json()["errors"][0]["rule"] == "1 more than is usable"
        assert await balance(parts) == (1000, 0, 1000)
        assert await owner.fetchval("select count(*) from doc.parts_order") == 0


async def test_credit_covers_an_order_until_it_is_suspended(network: None, as_user: AsUser, open_one: Open):
    line = {"fund_account_id": "CASH", "limit_minor": 800, "currency": "AED", "valid_from_date": "2020-01-01"}
    async with as_user("fay") as finance, as_user("abe") as parts:
        await account(finance, open_one)
        answer = await open_one(finance, "credit_lines", key="CL", outlet_id="AE01", data=line)
        assert answer.status_code == 201, answer.text
        assert (await order(parts, open_one, 600)).json()["data"]["fund_credit_minor"] == 800
        assert await balance(parts) == (-600, 600, 200)
        assert (await move(finance, "credit_lines/CL/suspend", 1, suspend_reason="late")).status_code == 200
        assert await balance(parts) == (-600, 600, -600)
        assert (await order(parts, open_one, 1)).status_code == 409
        await pay_in(finance, open_one, 700)
        assert (await order(parts, open_one, 100)).status_code == 201


async def test_a_rejected_order_gives_back_and_a_settled_one_takes(
    network: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    async with as_user("fay") as finance, as_user("abe") as parts, as_user("pia") as planner:
        await account(finance, open_one)
        await pay_in(finance, open_one, 1000)
        lost, kept = await order(parts, open_one, 300), await order(parts, open_one, 400)
        path = f"parts_orders/{lost.json()['key']}"
        assert (await move(finance, f"{path}/reject", 2, reject_reason="no")).status_code == 200
        assert await balance(parts) == (600, 400, 600)
        path = f"parts_orders/{kept.json()['key']}"
        steps = ("approve", "check_stock", "issue", "ship", "receive", "settle")
        for version, step in enumerate(steps, start=2):
            who = {"receive": parts, "settle": finance}.get(step, planner)
            data = {"received_at": "2026-02-01T09:00:00Z"} if step == "receive" else {}
            answer = await move(who, f"{path}/{step}", version, **data)
            assert answer.status_code == 200, answer.text
        assert await balance(parts) == (600, 0, 600)
        kinds = await owner.fetch("select kind, amount_minor from doc.fund_entry order by effective_at, kind")
        assert sorted((r[0], r[1]) for r in kinds) == [
            ("debit", 400), ("hold", 300), ("hold", 400), ("receipt", 1000), ("release", 300),
        ]  # fmt: skip
        assert await owner.fetch("select * from api.fund_faults()") == []


async def test_earmarked_money_pays_for_nothing_else(network: None, as_user: AsUser, open_one: Open):
    async with as_user("fay") as finance, as_user("abe") as parts:
        await account(finance, open_one, "CARS", earmark="vehicle")
        await pay_in(finance, open_one, 1000, "CARS")
        refused = await order(parts, open_one, 10)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "fund_type")
        await account(finance, open_one, "FREE", earmark="any")
        await pay_in(finance, open_one, 1000, "FREE")
        assert (await order(parts, open_one, 10)).json()["data"]["fund_account_id"] == "FREE"
        again = {"fund_type": "cash", "earmark": "any", "currency": "AED"}
        twice = await open_one(finance, "fund_accounts", outlet_id="AE01", data=again)
        assert twice.status_code == 409


async def test_an_outlet_without_accounts_is_checked_by_a_person(
    network: None, as_user: AsUser, open_one: Open
):
    async with as_user("abe") as parts, as_user("fay") as finance:
        opened = (await order(parts, open_one, 10)).json()
        assert (opened["state"], "fund_account_id" in opened["data"]) == ("submitted", False)
        assert (await move(finance, f"parts_orders/{opened['key']}/check_funds", 1)).status_code == 200


async def test_an_order_whose_total_is_not_the_sum_of_its_lines_is_not_submitted(
    network: None, as_user: AsUser, open_one: Open
):
    """2 x 30 + 1 x 40 = 100: 99 would hold too little money."""
    lines = [
        {"line_no": 1, "part_id": "P1", "quantity": 2, "unit_price_minor": 30},
        {"line_no": 2, "part_id": "P1", "quantity": 1, "unit_price_minor": 40},
    ]
    data = data_of(BY_NAME["parts_order"]) | {
        "supplier_outlet_code": "AE01", "fund_type": "cash", "currency": "AED", "lines": lines,
    }  # fmt: skip
    async with as_user("fay") as finance, as_user("abe") as parts:
        await account(finance, open_one)
        await pay_in(finance, open_one, 1000)
        refused = await open_one(
            parts, "parts_orders", state="submitted", outlet_id="AE01", data=data | {"total_minor": 99}
        )
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "total_minor")
        assert await balance(finance) == (1000, 0, 1000)
        taken = await open_one(
            parts, "parts_orders", state="submitted", outlet_id="AE01", data=data | {"total_minor": 100}
        )
        assert taken.status_code == 201, taken.text
        assert await balance(finance) == (900, 100, 900)


async def test_nobody_sends_the_figures_of_a_check(network: None, as_user: AsUser, open_one: Open):
    async with as_user("abe") as parts:
        data = data_of(BY_NAME["parts_order"]) | {"supplier_outlet_code": "AE01", "fund_account_id": "CASH"}
        refused = await open_one(parts, "parts_orders", outlet_id="AE01", data=data)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "fund_account_id")


async def test_of_a_bulk_call_the_orders_that_can_be_paid_are_written(
    network: None, as_user: AsUser, open_one: Open, application: Any
):
    lines = []
    for number, total in enumerate((600, 500, 300), start=1):
        data = data_of(BY_NAME["parts_order"]) | {
            "supplier_outlet_code": "AE01", "total_minor": total, "fund_type": "cash",
            "lines": [{"line_no": 1, "part_id": "P1", "quantity": 1, "unit_price_minor": total}],
        }  # fmt: skip
        lines.append({"action": "open", "key": f"B{number}", "state": "submitted", "data": data})
    body = "\n".join(httpx.Request("POST", "http://x", json=line).content.decode() for line in lines).encode()
    async with as_user("fay") as finance, as_user("abe") as parts:
        await account(finance, open_one)
        await pay_in(finance, open_one, 1000)
        for attempt in ("first", "again"):
            raw, _ = await bulk.write_lines(
                application.state.pool, person("abe"), BY_NAME["parts_order"], body, attempt
            )
            answer = httpx.Response(200, content=raw).json()
            written = (answer["accepted"], answer["duplicate"], answer["rejected"])
            assert written == ((2, 0, 1) if attempt == "first" else (0, 2, 1)), answer
            assert [(e["row"], e["code"]) for e in answer["errors"]] == [(2, "no_funds")]
        assert await balance(parts) == (100, 900, 100)


async def test_orders_submitted_at_the_same_time_never_overspend(
    network: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    """Twenty orders of 300 against 1,000: three fit, whoever comes first."""
    async with as_user("fay") as finance, as_user("abe") as parts:
        await account(finance, open_one)
        await pay_in(finance, open_one, 1000)
        answers = await asyncio.gather(*(order(parts, open_one, 300) for _ in range(20)))
        assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 17
        assert await balance(parts) == (100, 900, 100)
        assert await owner.fetch("select * from api.fund_faults()") == []


async def test_a_payment_is_allocated_once_and_not_beyond(network: None, as_user: AsUser, open_one: Open):
    async with as_user("fay") as finance, as_user("abe") as parts:
        await account(finance, open_one)
        receipt = (await pay_in(finance, open_one, 1000)).json()["key"]
        key = (await order(parts, open_one, 900)).json()["key"]

        async def allocate(amount: int) -> httpx.Response:
            data = MONEY | {
                "payment_receipt_id": receipt, "parts_order_id": key, "amount_minor": amount,
            }  # fmt: skip
            return await open_one(finance, "payment_allocations", outlet_id="AE01", data=data)  # type: ignore[no-any-return]

        assert (await allocate(600)).status_code == 201
        assert (await allocate(401)).status_code == 409
        assert (await allocate(400)).status_code == 201
        held = await finance.get(f"/v1/payment_receipts/{receipt}")
        assert (held.json()["state"], held.json()["version"]) == ("allocated", 2)


async def test_a_transfer_between_earmarks_is_posted_by_another_and_balances(
    network: None, as_user: AsUser, open_one: Open, owner: asyncpg.Connection
):
    async with as_user("fay") as finance, as_user("ann") as manager:
        await account(finance, open_one)
        await account(finance, open_one, "CARS", earmark="vehicle")
        await pay_in(finance, open_one, 1000)
        data = MONEY | {"from_account_id": "CASH", "to_account_id": "CARS", "reason": "new model"}
        answer = await open_one(manager, "fund_transfers", key="T", data=data | {"amount_minor": 700})
        assert answer.status_code == 201, answer.text
        assert (await move(finance, "fund_transfers/T/post", 1)).status_code == 200
        assert (await balance(finance), await balance(finance, "CARS")) == ((300, 0, 300), (700, 0, 700))
        assert await owner.fetch("select * from api.fund_faults()") == []


async def test_another_outlets_account_is_not_there(network: None, as_user: AsUser, open_one: Open):
    async with as_user("fay") as finance, as_user("bob") as other:
        await account(finance, open_one)
        assert (await other.get("/v1/funds")).json() == {"items": []}
        assert (await other.get("/v1/fund_accounts/CASH")).status_code == 404
        data = {"fund_account_id": "CASH", "kind": "receipt"} | MONEY
        refused = await open_one(finance, "fund_entries", outlet_id="SA01", data=data)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "fund_account_id")


async def test_the_application_cannot_rewrite_an_entry_or_a_balance(app_url: str):
    connection = await asyncpg.connect(app_url)
    for statement in (
        "update doc.fund_entry set amount_minor = 1",
        "delete from doc.fund_entry",
        "update api.fund_balance set available_minor = 1",
        "insert into api.fund_balance values ('x', 'x', 'x', 'x', 'x', 'active', 1, 1, 1)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()
