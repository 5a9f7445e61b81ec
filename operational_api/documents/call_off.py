"""Call-off: what an outlet wants delivered, period by period; a new one replaces the last one (V05, R05).

The latest call-off of an outlet at a supplier is the one that counts, whole: nothing of the earlier one
survives in it. Latest is what was issued last, whatever came in last; of two issued at one instant the higher
number, and where numbers are no numbers the one that came in last.
Quantities are those of the period; what was received so far stands beside them.
"""

from operational_api.consequence import After, Forbids, Moves, Own
from operational_api.document import Document, Field, Grant, Kind, Move

MANAGER = frozenset({Grant.DEALER_MANAGER})
PLANNER = frozenset({Grant.OEM_PLANNER})

CALL_OFF = Document(
    name="call_off",
    meaning="One delivery schedule of one outlet for one supplier.",
    key="call_off_id",
    area="vehicle",
    fields=(
        Field(name="message_no", kind=Kind.CODE, meaning="Number the sender gave it.", required=True),
        Field(name="supplier", kind=Kind.CODE, meaning="Who is to deliver.", required=True),
        Field(name="issued_at", kind=Kind.INSTANT, meaning="When it was issued.", required=True),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What is wanted when.",
            required=True,
            lines=(
                Field(name="item", kind=Kind.CODE, meaning="Variant or part.", required=True),
                Field(
                    name="commitment",
                    kind=Kind.CHOICE,
                    meaning="How binding it is.",
                    choices=("firm", "production", "material", "forecast"),
                    required=True,
                ),
                Field(name="from_date", kind=Kind.DATE, meaning="First day of the period.", required=True),
                Field(name="to_date", kind=Kind.DATE, meaning="Last day of the period."),
                Field(
                    name="quantity",
                    kind=Kind.INTEGER,
                    meaning="Units of the period.",
                    required=True,
                    minimum=0,
                    maximum=100_000_000,
                    unit="units",
                ),
                Field(
                    name="received_quantity",
                    kind=Kind.INTEGER,
                    meaning="Units received in all, as the sender counts.",
                    minimum=0,
                    maximum=100_000_000,
                    unit="units",
                ),
            ),
        ),
    ),
    states=("active", "replaced"),
    moves=(Move("replace", ("active",), "replaced", by=MANAGER | PLANNER),),
    open_by=MANAGER | PLANNER,
    read_by=MANAGER | PLANNER | {Grant.REGIONAL_MANAGER},
    happened="issued_at",
    index=(("outlet_id", "supplier"),),
    follows=(
        Forbids(
            into=("active",),
            of="call_off",
            match=(
                ("message_no", Own("message_no")),
                ("outlet_id", Own("outlet_id")),
                ("supplier", Own("supplier")),
            ),
            states=("active", "replaced"),
            rule="a call-off of this number is there already, with other content or another key",
            remedy="send what changed as a new message with a number of its own",
        ),
        Forbids(
            into=("active",),
            of="call_off",
            match=(
                ("issued_at", After(Own("issued_at"))),
                ("outlet_id", Own("outlet_id")),
                ("supplier", Own("supplier")),
            ),
            states=("active",),
            rule="older than the active call-off, which was issued later",
            remedy="leave it, or issue a new message with today's needs; the active call-off stands",
        ),
        Forbids(
            into=("active",),
            of="call_off",
            match=(
                ("message_no", After(Own("message_no"))),
                ("issued_at", Own("issued_at")),
                ("outlet_id", Own("outlet_id")),
                ("supplier", Own("supplier")),
            ),
            states=("active",),
            rule="older than the active call-off, which has the higher number of the same instant",
            remedy="leave it, or issue a new message with today's needs; the active call-off stands",
        ),
        Moves(
            into=("active",),
            of="call_off",
            match=(("outlet_id", Own("outlet_id")), ("supplier", Own("supplier"))),
            move="replace",
            optional=True,
        ),
    ),
)
