"""Campaign VIN: one car that a recall or service campaign has to reach (S20).

Any dealer may look a car up and do the work, whoever sold it.
"""

from operational_api.consequence import Needs, Once, Own
from operational_api.document import BUSINESS, Document, Field, Grant, Kind, Move, Tenancy

QUALITY = frozenset({Grant.OEM_QUALITY})
SERVICE = frozenset({Grant.ADVISOR, Grant.DEALER_MANAGER})

CAMPAIGN_VIN = Document(
    name="campaign_vin",
    meaning="One car under one recall or service campaign.",
    key="campaign_vin_id",
    area="service",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(
            name="service_action_id",
            kind=Kind.CODE,
            meaning="Recall or campaign.",
            required=True,
            ref="service_action",
        ),
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(name="outlet_code", kind=Kind.CODE, meaning="Outlet that did it.", ref="outlet"),
        Field(name="done_at", kind=Kind.INSTANT, meaning="When it was done."),
        Field(name="reason", kind=Kind.CODE, meaning="Why it cannot be reached: scrapped, exported, stolen."),
        Field(
            name="delivery_reason",
            kind=Kind.CHOICE,
            meaning="Why the car may be delivered although it is open.",
            choices=("parts_not_available", "done_elsewhere", "export", "authority_agreed"),
        ),
        Field(name="delivery_note", kind=Kind.TEXT, meaning="That case in words."),
    ),
    states=("open", "done", "unreachable"),
    moves=(
        Move("complete", ("open",), "done", by=SERVICE, needs=("done_at", "outlet_code")),
        Move("give_up", ("open",), "unreachable", by=QUALITY, needs=("reason",)),
        Move("allow_delivery", ("open",), "open", by=QUALITY, needs=("delivery_reason", "delivery_note")),
        Move("find", ("unreachable",), "open", by=QUALITY | SERVICE),
    ),
    open_by=QUALITY,
    read_by=BUSINESS,
    index=(("vin",),),
    once=(
        Once(
            fields=("service_action_id", "vin"),
            states=("open", "done", "unreachable"),
            rule="the car is on the list already",
            remedy="nothing is to be done",
        ),
    ),
    follows=(
        Needs(
            into=("done",),
            of="service_action",
            match=(("service_action_id", Own("service_action_id")),),
            states=("active",),
            rule="the recall or campaign is not active",
            remedy="wait until it is announced",
        ),
    ),
)
