"""Messages in the manner of STAR: what goes out comes in again the same, and through the same door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from operational_api import star
from operational_api.documents import BY_NAME
from operational_api.refusals import BadRequest, Invalid

pytestmark = [pytest.mark.db, pytest.mark.anyio]

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
VIN = "5GZCZ43D13S812715"
REPAIR = {
    "vin": VIN, "opened_at": "2026-02-01T08:00:00Z", "odometer_km": 900, "complaint_code": "noise",
    "currency": "KWD", "estimate_minor": 12345,
    "labour": [{"operation": "A1", "pay_type": "warranty", "standard_hours": 1.5, "amount_minor": 1000}],
    "parts": [{"part_id": "P1", "pay_type": "customer", "quantity": 2, "amount_minor": 50}],
}  # fmt: skip


def answer(data: dict[str, Any]) -> dict[str, Any]:
    return {"key": "W1", "outlet_id": "AE01", "version": 3, "data": data}


def test_every_element_names_a_declared_field():
    for noun in star.NOUNS.values():
        document = BY_NAME[noun.document]
        assert set(noun.fields) - {"key"} | set(noun.lines) == {f.name for f in document.entered}
        for name, (_, fields) in noun.lines.items():
            assert set(fields) == {f.name for f in document.field(name).lines}


def test_what_goes_out_comes_in_again_the_same():
    noun = star.NOUNS["repair_order"]
    xml = star.message(noun, answer(REPAIR), now=NOW)
    assert b'<EstimatedAmount currencyID="KWD">12.345</EstimatedAmount>' in xml  # three decimals there
    assert star.opening(noun, xml) == {"key": "W1", "outlet_id": "AE01", "data": REPAIR}


def test_miles_become_kilometres():
    noun = star.NOUNS["repair_order"]
    xml = star.message(noun, answer(REPAIR), now=NOW).replace(b'unitCode="KMT">900', b'unitCode="SMI">1000')
    assert star.opening(noun, xml)["data"]["odometer_km"] == 1609


@pytest.mark.parametrize(
    "raw",
    [b"", b"<a", b"{}", b"<ProcessInvoice/>", b"\xff\xfe\x00",
     b'<!DOCTYPE a [<!ENTITY b "c">]><ProcessRepairOrder><RepairOrder/></ProcessRepairOrder>'],
)  # fmt: skip
def test_what_is_no_such_message_is_refused(raw: bytes):
    with pytest.raises(BadRequest):
        star.opening(star.NOUNS["repair_order"], raw)


def test_an_amount_finer_than_its_currency_is_told_by_field():
    noun = star.NOUNS["repair_order"]
    xml = star.message(noun, answer(REPAIR), now=NOW).replace(b"12.345", b"12.3456")
    with pytest.raises(Invalid) as refused:
        star.opening(noun, xml)
    assert refused.value.errors[0].field == "estimate_minor"


async def test_a_message_opens_a_document_through_the_same_door(
    as_user: Any, one_of_each: dict[str, str], new_key: Any
):
    xml = star.message(star.NOUNS["repair_order"], answer(REPAIR | {"parts": []}), now=NOW)
    headers = {"content-type": "application/xml"}
    async with as_user("ann") as http:
        path = "/v1/repair_orders/star"
        assert (await http.post(path, content=xml, headers=headers)).status_code == 400  # no Idempotency-Key
        opened = await http.post(path, content=xml, headers={**headers, "Idempotency-Key": new_key()})
        assert opened.status_code == 201, opened.text
        shown = await http.get("/v1/repair_orders/W1/star")
        assert (shown.status_code, shown.headers["content-type"]) == (200, "application/xml")
        assert star.opening(star.NOUNS["repair_order"], shown.content)["data"]["labour"] == REPAIR["labour"]
        # A delivery has its consequences here too: the car of the fixture is not in stock.
        data = {"vin": VIN, "customer_id": one_of_each["customer_record"], "delivered_date": "2026-03-01",
                "warranty_start_date": "2026-03-01", "odometer_km": 5, "price_minor": 100, "currency": "AED",
                "sales_channel": "retail"}  # fmt: skip
        delivery = star.message(star.NOUNS["retail_delivery"], answer(data), now=NOW)
        refused = await http.post(
            "/v1/retail_deliveries/star", content=delivery, headers={"Idempotency-Key": new_key()}
        )
        assert refused.status_code == 409
    async with as_user("bob") as http:
        assert (await http.get("/v1/repair_orders/W1/star")).status_code == 404
        assert (await http.get("/v1/leads/K/star")).status_code == 404
