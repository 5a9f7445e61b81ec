"""Fund entry: an amount moves from one side of the ledger to another, for ever (F01).

Each kind names both sides, so every entry balances by itself; correcting one is another entry.
"""

from operational_api.document import Document, Field, Kind
from operational_api.documents.fund_account import FINANCE, READERS

# kind: (from, to). `available` and `held` are the outlet's; the others are the maker's side.
LEGS: dict[str, tuple[str, str]] = {
    "receipt": ("bank", "available"),
    "refund": ("available", "bank"),
    "draw": ("financier", "available"),
    "hold": ("available", "held"),
    "release": ("held", "available"),
    "debit": ("held", "sales"),
    "charge": ("available", "charges"),
    "credit": ("credits", "available"),
    "rebate": ("rebates", "available"),
    "clawback": ("available", "rebates"),
    "interest": ("interest", "available"),
    "freight": ("available", "freight"),
    "transfer_out": ("available", "clearing"),
    "transfer_in": ("clearing", "available"),
}

FUND_ENTRY = Document(
    name="fund_entry",
    meaning="One posting. Never changed, never deleted.",
    plural="fund_entries",
    key="fund_entry_id",
    area="finance",
    fields=(
        Field(name="fund_account_id", kind=Kind.CODE, meaning="Account.", required=True, ref="fund_account"),
        Field(
            name="kind",
            kind=Kind.CHOICE,
            meaning="What it is: from bank, held for an order, released, taken, ...",
            choices=tuple(LEGS),
            required=True,
        ),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Amount that moves; the kind says from where to where.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the account.", required=True),
        Field(name="cause", kind=Kind.CODE, meaning="Type of the document that caused it."),
        Field(name="cause_key", kind=Kind.CODE, meaning="Key of that document."),
        Field(name="note", kind=Kind.TEXT, meaning="Why, when a person posts it."),
    ),
    states=("posted",),
    open_by=FINANCE,
    read_by=READERS,
    index=(("cause_key", "cause"), ("fund_account_id",)),
)
