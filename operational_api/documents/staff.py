"""Staff: who works at an outlet and in which position."""

from operational_api.document import BUSINESS, Document, Field, Grant, Kind, Move, NotBefore

MANAGERS = frozenset({Grant.DEALER_MANAGER})

STAFF = Document(
    name="staff",
    meaning="A person who works at an outlet.",
    key="staff_id",
    named_by=("given_name", "family_name"),
    plural="staff",
    area="network",
    fields=(
        Field(name="given_name", kind=Kind.TEXT, meaning="Given name.", required=True, personal=True),
        Field(name="family_name", kind=Kind.TEXT, meaning="Family name.", required=True, personal=True),
        Field(name="phone", kind=Kind.PHONE, meaning="Business phone.", personal=True),
        Field(name="email", kind=Kind.EMAIL, meaning="Business e-mail.", personal=True),
        Field(
            name="position",
            kind=Kind.CHOICE,
            meaning="Position held.",
            choices=("consultant", "advisor", "technician", "parts", "cashier", "dealer_manager"),
            required=True,
        ),
        Field(name="hired_date", kind=Kind.DATE, meaning="First working day.", required=True),
        Field(name="left_date", kind=Kind.DATE, meaning="Last working day."),
    ),
    states=("active", "left"),
    moves=(Move("leave", ("active",), "left", by=MANAGERS, needs=("left_date",)),),
    open_by=MANAGERS,
    read_by=BUSINESS,
    amend_in=("active",),
    rules=(NotBefore("left_date", "hired_date"),),
    happened="hired_date",
)
