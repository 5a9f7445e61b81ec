"""Warranty rule: what a claim must keep to pass without a person; limits are the market's (S16, S18)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import MARKET, rule

CHECKS = ("late_claim", "out_of_time", "out_of_distance", "no_pre_authorisation")

WARRANTY_RULE = rule(
    name="warranty_rule",
    meaning="One check of every claim that is submitted, and what happens to a claim that fails it.",
    area="service",
    by=frozenset({Grant.OEM_QUALITY, Grant.OEM_FINANCE}),
    fields=(
        Field(
            name="check_kind",
            kind=Kind.CHOICE,
            meaning="late_claim: days from repair to claim; out_of_time: days from warranty start to repair; "
            "out_of_distance: odometer; no_pre_authorisation: amount without one.",
            choices=CHECKS,
            required=True,
        ),
        MARKET,
        Field(
            name="most",
            kind=Kind.INTEGER,
            meaning="Most that passes: days, kilometres, or minor units of the currency.",
            required=True,
            minimum=0,
            maximum=10**15,
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of an amount."),
        Field(
            name="outcome",
            kind=Kind.CHOICE,
            meaning="What becomes of a claim that fails.",
            choices=("return_to_dealer", "reject"),
            required=True,
        ),
        Field(name="reason", kind=Kind.CODE, meaning="Reason the outlet is told.", required=True),
    ),
)
