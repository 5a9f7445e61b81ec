"""Vehicle transfer: a car in stock goes from one outlet to another (V13, V17).

The maker agrees and books both ends, since neither outlet may write at the other.
"""

from operational_api.document import Document, Field, Grant, Kind, Move

MANAGER = frozenset({Grant.DEALER_MANAGER})
OEM = frozenset({Grant.OEM_PLANNER})

VEHICLE_TRANSFER = Document(
    name="vehicle_transfer",
    meaning="One car given by one outlet to another.",
    key="vehicle_transfer_id",
    area="vehicle",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(
            name="to_outlet_code", kind=Kind.CODE, meaning="Outlet that gets it.", required=True, ref="outlet"
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="Why.", required=True),
        Field(name="requested_date", kind=Kind.DATE, meaning="Day of the request.", required=True),
        Field(name="moved_at", kind=Kind.INSTANT, meaning="When it arrived there."),
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=("requested", "approved", "rejected", "done"),
    moves=(
        Move("approve", ("requested",), "approved", by=OEM, not_by="created_by"),
        Move("reject", ("requested",), "rejected", by=OEM, needs=("reject_reason",)),
        Move("complete", ("approved",), "done", by=OEM, needs=("moved_at",)),
    ),
    open_by=MANAGER | OEM,
    read_by=MANAGER | OEM | {Grant.CONSULTANT, Grant.REGIONAL_MANAGER},
    happened="requested_date",
    index=(("vin",),),
)
