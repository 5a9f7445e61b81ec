"""Reward or penalty of a member of staff, with the reason (H05)."""

from operational_api.document import Document, Field, Grant, Kind, Move

MANAGER = frozenset({Grant.DEALER_MANAGER})

REWARD_PENALTY = Document(
    name="reward_penalty",
    meaning="One reward or penalty.",
    key="reward_penalty_id",
    area="network",
    fields=(
        Field(name="staff_id", kind=Kind.CODE, meaning="Member of staff.", required=True, ref="staff"),
        Field(
            name="decision",
            kind=Kind.CHOICE,
            meaning="Which of the two.",
            choices=("reward", "penalty"),
            required=True,
        ),
        Field(name="reason", kind=Kind.TEXT, meaning="What for.", required=True, max_length=500),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Amount, when there is one.",
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the amount."),
        Field(name="decided_date", kind=Kind.DATE, meaning="Day of the decision.", required=True),
        Field(name="revoke_reason", kind=Kind.TEXT, meaning="Why it was revoked."),
    ),
    states=("recorded", "revoked"),
    moves=(Move("revoke", ("recorded",), "revoked", by=MANAGER, needs=("revoke_reason",)),),
    open_by=MANAGER,
    read_by=MANAGER | {Grant.REGIONAL_MANAGER},
    plural="rewards_penalties",
    happened="decided_date",
)
