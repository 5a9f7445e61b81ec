"""Lead level: one step of the scale of intent, such as H or A; the scale is the maker's, by market (C14)."""

from operational_api.document import BUSINESS, Document, Field, Grant, Kind, Move, Tenancy

PLANNER = frozenset({Grant.OEM_PLANNER})

LEAD_LEVEL = Document(
    name="lead_level",
    meaning="A level of intent that a lead may have; its key is the letter people use.",
    key="lead_level_id",
    area="marketing",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="label", kind=Kind.TEXT, meaning="What it means.", required=True),
        Field(
            name="rank",
            kind=Kind.INTEGER,
            meaning="1 is the nearest to buying.",
            required=True,
            minimum=1,
            maximum=99,
        ),
        Field(
            name="buys_within_days",
            kind=Kind.INTEGER,
            meaning="Days within which such a lead is expected to buy.",
            minimum=0,
            maximum=3_650,
            unit="days",
        ),
    ),
    states=("active", "ended"),
    moves=(Move("end", ("active",), "ended", by=PLANNER),),
    open_by=PLANNER,
    read_by=BUSINESS,
    amend_in=("active",),
)
