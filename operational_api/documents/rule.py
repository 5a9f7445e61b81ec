"""What every rule is: a document that holds from one day to another, written by one and activated by another.

A rule is changed by ending it and opening the next one, so what held on any day can be asked. What a rule
does not name (market, order type, amount) it holds for; the most specific one in force wins.
"""

from operational_api.document import (
    BUSINESS,
    Document,
    Field,
    Grant,
    Kind,
    Move,
    NotBefore,
    Rule,
    Tenancy,
)

AUTHORS = frozenset({Grant.OEM_PLANNER, Grant.OEM_FINANCE, Grant.OEM_QUALITY})
DATES = (
    Field(name="effective_from_date", kind=Kind.DATE, meaning="First day it holds.", required=True),
    Field(name="effective_to_date", kind=Kind.DATE, meaning="Last day it holds."),
)
MARKET = Field(name="market", kind=Kind.COUNTRY, meaning="Market; without one it holds everywhere.")
ORDER_TYPE = Field(name="order_type", kind=Kind.CODE, meaning="Order type; without one it holds for all.")
AMOUNT_BAND = (
    Field(
        name="amount_from_minor",
        kind=Kind.MONEY,
        meaning="From this amount on.",
        minimum=0,
        unit="minor units",
    ),
    Field(
        name="amount_to_minor", kind=Kind.MONEY, meaning="Below this amount.", minimum=0, unit="minor units"
    ),
    Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the amounts."),
)


def rule(
    *,
    name: str,
    meaning: str,
    area: str,
    fields: tuple[Field, ...],
    by: frozenset[Grant] = AUTHORS,
    read_by: frozenset[Grant] = BUSINESS,
    plural: str | None = None,
    tenancy: Tenancy = Tenancy.SHARED,
    rules: tuple[Rule, ...] = (),
) -> Document:
    """A rule document: draft, active, ended; whoever drafts it does not activate it."""
    return Document(
        name=name,
        meaning=meaning,
        plural=plural,
        key=f"{name}_id",
        area=area,
        tenancy=tenancy,
        fields=(*DATES, *fields),
        states=("draft", "active", "ended"),
        moves=(
            Move("activate", ("draft",), "active", by=by, not_by="created_by"),
            Move("end", ("active",), "ended", by=by, needs=("effective_to_date",)),
        ),
        open_by=by,
        read_by=read_by | by,
        amend_in=("draft",),
        rules=(NotBefore("effective_to_date", "effective_from_date"), *rules),
        is_rule=True,
    )
