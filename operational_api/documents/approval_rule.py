"""Approval rule: who approves which type of document, by amount, market and order type (T05)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import AMOUNT_BAND, MARKET, ORDER_TYPE, rule

APPROVERS = tuple(g.value for g in Grant if g not in {Grant.DATA_ENGINEER, Grant.TECHNICIAN})

# Types that declare an approval; the list is compared with the declarations when they are loaded.
APPROVED = (
    "parts_order",
    "vehicle_order",
    "fund_transfer",
    "rebate_payout",
    "freight_settlement",
    "discount_request",
    "campaign",
    "campaign_expense",
)

APPROVAL_RULE = rule(
    name="approval_rule",
    meaning="The chain of approvals that documents of one type need.",
    area="general",
    by=frozenset({Grant.OEM_FINANCE, Grant.OEM_PLANNER}),
    fields=(
        Field(
            name="document_type",
            kind=Kind.CHOICE,
            meaning="Type of document it is for.",
            choices=APPROVED,
            required=True,
        ),
        MARKET,
        ORDER_TYPE,
        *AMOUNT_BAND,
        Field(
            name="mode",
            kind=Kind.CHOICE,
            meaning="automatic: nobody; any_of: one step is enough; serial: in order; parallel: all.",
            choices=("automatic", "any_of", "serial", "parallel"),
            required=True,
        ),
        Field(
            name="steps",
            kind=Kind.LINES,
            meaning="Who decides.",
            lines=(
                Field(
                    name="step_no",
                    kind=Kind.INTEGER,
                    meaning="Order of the step, from 1.",
                    required=True,
                    minimum=1,
                    maximum=20,
                ),
                Field(
                    name="approver_grant",
                    kind=Kind.CHOICE,
                    meaning="Grant that decides.",
                    choices=APPROVERS,
                    required=True,
                ),
            ),
        ),
    ),
)
