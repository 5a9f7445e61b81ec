"""Credit line: how far an account may be overdrawn, from one day to another (F04)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore
from operational_api.documents.fund_account import FINANCE, READERS

CREDIT_LINE = Document(
    name="credit_line",
    meaning="A limit granted on one fund account. Several lines add up.",
    key="credit_line_id",
    area="finance",
    fields=(
        Field(name="fund_account_id", kind=Kind.CODE, meaning="Account.", required=True, ref="fund_account"),
        Field(
            name="limit_minor",
            kind=Kind.MONEY,
            meaning="Most that may be owed.",
            required=True,
            minimum=0,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the account.", required=True),
        Field(name="valid_from_date", kind=Kind.DATE, meaning="First day it counts.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day it counts."),
        Field(name="suspend_reason", kind=Kind.TEXT, meaning="Why it is suspended."),
    ),
    states=("active", "suspended", "expired"),
    moves=(
        Move("suspend", ("active",), "suspended", by=FINANCE, needs=("suspend_reason",)),
        Move("resume", ("suspended",), "active", by=FINANCE),
        Move("expire", ("active", "suspended"), "expired", by=FINANCE),
    ),
    open_by=FINANCE,
    read_by=READERS | {Grant.OEM_PLANNER},
    rules=(NotBefore("valid_to_date", "valid_from_date"),),
    index=(("fund_account_id",),),
)
