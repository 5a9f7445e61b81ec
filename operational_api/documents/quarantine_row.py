"""Quarantine row: a row that broke its contract, with the reason and the way out.

The row as sent may hold anybody's data, so it is personal: it never enters the feed.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

ENGINEER = frozenset({Grant.DATA_ENGINEER})

QUARANTINE_ROW = Document(
    name="quarantine_row",
    meaning="One broken rule of one row of one file or feed.",
    key="quarantine_row_id",
    area="quality",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="contract", kind=Kind.CODE, meaning="Document type or feed.", required=True),
        Field(
            name="source_file",
            kind=Kind.TEXT,
            meaning="File or feed window the row came in.",
            required=True,
            max_length=400,
        ),
        Field(name="sender", kind=Kind.CODE, meaning="Who sent it: outlet or system.", required=True),
        Field(name="row_no", kind=Kind.INTEGER, meaning="Row in the file, from 1.", required=True, minimum=1),
        Field(name="field", kind=Kind.TEXT, meaning="Field that broke the rule.", required=True),
        Field(name="value", kind=Kind.TEXT, meaning="Value found, masked when personal.", max_length=500),
        Field(name="rule", kind=Kind.TEXT, meaning="Rule broken.", required=True),
        Field(name="remedy", kind=Kind.TEXT, meaning="What to do about it.", required=True, max_length=500),
        Field(name="row_json", kind=Kind.TEXT, meaning="The row as sent.", personal=True, max_length=20_000),
        Field(
            name="corrected_json",
            kind=Kind.TEXT,
            meaning="The corrected fields, as a JSON object.",
            personal=True,
            max_length=20_000,
        ),
        Field(name="rejected_at", kind=Kind.INSTANT, meaning="When it was rejected.", required=True),
    ),
    states=("open", "corrected", "released", "discarded"),
    moves=(
        Move("correct", ("open", "corrected"), "corrected", by=ENGINEER, needs=("corrected_json",)),
        Move("release", ("open", "corrected"), "released", by=ENGINEER),
        Move("discard", ("open", "corrected"), "discarded", by=ENGINEER),
    ),
    open_by=ENGINEER,
    read_by=ENGINEER,
    happened="rejected_at",
    index=(("contract", "state"),),
)
