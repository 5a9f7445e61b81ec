"""Words and number formats of the pages: labels, sentences of empty states, who may see what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from babel import Locale
from babel.numbers import get_currency_precision

_ENGLISH = Locale("en")
PRODUCT = "DMS"
DASH = "–"  # no value; a zero is written 0

ROLES: Mapping[str, str] = {
    "dealer_staff": "Dealer",
    "regional_manager": "Regional manager",
    "oem_planner": "Planner",
    "oem_finance": "Finance",
    "oem_quality": "Quality",
    "data_engineer": "Data engineer",
    "admin": "Administrator",
}
GRANTS: Mapping[str, str] = ROLES | {
    "consultant": "Sales consultant",
    "advisor": "Service advisor",
    "technician": "Technician",
    "parts": "Parts staff",
    "cashier": "Cashier",
    "dealer_manager": "Dealer manager",
}
AXES: Mapping[str, str] = {
    "customer": "Customer",
    "sales": "Sales",
    "service_and_parts": "Service & parts",
    "staff": "Staff",
    "funds": "Funds",
}
REASONS: Mapping[str, str] = {
    "promotion": "Promotion or campaign",
    "fleet_deal": "Fleet or tender deal",
    "launch_or_run_out": "Launch or run-out",
    "price_change": "Price change",
    "supply_limit": "Supply limit",
    "regulation": "Regulation or tax",
    "competitor": "Competitor",
    "data_error": "Error in the history",
    "network_change": "Dealer network change",
    "recall": "Recall or service campaign",
    "holiday": "Holiday or calendar",
    "other": "Other (say what in the note)",
}
MODES: Mapping[str, str] = {"set": "Set to", "add": "Add", "percent": "Change by %"}
SPREADS: Mapping[str, str] = {
    "proportional": "In proportion to their forecast",
    "last_year": "In proportion to last year",
    "equal": "Equally",
}
FUNNEL: Mapping[str, str] = {
    "leads": "Leads",
    "contacted_leads": "Contacted",
    "test_drives": "Test drives",
    "orders": "Orders",
    "deliveries": "Deliveries",
}
AGE_BUCKETS = ("0-30", "31-60", "61-90", "91-120", "121-180", "181-365", ">365")


def number(value: float | None, digits: int = 0) -> str:
    """1,234 with a thin minus; a missing value is a dash, never a zero."""
    if value is None or value != value:
        return DASH
    return f"{value:,.{digits}f}".replace("-", "−")


def signed(value: float | None, digits: int = 0) -> str:
    """+12 or −3; the sign is part of the message."""
    if value is None or value != value:
        return DASH
    return ("+" if value > 0 else "") + number(value, digits)


def percent(value: float | None, digits: int = 0) -> str:
    return DASH if value is None or value != value else f"{number(value * 100, digits)} %"


def points(value: float | None) -> str:
    """A change of a share, in percentage points."""
    return DASH if value is None or value != value else f"{signed(value * 100, 1)} pts"


def money(minor: float | None, currency: str | None) -> str:
    """Minor units as money of the currency, large amounts in thousands or millions."""
    if minor is None or minor != minor or not currency:
        return DASH
    amount = minor / 10 ** get_currency_precision(currency)
    for size, letter in ((1e6, "m"), (1e3, "k")):
        if abs(amount) >= size:
            return f"{currency} {number(amount / size, 1)}{letter}"
    return f"{currency} {number(amount)}"


def minor_units(currency: str | None) -> int:
    """Minor units in one unit of the currency: 100 of most, 1 of the yen."""
    return 1 if currency is None else int(10 ** get_currency_precision(currency))


def day(value: date | None) -> str:
    return DASH if value is None else f"{value.day} {value:%b %Y}"


def month(value: date | None) -> str:
    return DASH if value is None else f"{value:%b %Y}"


def instant(value: datetime | None) -> str:
    return DASH if value is None else f"{value.day} {value:%b %Y, %H:%M} UTC"


def age(hours: float) -> str:
    """How long ago, in the unit a person would use."""
    if hours < 1:
        return f"{round(hours * 60)} min ago" if hours * 60 >= 1 else "just now"
    return f"{round(hours)} h ago" if hours < 48 else f"{round(hours / 24)} days ago"


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 dealer, 2 dealers."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def country(code: str) -> str:
    """The country's name; a code that is none stays as it is."""
    return str(_ENGLISH.territories.get(code, code))


def with_roles(told: str) -> str:
    """A refusal with roles by name: `step 1 (regional_manager)` becomes `step 1 (Regional manager)`.

    A code of one word (`parts`) is an ordinary word, too: it is a role only where it stands in brackets.
    """
    return _ROLE.sub(lambda found: GRANTS[found[0]], told)


_ROLE = re.compile("|".join(rf"\b{code}\b" if "_" in code else rf"(?<=\(){code}(?=\))" for code in GRANTS))


def label(name: str) -> str:
    """A name or code as a heading: retail_target becomes Retail target, POST_REPAIR Post repair."""
    text = (name.lower() if name.isupper() else name).removesuffix("_id").replace("_", " ")
    return text[:1].upper() + text[1:]
