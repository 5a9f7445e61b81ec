"""Campaign: planned, approved, run, closed and settled (M01, M02, M05, M10)."""

from operational_api.consequence import Forbids, Own
from operational_api.document import AtMost, Document, Field, Grant, Kind, Move, NotBefore
from operational_api.effect import Approval

MARKETING = frozenset({Grant.DEALER_MANAGER, Grant.OEM_PLANNER})
OEM = frozenset({Grant.OEM_PLANNER})
FINANCE = frozenset({Grant.OEM_FINANCE})

CAMPAIGN = Document(
    name="campaign",
    meaning="One campaign of one outlet, by itself or as its part of the maker's.",
    key="campaign_id",
    named_by=("name",),
    area="marketing",
    fields=(
        Field(name="name", kind=Kind.TEXT, meaning="What it is called.", required=True),
        Field(
            name="campaign_type",
            kind=Kind.CHOICE,
            meaning="What it does.",
            choices=("show", "test_drive_day", "advertising", "promotion", "digital", "service", "other"),
            required=True,
        ),
        Field(
            name="owner_level",
            kind=Kind.CHOICE,
            meaning="Who plans it: the maker or the dealer.",
            choices=("oem", "dealer"),
            required=True,
        ),
        Field(name="channel", kind=Kind.CODE, meaning="Channel it speaks through.", required=True),
        Field(name="series", kind=Kind.CODE, meaning="Series it promotes; empty is all."),
        Field(name="starts_date", kind=Kind.DATE, meaning="First day.", required=True),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day.", required=True),
        Field(
            name="budget_minor",
            kind=Kind.MONEY,
            meaning="Budget of the outlet and the maker together.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(
            name="oem_share_minor",
            kind=Kind.MONEY,
            meaning="Part of the budget that the maker pays.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the budget.", required=True),
        Field(name="fund_type", kind=Kind.CODE, meaning="Fund the maker's part comes from."),
        Field(
            name="target_leads",
            kind=Kind.INTEGER,
            meaning="Leads it should bring.",
            minimum=0,
            maximum=1_000_000,
            unit="leads",
        ),
        Field(name="note", kind=Kind.TEXT, meaning="Why it is held.", max_length=500),
        Field(name="result", kind=Kind.TEXT, meaning="What came of it, in a sentence.", max_length=1000),
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=("draft", "submitted", "approved", "rejected", "running", "closed", "settled"),
    moves=(
        Move("submit", ("draft",), "submitted", by=MARKETING, needs=("target_leads",)),
        Move("approve", ("submitted",), "approved", by=OEM, takes=("oem_share_minor",), not_by="created_by"),
        Move("reject", ("submitted",), "rejected", by=OEM, needs=("reject_reason",)),
        Move("start", ("approved",), "running", by=MARKETING),
        Move("close", ("running",), "closed", by=MARKETING, needs=("result",)),
        Move("settle", ("closed",), "settled", by=FINANCE),
    ),
    approval=Approval(move="approve", order_type="campaign_type", otherwise="reject", reason="reject_reason"),
    open_by=MARKETING,
    read_by=MARKETING | FINANCE | {Grant.CONSULTANT, Grant.REGIONAL_MANAGER},
    amend_in=("draft",),
    rules=(NotBefore("ends_date", "starts_date"), AtMost(("oem_share_minor",), "budget_minor")),
    follows=(
        Forbids(
            into=("settled",),
            of="campaign_expense",
            match=(("campaign_id", Own("campaign_id")),),
            states=("claimed", "approved"),
            rule="an expense is not written off yet",
            remedy="decide and write off every expense first",
        ),
    ),
)
