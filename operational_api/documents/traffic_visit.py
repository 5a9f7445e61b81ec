"""Traffic visit: a party that came or phoned; the start of the sales funnel (C10)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})

TRAFFIC_VISIT = Document(
    name="traffic_visit",
    meaning="One party that visited the showroom or phoned; parties are counted, not persons.",
    key="traffic_visit_id",
    area="marketing",
    fields=(
        Field(name="arrived_at", kind=Kind.INSTANT, meaning="When the party came.", required=True),
        Field(name="left_at", kind=Kind.INSTANT, meaning="When the party left."),
        Field(
            name="party_size",
            kind=Kind.INTEGER,
            meaning="Persons in the party.",
            required=True,
            minimum=1,
            maximum=100,
            unit="persons",
        ),
        Field(
            name="visit_type",
            kind=Kind.CHOICE,
            meaning="How the party came; a customer has one first visit.",
            choices=("first", "return", "lead_invite", "referral", "phone"),
            required=True,
        ),
        Field(name="source", kind=Kind.CODE, meaning="Channel that brought the party.", required=True),
        Field(name="staff_id", kind=Kind.CODE, meaning="Consultant who received it.", ref="staff"),
        Field(name="customer_id", kind=Kind.CODE, meaning="Customer, when known.", ref="customer_record"),
        Field(name="lead_id", kind=Kind.CODE, meaning="Lead that was invited or made.", ref="lead"),
        Field(name="has_card", kind=Kind.BOOLEAN, meaning="The party left usable data.", required=True),
    ),
    states=("open", "closed"),
    opens_in=("open", "closed"),
    moves=(
        Move("close", ("open",), "closed", by=SALES, takes=("left_at", "lead_id", "customer_id", "has_card")),
    ),
    open_by=SALES,
    read_by=SALES | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    amend_in=("open",),
    rules=(NotBefore("left_at", "arrived_at"),),
    happened="arrived_at",
)
