"""The audit tells who changed what, to those who may know, and nothing of anybody else's."""

from __future__ import annotations

import io

import polars as pl
import pytest

pytestmark = [pytest.mark.db, pytest.mark.anyio]
LEAD = {"source": "web", "arrived_at": "2026-01-01T00:00:00Z", "contact_name": "Amina Rahal"}


@pytest.fixture
async def leads(network, as_user, open_one) -> None:
    """L1 at AE01 by ann, amended by abe; L2 at SA01 by bob."""
    async with as_user("ann") as http:
        assert (await open_one(http, "leads", key="L1", data=LEAD)).status_code == 201
        for version, data in ((1, {"source": "phone"}), (2, {"contact_name": "=Amina"})):
            answer = await http.patch(
                "/v1/leads/L1", json={"data": data}, headers={"If-Match": f'"{version}"'}
            )
            assert answer.status_code == 200, answer.text
    async with as_user("bob") as http:
        assert (await open_one(http, "leads", key="L2", data=LEAD)).status_code == 201


async def test_the_audit_says_who_changed_which_field_from_what_to_what(leads, as_user):
    async with as_user("ann") as http:
        found = (await http.get("/v1/audit", params={"document": "lead"})).json()
    newest, amended, opened = found["items"]
    assert (amended["actor"], amended["key"], amended["version"], amended["action"]) == (
        "ann", "L1", 2, "amend",
    )  # fmt: skip
    assert amended["changes"] == [{"field": "source", "old": "web", "new": "phone"}]
    assert {"field": "source", "old": None, "new": "web"} in opened["changes"]
    assert (newest["changes"], newest["personal_changed"]) == ([], ["contact_name"])
    assert found["next"] is None


async def test_another_outlets_changes_are_not_in_it_and_a_clerk_may_not_ask(leads, as_user):
    seen = {}
    for name in ("ann", "bob", "two", "ray", "rio", "ada"):
        async with as_user(name) as http:
            items = (await http.get("/v1/audit", params={"document": "lead", "field": "source"})).json()[
                "items"
            ]
            seen[name] = sorted({i["key"] for i in items})
    both = ["L1", "L2"]
    assert seen == {"ann": ["L1"], "bob": ["L2"], "two": both, "ray": both, "rio": [], "ada": both}
    async with as_user("abe") as http:
        assert (await http.get("/v1/audit")).status_code == 403
    async with as_user("dan") as http:  # reads no leads, so there are none
        assert (await http.get("/v1/audit", params={"document": "lead"})).status_code == 404
        assert "lead" not in {i["document"] for i in (await http.get("/v1/audit")).json()["items"]}


async def test_filters_narrow_and_pages_go_on_where_the_last_one_ended(leads, as_user):
    async with as_user("ada") as http:
        get = lambda **params: http.get("/v1/audit", params=params)  # noqa: E731
        assert [i["key"] for i in (await get(actor="bob")).json()["items"]] == ["L2"]
        by_field = (await get(document="lead", field="contact_name")).json()["items"]
        assert [(i["key"], i["version"]) for i in by_field] == [("L1", 3)]
        assert (await get(recorded_from="2999-01-01T00:00:00Z")).status_code == 422
        assert (await get(recorded_from="2199-01-01T00:00:00Z")).json()["items"] == []
        assert (await get(after="x")).status_code == 422
        everything = (await get(limit=500)).json()["items"]
        paged, after = [], None
        while True:
            page = (await get(limit=2, **({"after": after} if after else {}))).json()
            paged += page["items"]
            after = page["next"]
            if after is None:
                break
    assert paged == everything
    assert len(paged) == len({(i["document"], i["key"], i["version"]) for i in paged}) == 8


async def test_a_sheet_of_it_holds_the_same_and_no_personal_value(leads, as_user):
    async with as_user("ann") as http:
        csv = await http.get("/v1/audit", params={"format": "csv", "document": "lead"})
        xlsx = await http.get("/v1/audit", params={"format": "xlsx", "document": "lead"})
    rows = pl.read_csv(csv.content)
    amended = rows.filter(field="source", version=2).row(0, named=True)
    assert (amended["actor"], amended["old"], amended["new"]) == ("ann", "web", "phone")
    assert rows.filter(field="contact_name")["new"].to_list() == [None]
    assert b"Amina" not in csv.content
    sheet = pl.read_excel(io.BytesIO(xlsx.content))
    assert sheet.height == rows.height
    assert "Amina" not in str(sheet.rows())
