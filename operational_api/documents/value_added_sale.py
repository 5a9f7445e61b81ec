"""Value-added sale: insurance, accessory, inspection, extended warranty, finance (V26, S22, S25, F13)."""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move, NotBefore

VALUE_ADDED_SALE = Document(
    name="value_added_sale",
    meaning="One product sold beside a car or a service.",
    key="value_added_sale_id",
    area="vehicle",
    fields=(
        Field(
            name="sale_kind",
            kind=Kind.CHOICE,
            meaning="What was sold.",
            required=True,
            choices=("insurance", "accessory", "inspection", "extended_warranty", "finance", "registration"),
        ),
        Field(name="vin", kind=Kind.VIN, meaning="Car it is for.", ref="vehicle"),
        Field(
            name="customer_id", kind=Kind.CODE, meaning="Who bought it.", required=True, ref="customer_record"
        ),
        Field(name="provider", kind=Kind.TEXT, meaning="Insurer, bank or supplier."),
        Field(name="policy_no", kind=Kind.CODE, meaning="Policy or contract number."),
        Field(name="sold_at", kind=Kind.INSTANT, meaning="When it was sold.", required=True),
        Field(name="starts_date", kind=Kind.DATE, meaning="First day of cover."),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day of cover."),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="What the customer pays.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(
            name="commission_minor",
            kind=Kind.MONEY,
            meaning="What the outlet earns.",
            minimum=0,
            unit="minor units",
            hidden_from=frozenset({Grant.REGIONAL_MANAGER}),
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of both.", required=True),
        Field(name="staff_id", kind=Kind.CODE, meaning="Who sold it.", ref="staff"),
        Field(name="cancel_reason", kind=Kind.TEXT, meaning="Why it was cancelled."),
    ),
    states=("sold", "cancelled"),
    moves=(
        Move(
            "cancel", ("sold",), "cancelled", by=frozenset({Grant.DEALER_MANAGER}), needs=("cancel_reason",)
        ),
    ),
    open_by=DEALER,
    read_by=DEALER | {Grant.REGIONAL_MANAGER},
    rules=(NotBefore("ends_date", "starts_date"),),
    happened="sold_at",
)
