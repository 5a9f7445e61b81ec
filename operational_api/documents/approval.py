"""Approval: one step of one chain for one document, asked for by rule and decided by a person (T05)."""

from operational_api.document import BUSINESS, Document, Field, Grant, Kind, Move
from operational_api.documents.approval_rule import APPROVERS

SYSTEM = frozenset({Grant.ADMIN})  # opened and lapsed by the database with the document they are about

APPROVAL = Document(
    name="approval",
    meaning="A decision that a document waits for. A document that comes back gets a new round.",
    key="approval_id",
    area="general",
    fields=(
        Field(name="document_type", kind=Kind.CODE, meaning="Type of the document.", required=True),
        Field(name="document_key", kind=Kind.CODE, meaning="Key of the document.", required=True),
        Field(
            name="round",
            kind=Kind.INTEGER,
            meaning="Version of the document that asked.",
            required=True,
            minimum=1,
        ),
        Field(
            name="approval_rule_id",
            kind=Kind.CODE,
            meaning="Rule that asks for it.",
            required=True,
            ref="approval_rule",
        ),
        Field(
            name="mode",
            kind=Kind.CHOICE,
            meaning="How the steps go together.",
            choices=("automatic", "any_of", "serial", "parallel"),
            required=True,
        ),
        Field(name="step_no", kind=Kind.INTEGER, meaning="Step of the chain.", required=True, minimum=0),
        Field(name="approver_grant", kind=Kind.CHOICE, meaning="Grant that decides.", choices=APPROVERS),
        Field(name="author", kind=Kind.TEXT, meaning="Who opened the document.", required=True),
        Field(name="asked_by", kind=Kind.TEXT, meaning="Whose act asked for it.", required=True),
        Field(name="amount_minor", kind=Kind.MONEY, meaning="Amount the rule looked at.", unit="minor units"),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the amount."),
        Field(name="comment", kind=Kind.TEXT, meaning="What the approver says.", max_length=1000),
    ),
    states=("open", "waiting", "automatic", "granted", "refused", "lapsed"),
    opens_in=("open", "waiting", "automatic"),
    moves=(
        Move(
            "grant",
            ("open",),
            "granted",
            by=BUSINESS,
            takes=("comment",),
            not_by="author",
            holder="approver_grant",
        ),
        Move(
            "refuse",
            ("open",),
            "refused",
            by=BUSINESS,
            needs=("comment",),
            not_by="author",
            holder="approver_grant",
        ),
        Move("begin", ("waiting",), "open", by=SYSTEM),
        Move("lapse", ("open", "waiting"), "lapsed", by=SYSTEM),
    ),
    open_by=SYSTEM,
    read_by=BUSINESS,
    index=(("document_key", "document_type"), ("state", "approver_grant")),
)
