"""Labour clocking: a technician starts and stops work on a line of a repair order (S05, S06)."""

from operational_api.consequence import Needs, Own
from operational_api.document import Document, Field, Grant, Kind, NotBefore

WORKSHOP = frozenset({Grant.TECHNICIAN, Grant.ADVISOR, Grant.DEALER_MANAGER})

LABOR_CLOCKING = Document(
    name="labor_clocking",
    meaning="One stretch of work by one technician on one operation.",
    key="labor_clocking_id",
    area="service",
    fields=(
        Field(
            name="repair_order_id", kind=Kind.CODE, meaning="Repair order.", required=True, ref="repair_order"
        ),
        Field(name="operation", kind=Kind.CODE, meaning="Labour operation of the order.", required=True),
        Field(name="technician_id", kind=Kind.CODE, meaning="Who worked.", required=True, ref="staff"),
        Field(name="started_at", kind=Kind.INSTANT, meaning="Start.", required=True),
        Field(name="stopped_at", kind=Kind.INSTANT, meaning="Stop.", required=True),
        Field(name="remark", kind=Kind.TEXT, meaning="What was found."),
    ),
    states=("posted",),
    open_by=WORKSHOP,
    read_by=WORKSHOP | {Grant.REGIONAL_MANAGER},
    rules=(NotBefore("stopped_at", "started_at"),),
    happened="started_at",
    index=(("repair_order_id",),),
    follows=(
        Needs(
            into=("posted",),
            of="repair_order",
            match=(("repair_order_id", Own("repair_order_id")),),
            states=("in_work", "waiting_parts"),
            rule="time is booked while the order is in work",
            remedy="start the order first",
        ),
    ),
)
