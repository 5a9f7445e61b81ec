"""Rebate payout: what one run of a policy gives one outlet, or takes back; approved, posted (F06)."""

from operational_api.document import Document, Field, Grant, Kind, Move
from operational_api.documents.fund_account import FINANCE, READERS
from operational_api.effect import Approval, Posting

REBATE_PAYOUT = Document(
    name="rebate_payout",
    meaning="The result of one policy run for one outlet, with the lines it rests on.",
    key="rebate_payout_id",
    area="finance",
    fields=(
        Field(name="rebate_policy_id", kind=Kind.CODE, meaning="Policy.", required=True, ref="rebate_policy"),
        Field(name="run_id", kind=Kind.CODE, meaning="Run that calculated it.", required=True),
        Field(
            name="direction",
            kind=Kind.CHOICE,
            meaning="payout: to the outlet; clawback: back from it.",
            choices=("payout", "clawback"),
            required=True,
        ),
        Field(name="result", kind=Kind.DECIMAL, meaning="What the outlet reached: units, or amount bought."),
        Field(
            name="fund_account_id",
            kind=Kind.CODE,
            meaning="Account it is paid into.",
            required=True,
            ref="fund_account",
        ),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Sum of the lines, without its sign.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the account.", required=True),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What it is paid for.",
            lines=(
                Field(name="subject_key", kind=Kind.CODE, meaning="VIN or document.", required=True),
                Field(
                    name="amount_minor",
                    kind=Kind.MONEY,
                    meaning="Given for it now; what is taken back is minus.",
                    required=True,
                    unit="minor units",
                ),
                Field(
                    name="earned_minor",
                    kind=Kind.MONEY,
                    meaning="Earned with it since the policy began.",
                    unit="minor units",
                ),
                Field(
                    name="earlier_minor",
                    kind=Kind.MONEY,
                    meaning="Given for it by earlier runs.",
                    unit="minor units",
                ),
                Field(name="tier_from", kind=Kind.DECIMAL, meaning="Tier that pays for it."),
            ),
        ),
        Field(name="reverse_reason", kind=Kind.TEXT, meaning="Why it was taken back."),
    ),
    states=("calculated", "reviewed", "approved", "paid", "reversed", "discarded"),
    moves=(
        Move("review", ("calculated",), "reviewed", by=FINANCE),
        Move("approve", ("reviewed",), "approved", by=FINANCE, not_by="created_by"),
        Move("pay", ("approved",), "paid", by=FINANCE),
        Move("discard", ("calculated", "reviewed", "approved"), "discarded", by=FINANCE),
        Move("reverse", ("paid",), "reversed", by=FINANCE, needs=("reverse_reason",)),
    ),
    postings=(
        Posting(into="paid", entry="rebate", amount="amount_minor", when=("direction", "payout")),
        Posting(into="paid", entry="clawback", amount="amount_minor", when=("direction", "clawback")),
        Posting(into="reversed", entry="clawback", amount="amount_minor", when=("direction", "payout")),
        Posting(into="reversed", entry="rebate", amount="amount_minor", when=("direction", "clawback")),
    ),
    approval=Approval(move="approve", amount="amount_minor"),
    open_by=FINANCE,
    read_by=READERS - {Grant.PARTS},
)
