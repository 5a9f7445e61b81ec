"""Three-guarantees rule: when a car was repaired too often or too long; thresholds are a country's (S19)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import MARKET, rule

MEASURES = ("same_fault_repairs", "days_in_workshop")
FLAGS = ("watch", "reached")

THREE_GUARANTEES_RULE = rule(
    name="three_guarantees_rule",
    meaning="From how many repairs of one fault, or days in the workshop, the law gives the owner more.",
    area="service",
    by=frozenset({Grant.OEM_QUALITY, Grant.OEM_FINANCE}),
    fields=(
        Field(
            name="measure",
            kind=Kind.CHOICE,
            meaning="same_fault_repairs: repairs of one complaint; days_in_workshop: days of all repairs, "
            "each begun day whole.",
            choices=MEASURES,
            required=True,
        ),
        MARKET,
        Field(name="complaint_code", kind=Kind.CODE, meaning="Complaint; without one it holds for all."),
        Field(
            name="term_days",
            kind=Kind.INTEGER,
            meaning="Days from the start of warranty in which a repair counts.",
            required=True,
            minimum=1,
            maximum=10_000,
            unit="days",
        ),
        Field(
            name="term_km",
            kind=Kind.INTEGER,
            meaning="Odometer up to which a repair counts.",
            required=True,
            minimum=1,
            maximum=2_000_000,
            unit="km",
        ),
        Field(
            name="watch_from",
            kind=Kind.INTEGER,
            meaning="From this count on the repair order warns.",
            required=True,
            minimum=1,
            maximum=1000,
        ),
        Field(
            name="reached_at",
            kind=Kind.INTEGER,
            meaning="From this count on the owner has the remedy.",
            required=True,
            minimum=1,
            maximum=1000,
        ),
        Field(name="remedy", kind=Kind.TEXT, meaning="What the law gives the owner.", required=True),
    ),
)
