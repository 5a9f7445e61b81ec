"""Rebate run: a policy calculated up to a day, less what it gave before; proposes payouts (F06)."""

from operational_api.document import Document, Field, Grant, Kind, Move, Tenancy

FINANCE = frozenset({Grant.OEM_FINANCE})

REBATE_RUN = Document(
    name="rebate_run",
    meaning="One calculation of one policy from its first day to a day. A simulation proposes nothing.",
    key="rebate_run_id",
    area="finance",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="rebate_policy_id", kind=Kind.CODE, meaning="Policy.", required=True, ref="rebate_policy"),
        Field(
            name="run_kind",
            kind=Kind.CHOICE,
            meaning="simulation: figures only, also of a policy that is not active yet; settlement: payouts.",
            choices=("simulation", "settlement"),
            required=True,
        ),
        Field(name="to_date", kind=Kind.DATE, meaning="Last day that counts.", required=True),
        Field(
            name="amount_minor",
            kind=Kind.MONEY,
            meaning="Sum over the outlets; what is taken back counts as minus.",
            unit="minor units",
            computed=True,
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the policy.", computed=True),
        Field(
            name="outlets",
            kind=Kind.LINES,
            meaning="What was found for each outlet.",
            computed=True,
            lines=(
                Field(name="outlet_code", kind=Kind.CODE, meaning="Outlet.", required=True),
                Field(
                    name="result",
                    kind=Kind.DECIMAL,
                    meaning="Units, amount bought, per cent, or mean score.",
                    required=True,
                ),
                Field(
                    name="earned_minor",
                    kind=Kind.MONEY,
                    meaning="Earned since the policy began.",
                    required=True,
                    unit="minor units",
                ),
                Field(
                    name="earlier_minor",
                    kind=Kind.MONEY,
                    meaning="Given by earlier runs.",
                    required=True,
                    unit="minor units",
                ),
                Field(
                    name="amount_minor",
                    kind=Kind.MONEY,
                    meaning="Proposed now.",
                    required=True,
                    unit="minor units",
                ),
                Field(name="note", kind=Kind.TEXT, meaning="Why nothing is proposed although it is due."),
            ),
        ),
    ),
    states=("draft", "calculated", "discarded"),
    moves=(
        Move("calculate", ("draft",), "calculated", by=FINANCE),
        Move("discard", ("draft",), "discarded", by=FINANCE),
    ),
    open_by=FINANCE,
    read_by=FINANCE | {Grant.OEM_PLANNER},
    amend_in=("draft",),
    happened="to_date",
    is_judged=True,
)
