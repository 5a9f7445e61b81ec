"""Training result: course, exam and certificate of a member of staff (H04)."""

from operational_api.document import BUSINESS, Document, Field, Grant, Kind, Move, NotBefore

TRAINERS = frozenset({Grant.DEALER_MANAGER, Grant.OEM_QUALITY})

TRAINING_RESULT = Document(
    name="training_result",
    meaning="One course taken by one member of staff, with its result.",
    key="training_result_id",
    area="network",
    fields=(
        Field(name="staff_id", kind=Kind.CODE, meaning="Member of staff.", required=True, ref="staff"),
        Field(name="course", kind=Kind.CODE, meaning="Course.", required=True),
        Field(name="taken_date", kind=Kind.DATE, meaning="Day it ended.", required=True),
        Field(
            name="score",
            kind=Kind.INTEGER,
            meaning="Exam result, 0 to 100.",
            minimum=0,
            maximum=100,
            unit="points",
        ),
        Field(name="is_passed", kind=Kind.BOOLEAN, meaning="Whether it was passed.", required=True),
        Field(name="certificate_no", kind=Kind.CODE, meaning="Certificate."),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day of the certificate."),
        Field(name="reason", kind=Kind.TEXT, meaning="Why it was withdrawn."),
    ),
    states=("recorded", "withdrawn"),
    moves=(
        Move("withdraw", ("recorded",), "withdrawn", by=frozenset({Grant.OEM_QUALITY}), needs=("reason",)),
    ),
    open_by=TRAINERS,
    read_by=BUSINESS,
    rules=(NotBefore("valid_to_date", "taken_date"),),
    happened="taken_date",
    index=(("staff_id",),),
)
