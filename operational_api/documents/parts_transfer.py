"""Parts transfer: idle units of a part go from one outlet's shelf to another's (P15).

The maker books both ends, since neither outlet may write at the other; the giving outlet's manager or the
maker agrees first, and not whoever asked.
"""

from operational_api.consequence import Minus, Needs, Once, Opens, Own, Value
from operational_api.document import Document, Field, Grant, Kind, Move

MANAGER = frozenset({Grant.DEALER_MANAGER})
OEM = frozenset({Grant.OEM_PLANNER})

PARTS_TRANSFER = Document(
    name="parts_transfer",
    meaning="Units of one part given by one outlet to another.",
    key="parts_transfer_id",
    area="parts",
    fields=(
        Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
        Field(
            name="quantity",
            kind=Kind.INTEGER,
            meaning="Units given.",
            required=True,
            minimum=1,
            maximum=1_000_000,
            unit="units",
        ),
        Field(
            name="to_outlet_code",
            kind=Kind.CODE,
            meaning="Outlet that gets them.",
            required=True,
            ref="outlet",
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="Why.", required=True),
        Field(name="requested_date", kind=Kind.DATE, meaning="Day of the request.", required=True),
        Field(name="moved_at", kind=Kind.INSTANT, meaning="When they arrived there."),
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=("requested", "approved", "rejected", "done"),
    moves=(
        Move("approve", ("requested",), "approved", by=OEM | MANAGER, not_by="created_by"),
        Move("reject", ("requested",), "rejected", by=OEM | MANAGER, needs=("reject_reason",)),
        Move("complete", ("approved",), "done", by=OEM, needs=("moved_at",)),
    ),
    open_by=MANAGER | OEM,
    read_by=MANAGER | OEM | {Grant.PARTS, Grant.REGIONAL_MANAGER},
    happened="requested_date",
    index=(("part_id",),),
    once=(
        Once(
            fields=("part_id", "to_outlet_code"),
            states=("requested", "approved"),
            rule="the part is on its way to that outlet already",
            remedy="complete or reject the transfer that is there",
        ),
    ),
    follows=(
        Needs(
            into=("requested",),
            of="outlet",
            match=(("outlet_code", Own("to_outlet_code")),),
            states=("operating",),
            rule="the outlet that gets them is operating",
            remedy="correct to_outlet_code",
        ),
        Opens(
            into=("done",),
            of="parts_stock_move",
            suffix="out",
            sets=(
                ("part_id", Own("part_id")),
                ("quantity", Minus(Own("quantity"))),
                ("move_type", Value("transfer_out")),
                ("moved_at", Own("moved_at")),
                ("reference", Own("parts_transfer_id")),
            ),
        ),
        Opens(
            into=("done",),
            of="parts_stock_move",
            suffix="in",
            outlet=Own("to_outlet_code"),
            sets=(
                ("part_id", Own("part_id")),
                ("quantity", Own("quantity")),
                ("move_type", Value("transfer_in")),
                ("moved_at", Own("moved_at")),
                ("reference", Own("parts_transfer_id")),
            ),
        ),
    ),
)
