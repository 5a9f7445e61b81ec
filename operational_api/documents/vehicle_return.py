"""Vehicle return: a car goes back, from the customer to the outlet or from the outlet to the maker (V20)."""

from operational_api.consequence import Forbids, Moves, Needs, Opens, Own, Value
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
    follows=(
        Needs(
            into=("requested",),
            when=("return_kind", ("sales",)),
            of="retail_delivery",
            match=(("vin", Own("vin")),),
            states=("reported", "audited"),
            rule="the car was not delivered here",
            remedy="correct the VIN",
        ),
        Needs(
            into=("requested",),
            when=("return_kind", ("purchase",)),
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
            when=("return_kind", ("purchase",)),
            of="vehicle_lock",
            suffix="lock",
            sets=(
                ("vin", Own("vin")),
                ("reason", Value("return")),
                ("locked_at", Own("effective_at")),
                ("reference", Own("vehicle_return_id")),
            ),
        ),
        Moves(
            into=("rejected", "done"),
            of="vehicle_lock",
            match=(("vin", Own("vin")), ("reference", Own("vehicle_return_id"))),
            move="release",
            optional=True,
        ),
        Moves(
            into=("done",),
            when=("return_kind", ("sales",)),
            of="retail_delivery",
            match=(("vin", Own("vin")),),
            move="reverse",
            optional=True,
        ),
        Opens(
            into=("done",),
            when=("return_kind", ("purchase",)),
            of="vehicle_stock_move",
            suffix="out",
            sets=(
                ("vin", Own("vin")),
                ("move_type", Value("supplier_return")),
                ("moved_at", Own("done_at")),
                ("reference", Own("vehicle_return_id")),
            ),
        ),
    ),
)
