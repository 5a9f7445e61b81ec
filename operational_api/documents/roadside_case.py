"""Roadside case: a car that does not move any more, until somebody helped (S23)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SERVICE = frozenset({Grant.ADVISOR, Grant.TECHNICIAN, Grant.DEALER_MANAGER})

ROADSIDE_CASE = Document(
    name="roadside_case",
    meaning="One call for help on the road.",
    key="roadside_case_id",
    area="service",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", ref="vehicle"),
        Field(name="customer_id", kind=Kind.CODE, meaning="Customer, when known.", ref="customer_record"),
        Field(name="caller_phone", kind=Kind.PHONE, meaning="Phone of the caller.", personal=True),
        Field(
            name="location", kind=Kind.TEXT, meaning="Where the car stands.", personal=True, max_length=500
        ),
        Field(name="called_at", kind=Kind.INSTANT, meaning="When the call came.", required=True),
        Field(name="reached_at", kind=Kind.INSTANT, meaning="When help was there."),
        Field(name="symptom", kind=Kind.CODE, meaning="What the caller says.", required=True),
        Field(
            name="outcome",
            kind=Kind.CHOICE,
            meaning="How it ended.",
            choices=("repaired", "towed", "cancelled", "not_found"),
        ),
        Field(name="repair_order_id", kind=Kind.CODE, meaning="Repair it led to.", ref="repair_order"),
    ),
    states=("open", "closed"),
    moves=(
        Move(
            "close",
            ("open",),
            "closed",
            by=SERVICE,
            needs=("outcome",),
            takes=("reached_at", "repair_order_id"),
        ),
    ),
    open_by=SERVICE,
    read_by=SERVICE | {Grant.OEM_QUALITY, Grant.REGIONAL_MANAGER},
    amend_in=("open",),
    rules=(NotBefore("reached_at", "called_at"),),
    happened="called_at",
)
