"""Every route x role x own or another's outlet; every field x role x state, against a slow reading."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from fastapi import FastAPI

from operational_api import payload
from operational_api.access import Actor, grants_of
from operational_api.document import DEALER, Document, Grant, Kind
from operational_api.documents import BY_NAME, DOCUMENTS
from operational_api.field_rules import ANYWHERE, FIELD_RULES, PERSONAL, Access
from operational_api.insights import formats
from operational_api.insights.reader import read_page
from operational_api.insights.selection import Selection
from operational_api.policy import MASK, access_to, veils
from pipelines.snapshot import Column, Draft, open_snapshot

pytestmark = [pytest.mark.db, pytest.mark.anyio]
STAFF = sorted(DEALER)
OFFICES = ["regional_manager", "oem_planner", "oem_finance", "oem_quality", "data_engineer", "admin"]
Signed = Callable[[Actor], Any]


def staff(position: Grant, outlet: str) -> Actor:
    grants = grants_of("dealer_staff", frozenset({position}))
    return Actor(f"{position}-{outlet}", "dealer_staff", grants, (outlet,), None, "en")


def office(role: str) -> Actor:
    region = "MEA" if role == "regional_manager" else None
    return Actor(role, role, grants_of(role, frozenset()), () if region else None, region, "en")


@pytest.fixture
def signed(application: FastAPI) -> Signed:
    @asynccontextmanager
    async def client(actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            token = application.state.access.issue(actor)
            http.headers["authorization"] = f"Bearer {token}"
            http.cookies.set("dms_desk", token)
            yield http

    return client


def expected(grants: frozenset[Grant], place: str, field: Any, state: str) -> Access:
    """The table read from the bottom: the first rule that fits a grant decides; the widest grant counts."""
    found = [Access.HIDDEN]
    for grant in grants:
        access = Access.WRITE
        for rule in reversed(FIELD_RULES):
            is_here = place in rule.places or ANYWHERE in rule.places
            is_field = field.name in rule.fields or (field.personal and PERSONAL in rule.fields)
            if grant in rule.grants and is_here and is_field and (not rule.states or state in rule.states):
                access = rule.access
                break
        found.append(Access.HIDDEN if grant in field.hidden_from else access)
    return max(found)


def test_every_rule_names_what_there_is() -> None:
    for rule in FIELD_RULES:
        for place in set(rule.places) & set(BY_NAME):
            assert set(rule.fields) <= {PERSONAL, *BY_NAME[place].by_name}, rule
            assert set(rule.states) <= set(BY_NAME[place].states), rule
        assert rule.why
        known = {ANYWHERE, *BY_NAME, "dim_customer", "mart_order_pipeline"}
        assert set(rule.places) <= known, rule


def test_every_field_in_every_state_is_what_the_table_says_for_every_grant() -> None:
    for document in DOCUMENTS:
        for grant in document.read_by:
            grants = frozenset({grant})
            words = set(veils(grants, document))
            for field in document.fields:
                for state in document.states:
                    access = expected(grants, document.name, field, state)
                    assert access_to(grants, document, field, state) is access
                    told = {s for s in ("", "~", "!") if {s + field.name, f"{s}{field.name}@{state}"} & words}
                    wanted = {
                        Access.HIDDEN: {"", "!"}, Access.MASKED: {"~", "!"}, Access.READ: {"!"},
                        Access.WRITE: set(),
                    }  # fmt: skip
                    assert told == wanted[access], (document.name, grant, field.name, state)


def test_whoever_may_open_or_move_may_write_what_that_needs() -> None:
    for document in DOCUMENTS:
        for grant in document.open_by:
            for field in document.fields:
                for state in document.opens_in:
                    access = access_to(frozenset({grant}), document, field, state)
                    assert not field.required or access is not Access.READ, (document.name, grant, field.name)
        for move in document.moves:
            for grant in move.by:
                for name in move.needs:
                    for state in move.sources:
                        access = access_to(frozenset({grant}), document, document.field(name), state)
                        assert access is Access.WRITE, (document.name, move.name, grant, name, state)


async def test_every_role_reaches_what_it_may_at_its_own_outlet_and_nothing_of_another(
    signed, one_of_each
) -> None:
    """Reading, a list, a change and an opening of every type; requests are such that they write nothing."""
    own = [*(staff(p, "AE01") for p in STAFF), *(office(r) for r in OFFICES)]
    for actor in own:
        async with signed(actor) as http:
            for document in DOCUMENTS:
                await _judge_own(http, actor, document, one_of_each[document.name])
    foreign = [*(staff(p, "SA01") for p in STAFF), Actor("rio", "regional_manager",
               frozenset({Grant.REGIONAL_MANAGER}), (), "LATAM", "en")]  # fmt: skip
    for actor in foreign:
        async with signed(actor) as http:
            for document in (d for d in DOCUMENTS if d.is_tenant):
                path = f"/v1/{document.collection}/{one_of_each[document.name]}"
                for action in payload.actions(document)[:1]:
                    sent = await http.request(*_address(path, action), json={}, headers={"If-Match": '"9"'})
                    assert sent.status_code == 404, (actor.subject, path)
                assert (await http.get(path)).status_code == 404, (actor.subject, path)


def _address(path: str, action: str) -> tuple[str, str]:
    return ("PATCH", path) if action == "amend" else ("POST", f"{path}/{action}")


async def _judge_own(http: httpx.AsyncClient, actor: Actor, document: Document, key: str) -> None:
    who, path = (actor.subject, document.name), f"/v1/{document.collection}/{key}"
    reads = not actor.grants.isdisjoint(document.read_by)
    opens = not actor.grants.isdisjoint(document.open_by)
    one = await http.get(path)
    assert one.status_code == (200 if reads else 404), who
    opening = await http.post(
        f"/v1/{document.collection}", json={}, headers={"Idempotency-Key": "never used"}
    )
    assert opening.status_code == (422 if opens else 403 if reads else 404), who
    if document.moves:  # stale for whoever sees it: that is told before whether he may
        move = document.moves[0].name
        moved = await http.post(f"{path}/{move}", json={}, headers={"If-Match": '"9"'})
        beyond = document.region is not None and actor.region_path is not None  # the sample's is no region
        assert moved.status_code == (404 if not reads else 403 if beyond else 412), who
    if not reads:
        return
    row = one.json()
    listed = (await http.get(f"/v1/{document.collection}", params={"limit": 1})).json()["items"]
    assert key not in {r["key"] for r in listed} or listed == [row], who
    readers = actor.grants & document.read_by
    for field in document.fields:
        access = expected(readers, document.name, field, row["state"])
        value = row["data"].get(field.name)
        assert access is not Access.HIDDEN or field.name not in row["data"], (who, field.name)
        assert (value == MASK) == (access is Access.MASKED and value is not None), (who, field.name)
        if field.required:
            assert (value is None) == (access is Access.HIDDEN), (who, field.name)


async def test_a_move_is_refused_to_every_role_that_may_not_make_it(signed, one_of_each, owner) -> None:
    for actor in (*(staff(p, "AE01") for p in STAFF), *(office(r) for r in OFFICES)):
        async with signed(actor) as http:
            for document in (d for d in DOCUMENTS if actor.grants & d.read_by):
                path = f"/v1/{document.collection}/{one_of_each[document.name]}"
                there = (await http.get(path)).json()
                for move in document.moves_from(there["state"]):
                    if actor.grants.isdisjoint(move.by):
                        seen = {"If-Match": f'"{there["version"]}"'}
                        sent = await http.post(f"{path}/{move.name}", json={}, headers=seen)
                        assert sent.status_code == 403, (actor.subject, document.name, move.name)
                        break  # one of each type is enough: they are told apart by one statement
    by_them = "select count(*) from api.change where version > 1 and actor <> 'ada'"
    assert await owner.fetchval(by_them) == 0


async def test_a_rule_that_names_a_state_holds_in_that_state_alone(signed, network, open_one) -> None:
    consultant, manager = staff(Grant.CONSULTANT, "AE01"), staff(Grant.DEALER_MANAGER, "AE01")
    lead = {"source": "web", "arrived_at": "2026-01-01T00:00:00Z", "contact_phone": "+971 50 123"}
    async with signed(consultant) as http:
        key = (await open_one(http, "leads", data=lead)).json()["key"]
        path = f"/v1/leads/{key}"
        amended = await http.patch(path, json={"data": {"source": "phone"}}, headers={"If-Match": '"1"'})
        assert amended.status_code == 200  # still new
        valid = await http.post(f"{path}/validate", json={}, headers={"If-Match": '"2"'})
        assert valid.json()["data"]["contact_phone"] == "+971 50 123"
        denied = await http.patch(path, json={"data": {"source": "web"}}, headers={"If-Match": '"3"'})
        assert (denied.status_code, denied.json()["errors"][0]["field"]) == (403, "source")
        line = f'{{"action":"amend","key":"{key}","version":3,"data":{{"source":"web"}}}}'
        bulk = await http.post("/v1/leads/bulk", content=line, headers={"Idempotency-Key": "b"})
        assert bulk.json()["errors"][0]["code"] == "denied"
        ended = await http.post(f"{path}/mark_duplicate", json={}, headers={"If-Match": '"3"'})
        assert ended.json()["data"]["contact_phone"] == MASK  # in the answer to the move itself
        assert (await http.get("/v1/leads", params={"contact_phone": "+971 50 123"})).status_code == 422
        page = (await http.get(f"/desk/documents/leads/{key}")).text
        assert MASK in page
        assert "+971 50 123" not in page
    async with signed(manager) as http:
        assert (await http.get(path)).json()["data"]["contact_phone"] == "+971 50 123"


async def test_who_may_not_see_a_value_may_give_it_once_and_never_change_it(
    signed, network, open_one
) -> None:
    planner = office("oem_planner")
    data = {"source": "call", "arrived_at": "2026-01-01T00:00:00Z", "contact_name": "Amina"}
    async with signed(planner) as http:
        opened = (await open_one(http, "leads", outlet_id="AE01", data=data)).json()
        assert opened["data"]["contact_name"] == MASK
        path = f"/v1/leads/{opened['key']}"
        sent = await http.patch(path, json={"data": {"contact_name": "B"}}, headers={"If-Match": '"1"'})
        assert (sent.status_code, sent.json()["errors"][0]["field"]) == (403, "contact_name")


async def test_no_veiled_value_leaves_by_any_format_of_a_published_table(tmp_path: Path) -> None:
    """Two customers, one inactive; a secret in every personal field."""
    document = BY_NAME["customer_record"]
    secrets = {f.name: [f"first-{f.name}", f"second-{f.name}"] for f in document.personal}
    frame = pl.DataFrame({"outlet_id": ["A", "A"], "state": ["active", "inactive"], **secrets})
    draft = Draft(tmp_path)
    columns = [Column(f.name, "", "", (Grant.DATA_ENGINEER,), True) for f in document.personal]
    draft.add("dim_customer", frame, columns=columns)
    draft.publish(as_of_date=date(2026, 1, 1), code_version="c", feed={})
    snapshot = open_snapshot(tmp_path)
    for actor in (*(staff(p, "A") for p in STAFF), *(office(r) for r in OFFICES if r != "regional_manager")):
        page = read_page(snapshot, actor, "dim_customer", Selection())
        told = {kind: formats.render(page, kind) for kind in formats.Format}
        sheet = pl.read_excel(io.BytesIO(told[formats.Format.XLSX]), sheet_name="data").rows()
        texts = [told[formats.Format.JSON].decode(), told[formats.Format.CSV].decode(), str(sheet)]
        texts.append(str(pl.read_ipc_stream(io.BytesIO(told[formats.Format.ARROW])).rows()))
        for field in document.personal:
            for order, state in (("first", "active"), ("second", "inactive")):
                access = expected(actor.grants, "dim_customer", field, state)
                wanted = access >= Access.READ
                assert [f"{order}-{field.name}" in t for t in texts] == [wanted] * 4, (actor, field.name)


async def test_a_list_taken_away_has_the_masks_of_the_list(signed, one_of_each) -> None:
    """Every dealer's role and office over persons, as CSV and as Excel."""
    document = BY_NAME["customer_record"]
    for actor in (*(staff(p, "AE01") for p in STAFF), *(office(r) for r in OFFICES)):
        readers = actor.grants & document.read_by
        if not readers:
            continue
        async with signed(actor) as http:
            csv = (await http.get("/v1/customer_records", params={"format": "csv"})).text
            xlsx = await http.get("/v1/customer_records", params={"format": "xlsx"})
        sheet = str(pl.read_excel(io.BytesIO(xlsx.content), sheet_id=1).rows())
        for field in document.personal:
            secret = f"x-{field.name}"  # as the sample has it, where it is a text
            access = expected(readers, document.name, field, "active")
            if field.kind is Kind.TEXT:
                assert [secret in csv, secret in sheet] == [access >= Access.READ] * 2, (
                    actor.subject,
                    secret,
                )
