"""Back-order line: units of an order line that the warehouse could not ship (P09).

Opened by the order that falls short; allocated to whom it was promised first; shipped as a whole on a later
dispatch, whose receipt closes it. What is cancelled frees the money that the order holds for it.
"""

from operational_api.consequence import Before, Forbids, Once, Own
from operational_api.document import Document, Field, Grant, Kind, Move
from operational_api.documents.override import override
from operational_api.effect import Posting

SUPPLY = frozenset({Grant.OEM_PLANNER})

BACKORDER_LINE = Document(
    name="backorder_line",
    meaning="Units owed on one line of one parts order.",
    key="backorder_line_id",
    area="parts",
    fields=(
        Field(name="parts_order_id", kind=Kind.CODE, meaning="Order.", required=True, ref="parts_order"),
        Field(
            name="line_no",
            kind=Kind.INTEGER,
            meaning="Line of the order.",
            required=True,
            minimum=1,
            maximum=100_000,
        ),
        Field(name="part_id", kind=Kind.CODE, meaning="Part owed.", required=True, ref="part"),
        Field(
            name="quantity",
            kind=Kind.INTEGER,
            meaning="Units owed.",
            required=True,
            minimum=1,
            maximum=1_000_000,
            unit="units",
        ),
        Field(name="owed_since_date", kind=Kind.DATE, meaning="Day it was promised first.", required=True),
        Field(name="promised_date", kind=Kind.DATE, meaning="Day the outlet was promised it for."),
        Field(name="eta_date", kind=Kind.DATE, meaning="Day it is expected."),
        Field(
            name="unit_price_minor",
            kind=Kind.MONEY,
            meaning="Price per unit on the order.",
            unit="minor units",
            computed=True,
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the price.", computed=True),
        Field(name="parts_shipment_id", kind=Kind.CODE, meaning="Dispatch that carries it.", computed=True),
        Field(name="cancel_reason", kind=Kind.TEXT, meaning="Why it will not be shipped."),
        *override("sequence", "vehicle_off_road", "safety", "same_dispatch", "other"),
    ),
    states=("open", "allocated", "filled", "cancelled"),
    moves=(
        Move(
            "allocate",
            ("open",),
            "allocated",
            by=SUPPLY,
            needs=("eta_date",),
            takes=("sequence_override_reason", "sequence_override_note"),
        ),
        Move("fill", ("open", "allocated"), "filled", by=SUPPLY),
        Move("cancel", ("open", "allocated"), "cancelled", by=SUPPLY, takes=("cancel_reason",)),
    ),
    open_by=SUPPLY,
    read_by=SUPPLY | {Grant.PARTS, Grant.DEALER_MANAGER, Grant.ADVISOR, Grant.REGIONAL_MANAGER},
    amend_in=("open", "allocated"),
    happened="owed_since_date",
    index=(("part_id",), ("parts_order_id",), ("parts_shipment_id",)),
    postings=(
        Posting(
            into="cancelled",
            entry="release",
            amount="unit_price_minor",
            times="quantity",
            held_for="parts_order_id",
        ),
    ),
    once=(
        Once(
            fields=("parts_order_id", "line_no"),
            states=("open", "allocated"),
            rule="the line of the order is owed already",
            remedy="amend or cancel the back-order line that is there",
        ),
    ),
    follows=(
        Forbids(
            into=("allocated",),
            of="backorder_line",
            match=(
                ("part_id", Own("part_id")),
                ("parts_order_id.supplier_outlet_code", Own("parts_order_id.supplier_outlet_code")),
                ("promised_date", Before(Own("promised_date"))),
            ),
            states=("open",),
            unless=("sequence_override_reason", "sequence_override_note"),
            rule="somebody was promised the part for an earlier day",
            remedy="allocate the earlier one first, or give sequence_override_reason and "
            "sequence_override_note",
        ),
    ),
)
