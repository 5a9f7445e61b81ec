"""Stock-ahead: cars the maker builds before a dealer orders them (V31).

Built = dealers' requirement times a share, plus a cover of the maker's own.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

PLANNER = frozenset({Grant.OEM_PLANNER})

STOCK_AHEAD = Document(
    name="stock_ahead",
    meaning="What headquarters builds to stock of one series in one month for one market.",
    key="stock_ahead_id",
    plural="stock_ahead_plans",
    area="planning",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="market", kind=Kind.COUNTRY, meaning="Market it is for.", required=True),
        Field(name="series", kind=Kind.CODE, meaning="Series.", required=True),
        Field(name="stock_month", kind=Kind.MONTH, meaning="Month it is to be there.", required=True),
        Field(
            name="share_percent",
            kind=Kind.DECIMAL,
            meaning="Share of the dealers' requirement to be built ahead.",
            required=True,
            minimum=0,
            maximum=100,
            unit="percent",
        ),
        Field(
            name="cover_units",
            kind=Kind.INTEGER,
            meaning="Cars beyond that share.",
            required=True,
            minimum=0,
            maximum=1_000_000,
            unit="cars",
        ),
        Field(name="note", kind=Kind.TEXT, meaning="What stands behind it.", max_length=500),
    ),
    states=("draft", "issued", "withdrawn"),
    opens_in=("draft", "issued"),
    moves=(
        Move("issue", ("draft",), "issued", by=PLANNER),
        Move("withdraw", ("draft", "issued"), "withdrawn", by=PLANNER),
    ),
    open_by=PLANNER,
    read_by=PLANNER,
    amend_in=("draft",),
    happened="stock_month",
)
