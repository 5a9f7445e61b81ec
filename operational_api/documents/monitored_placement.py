"""Monitored placement: a car stands at an outlet and stays the maker's until it is sold (V32, F09)."""

from operational_api.consequence import Needs, Once, Own
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

OEM = frozenset({Grant.OEM_PLANNER})
FINANCE = frozenset({Grant.OEM_FINANCE})
SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})

MONITORED_PLACEMENT = Document(
    name="monitored_placement",
    meaning="One car placed at one outlet on consignment.",
    key="monitored_placement_id",
    area="vehicle",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(name="placed_date", kind=Kind.DATE, meaning="Day it was placed.", required=True),
        Field(name="due_date", kind=Kind.DATE, meaning="Day it is to be paid or returned.", required=True),
        Field(name="terms", kind=Kind.TEXT, meaning="What was agreed.", required=True, max_length=500),
        Field(
            name="price_minor",
            kind=Kind.MONEY,
            meaning="Price to be settled.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the price.", required=True),
        Field(name="checked_date", kind=Kind.DATE, meaning="Day somebody last saw it there."),
        Field(name="settled_date", kind=Kind.DATE, meaning="Day it was sold and fell due."),
    ),
    states=("placed", "monitored", "settled", "returned"),
    moves=(
        Move("check", ("placed", "monitored"), "monitored", by=OEM, needs=("checked_date",)),
        Move("settle", ("placed", "monitored"), "settled", by=FINANCE | SALES, needs=("settled_date",)),
        Move("return_to_maker", ("placed", "monitored"), "returned", by=OEM),
    ),
    open_by=OEM,
    read_by=OEM | FINANCE | SALES | {Grant.REGIONAL_MANAGER},
    amend_in=("placed", "monitored"),
    rules=(NotBefore("due_date", "placed_date"), NotBefore("settled_date", "placed_date")),
    happened="placed_date",
    index=(("vin",),),
    once=(
        Once(
            fields=("vin",),
            states=("placed", "monitored"),
            rule="the car is placed already",
            remedy="end that placement first",
        ),
    ),
    follows=(
        Needs(
            into=("placed",),
            of="vehicle",
            match=(("vin", Own("vin")),),
            states=("built", "wholesaled"),
            rule="a sold car is not placed",
            remedy="correct the VIN",
        ),
    ),
)
