"""Article: a page of the knowledge base, in one language (K01)."""

from operational_api.document import EVERYONE, Document, Field, Grant, Kind, Move, Tenancy

EDITORS = frozenset({Grant.OEM_PLANNER, Grant.OEM_QUALITY})

ARTICLE = Document(
    name="article",
    meaning="One page of the knowledge base.",
    key="article_id",
    named_by=("title",),
    area="general",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="title", kind=Kind.TEXT, meaning="Title.", required=True),
        Field(name="topic", kind=Kind.CODE, meaning="Topic; the list is data.", required=True),
        Field(
            name="language",
            kind=Kind.TEXT,
            meaning="BCP-47 tag of its language.",
            required=True,
            max_length=12,
        ),
        Field(name="translation_of", kind=Kind.CODE, meaning="Article it translates.", ref="article"),
        Field(name="body", kind=Kind.TEXT, meaning="Text.", required=True, max_length=100_000),
    ),
    states=("draft", "published", "retired"),
    moves=(
        Move("publish", ("draft",), "published", by=EDITORS, not_by="created_by"),
        Move("retire", ("published",), "retired", by=EDITORS),
    ),
    open_by=EDITORS,
    read_by=EVERYONE,
    amend_in=("draft",),
)
