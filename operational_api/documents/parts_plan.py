"""Parts plan: what an outlet expects to sell of one category of parts and wants to receive (P06).

Submitted plans are merged into the one that region and headquarters see; who sent none is missing there.
"""

from operational_api.consequence import Once
from operational_api.document import Document, Field, Grant, Kind, Move

DEALER = frozenset({Grant.DEALER_MANAGER, Grant.PARTS})
MAKER = frozenset({Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER})

PARTS_PLAN = Document(
    name="parts_plan",
    meaning="One outlet's plan for one category of parts in one month.",
    key="parts_plan_id",
    area="parts",
    fields=(
        Field(name="plan_month", kind=Kind.MONTH, meaning="Month.", required=True),
        Field(name="category", kind=Kind.CODE, meaning="Category of parts.", required=True),
        Field(
            name="retail_units",
            kind=Kind.INTEGER,
            meaning="Units that customers will ask for.",
            required=True,
            minimum=0,
            maximum=100_000_000,
            unit="units",
        ),
        Field(
            name="requirement_units",
            kind=Kind.INTEGER,
            meaning="Units wanted from the maker.",
            required=True,
            minimum=0,
            maximum=100_000_000,
            unit="units",
        ),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="What is wanted from the maker, at the dealer's net price.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the amount.", required=True),
        Field(name="note", kind=Kind.TEXT, meaning="Remark.", max_length=500),
    ),
    states=("draft", "submitted", "merged"),
    opens_in=("draft", "submitted"),
    moves=(
        Move("submit", ("draft",), "submitted", by=DEALER),
        Move("return_to_dealer", ("submitted",), "draft", by=MAKER, needs=("note",)),
        Move("merge", ("submitted",), "merged", by=MAKER),
    ),
    open_by=DEALER,
    read_by=DEALER | MAKER,
    amend_in=("draft",),
    happened="plan_month",
    once=(
        Once(
            fields=("plan_month", "category", "outlet_id"),
            states=("draft", "submitted", "merged"),
            rule="this category has a plan for the month",
            remedy="amend the plan that is there, or have it returned",
        ),
    ),
)
