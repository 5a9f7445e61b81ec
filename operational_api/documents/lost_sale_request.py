"""Lost-sale request: no lead is closed as lost before somebody else agrees (C22)."""

from operational_api.consequence import Moves, Needs, Once, Own
from operational_api.document import Document, Field, Grant, Kind, Move

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})
MANAGER = frozenset({Grant.DEALER_MANAGER})

LOST_SALE_REQUEST = Document(
    name="lost_sale_request",
    meaning="One request to give up one lead.",
    key="lost_sale_request_id",
    area="customer",
    fields=(
        Field(name="lead_id", kind=Kind.CODE, meaning="Lead to be given up.", required=True, ref="lead"),
        Field(name="lost_reason", kind=Kind.CODE, meaning="Why it is lost; the list is data.", required=True),
        Field(name="competitor", kind=Kind.TEXT, meaning="Competitor that won."),
        Field(name="remark", kind=Kind.TEXT, meaning="What was tried.", required=True, max_length=1000),
        Field(name="return_reason", kind=Kind.TEXT, meaning="Why it was returned."),
    ),
    states=("submitted", "approved", "returned", "reactivated"),
    moves=(
        Move("approve", ("submitted",), "approved", by=MANAGER, not_by="created_by"),
        Move("return_to_consultant", ("submitted",), "returned", by=MANAGER, needs=("return_reason",)),
        Move("reactivate", ("approved",), "reactivated", by=MANAGER),
    ),
    open_by=SALES,
    read_by=SALES | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    amend_in=("submitted",),
    index=(("lead_id",),),
    once=(
        Once(
            fields=("lead_id",),
            states=("submitted",),
            rule="the lead is asked for already",
            remedy="decide that request first",
        ),
    ),
    follows=(
        Needs(
            into=("submitted",),
            of="lead",
            match=(("lead_id", Own("lead_id")),),
            states=("following",),
            rule="only a lead that is followed can be lost",
            remedy="follow the lead, or correct it",
        ),
        Moves(
            into=("approved",),
            of="lead",
            match=(("lead_id", Own("lead_id")),),
            move="lose",
            sets=(("lost_reason", Own("lost_reason")), ("competitor", Own("competitor"))),
        ),
        Moves(into=("reactivated",), of="lead", match=(("lead_id", Own("lead_id")),), move="reactivate"),
    ),
)
