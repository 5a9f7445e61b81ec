"""Launch plan: a new series forecast by analogy until it has a history of its own.

It sells as the analogous series does, scaled, from its first month on along a ramp; the series it replaces
runs out meanwhile.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

PLANNER = frozenset({Grant.OEM_PLANNER})

LAUNCH_PLAN = Document(
    name="launch_plan",
    meaning="How a new series is expected to start in a region.",
    key="launch_plan_id",
    area="planning",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="series", kind=Kind.CODE, meaning="New series.", required=True),
        Field(
            name="region_path", kind=Kind.CODE, meaning="Region it starts in.", required=True, max_length=80
        ),
        Field(name="analogous_series", kind=Kind.CODE, meaning="Series it resembles.", required=True),
        Field(name="launch_month", kind=Kind.MONTH, meaning="First month of sale.", required=True),
        Field(
            name="scale_percent",
            kind=Kind.DECIMAL,
            meaning="Full rate in percent of the analogous series.",
            required=True,
            minimum=0,
            maximum=1_000,
            unit="percent",
        ),
        Field(
            name="ramp_months",
            kind=Kind.INTEGER,
            meaning="Months until it sells at its full rate.",
            required=True,
            minimum=1,
            maximum=24,
            unit="months",
        ),
        Field(name="replaced_series", kind=Kind.CODE, meaning="Series that runs out."),
        Field(
            name="run_out_months",
            kind=Kind.INTEGER,
            meaning="Months until the replaced series sells nothing.",
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
    happened="launch_month",
)
