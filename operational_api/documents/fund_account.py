"""Fund account: one outlet's money of one kind for one purpose, kept apart from all other (F01, F03)."""

from operational_api.document import Document, Field, Grant, Kind, Move

FINANCE = frozenset({Grant.OEM_FINANCE})
READERS = FINANCE | {
    Grant.OEM_PLANNER,
    Grant.REGIONAL_MANAGER,
    Grant.DEALER_MANAGER,
    Grant.PARTS,
    Grant.CASHIER,
}

FUND_ACCOUNT = Document(
    name="fund_account",
    meaning="A sub-ledger: outlet, fund type, earmark and currency; there is one account of each.",
    key="fund_account_id",
    area="finance",
    fields=(
        Field(
            name="fund_type",
            kind=Kind.CODE,
            meaning="Kind of money: cash, acceptance_bill, credit, rebate; the list is data.",
            required=True,
        ),
        Field(
            name="earmark",
            kind=Kind.CODE,
            meaning="What it may pay for: vehicle, parts, or any; no order takes from another earmark.",
            required=True,
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency it is kept in.", required=True),
        Field(name="freeze_reason", kind=Kind.TEXT, meaning="Why nothing may be paid from it."),
    ),
    states=("active", "frozen", "closed"),
    moves=(
        Move("freeze", ("active",), "frozen", by=FINANCE, needs=("freeze_reason",)),
        Move("thaw", ("frozen",), "active", by=FINANCE),
        Move("close", ("active", "frozen"), "closed", by=FINANCE),
    ),
    open_by=FINANCE,
    read_by=READERS,
)
