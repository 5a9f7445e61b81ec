"""Part: a part number as the maker catalogues it (P01)."""

from operational_api.consequence import Once
from operational_api.document import EVERYONE, Document, Field, Grant, Kind, Move, Tenancy

PLANNER = frozenset({Grant.OEM_PLANNER})

PART = Document(
    name="part",
    meaning="One part number; separators removed, the printed number kept beside it.",
    key="part_id",
    named_by=("description",),
    area="parts",
    tenancy=Tenancy.SHARED,
    fields=(
        Field(name="part_no", kind=Kind.TEXT, meaning="Number as printed.", required=True, max_length=40),
        Field(name="description", kind=Kind.TEXT, meaning="What it is.", required=True),
        Field(
            name="category",
            kind=Kind.CODE,
            meaning="maintenance, wear, collision, body, electrical, accessory.",
            required=True,
        ),
        Field(
            name="criticality",
            kind=Kind.CHOICE,
            meaning="What its absence stops.",
            choices=("vital", "essential", "desirable"),
            required=True,
        ),
        Field(
            name="pack_size",
            kind=Kind.INTEGER,
            meaning="Units per pack; orders are multiples of it.",
            required=True,
            minimum=1,
            maximum=100_000,
            unit="units",
        ),
        Field(
            name="minimum_quantity",
            kind=Kind.INTEGER,
            meaning="Least units per order line.",
            required=True,
            minimum=1,
            maximum=100_000,
            unit="units",
        ),
        Field(
            name="is_returnable", kind=Kind.BOOLEAN, meaning="May be returned to the maker.", required=True
        ),
        Field(
            name="shelf_life_days",
            kind=Kind.INTEGER,
            meaning="Days it keeps.",
            minimum=1,
            maximum=20_000,
            unit="days",
        ),
        Field(name="introduced_date", kind=Kind.DATE, meaning="First day it may be ordered."),
    ),
    states=("planned", "active", "run_out", "obsolete"),
    opens_in=("planned", "active", "run_out", "obsolete"),
    moves=(
        Move("release", ("planned",), "active", by=PLANNER),
        Move("run_out", ("active",), "run_out", by=PLANNER),
        Move("retire", ("active", "run_out"), "obsolete", by=PLANNER),
    ),
    open_by=PLANNER,
    read_by=EVERYONE,
    amend_in=("planned", "active", "run_out"),
    once=(
        Once(
            fields=("part_no",),
            states=("planned", "active", "run_out"),
            rule="another part has this number, whatever its separators and capitals",
            remedy="use the part that is there, or correct the number",
            compacted=True,
        ),
    ),
)
