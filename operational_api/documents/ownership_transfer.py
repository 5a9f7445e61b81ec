"""Ownership transfer: a car changes hands between two customers, with proof (C07)."""

from operational_api.consequence import Moves, Needs, Opens, Own
from operational_api.document import DEALER, Document, Field, Grant, Kind, Move

OEM = frozenset({Grant.OEM_PLANNER, Grant.OEM_QUALITY})

OWNERSHIP_TRANSFER = Document(
    name="ownership_transfer",
    meaning="One car passing from one owner to the next.",
    key="ownership_transfer_id",
    area="vehicle",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(
            name="from_customer_id",
            kind=Kind.CODE,
            meaning="Owner so far, when we know him.",
            ref="customer_record",
        ),
        Field(
            name="to_customer_id", kind=Kind.CODE, meaning="New owner.", required=True, ref="customer_record"
        ),
        Field(name="transferred_date", kind=Kind.DATE, meaning="Day of the transfer.", required=True),
        Field(name="proof", kind=Kind.CODE, meaning="Paper that proves it: an attachment.", required=True),
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=("submitted", "confirmed", "rejected"),
    moves=(
        Move("confirm", ("submitted",), "confirmed", by=OEM, not_by="created_by"),
        Move("reject", ("submitted",), "rejected", by=OEM, needs=("reject_reason",)),
    ),
    open_by=DEALER,
    read_by=DEALER | OEM | {Grant.REGIONAL_MANAGER},
    amend_in=("submitted",),
    happened="transferred_date",
    index=(("vin",),),
    follows=(
        Needs(
            into=("submitted",),
            of="vehicle",
            match=(("vin", Own("vin")),),
            states=("retailed",),
            rule="only a sold car changes owners",
            remedy="report its delivery first, or correct the VIN",
        ),
        Moves(
            into=("confirmed",),
            of="vehicle_ownership",
            match=(("vin", Own("vin")),),
            move="end",
            sets=(("ends_date", Own("transferred_date")),),
            optional=True,
        ),
        Opens(
            into=("confirmed",),
            of="vehicle_ownership",
            suffix="owner",
            sets=(
                ("vin", Own("vin")),
                ("customer_id", Own("to_customer_id")),
                ("starts_date", Own("transferred_date")),
                ("reference", Own("ownership_transfer_id")),
            ),
        ),
    ),
)
