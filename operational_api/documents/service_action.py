"""Service action: a recall or service campaign of the maker (S20, S21)."""

from operational_api.consequence import Forbids, Own
from operational_api.document import BUSINESS, Document, Field, Grant, Kind, Move, NotBefore, Tenancy

QUALITY = frozenset({Grant.OEM_QUALITY})

SERVICE_ACTION = Document(
    name="service_action",
    meaning="One recall or service campaign; its cars are listed one by one.",
    key="service_action_id",
    named_by=("title",),
    area="service",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="title", kind=Kind.TEXT, meaning="What it is about.", required=True),
        Field(
            name="action_kind",
            kind=Kind.CHOICE,
            meaning="What obliges us.",
            required=True,
            choices=("safety_recall", "service_campaign", "technical_update"),
        ),
        Field(name="bulletin", kind=Kind.CODE, meaning="Technical bulletin."),
        Field(name="announced_date", kind=Kind.DATE, meaning="First day.", required=True),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day; a recall has none."),
        Field(name="operation", kind=Kind.CODE, meaning="Labour operation.", required=True),
        Field(
            name="standard_hours",
            kind=Kind.DECIMAL,
            meaning="Hours the maker pays.",
            required=True,
            minimum=0,
            maximum=1000,
            unit="hours",
        ),
        Field(
            name="parts",
            kind=Kind.LINES,
            meaning="Parts a car needs.",
            lines=(
                Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
                Field(
                    name="quantity",
                    kind=Kind.INTEGER,
                    meaning="Units.",
                    required=True,
                    minimum=1,
                    maximum=1000,
                    unit="units",
                ),
            ),
        ),
    ),
    states=("draft", "active", "closed"),
    moves=(
        Move("announce", ("draft",), "active", by=QUALITY, not_by="created_by"),
        Move("close", ("active",), "closed", by=QUALITY),
    ),
    open_by=QUALITY,
    read_by=BUSINESS,
    amend_in=("draft",),
    rules=(NotBefore("ends_date", "announced_date"),),
    happened="announced_date",
    follows=(
        Forbids(
            into=("closed",),
            of="campaign_vin",
            match=(("service_action_id", Own("service_action_id")),),
            states=("open",),
            rule="a car is still open",
            remedy="do it, or give it up with the reason",
        ),
    ),
)
