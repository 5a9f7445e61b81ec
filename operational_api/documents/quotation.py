"""Quotation: a price offered to a lead until a day (C19, V21)."""

from operational_api.document import AtMost, Document, Field, Grant, Kind, Move
from operational_api.documents.price_check import PRICE_CHECK
from operational_api.effect import Priced

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})

QUOTATION = Document(
    name="quotation",
    meaning="One price offered for one car.",
    key="quotation_id",
    area="marketing",
    fields=(
        Field(name="lead_id", kind=Kind.CODE, meaning="Lead it is for.", required=True, ref="lead"),
        Field(name="product_id", kind=Kind.CODE, meaning="What is offered.", required=True, ref="product"),
        Field(
            name="price_minor",
            kind=Kind.MONEY,
            meaning="Price before discount.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(
            name="discount_minor",
            kind=Kind.MONEY,
            meaning="Discount offered.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of both.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day the price holds.", required=True),
        *PRICE_CHECK,
    ),
    states=("draft", "sent", "accepted", "expired", "rejected"),
    opens_in=("draft", "sent", "accepted", "expired", "rejected"),
    moves=(
        Move("send", ("draft",), "sent", by=SALES),
        Move("accept", ("sent",), "accepted", by=SALES),
        Move("expire", ("sent",), "expired", by=SALES),
        Move("reject", ("sent",), "rejected", by=SALES),
    ),
    priced=Priced(
        into=("sent", "accepted"), product="product_id", price="price_minor", discount="discount_minor"
    ),
    open_by=SALES,
    read_by=SALES | {Grant.REGIONAL_MANAGER},
    amend_in=("draft",),
    rules=(AtMost(("discount_minor",), "price_minor"),),
)
