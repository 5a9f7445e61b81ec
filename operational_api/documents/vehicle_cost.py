"""Vehicle cost: what a car costs the maker, landed, and what holding it costs a year; dated, by series."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import rule

FINANCE = frozenset({Grant.OEM_FINANCE, Grant.OEM_PLANNER})

VEHICLE_COST = rule(
    name="vehicle_cost",
    meaning="Landed cost of cars and the rate of holding them from one day on.",
    area="finance",
    by=FINANCE,
    read_by=FINANCE,
    fields=(
        Field(name="name", kind=Kind.TEXT, meaning="What people call it.", required=True),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the costs.", required=True),
        Field(
            name="holding_percent",
            kind=Kind.DECIMAL,
            meaning="Interest, yard and insurance of a car in stock.",
            required=True,
            minimum=0,
            maximum=100,
            unit="percent of its cost a year",
        ),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What a car of each series costs.",
            required=True,
            lines=(
                Field(name="series", kind=Kind.CODE, meaning="Series.", required=True),
                Field(
                    name="unit_cost_minor",
                    kind=Kind.MONEY,
                    meaning="Built and brought to the market.",
                    required=True,
                    minimum=1,
                    maximum=10**15,
                    unit="minor units",
                ),
            ),
        ),
    ),
)
