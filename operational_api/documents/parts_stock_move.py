"""Parts stock move: units enter or leave a bin; append-only, the sum is the stock (P14-P16)."""

from operational_api.consequence import Needs, Own, Stock
from operational_api.document import Document, Field, Grant, Kind

STORE = frozenset({Grant.PARTS, Grant.DEALER_MANAGER})

PARTS_STOCK_MOVE = Document(
    name="parts_stock_move",
    meaning="One movement of one part at one outlet; plus brings in, minus takes out.",
    key="parts_stock_move_id",
    area="parts",
    fields=(
        Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
        Field(
            name="quantity",
            kind=Kind.INTEGER,
            meaning="Units, signed.",
            required=True,
            minimum=-1_000_000,
            maximum=1_000_000,
            unit="units",
        ),
        Field(
            name="move_type",
            kind=Kind.CHOICE,
            meaning="Why it moved.",
            choices=(
                "opening",
                "receipt",
                "issue_repair_order",
                "counter_sale",
                "internal_use",
                "transfer_in",
                "transfer_out",
                "count_adjustment",
                "customer_return",
                "supplier_return",
                "scrap",
                "loan_out",
                "loan_in",
                "bin_move",
            ),
            required=True,
        ),
        Field(name="moved_at", kind=Kind.INSTANT, meaning="When it moved.", required=True),
        Field(
            name="unit_cost_minor", kind=Kind.MONEY, meaning="Cost per unit.", minimum=0, unit="minor units"
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the cost."),
        Field(name="bin", kind=Kind.CODE, meaning="Bin."),
        Field(name="reference", kind=Kind.CODE, meaning="Order, repair order or count behind it."),
    ),
    states=("posted",),
    open_by=STORE,
    read_by=STORE | {Grant.ADVISOR, Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    happened="moved_at",
    index=(("outlet_id", "part_id"),),
    follows=(
        Needs(
            into=("posted",),
            when=("move_type", ("issue_repair_order",)),
            of="repair_order",
            match=(("repair_order_id", Own("reference")),),
            states=("approved", "in_work", "waiting_parts"),
            rule="parts go to a repair order that is approved and not finished",
            remedy="name the repair order as reference; have its quotation approved first",
        ),
        Stock(
            into=("posted",),
            amount="quantity",
            by=("outlet_id", "part_id"),
            rule="no more leaves the shelf than lies there",
            remedy="receive or count the part first, or correct the quantity",
        ),
    ),
)
