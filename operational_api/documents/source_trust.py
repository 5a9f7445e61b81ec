"""Source trust: whose value survives in the golden record when sources disagree (M)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import rule

ATTRIBUTES = ("given_name", "family_name", "company_name", "phone", "email", "address_line", "postcode",
              "city", "country", "birth_date", "language")  # fmt: skip

SOURCE_TRUST = rule(
    name="source_trust",
    meaning="How much a source of customer records is trusted, for one attribute or for all.",
    plural="source_trusts",
    area="customer",
    by=frozenset({Grant.OEM_QUALITY, Grant.OEM_PLANNER}),
    fields=(
        Field(name="source", kind=Kind.CODE, meaning="Source of customer records.", required=True),
        Field(
            name="attribute",
            kind=Kind.CHOICE,
            meaning="Attribute it holds for; without one for all that have no order of their own.",
            choices=ATTRIBUTES,
        ),
        Field(
            name="trust_rank",
            kind=Kind.INTEGER,
            meaning="1 is trusted most; a source without a rank comes last.",
            required=True,
            minimum=1,
            maximum=1_000,
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="Why so.", required=True, max_length=500),
    ),
)
