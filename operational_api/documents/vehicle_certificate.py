"""Vehicle certificate: who holds the certificate of conformity, and for whom it is pledged (V16, F17)."""

from operational_api.consequence import Forbids, Needs, Once, Own
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore
from operational_api.documents.override import override

FINANCE = frozenset({Grant.OEM_FINANCE})
DEALERS = frozenset({Grant.CASHIER, Grant.DEALER_MANAGER})

VEHICLE_CERTIFICATE = Document(
    name="vehicle_certificate",
    meaning="The certificate of conformity of one car.",
    key="vehicle_certificate_id",
    area="vehicle",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(name="certificate_no", kind=Kind.CODE, meaning="Number on the paper.", required=True),
        Field(
            name="custody",
            kind=Kind.CHOICE,
            meaning="Who holds the paper.",
            required=True,
            choices=("oem", "bank", "dealer", "customer"),
        ),
        Field(name="held_since_date", kind=Kind.DATE, meaning="Since when it is held there.", required=True),
        Field(name="pledge_reference", kind=Kind.CODE, meaning="Financing it is pledged for."),
        Field(name="release_reason", kind=Kind.TEXT, meaning="What was paid or agreed."),
        *override("release", "paid_elsewhere", "court_order", "maker_agreed", "other"),
        Field(name="handed_over_date", kind=Kind.DATE, meaning="Day the customer got it."),
    ),
    states=("held", "pledged", "released", "handed_over"),
    moves=(
        Move("pledge", ("held",), "pledged", by=FINANCE, needs=("pledge_reference",), takes=("custody",)),
        Move(
            "release",
            ("held", "pledged"),
            "released",
            by=FINANCE,
            needs=("release_reason",),
            takes=("custody", "release_override_reason", "release_override_note"),
            not_by="created_by",
        ),
        Move(
            "hand_over",
            ("released",),
            "handed_over",
            by=DEALERS,
            needs=("handed_over_date",),
            takes=("custody",),
        ),
    ),
    open_by=FINANCE,
    read_by=FINANCE | DEALERS | {Grant.OEM_PLANNER, Grant.REGIONAL_MANAGER},
    amend_in=("held",),
    rules=(NotBefore("handed_over_date", "held_since_date"),),
    index=(("vin",),),
    once=(
        Once(
            fields=("vin",),
            states=("held", "pledged", "released", "handed_over"),
            rule="the car has its certificate already",
            remedy="correct the VIN",
        ),
    ),
    follows=(
        Forbids(
            into=("released",),
            of="financing_contract",
            match=(("vin", Own("vin")),),
            states=("drawn", "overdue"),
            rule="the bank that financed the car is not repaid",
            remedy="repay the financing contract; that releases the certificate",
        ),
        Forbids(
            into=("released",),
            when=("pledge_reference", ()),
            of="vehicle_order",
            match=(("vin", Own("vin")),),
            states=("allocated", "dispatched", "received"),
            unless=("release_override_reason", "release_override_note"),
            rule="the order of the car is not paid",
            remedy="close the order first, or give release_override_reason and release_override_note",
        ),
        Needs(
            into=("handed_over",),
            of="retail_delivery",
            match=(("vin", Own("vin")),),
            states=("reported", "audited"),
            rule="the car is not delivered to a customer",
            remedy="report the retail delivery first",
        ),
    ),
)
