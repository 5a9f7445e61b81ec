"""Vehicle lock: a car is kept for, or kept from, something; the reason is said (V13)."""

from operational_api.consequence import Needs, Once, Own
from operational_api.document import Document, Field, Grant, Kind, Move

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})
OEM = frozenset({Grant.OEM_PLANNER, Grant.OEM_FINANCE})

VEHICLE_LOCK = Document(
    name="vehicle_lock",
    meaning="One reason why one car may not be sold or moved.",
    key="vehicle_lock_id",
    area="vehicle",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(
            name="reason",
            kind=Kind.CHOICE,
            meaning="What it is locked for.",
            required=True,
            choices=(
                "order",
                "dispatch",
                "damage",
                "return",
                "wholesale",
                "trade_in",
                "transfer",
                "report",
                "loan",
            ),
        ),
        Field(name="locked_at", kind=Kind.INSTANT, meaning="Since when.", required=True),
        Field(name="until_at", kind=Kind.INSTANT, meaning="When it is to be looked at again."),
        Field(name="reference", kind=Kind.CODE, meaning="Document behind it."),
        Field(name="remark", kind=Kind.TEXT, meaning="What has to happen before it may be released."),
    ),
    states=("active", "released"),
    moves=(Move("release", ("active",), "released", by=SALES | OEM, takes=("remark",)),),
    open_by=SALES | OEM,
    read_by=SALES | OEM | {Grant.REGIONAL_MANAGER, Grant.ADVISOR},
    amend_in=("active",),
    happened="locked_at",
    index=(("vin",),),
    once=(
        Once(
            fields=("vin", "reason", "outlet_id"),
            states=("active",),
            rule="the car is locked for this reason already",
            remedy="amend that lock, or release it first",
        ),
    ),
    follows=(
        Needs(
            into=("active",),
            of="vehicle",
            match=(("vin", Own("vin")),),
            states=("built", "wholesaled"),
            rule="a sold car is not locked",
            remedy="correct the VIN",
        ),
    ),
)
