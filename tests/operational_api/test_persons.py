"""One person: contacted as he allowed, told all that is held, forgotten when he asks, and not found again."""

from __future__ import annotations

import json

import pytest

from operational_api.compiled_erasure import ERASABLE, follows
from operational_api.documents import BY_NAME

pytestmark = [pytest.mark.db, pytest.mark.anyio]
AMINA = {
    "customer_type": "person", "given_name": "Amina", "family_name": "Zahrawi", "phone": "+971 50 123 4567",
    "email": "Amina.Zahrawi@example.com", "national_id": "784-1990-7", "source": "desk",
}  # fmt: skip
CONSENT = {
    "customer_id": "C1", "purpose": "marketing", "channel": "phone", "basis": "consent",
    "given_at": "2026-01-01T00:00:00Z", "text_version": "v3", "proof": "form of Amina Zahrawi",
}  # fmt: skip


@pytest.fixture
async def amina(network, as_user, open_one) -> None:
    """C1 at AE01, a consent, and a lead at SA01 that carries her phone in another spelling."""
    async with as_user("ann") as http:
        assert (await open_one(http, "customer_records", key="C1", data=AMINA)).status_code == 201
        assert (await open_one(http, "consents", key="N1", data=CONSENT)).status_code == 201
    lead = {"source": "web", "arrived_at": "2026-01-01T00:00:00Z", "contact_name": "A. Zahrawi",
            "contact_phone": "050 123 4567", "competitor": "kept"}  # fmt: skip
    async with as_user("bob") as http:
        assert (await open_one(http, "leads", key="L1", data=lead)).status_code == 201


async def erase(http) -> None:
    answer = await http.post("/v1/customer_records/C1/erase", json={}, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text


async def may(http, **asked) -> tuple[bool, str]:
    answer = (await http.get("/v1/persons/C1/contact", params={"channel": "phone", **asked})).json()
    return answer["is_allowed"], answer["reason"]


async def test_withdrawing_is_one_move_and_counts_at_once(amina, as_user):
    async with as_user("abe") as http:
        assert await may(http, purpose="marketing") == (True, "permitted")
        withdrawn = await http.post("/v1/consents/N1/withdraw", json={}, headers={"If-Match": '"1"'})
        assert withdrawn.status_code == 200
        assert await may(http, purpose="marketing") == (False, "withdrawn")


async def test_lists_are_read_within_the_outlet(amina, as_user, open_one):
    async with as_user("ann") as http:
        entry = {"customer_id": "C1", "reason": "abuse", "listed_at": "2026-01-02T00:00:00Z"}
        assert (await open_one(http, "blacklist_entries", data=entry)).status_code == 201
        assert await may(http, purpose="marketing") == (False, "blacklisted")
        assert await may(http, purpose="safety") == (True, "legal_duty")
        assert await may(http, purpose="contract", direction="inbound") == (True, "inbound")
    async with as_user("bob") as http:
        answer = await http.get("/v1/persons/C1/contact", params={"purpose": "safety", "channel": "sms"})
        assert answer.status_code == 404
        assert (await http.get("/v1/persons/C1/export")).status_code == 404


async def test_an_export_holds_every_document_about_the_person(amina, as_user):
    async with as_user("abe") as http:
        assert (await http.get("/v1/persons/C1/export")).status_code == 403
    async with as_user("ann") as http:
        told = (await http.get("/v1/persons/C1/export")).json()["documents"]
    assert told["customer_record"][0]["data"] == AMINA
    assert told["consent"][0]["data"]["proof"] == CONSENT["proof"]
    assert told["consent"][0]["history"][0]["action"] == "open"
    assert "lead" not in told  # another outlet's


async def test_erasing_takes_what_refers_to_her_and_what_carries_her_phone_anywhere(amina, as_user, owner):
    async with as_user("ann") as http:
        await erase(http)
        consent = (await http.get("/v1/consents/N1")).json()
        history = (await http.get("/v1/consents/N1/history")).json()
    assert "proof" not in consent["data"]
    assert consent["data"]["text_version"] == "v3"  # what was allowed stays known; who did not
    assert (history[0]["action"], "proof" in history[0]["personal_changed"]) == ("erase", True)
    async with as_user("bob") as http:
        lead = (await http.get("/v1/leads/L1")).json()
    assert lead["data"].keys() == {"source", "arrived_at", "competitor"}
    assert lead["data"]["competitor"] == "kept"
    for table in ("doc.customer_record", "doc.consent", "doc.lead", "api.change", "api.idempotency",
                  "api.suppression"):  # fmt: skip
        rows = str(await owner.fetch(f"table {table}"))
        assert "ahrawi" not in rows, table
        assert "4567" not in rows, table
    drift = """select count(*) from doc.lead t join api.change c on c.document = 'lead' and c.key = t.lead_id
                and c.version = t.version where c.after = api.plain_lead(t)"""
    assert await owner.fetchval(drift) == 1  # the audit knows of it


async def test_the_next_file_does_not_bring_her_back_in_any_spelling(amina, as_user, open_one, new_key):
    async with as_user("ann") as http:
        await erase(http)
        for field, value in (("phone", "0097150-1234567"), ("email", " amina.zahrawi@EXAMPLE.com ".strip()),
                             ("national_id", "784 1990 7")):  # fmt: skip
            data = {"customer_type": "person", "source": "file", field: value}
            single = await open_one(http, "customer_records", key=f"X-{field}", data=data)
            assert (single.status_code, single.json()["errors"][0]["field"]) == (422, field), single.text
            assert "erased on request" in single.json()["errors"][0]["rule"]
        lines = [{"action": "open", "key": "X1", "data": {"customer_type": "person", "source": "file",
                                                            "phone": "0501234567"}},
                 {"action": "open", "key": "X2", "data": {"customer_type": "person", "source": "file",
                                                            "phone": "0509999999"}}]  # fmt: skip
        content = "\n".join(json.dumps(line) for line in lines)
        told = (await http.post("/v1/customer_records/bulk", content=content,
                                headers={"Idempotency-Key": new_key()})).json()  # fmt: skip
    assert (told["accepted"], told["rejected"], told["errors"][0]["key"]) == (1, 1, "X1")


async def test_whoever_consents_anew_is_a_customer_again(amina, as_user, open_one):
    plain = {"customer_type": "person", "source": "desk"}
    async with as_user("ann") as http:
        await erase(http)
        assert (await open_one(http, "customer_records", key="C2", data=plain)).status_code == 201
        again = {**CONSENT, "customer_id": "C2"}
        assert (await open_one(http, "consents", key="N2", data=again)).status_code == 201
        phone = {"data": {"phone": AMINA["phone"]}}
        amended = await http.patch("/v1/customer_records/C2", json=phone, headers={"If-Match": '"1"'})
        assert amended.status_code == 200, amended.text
        stranger = {**plain, "phone": AMINA["phone"]}  # the consent of one record opens no other
        assert (await open_one(http, "customer_records", key="C3", data=stranger)).status_code == 422


async def test_an_erasure_that_is_refused_remembers_nothing(amina, as_user, owner):
    async with as_user("abe") as http:
        answer = await http.post("/v1/customer_records/C1/erase", json={}, headers={"If-Match": '"1"'})
        assert answer.status_code == 403
    assert await owner.fetchval("select count(*) from api.suppression") == 0


async def test_every_type_with_persons_that_refers_to_a_customer_goes_with_him():
    (customer,) = ERASABLE
    left_out = {d.name for d in BY_NAME.values() if d.personal and not follows(d, customer)}
    assert left_out <= {"customer_record", "staff", "quarantine_row"}


async def test_the_desks_customer_page_shows_who_may_be_contacted_and_how(amina, as_user):
    async with as_user("ann") as http:
        http.cookies.set("dms_desk", http.headers["authorization"].removeprefix("Bearer "))
        page = (await http.get("/desk/documents/customer_records/C1")).text
        assert 'id="permissions"' in page
        assert "yes <span" in page.split("marketing")[-1]  # by phone, as the consent says
        assert "no permission" in page
        entry = (await http.get("/desk/documents/consents/new?customer_id=C1")).text
        assert 'value="C1"' in entry
        other = (await http.get("/desk/documents/consents/N1")).text
        assert 'id="permissions"' not in other
