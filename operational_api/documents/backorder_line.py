"""Back-order line: units of an order line that the warehouse could not ship (P09)."""

from operational_api.document import Document, Field, Grant, Kind, Move

SUPPLY = frozenset({Grant.OEM_PLANNER})

BACKORDER_LINE = Document(
    name="backorder_line",
    meaning="Units owed on one line of one parts order.",
    key="backorder_line_id",
    area="parts",
    fields=(
        Field(name="parts_order_id", kind=Kind.CODE, meaning="Order.", required=True, ref="parts_order"),
        Field(
            name="line_no",
            kind=Kind.INTEGER,
            meaning="Line of the order.",
            required=True,
            minimum=1,
            maximum=100_000,
        ),
        Field(name="part_id", kind=Kind.CODE, meaning="Part owed.", required=True, ref="part"),
        Field(
            name="quantity",
            kind=Kind.INTEGER,
            meaning="Units owed.",
            required=True,
            minimum=1,
            maximum=1_000_000,
            unit="units",
        ),
        Field(name="owed_since_date", kind=Kind.DATE, meaning="Day it was promised first.", required=True),
        Field(name="eta_date", kind=Kind.DATE, meaning="Day it is expected."),
    ),
    states=("open", "allocated", "filled", "cancelled"),
    moves=(
        Move("allocate", ("open",), "allocated", by=SUPPLY, needs=("eta_date",)),
        Move("fill", ("open", "allocated"), "filled", by=SUPPLY),
        Move("cancel", ("open", "allocated"), "cancelled", by=SUPPLY),
    ),
    open_by=SUPPLY,
    read_by=SUPPLY | {Grant.PARTS, Grant.DEALER_MANAGER, Grant.ADVISOR, Grant.REGIONAL_MANAGER},
    amend_in=("open", "allocated"),
    happened="owed_since_date",
)
