"""Stock count: what lies in the bins, against what should; approved, then posted (P14)."""

from operational_api.consequence import Difference, Each, Opens, Own, Value
from operational_api.document import Document, Field, Grant, Kind, Move

STORE = frozenset({Grant.PARTS, Grant.DEALER_MANAGER})
MANAGER = frozenset({Grant.DEALER_MANAGER})

STOCK_COUNT = Document(
    name="stock_count",
    meaning="One count of some parts of one store.",
    key="stock_count_id",
    area="parts",
    fields=(
        Field(name="counted_at", kind=Kind.INSTANT, meaning="When it was counted.", required=True),
        Field(
            name="reason",
            kind=Kind.CHOICE,
            meaning="Why it was counted.",
            required=True,
            choices=("annual", "cycle", "difference", "opening"),
        ),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What was counted.",
            required=True,
            lines=(
                Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
                Field(name="bin", kind=Kind.CODE, meaning="Bin."),
                Field(
                    name="expected_quantity",
                    kind=Kind.INTEGER,
                    meaning="Units on the books.",
                    required=True,
                    minimum=0,
                    maximum=1_000_000,
                    unit="units",
                ),
                Field(
                    name="counted_quantity",
                    kind=Kind.INTEGER,
                    meaning="Units found.",
                    required=True,
                    minimum=0,
                    maximum=1_000_000,
                    unit="units",
                ),
                Field(name="remark", kind=Kind.TEXT, meaning="Why they differ."),
            ),
        ),
    ),
    states=("open", "approved", "posted", "cancelled"),
    moves=(
        Move("approve", ("open",), "approved", by=MANAGER, not_by="created_by"),
        Move("post", ("approved",), "posted", by=STORE),
        Move("cancel", ("open", "approved"), "cancelled", by=MANAGER),
    ),
    open_by=STORE,
    read_by=STORE | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    amend_in=("open",),
    happened="counted_at",
    follows=(
        Opens(
            into=("posted",),
            each="lines",
            of="parts_stock_move",
            suffix="line",
            sets=(
                ("part_id", Each("part_id")),
                ("quantity", Difference(Each("counted_quantity"), Each("expected_quantity"))),
                ("move_type", Value("count_adjustment")),
                ("moved_at", Own("counted_at")),
                ("reference", Own("stock_count_id")),
                ("bin", Each("bin")),
            ),
            only_with="quantity",
        ),
    ),
)
