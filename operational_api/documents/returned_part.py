"""Returned part: the old part of a claim goes back to the maker, or is charged (S17, P17)."""

from operational_api.consequence import Needs, Own
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

DEALERS = frozenset({Grant.PARTS, Grant.ADVISOR, Grant.DEALER_MANAGER})
QUALITY = frozenset({Grant.OEM_QUALITY})
FINANCE = frozenset({Grant.OEM_FINANCE})

RETURNED_PART = Document(
    name="returned_part",
    meaning="One old part that a claim owes the maker: the line of the old-part ledger.",
    key="returned_part_id",
    area="service",
    fields=(
        Field(
            name="warranty_claim_id", kind=Kind.CODE, meaning="Claim.", required=True, ref="warranty_claim"
        ),
        Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
        Field(
            name="quantity",
            kind=Kind.INTEGER,
            meaning="Units.",
            required=True,
            minimum=1,
            maximum=1000,
            unit="units",
        ),
        Field(name="tag", kind=Kind.CODE, meaning="Number on the tag of the part."),
        Field(name="due_date", kind=Kind.DATE, meaning="Day it is due at the maker."),
        Field(name="shipped_date", kind=Kind.DATE, meaning="Day it left."),
        Field(name="waybill", kind=Kind.CODE, meaning="Waybill."),
        Field(name="received_date", kind=Kind.DATE, meaning="Day it arrived."),
        Field(name="finding", kind=Kind.TEXT, meaning="What the inspection found.", max_length=1000),
        Field(
            name="charged_minor",
            kind=Kind.MONEY,
            meaning="Charged back for a missing part.",
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the charge."),
    ),
    states=("due", "shipped", "received", "accepted", "missing", "charged"),
    moves=(
        Move("ship", ("due",), "shipped", by=DEALERS, needs=("tag", "shipped_date"), takes=("waybill",)),
        Move("receive", ("shipped",), "received", by=QUALITY, needs=("received_date",)),
        Move("accept", ("received",), "accepted", by=QUALITY, takes=("finding",)),
        Move("miss", ("due", "shipped", "received"), "missing", by=QUALITY, needs=("finding",)),
        Move("charge", ("missing",), "charged", by=FINANCE, needs=("charged_minor", "currency")),
    ),
    open_by=DEALERS | QUALITY,
    read_by=DEALERS | QUALITY | FINANCE | {Grant.REGIONAL_MANAGER},
    amend_in=("due",),
    rules=(NotBefore("received_date", "shipped_date"),),
    index=(("warranty_claim_id",),),
    follows=(
        Needs(
            into=("due",),
            of="warranty_claim",
            match=(("warranty_claim_id", Own("warranty_claim_id")),),
            states=("submitted", "auto_checked", "approved", "part_approved", "settled"),
            rule="no part is due for a claim that is not made",
            remedy="submit the claim first",
        ),
    ),
)
