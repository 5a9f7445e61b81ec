"""Fund transfer: money changes its earmark or fund type within one outlet, asked by one, made by another."""

from operational_api.document import Document, Field, Grant, Kind, Move
from operational_api.documents.fund_account import FINANCE, READERS
from operational_api.effect import Approval, Posting

FUND_TRANSFER = Document(
    name="fund_transfer",
    meaning="An amount that goes from one fund account of an outlet to another of the same currency.",
    key="fund_transfer_id",
    area="finance",
    fields=(
        Field(name="from_account_id", kind=Kind.CODE, meaning="Gives.", required=True, ref="fund_account"),
        Field(name="to_account_id", kind=Kind.CODE, meaning="Takes.", required=True, ref="fund_account"),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Amount.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of both accounts.", required=True),
        Field(name="reason", kind=Kind.TEXT, meaning="Why the earmark is lifted.", required=True),
    ),
    states=("requested", "posted", "refused"),
    moves=(
        Move("post", ("requested",), "posted", by=FINANCE, not_by="created_by"),
        Move("refuse", ("requested",), "refused", by=FINANCE),
    ),
    postings=(
        Posting(into="posted", entry="transfer_out", amount="amount_minor", account="from_account_id"),
        Posting(into="posted", entry="transfer_in", amount="amount_minor", account="to_account_id"),
    ),
    approval=Approval(move="post", amount="amount_minor", otherwise="refuse"),
    open_by=FINANCE | {Grant.DEALER_MANAGER, Grant.CASHIER},
    read_by=READERS,
)
