"""Retention rule: how long a person is kept after what happened last, by purpose and market (T12)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import MARKET, rule

PURPOSES = ("prospect", "customer")

RETENTION_RULE = rule(
    name="retention_rule",
    meaning="How long persons are kept for one purpose; after that `dms privacy retain` erases them.",
    area="general",
    by=frozenset({Grant.ADMIN, Grant.OEM_QUALITY}),
    fields=(
        Field(
            name="purpose",
            kind=Kind.CHOICE,
            meaning="prospect: never bought, owned or had a car serviced here; customer: did.",
            required=True,
            choices=PURPOSES,
        ),
        MARKET,
        Field(
            name="keep_days",
            kind=Kind.INTEGER,
            meaning="Days after the last thing that happened.",
            required=True,
            minimum=30,
            maximum=36_500,
            unit="days",
        ),
        Field(name="basis", kind=Kind.TEXT, meaning="Law or reason for the time.", required=True),
    ),
)
