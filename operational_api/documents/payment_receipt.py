"""Payment receipt: money arrived from an outlet; it is usable at once, matched to orders later (F02)."""

from operational_api.document import Document, Field, Kind, Move
from operational_api.documents.fund_account import FINANCE, READERS
from operational_api.effect import Posting

PAYMENT_RECEIPT = Document(
    name="payment_receipt",
    meaning="One payment by one outlet into one fund account.",
    key="payment_receipt_id",
    area="finance",
    fields=(
        Field(name="fund_account_id", kind=Kind.CODE, meaning="Account.", required=True, ref="fund_account"),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Amount received.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the account.", required=True),
        Field(name="paid_date", kind=Kind.DATE, meaning="Value date at the bank.", required=True),
        Field(name="bank_reference", kind=Kind.CODE, meaning="Reference on the bank statement."),
        Field(name="reverse_reason", kind=Kind.TEXT, meaning="Why it was reversed."),
    ),
    states=("received", "allocated", "reversed"),
    moves=(
        Move("allocate", ("received",), "allocated", by=FINANCE),
        Move("reopen", ("allocated",), "received", by=FINANCE),
        Move("reverse", ("received",), "reversed", by=FINANCE, needs=("reverse_reason",)),
    ),
    postings=(
        Posting(into="received", entry="receipt", amount="amount_minor", leaving=("allocated",)),
        Posting(into="reversed", entry="refund", amount="amount_minor"),
    ),
    open_by=FINANCE,
    read_by=READERS,
    happened="paid_date",
)
