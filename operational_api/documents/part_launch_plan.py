"""Launch plan of a part: a new number asked for as another one is, until it has a history of its own.

From its first day on it climbs in a straight line to its full rate, at every outlet of the region where the
analogous number is asked for. A number that replaces another is no launch: a part relation says that.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

PLANNER = frozenset({Grant.OEM_PLANNER})

PART_LAUNCH_PLAN = Document(
    name="part_launch_plan",
    meaning="How a new part is expected to be asked for in a region.",
    key="part_launch_plan_id",
    area="planning",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="part_id", kind=Kind.CODE, meaning="New part.", required=True, ref="part"),
        Field(
            name="region_path", kind=Kind.CODE, meaning="Region it starts in.", required=True, max_length=80
        ),
        Field(
            name="analogous_part_id", kind=Kind.CODE, meaning="Part it resembles.", required=True, ref="part"
        ),
        Field(name="launch_date", kind=Kind.DATE, meaning="First day of sale.", required=True),
        Field(
            name="scale_percent",
            kind=Kind.DECIMAL,
            meaning="Full rate in percent of the analogous part.",
            required=True,
            minimum=0,
            maximum=1_000,
            unit="percent",
        ),
        Field(
            name="ramp_months",
            kind=Kind.INTEGER,
            meaning="Months until it is asked for at its full rate.",
            required=True,
            minimum=1,
            maximum=24,
            unit="months",
        ),
        Field(name="note", kind=Kind.TEXT, meaning="What stands behind it.", max_length=500),
    ),
    states=("draft", "approved", "withdrawn"),
    opens_in=("draft", "approved"),
    moves=(
        Move("approve", ("draft",), "approved", by=PLANNER),
        Move("withdraw", ("draft", "approved"), "withdrawn", by=PLANNER),
    ),
    open_by=PLANNER,
    read_by=PLANNER | {Grant.REGIONAL_MANAGER},
    amend_in=("draft",),
    happened="launch_date",
)
