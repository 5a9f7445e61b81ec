"""Part chains at the door: no circle, no endless chain, one successor on a day and for a car."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from operational_api.part_chains import HOP_LIMIT

pytestmark = [pytest.mark.db, pytest.mark.anyio]
PART = {"description": "x", "category": "wear", "criticality": "vital", "pack_size": 1,
        "minimum_quantity": 1, "is_returnable": True}  # fmt: skip
HOP = {"relation_type": "supersession", "direction": "one_way", "preceding_quantity": 1,
       "succeeding_quantity": 1, "use_up": "use_up_first", "valid_from_date": "2026-01-01"}  # fmt: skip


class Catalogue:
    def __init__(self, as_user: Any, open_one: Any) -> None:
        self._as_user, self._open_one = as_user, open_one

    async def parts(self, *names: str) -> None:
        async with self._as_user("ada") as http:
            for name in names:
                data = PART | {"part_no": f"no-{name}"}
                made = await self._open_one(http, "parts", key=name, state="active", data=data)
                assert made.status_code == 201, made.text

    async def hop(self, old: str, new: str, **more: Any) -> Any:
        async with self._as_user("pia") as http:
            data = {**HOP, "part_id": old, "successor_part_id": new, **more}
            return await self._open_one(http, "part_relations", data=data)


@pytest.fixture
async def catalogue(application: Any, as_user: Any, open_one: Any) -> Catalogue:
    made = Catalogue(as_user, open_one)
    await made.parts("A", "B", "C", "D")
    return made


async def test_a_circle_is_refused_and_named(catalogue: Catalogue):
    assert (await catalogue.hop("A", "B")).status_code == 201
    assert (await catalogue.hop("B", "C")).status_code == 201
    refused = await catalogue.hop("C", "A")
    assert refused.status_code == 409
    assert "C > A > B > C" in refused.json()["errors"][0]["rule"]


async def test_a_number_does_not_replace_itself(catalogue: Catalogue):
    refused = await catalogue.hop("A", "A")
    assert refused.status_code == 422
    assert "A > A" in refused.json()["errors"][0]["rule"]


async def test_many_numbers_may_end_in_one(catalogue: Catalogue):
    assert (await catalogue.hop("A", "C")).status_code == 201
    assert (await catalogue.hop("B", "C")).status_code == 201


async def test_a_number_has_one_successor_on_a_day(catalogue: Catalogue):
    assert (await catalogue.hop("A", "B", valid_to_date="2026-06-30")).status_code == 201
    refused = await catalogue.hop("A", "C", valid_from_date="2026-06-30")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "part_id")
    assert (await catalogue.hop("A", "C", valid_from_date="2026-07-01")).status_code == 201


async def test_cars_of_different_numbers_may_take_different_successors(catalogue: Catalogue):
    assert (await catalogue.hop("A", "B", serial_to="AA5000")).status_code == 201
    assert (await catalogue.hop("A", "C", serial_from="AA4000")).status_code == 409
    assert (await catalogue.hop("A", "C", serial_from="AA5001")).status_code == 201


async def test_a_set_replaces_a_number_together(catalogue: Catalogue):
    assert (await catalogue.hop("A", "B", set_code="KIT1")).status_code == 201
    assert (await catalogue.hop("A", "C", set_code="KIT1", succeeding_quantity=2)).status_code == 201
    assert (await catalogue.hop("A", "D")).status_code == 409


async def test_a_circle_over_a_part_of_a_set_is_one(catalogue: Catalogue):
    await catalogue.hop("A", "B", set_code="KIT1")
    await catalogue.hop("A", "C", set_code="KIT1")
    refused = await catalogue.hop("C", "A")
    assert "C > A > C" in refused.json()["errors"][0]["rule"]


async def test_a_pair_interchanges_once_and_is_no_circle(catalogue: Catalogue):
    swap = {"relation_type": "interchange", "direction": "two_way"}
    assert (await catalogue.hop("A", "B", **swap)).status_code == 201
    assert (await catalogue.hop("B", "A", **swap)).status_code == 409
    one_way = {"relation_type": "interchange", "direction": "one_way"}
    assert (await catalogue.hop("C", "D", **one_way)).status_code == 201
    assert (await catalogue.hop("D", "C", **one_way)).status_code == 201


async def test_an_amendment_is_judged_like_an_opening(catalogue: Catalogue, as_user: Any):
    await catalogue.hop("A", "B")
    key = (await catalogue.hop("C", "D")).json()["key"]
    async with as_user("pia") as http:
        answer = await http.patch(
            f"/v1/part_relations/{key}",
            json={"data": {"part_id": "B", "successor_part_id": "A"}},
            headers={"If-Match": '"1"'},
        )
    assert answer.status_code == 409
    assert "B > A > B" in answer.json()["errors"][0]["rule"]


async def test_a_chain_is_at_most_so_long(catalogue: Catalogue):
    names = [f"N{n:02d}" for n in range(HOP_LIMIT + 2)]
    await catalogue.parts(*names)
    for old, new in itertools.pairwise(names[: HOP_LIMIT + 1]):
        assert (await catalogue.hop(old, new)).status_code == 201
    refused = await catalogue.hop(names[HOP_LIMIT], names[HOP_LIMIT + 1])
    assert refused.status_code == 409
    assert f"this one {HOP_LIMIT + 1}" in refused.json()["errors"][0]["rule"]


async def test_of_two_halves_of_a_circle_at_once_one_is_refused(catalogue: Catalogue):
    answers = await asyncio.gather(catalogue.hop("A", "B"), catalogue.hop("B", "A"))
    assert sorted(a.status_code for a in answers) == [201, 409]


async def test_a_kit_is_made_of_many_parts_each_once_and_of_no_kit(catalogue: Catalogue):
    kit = {"relation_type": "kit"}
    assert (await catalogue.hop("A", "B", **kit, succeeding_quantity=2)).status_code == 201
    assert (await catalogue.hop("A", "C", **kit)).status_code == 201
    twice = await catalogue.hop("A", "B", **kit)
    assert (twice.status_code, twice.json()["errors"][0]["rule"]) == (
        409,
        "a part stands in a kit once on a day",
    )
    for outer, inner in (("D", "A"), ("B", "D")):
        nested = await catalogue.hop(outer, inner, **kit)
        assert nested.json()["errors"][0]["rule"] == "a kit is made of parts, not of kits"


async def test_what_a_kit_is_made_of_is_replaced_like_any_part(catalogue: Catalogue):
    assert (await catalogue.hop("A", "B", relation_type="kit")).status_code == 201
    assert (await catalogue.hop("B", "C")).status_code == 201
    assert (await catalogue.hop("A", "D")).status_code == 201  # and a kit itself too
