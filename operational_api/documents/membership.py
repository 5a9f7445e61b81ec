"""Membership: a customer joins the club of an outlet (C33)."""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move, NotBefore

MANAGER = frozenset({Grant.DEALER_MANAGER})

MEMBERSHIP = Document(
    name="membership",
    meaning="One customer's membership.",
    key="membership_id",
    area="customer",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Member.", required=True, ref="customer_record"),
        Field(name="tier", kind=Kind.CODE, meaning="Tier; the list is data.", required=True),
        Field(name="member_no", kind=Kind.CODE, meaning="Number on the card."),
        Field(name="applied_date", kind=Kind.DATE, meaning="Day of the application.", required=True),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day."),
        Field(name="reason", kind=Kind.TEXT, meaning="Why it was suspended or ended."),
    ),
    states=("applied", "active", "suspended", "ended"),
    moves=(
        Move("activate", ("applied",), "active", by=DEALER, needs=("member_no",)),
        Move("suspend", ("active",), "suspended", by=MANAGER, needs=("reason",)),
        Move("resume", ("suspended",), "active", by=MANAGER),
        Move(
            "end",
            ("applied", "active", "suspended"),
            "ended",
            by=MANAGER,
            needs=("ends_date",),
            takes=("reason",),
        ),
    ),
    open_by=DEALER,
    read_by=DEALER | {Grant.REGIONAL_MANAGER},
    amend_in=("applied", "active"),
    rules=(NotBefore("ends_date", "applied_date"),),
    happened="applied_date",
    index=(("customer_id",),),
)
