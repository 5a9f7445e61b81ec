"""Blacklist entry (C06): a customer whom the outlet does not contact any more, and why.

Nobody is contacted who stands on it; whoever comes by himself is served, and the staff is warned.
"""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move

MANAGER = frozenset({Grant.DEALER_MANAGER})

BLACKLIST_ENTRY = Document(
    name="blacklist_entry",
    meaning="A customer who is not contacted any more, and why.",
    key="blacklist_entry_id",
    area="customer",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Customer.", required=True, ref="customer_record"),
        Field(
            name="reason",
            kind=Kind.CHOICE,
            meaning="Why.",
            choices=("abuse", "fraud", "payment_default", "legal_dispute", "other"),
            required=True,
        ),
        Field(name="note", kind=Kind.TEXT, meaning="What happened.", personal=True, max_length=1_000),
        Field(name="listed_at", kind=Kind.INSTANT, meaning="When.", required=True),
        Field(
            name="lift_reason",
            kind=Kind.TEXT,
            meaning="Why it was lifted.",
            personal=True,
            max_length=1_000,
        ),
    ),
    states=("active", "lifted"),
    moves=(Move("lift", ("active",), "lifted", by=MANAGER, needs=("lift_reason",)),),
    open_by=MANAGER,
    read_by=DEALER | {Grant.REGIONAL_MANAGER, Grant.OEM_QUALITY},
    happened="listed_at",
    index=(("customer_id",),),
)
