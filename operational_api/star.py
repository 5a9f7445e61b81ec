"""Business object documents in the manner of STAR: a repair order and a retail delivery as XML, in and out.

In: a document as the API answers it, or a Process... message. Out: a Show... message, or the body of an
opening. One table per noun says which element holds which field, for both directions, and is the schema of
what comes in (`star_structure.py`). Names follow STAR 5 (namespace and nouns); the messages have not been
validated against the licensed schemas. Opening goes through the same door as any other, so contracts, scope
and consequences are the same.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from operational_api.document import Field, Kind
from operational_api.documents import BY_NAME
from operational_api.refusals import BadRequest, Invalid
from operational_api.star_structure import Node, faults, local, parse, structure

NAMESPACE = "http://www.starstandard.org/STAR/5"
MEDIA_TYPE = "application/xml"
_KM_PER_MILE = Decimal("1.609344")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """`fields`: field (or `key`) -> path of elements below the noun; `lines`: field -> (path, its fields)."""

    name: str
    document: str
    fields: Mapping[str, str]
    lines: Mapping[str, tuple[str, Mapping[str, str]]]


_RO = "RepairOrderHeader/"
_RD = "RetailDeliveryReportingHeader/"
_ID = "DocumentIdentificationGroup/DocumentIdentification/DocumentID"
NOUNS: Mapping[str, Noun] = {
    "repair_order": Noun(
        name="RepairOrder",
        document="repair_order",
        fields={
            "key": _RO + _ID,
            "vin": _RO + "RepairOrderVehicleLineItem/Vehicle/VehicleID",
            "customer_id": _RO + "OwnerParty/PartyID",
            "staff_id": _RO + "ServiceAdvisorParty/PartyID",
            "service_appointment_id": _RO + "ServiceAppointmentID",
            "opened_at": _RO + "RepairOrderOpenedDateTime",
            "promised_at": _RO + "PromisedCompletionDateTime",
            "ready_at": _RO + "RepairOrderCompletedDateTime",
            "settled_at": _RO + "RepairOrderInvoiceDateTime",
            "odometer_km": _RO + "InDistanceMeasure",
            "complaint_code": _RO + "CustomerComplaintCode",
            "currency": _RO + "CurrencyCode",
            "estimate_minor": _RO + "EstimatedAmount",
        },
        lines={
            "labour": (
                "Job/ServiceLabor",
                {
                    "operation": "LaborOperationID",
                    "pay_type": "PaymentTypeCode",
                    "standard_hours": "LaborAllowanceHoursNumeric",
                    "worked_hours": "LaborActualHoursNumeric",
                    "amount_minor": "ChargeAmount",
                    "technician_id": "TechnicianParty/PartyID",
                },
            ),
            "parts": (
                "Job/ServiceParts",
                {
                    "part_id": "ItemIdentificationGroup/ItemIdentification/ItemID",
                    "pay_type": "PaymentTypeCode",
                    "quantity": "ItemQuantity",
                    "amount_minor": "ChargeAmount",
                },
            ),
        },
    ),
    "retail_delivery": Noun(
        name="RetailDeliveryReporting",
        document="retail_delivery",
        fields={
            "key": _RD + _ID,
            "vin": _RD + "RetailDeliveryReportingVehicleLineItem/Vehicle/VehicleID",
            "customer_id": _RD + "BuyerParty/PartyID",
            "retail_order_id": _RD + "DealID",
            "lead_id": _RD + "SalesLeadID",
            "staff_id": _RD + "SalesPersonParty/PartyID",
            "delivered_date": _RD + "DeliveryDate",
            "warranty_start_date": _RD + "WarrantyStartDate",
            "odometer_km": _RD + "DeliveryDistanceMeasure",
            "invoice_no": _RD + "InvoiceID",
            "currency": _RD + "CurrencyCode",
            "price_minor": _RD + "VehiclePrice",
            "sales_channel": _RD + "SaleTypeCode",
            "fifo_override_reason": _RD + "StockSequenceOverrideReasonCode",
            "fifo_override_note": _RD + "StockSequenceOverrideNote",
        },
        lines={},
    ),
}

STRUCTURES: Mapping[str, Node] = {
    name: structure(BY_NAME[name], noun.fields, noun.lines) for name, noun in NOUNS.items()
}


def message(noun: Noun, answer: Mapping[str, Any], *, now: datetime) -> bytes:
    """The Show message of a document as it was answered to this caller: hidden fields are not in it."""
    verb = ET.Element(f"Show{noun.name}", {"xmlns": NAMESPACE, "releaseID": "5"})
    area = ET.SubElement(verb, "ApplicationArea")
    ET.SubElement(ET.SubElement(area, "Sender"), "DealerNumberID").text = answer["outlet_id"]
    ET.SubElement(area, "CreationDateTime").text = now.astimezone(UTC).isoformat(timespec="seconds")
    ET.SubElement(area, "BODID").text = f"{noun.document}:{answer['key']}:{answer['version']}"
    body = ET.SubElement(ET.SubElement(verb, f"Show{noun.name}DataArea"), noun.name)
    document, data = BY_NAME[noun.document], answer["data"]
    currency = data.get("currency")
    _put(body, noun.fields["key"], None, answer["key"], currency)
    for name, path in noun.fields.items():
        if name != "key" and data.get(name) is not None:
            _put(body, path, document.field(name), data[name], currency)
    for name, (path, fields) in noun.lines.items():
        by_name = {f.name: f for f in document.field(name).lines}
        container, _, leaf = path.rpartition("/")
        for line in data.get(name) or ():
            element = ET.SubElement(ET.SubElement(body, container), leaf)
            for field, below in fields.items():
                if line.get(field) is not None:
                    _put(element, below, by_name[field], line[field], currency)
    return bytes(ET.tostring(verb, encoding="utf-8", xml_declaration=True))


def opening(noun: Noun, raw: bytes) -> dict[str, Any]:
    """The body of an opening. Raises BadRequest for what is no such message, Invalid with every fault."""
    message = parse(raw)
    body = _noun_element(noun, message.root)
    document = BY_NAME[noun.document]
    currency = _text(body, noun.fields["currency"])
    found_faults = list(faults(message, body, STRUCTURES[noun.document], currency))
    if found_faults:
        more = "" if len(found_faults) == 1 else f", and {len(found_faults) - 1} more"
        first = found_faults[0]
        raise Invalid(f"{noun.name}: {first.field}, {first.rule}{more}", found_faults)
    data: dict[str, Any] = {}
    for name, path in noun.fields.items():
        if name != "key" and (found := _find(body, path)) is not None:
            data[name] = _value(document.field(name), found, currency)
    for name, (path, fields) in noun.lines.items():
        by_name = {f.name: f for f in document.field(name).lines}
        lines = [
            {
                f: _value(by_name[f], e, currency)
                for f, p in fields.items()
                if (e := _find(line, p)) is not None
            }
            for line in body.findall("/".join(f"{{*}}{step}" for step in path.split("/")))
        ]
        data |= {name: lines} if lines else {}
    key, outlet = _text(body, noun.fields["key"]), _outlet(message.root)
    head = {"key": key, "outlet_id": outlet}
    return {**{name: value for name, value in head.items() if value}, "data": data}


# --- out ------------------------------------------------------------------------------------------


def _put(parent: ET.Element, path: str, field: Field | None, value: Any, currency: str | None) -> None:
    """Steps that are there are used again; the last one is the value's own."""
    *steps, last = path.split("/")
    for step in steps:
        found = parent.find(step)
        parent = ET.SubElement(parent, step) if found is None else found
    element = ET.SubElement(parent, last)
    if field is not None and field.kind is Kind.MONEY and currency:
        element.set("currencyID", currency)
        value = Decimal(value).scaleb(-get_currency_precision(currency))
    if field is not None and field.unit == "km":
        element.set("unitCode", "KMT")
    element.text = format(value, "f") if isinstance(value, Decimal) else str(value)


# --- in -------------------------------------------------------------------------------------------


def _noun_element(noun: Noun, root: ET.Element) -> ET.Element:
    found = next(_named(root, noun.name), None)
    if local(root) not in {f"Process{noun.name}", f"Show{noun.name}"} or found is None:
        raise BadRequest(f"send a Process{noun.name} message; this is {local(root)[:60]}")
    if str(root.tag) not in {f"{{{NAMESPACE}}}{local(root)}", local(root)}:
        raise BadRequest(f"send it in the namespace {NAMESPACE}")
    return found


def _outlet(root: ET.Element) -> str | None:
    sender = next(_named(root, "Sender"), None)
    return None if sender is None else _text(sender, "DealerNumberID")


def _named(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (element for element in root.iter() if local(element) == name)


def _find(parent: ET.Element, path: str) -> ET.Element | None:
    found = parent.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return found if found is not None and (found.text or "").strip() else None


def _text(parent: ET.Element, path: str) -> str | None:
    found = _find(parent, path)
    return None if found is None else (found.text or "").strip()


def _value(field: Field, element: ET.Element, currency: str | None) -> Any:
    """What JSON would hold of a text that has been found sound."""
    text = (element.text or "").strip()
    if field.kind not in {Kind.INTEGER, Kind.MONEY, Kind.DECIMAL}:
        return text
    number = Decimal(text)
    if field.kind is Kind.MONEY:
        number = number.scaleb(get_currency_precision(currency or ""))
    if field.unit == "km" and element.get("unitCode") == "SMI":
        number = (number * _KM_PER_MILE).quantize(Decimal(1))
    return number if field.kind is Kind.DECIMAL else int(number)
