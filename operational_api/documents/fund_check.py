"""What a check against the fund account leaves on the order that it checked (F14)."""

from operational_api.document import Field, Kind

FUND_CHECK: tuple[Field, ...] = (
    Field(
        name="fund_account_id",
        kind=Kind.CODE,
        meaning="Account that holds the money.",
        ref="fund_account",
        computed=True,
    ),
    Field(
        name="fund_available_minor",
        kind=Kind.MONEY,
        meaning="Cash on the account, not held, when it was checked.",
        unit="minor units",
        computed=True,
    ),
    Field(
        name="fund_credit_minor",
        kind=Kind.MONEY,
        meaning="Credit in force when it was checked.",
        unit="minor units",
        computed=True,
    ),
    Field(
        name="fund_held_minor",
        kind=Kind.MONEY,
        meaning="Held for other orders when it was checked.",
        unit="minor units",
        computed=True,
    ),
    Field(name="fund_checked_at", kind=Kind.INSTANT, meaning="When it was checked.", computed=True),
)
