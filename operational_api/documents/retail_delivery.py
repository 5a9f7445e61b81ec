"""Retail delivery: the car goes to its owner; reported, audited, counted as retail (V24, V28)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})
AUDIT = frozenset({Grant.OEM_PLANNER, Grant.REGIONAL_MANAGER})

RETAIL_DELIVERY = Document(
    name="retail_delivery",
    meaning="One car handed over to its owner.",
    key="retail_delivery_id",
    area="vehicle",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(name="customer_id", kind=Kind.CODE, meaning="The owner.", required=True, ref="customer_record"),
        Field(name="retail_order_id", kind=Kind.CODE, meaning="Contract behind it.", ref="retail_order"),
        Field(name="lead_id", kind=Kind.CODE, meaning="Lead it began with.", ref="lead"),
        Field(name="staff_id", kind=Kind.CODE, meaning="Consultant.", ref="staff"),
        Field(name="delivered_date", kind=Kind.DATE, meaning="Day of hand-over.", required=True),
        Field(name="warranty_start_date", kind=Kind.DATE, meaning="First day of warranty.", required=True),
        Field(
            name="odometer_km",
            kind=Kind.INTEGER,
            meaning="Odometer at hand-over.",
            required=True,
            minimum=0,
            maximum=2_000_000,
            unit="km",
        ),
        Field(name="invoice_no", kind=Kind.CODE, meaning="Invoice."),
        Field(
            name="price_minor",
            kind=Kind.MONEY,
            meaning="Invoiced price.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the invoice.", required=True),
        Field(
            name="sales_channel",
            kind=Kind.CHOICE,
            meaning="To whom it was sold.",
            choices=("retail", "key_account", "direct"),
            required=True,
        ),
    ),
    states=("reported", "audited", "rejected", "reversed"),
    moves=(
        Move("audit", ("reported",), "audited", by=AUDIT, not_by="created_by"),
        Move("reject", ("reported",), "rejected", by=AUDIT),
        Move("reverse", ("reported", "audited"), "reversed", by=AUDIT),
    ),
    open_by=SALES,
    read_by=SALES | AUDIT | {Grant.ADVISOR, Grant.CASHIER, Grant.OEM_QUALITY},
    amend_in=("reported",),
    rules=(NotBefore("warranty_start_date", "delivered_date"),),
    happened="delivered_date",
)
