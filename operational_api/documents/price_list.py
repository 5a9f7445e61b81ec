"""Price list: what a car costs the customer in a market and currency, by model and variant (V02)."""

from operational_api.document import BUSINESS, Field, Grant, Kind
from operational_api.documents.rule import MARKET, rule

FINANCE = frozenset({Grant.OEM_FINANCE, Grant.OEM_PLANNER})

PRICE_LIST = rule(
    name="price_list",
    meaning="Retail prices of cars in one currency from one day on.",
    area="finance",
    by=FINANCE,
    read_by=BUSINESS,
    fields=(
        Field(name="name", kind=Kind.TEXT, meaning="What people call it.", required=True),
        MARKET,
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the prices.", required=True),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What costs how much; a line with the variant goes before one for the whole model.",
            required=True,
            lines=(
                Field(name="model", kind=Kind.TEXT, meaning="Model.", required=True),
                Field(name="variant", kind=Kind.CODE, meaning="Variant; without one it holds for all."),
                Field(
                    name="price_minor",
                    kind=Kind.MONEY,
                    meaning="List price.",
                    required=True,
                    minimum=1,
                    maximum=10**15,
                    unit="minor units",
                ),
            ),
        ),
    ),
)
