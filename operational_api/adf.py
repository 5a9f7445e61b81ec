"""ADF 1.0 (Auto-lead Data Format): prospects of web portals as their senders write them become leads.

In: one message with one or more prospects. Out: for each the columns of a lead, as text; or, of a message
with one prospect, the body of an opening. Read are id (with its source), requestdate, the first vehicle's
model, the customer's name, phone and e-mail, the vendor's id (our outlet) and the provider. The rest is
allowed and not used.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from operational_api.refusals import BadRequest, FieldError, Invalid

MEDIA_TYPE = "application/xml"
COLUMNS = (
    "lead_id",
    "outlet_id",
    "source",
    "campaign",
    "series",
    "contact_name",
    "contact_phone",
    "contact_email",
    "arrived_at",
)
_MOST_ELEMENTS = 100_000
# A document type may define entities that grow without end; no prospect needs one.
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_PROLOGUE = re.compile(
    rb"<\?.*?\?>", re.DOTALL
)  # the format's own <?ADF VERSION "1.0"?> is no XML declaration
_NO_CODE = re.compile(r"[^A-Za-z0-9._/:-]+")


def prospects(raw: bytes) -> list[dict[str, str | None]]:
    """One row of `COLUMNS` a prospect. Raises BadRequest for what is no ADF message."""
    return [_row(prospect) for prospect in _root(raw).iter("prospect")]


def opening(raw: bytes) -> dict[str, Any]:
    """The body of an opening of `lead`. Raises BadRequest for what is no ADF, Invalid for what is lacking."""
    found = prospects(raw)
    if len(found) != 1:
        raise BadRequest(f"send one prospect a message; this holds {len(found)}, a file may hold many")
    row = {name: value for name, value in found[0].items() if value is not None}
    if "outlet_id" not in row:
        raise Invalid(
            "the prospect names no vendor",
            [FieldError("outlet_id", "vendor/id is missing", "send the outlet's code as vendor/id")],
        )
    key, outlet = row.pop("lead_id", None), row.pop("outlet_id")
    return {**({"key": key} if key else {}), "outlet_id": outlet, "data": row}


def _root(raw: bytes) -> ET.Element:
    if _DOCTYPE.search(raw):
        raise BadRequest("a message holds no document type and no entities")
    try:
        root = ET.fromstring(_PROLOGUE.sub(b"", raw).strip())  # noqa: S314 (no document type, no entities)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise BadRequest(f"not well-formed XML: {error}") from error
    if root.tag.lower() != "adf":
        raise BadRequest(f"an ADF message begins with <adf>; this is {root.tag[:60]}")
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise BadRequest(f"a message has at most {_MOST_ELEMENTS:,} elements")
    return root


def _row(prospect: ET.Element) -> dict[str, str | None]:
    contact = prospect.find("customer/contact")
    provider = _name(prospect.find("provider"))
    return {
        "lead_id": _key(prospect),
        "outlet_id": _text(prospect, "vendor/id"),
        "source": "website",
        "campaign": _code(provider),
        "series": _code(_text(prospect, "vehicle/model")),
        "contact_name": _name(contact),
        "contact_phone": None if contact is None else _text(contact, "phone"),
        "contact_email": None if contact is None else _text(contact, "email"),
        "arrived_at": _text(prospect, "requestdate"),
    }


def _key(prospect: ET.Element) -> str | None:
    """Identifiers are the sender's own, so its name is part of the key."""
    found = prospect.find("id")
    if found is None or not (found.text or "").strip():
        return None
    return _code("-".join(part for part in ("adf", found.get("source"), found.text) if part))


def _name(party: ET.Element | None) -> str | None:
    """The full name, else the parts in the order in which they are said."""
    if party is None:
        return None
    parts = {element.get("part", "full"): (element.text or "").strip() for element in party.findall("name")}
    said = parts.get("full") or " ".join(_said(parts))
    return said or None


def _said(parts: dict[str, str]) -> Iterator[str]:
    return (parts[name] for name in ("first", "middle", "last", "suffix") if parts.get(name))


def _text(parent: ET.Element, path: str) -> str | None:
    return (parent.findtext(path) or "").strip() or None


def _code(text: str | None) -> str | None:
    """What a code may hold of a text: `Land Cruiser` is Land-Cruiser."""
    return None if text is None else _NO_CODE.sub("-", text).strip("-") or None
