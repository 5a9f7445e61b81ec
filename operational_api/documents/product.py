"""Product: what can be ordered, brand > series > model > variant > colour; one row per colour."""

from operational_api.document import EVERYONE, Document, Field, Grant, Kind, Move, NotBefore, Tenancy

PLANNERS = frozenset({Grant.OEM_PLANNER})

PRODUCT = Document(
    name="product",
    meaning="One orderable colour of a variant.",
    key="product_id",
    area="vehicle",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="brand", kind=Kind.TEXT, meaning="Brand.", required=True),
        Field(
            name="series",
            kind=Kind.CODE,
            meaning="Series: the level at which sales are planned.",
            required=True,
        ),
        Field(name="model", kind=Kind.TEXT, meaning="Model within the series.", required=True),
        Field(name="variant", kind=Kind.CODE, meaning="Variant: engine, gearbox and trim.", required=True),
        Field(name="colour", kind=Kind.TEXT, meaning="Exterior colour.", required=True),
        Field(
            name="model_year",
            kind=Kind.INTEGER,
            meaning="Model year.",
            required=True,
            minimum=1980,
            maximum=2100,
        ),
        Field(name="predecessor_series", kind=Kind.CODE, meaning="Series that this one replaces."),
        Field(name="launch_date", kind=Kind.DATE, meaning="First day it may be ordered.", required=True),
        Field(name="run_out_date", kind=Kind.DATE, meaning="Last day it may be ordered."),
        Field(
            name="list_price_minor",
            kind=Kind.MONEY,
            meaning="Export list price.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the list price.", required=True),
    ),
    states=("planned", "on_sale", "run_out", "ended"),
    opens_in=("planned", "on_sale", "run_out", "ended"),
    moves=(
        Move("launch", ("planned",), "on_sale", by=PLANNERS),
        Move("run_out", ("on_sale",), "run_out", by=PLANNERS, needs=("run_out_date",)),
        Move("end", ("run_out",), "ended", by=PLANNERS),
    ),
    open_by=PLANNERS,
    read_by=EVERYONE,
    amend_in=("planned", "on_sale", "run_out"),
    rules=(NotBefore("run_out_date", "launch_date"),),
)
