"""Stock limit: the most of one part that an outlet has room for, for a while (P06)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

KEEPERS = frozenset({Grant.PARTS, Grant.DEALER_MANAGER, Grant.OEM_PLANNER})

STOCK_LIMIT = Document(
    name="stock_limit",
    meaning="The most units of one part that an outlet wants on its shelf and on the way.",
    key="stock_limit_id",
    area="parts",
    fields=(
        Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
        Field(
            name="maximum_units",
            kind=Kind.INTEGER,
            meaning="Most units there and coming.",
            required=True,
            minimum=0,
            maximum=1_000_000,
            unit="units",
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="Why.", max_length=500),
        Field(name="valid_from_date", kind=Kind.DATE, meaning="First day it holds.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day it holds."),
    ),
    states=("active", "ended"),
    moves=(Move("end", ("active",), "ended", by=KEEPERS, needs=("valid_to_date",)),),
    open_by=KEEPERS,
    read_by=KEEPERS | {Grant.REGIONAL_MANAGER},
    rules=(NotBefore("valid_to_date", "valid_from_date"),),
)
