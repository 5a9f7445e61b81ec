"""Dispatch permit: cars that may leave for an outlet, because they are paid or agreed (V15, R06)."""

from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore

FINANCE = frozenset({Grant.OEM_FINANCE})
PLANNER = frozenset({Grant.OEM_PLANNER})

DISPATCH_PERMIT = Document(
    name="dispatch_permit",
    meaning="Leave for some cars to be sent to one outlet until a day.",
    key="dispatch_permit_id",
    area="vehicle",
    fields=(
        Field(name="issued_date", kind=Kind.DATE, meaning="Day it was issued.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day a car may leave.", required=True),
        Field(name="reason", kind=Kind.TEXT, meaning="What was paid or agreed.", required=True),
        Field(
            name="cars",
            kind=Kind.LINES,
            meaning="The cars that may leave.",
            required=True,
            lines=(Field(name="vin", kind=Kind.VIN, meaning="Car.", required=True),),
        ),
    ),
    states=("granted", "used", "withdrawn"),
    moves=(
        Move("use", ("granted",), "used", by=PLANNER),
        Move("withdraw", ("granted",), "withdrawn", by=FINANCE),
    ),
    open_by=FINANCE,
    read_by=FINANCE | PLANNER | {Grant.REGIONAL_MANAGER, Grant.DEALER_MANAGER},
    rules=(NotBefore("valid_to_date", "issued_date"),),
    happened="issued_date",
)
