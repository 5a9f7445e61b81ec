"""QC check: the finished work is inspected; passed, or back to work with the reason (S07)."""

from operational_api.consequence import Moves, Needs, Own
from operational_api.document import Document, Field, Grant, Kind

WORKSHOP = frozenset({Grant.TECHNICIAN, Grant.ADVISOR, Grant.DEALER_MANAGER})

QC_CHECK = Document(
    name="qc_check",
    meaning="One final inspection of one repair order.",
    key="qc_check_id",
    area="service",
    fields=(
        Field(
            name="repair_order_id", kind=Kind.CODE, meaning="Repair order.", required=True, ref="repair_order"
        ),
        Field(
            name="outcome", kind=Kind.CHOICE, meaning="Result.", choices=("passed", "rework"), required=True
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="What has to be done again."),
        Field(name="checked_at", kind=Kind.INSTANT, meaning="When.", required=True),
        Field(name="staff_id", kind=Kind.CODE, meaning="Who inspected.", required=True, ref="staff"),
    ),
    states=("posted",),
    open_by=WORKSHOP,
    read_by=WORKSHOP | {Grant.REGIONAL_MANAGER, Grant.OEM_QUALITY},
    happened="checked_at",
    index=(("repair_order_id",),),
    follows=(
        Needs(
            into=("posted",),
            of="repair_order",
            match=(("repair_order_id", Own("repair_order_id")),),
            states=("qc",),
            rule="the order does not wait for inspection",
            remedy="send it to inspection first",
        ),
        Moves(
            into=("posted",),
            when=("outcome", ("passed",)),
            of="repair_order",
            match=(("repair_order_id", Own("repair_order_id")),),
            move="release",
            sets=(("ready_at", Own("checked_at")),),
        ),
        Moves(
            into=("posted",),
            when=("outcome", ("rework",)),
            of="repair_order",
            match=(("repair_order_id", Own("repair_order_id")),),
            move="rework",
        ),
    ),
)
