"""Shipment: cars on their way to one outlet, with papers and freight (V15)."""

from operational_api.consequence import Each, Forbids, From, Has, Moves, Needs, Opens, Own, Value
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore
from operational_api.documents.override import override

PLANNER = frozenset({Grant.OEM_PLANNER})
MANAGER = frozenset({Grant.DEALER_MANAGER})

SHIPMENT = Document(
    name="shipment",
    meaning="Cars sent together to one outlet.",
    key="shipment_id",
    area="vehicle",
    fields=(
        Field(
            name="mode",
            kind=Kind.CHOICE,
            meaning="How it travels.",
            choices=("sea", "rail", "road", "air"),
            required=True,
        ),
        Field(name="carrier", kind=Kind.TEXT, meaning="Carrier."),
        Field(name="bill_of_lading", kind=Kind.CODE, meaning="Bill of lading."),
        Field(name="dispatch_permit", kind=Kind.CODE, meaning="Dispatch permit."),
        *override("permit", "urgent_customer", "permit_on_its_way", "replacement", "other"),
        Field(name="departure_date", kind=Kind.DATE, meaning="Day it left, or is to leave.", required=True),
        Field(name="eta_date", kind=Kind.DATE, meaning="Day it is expected.", required=True),
        Field(name="arrival_date", kind=Kind.DATE, meaning="Day it arrived."),
        Field(
            name="freight_minor",
            kind=Kind.MONEY,
            meaning="Freight of the whole shipment.",
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the freight."),
        Field(
            name="cars",
            kind=Kind.LINES,
            meaning="The cars on board.",
            required=True,
            lines=(
                Field(name="vin", kind=Kind.VIN, meaning="Car on board.", required=True),
                Field(name="vehicle_order_id", kind=Kind.CODE, meaning="Order it fulfils."),
            ),
        ),
    ),
    states=("planned", "released", "in_transit", "arrived", "received", "claim"),
    moves=(
        Move(
            "release",
            ("planned",),
            "released",
            by=PLANNER,
            takes=("dispatch_permit", "permit_override_reason", "permit_override_note"),
        ),
        Move("depart", ("released",), "in_transit", by=PLANNER, needs=("bill_of_lading",)),
        Move("arrive", ("in_transit",), "arrived", by=PLANNER | MANAGER, needs=("arrival_date",)),
        Move("receive", ("arrived",), "received", by=MANAGER),
        Move("claim_damage", ("arrived",), "claim", by=MANAGER),
    ),
    open_by=PLANNER,
    read_by=PLANNER | MANAGER | {Grant.REGIONAL_MANAGER, Grant.OEM_FINANCE},
    amend_in=("planned", "released"),
    rules=(NotBefore("eta_date", "departure_date"), NotBefore("arrival_date", "departure_date")),
    happened="departure_date",
    follows=(
        Needs(
            into=("released",),
            each="cars",
            of="dispatch_permit",
            match=(
                ("dispatch_permit_id", Own("dispatch_permit")),
                ("outlet_id", Own("outlet_id")),
                ("valid_to_date", From(Own("departure_date"))),
                ("cars", Has("vin", Each("vin"))),
            ),
            states=("granted",),
            unless=("permit_override_reason", "permit_override_note"),
            rule="no dispatch permit in force covers a car on board",
            remedy="have one granted for outlet, car and day, or give permit_override_reason and "
            "permit_override_note",
        ),
        Needs(
            into=("released",),
            each="cars",
            of="vehicle_order",
            match=(("vehicle_order_id", Each("vehicle_order_id")), ("vin", Each("vin"))),
            states=("allocated",),
            rule="a car on board is not allocated to its order",
            remedy="allocate it first, or take it off the list",
            optional=True,
        ),
        Needs(
            into=("released",),
            each="cars",
            of="vehicle",
            match=(("vin", Each("vin")),),
            states=("built", "wholesaled"),
            rule="a car on board is sold or unknown",
            remedy="take it off the list",
        ),
        Forbids(
            into=("released",),
            each="cars",
            of="vehicle_lock",
            match=(("vin", Each("vin")),),
            states=("active",),
            rule="a car on board is locked",
            remedy="release the lock first, or take the car off the list",
        ),
        Moves(
            into=("in_transit",),
            of="dispatch_permit",
            match=(("dispatch_permit_id", Own("dispatch_permit")), ("outlet_id", Own("outlet_id"))),
            move="use",
            optional=True,
        ),
        Moves(
            into=("in_transit",),
            each="cars",
            of="vehicle_order",
            match=(("vehicle_order_id", Each("vehicle_order_id")),),
            move="dispatch",
            optional=True,
        ),
        Moves(
            into=("in_transit",),
            each="cars",
            of="vehicle",
            match=(("vin", Each("vin")),),
            move="wholesale",
            optional=True,
        ),
        Opens(
            into=("received", "claim"),
            each="cars",
            of="vehicle_stock_move",
            suffix="receipt",
            sets=(
                ("vin", Each("vin")),
                ("move_type", Value("receipt")),
                ("moved_at", Own("effective_at")),
                ("reference", Own("shipment_id")),
            ),
        ),
        Opens(
            into=("claim",),
            each="cars",
            of="vehicle_lock",
            suffix="damage",
            sets=(
                ("vin", Each("vin")),
                ("reason", Value("damage")),
                ("locked_at", Own("effective_at")),
                ("reference", Own("shipment_id")),
            ),
        ),
        Moves(
            into=("received", "claim"),
            each="cars",
            of="vehicle_order",
            match=(("vehicle_order_id", Each("vehicle_order_id")),),
            move="receive",
            optional=True,
        ),
    ),
)
