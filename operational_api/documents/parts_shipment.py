"""Parts shipment: the warehouse's dispatch advice; receipt keeps the discrepancies (P10)."""

from operational_api.consequence import Each, Moves, Needs, Nothing, Opens, Own, Value
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SUPPLY = frozenset({Grant.OEM_PLANNER})
PARTS = frozenset({Grant.PARTS, Grant.DEALER_MANAGER})

PARTS_SHIPMENT = Document(
    name="parts_shipment",
    meaning="One dispatch of parts to one outlet.",
    key="parts_shipment_id",
    area="parts",
    fields=(
        Field(
            name="parts_order_id",
            kind=Kind.CODE,
            meaning="Order it serves.",
            required=True,
            ref="parts_order",
        ),
        Field(
            name="supplier_outlet_code",
            kind=Kind.CODE,
            meaning="Warehouse that ships.",
            required=True,
            ref="outlet",
        ),
        Field(name="shipped_at", kind=Kind.INSTANT, meaning="When it left.", required=True),
        Field(name="eta_date", kind=Kind.DATE, meaning="Day it is expected."),
        Field(name="received_at", kind=Kind.INSTANT, meaning="When it arrived."),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What is on board.",
            required=True,
            lines=(
                Field(
                    name="line_no",
                    kind=Kind.INTEGER,
                    meaning="Line of the order.",
                    required=True,
                    minimum=1,
                    maximum=100_000,
                ),
                Field(name="part_id", kind=Kind.CODE, meaning="Part shipped.", required=True, ref="part"),
                Field(
                    name="quantity",
                    kind=Kind.INTEGER,
                    meaning="Units shipped.",
                    required=True,
                    minimum=1,
                    maximum=1_000_000,
                    unit="units",
                ),
                Field(
                    name="backorder_line_id",
                    kind=Kind.CODE,
                    meaning="Back-order line that these units serve.",
                    ref="backorder_line",
                ),
                Field(
                    name="received_quantity",
                    kind=Kind.INTEGER,
                    meaning="Units counted on arrival.",
                    minimum=0,
                    maximum=1_000_000,
                    unit="units",
                ),
            ),
        ),
    ),
    states=("sent", "received"),
    moves=(Move("receive", ("sent",), "received", by=PARTS, needs=("received_at",), takes=("lines",)),),
    open_by=SUPPLY,
    read_by=SUPPLY | PARTS | {Grant.REGIONAL_MANAGER},
    rules=(NotBefore("received_at", "shipped_at"),),
    happened="shipped_at",
    follows=(
        Needs(
            into=("sent",),
            each="lines",
            of="backorder_line",
            match=(
                ("backorder_line_id", Each("backorder_line_id")),
                ("parts_order_id", Own("parts_order_id")),
                ("outlet_id", Own("outlet_id")),
                ("line_no", Each("line_no")),
                ("part_id", Each("part_id")),
                ("quantity", Each("quantity")),
                ("parts_shipment_id", Nothing()),
            ),
            states=("open", "allocated"),
            optional=True,
            rule="the back-order line is not of this order line, not of these units, or on its way already",
            remedy="ship it as it stands; amend its quantity first when less can leave",
        ),
        Moves(
            into=("sent",),
            each="lines",
            of="backorder_line",
            match=(("backorder_line_id", Each("backorder_line_id")),),
            move="amend",
            sets=(("parts_shipment_id", Own("parts_shipment_id")),),
            optional=True,
        ),
        Moves(
            into=("received",),
            of="backorder_line",
            match=(("parts_shipment_id", Own("parts_shipment_id")),),
            move="fill",
            optional=True,
        ),
        Opens(
            into=("received",),
            each="lines",
            of="parts_stock_move",
            suffix="line",
            sets=(
                ("part_id", Each("part_id")),
                ("quantity", Each("received_quantity")),
                ("move_type", Value("receipt")),
                ("moved_at", Own("received_at")),
                ("reference", Own("parts_shipment_id")),
            ),
            only_with="quantity",
        ),
        Moves(
            into=("received",),
            of="parts_order",
            match=(("parts_order_id", Own("parts_order_id")),),
            move="receive",
            sets=(("received_at", Own("received_at")),),
            optional=True,
        ),
    ),
)
