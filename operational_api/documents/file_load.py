"""File load: one file somebody sent, and what became of its rows.

received = accepted + rejected + duplicate (+ skipped, when the sender's mapping says which rows
report that nothing happened), always.
"""

from operational_api.document import EVERYONE, Document, Field, Grant, Kind, Tenancy

ENGINEER = frozenset({Grant.DATA_ENGINEER})

FILE_LOAD = Document(
    name="file_load",
    meaning="One file and the count of its rows.",
    key="file_load_id",
    area="quality",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(
            name="contract",
            kind=Kind.CODE,
            meaning="Document type or feed the rows were checked against.",
            required=True,
        ),
        Field(name="file_name", kind=Kind.TEXT, meaning="Name of the file.", required=True),
        Field(name="file_sha256", kind=Kind.CODE, meaning="Fingerprint of its bytes.", required=True),
        Field(name="sender", kind=Kind.CODE, meaning="Who sent it: outlet or system.", required=True),
        Field(name="loaded_at", kind=Kind.INSTANT, meaning="When it was loaded.", required=True),
        Field(
            name="received_rows",
            kind=Kind.INTEGER,
            meaning="Rows in the file.",
            required=True,
            minimum=0,
            unit="rows",
        ),
        Field(
            name="accepted_rows",
            kind=Kind.INTEGER,
            meaning="Rows that became documents.",
            required=True,
            minimum=0,
            unit="rows",
        ),
        Field(
            name="rejected_rows",
            kind=Kind.INTEGER,
            meaning="Rows in quarantine.",
            required=True,
            minimum=0,
            unit="rows",
        ),
        Field(
            name="duplicate_rows",
            kind=Kind.INTEGER,
            meaning="Rows known before.",
            required=True,
            minimum=0,
            unit="rows",
        ),
        Field(
            name="skipped_rows",
            kind=Kind.INTEGER,
            meaning="Rows that the mapping declares to say nothing happened; none when missing.",
            minimum=0,
            unit="rows",
        ),
    ),
    states=("loaded",),
    open_by=ENGINEER,
    read_by=EVERYONE,
    happened="loaded_at",
)
