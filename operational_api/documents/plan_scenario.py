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
        Field(
            name="allocation_rule",
            kind=Kind.CHOICE,
            meaning="How what can be sold is shared; empty: equal days' supply.",
            choices=("days_supply", "sales_share", "objective"),
        ),
        Field(
            name="locks",
            kind=Kind.LINES,
            meaning="Outlets and markets that keep a figure, whatever the rule says of the others.",
            lines=(
                Field(name="outlet_code", kind=Kind.CODE, meaning="Outlet; either it or a market."),
                Field(name="market", kind=Kind.COUNTRY, meaning="Market; either it or an outlet."),
                Field(name="series", kind=Kind.CODE, meaning="Series.", required=True),
                Field(name="plan_month", kind=Kind.MONTH, meaning="Month.", required=True),
                Field(
                    name="units",
                    kind=Kind.INTEGER,
                    meaning="Cars it can sell in the month.",
                    required=True,
                    minimum=0,
                    maximum=1_000_000,
                    unit="cars",
                ),
                Field(name="reason", kind=Kind.TEXT, meaning="Why.", required=True),
            ),
        ),
        Field(
            name="assumptions",
            kind=Kind.LINES,
            meaning="What else it rests on, and who answers for each.",
            lines=(
                Field(
                    name="assumption",
                    kind=Kind.TEXT,
                    meaning="What is assumed.",
                    required=True,
                    max_length=500,
                ),
                Field(name="owner", kind=Kind.CODE, meaning="Login of who answers for it.", required=True),
                Field(name="review_date", kind=Kind.DATE, meaning="Day on which it is looked at again."),
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
