"""Attachment: a file that proves or explains a document. The file lies in a store; its digest stands here."""

from operational_api.document import BUSINESS, DEALER, Document, Field, Grant, Kind, Move

OEM = frozenset({Grant.OEM_PLANNER, Grant.OEM_QUALITY, Grant.OEM_FINANCE})

ATTACHMENT = Document(
    name="attachment",
    meaning="One file that belongs to one document.",
    key="attachment_id",
    area="general",
    fields=(
        Field(name="subject_document", kind=Kind.CODE, meaning="Type of the document.", required=True),
        Field(name="subject_key", kind=Kind.CODE, meaning="Key of the document.", required=True),
        Field(
            name="file_name",
            kind=Kind.TEXT,
            meaning="Name of the file; may name a person.",
            required=True,
            personal=True,
        ),
        Field(
            name="media_type",
            kind=Kind.TEXT,
            meaning="Media type, such as image/jpeg.",
            required=True,
            max_length=80,
        ),
        Field(
            name="size_bytes",
            kind=Kind.INTEGER,
            meaning="Size.",
            required=True,
            minimum=0,
            maximum=10_000_000_000,
            unit="bytes",
        ),
        Field(
            name="sha256",
            kind=Kind.CODE,
            meaning="Digest of the content, in hexadecimal.",
            required=True,
            max_length=64,
        ),
        Field(
            name="address",
            kind=Kind.TEXT,
            meaning="Where the file lies in the store.",
            required=True,
            max_length=500,
        ),
    ),
    states=("stored", "withdrawn"),
    moves=(Move("withdraw", ("stored",), "withdrawn", by=DEALER | OEM),),
    open_by=DEALER | OEM,
    read_by=BUSINESS,
    index=(("subject_document", "subject_key"),),
)
