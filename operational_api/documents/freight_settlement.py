"""Freight settlement: the carrier's bill, matched with the shipment, charged to the outlet's fund (F08)."""

from operational_api.document import Document, Field, Grant, Kind, Move
from operational_api.documents.fund_account import FINANCE, READERS
from operational_api.effect import Approval, Posting

FREIGHT_SETTLEMENT = Document(
    name="freight_settlement",
    meaning="Freight of one shipment for one outlet.",
    key="freight_settlement_id",
    area="finance",
    fields=(
        Field(name="shipment_id", kind=Kind.CODE, meaning="Shipment.", required=True, ref="shipment"),
        Field(name="carrier", kind=Kind.CODE, meaning="Carrier.", required=True),
        Field(name="carrier_invoice", kind=Kind.CODE, meaning="Carrier's invoice.", required=True),
        Field(
            name="fund_account_id",
            kind=Kind.CODE,
            meaning="Account that pays.",
            required=True,
            ref="fund_account",
        ),
        Field(
            name="agreed_minor",
            kind=Kind.MONEY,
            meaning="Freight agreed with the order.",
            minimum=0,
            unit="minor units",
        ),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Freight charged.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the account.", required=True),
    ),
    states=("matched", "approved", "paid", "rejected"),
    moves=(
        Move("approve", ("matched",), "approved", by=FINANCE, not_by="created_by"),
        Move("reject", ("matched", "approved"), "rejected", by=FINANCE),
        Move("pay", ("approved",), "paid", by=FINANCE),
    ),
    postings=(Posting(into="paid", entry="freight", amount="amount_minor"),),
    approval=Approval(move="approve", amount="amount_minor", otherwise="reject"),
    open_by=FINANCE | {Grant.OEM_PLANNER},
    read_by=READERS - {Grant.PARTS},
)
