"""Forecast override: somebody knows better than the baseline, says why, and is judged later.

A cell is named by level: an outlet, or every outlet below a region, for one series or part and month. A
change of a region is spread over its outlets by a rule; a lock keeps what came out from later steps.
Nobody writes over an override that he has not seen: whoever writes names the newest one
(`operational_api/override_guard.py`).
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

PLANNING = frozenset({Grant.OEM_PLANNER, Grant.REGIONAL_MANAGER})

FORECAST_OVERRIDE = Document(
    name="forecast_override",
    meaning="One change to the baseline forecast of one cell.",
    key="forecast_override_id",
    area="planning",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(
            name="subject",
            kind=Kind.CHOICE,
            meaning="What is forecast.",
            choices=("vehicle", "part"),
            required=True,
        ),
        Field(
            name="region_path",
            kind=Kind.CODE,
            meaning="Region whose outlets it covers.",
            required=True,
            max_length=80,
        ),
        Field(
            name="outlet_code",
            kind=Kind.CODE,
            meaning="The one outlet it covers; empty for the region.",
            ref="outlet",
        ),
        Field(name="series", kind=Kind.CODE, meaning="Series, for vehicles."),
        Field(name="part_id", kind=Kind.CODE, meaning="Part, for parts.", ref="part"),
        Field(name="forecast_month", kind=Kind.MONTH, meaning="Month it changes.", required=True),
        Field(
            name="mode",
            kind=Kind.CHOICE,
            meaning="How the value acts.",
            choices=("set", "add", "percent"),
            required=True,
        ),
        Field(
            name="value",
            kind=Kind.DECIMAL,
            meaning="Units, or percent of the baseline.",
            required=True,
            minimum=-1_000_000,
            maximum=1_000_000,
        ),
        Field(
            name="spread",
            kind=Kind.CHOICE,
            meaning="In proportion to what it is handed to the cells below; empty: to what they have.",
            choices=("proportional", "last_year", "equal"),
        ),
        Field(
            name="is_locked",
            kind=Kind.BOOLEAN,
            meaning="Later steps leave these cells alone.",
        ),
        Field(
            name="baseline", kind=Kind.DECIMAL, meaning="Baseline the author saw.", minimum=0, unit="units"
        ),
        Field(
            name="reason_code",
            kind=Kind.CHOICE,
            meaning="Why.",
            choices=(
                "promotion",
                "fleet_deal",
                "launch_or_run_out",
                "price_change",
                "supply_limit",
                "regulation",
                "competitor",
                "data_error",
                "network_change",
                "recall",
                "holiday",
                "other",
            ),
            required=True,
        ),
        Field(name="note", kind=Kind.TEXT, meaning="What stands behind it.", max_length=500),
        Field(
            name="author_level",
            kind=Kind.CHOICE,
            meaning="Step of the plan.",
            choices=("dealer", "region", "hq"),
            required=True,
        ),
        Field(name="expires_date", kind=Kind.DATE, meaning="Day it falls away."),
        Field(
            name="seen_override_id",
            kind=Kind.CODE,
            meaning="Newest override of this step on any of its cells that the author saw; empty: none.",
            ref="forecast_override",
        ),
    ),
    states=("proposed", "applied", "withdrawn"),
    opens_in=("proposed", "applied"),
    moves=(
        Move("apply", ("proposed",), "applied", by=frozenset({Grant.OEM_PLANNER})),
        Move("withdraw", ("proposed", "applied"), "withdrawn", by=PLANNING),
    ),
    open_by=PLANNING,
    read_by=PLANNING,
    amend_in=("proposed",),
    happened="forecast_month",
    region="region_path",
    index=(("forecast_month", "subject", "author_level"),),
)
