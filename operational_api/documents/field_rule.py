"""Field rule: one role's access to one field of a document or table, in a state or all, from a day on (T03).

It stands over the table in the code (`field_rules.py`), which holds where no rule speaks. Drafted by one
administrator, activated by another. `operational_api/field_rule_guard.py` says what a rule may not say.
"""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import rule

LEVELS = ("hidden", "masked", "read", "write")

FIELD_RULE = rule(
    name="field_rule",
    meaning="What one role may do with one field of one document type or published table.",
    area="general",
    by=frozenset({Grant.ADMIN}),
    read_by=frozenset({Grant.ADMIN, Grant.DATA_ENGINEER}),
    fields=(
        Field(
            name="place",
            kind=Kind.CODE,
            meaning="Document type or published table, as vehicle_order or dim_customer.",
            required=True,
        ),
        Field(name="field", kind=Kind.CODE, meaning="Field or column.", required=True),
        Field(
            name="role",
            kind=Kind.CHOICE,
            meaning="Whose access it is.",
            required=True,
            choices=tuple(g.value for g in Grant if g is not Grant.ADMIN),
        ),
        Field(name="in_state", kind=Kind.CODE, meaning="State of the document; without one in all."),
        Field(
            name="access",
            kind=Kind.CHOICE,
            meaning="hidden: left out; masked: whether there is a value; read; write.",
            required=True,
            choices=LEVELS,
        ),
        Field(name="why", kind=Kind.TEXT, meaning="Reason, for who reads the rules.", required=True),
    ),
)
