"""Labour rate: what an hour costs at an outlet, by who pays (S14)."""

from operational_api.document import Field, Grant, Kind, Tenancy
from operational_api.documents.repair_order import PAY_TYPES
from operational_api.documents.rule import rule

READERS = frozenset({Grant.ADVISOR, Grant.CASHIER, Grant.OEM_QUALITY, Grant.REGIONAL_MANAGER})

LABOR_RATE = rule(
    name="labor_rate",
    meaning="Price of one standard hour at one outlet from one day on.",
    area="service",
    tenancy=Tenancy.OUTLET,
    by=frozenset({Grant.OEM_FINANCE, Grant.DEALER_MANAGER}),
    read_by=READERS,
    fields=(
        Field(name="pay_type", kind=Kind.CHOICE, meaning="Who pays.", choices=PAY_TYPES, required=True),
        Field(
            name="rate_minor",
            kind=Kind.MONEY,
            meaning="Price per standard hour.",
            required=True,
            minimum=0,
            maximum=10**12,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the rate.", required=True),
    ),
)
