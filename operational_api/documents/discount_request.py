"""Discount request: a price below what the asker may grant; who decides is data (F07)."""

from operational_api.document import AtMost, Document, Field, Grant, Kind, Move
from operational_api.effect import Approval

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER, Grant.PARTS, Grant.ADVISOR})
DECIDERS = frozenset({Grant.DEALER_MANAGER, Grant.REGIONAL_MANAGER, Grant.OEM_FINANCE, Grant.OEM_PLANNER})

DISCOUNT_REQUEST = Document(
    name="discount_request",
    meaning="One discount on one sale, decided before it is promised.",
    key="discount_request_id",
    area="finance",
    fields=(
        Field(
            name="sale_kind",
            kind=Kind.CHOICE,
            meaning="What is sold.",
            choices=("vehicle", "parts", "labour"),
            required=True,
        ),
        Field(name="quotation_id", kind=Kind.CODE, meaning="Quotation.", ref="quotation"),
        Field(name="retail_order_id", kind=Kind.CODE, meaning="Contract.", ref="retail_order"),
        Field(name="repair_order_id", kind=Kind.CODE, meaning="Repair order.", ref="repair_order"),
        Field(
            name="list_minor",
            kind=Kind.MONEY,
            meaning="Price without discount.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(
            name="discount_minor",
            kind=Kind.MONEY,
            meaning="Discount asked for.",
            required=True,
            minimum=1,
            maximum=10**15,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency.", required=True),
        Field(name="reason", kind=Kind.TEXT, meaning="Why it is needed.", required=True),
        Field(name="refuse_reason", kind=Kind.TEXT, meaning="Why it was refused."),
    ),
    states=("draft", "submitted", "approved", "rejected", "used", "ended"),
    opens_in=("draft", "submitted"),
    moves=(
        Move("submit", ("draft",), "submitted", by=SALES),
        Move("approve", ("submitted",), "approved", by=DECIDERS, not_by="created_by"),
        Move("reject", ("submitted",), "rejected", by=DECIDERS, needs=("refuse_reason",)),
        Move("use", ("approved",), "used", by=SALES),
        Move("end", ("draft", "submitted", "approved"), "ended", by=SALES | DECIDERS),
    ),
    approval=Approval(
        move="approve",
        amount="discount_minor",
        order_type="sale_kind",
        otherwise="reject",
        reason="refuse_reason",
    ),
    open_by=SALES,
    read_by=SALES | DECIDERS,
    amend_in=("draft",),
    rules=(AtMost(("discount_minor",), "list_minor"),),
)
