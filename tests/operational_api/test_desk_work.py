"""The desk's lists of what waits: contacts, approvals, money. Without a script, and small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.operational_api.conftest import AsUser

pytestmark = [pytest.mark.db, pytest.mark.anyio]

Open = Callable[..., Any]


async def test_a_manager_sees_contacts_approvals_and_money_of_his_outlet(
    network: None, as_user: AsUser, open_one: Open, desk_of: Callable[[str], httpx.AsyncClient]
):
    money = {"fund_type": "cash", "earmark": "parts", "currency": "AED"}
    rule = {
        "document_type": "discount_request", "mode": "serial", "effective_from_date": "2020-01-01",
        "steps": [{"step_no": 1, "approver_grant": "dealer_manager"}],
    }  # fmt: skip
    asked = {"sale_kind": "parts", "list_minor": 900, "discount_minor": 450, "currency": "AED", "reason": "x"}
    task = {"rule_code": "POST_SALE", "due_date": "2026-01-02"}
    async with as_user("fay") as finance, as_user("pia") as planner, as_user("abe") as clerk:
        assert (await open_one(finance, "fund_accounts", key="CASH", outlet_id="AE01", data=money)).is_success
        paid = {
            "fund_account_id": "CASH",
            "amount_minor": 120_000,
            "currency": "AED",
            "paid_date": "2026-01-02",
        }
        assert (await open_one(finance, "payment_receipts", outlet_id="AE01", data=paid)).is_success
        assert (await open_one(finance, "approval_rules", key="R", data=rule)).is_success
        await planner.post("/v1/approval_rules/R/activate", json={}, headers={"If-Match": '"1"'})
        assert (
            await open_one(clerk, "discount_requests", key="D9", state="submitted", data=asked)
        ).is_success
    async with as_user("ann") as manager:
        assert (await open_one(manager, "contact_tasks", key="T9", data=task)).is_success
    ann = desk_of("ann")
    wanted = {
        "/desk/work": ("post sale", "overdue", "/desk/documents/contact_tasks/T9"),
        "/desk/approvals": ("D9", "AED4.50", "asked by abe"),
        "/desk/funds": ("CASH", "AED1,200.00"),
        "/desk": ("/desk/work", "/desk/approvals", "/desk/funds"),
    }
    for path, texts in wanted.items():
        page = await ann.get(path)
        assert page.status_code == 200, page.text
        assert [t for t in texts if t not in page.text.replace("\xa0", "")] == [], path
        assert len(page.content) < 100_000
    bob = desk_of("bob")
    assert "D9" not in (await bob.get("/desk/approvals")).text
    assert "T9" not in (await bob.get("/desk/work")).text
    assert "CASH" not in (await bob.get("/desk/funds")).text
