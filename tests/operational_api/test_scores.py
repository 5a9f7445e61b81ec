"""Scores at work: likeliest first among those who may be contacted; a score never opens a door."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.settings import Settings
from pipelines.snapshot import Draft

pytestmark = [pytest.mark.db, pytest.mark.anyio]
YES = {"channel": "phone", "basis": "consent", "given_at": "2026-01-01T00:00:00Z", "text_version": "1"}


def _golden(draft: Draft) -> None:
    """C1 is known elsewhere, where he wants no calls; C2 has a twin at his own outlet."""
    records = [("AE01", "G1", "C1"), ("SA01", "G1", "C7"), ("AE01", "G2", "C2"), ("AE01", "G2", "C5")]
    columns = ["outlet_id", "golden_id", "customer_id"]
    draft.add("bridge_customer_record", pl.DataFrame(records, schema=columns, orient="row"))
    said = [("AE01", "G1", "contact_refusal", "all", "phone", "refused", "C7"),
            ("AE01", "G2", "consent", "marketing", "phone", "withdrawn", "C2"),
            ("AE01", "G2", "consent", "marketing", "sms", "withdrawn", "C99")]  # fmt: skip
    columns = ["outlet_id", "golden_id", "kind", "purpose", "channel", "standing", "said_of_customer_id"]
    draft.add("mart_customer_permission", pl.DataFrame(said, schema=columns, orient="row"))


def publish(root: Path, *, golden: bool = False) -> None:
    """Six leads at AE01, likelier by number; L7 stands at SA01."""
    draft = Draft(root)
    draft.add(
        "mart_lead_score",
        pl.DataFrame(
            {
                "lead_id": [f"L{n}" for n in range(1, 8)],
                "customer_id": ["C1", "C2", "C3", "C4", "C5", None, "C7"],
                "outlet_id": ["AE01"] * 6 + ["SA01"],
                "probability": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
                "reason_1": ["level: H (+2.0)"] * 7,
                "reason_2": [None] * 7,
                "reason_3": [None] * 7,
            },
            schema_overrides={"reason_2": pl.String, "reason_3": pl.String},
        ),
    )
    empty = dict.fromkeys(("vin", "customer_id", "outlet_id", "reason_1", "reason_2", "reason_3"), pl.String)
    draft.add("mart_service_return", pl.DataFrame(schema={**empty, "probability": pl.Float64}))
    if golden:
        _golden(draft)
    draft.publish(as_of_date=date(2026, 6, 1), code_version="1", feed={"epoch": "e", "hi": 1}, checks=[],
                  metrics=[], counts={})  # fmt: skip


async def load(as_user: Any, new_key: Any, collection: str, outlet: str, **rows: dict[str, Any]) -> None:
    lines = [{"action": "open", "key": k, "outlet_id": outlet, "data": d} for k, d in rows.items()]
    async with as_user("ada") as http:
        answer = await http.post(
            f"/v1/{collection}/bulk?history=true",
            content="\n".join(json.dumps(line) for line in lines),
            headers={"Idempotency-Key": new_key()},
        )
    assert answer.json()["accepted"] == len(lines), answer.text


@pytest.fixture
async def people(network, as_user, new_key, settings: Settings) -> None:
    """C1 and C2 agreed; C3 agreed and is blacklisted; C4 agreed and wants no contact; C5 never answered."""
    publish(settings.snapshots_dir)
    person = {"customer_type": "person", "source": "desk", "country": "AE"}
    await load(as_user, new_key, "customer_records", "AE01", **{f"C{n}": person for n in range(1, 6)})
    await load(as_user, new_key, "customer_records", "SA01", C7=person)
    yes = {
        f"K{n}": {**YES, "customer_id": f"C{n}", "purpose": "marketing", "proof": "form"} for n in range(1, 5)
    }
    await load(as_user, new_key, "consents", "AE01", **yes)
    listed = {"customer_id": "C3", "reason": "abuse", "listed_at": "2026-02-01T00:00:00Z"}
    await load(as_user, new_key, "blacklist_entries", "AE01", B1=listed)
    refused = {"customer_id": "C4", "channel": "all", "requested_at": "2026-02-01T00:00:00Z"}
    await load(as_user, new_key, "contact_refusals", "AE01", R1=refused)


async def test_an_audience_holds_who_may_be_contacted_likeliest_first_and_counts_the_others(people, as_user):
    async with as_user("ann") as http:
        found = (await http.get("/v1/audiences/leads", params={"channel": "phone"})).json()
    assert [i["lead_id"] for i in found["items"]] == ["L2", "L1"]
    assert found["items"][0]["reasons"] == ["level: H (+2.0)"]
    # C3, C4, C5 and the lead without a record; SA01's is not counted: it does not exist for her
    assert found["left_out"] == {"blacklisted": 1, "refused": 1, "no_permission": 2}


async def test_consent_for_the_phone_is_none_for_a_text(people, as_user):
    async with as_user("ann") as http:
        found = (await http.get("/v1/audiences/leads", params={"channel": "sms"})).json()
    assert found["items"] == []


async def test_a_withdrawal_of_this_morning_counts_this_morning(people, as_user):
    async with as_user("ann") as http:
        moved = await http.post(
            "/v1/consents/K2/withdraw",
            json={"data": {"withdrawn_at": "2026-06-01T08:00:00Z", "withdrawal_proof": "call"}},
            headers={"If-Match": '"1"'},
        )
        assert moved.status_code == 200, moved.text
        found = (await http.get("/v1/audiences/leads", params={"channel": "phone"})).json()
    assert [i["lead_id"] for i in found["items"]] == ["L1"]
    assert found["left_out"]["withdrawn"] == 1


async def test_a_no_at_another_outlet_outweighs_the_yes_of_this_one(people, as_user, settings: Settings):
    """What the last run knew of a record in scope is asked again: C2 was withdrawn then and agrees now."""
    publish(settings.snapshots_dir, golden=True)
    async with as_user("ann") as http:
        found = (await http.get("/v1/audiences/leads", params={"channel": "phone"})).json()
    assert [i["lead_id"] for i in found["items"]] == ["L2"]
    assert found["left_out"] == {"blacklisted": 1, "refused": 2, "no_permission": 2}


async def test_the_verdict_on_a_customer_hears_what_other_outlets_wrote_and_shows_no_record(
    people, as_user, settings: Settings
):
    """C1 refused calls at SA01: no call from here, a recall still goes out, and C7 is nobody to her."""

    async def verdict(customer: str, **more: str) -> Any:
        query = {"purpose": "marketing", "channel": "phone"} | more
        async with as_user("ann") as http:
            return await http.get(f"/v1/persons/{customer}/contact", params=query)

    assert (await verdict("C1")).json()["is_allowed"]  # nobody knows yet who is who
    publish(settings.snapshots_dir, golden=True)
    told = (await verdict("C1")).json()
    assert (told["is_allowed"], told["reason"]) == (False, "refused")
    assert (await verdict("C1", direction="inbound")).json()["is_allowed"]
    assert (await verdict("C1", purpose="safety")).json()["reason"] == "legal_duty"
    assert (await verdict("C7")).status_code == 404
    async with as_user("ann") as http:
        listed = (await http.get("/v1/persons/C1/permissions")).json()["verdicts"]
    assert [v["reason"] for v in listed if (v["purpose"], v["channel"]) == ("marketing", "phone")] == [
        "refused"
    ]


async def test_a_no_of_a_persons_other_record_counts_at_once(people, as_user, new_key, settings: Settings):
    publish(settings.snapshots_dir, golden=True)
    refused = {"customer_id": "C5", "channel": "phone", "requested_at": "2026-06-01T00:00:00Z"}
    await load(as_user, new_key, "contact_refusals", "AE01", R2=refused)
    async with as_user("ann") as http:
        found = (await http.get("/v1/audiences/leads", params={"channel": "phone"})).json()
    assert found["items"] == []
    assert found["left_out"] == {"blacklisted": 1, "refused": 4, "no_permission": 1}


async def test_chances_bound_an_audience(people, as_user):
    async with as_user("ann") as http:
        found = (await http.get("/v1/audiences/leads", params={"channel": "phone", "most": 0.15})).json()
    assert [i["lead_id"] for i in found["items"]] == ["L1"]


async def test_the_work_list_puts_the_likeliest_first_and_lifts_nobody_who_may_not_be_contacted(
    people, as_user, new_key
):
    lead = {"source": "web", "arrived_at": "2026-05-01T09:00:00Z"}
    leads = {f"L{n}": {**lead, "customer_id": f"C{n}"} for n in range(1, 6)}
    await load(as_user, new_key, "leads", "AE01", **leads)
    task = {"rule_code": "FIRST_CONTACT", "due_date": "2026-06-02"}
    tasks = {f"T{n}": {**task, "lead_id": f"L{n}", "customer_id": f"C{n}"} for n in range(1, 6)}
    late = {"T9": {**task, "due_date": "2026-05-20", "customer_id": "C5"}}
    await load(as_user, new_key, "contact_tasks", "AE01", **tasks, **late)
    async with as_user("ann") as http:
        items = (await http.get("/v1/work_list", params={"day": "2026-06-02"})).json()["items"]
    assert [i["contact_task_id"] for i in items] == ["T9", "T2", "T1", "T3", "T4", "T5"]
    assert [i.get("chance") for i in items] == [None, 0.2, 0.1, None, None, None]
    assert items[1]["reasons"] == ["level: H (+2.0)"]


async def test_an_engineer_has_no_audience(people, as_user):
    async with as_user("dan") as http:
        assert (await http.get("/v1/audiences/leads", params={"channel": "phone"})).status_code == 404
