"""Customer assignment: who looks after a customer, from when to when (C08)."""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move, NotBefore

MANAGER = frozenset({Grant.DEALER_MANAGER})

CUSTOMER_ASSIGNMENT = Document(
    name="customer_assignment",
    meaning="One member of staff in charge of one customer, in one role.",
    key="customer_assignment_id",
    area="customer",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Customer.", required=True, ref="customer_record"),
        Field(name="staff_id", kind=Kind.CODE, meaning="Who is in charge.", required=True, ref="staff"),
        Field(
            name="assignment_role",
            kind=Kind.CHOICE,
            meaning="In charge of what.",
            required=True,
            choices=("sales", "service", "key_account"),
        ),
        Field(name="starts_date", kind=Kind.DATE, meaning="First day.", required=True),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day."),
    ),
    states=("active", "ended"),
    moves=(Move("end", ("active",), "ended", by=MANAGER, needs=("ends_date",)),),
    open_by=MANAGER,
    read_by=DEALER | {Grant.REGIONAL_MANAGER},
    rules=(NotBefore("ends_date", "starts_date"),),
    happened="starts_date",
    index=(("customer_id",),),
)
