"""The table of field rules: who sees and writes which field of which document in which state, and why.

One table for every door: answers, lists, history, audit, exports, desk, published tables. Rules are read from
the top and the last one that fits decides; without any, a field is written by whoever may write its document.
Several grants add up: the widest of them counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from operational_api.document import DEALER, EVERYONE, Grant


class Access(IntEnum):
    """From nothing to all. What somebody may not see he may give when he opens a document, never change."""

    HIDDEN = 0  # left out
    MASKED = 1  # whether there is a value, not which
    READ = 2
    WRITE = 3


PERSONAL = "(personal)"  # every field that its declaration marks as personal
ANYWHERE = "(any)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """`places` are document types and published tables; without `states` the rule holds in all of them."""

    places: tuple[str, ...]
    fields: tuple[str, ...]
    grants: frozenset[Grant]
    access: Access
    states: tuple[str, ...] = ()
    why: str

    def names(self, place: str, field: str, *, is_personal: bool) -> bool:
        return (place in self.places or ANYWHERE in self.places) and (
            field in self.fields or (is_personal and PERSONAL in self.fields)
        )


# Dealers serve their own customers; quality reaches owners for recalls. Planning and runs need no names.
WORKS_WITH_PERSONS = DEALER | {Grant.OEM_QUALITY, Grant.ADMIN}

FIELD_RULES: tuple[FieldRule, ...] = (
    FieldRule(
        places=(ANYWHERE,),
        fields=(PERSONAL,),
        grants=EVERYONE - WORKS_WITH_PERSONS,
        access=Access.MASKED,
        why="Planning and supervision count persons; they need no names.",
    ),
    FieldRule(
        places=(ANYWHERE,),
        fields=(PERSONAL,),
        grants=frozenset({Grant.DATA_ENGINEER, Grant.OEM_FINANCE}),
        access=Access.HIDDEN,
        why="Runs and settlements work without persons.",
    ),
    FieldRule(
        places=("quarantine_row",),
        fields=("corrected_json",),
        grants=frozenset({Grant.DATA_ENGINEER}),
        access=Access.WRITE,
        why="Whoever corrects a row writes the corrected values; the row as sent stays hidden.",
    ),
    FieldRule(
        places=("customer_record", "dim_customer"),
        fields=("national_id", "birth_date", "income_band", "anniversary_date", "hobby"),
        grants=frozenset({Grant.TECHNICIAN, Grant.PARTS}),
        access=Access.HIDDEN,
        why="The workshop needs a name and a way to call.",
    ),
    FieldRule(
        places=("customer_record", "dim_customer"),
        fields=("national_id", "income_band"),
        grants=frozenset({Grant.ADVISOR, Grant.CASHIER}),
        access=Access.MASKED,
        why="Whether an identity was checked is enough at the counter.",
    ),
    FieldRule(
        places=("customer_record", "dim_customer"),
        fields=("phone", "email", "address_line"),
        grants=frozenset({Grant.CONSULTANT}),
        access=Access.MASKED,
        states=("inactive",),
        why="Who left is not called by sales.",
    ),
    FieldRule(
        places=("lead",),
        fields=("contact_phone", "contact_email"),
        grants=frozenset({Grant.CONSULTANT}),
        access=Access.MASKED,
        states=("invalid", "duplicate", "lost"),
        why="A lead that ended is not followed by the way it came.",
    ),
    FieldRule(
        places=("lead",),
        fields=("source", "campaign"),
        grants=frozenset({Grant.CONSULTANT}),
        access=Access.READ,
        states=("valid", "assigned", "following"),
        why="Who brought a lead is settled when it is judged, not by whoever works on it.",
    ),
    FieldRule(
        places=("vehicle_order", "mart_order_pipeline"),
        fields=("price_minor",),
        grants=frozenset({Grant.CONSULTANT}),
        access=Access.HIDDEN,
        why="The wholesale price is not for whoever sells.",
    ),
    FieldRule(
        places=("dealer_plan",),
        fields=("reviewed_retail_units", "reviewed_requirement_units"),
        grants=DEALER,
        access=Access.READ,
        why="What the region makes of a plan, the region says.",
    ),
)
