"""Vehicle return: a car goes back, from the customer to the outlet or from the outlet to the maker (V20)."""

from operational_api.document import Document, Field, Grant, Kind, Move

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})
MANAGER = frozenset({Grant.DEALER_MANAGER})
OEM = frozenset({Grant.OEM_PLANNER})

VEHICLE_RETURN = Document(
    name="vehicle_return",
    meaning="One car going back.",
    key="vehicle_return_id",
    area="vehicle",
    fields=(
        Field(
            name="return_kind",
            kind=Kind.CHOICE,
            required=True,
            choices=("sales", "purchase"),
            meaning="sales: from the customer to the outlet; purchase: from the outlet to the maker.",
        ),
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(
            name="retail_delivery_id",
            kind=Kind.CODE,
            meaning="Delivery that is undone.",
            ref="retail_delivery",
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="Why.", required=True, max_length=500),
        Field(name="requested_date", kind=Kind.DATE, meaning="Day of the request.", required=True),
        Field(name="done_at", kind=Kind.INSTANT, meaning="When the car was back."),
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=("requested", "approved", "rejected", "done"),
    moves=(
        Move("approve", ("requested",), "approved", by=MANAGER | OEM, not_by="created_by"),
        Move("reject", ("requested",), "rejected", by=MANAGER | OEM, needs=("reject_reason",)),
        Move("complete", ("approved",), "done", by=MANAGER | OEM, needs=("done_at",)),
    ),
    open_by=SALES,
    read_by=SALES | OEM | {Grant.REGIONAL_MANAGER, Grant.OEM_FINANCE},
    happened="requested_date",
    index=(("vin",),),
)
