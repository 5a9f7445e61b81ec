"""Contact refusal: a person asked not to be contacted, over one channel or at all (do not contact)."""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move
from operational_api.documents.consent import CHANNELS, READERS

CONTACT_REFUSAL = Document(
    name="contact_refusal",
    meaning="A person asked not to be contacted.",
    key="contact_refusal_id",
    area="customer",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Person.", required=True, ref="customer_record"),
        Field(
            name="channel",
            kind=Kind.CHOICE,
            meaning="Over which channel; all means none at all.",
            choices=("all", *CHANNELS),
            required=True,
        ),
        Field(name="requested_at", kind=Kind.INSTANT, meaning="When the person asked.", required=True),
        Field(name="note", kind=Kind.TEXT, meaning="In which words.", personal=True, max_length=500),
        Field(
            name="lift_reason",
            kind=Kind.TEXT,
            meaning="How the person took it back.",
            personal=True,
            max_length=500,
        ),
    ),
    states=("active", "lifted"),
    moves=(
        Move("lift", ("active",), "lifted", by=frozenset({Grant.DEALER_MANAGER}), needs=("lift_reason",)),
    ),
    open_by=DEALER,
    read_by=READERS,
    happened="requested_at",
    index=(("customer_id",),),
)
