"""Messages in the manner of STAR: what goes out comes in again the same, and through the same door."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from operational_api import star
from operational_api.document import Field, Kind
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


SAMPLE = {
    Kind.INTEGER: 7, Kind.MONEY: 12_345, Kind.DECIMAL: Decimal("1.5"), Kind.DATE: "2026-03-01",
    Kind.INSTANT: "2026-03-01T09:00:00Z", Kind.VIN: VIN, Kind.CURRENCY: "KWD", Kind.BOOLEAN: "true",
}  # fmt: skip


def sample(field: Field) -> Any:
    if field.kind is Kind.LINES:
        return [{f.name: sample(f) for f in field.lines}] * 2
    return field.choices[0] if field.choices else SAMPLE.get(field.kind, f"{field.name} & <1>")


@pytest.mark.parametrize("name", star.NOUNS)
def test_every_field_of_a_noun_goes_out_and_comes_in_equal(name: str):
    noun, data = star.NOUNS[name], {f.name: sample(f) for f in BY_NAME[name].entered}
    assert star.opening(noun, star.message(noun, answer(data), now=NOW)) == {
        "key": "W1", "outlet_id": "AE01", "data": data,
    }  # fmt: skip


def lined(noun: star.Noun, data: dict[str, Any]) -> str:
    root = ET.fromstring(star.message(noun, answer(data), now=NOW))
    ET.indent(root)
    ET.register_namespace("", star.NAMESPACE)
    return ET.tostring(root, encoding="unicode")


HEADER, LABOUR = "RepairOrderHeader", "Job/ServiceLabor"


@pytest.mark.parametrize(
    ("old", "new", "element", "rule"),
    [
        ("12.345", "12.3456", f"{HEADER}/EstimatedAmount", "finer than it can be"),
        ("12.345", "-1", f"{HEADER}/EstimatedAmount", "too little"),
        ("12.345", "1e3", f"{HEADER}/EstimatedAmount", "is no number"),
        ('currencyID="KWD">12.345', 'currencyID="JPY">12', f"{HEADER}/EstimatedAmount", "amount in JPY"),
        ("08:00:00Z", "08:00:00", f"{HEADER}/RepairOrderOpenedDateTime", "is unreadable"),
        ('"KMT"', '"LY"', f"{HEADER}/InDistanceMeasure", "unitCode LY is not in the code list"),
        (">warranty<", ">goodwill<", f"{LABOUR}/PaymentTypeCode", "goodwill is not in the code list"),
        ("<LaborOperationID>A1</LaborOperationID>", "", f"{LABOUR}/LaborOperationID", "required"),
        ("<CurrencyCode>KWD</CurrencyCode>", "<CurrencyCode/>", f"{HEADER}/CurrencyCode", "required"),
        ("<CurrencyCode>", "<Curency>KWD</Curency><CurrencyCode>", f"{HEADER}/Curency", "not of the"),
        ("<CurrencyCode>", "<CurrencyCode>KWD</CurrencyCode><CurrencyCode>", f"{HEADER}/CurrencyCode",
         "stands 2 times"),
        ("KWD</CurrencyCode>", "KWD<a/></CurrencyCode>", f"{HEADER}/CurrencyCode", "not elements"),
    ],
)  # fmt: skip
def test_what_breaks_the_structure_is_told_by_element_line_rule_and_remedy(
    old: str, new: str, element: str, rule: str
):
    noun = star.NOUNS["repair_order"]
    text = lined(noun, REPAIR)
    assert text.count(old) == 1
    with pytest.raises(Invalid) as refused:
        star.opening(noun, text.replace(old, new).encode())
    told = next(e for e in refused.value.errors if e.field == element)
    assert rule in told.rule
    assert told.remedy
    line = int(told.rule.split()[1].rstrip(":"))
    if "required" not in rule:  # a missing element has no line: that of the one it is missing in is told
        assert element.rpartition("/")[2] in text.replace(old, new).splitlines()[line - 1]


def test_every_fault_of_a_message_is_told_and_not_the_first_alone():
    noun = star.NOUNS["retail_delivery"]
    verb = "ProcessRetailDeliveryReporting"
    empty = f'<{verb} xmlns="{star.NAMESPACE}"><RetailDeliveryReporting/></{verb}>'
    with pytest.raises(Invalid) as refused:
        star.opening(noun, empty.encode())
    assert {e.field.split("/")[0] for e in refused.value.errors} == {"RetailDeliveryReportingHeader"}
    text = lined(star.NOUNS["repair_order"], REPAIR).replace("12.345", "x").replace(">900<", ">y<")
    with pytest.raises(Invalid) as refused:
        star.opening(star.NOUNS["repair_order"], text.encode())
    assert len(refused.value.errors) == 2


def test_what_stands_below_user_area_is_the_senders_own():
    noun = star.NOUNS["repair_order"]
    text = lined(noun, REPAIR).replace("<CurrencyCode>", "<UserArea><Bay>4</Bay></UserArea><CurrencyCode>")
    assert star.opening(noun, text.encode())["data"] == REPAIR


def test_a_message_of_another_namespace_is_refused():
    noun = star.NOUNS["repair_order"]
    with pytest.raises(BadRequest):
        star.opening(noun, lined(noun, REPAIR).replace(star.NAMESPACE, "http://example.com/other").encode())


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
        sent = star.opening(star.NOUNS["repair_order"], xml)
        again = star.opening(star.NOUNS["repair_order"], shown.content)
        sent["data"]["opened_at"] = again["data"]["opened_at"] = "the same instant"
        assert again == sent
        broken = xml.replace(b"PaymentTypeCode>warranty", b"PaymentTypeCode>goodwill")
        told = await http.post(path, content=broken, headers={**headers, "Idempotency-Key": new_key()})
        assert (told.status_code, told.json()["errors"][0]["field"]) == (
            422,
            "Job/ServiceLabor/PaymentTypeCode",
        )
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
