"""Trade-in appraisal: what an outlet offers for the customer's old car (C35).

The used car's own life is out of scope.
"""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})

TRADE_IN_APPRAISAL = Document(
    name="trade_in_appraisal",
    meaning="One offer for one used car.",
    key="trade_in_appraisal_id",
    area="customer",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Who offers the car.", ref="customer_record"),
        Field(name="lead_id", kind=Kind.CODE, meaning="Purchase it belongs to.", ref="lead"),
        Field(name="old_vin", kind=Kind.VIN, meaning="VIN of the old car; any make."),
        Field(name="make_and_model", kind=Kind.TEXT, meaning="What it is.", required=True),
        Field(
            name="model_year",
            kind=Kind.INTEGER,
            meaning="Model year.",
            required=True,
            minimum=1900,
            maximum=2100,
        ),
        Field(name="plate", kind=Kind.TEXT, meaning="Number plate.", personal=True, max_length=20),
        Field(
            name="odometer_km",
            kind=Kind.INTEGER,
            meaning="Odometer.",
            required=True,
            minimum=0,
            maximum=2_000_000,
            unit="km",
        ),
        Field(
            name="condition",
            kind=Kind.CHOICE,
            meaning="Condition.",
            required=True,
            choices=("good", "fair", "poor"),
        ),
        Field(
            name="offer_minor",
            kind=Kind.MONEY,
            meaning="What the outlet offers.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the offer.", required=True),
        Field(name="appraised_date", kind=Kind.DATE, meaning="Day of the appraisal.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day of the offer.", required=True),
        Field(name="decline_reason", kind=Kind.CODE, meaning="Why the customer declined."),
    ),
    states=("offered", "accepted", "declined"),
    moves=(
        Move("accept", ("offered",), "accepted", by=SALES),
        Move("decline", ("offered",), "declined", by=SALES, takes=("decline_reason",)),
    ),
    open_by=SALES,
    read_by=SALES | {Grant.REGIONAL_MANAGER},
    amend_in=("offered",),
    rules=(NotBefore("valid_to_date", "appraised_date"),),
    happened="appraised_date",
)
