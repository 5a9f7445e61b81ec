"""Staff assignment: who holds which position at which outlet, from when to when (H01, H02)."""

from operational_api.document import BUSINESS, Document, Field, Grant, Kind, Move, NotBefore

MANAGER = frozenset({Grant.DEALER_MANAGER})
POSITIONS = ("consultant", "advisor", "technician", "parts", "cashier", "dealer_manager")

STAFF_ASSIGNMENT = Document(
    name="staff_assignment",
    meaning="One position held by one member of staff.",
    key="staff_assignment_id",
    area="network",
    fields=(
        Field(name="staff_id", kind=Kind.CODE, meaning="Member of staff.", required=True, ref="staff"),
        Field(name="position", kind=Kind.CHOICE, meaning="Position.", choices=POSITIONS, required=True),
        Field(name="team", kind=Kind.CODE, meaning="Team or shift."),
        Field(
            name="share_percent",
            kind=Kind.INTEGER,
            meaning="Share of the working time.",
            minimum=1,
            maximum=100,
            unit="percent",
        ),
        Field(name="starts_date", kind=Kind.DATE, meaning="First day.", required=True),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day."),
    ),
    states=("active", "ended"),
    moves=(Move("end", ("active",), "ended", by=MANAGER, needs=("ends_date",)),),
    open_by=MANAGER,
    read_by=BUSINESS,
    rules=(NotBefore("ends_date", "starts_date"),),
    happened="starts_date",
    index=(("staff_id",),),
)
