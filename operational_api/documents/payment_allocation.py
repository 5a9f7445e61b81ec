"""Payment allocation: which order a payment is for; what is allocated never exceeds what was paid (F02)."""

from operational_api.document import Document, Field, Kind, Move
from operational_api.documents.fund_account import FINANCE, READERS
from operational_api.effect import Covered

PAYMENT_ALLOCATION = Document(
    name="payment_allocation",
    meaning="A part of one payment, matched to one order.",
    key="payment_allocation_id",
    area="finance",
    fields=(
        Field(
            name="payment_receipt_id",
            kind=Kind.CODE,
            meaning="Payment.",
            required=True,
            ref="payment_receipt",
        ),
        Field(name="vehicle_order_id", kind=Kind.CODE, meaning="Car it pays for.", ref="vehicle_order"),
        Field(name="parts_order_id", kind=Kind.CODE, meaning="Parts it pays for.", ref="parts_order"),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Part of the payment.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the payment.", required=True),
    ),
    states=("allocated", "reversed"),
    moves=(Move("reverse", ("allocated",), "reversed", by=FINANCE),),
    covered=Covered(
        amount="amount_minor",
        parent="payment_receipt_id",
        whole="amount_minor",
        states=("allocated",),
        then="allocate",
    ),
    open_by=FINANCE,
    read_by=READERS,
    index=(("payment_receipt_id",), ("vehicle_order_id",)),
)
