"""Parts plans: one per category, month and outlet; the region merges those of its own dealers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.operational_api.conftest import Life

pytestmark = [pytest.mark.db, pytest.mark.anyio, pytest.mark.usefixtures("network")]
PLAN = {"plan_month": "2026-07-01", "category": "wear", "retail_units": 26, "requirement_units": 25,
        "amount_minor": 250_000, "currency": "AED"}  # fmt: skip
TARGET = {"horizon": "month", "target_month": "2026-07-01", "category": "wear", "measure": "retail",
          "amount_minor": 300_000, "currency": "AED"}  # fmt: skip


async def submitted(walk: Life, key: str, **changed: Any) -> None:
    walk.done(await walk.open("abe", "parts_plans", key, **(PLAN | changed)))
    walk.done(await walk.move("abe", f"parts_plans/{key}", "submit"))


async def test_a_second_plan_of_the_same_category_and_month_is_refused(walk: Life):
    await submitted(walk, "PL1")
    refused = await walk.open("abe", "parts_plans", "PL2", **PLAN)
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["rule"] == "this category has a plan for the month"
    walk.done(await walk.open("abe", "parts_plans", "PL3", **(PLAN | {"category": "body"})))
    walk.done(await walk.open("bob", "parts_plans", "PL4", **(PLAN | {"currency": "SAR"})))


async def test_the_region_merges_its_dealers_plans_and_nobody_else_does(walk: Life):
    await submitted(walk, "PL1")
    assert (await walk.move("ann", "parts_plans/PL1", "merge")).status_code == 403
    walk.done(await walk.move("ray", "parts_plans/PL1", "merge"))
    assert (await walk.read("parts_plans/PL1"))["state"] == "merged"
    late = await walk.move("ray", "parts_plans/PL1", "return_to_dealer", note="too late")
    assert late.status_code == 409  # what is merged stays


async def test_a_plan_goes_back_with_a_note_and_a_draft_is_not_merged(walk: Life):
    await submitted(walk, "PL1")
    walk.done(await walk.move("ray", "parts_plans/PL1", "return_to_dealer", note="twice last year's"))
    assert (await walk.read("parts_plans/PL1"))["state"] == "draft"
    assert (await walk.move("ray", "parts_plans/PL1", "merge")).status_code == 409


async def test_a_target_is_the_makers_and_its_outlet_alone_reads_it(walk: Life, as_user: Any):
    walk.done(await walk.open("pia", "parts_targets", "T1", outlet_id="AE01", **TARGET))
    assert (await walk.open("ann", "parts_targets", "T2", **TARGET)).status_code == 403
    walk.done(await walk.move("pia", "parts_targets/T1", "issue"))
    for who, status in (("abe", 200), ("bob", 404), ("rio", 404)):
        async with as_user(who) as http:
            assert (await http.get("/v1/parts_targets/T1")).status_code == status, who
