"""Service contract: maintenance paid in advance or by instalment, by time and distance (S11)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SERVICE = frozenset({Grant.ADVISOR, Grant.DEALER_MANAGER})

SERVICE_CONTRACT = Document(
    name="service_contract",
    meaning="One maintenance contract of one car.",
    key="service_contract_id",
    area="service",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(
            name="customer_id", kind=Kind.CODE, meaning="Who signed.", required=True, ref="customer_record"
        ),
        Field(name="plan", kind=Kind.CODE, meaning="Plan; the list is data.", required=True),
        Field(name="starts_date", kind=Kind.DATE, meaning="First day.", required=True),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day.", required=True),
        Field(
            name="limit_km",
            kind=Kind.INTEGER,
            meaning="Odometer at which it ends.",
            minimum=1,
            maximum=2_000_000,
            unit="km",
        ),
        Field(
            name="visits",
            kind=Kind.INTEGER,
            meaning="Visits it pays for.",
            minimum=1,
            maximum=100,
            unit="visits",
        ),
        Field(
            name="price_minor",
            kind=Kind.MONEY,
            meaning="Price.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the price.", required=True),
        Field(name="cancel_reason", kind=Kind.TEXT, meaning="Why it was cancelled."),
    ),
    states=("active", "expired", "used", "cancelled"),
    moves=(
        Move("expire", ("active",), "expired", by=SERVICE),
        Move("use_up", ("active",), "used", by=SERVICE),
        Move(
            "cancel", ("active",), "cancelled", by=frozenset({Grant.DEALER_MANAGER}), needs=("cancel_reason",)
        ),
    ),
    open_by=SERVICE,
    read_by=SERVICE | {Grant.CASHIER, Grant.TECHNICIAN, Grant.REGIONAL_MANAGER},
    rules=(NotBefore("ends_date", "starts_date"),),
    happened="starts_date",
    index=(("vin",),),
)
