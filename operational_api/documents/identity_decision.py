"""Identity decision: a steward says that two customer records are one, or two, and why (R, M).

It names source records, never golden ids, so that it holds in every later run; withdrawing it is the undo.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

STEWARDS = frozenset({Grant.OEM_QUALITY, Grant.OEM_PLANNER})

IDENTITY_DECISION = Document(
    name="identity_decision",
    meaning="Whether two customer records are one person or company.",
    key="identity_decision_id",
    area="customer",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="record_l", kind=Kind.CODE, meaning="One customer record.", required=True),
        Field(name="record_r", kind=Kind.CODE, meaning="The other customer record.", required=True),
        Field(
            name="decision",
            kind=Kind.CHOICE,
            meaning="must_link: one and the same; cannot_link: two.",
            choices=("must_link", "cannot_link"),
            required=True,
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="What it rests on.", required=True, max_length=500),
        Field(name="decided_at", kind=Kind.INSTANT, meaning="When.", required=True),
    ),
    states=("in_force", "withdrawn"),
    moves=(Move("withdraw", ("in_force",), "withdrawn", by=STEWARDS),),
    open_by=STEWARDS,
    read_by=STEWARDS,
    happened="decided_at",
)
