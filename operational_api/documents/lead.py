"""Lead: somebody may buy. Screened, assigned, followed until order, loss or sleep (C11-C22)."""

from operational_api.consequence import Needs, Own
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})
MANAGER = frozenset({Grant.DEALER_MANAGER})
OPEN_STATES = ("new", "valid", "assigned", "following")

LEAD = Document(
    name="lead",
    meaning="A possible purchase by one customer at one outlet.",
    key="lead_id",
    named_by=("contact_name",),
    area="marketing",
    fields=(
        Field(
            name="source",
            kind=Kind.CODE,
            meaning="Channel: website, call_centre, walk_in, event, referral, app.",
            required=True,
        ),
        Field(name="campaign", kind=Kind.CODE, meaning="Campaign that brought it."),
        Field(name="customer_id", kind=Kind.CODE, meaning="Customer, when known.", ref="customer_record"),
        Field(name="contact_name", kind=Kind.TEXT, meaning="Name as left with the lead.", personal=True),
        Field(name="contact_phone", kind=Kind.PHONE, meaning="Phone as left with the lead.", personal=True),
        Field(name="contact_email", kind=Kind.EMAIL, meaning="E-mail as left with the lead.", personal=True),
        Field(name="series", kind=Kind.CODE, meaning="Series of interest."),
        Field(name="level", kind=Kind.CODE, meaning="Level of intent; the list is data.", max_length=8),
        Field(name="staff_id", kind=Kind.CODE, meaning="Consultant in charge.", ref="staff"),
        Field(name="arrived_at", kind=Kind.INSTANT, meaning="When the lead arrived.", required=True),
        Field(name="first_contact_at", kind=Kind.INSTANT, meaning="First contact by the outlet."),
        Field(name="lost_reason", kind=Kind.CODE, meaning="Why it was lost."),
        Field(name="competitor", kind=Kind.TEXT, meaning="Competitor that won."),
    ),
    states=("new", "valid", "invalid", "duplicate", "assigned", "following", "order", "lost", "dormant"),
    moves=(
        Move("validate", ("new",), "valid", by=SALES, takes=("level", "series", "customer_id")),
        Move("invalidate", ("new",), "invalid", by=SALES),
        Move("mark_duplicate", ("new", "valid"), "duplicate", by=SALES),
        Move("assign", ("valid", "dormant"), "assigned", by=MANAGER, needs=("staff_id",)),
        Move("follow", ("assigned",), "following", by=SALES, needs=("first_contact_at",), takes=("level",)),
        Move("win", ("following",), "order", by=SALES, takes=("customer_id",)),
        Move("lose", ("following",), "lost", by=MANAGER, needs=("lost_reason",), takes=("competitor",)),
        Move("rest", ("assigned", "following"), "dormant", by=SALES),
        Move("reactivate", ("lost", "dormant"), "following", by=MANAGER),
    ),
    open_by=SALES | {Grant.OEM_PLANNER},
    read_by=SALES | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    amend_in=OPEN_STATES,
    rules=(NotBefore("first_contact_at", "arrived_at"),),
    happened="arrived_at",
    follows=(
        Needs(
            into=("lost",),
            of="lost_sale_request",
            match=(("lead_id", Own("lead_id")),),
            states=("approved",),
            rule="no lead is lost before somebody else agrees",
            remedy="have a lost sale request approved; it closes the lead",
        ),
    ),
)
