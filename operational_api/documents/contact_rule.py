"""Contact rule: after or before which event to contact somebody, when to remind, when to escalate (C27)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import MARKET, rule

RULE_CODES = (
    "FIRST_CONTACT",
    "POST_SALE",
    "PERIODIC",
    "INSPECTION",
    "FIRST_SERVICE",
    "PERIODIC_SERVICE",
    "WARRANTY_END",
    "POST_REPAIR",
    "INSURANCE_END",
    "BIRTHDAY",
    "WEDDING",
    "SERVICE_CAMPAIGN",
)
CHANNELS = ("phone", "sms", "email", "messenger", "visit")
ESCALATED_TO = ("dealer_manager", "regional_manager")


def _days(name: str, meaning: str) -> Field:
    return Field(name=name, kind=Kind.INTEGER, meaning=meaning, minimum=0, maximum=36_500, unit="days")


def _km(name: str, meaning: str) -> Field:
    return Field(name=name, kind=Kind.INTEGER, meaning=meaning, minimum=0, maximum=2_000_000, unit="km")


CONTACT_RULE = rule(
    name="contact_rule",
    meaning="One reason to contact somebody: its event, its days and kilometres, and what follows.",
    area="customer",
    by=frozenset({Grant.OEM_PLANNER, Grant.OEM_QUALITY}),
    fields=(
        Field(
            name="rule_code", kind=Kind.CHOICE, meaning="Event it follows.", choices=RULE_CODES, required=True
        ),
        MARKET,
        Field(name="level", kind=Kind.CODE, meaning="Lead level it is for.", ref="lead_level"),
        _days("offset_days", "Days after the event."),
        _days("every_days", "Repeated after so many days."),
        _days("within_days", "Repeated at most so long after the event."),
        _days("interval_days", "Days until a service, or of the warranty."),
        _km("interval_km", "Kilometres until a service, or of the warranty."),
        _km("before_km", "Kilometres before that at which it is due."),
        _days("remind_days", "Days before it is due at which it shows up."),
        _days("escalate_days", "Days overdue after which it is told to somebody above."),
        Field(
            name="escalate_to",
            kind=Kind.CHOICE,
            meaning="Who is told.",
            choices=ESCALATED_TO,
        ),
        Field(name="channel", kind=Kind.CHOICE, meaning="How.", choices=CHANNELS, required=True),
        Field(
            name="outcomes",
            kind=Kind.LINES,
            meaning="What follows from a result.",
            lines=(
                Field(name="result", kind=Kind.CODE, meaning="Result of the contact.", required=True),
                _days("next_days", "Days until the next contact."),
                Field(name="level_after", kind=Kind.CODE, meaning="Level the lead gets.", ref="lead_level"),
            ),
        ),
    ),
)
