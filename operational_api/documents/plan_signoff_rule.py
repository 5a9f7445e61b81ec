"""Sign-off rule: which functions sign a scenario before it is promoted, and who may sign for each; dated."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import rule

FUNCTIONS = ("sales", "supply", "finance")
SIGNING = (Grant.REGIONAL_MANAGER.value, Grant.OEM_PLANNER.value, Grant.OEM_FINANCE.value)

PLAN_SIGNOFF_RULE = rule(
    name="plan_signoff_rule",
    meaning="The functions whose signature a scenario needs to be promoted.",
    area="planning",
    by=frozenset({Grant.OEM_PLANNER, Grant.OEM_FINANCE}),
    fields=(
        Field(
            name="functions",
            kind=Kind.LINES,
            meaning="Who signs.",
            required=True,
            lines=(
                Field(
                    name="function",
                    kind=Kind.CHOICE,
                    meaning="Function that signs.",
                    choices=FUNCTIONS,
                    required=True,
                ),
                Field(
                    name="signer_grant",
                    kind=Kind.CHOICE,
                    meaning="Grant of whoever signs for it.",
                    choices=SIGNING,
                    required=True,
                ),
            ),
        ),
    ),
)
