"""Parts target: what an outlet is to sell or buy of one category of parts in a month or a year (P06)."""

from operational_api.document import Document, Field, Grant, Kind, Move

PLANNER = frozenset({Grant.OEM_PLANNER})

PARTS_TARGET = Document(
    name="parts_target",
    meaning="Money, and units where they are wanted, of one category of parts at one outlet.",
    key="parts_target_id",
    area="parts",
    fields=(
        Field(
            name="horizon",
            kind=Kind.CHOICE,
            meaning="Which target: of a year is spread over the months that have none of their own.",
            choices=("month", "year"),
            required=True,
        ),
        Field(name="target_month", kind=Kind.MONTH, meaning="Month; of a year its first.", required=True),
        Field(name="category", kind=Kind.CODE, meaning="Category of parts.", required=True),
        Field(
            name="measure",
            kind=Kind.CHOICE,
            meaning="Retail: handed out to customers. Wholesale: sent to the outlet.",
            choices=("wholesale", "retail"),
            required=True,
        ),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="At the dealer's net price.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the amount.", required=True),
        Field(
            name="units", kind=Kind.INTEGER, meaning="Units.", minimum=0, maximum=100_000_000, unit="units"
        ),
    ),
    states=("draft", "issued", "revised"),
    opens_in=("draft", "issued"),
    moves=(
        Move("issue", ("draft",), "issued", by=PLANNER),
        Move(
            "revise",
            ("issued", "revised"),
            "revised",
            by=PLANNER,
            needs=("amount_minor",),
            takes=("units",),
        ),
    ),
    open_by=PLANNER,
    read_by=PLANNER | {Grant.DEALER_MANAGER, Grant.PARTS, Grant.REGIONAL_MANAGER, Grant.OEM_FINANCE},
    amend_in=("draft",),
    happened="target_month",
)
