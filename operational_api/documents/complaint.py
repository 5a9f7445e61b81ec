"""Complaint: assigned, handled, resolved, closed, and opened again when it was not (C30)."""

from operational_api.document import DEALER, Document, Field, Grant, Kind, Move, NotBefore

MANAGER = frozenset({Grant.DEALER_MANAGER})
CARE = frozenset({Grant.OEM_QUALITY})
READERS = DEALER | CARE | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER}

# What complaints and enquiries have in common: a person reached us, somebody has to answer.
CASE_FIELDS = (
    Field(name="customer_id", kind=Kind.CODE, meaning="Customer, when known.", ref="customer_record"),
    Field(name="contact_name", kind=Kind.TEXT, meaning="Name as given.", personal=True),
    Field(name="contact_phone", kind=Kind.PHONE, meaning="Phone as given.", personal=True),
    Field(name="vin", kind=Kind.VIN, meaning="Car it is about.", ref="vehicle"),
    Field(name="channel", kind=Kind.CODE, meaning="How it reached us.", required=True),
    Field(name="category", kind=Kind.CODE, meaning="What it is about; the list is data.", required=True),
    Field(name="subject", kind=Kind.TEXT, meaning="In one line, without names.", required=True),
    Field(
        name="description", kind=Kind.TEXT, meaning="In the caller's words.", personal=True, max_length=4000
    ),
    Field(name="received_at", kind=Kind.INSTANT, meaning="When it reached us.", required=True),
    Field(name="due_at", kind=Kind.INSTANT, meaning="When an answer is promised."),
    Field(name="staff_id", kind=Kind.CODE, meaning="Who handles it.", ref="staff"),
    Field(name="answer", kind=Kind.TEXT, meaning="What was done or said.", max_length=2000),
    Field(name="resolved_at", kind=Kind.INSTANT, meaning="When it was done or said."),
)
CASE_STATES = ("new", "assigned", "handling", "resolved", "closed", "reopened")
CASE_MOVES = (
    Move(
        "assign", ("new", "reopened"), "assigned", by=MANAGER | CARE, needs=("staff_id",), takes=("due_at",)
    ),
    Move("handle", ("assigned",), "handling", by=DEALER),
    Move("resolve", ("handling",), "resolved", by=DEALER, needs=("answer", "resolved_at")),
    Move("close", ("resolved",), "closed", by=MANAGER | CARE),
    Move("reopen", ("resolved", "closed"), "reopened", by=DEALER | CARE),
)
CASE_RULES = (NotBefore("due_at", "received_at"), NotBefore("resolved_at", "received_at"))

COMPLAINT = Document(
    name="complaint",
    meaning="One complaint of one customer.",
    key="complaint_id",
    area="customer",
    fields=(
        *CASE_FIELDS,
        Field(
            name="level",
            kind=Kind.CHOICE,
            meaning="How grave it is.",
            required=True,
            choices=("ordinary", "serious", "critical"),
        ),
        Field(name="repair_order_id", kind=Kind.CODE, meaning="Visit it is about."),
    ),
    states=CASE_STATES,
    moves=CASE_MOVES,
    open_by=DEALER | CARE,
    read_by=READERS,
    amend_in=("new", "assigned", "handling"),
    rules=CASE_RULES,
    happened="received_at",
)
