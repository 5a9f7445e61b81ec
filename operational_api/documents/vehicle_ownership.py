"""Vehicle ownership: who owns a car, from when to when; a delivery or a transfer opens it (C07, C26, V24)."""

from operational_api.consequence import Once
from operational_api.document import DEALER, Document, Field, Grant, Kind, Move, NotBefore

OEM = frozenset({Grant.OEM_PLANNER, Grant.OEM_QUALITY})

VEHICLE_OWNERSHIP = Document(
    name="vehicle_ownership",
    meaning="One customer's ownership of one car.",
    key="vehicle_ownership_id",
    area="vehicle",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="The car.", required=True, ref="vehicle"),
        Field(name="customer_id", kind=Kind.CODE, meaning="The owner.", required=True, ref="customer_record"),
        Field(name="starts_date", kind=Kind.DATE, meaning="First day.", required=True),
        Field(name="ends_date", kind=Kind.DATE, meaning="Last day."),
        Field(name="reference", kind=Kind.CODE, meaning="Delivery or transfer behind it.", required=True),
    ),
    states=("current", "ended"),
    opens_in=("current", "ended"),  # owners of the past come in with a car's history
    moves=(Move("end", ("current",), "ended", by=DEALER | OEM, needs=("ends_date",)),),
    open_by=DEALER | OEM,
    read_by=DEALER | OEM | {Grant.REGIONAL_MANAGER},
    rules=(NotBefore("ends_date", "starts_date"),),
    happened="starts_date",
    index=(("vin",), ("customer_id",), ("reference",)),
    once=(
        Once(
            fields=("vin",),
            states=("current",),
            rule="one owner at a time: the car has a current owner",
            remedy="confirm an ownership transfer, which ends the present one",
        ),
    ),
)
