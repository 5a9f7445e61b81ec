"""Stock group: outlets that share one stock and order at one of them; groups may hold groups (P06)."""

from operational_api.document import Field, Grant, Kind
from operational_api.documents.rule import rule

STOCK_GROUP = rule(
    name="stock_group",
    meaning="Outlets whose stock and demand count as one, and the outlet that orders for them.",
    area="parts",
    by=frozenset({Grant.OEM_PLANNER}),
    fields=(
        Field(name="name", kind=Kind.TEXT, meaning="Name of the group.", required=True),
        Field(
            name="parent_group_id",
            kind=Kind.CODE,
            meaning="Group that it is a part of.",
            ref="stock_group",
        ),
        Field(
            name="ordering_outlet_code",
            kind=Kind.CODE,
            meaning="Outlet inside the group that orders for all.",
            required=True,
            ref="outlet",
        ),
        Field(
            name="members",
            kind=Kind.LINES,
            meaning="Outlets of the group.",
            lines=(
                Field(
                    name="outlet_code",
                    kind=Kind.CODE,
                    meaning="Outlet.",
                    required=True,
                    ref="outlet",
                ),
            ),
        ),
    ),
)
