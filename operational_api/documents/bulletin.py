"""Bulletin: what the maker tells the network, to be read by a day (K02)."""

from operational_api.document import EVERYONE, Document, Field, Grant, Kind, Move, Tenancy

EDITORS = frozenset({Grant.OEM_PLANNER, Grant.OEM_QUALITY, Grant.OEM_FINANCE})

BULLETIN = Document(
    name="bulletin",
    meaning="One message of the maker to the network.",
    key="bulletin_id",
    named_by=("title",),
    area="general",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="title", kind=Kind.TEXT, meaning="Title.", required=True),
        Field(
            name="audience",
            kind=Kind.CHOICE,
            meaning="Who has to read it.",
            required=True,
            choices=("everybody", "sales", "service", "parts", "finance", "managers"),
        ),
        Field(
            name="language",
            kind=Kind.TEXT,
            meaning="BCP-47 tag of its language.",
            required=True,
            max_length=12,
        ),
        Field(name="body", kind=Kind.TEXT, meaning="Text.", required=True, max_length=20_000),
        Field(name="must_be_read_by_date", kind=Kind.DATE, meaning="Last day to read it; empty is whenever."),
    ),
    states=("draft", "published", "withdrawn"),
    moves=(
        Move("publish", ("draft",), "published", by=EDITORS),
        Move("withdraw", ("published",), "withdrawn", by=EDITORS),
    ),
    open_by=EDITORS,
    read_by=EVERYONE,
    amend_in=("draft",),
)
