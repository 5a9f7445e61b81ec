"""Part relation: one number replaces another, stands in for it, or is put together from it (P02).

Demand of the predecessor passes to the successor times succeeding / preceding quantity. A kit is a number
that is put together from its parts when it is asked for, one relation a part; what is packed beforehand and
lies on the shelf under a number of its own is an ordinary part.
"""

from operational_api.document import EVERYONE, Document, Field, Grant, Kind, Move, NotBefore, Tenancy

PLANNER = frozenset({Grant.OEM_PLANNER})

PART_RELATION = Document(
    name="part_relation",
    meaning="One hop of a supersession or interchange chain.",
    key="part_relation_id",
    area="parts",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="part_id", kind=Kind.CODE, meaning="The number replaced.", required=True, ref="part"),
        Field(
            name="successor_part_id",
            kind=Kind.CODE,
            meaning="The number that replaces it.",
            required=True,
            ref="part",
        ),
        Field(
            name="relation_type",
            kind=Kind.CHOICE,
            meaning="Supersession ends the number; interchange does not; a kit is made of the other one.",
            choices=("supersession", "interchange", "kit"),
            required=True,
        ),
        Field(
            name="direction",
            kind=Kind.CHOICE,
            meaning="May the old also stand in for the new?",
            choices=("one_way", "two_way"),
            required=True,
        ),
        Field(
            name="preceding_quantity",
            kind=Kind.INTEGER,
            meaning="Units of the old number.",
            required=True,
            minimum=1,
            maximum=1000,
            unit="units",
        ),
        Field(
            name="succeeding_quantity",
            kind=Kind.INTEGER,
            meaning="Units of the new number that replace them.",
            required=True,
            minimum=1,
            maximum=1000,
            unit="units",
        ),
        Field(
            name="use_up",
            kind=Kind.CHOICE,
            meaning="Is old stock sold first?",
            choices=("use_up_first", "immediate"),
            required=True,
        ),
        Field(name="valid_from_date", kind=Kind.DATE, meaning="First day it holds.", required=True),
        Field(name="valid_to_date", kind=Kind.DATE, meaning="Last day it holds."),
        Field(
            name="stop_order_date",
            kind=Kind.DATE,
            meaning="Last day on which the old number is ordered ahead; it may lie before the first day.",
        ),
        Field(
            name="set_code",
            kind=Kind.CODE,
            meaning="Set that replaces the number together: one relation a part of it, all with this code.",
        ),
        Field(
            name="serial_from",
            kind=Kind.CODE,
            meaning="First chassis number (end of the VIN) it holds for; all when missing.",
            max_length=17,
        ),
        Field(
            name="serial_to",
            kind=Kind.CODE,
            meaning="Last chassis number it holds for; compared as text.",
            max_length=17,
        ),
        Field(name="used_up_date", kind=Kind.DATE, meaning="Day the maker's own old stock ran out."),
    ),
    states=("active", "ended"),
    moves=(Move("end", ("active",), "ended", by=PLANNER, needs=("valid_to_date",)),),
    open_by=PLANNER,
    read_by=EVERYONE,
    amend_in=("active",),
    rules=(NotBefore("valid_to_date", "valid_from_date"),),
    happened="valid_from_date",
    index=(("part_id",), ("successor_part_id",)),
)
