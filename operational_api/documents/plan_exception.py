"""Plan exception: a place where the plan is wrong or risky, who looks at it by when, and what came of it.

The pipeline ranks exceptions; taking one opens this document, so that it has an owner and an end.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

PLANNING = frozenset({Grant.OEM_PLANNER, Grant.REGIONAL_MANAGER})
KINDS = (
    "outside_band",
    "plan_against_baseline",
    "tracking_signal",
    "outlier",
    "slipping_order",
    "new",
    "dying",
)

PLAN_EXCEPTION = Document(
    name="plan_exception",
    meaning="One exception of the plan that somebody took.",
    key="plan_exception_id",
    area="planning",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(
            name="exception_code",
            kind=Kind.CODE,
            meaning="The exception as ranked: kind, place, item and month.",
            required=True,
        ),
        Field(name="kind", kind=Kind.CHOICE, meaning="What is wrong.", choices=KINDS, required=True),
        Field(name="region_path", kind=Kind.CODE, meaning="Region it lies in.", required=True, max_length=80),
        Field(name="outlet_code", kind=Kind.CODE, meaning="Outlet it lies at.", ref="outlet"),
        Field(name="series", kind=Kind.CODE, meaning="Series."),
        Field(name="exception_month", kind=Kind.MONTH, meaning="Month it speaks of."),
        Field(
            name="evidence",
            kind=Kind.TEXT,
            meaning="The figures that raised it, as they stood then.",
            required=True,
            max_length=500,
        ),
        Field(
            name="at_risk_minor",
            kind=Kind.MONEY,
            meaning="Money at risk when it was taken.",
            minimum=0,
            maximum=1_000_000_000_000_000,
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the money."),
        Field(name="owner", kind=Kind.CODE, meaning="Login of who looks at it.", required=True),
        Field(name="due_date", kind=Kind.DATE, meaning="Day by which it is settled.", required=True),
        Field(
            name="root_cause",
            kind=Kind.CHOICE,
            meaning="Why it came about.",
            choices=("demand_changed", "plan_wrong", "data_error", "supply", "one_time_deal", "no_cause"),
        ),
        Field(name="outcome", kind=Kind.TEXT, meaning="What was done and shows it.", max_length=500),
        Field(name="reopen_reason", kind=Kind.TEXT, meaning="Why it is open again.", max_length=500),
    ),
    states=("open", "resolved", "dismissed"),
    moves=(
        Move("resolve", ("open",), "resolved", by=PLANNING, needs=("root_cause", "outcome")),
        Move("dismiss", ("open",), "dismissed", by=PLANNING, needs=("outcome",)),
        Move("reopen", ("resolved", "dismissed"), "open", by=PLANNING, needs=("reopen_reason",)),
    ),
    open_by=PLANNING,
    read_by=PLANNING,
    amend_in=("open",),
    happened="due_date",
    region="region_path",
)
