"""Contact task: somebody is to be contacted by a day, for a reason; its result decides what is next (C27)."""

from operational_api.document import Document, Field, Grant, Kind, Move
from operational_api.documents.contact_rule import CHANNELS, ESCALATED_TO, RULE_CODES

STAFF = frozenset({Grant.CONSULTANT, Grant.ADVISOR, Grant.DEALER_MANAGER})
SYSTEM = frozenset({Grant.ADMIN})

CONTACT_TASK = Document(
    name="contact_task",
    meaning="One contact to be made by one outlet. Overdue is an open one whose day has passed.",
    key="contact_task_id",
    area="customer",
    fields=(
        Field(
            name="rule_code",
            kind=Kind.CHOICE,
            meaning="Reason.",
            choices=(*RULE_CODES, "OTHER"),
            required=True,
        ),
        Field(name="contact_rule_id", kind=Kind.CODE, meaning="Rule that asked.", ref="contact_rule"),
        Field(name="lead_id", kind=Kind.CODE, meaning="Lead.", ref="lead"),
        Field(name="customer_id", kind=Kind.CODE, meaning="Customer.", ref="customer_record"),
        Field(name="vin", kind=Kind.VIN, meaning="Car.", ref="vehicle"),
        Field(name="staff_id", kind=Kind.CODE, meaning="Who is to do it.", ref="staff"),
        Field(name="cause", kind=Kind.CODE, meaning="Type of the document it follows from."),
        Field(name="cause_key", kind=Kind.CODE, meaning="Key of that document."),
        Field(name="previous_task_id", kind=Kind.CODE, meaning="Task it follows.", ref="contact_task"),
        Field(name="due_date", kind=Kind.DATE, meaning="Day it is to be done.", required=True),
        Field(name="remind_date", kind=Kind.DATE, meaning="Day it shows up."),
        Field(name="channel", kind=Kind.CHOICE, meaning="How.", choices=CHANNELS),
        Field(name="estimate", kind=Kind.TEXT, meaning="How the day was estimated from the odometer."),
        Field(name="result", kind=Kind.CODE, meaning="What came of it."),
        Field(name="note", kind=Kind.TEXT, meaning="What was said.", personal=True, max_length=2_000),
        Field(name="level_before", kind=Kind.CODE, meaning="Level of the lead before."),
        Field(name="level_after", kind=Kind.CODE, meaning="Level after.", ref="lead_level"),
        Field(name="next_due_date", kind=Kind.DATE, meaning="Day of the next contact, when agreed."),
        Field(
            name="escalated_to",
            kind=Kind.CHOICE,
            meaning="Who was told that it is late.",
            choices=ESCALATED_TO,
        ),
        Field(name="skip_reason", kind=Kind.TEXT, meaning="Why it is not done."),
    ),
    states=("open", "done", "skipped", "cancelled"),
    moves=(
        Move(
            "complete",
            ("open",),
            "done",
            by=STAFF,
            needs=("result",),
            takes=("note", "level_after", "next_due_date", "channel"),
        ),
        Move("skip", ("open",), "skipped", by=STAFF, needs=("skip_reason",)),
        Move("cancel", ("open",), "cancelled", by=frozenset({Grant.DEALER_MANAGER})),
        Move("escalate", ("open",), "open", by=SYSTEM, needs=("escalated_to",)),
    ),
    open_by=STAFF,
    read_by=STAFF | {Grant.REGIONAL_MANAGER, Grant.OEM_QUALITY, Grant.OEM_PLANNER},
    amend_in=("open",),
    index=(("due_date",), ("lead_id",), ("customer_id",), ("vin",)),
)
