"""Grade override: a person corrects the computed customer grade, with the reason (C05)."""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move, NotBefore

MANAGER = frozenset({Grant.DEALER_MANAGER})

GRADE_OVERRIDE = Document(
    name="grade_override",
    meaning="One customer's grade set by hand; it stands over the computed one while active.",
    key="grade_override_id",
    area="customer",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Customer.", required=True, ref="customer_record"),
        Field(
            name="grade",
            kind=Kind.CHOICE,
            required=True,
            choices=("AAA", "AA", "A", "B", "C", "D"),
            meaning="AAA loyal, AA satisfied, A fairly satisfied, B ordinary, C complaining, D difficult.",
        ),
        Field(
            name="reason",
            kind=Kind.TEXT,
            meaning="Why the computed grade is wrong.",
            required=True,
            max_length=500,
        ),
        Field(name="starts_date", kind=Kind.DATE, meaning="First day it holds.", required=True),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day it holds."),
    ),
    states=("active", "ended"),
    moves=(Move("end", ("active",), "ended", by=MANAGER, needs=("ends_date",)),),
    open_by=MANAGER,
    read_by=DEALER | {Grant.REGIONAL_MANAGER, Grant.OEM_QUALITY},
    rules=(NotBefore("ends_date", "starts_date"),),
    happened="starts_date",
    index=(("customer_id",),),
)
