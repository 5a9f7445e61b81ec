"""Labour operation: how long a job takes by the maker's book, by series and model (S14)."""

from operational_api.document import BUSINESS, Field, Grant, Kind
from operational_api.documents.rule import rule

LABOR_OPERATION = rule(
    name="labor_operation",
    meaning="Standard hours of one operation from one day on.",
    area="service",
    by=frozenset({Grant.OEM_QUALITY, Grant.OEM_FINANCE}),
    read_by=BUSINESS,
    fields=(
        Field(name="operation", kind=Kind.CODE, meaning="Labour operation.", required=True),
        Field(name="description", kind=Kind.TEXT, meaning="What is done.", required=True),
        Field(name="series", kind=Kind.CODE, meaning="Series; without one it holds for all."),
        Field(name="model", kind=Kind.TEXT, meaning="Model; without one it holds for all of the series."),
        Field(
            name="standard_hours",
            kind=Kind.DECIMAL,
            meaning="Hours the maker allows, and sells.",
            required=True,
            minimum=0,
            maximum=1000,
            unit="hours",
        ),
    ),
)
