"""Vehicle transfer: a car in stock goes from one outlet to another (V13, V17).

The maker agrees and books both ends, since neither outlet may write at the other.
"""

from operational_api.consequence import Forbids, Moves, Needs, Opens, Own, Value
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
    follows=(
        Needs(
            into=("requested",),
            of="vehicle",
            match=(("vin", Own("vin")), ("holder_outlet_code", Own("outlet_id"))),
            states=("wholesaled",),
            rule="the car does not stand in this stock",
            remedy="correct the VIN",
        ),
        Forbids(
            into=("requested",),
            of="vehicle_lock",
            match=(("vin", Own("vin")),),
            states=("active",),
            rule="the car is locked",
            remedy="release the lock first",
        ),
        Opens(
            into=("requested",),
            of="vehicle_lock",
            suffix="lock",
            sets=(
                ("vin", Own("vin")),
                ("reason", Value("transfer")),
                ("locked_at", Own("effective_at")),
                ("reference", Own("vehicle_transfer_id")),
            ),
        ),
        Moves(
            into=("rejected", "done"),
            of="vehicle_lock",
            match=(("vin", Own("vin")), ("reference", Own("vehicle_transfer_id"))),
            move="release",
            optional=True,
        ),
        Opens(
            into=("done",),
            of="vehicle_stock_move",
            suffix="out",
            sets=(
                ("vin", Own("vin")),
                ("move_type", Value("transfer_out")),
                ("moved_at", Own("moved_at")),
                ("reference", Own("vehicle_transfer_id")),
            ),
        ),
        Opens(
            into=("done",),
            of="vehicle_stock_move",
            suffix="in",
            outlet=Own("to_outlet_code"),
            sets=(
                ("vin", Own("vin")),
                ("move_type", Value("transfer_in")),
                ("moved_at", Own("moved_at")),
                ("reference", Own("vehicle_transfer_id")),
            ),
        ),
    ),
)
