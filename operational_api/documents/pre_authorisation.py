"""Pre-authorisation: the maker agrees to a costly or unusual repair before it is done (S16)."""

from operational_api.consequence import Needs, Own
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SERVICE = frozenset({Grant.ADVISOR, Grant.DEALER_MANAGER})
QUALITY = frozenset({Grant.OEM_QUALITY})

PRE_AUTHORISATION = Document(
    name="pre_authorisation",
    meaning="One repair that the maker agrees to pay for before it is done.",
    key="pre_authorisation_id",
    area="service",
    fields=(
        Field(name="repair_order_id", kind=Kind.CODE, meaning="Repair.", required=True, ref="repair_order"),
        Field(name="vin", kind=Kind.VIN, meaning="Car.", required=True, ref="vehicle"),
        Field(name="causal_part_id", kind=Kind.CODE, meaning="Part that failed.", ref="part"),
        Field(name="diagnosis", kind=Kind.TEXT, meaning="What was found.", required=True, max_length=2000),
        Field(name="estimate_minor", kind=Kind.MONEY, meaning="Expected cost.", required=True, minimum=0),
        Field(name="granted_minor", kind=Kind.MONEY, meaning="Granted at most.", minimum=0),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of both.", required=True),
        Field(name="requested_date", kind=Kind.DATE, meaning="Day of the request.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day the grant holds."),
        Field(name="reason", kind=Kind.TEXT, meaning="Why it was refused."),
    ),
    states=("requested", "granted", "refused"),
    moves=(
        Move(
            "grant",
            ("requested",),
            "granted",
            by=QUALITY,
            needs=("granted_minor",),
            takes=("valid_to_date",),
            not_by="created_by",
        ),
        Move("refuse", ("requested",), "refused", by=QUALITY, needs=("reason",)),
    ),
    open_by=SERVICE,
    read_by=SERVICE | QUALITY | {Grant.OEM_FINANCE, Grant.REGIONAL_MANAGER},
    amend_in=("requested",),
    rules=(NotBefore("valid_to_date", "requested_date"),),
    happened="requested_date",
    follows=(
        Needs(
            into=("requested",),
            of="repair_order",
            match=(("repair_order_id", Own("repair_order_id")), ("vin", Own("vin"))),
            states=("open", "quoted", "approved", "in_work", "waiting_parts"),
            rule="asked before the repair is done, for its car",
            remedy="correct the repair order or the VIN",
        ),
    ),
)
