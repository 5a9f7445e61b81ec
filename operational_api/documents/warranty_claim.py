"""Warranty claim: the maker is asked to pay for a repair (S16)."""

from operational_api.consequence import Needs, Once, Opens, Own, Value
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SERVICE = frozenset({Grant.ADVISOR, Grant.DEALER_MANAGER})
QUALITY = frozenset({Grant.OEM_QUALITY})
FINANCE = frozenset({Grant.OEM_FINANCE})

WARRANTY_CLAIM = Document(
    name="warranty_claim",
    meaning="One claim for one repair.",
    key="warranty_claim_id",
    area="service",
    fields=(
        Field(
            name="repair_order_id",
            kind=Kind.CODE,
            meaning="Repair it pays for.",
            required=True,
            ref="repair_order",
        ),
        Field(name="vin", kind=Kind.VIN, meaning="Car.", required=True, ref="vehicle"),
        Field(
            name="pre_authorisation_id",
            kind=Kind.CODE,
            meaning="Agreement given before the repair.",
            ref="pre_authorisation",
        ),
        Field(name="causal_part_id", kind=Kind.CODE, meaning="Part that failed.", ref="part"),
        Field(name="failure_code", kind=Kind.CODE, meaning="How it failed.", required=True),
        Field(
            name="odometer_km",
            kind=Kind.INTEGER,
            meaning="Odometer at failure.",
            required=True,
            minimum=0,
            maximum=2_000_000,
            unit="km",
        ),
        Field(name="repaired_date", kind=Kind.DATE, meaning="Day the repair ended.", required=True),
        Field(name="submitted_date", kind=Kind.DATE, meaning="Day it was submitted."),
        Field(name="decided_date", kind=Kind.DATE, meaning="Day it was decided."),
        Field(
            name="labour_minor",
            kind=Kind.MONEY,
            meaning="Labour asked for.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(
            name="parts_minor",
            kind=Kind.MONEY,
            meaning="Parts asked for.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(
            name="sublet_minor",
            kind=Kind.MONEY,
            meaning="Work by others asked for.",
            minimum=0,
            unit="minor units",
        ),
        Field(
            name="approved_minor", kind=Kind.MONEY, meaning="Amount granted.", minimum=0, unit="minor units"
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the amounts.", required=True),
        Field(name="reason", kind=Kind.CODE, meaning="Why it was returned, cut or rejected."),
        Field(
            name="check_result",
            kind=Kind.TEXT,
            meaning="What the rules found when it was submitted.",
            max_length=1_000,
            computed=True,
        ),
    ),
    states=(
        "draft",
        "submitted",
        "auto_checked",
        "approved",
        "part_approved",
        "returned",
        "rejected",
        "settled",
    ),
    moves=(
        Move("submit", ("draft", "returned"), "submitted", by=SERVICE, needs=("submitted_date",)),
        Move("auto_check", ("submitted",), "auto_checked", by=QUALITY),
        Move(
            "approve",
            ("auto_checked",),
            "approved",
            by=QUALITY,
            needs=("approved_minor", "decided_date"),
            not_by="created_by",
        ),
        Move(
            "part_approve",
            ("auto_checked",),
            "part_approved",
            by=QUALITY,
            needs=("approved_minor", "decided_date", "reason"),
        ),
        Move("return_to_dealer", ("submitted", "auto_checked"), "returned", by=QUALITY, needs=("reason",)),
        Move(
            "reject", ("submitted", "auto_checked"), "rejected", by=QUALITY, needs=("decided_date", "reason")
        ),
        Move("settle", ("approved", "part_approved"), "settled", by=FINANCE),
    ),
    is_checked=True,
    open_by=SERVICE,
    read_by=SERVICE | QUALITY | FINANCE | {Grant.REGIONAL_MANAGER},
    amend_in=("draft", "returned"),
    rules=(NotBefore("submitted_date", "repaired_date"), NotBefore("decided_date", "submitted_date")),
    happened="repaired_date",
    once=(
        Once(
            fields=("repair_order_id", "causal_part_id", "failure_code"),
            states=("submitted", "auto_checked", "approved", "part_approved", "returned", "settled"),
            rule="the failure is claimed already",
            remedy="amend that claim, or name the part that failed here",
        ),
    ),
    follows=(
        Needs(
            into=("submitted",),
            of="repair_order",
            match=(("repair_order_id", Own("repair_order_id")), ("vin", Own("vin"))),
            states=("ready", "settled", "closed"),
            rule="only a finished repair of this car is claimed",
            remedy="finish the repair first, or correct the VIN",
        ),
        Needs(
            into=("submitted",),
            of="pre_authorisation",
            match=(
                ("pre_authorisation_id", Own("pre_authorisation_id")),
                ("repair_order_id", Own("repair_order_id")),
            ),
            states=("granted",),
            rule="the pre-authorisation is not granted, or is another repair's",
            remedy="wait for the grant, or leave it out",
            optional=True,
        ),
        Opens(
            into=("approved", "part_approved"),
            of="returned_part",
            suffix="part",
            sets=(
                ("warranty_claim_id", Own("warranty_claim_id")),
                ("part_id", Own("causal_part_id")),
                ("quantity", Value("1")),
            ),
            only_with="part_id",
        ),
    ),
)
