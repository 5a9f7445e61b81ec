"""Service appointment: a car is booked in; its parts are known demand (S01)."""

from operational_api.document import Document, Field, Grant, Kind, Move

SERVICE = frozenset({Grant.ADVISOR, Grant.DEALER_MANAGER})

SERVICE_APPOINTMENT = Document(
    name="service_appointment",
    meaning="One booked visit to the workshop.",
    key="service_appointment_id",
    area="service",
    fields=(
        Field(name="vin", kind=Kind.VIN, meaning="Car.", required=True, ref="vehicle"),
        Field(name="customer_id", kind=Kind.CODE, meaning="Customer.", ref="customer_record"),
        Field(name="slot_at", kind=Kind.INSTANT, meaning="Booked start.", required=True),
        Field(name="jobs", kind=Kind.TEXT, meaning="What is to be done.", required=True, max_length=500),
        Field(name="staff_id", kind=Kind.CODE, meaning="Advisor.", ref="staff"),
        Field(
            name="parts",
            kind=Kind.LINES,
            meaning="Parts the jobs will need.",
            lines=(
                Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
                Field(
                    name="quantity",
                    kind=Kind.INTEGER,
                    meaning="Units.",
                    required=True,
                    minimum=1,
                    maximum=1000,
                    unit="units",
                ),
            ),
        ),
    ),
    states=("booked", "confirmed", "arrived", "no_show", "cancelled"),
    opens_in=("booked", "confirmed", "arrived", "no_show"),
    moves=(
        Move("confirm", ("booked",), "confirmed", by=SERVICE),
        Move("arrive", ("booked", "confirmed"), "arrived", by=SERVICE),
        Move("miss", ("booked", "confirmed"), "no_show", by=SERVICE),
        Move("cancel", ("booked", "confirmed"), "cancelled", by=SERVICE),
    ),
    open_by=SERVICE,
    read_by=SERVICE | {Grant.PARTS, Grant.TECHNICIAN, Grant.REGIONAL_MANAGER},
    amend_in=("booked", "confirmed"),
    happened="slot_at",
)
