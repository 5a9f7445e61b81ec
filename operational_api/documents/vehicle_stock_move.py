"""Vehicle stock move: a car enters, leaves or changes bay at an outlet; append-only (V17, V18)."""

from operational_api.consequence import Forbids, Moves, Needs, Nothing, Own
from operational_api.document import Document, Field, Grant, Kind

COMES_IN = ("receipt", "transfer_in", "customer_return")
GOES_OUT = ("issue", "transfer_out", "supplier_return")
YARD = frozenset({Grant.DEALER_MANAGER, Grant.CONSULTANT})

VEHICLE_STOCK_MOVE = Document(
    name="vehicle_stock_move",
    meaning="One movement of one car at one outlet.",
    key="vehicle_stock_move_id",
    area="vehicle",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(
            name="move_type",
            kind=Kind.CHOICE,
            meaning="receipt, transfer_in, customer_return bring it in; the others but bay_move take it out.",
            choices=(*COMES_IN, *GOES_OUT, "bay_move"),
            required=True,
        ),
        Field(name="moved_at", kind=Kind.INSTANT, meaning="When it moved.", required=True),
        Field(name="bay", kind=Kind.CODE, meaning="Bay it stands in afterwards."),
        Field(name="reference", kind=Kind.CODE, meaning="Shipment, delivery or transfer behind it."),
    ),
    states=("posted",),
    open_by=YARD,
    read_by=YARD | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    happened="moved_at",
    follows=(
        Needs(
            into=("posted",),
            when=("move_type", COMES_IN),
            of="vehicle",
            match=(("vin", Own("vin")), ("holder_outlet_code", Nothing())),
            states=("wholesaled",),
            rule="the car stands in another stock, or is not at a dealer's at all",
            remedy="have it given out there first, or correct the VIN",
        ),
        Needs(
            into=("posted",),
            when=("move_type", (*GOES_OUT, "bay_move")),
            of="vehicle",
            match=(("vin", Own("vin")), ("holder_outlet_code", Own("outlet_id"))),
            states=("wholesaled",),
            rule="the car does not stand in this stock",
            remedy="receive it first, or correct the VIN",
        ),
        Forbids(
            into=("posted",),
            when=("move_type", GOES_OUT),
            of="vehicle_lock",
            match=(("vin", Own("vin")),),
            states=("active",),
            rule="the car is locked",
            remedy="release the lock first",
        ),
        Moves(
            into=("posted",),
            when=("move_type", COMES_IN),
            of="vehicle",
            match=(("vin", Own("vin")),),
            move="amend",
            sets=(("holder_outlet_code", Own("outlet_id")),),
        ),
        Moves(
            into=("posted",),
            when=("move_type", GOES_OUT),
            of="vehicle",
            match=(("vin", Own("vin")),),
            move="amend",
            sets=(("holder_outlet_code", Nothing()),),
        ),
    ),
)
