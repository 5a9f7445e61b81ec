"""File feeds that are no documents: their declarations, one each.

A feed is what another system knows better than we do and nobody here edits. What has a document type becomes
that document instead (`document_feeds.py`). Fields, kinds, bounds and rules are declared as for documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from operational_api.document import AtMost, Field, Kind, NotBefore, Rule
from pipelines.contracts import Contract
from pipelines.parsing import POLARS_TYPES

LOADED_AT = "loaded_at"


class System(StrEnum):
    """Who sends it."""

    ERP = "ERP"
    MES = "MES"
    PLM = "PLM"
    CALL_CENTRE = "call centre"
    WEB = "web portals"
    TELEMATICS = "telematics"
    HR = "HR"
    DEALER = "dealers"
    TREASURY = "treasury"
    AUTHORITY = "authorities"


@dataclass(frozen=True, slots=True)
class Feed:
    """A declared feed. `grain` names the fields of which there is one current row each."""

    name: str
    system: System
    meaning: str
    grain: tuple[str, ...]
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def contract(self) -> Contract:
        return Contract(self.name, self.fields, self.rules)

    @property
    def columns(self) -> list[str]:
        return [f.name for f in self.fields]

    @property
    def written(self) -> list[tuple[str, Field]]:
        """Columns of the file, with what each means."""
        return [(f.name, f) for f in self.fields]

    @property
    def schema(self) -> pl.Schema:
        own = {f.name: POLARS_TYPES[f.kind] for f in self.fields}
        return pl.Schema({**own, LOADED_AT: pl.Datetime("us", "UTC")})


FEEDS: tuple[Feed, ...] = (
    Feed(
        "exchange_rate",
        System.TREASURY,
        "Units of one currency that buy one unit of another, on one day.",
        ("rate_date", "from_currency", "to_currency"),
        (
            Field(name="rate_date", kind=Kind.DATE, meaning="Day of the rate.", required=True),
            Field(name="from_currency", kind=Kind.CURRENCY, meaning="Currency bought.", required=True),
            Field(name="to_currency", kind=Kind.CURRENCY, meaning="Currency paid with.", required=True),
            Field(
                name="rate",
                kind=Kind.DECIMAL,
                meaning="Units of to_currency for one unit of from_currency.",
                required=True,
                minimum=0,
                maximum=1_000_000,
            ),
            Field(name="source", kind=Kind.CODE, meaning="Who published it."),
        ),
    ),
    Feed(
        "market_registration",
        System.AUTHORITY,
        "New cars registered in one market in one month, ours and others'.",
        ("registration_month", "market", "brand", "segment"),
        (
            Field(
                name="registration_month", kind=Kind.MONTH, meaning="Month of registration.", required=True
            ),
            Field(name="market", kind=Kind.COUNTRY, meaning="Market.", required=True),
            Field(name="brand", kind=Kind.TEXT, meaning="Brand as the authority writes it.", required=True),
            Field(name="segment", kind=Kind.CODE, meaning="Segment, or all.", required=True),
            Field(
                name="units",
                kind=Kind.INTEGER,
                meaning="Cars registered.",
                required=True,
                minimum=0,
                maximum=10_000_000,
                unit="cars",
            ),
        ),
    ),
    Feed(
        "production_slot",
        System.MES,
        "Cars a plant can build of a series in a month, and how many of them are scheduled.",
        ("plant", "series", "build_month"),
        (
            Field(name="plant", kind=Kind.CODE, meaning="Plant.", required=True),
            Field(name="series", kind=Kind.CODE, meaning="Series.", required=True),
            Field(name="build_month", kind=Kind.MONTH, meaning="Month of building.", required=True),
            Field(
                name="capacity_units",
                kind=Kind.INTEGER,
                meaning="Cars it can build.",
                required=True,
                minimum=0,
                maximum=1_000_000,
                unit="cars",
            ),
            Field(
                name="scheduled_units",
                kind=Kind.INTEGER,
                meaning="Of them, cars that are scheduled.",
                required=True,
                minimum=0,
                maximum=1_000_000,
                unit="cars",
            ),
            Field(
                name="transit_days",
                kind=Kind.INTEGER,
                meaning="Days from the line to the market, on average.",
                required=True,
                minimum=0,
                maximum=365,
                unit="days",
            ),
        ),
        rules=(AtMost(("scheduled_units",), "capacity_units"),),
    ),
    Feed(
        "erp_invoice",
        System.ERP,
        "What the maker billed an outlet for cars and parts, and what of it is still owed.",
        ("invoice_no",),
        (
            Field(name="invoice_no", kind=Kind.CODE, meaning="Number of the invoice.", required=True),
            Field(name="outlet", kind=Kind.CODE, meaning="Outlet billed.", required=True, ref="outlet"),
            Field(
                name="invoice_kind",
                kind=Kind.CHOICE,
                meaning="A credit note is owed to the outlet.",
                required=True,
                choices=("invoice", "credit_note"),
            ),
            Field(
                name="purpose",
                kind=Kind.CHOICE,
                meaning="What was billed.",
                required=True,
                choices=("vehicle", "part", "service", "other"),
            ),
            Field(name="reference", kind=Kind.CODE, meaning="Order or shipment it bills."),
            Field(name="invoice_date", kind=Kind.DATE, meaning="Day of the invoice.", required=True),
            Field(name="due_date", kind=Kind.DATE, meaning="Day by which it is to be paid.", required=True),
            Field(
                name="amount_minor",
                kind=Kind.MONEY,
                meaning="Amount of the paper.",
                required=True,
                minimum=0,
                maximum=10**15,
                unit="minor units",
            ),
            Field(
                name="open_minor",
                kind=Kind.MONEY,
                meaning="Not paid or used yet when the row was written.",
                required=True,
                minimum=0,
                maximum=10**15,
                unit="minor units",
            ),
            Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the invoice.", required=True),
        ),
        (NotBefore("due_date", "invoice_date"), AtMost(("open_minor",), "amount_minor")),
    ),
    Feed(
        "telematics_odometer",
        System.TELEMATICS,
        "Kilometres a car reports by itself.",
        ("vin", "read_at"),
        (
            Field(name="vin", kind=Kind.VIN, meaning="Car.", required=True, ref="vehicle"),
            Field(name="read_at", kind=Kind.INSTANT, meaning="When the car reported it.", required=True),
            Field(
                name="odometer_km",
                kind=Kind.INTEGER,
                meaning="Kilometres.",
                required=True,
                minimum=0,
                maximum=2_000_000,
                unit="km",
            ),
        ),
    ),
    Feed(
        "telematics_fault",
        System.TELEMATICS,
        "Trouble codes a car reports by itself.",
        ("vin", "fault_code", "seen_at"),
        (
            Field(name="vin", kind=Kind.VIN, meaning="Car.", required=True, ref="vehicle"),
            Field(
                name="fault_code", kind=Kind.CODE, meaning="Diagnostic trouble code, as P0420.", required=True
            ),
            Field(name="seen_at", kind=Kind.INSTANT, meaning="When the car reported it.", required=True),
            Field(
                name="severity",
                kind=Kind.CHOICE,
                meaning="How urgent it is.",
                required=True,
                choices=("information", "workshop", "stop"),
            ),
            Field(
                name="odometer_km",
                kind=Kind.INTEGER,
                meaning="Kilometres at that time.",
                minimum=0,
                maximum=2_000_000,
                unit="km",
            ),
        ),
    ),
    Feed(
        "hr_attendance",
        System.HR,
        "Hours one member of staff was at work on one day.",
        ("staff_id", "attendance_date"),
        (
            Field(name="staff_id", kind=Kind.CODE, meaning="Member of staff.", required=True, ref="staff"),
            Field(name="attendance_date", kind=Kind.DATE, meaning="Day at the outlet.", required=True),
            Field(
                name="attended_hours",
                kind=Kind.DECIMAL,
                meaning="Hours at work, breaks left out; 0 when absent.",
                required=True,
                minimum=0,
                maximum=24,
                unit="hours",
            ),
        ),
    ),
    Feed(
        "dealer_financial_statement",
        System.DEALER,
        "One line of one outlet's monthly accounts.",
        ("outlet", "statement_month", "department", "line"),
        (
            Field(name="outlet", kind=Kind.CODE, meaning="Outlet.", required=True, ref="outlet"),
            Field(name="statement_month", kind=Kind.MONTH, meaning="Month of the accounts.", required=True),
            Field(
                name="department",
                kind=Kind.CHOICE,
                meaning="Whose line it is.",
                required=True,
                choices=("new_cars", "used_cars", "service", "parts", "overhead"),
            ),
            Field(
                name="line",
                kind=Kind.CHOICE,
                meaning="Line of the accounts.",
                required=True,
                choices=("revenue", "cost_of_sales", "expense"),
            ),
            Field(
                name="amount_minor",
                kind=Kind.MONEY,
                meaning="Amount of the month; costs are positive.",
                required=True,
                minimum=-(10**15),
                maximum=10**15,
                unit="minor units",
            ),
            Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the accounts.", required=True),
        ),
    ),
)
FEED_BY_NAME: dict[str, Feed] = {feed.name: feed for feed in FEEDS}
