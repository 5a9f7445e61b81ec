"""Part price: dated price of a part in a market (P03)."""

from operational_api.document import EVERYONE, Document, Field, Grant, Kind, Move, NotBefore, Tenancy

FINANCE = frozenset({Grant.OEM_FINANCE, Grant.OEM_PLANNER})

PART_PRICE = Document(
    name="part_price",
    meaning="Price of one part in one market from one day on.",
    key="part_price_id",
    area="parts",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
        Field(name="market", kind=Kind.COUNTRY, meaning="Market.", required=True),
        Field(
            name="price_type",
            kind=Kind.CHOICE,
            meaning="Whose price.",
            choices=("dealer_net", "retail", "emergency"),
            required=True,
        ),
        Field(
            name="price_minor",
            kind=Kind.MONEY,
            meaning="Price per unit.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency.", required=True),
        Field(name="valid_from_date", kind=Kind.DATE, meaning="First day it holds.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day it holds."),
    ),
    states=("effective", "ended"),
    moves=(Move("end", ("effective",), "ended", by=FINANCE, needs=("valid_to_date",)),),
    open_by=FINANCE,
    read_by=EVERYONE,
    amend_in=("effective",),
    rules=(NotBefore("valid_to_date", "valid_from_date"),),
    happened="valid_from_date",
)
