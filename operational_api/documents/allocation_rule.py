"""Allocation rule: how what is scarce is shared out, parts or cars (V12, P21)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import MARKET, rule

MEASURES = ("customer_grade", "order_priority", "forecast_share", "stock_age", "days_waiting", "criticality")

ALLOCATION_RULE = rule(
    name="allocation_rule",
    meaning="How scarce parts or cars are shared: who waits by promise, the rest by share and score.",
    area="parts",
    by=frozenset({Grant.OEM_PLANNER}),
    fields=(
        Field(
            name="subject",
            kind=Kind.CHOICE,
            meaning="What is shared out.",
            choices=("part", "vehicle"),
            required=True,
        ),
        MARKET,
        Field(
            name="share",
            kind=Kind.CHOICE,
            meaning="How the rest is divided: equal days of supply, by forecast, or by score.",
            choices=("days_supply", "forecast", "score"),
            required=True,
        ),
        Field(
            name="weights",
            kind=Kind.LINES,
            meaning="What counts in the score.",
            lines=(
                Field(
                    name="measure",
                    kind=Kind.CHOICE,
                    meaning="Measure.",
                    choices=MEASURES,
                    required=True,
                ),
                Field(
                    name="weight",
                    kind=Kind.INTEGER,
                    meaning="How much it counts.",
                    required=True,
                    minimum=0,
                    maximum=100,
                ),
            ),
        ),
    ),
)
