"""Price band: how far below the list each position may sell, and what nobody may go below (F07)."""

from operational_api.document import DEALER, Field, Grant, Kind
from operational_api.documents.rule import MARKET, rule

# Types whose price is judged; compared with the declarations when they are loaded.
PRICED = ("quotation", "retail_order")
SELLERS = tuple(sorted(g.value for g in DEALER))

PRICE_BAND = rule(
    name="price_band",
    meaning="Discounts that pass by themselves, by position; beyond by request; below the floor none.",
    area="finance",
    by=frozenset({Grant.OEM_FINANCE, Grant.OEM_PLANNER}),
    fields=(
        Field(
            name="document_type",
            kind=Kind.CHOICE,
            meaning="Type of document it is for.",
            choices=PRICED,
            required=True,
        ),
        MARKET,
        Field(name="brand", kind=Kind.TEXT, meaning="Brand; without one it holds for all."),
        Field(
            name="floor_percent",
            kind=Kind.DECIMAL,
            meaning="Furthest below the list that may be sold at all.",
            required=True,
            minimum=0,
            maximum=100,
            unit="percent",
        ),
        Field(
            name="authorities",
            kind=Kind.LINES,
            meaning="How far below the list a position may sell by itself; the widest of a person's counts.",
            required=True,
            lines=(
                Field(
                    name="position",
                    kind=Kind.CHOICE,
                    meaning="Position of whoever sells.",
                    choices=SELLERS,
                    required=True,
                ),
                Field(
                    name="most_percent",
                    kind=Kind.DECIMAL,
                    meaning="Furthest below the list.",
                    required=True,
                    minimum=0,
                    maximum=100,
                    unit="percent",
                ),
            ),
        ),
    ),
)
