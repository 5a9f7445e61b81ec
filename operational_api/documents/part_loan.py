"""Part loan: units lent out of the store, to come back or to be paid (P16)."""

from operational_api.consequence import Minus, Opens, Own, Value
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

STORE = frozenset({Grant.PARTS, Grant.DEALER_MANAGER})

PART_LOAN = Document(
    name="part_loan",
    meaning="Units of one part lent to somebody.",
    key="part_loan_id",
    area="parts",
    fields=(
        Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
        Field(
            name="quantity",
            kind=Kind.INTEGER,
            meaning="Units lent.",
            required=True,
            minimum=1,
            maximum=1_000_000,
            unit="units",
        ),
        Field(
            name="borrower_kind",
            kind=Kind.CHOICE,
            meaning="Who borrows.",
            required=True,
            choices=("workshop", "outlet", "customer"),
        ),
        Field(name="borrower", kind=Kind.CODE, meaning="Staff, outlet or customer by code.", required=True),
        Field(name="lent_at", kind=Kind.INSTANT, meaning="When they left the store.", required=True),
        Field(name="due_date", kind=Kind.DATE, meaning="Day they are due.", required=True),
        Field(name="returned_at", kind=Kind.INSTANT, meaning="When they were back."),
        Field(name="reason", kind=Kind.TEXT, meaning="Why they were kept."),
    ),
    states=("lent", "returned", "kept"),
    moves=(
        Move("return_to_store", ("lent",), "returned", by=STORE, needs=("returned_at",)),
        Move("keep", ("lent",), "kept", by=frozenset({Grant.DEALER_MANAGER}), needs=("reason",)),
    ),
    open_by=STORE,
    read_by=STORE | {Grant.ADVISOR, Grant.REGIONAL_MANAGER},
    rules=(NotBefore("returned_at", "lent_at"),),
    happened="lent_at",
    follows=(
        Opens(
            into=("lent",),
            of="parts_stock_move",
            suffix="out",
            sets=(
                ("part_id", Own("part_id")),
                ("quantity", Minus(Own("quantity"))),
                ("move_type", Value("loan_out")),
                ("moved_at", Own("lent_at")),
                ("reference", Own("part_loan_id")),
            ),
        ),
        Opens(
            into=("returned",),
            of="parts_stock_move",
            suffix="in",
            sets=(
                ("part_id", Own("part_id")),
                ("quantity", Own("quantity")),
                ("move_type", Value("loan_in")),
                ("moved_at", Own("returned_at")),
                ("reference", Own("part_loan_id")),
            ),
        ),
    ),
)
