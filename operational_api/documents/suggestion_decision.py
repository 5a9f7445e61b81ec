"""Suggestion decision: what the dealer did with a suggested quantity, and why (P07, D3)."""

from operational_api.document import Document, Field, Grant, Kind

PARTS = frozenset({Grant.PARTS, Grant.DEALER_MANAGER})

SUGGESTION_DECISION = Document(
    name="suggestion_decision",
    meaning="One answer to one suggestion.",
    key="suggestion_decision_id",
    area="parts",
    fields=(
        Field(name="suggestion_id", kind=Kind.CODE, meaning="Suggestion answered.", required=True),
        Field(name="run_id", kind=Kind.CODE, meaning="Run that made it.", required=True),
        Field(name="part_id", kind=Kind.CODE, meaning="Part.", required=True, ref="part"),
        Field(
            name="decision",
            kind=Kind.CHOICE,
            meaning="What was done.",
            choices=("accept", "edit", "decline", "snooze"),
            required=True,
        ),
        Field(
            name="suggested_quantity",
            kind=Kind.INTEGER,
            meaning="Units suggested.",
            required=True,
            minimum=0,
            maximum=1_000_000,
            unit="units",
        ),
        Field(
            name="decided_quantity",
            kind=Kind.INTEGER,
            meaning="Units ordered.",
            required=True,
            minimum=0,
            maximum=1_000_000,
            unit="units",
        ),
        Field(
            name="reason",
            kind=Kind.CHOICE,
            meaning="Why it was edited, declined or snoozed.",
            choices=(
                "too_much",
                "too_little",
                "customer_cancelled",
                "local_event",
                "no_space",
                "no_budget",
                "wrong_part",
                "other_source",
                "other",
            ),
        ),
        Field(name="note", kind=Kind.TEXT, meaning="Remark.", max_length=500),
        Field(name="decided_at", kind=Kind.INSTANT, meaning="When.", required=True),
        Field(name="snooze_until_date", kind=Kind.DATE, meaning="Not to be shown before this day."),
        Field(name="parts_order_id", kind=Kind.CODE, meaning="Order it went into.", ref="parts_order"),
    ),
    states=("recorded",),
    open_by=PARTS,
    read_by=PARTS | {Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    happened="decided_at",
)
