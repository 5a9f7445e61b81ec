"""Settlement: what maker and outlet owe each other for claims, campaigns and other bills (F10)."""

from operational_api.document import Document, Field, Grant, Kind, Move
from operational_api.documents.fund_account import FINANCE, READERS
from operational_api.effect import Posting

SETTLEMENT = Document(
    name="settlement",
    meaning="One statement that the maker owes one outlet an amount; paid, it is on the fund account.",
    key="settlement_id",
    area="finance",
    fields=(
        Field(
            name="settlement_kind",
            kind=Kind.CHOICE,
            meaning="What is settled.",
            choices=("warranty", "campaign", "return", "other"),
            required=True,
        ),
        Field(name="warranty_claim_id", kind=Kind.CODE, meaning="Claim it pays.", ref="warranty_claim"),
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
            meaning="Amount owed to the outlet.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the account.", required=True),
        Field(name="dispute_reason", kind=Kind.TEXT, meaning="What the outlet objects to."),
    ),
    states=("draft", "confirmed", "disputed", "paid"),
    moves=(
        Move("confirm", ("draft", "disputed"), "confirmed", by=frozenset({Grant.DEALER_MANAGER})),
        Move(
            "dispute",
            ("draft",),
            "disputed",
            by=frozenset({Grant.DEALER_MANAGER}),
            needs=("dispute_reason",),
        ),
        Move("pay", ("confirmed",), "paid", by=FINANCE),
    ),
    postings=(Posting(into="paid", entry="credit", amount="amount_minor"),),
    open_by=FINANCE,
    read_by=READERS - {Grant.PARTS},
    amend_in=("draft", "disputed"),
)
