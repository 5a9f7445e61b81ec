"""Replenishment policy: the share of units a class of parts is to be served from stock (P09)."""

from operational_api.document import BUSINESS, Document, Field, Grant, Kind, Move, Tenancy

PLANNER = frozenset({Grant.OEM_PLANNER})

REPLENISHMENT_POLICY = Document(
    name="replenishment_policy",
    meaning="Wanted fill of one class of parts from a day on; it counts once somebody else approved it.",
    key="replenishment_policy_id",
    area="parts",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(
            name="outlet_code",
            kind=Kind.CODE,
            meaning="Outlet it is for; empty: the whole network.",
            ref="outlet",
        ),
        Field(
            name="region_path",
            kind=Kind.CODE,
            meaning="Region it is for, with everything below; empty: the whole network.",
            max_length=80,
        ),
        Field(
            name="abc_class",
            kind=Kind.CHOICE,
            meaning="Class by the value asked for in a year: A to 80 %, B to 95 %, C the rest.",
            choices=("A", "B", "C"),
            required=True,
        ),
        Field(
            name="criticality",
            kind=Kind.CHOICE,
            meaning="What the absence of the part stops.",
            choices=("vital", "essential", "desirable"),
            required=True,
        ),
        Field(
            name="frequency",
            kind=Kind.CHOICE,
            meaning="Class by months with demand in a year; empty: any.",
            choices=("fast", "medium", "slow"),
        ),
        Field(
            name="fill_permille",
            kind=Kind.INTEGER,
            meaning="Units of a thousand asked for that are to be served from stock.",
            required=True,
            minimum=1,
            maximum=999,
            unit="per mille",
        ),
        Field(
            name="phase_in_months",
            kind=Kind.INTEGER,
            meaning="Months with demand in a year from which a part is kept in stock.",
            required=True,
            minimum=0,
            maximum=12,
            unit="months",
        ),
        Field(name="valid_from_date", kind=Kind.DATE, meaning="First day on which it counts.", required=True),
        Field(name="reason", kind=Kind.TEXT, meaning="What the simulation showed, and why.", max_length=500),
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=("proposed", "approved", "rejected", "withdrawn"),
    moves=(
        Move("approve", ("proposed",), "approved", by=PLANNER, not_by="created_by"),
        Move("reject", ("proposed",), "rejected", by=PLANNER, needs=("reject_reason",)),
        Move("withdraw", ("proposed", "approved"), "withdrawn", by=PLANNER),
    ),
    open_by=PLANNER,
    read_by=BUSINESS,
)
