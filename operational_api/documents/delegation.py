"""Delegation: somebody stands in for whoever opens it, for one grant and some days (T05)."""

from operational_api.document import BUSINESS, Document, Field, Kind, Move, NotBefore, Tenancy
from operational_api.documents.approval_rule import APPROVERS

DELEGATION = Document(
    name="delegation",
    meaning="Approvals of one grant may also be decided by another; it ends with the grant it stands for.",
    key="delegation_id",
    area="general",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="to_subject", kind=Kind.TEXT, meaning="Login of who stands in.", required=True),
        Field(
            name="approver_grant",
            kind=Kind.CHOICE,
            meaning="Grant that is stood in for.",
            choices=APPROVERS,
            required=True,
        ),
        Field(name="valid_from_date", kind=Kind.DATE, meaning="First day.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day.", required=True),
        Field(name="reason", kind=Kind.TEXT, meaning="Why.", required=True),
    ),
    states=("active", "revoked"),
    moves=(Move("revoke", ("active",), "revoked", by=BUSINESS),),
    open_by=BUSINESS,
    read_by=BUSINESS,
    rules=(NotBefore("valid_to_date", "valid_from_date"),),
    index=(("to_subject",),),
)
