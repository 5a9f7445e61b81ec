"""A regional manager writes about the region and nowhere else; the maker's planner about every region."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operational_api.documents import BY_NAME

pytestmark = [pytest.mark.db, pytest.mark.anyio]

COLLECTION = "forecast_overrides"


@pytest.fixture
def override(sample_data: Any) -> Any:
    def with_path(path: str, **more: object) -> dict[str, Any]:
        data = sample_data(BY_NAME["forecast_override"])
        return {**data, "region_path": path, **more}

    return with_path


async def test_a_region_overrides_its_own_forecast(
    network: None, as_user: Any, open_one: Any, override: Any
) -> None:
    async with as_user("ray") as http:  # MEA/GULF
        for path, series in (("MEA/GULF", "S"), ("MEA/GULF/AE", "T")):
            answer = await open_one(http, COLLECTION, data=override(path, series=series))
            assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("path", ["LATAM", "MEA", "MEA/GULFSTREAM"])
async def test_a_region_does_not_override_another_or_the_one_above(
    network: None, as_user: Any, open_one: Any, override: Any, path: str
) -> None:
    async with as_user("ray") as http:
        answer = await open_one(http, COLLECTION, data=override(path))
    assert answer.status_code == 403
    assert "outside your region MEA/GULF" in answer.json()["detail"]


async def test_an_outlet_of_another_region_cannot_be_slipped_in(
    network: None, as_user: Any, open_one: Any, override: Any
) -> None:
    async with as_user("rio") as http:  # LATAM
        answer = await open_one(http, COLLECTION, data=override("LATAM", outlet_code="AE01"))
    assert answer.status_code == 403


async def test_a_region_withdraws_its_own_override_and_leaves_the_others_alone(
    network: None, as_user: Any, open_one: Any, override: Any
) -> None:
    async with as_user("pia") as http:
        answer = await open_one(http, COLLECTION, key="O1", data=override("MEA/GULF/AE"))
        assert answer.status_code == 201, answer.text
    for name, status in (("rio", 403), ("ray", 200)):
        async with as_user(name) as http:
            answer = await http.post(f"/v1/{COLLECTION}/O1/withdraw", headers={"If-Match": '"1"'})
        assert answer.status_code == status, answer.text


async def test_a_bulk_call_holds_a_region_to_the_same_rule(
    network: None, as_user: Any, override: Any
) -> None:
    lines = [
        json.dumps({"action": "open", "key": f"O-{n}", "data": override(path)})
        for n, path in enumerate(("MEA/GULF/SA", "LATAM"))
    ]
    async with as_user("ray") as http:
        answer = await http.post(
            f"/v1/{COLLECTION}/bulk",
            content="\n".join(lines),
            headers={"Idempotency-Key": "regions", "Content-Type": "application/x-ndjson"},
        )
    told = answer.json()
    assert (told["accepted"], told["rejected"]) == (1, 1)
    assert told["errors"][0]["field"] == "region_path"
