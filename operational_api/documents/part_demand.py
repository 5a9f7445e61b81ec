"""Part demand: every request for a part, filled or lost, stocked or not (P07).

What was filled, put on back-order and lost together never exceeds what was asked for;
the rest of a closed request was withdrawn by the customer.
"""

from operational_api.document import AtMost, Document, Field, Grant, Kind, Move

COUNTER = frozenset({Grant.PARTS, Grant.ADVISOR, Grant.DEALER_MANAGER})

PART_DEMAND = Document(
    name="part_demand",
    meaning="One request for one part.",
    key="part_demand_id",
    area="parts",
    fields=(
        Field(name="part_id", kind=Kind.CODE, meaning="Part asked for.", required=True, ref="part"),
        Field(
            name="quantity",
            kind=Kind.INTEGER,
            meaning="Units asked for.",
            required=True,
            minimum=1,
            maximum=1_000_000,
            unit="units",
        ),
        Field(name="demanded_at", kind=Kind.INSTANT, meaning="When it was asked for.", required=True),
        Field(
            name="channel",
            kind=Kind.CHOICE,
            meaning="Who asked.",
            choices=("repair_order", "counter", "wholesale", "internal", "warranty"),
            required=True,
        ),
        Field(
            name="filled_quantity",
            kind=Kind.INTEGER,
            meaning="Units handed out at once.",
            minimum=0,
            maximum=1_000_000,
            unit="units",
        ),
        Field(
            name="backordered_quantity",
            kind=Kind.INTEGER,
            meaning="Units put on back-order.",
            minimum=0,
            maximum=1_000_000,
            unit="units",
        ),
        Field(
            name="lost_quantity",
            kind=Kind.INTEGER,
            meaning="Units the customer bought elsewhere.",
            minimum=0,
            maximum=1_000_000,
            unit="units",
        ),
        Field(name="lost_reason", kind=Kind.CODE, meaning="Why they were lost: no_stock, price, wait."),
        Field(name="substitute_part_id", kind=Kind.CODE, meaning="Part handed out instead.", ref="part"),
        Field(name="repair_order_id", kind=Kind.CODE, meaning="Repair order that asked."),
        Field(name="vin", kind=Kind.VIN, meaning="Car it was for."),
    ),
    states=("open", "filled", "lost", "cancelled"),
    opens_in=("open", "filled", "lost"),
    moves=(
        Move(
            "fill", ("open",), "filled", by=COUNTER, needs=("filled_quantity",), takes=("substitute_part_id",)
        ),
        Move("lose", ("open",), "lost", by=COUNTER, needs=("lost_quantity", "lost_reason")),
        Move("cancel", ("open",), "cancelled", by=COUNTER),
    ),
    open_by=COUNTER,
    read_by=COUNTER | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    amend_in=("open",),
    rules=(AtMost(("filled_quantity", "backordered_quantity", "lost_quantity"), "quantity"),),
    happened="demanded_at",
    index=(("outlet_id", "part_id"),),
)
