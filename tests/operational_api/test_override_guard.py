"""Nobody writes over an override that he has not seen, however close together two of them are written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytestmark = [pytest.mark.db, pytest.mark.anyio]

HERE = {"subject": "vehicle", "region_path": "MEA/GULF/AE", "series": "S", "forecast_month": "2026-07-01",
        "mode": "set", "value": 5, "reason_code": "promotion", "author_level": "hq"}  # fmt: skip


class Plan:
    """Overrides of one cell, written by the maker's planner unless somebody else is named."""

    def __init__(self, as_user: Any, open_one: Any) -> None:
        self._as_user, self._open_one = as_user, open_one

    async def write(self, key: str, *, by: str = "pia", at: str | None = None, **more: Any) -> Any:
        async with self._as_user(by) as http:
            body = {"effective_at": at} if at else {}
            return await self._open_one(
                http, "forecast_overrides", key=key, state="applied", data=HERE | more, **body
            )

    async def move(self, key: str, action: str, version: int = 1, **data: Any) -> Any:
        async with self._as_user("pia") as http:
            headers = {"If-Match": f'"{version}"'}
            method, path = ("PATCH", "") if action == "amend" else ("POST", f"/{action}")
            return await http.request(
                method, f"/v1/forecast_overrides/{key}{path}", json={"data": data}, headers=headers
            )


@pytest.fixture
def plan(network: None, as_user: Any, open_one: Any) -> Plan:
    return Plan(as_user, open_one)


async def test_of_two_at_once_one_is_written_and_the_other_gets_the_difference(plan: Plan):
    answers = await asyncio.gather(*(plan.write(f"O{n}", value=n) for n in range(1, 7)))
    assert sorted(a.status_code for a in answers) == [201, *[409] * 5]
    (held,) = [n for n, a in enumerate(answers, start=1) if a.status_code == 201]
    refused = next(a for a in answers if a.status_code == 409).json()
    (seen,) = refused["errors"]
    assert (seen["field"], seen["suggestions"]) == ("seen_override_id", [f"O{held}"])
    assert seen["remedy"].startswith(f"look at O{held}")
    assert seen["rule"].startswith(f"theirs: set {held} for MEA/GULF/AE by pia; yours: set ")


async def test_who_names_the_one_that_stands_may_write_after_it(plan: Plan):
    assert (await plan.write("A")).status_code == 201
    assert (await plan.write("B", seen_override_id="A")).status_code == 201
    late = await plan.write("C", seen_override_id="A")
    assert (late.status_code, late.json()["errors"][0]["suggestions"]) == (409, ["B"])


async def test_a_region_and_an_outlet_in_it_are_the_same_cells_and_a_like_name_is_not(plan: Plan):
    assert (await plan.write("A")).status_code == 201
    for number, place in enumerate((
        {"region_path": "MEA"}, {"region_path": "MEA/GULF/AE/NORTH"}, {"outlet_code": "AE01"},
        {"series": None},
    )):  # fmt: skip
        assert (await plan.write(f"N{number}", **place)).status_code == 409, place
    for number, place in enumerate((
        {"region_path": "MEA/GULF/AERIAL"}, {"series": "T"}, {"forecast_month": "2026-08-01"},
        {"author_level": "region"}, {"outlet_code": "SA01", "region_path": "MEA/GULF/SA"},
    )):  # fmt: skip
        answer = await plan.write(f"Y{number}", **place)
        assert answer.status_code == 201, (place, answer.text)


async def test_a_withdrawn_one_is_not_named_any_more(plan: Plan):
    await plan.write("A")
    await plan.write("B", seen_override_id="A")
    assert (await plan.move("B", "withdraw")).status_code == 200
    gone = await plan.write("C", seen_override_id="B")
    assert (gone.status_code, gone.json()["errors"][0]["suggestions"]) == (409, ["A"])
    assert (await plan.move("A", "withdraw")).status_code == 200
    none = await plan.write("C", seen_override_id="A")
    assert none.json()["errors"][0]["rule"] == "A was withdrawn or covers other cells"
    assert (await plan.write("C")).status_code == 201


async def test_the_same_override_sent_again_is_no_conflict_with_what_followed_it(plan: Plan, as_user: Any):
    await plan.write("A")
    await plan.write("B", seen_override_id="A")
    again = await plan.write("A")
    assert "key already" in again.json()["detail"]


async def test_what_follows_is_not_dated_before_what_it_follows(plan: Plan):
    await plan.write("A", by="ada", at="2026-05-02T09:00:00Z")
    early = await plan.write("B", by="ada", at="2026-05-01T09:00:00Z", seen_override_id="A")
    assert (early.status_code, early.json()["errors"][0]["field"]) == (422, "effective_at")
    late = await plan.write("B", by="ada", at="2026-05-03T09:00:00Z", seen_override_id="A")
    assert late.status_code == 201, late.text


async def test_a_proposal_followed_by_another_is_applied_and_not_amended(
    plan: Plan, as_user: Any, open_one: Any
):
    async with as_user("ray") as http:
        mine = HERE | {"author_level": "region"}
        assert (await open_one(http, "forecast_overrides", key="A", data=mine)).status_code == 201
        after = mine | {"seen_override_id": "A"}
        assert (await open_one(http, "forecast_overrides", key="B", data=after)).status_code == 201
    amended = await plan.move("A", "amend", value=9)
    assert (amended.status_code, amended.json()["errors"][0]["suggestions"]) == (409, ["B"])
    assert (await plan.move("B", "apply")).status_code == 200
    assert (await plan.move("A", "apply")).status_code == 200
