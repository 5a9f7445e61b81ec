"""Repair order: a car comes in, work is quoted, approved, done, checked and settled (S02-S08).

No work before the customer approves; whoever settles an order did not open it.
"""

from operational_api.consequence import Needs, Own, Value
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore
from operational_api.documents.three_guarantees_rule import FLAGS

ADVISOR = frozenset({Grant.ADVISOR, Grant.DEALER_MANAGER})
WORKSHOP = frozenset({Grant.TECHNICIAN, Grant.ADVISOR, Grant.DEALER_MANAGER})
CASHIER = frozenset({Grant.CASHIER, Grant.DEALER_MANAGER})
PAY_TYPES = ("customer", "warranty", "internal", "campaign")

LABOUR = (
    Field(name="operation", kind=Kind.CODE, meaning="Labour operation.", required=True),
    Field(name="pay_type", kind=Kind.CHOICE, meaning="Who pays.", choices=PAY_TYPES, required=True),
    Field(
        name="standard_hours",
        kind=Kind.DECIMAL,
        meaning="Hours the maker allows, and sells.",
        required=True,
        minimum=0,
        maximum=1000,
        unit="hours",
    ),
    Field(
        name="worked_hours",
        kind=Kind.DECIMAL,
        meaning="Hours clocked.",
        minimum=0,
        maximum=1000,
        unit="hours",
    ),
    Field(
        name="amount_minor",
        kind=Kind.MONEY,
        meaning="Charged for the line.",
        required=True,
        minimum=0,
        unit="minor units",
    ),
    Field(name="technician_id", kind=Kind.CODE, meaning="Who did it."),
)
PARTS = (
    Field(name="part_id", kind=Kind.CODE, meaning="Part used.", required=True, ref="part"),
    Field(name="pay_type", kind=Kind.CHOICE, meaning="Who pays.", choices=PAY_TYPES, required=True),
    Field(
        name="quantity",
        kind=Kind.INTEGER,
        meaning="Units used.",
        required=True,
        minimum=1,
        maximum=1000,
        unit="units",
    ),
    Field(
        name="amount_minor",
        kind=Kind.MONEY,
        meaning="Charged for the line.",
        required=True,
        minimum=0,
        unit="minor units",
    ),
)

REPAIR_ORDER = Document(
    name="repair_order",
    meaning="One visit of one car to the workshop.",
    key="repair_order_id",
    area="service",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="Car.", required=True, ref="vehicle"),
        Field(name="customer_id", kind=Kind.CODE, meaning="Who brings it.", ref="customer_record"),
        Field(
            name="service_appointment_id",
            kind=Kind.CODE,
            meaning="Appointment behind it.",
            ref="service_appointment",
        ),
        Field(name="staff_id", kind=Kind.CODE, meaning="Advisor.", ref="staff"),
        Field(name="opened_at", kind=Kind.INSTANT, meaning="When the car came in.", required=True),
        Field(name="promised_at", kind=Kind.INSTANT, meaning="When it was promised."),
        Field(name="ready_at", kind=Kind.INSTANT, meaning="When the work was done."),
        Field(name="settled_at", kind=Kind.INSTANT, meaning="When it was paid."),
        Field(
            name="odometer_km",
            kind=Kind.INTEGER,
            meaning="Odometer at reception.",
            required=True,
            minimum=0,
            maximum=2_000_000,
            unit="km",
        ),
        Field(name="complaint_code", kind=Kind.CODE, meaning="Main complaint.", required=True),
        Field(
            name="estimate_minor", kind=Kind.MONEY, meaning="Quoted amount.", minimum=0, unit="minor units"
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the amounts.", required=True),
        Field(name="labour", kind=Kind.LINES, meaning="Labour lines.", lines=LABOUR),
        Field(name="parts", kind=Kind.LINES, meaning="Part lines.", lines=PARTS),
        Field(
            name="labour_note",
            kind=Kind.TEXT,
            meaning="Operations charged that the labour book does not know for this model.",
            max_length=2000,
            computed=True,
        ),
        Field(
            name="same_fault_repairs",
            kind=Kind.INTEGER,
            meaning="Repairs of this complaint that the three guarantees count, this one among them.",
            computed=True,
        ),
        Field(
            name="days_in_workshop",
            kind=Kind.INTEGER,
            meaning="Days of all repairs that the three guarantees count, this one among them.",
            unit="days",
            computed=True,
        ),
        Field(
            name="guarantee_state",
            kind=Kind.CHOICE,
            meaning="How near the car is to what the law gives its owner.",
            choices=FLAGS,
            computed=True,
        ),
        Field(
            name="guarantee_note",
            kind=Kind.TEXT,
            meaning="What was counted against which threshold.",
            max_length=2000,
            computed=True,
        ),
    ),
    states=(
        "open",
        "quoted",
        "approved",
        "in_work",
        "waiting_parts",
        "qc",
        "ready",
        "settled",
        "closed",
        "cancelled",
    ),
    moves=(
        Move("quote", ("open",), "quoted", by=ADVISOR, needs=("estimate_minor",)),
        Move("approve", ("quoted",), "approved", by=ADVISOR),
        Move("start", ("approved",), "in_work", by=WORKSHOP, takes=("labour", "parts")),
        Move("wait_for_parts", ("in_work",), "waiting_parts", by=WORKSHOP),
        Move("resume", ("waiting_parts",), "in_work", by=WORKSHOP),
        Move("check", ("in_work",), "qc", by=WORKSHOP, takes=("labour", "parts")),
        Move("rework", ("qc",), "in_work", by=WORKSHOP),
        Move("release", ("qc",), "ready", by=WORKSHOP, needs=("ready_at",)),
        Move(
            "settle",
            ("ready",),
            "settled",
            by=CASHIER,
            needs=("settled_at",),
            takes=("labour", "parts"),
            not_by="created_by",
        ),
        Move("close", ("settled",), "closed", by=CASHIER),
        Move("cancel", ("open", "quoted", "approved"), "cancelled", by=ADVISOR),
    ),
    open_by=ADVISOR,
    read_by=WORKSHOP | CASHIER | {Grant.PARTS, Grant.REGIONAL_MANAGER, Grant.OEM_QUALITY},
    amend_in=("open", "quoted", "approved", "in_work"),
    rules=(
        NotBefore("promised_at", "opened_at"),
        NotBefore("ready_at", "opened_at"),
        NotBefore("settled_at", "opened_at"),
    ),
    happened="opened_at",
    is_judged=True,
    index=(("vin",),),
    follows=(
        Needs(
            into=("ready",),
            of="qc_check",
            match=(("repair_order_id", Own("repair_order_id")), ("outcome", Value("passed"))),
            states=("posted",),
            rule="no car leaves without a passed inspection",
            remedy="post the QC check; it releases the order",
        ),
    ),
)
