"""Vehicle stock move: a car enters, leaves or changes bay at an outlet; append-only (V17, V18)."""

from operational_api.document import Document, Field, Grant, Kind

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
            choices=(
                "receipt",
                "transfer_in",
                "customer_return",
                "issue",
                "transfer_out",
                "supplier_return",
                "bay_move",
            ),
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
)
