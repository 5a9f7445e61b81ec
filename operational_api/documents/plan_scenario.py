"""Plan scenario: what if demand or supply were otherwise, forked, compared, and promoted by one planner.

A scenario is a list of changes on top of the base; the engine reckons it. The one promoted last holds.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

PLANNER = frozenset({Grant.OEM_PLANNER})
READERS = PLANNER | {Grant.REGIONAL_MANAGER, Grant.OEM_FINANCE}

PLAN_SCENARIO = Document(
    name="plan_scenario",
    meaning="One set of assumptions on demand and supply.",
    key="plan_scenario_id",
    area="planning",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="name", kind=Kind.TEXT, meaning="What it is called.", required=True, max_length=80),
        Field(
            name="parent_scenario", kind=Kind.CODE, meaning="Scenario it was forked from; empty: the base."
        ),
        Field(
            name="changes",
            kind=Kind.LINES,
            meaning="What differs from the base.",
            required=True,
            lines=(
                Field(
                    name="measure",
                    kind=Kind.CHOICE,
                    meaning="What is changed: demand or slots in percent, slots or stock in cars.",
                    choices=("demand_percent", "capacity_percent", "capacity_units", "stock_units"),
                    required=True,
                ),
                Field(name="series", kind=Kind.CODE, meaning="Series; empty: every one."),
                Field(name="plan_month", kind=Kind.MONTH, meaning="Month; empty: every one."),
                Field(
                    name="value",
                    kind=Kind.DECIMAL,
                    meaning="By how much.",
                    required=True,
                    minimum=-1_000_000,
                    maximum=1_000_000,
                ),
            ),
        ),
        Field(name="assumption", kind=Kind.TEXT, meaning="What it rests on.", required=True, max_length=500),
        Field(
            name="assumption_owner", kind=Kind.CODE, meaning="Login of who answers for that.", required=True
        ),
    ),
    states=("draft", "promoted", "withdrawn"),
    moves=(
        Move("promote", ("draft",), "promoted", by=PLANNER),
        Move("withdraw", ("draft", "promoted"), "withdrawn", by=PLANNER),
    ),
    open_by=PLANNER,
    read_by=READERS,
    amend_in=("draft",),
)
