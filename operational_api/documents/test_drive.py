"""Test drive: a lead drives a car; satisfaction is asked afterwards (C18)."""

from operational_api.document import Document, Field, Grant, Kind, Move

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})

TEST_DRIVE = Document(
    name="test_drive",
    meaning="One booked or done test drive.",
    key="test_drive_id",
    area="marketing",
    fields=(
        Field(name="lead_id", kind=Kind.CODE, meaning="Lead that drives.", required=True, ref="lead"),
        Field(name="vin", kind=Kind.VIN, meaning="Demo car.", ref="vehicle"),
        Field(name="slot_at", kind=Kind.INSTANT, meaning="Booked start.", required=True),
        Field(name="has_consent", kind=Kind.BOOLEAN, meaning="The driver signed the terms.", required=True),
        Field(
            name="score",
            kind=Kind.INTEGER,
            meaning="Satisfaction given afterwards, 1 to 10.",
            minimum=1,
            maximum=10,
        ),
    ),
    states=("booked", "done", "no_show", "cancelled"),
    opens_in=("booked", "done", "no_show"),
    moves=(
        Move("complete", ("booked",), "done", by=SALES, needs=("vin",), takes=("score",)),
        Move("miss", ("booked",), "no_show", by=SALES),
        Move("cancel", ("booked",), "cancelled", by=SALES),
    ),
    open_by=SALES,
    read_by=SALES | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    amend_in=("booked",),
    happened="slot_at",
)
