"""Parts order: the outlet orders parts from its warehouse; suggestions come back here (P08)."""

from operational_api.consequence import Each, Forbids, Found, Opens, Own, Within
from operational_api.document import Document, Field, Grant, Kind, Move, NotBefore
from operational_api.documents.fund_check import FUND_CHECK
from operational_api.effect import Approval, FundSource, Posting

PARTS = frozenset({Grant.PARTS, Grant.DEALER_MANAGER})
MANAGER = frozenset({Grant.DEALER_MANAGER})
SUPPLY = frozenset({Grant.OEM_PLANNER})
FINANCE = frozenset({Grant.OEM_FINANCE})

PARTS_ORDER = Document(
    name="parts_order",
    meaning="One order of parts by one outlet.",
    key="parts_order_id",
    area="parts",
    fields=(
        Field(
            name="order_type",
            kind=Kind.CHOICE,
            meaning="stock refills; urgent and special serve a waiting customer; placement fills a launch.",
            choices=("stock", "urgent", "special", "placement"),
            required=True,
        ),
        Field(
            name="supplier_outlet_code",
            kind=Kind.CODE,
            meaning="Warehouse ordered from.",
            required=True,
            ref="outlet",
        ),
        Field(name="ordered_at", kind=Kind.INSTANT, meaning="When it was written.", required=True),
        Field(name="requested_date", kind=Kind.DATE, meaning="Day it is wanted."),
        Field(name="received_at", kind=Kind.INSTANT, meaning="When it arrived whole."),
        Field(name="fund_type", kind=Kind.CODE, meaning="Fund that pays."),
        Field(
            name="total_minor",
            kind=Kind.MONEY,
            meaning="Sum of the lines.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of prices and total.", required=True),
        Field(name="run_id", kind=Kind.CODE, meaning="Pipeline run whose suggestions it answers."),
        *FUND_CHECK,
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
        Field(
            name="lines",
            kind=Kind.LINES,
            meaning="What is ordered.",
            required=True,
            lines=(
                Field(
                    name="line_no",
                    kind=Kind.INTEGER,
                    meaning="Line, from 1.",
                    required=True,
                    minimum=1,
                    maximum=100_000,
                ),
                Field(name="part_id", kind=Kind.CODE, meaning="Part ordered.", required=True, ref="part"),
                Field(
                    name="quantity",
                    kind=Kind.INTEGER,
                    meaning="Units ordered.",
                    required=True,
                    minimum=1,
                    maximum=1_000_000,
                    unit="units",
                ),
                Field(
                    name="unit_price_minor",
                    kind=Kind.MONEY,
                    meaning="Price per unit.",
                    required=True,
                    minimum=0,
                    unit="minor units",
                ),
                Field(name="suggestion_id", kind=Kind.CODE, meaning="Suggestion it answers."),
                Field(
                    name="edit_reason",
                    kind=Kind.TEXT,
                    meaning="Why the quantity differs from the suggestion.",
                ),
            ),
        ),
        Field(
            name="shortages",
            kind=Kind.LINES,
            meaning="What the warehouse cannot ship now; each becomes a back-order line.",
            lines=(
                Field(
                    name="line_no",
                    kind=Kind.INTEGER,
                    meaning="Line of the order.",
                    required=True,
                    minimum=1,
                    maximum=100_000,
                ),
                Field(
                    name="quantity",
                    kind=Kind.INTEGER,
                    meaning="Units short.",
                    required=True,
                    minimum=1,
                    maximum=1_000_000,
                    unit="units",
                ),
                Field(
                    name="promised_date",
                    kind=Kind.DATE,
                    meaning="Day they are promised for.",
                    required=True,
                ),
            ),
        ),
    ),
    states=(
        "draft",
        "submitted",
        "fund_checked",
        "approved",
        "rejected",
        "stock_checked",
        "issued",
        "shipped",
        "received",
        "settled",
        "cancelled",
    ),
    opens_in=("draft", "submitted"),
    moves=(
        Move("submit", ("draft",), "submitted", by=PARTS),
        Move("check_funds", ("submitted",), "fund_checked", by=FINANCE),
        Move("approve", ("fund_checked",), "approved", by=SUPPLY, not_by="created_by"),
        Move(
            "reject", ("submitted", "fund_checked"), "rejected", by=SUPPLY | FINANCE, needs=("reject_reason",)
        ),
        Move("check_stock", ("approved",), "stock_checked", by=SUPPLY, takes=("shortages",)),
        Move("issue", ("stock_checked",), "issued", by=SUPPLY),
        Move("ship", ("issued",), "shipped", by=SUPPLY),
        Move("receive", ("shipped",), "received", by=PARTS, needs=("received_at",)),
        Move("settle", ("received",), "settled", by=FINANCE),
        Move("cancel", ("draft", "submitted", "fund_checked"), "cancelled", by=MANAGER | SUPPLY),
    ),
    pays_from=FundSource(fund_type="fund_type", earmark="parts"),
    postings=(
        Posting(into="submitted", entry="hold", amount="total_minor", then="check_funds"),
        Posting(into="rejected", entry="release"),
        Posting(into="cancelled", entry="release"),
        Posting(into="settled", entry="debit"),
    ),
    approval=Approval(
        move="approve",
        amount="total_minor",
        order_type="order_type",
        otherwise="reject",
        reason="reject_reason",
    ),
    open_by=PARTS,
    read_by=PARTS | SUPPLY | FINANCE | {Grant.REGIONAL_MANAGER},
    amend_in=("draft",),
    rules=(NotBefore("received_at", "ordered_at"),),
    happened="ordered_at",
    follows=(
        Within(
            into=("stock_checked",),
            each="shortages",
            lines="lines",
            by="line_no",
            amount="quantity",
            rule="a shortage is of a line of the order, and of no more units",
            remedy="correct line_no or quantity of the shortage",
        ),
        Opens(
            into=("stock_checked",),
            each="shortages",
            of="backorder_line",
            suffix="owed",
            sets=(
                ("parts_order_id", Own("parts_order_id")),
                ("line_no", Each("line_no")),
                ("part_id", Found("lines", "line_no", "part_id")),
                ("quantity", Each("quantity")),
                ("owed_since_date", Own("effective_at")),
                ("promised_date", Each("promised_date")),
                ("eta_date", Each("promised_date")),
                ("unit_price_minor", Found("lines", "line_no", "unit_price_minor")),
                ("currency", Own("currency")),
            ),
        ),
        Forbids(
            into=("settled",),
            of="backorder_line",
            match=(("parts_order_id", Own("parts_order_id")),),
            states=("open", "allocated"),
            rule="units of the order are still owed",
            remedy="ship or cancel its back-order lines first",
        ),
    ),
)
