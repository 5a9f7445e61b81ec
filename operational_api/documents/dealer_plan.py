"""Dealer plan: what the outlet expects to retail and what it wants to receive (V03-V05).

Retail forecast and requirement are two quantities, over three rolling months, month or week.
"""

from operational_api.document import Document, Field, Grant, Kind, Move

MANAGER = frozenset({Grant.DEALER_MANAGER})
REGION = frozenset({Grant.REGIONAL_MANAGER})
PLANNER = frozenset({Grant.OEM_PLANNER})

DEALER_PLAN = Document(
    name="dealer_plan",
    meaning="One outlet's plan for one series in one period.",
    key="dealer_plan_id",
    area="vehicle",
    fields=(
        Field(
            name="horizon",
            kind=Kind.CHOICE,
            meaning="Which plan.",
            choices=("three_month", "month", "week"),
            required=True,
        ),
        Field(name="series", kind=Kind.CODE, meaning="Series.", required=True),
        Field(name="variant", kind=Kind.CODE, meaning="Variant, when planned that deep."),
        Field(name="period_date", kind=Kind.DATE, meaning="First day of the period.", required=True),
        Field(
            name="retail_units",
            kind=Kind.INTEGER,
            meaning="Expected retail.",
            required=True,
            minimum=0,
            maximum=1_000_000,
            unit="cars",
        ),
        Field(
            name="requirement_units",
            kind=Kind.INTEGER,
            meaning="Wanted supply.",
            required=True,
            minimum=0,
            maximum=1_000_000,
            unit="cars",
        ),
        Field(
            name="reviewed_retail_units",
            kind=Kind.INTEGER,
            meaning="What the region makes of the expected retail; empty: as the outlet says.",
            minimum=0,
            maximum=1_000_000,
            unit="cars",
        ),
        Field(
            name="reviewed_requirement_units",
            kind=Kind.INTEGER,
            meaning="What the region makes of the wanted supply; empty: as the outlet says.",
            minimum=0,
            maximum=1_000_000,
            unit="cars",
        ),
        Field(name="note", kind=Kind.TEXT, meaning="Remark.", max_length=500),
    ),
    states=("draft", "submitted", "region_reviewed", "consolidated", "locked"),
    opens_in=("draft", "submitted"),
    moves=(
        Move("submit", ("draft",), "submitted", by=MANAGER),
        Move("return_to_dealer", ("submitted",), "draft", by=REGION, needs=("note",)),
        Move(
            "review",
            ("submitted",),
            "region_reviewed",
            by=REGION,
            takes=("reviewed_retail_units", "reviewed_requirement_units"),
        ),
        Move("consolidate", ("region_reviewed",), "consolidated", by=PLANNER),
        Move("lock", ("consolidated",), "locked", by=PLANNER),
    ),
    open_by=MANAGER,
    read_by=MANAGER | REGION | PLANNER,
    amend_in=("draft",),
    happened="period_date",
)
