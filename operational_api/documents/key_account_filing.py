"""Key account filing: a fleet project is reported early, so that no two dealers fight over it (C34, V29)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})
OEM = frozenset({Grant.OEM_PLANNER})

KEY_ACCOUNT_FILING = Document(
    name="key_account_filing",
    meaning="One project of one key account, filed by one outlet.",
    key="key_account_filing_id",
    area="customer",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Account.", required=True, ref="customer_record"),
        Field(name="project", kind=Kind.TEXT, meaning="What it buys for.", required=True),
        Field(name="account_grade", kind=Kind.CODE, meaning="Grade of the account; the list is data."),
        Field(name="filed_date", kind=Kind.DATE, meaning="Day of filing.", required=True),
        Field(name="decision_date", kind=Kind.DATE, meaning="Day the account will decide."),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day the filing protects the outlet."),
        Field(name="competitors", kind=Kind.TEXT, meaning="Who else offers."),
        Field(
            name="discount_percent",
            kind=Kind.DECIMAL,
            meaning="Discount authorised in advance.",
            minimum=0,
            maximum=100,
            unit="percent",
        ),
        Field(
            name="terms",
            kind=Kind.TEXT,
            meaning="Other terms authorised in advance: upfit, delivery, payment.",
            max_length=1000,
        ),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What the account wants.",
            required=True,
            lines=(
                Field(name="series", kind=Kind.CODE, meaning="Series.", required=True),
                Field(
                    name="quantity",
                    kind=Kind.INTEGER,
                    meaning="Cars.",
                    required=True,
                    minimum=1,
                    maximum=100_000,
                    unit="cars",
                ),
            ),
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="Why it was rejected or lost."),
    ),
    states=("submitted", "confirmed", "rejected", "expired", "won", "lost"),
    moves=(
        Move(
            "confirm",
            ("submitted",),
            "confirmed",
            by=OEM,
            needs=("valid_to_date",),
            takes=("discount_percent", "terms", "account_grade"),
            not_by="created_by",
        ),
        Move("reject", ("submitted",), "rejected", by=OEM, needs=("reason",)),
        Move("expire", ("confirmed",), "expired", by=OEM),
        Move("win", ("confirmed",), "won", by=SALES),
        Move("lose", ("confirmed",), "lost", by=SALES, needs=("reason",), takes=("competitors",)),
    ),
    open_by=SALES,
    read_by=SALES | OEM | {Grant.REGIONAL_MANAGER, Grant.OEM_FINANCE},
    amend_in=("submitted",),
    rules=(NotBefore("valid_to_date", "filed_date"),),
    happened="filed_date",
)
