"""Sales outlier: a month of car sales that the forecast must not learn from as it came.

A cell is named as by an override: an outlet, or every outlet below a region, for one series and month. What
came stays what came: accuracy is measured against it. Only what the engine is trained on changes, from the
day the mark is recorded until it is withdrawn; of two marks of a cell the later one holds.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

PLANNING = frozenset({Grant.OEM_PLANNER, Grant.REGIONAL_MANAGER})

SALES_OUTLIER = Document(
    name="sales_outlier",
    meaning="One month of history that forecasts do not learn from as it came.",
    key="sales_outlier_id",
    area="planning",
    tenancy=Tenancy.SHARED,
    fields=(
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
        Field(name="series", kind=Kind.CODE, meaning="Series.", required=True),
        Field(name="sales_month", kind=Kind.MONTH, meaning="Month that is no guide.", required=True),
        Field(
            name="replacement_units",
            kind=Kind.DECIMAL,
            meaning="Cars to learn from instead; empty: what the months around it lead to expect.",
            minimum=0,
            maximum=1_000_000,
            unit="units",
        ),
        Field(
            name="reason_code",
            kind=Kind.CHOICE,
            meaning="Why it is no guide.",
            choices=(
                "fleet_deal", "supply_limit", "data_error", "price_change", "regulation", "network_change",
                "recall", "other",
            ),
            required=True,
        ),
        Field(name="note", kind=Kind.TEXT, meaning="What stands behind it.", required=True, max_length=500),
    ),
    states=("active", "withdrawn"),
    moves=(Move("withdraw", ("active",), "withdrawn", by=PLANNING),),
    open_by=PLANNING,
    read_by=PLANNING,
    region="region_path",
)  # fmt: skip
