"""Identity rule: how sure the resolution must be to merge two records without asking, or to ask (R, M)."""

from operational_api.document import AtMost, Field, Grant, Kind
from operational_api.documents.rule import rule

IDENTITY_RULE = rule(
    name="identity_rule",
    meaning="How sure one must be to merge two customer records without asking, or to ask a steward.",
    area="customer",
    by=frozenset({Grant.OEM_QUALITY, Grant.OEM_PLANNER}),
    fields=(
        Field(
            name="auto_permille",
            kind=Kind.INTEGER,
            meaning="Chance of being one, in thousandths, from which two records are merged without asking.",
            required=True,
            minimum=500,
            maximum=999,
        ),
        Field(
            name="review_permille",
            kind=Kind.INTEGER,
            meaning="The same from which a steward is asked; below it the two are nobody's question.",
            required=True,
            minimum=1,
            maximum=998,
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="Why so.", required=True, max_length=500),
    ),
    rules=(AtMost(("review_permille",), "auto_permille"),),
)
