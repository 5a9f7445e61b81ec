"""Feedback: a dealer tells the maker what does not work, and is answered (K03)."""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move

OEM = frozenset({Grant.OEM_PLANNER, Grant.OEM_QUALITY, Grant.OEM_FINANCE})

FEEDBACK = Document(
    name="feedback",
    meaning="One remark or question of one outlet to the maker.",
    key="feedback_id",
    area="general",
    fields=(
        Field(name="subject", kind=Kind.TEXT, meaning="In one line.", required=True),
        Field(name="topic", kind=Kind.CODE, meaning="Topic; the list is data.", required=True),
        Field(name="body", kind=Kind.TEXT, meaning="Text.", required=True, max_length=4000),
        Field(name="answer", kind=Kind.TEXT, meaning="Answer of the maker.", max_length=4000),
    ),
    states=("open", "answered", "closed"),
    moves=(
        Move("reply", ("open",), "answered", by=OEM, needs=("answer",)),
        Move("ask_again", ("answered",), "open", by=DEALER, takes=("body",)),
        Move("close", ("open", "answered"), "closed", by=DEALER),
    ),
    open_by=DEALER,
    read_by=DEALER | OEM | {Grant.REGIONAL_MANAGER},
    plural="feedback",
    amend_in=("open",),
)
