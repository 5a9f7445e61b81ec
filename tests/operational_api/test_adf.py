"""A prospect comes in as ADF and is a lead like any other."""

from __future__ import annotations

from typing import Any

import pytest

from operational_api import adf
from operational_api.refusals import BadRequest, Invalid

pytestmark = [pytest.mark.db, pytest.mark.anyio]

PROSPECT = b"""<?ADF VERSION "1.0"?>
<?XML VERSION "1.0"?>
<adf><prospect status="new"><id sequence="1" source="portal.example">4711</id>
<requestdate>2026-02-03T15:30:20-08:00</requestdate>
<vehicle interest="buy"><make>Arden</make><model>ARO</model></vehicle>
<customer><contact primarycontact="1"><name part="first">Jo</name><name part="last">Doe</name>
<email>jo@example.org</email><phone>+971501234567</phone></contact><comments>soon</comments></customer>
<vendor><id>AE01</id><contact><name part="full">Dubai</name></contact></vendor>
<provider><name part="full">Portal</name></provider></prospect></adf>"""


def test_a_prospect_is_read_element_by_element():
    assert adf.opening(PROSPECT) == {
        "key": "adf-portal.example-4711",
        "outlet_id": "AE01",
        "data": {
            "source": "website", "campaign": "Portal", "series": "ARO", "contact_name": "Jo Doe",
            "contact_phone": "+971501234567", "contact_email": "jo@example.org",
            "arrived_at": "2026-02-03T15:30:20-08:00",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"<adf/>", "this holds 0"),
        (PROSPECT.replace(b"<adf>", b"<x>").replace(b"</adf>", b"</x>"), "begins with <adf>"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><adf/>', "no document type"),
        (PROSPECT[:200], "not well-formed"),
    ],
)
def test_what_is_no_single_prospect_is_refused_with_the_reason(text: bytes, problem: str):
    with pytest.raises(BadRequest, match=problem):
        adf.opening(text)


def test_a_prospect_without_a_vendor_names_what_to_send():
    with pytest.raises(Invalid) as told:
        adf.opening(PROSPECT.replace(b"<id>AE01</id>", b""))
    assert told.value.errors[0].remedy == "send the outlet's code as vendor/id"


async def test_a_prospect_becomes_a_lead_once_and_another_outlets_is_not_there(
    as_user: Any, network: None, new_key: Any
):
    sent = {"Idempotency-Key": new_key(), "content-type": adf.MEDIA_TYPE}
    async with as_user("ann") as http:
        first, again = [await http.post("/v1/leads/adf", content=PROSPECT, headers=sent) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 201), first.text
        assert first.json()["data"]["contact_name"] == "Jo Doe"
        assert len((await http.get("/v1/leads")).json()["items"]) == 1
    async with as_user("bob") as http:
        assert (await http.get("/v1/leads/adf-portal.example-4711")).status_code == 404
        refused = await http.post("/v1/leads/adf", content=PROSPECT, headers=sent)
        assert refused.status_code == 403  # another outlet's lead
