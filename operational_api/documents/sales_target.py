"""Sales target: what an outlet is to sell, by series and month (V02)."""

from operational_api.document import Document, Field, Grant, Kind, Move

PLANNER = frozenset({Grant.OEM_PLANNER})

SALES_TARGET = Document(
    name="sales_target",
    meaning="Units to sell at one outlet, of one series, in one month.",
    key="sales_target_id",
    area="vehicle",
    fields=(
        Field(name="target_month", kind=Kind.MONTH, meaning="Month.", required=True),
        Field(name="series", kind=Kind.CODE, meaning="Series.", required=True),
        Field(
            name="measure",
            kind=Kind.CHOICE,
            meaning="Which sale is meant.",
            choices=("wholesale", "retail"),
            required=True,
        ),
        Field(
            name="units",
            kind=Kind.INTEGER,
            meaning="Cars.",
            required=True,
            minimum=0,
            maximum=1_000_000,
            unit="cars",
        ),
    ),
    states=("draft", "issued", "revised"),
    opens_in=("draft", "issued"),
    moves=(
        Move("issue", ("draft",), "issued", by=PLANNER),
        Move("revise", ("issued", "revised"), "revised", by=PLANNER, needs=("units",)),
    ),
    open_by=PLANNER,
    read_by=PLANNER | {Grant.DEALER_MANAGER, Grant.CONSULTANT, Grant.REGIONAL_MANAGER, Grant.OEM_FINANCE},
    amend_in=("draft",),
    happened="target_month",
)
