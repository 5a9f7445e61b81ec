"""Parts return: parts go back to the warehouse that sent them (P11)."""

from operational_api.consequence import Each, Minus, Opens, Own, Value
from operational_api.document import Document, Field, Grant, Kind, Move

STORE = frozenset({Grant.PARTS, Grant.DEALER_MANAGER})
SUPPLY = frozenset({Grant.OEM_PLANNER})
FINANCE = frozenset({Grant.OEM_FINANCE})

PARTS_RETURN = Document(
    name="parts_return",
    meaning="One return of parts to a warehouse.",
    key="parts_return_id",
    area="parts",
    fields=(
        Field(name="parts_order_id", kind=Kind.CODE, meaning="Order they came with.", ref="parts_order"),
        Field(
            name="supplier_outlet_code",
            kind=Kind.CODE,
            meaning="Warehouse they go to.",
            required=True,
            ref="outlet",
        ),
        Field(
            name="reason",
            kind=Kind.CHOICE,
            meaning="Why.",
            required=True,
            choices=("wrong_part", "damaged", "surplus", "quality"),
        ),
        Field(name="requested_date", kind=Kind.DATE, meaning="Day of the request.", required=True),
        Field(name="shipped_at", kind=Kind.INSTANT, meaning="When they left."),
        Field(
            name="credit_minor", kind=Kind.MONEY, meaning="Amount credited.", minimum=0, unit="minor units"
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of prices and credit.", required=True),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What goes back.",
            required=True,
            lines=(
                Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
                Field(
                    name="quantity",
                    kind=Kind.INTEGER,
                    meaning="Units.",
                    required=True,
                    minimum=1,
                    maximum=1_000_000,
                    unit="units",
                ),
                Field(
                    name="unit_price_minor",
                    kind=Kind.MONEY,
                    meaning="Price it was bought at.",
                    required=True,
                    minimum=0,
                    unit="minor units",
                ),
            ),
        ),
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=("requested", "approved", "rejected", "shipped", "received", "credited"),
    moves=(
        Move("approve", ("requested",), "approved", by=SUPPLY, not_by="created_by"),
        Move("reject", ("requested",), "rejected", by=SUPPLY, needs=("reject_reason",)),
        Move("ship", ("approved",), "shipped", by=STORE, needs=("shipped_at",)),
        Move("receive", ("shipped",), "received", by=SUPPLY),
        Move("credit", ("received",), "credited", by=FINANCE, needs=("credit_minor",)),
    ),
    open_by=STORE,
    read_by=STORE | SUPPLY | FINANCE | {Grant.REGIONAL_MANAGER},
    amend_in=("requested",),
    happened="requested_date",
    follows=(
        Opens(
            into=("shipped",),
            each="lines",
            of="parts_stock_move",
            suffix="line",
            sets=(
                ("part_id", Each("part_id")),
                ("quantity", Minus(Each("quantity"))),
                ("move_type", Value("supplier_return")),
                ("moved_at", Own("shipped_at")),
                ("reference", Own("parts_return_id")),
            ),
            only_with="quantity",
        ),
    ),
)
