"""Customer grade rule: the grade of a golden customer, AAA to D, by points, complaints or blacklist (C)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import MARKET, rule

GRADES = ("AAA", "AA", "A", "B", "C", "D")  # as in grade_override, which stands above the rule

CUSTOMER_GRADE_RULE = rule(
    name="customer_grade_rule",
    meaning="What a customer must bring to have a grade.",
    area="customer",
    by=frozenset({Grant.OEM_QUALITY, Grant.OEM_PLANNER}),
    fields=(
        Field(name="grade", kind=Kind.CHOICE, meaning="The grade.", choices=GRADES, required=True),
        MARKET,
        Field(
            name="condition",
            kind=Kind.CHOICE,
            meaning="points: recency, frequency and money, 1 to 5 each; complained: complaints in a window, "
            "whatever the points; blacklisted: stands on a blacklist, whatever else.",
            choices=("points", "complained", "blacklisted"),
            required=True,
        ),
        Field(
            name="least_points",
            kind=Kind.INTEGER,
            meaning="Points from which the grade is reached.",
            minimum=3,
            maximum=15,
        ),
        Field(
            name="least_complaints",
            kind=Kind.INTEGER,
            meaning="Complaints from which the grade is reached; left out: one.",
            minimum=1,
            maximum=100,
        ),
        Field(
            name="within_days",
            kind=Kind.INTEGER,
            meaning="Days back in which complaints count; left out: all.",
            minimum=1,
            maximum=36_500,
            unit="days",
        ),
    ),
)
