"""Vehicle order: the outlet orders one car from the maker; one line, one car (V01-V14)."""

from operational_api.consequence import Forbids, Moves, Needs, Once, Own
from operational_api.document import Document, Field, Grant, Kind, Move
from operational_api.documents.fund_check import FUND_CHECK
from operational_api.documents.override import FIFO
from operational_api.effect import Approval, FundSource, Posting

MANAGER = frozenset({Grant.DEALER_MANAGER})
PLANNER = frozenset({Grant.OEM_PLANNER})
FINANCE = frozenset({Grant.OEM_FINANCE})
OPEN_STATES = ("draft", "submitted", "fund_checked", "approved", "consolidated", "scheduled")

VEHICLE_ORDER = Document(
    name="vehicle_order",
    meaning="One car ordered from the maker.",
    key="vehicle_order_id",
    area="vehicle",
    fields=(
        Field(
            name="order_type",
            kind=Kind.CHOICE,
            meaning="Why it is ordered.",
            choices=("stock", "customer", "special", "key_account"),
            required=True,
        ),
        Field(
            name="priority",
            kind=Kind.INTEGER,
            meaning="1 is the most urgent.",
            required=True,
            minimum=1,
            maximum=9,
        ),
        Field(
            name="retail_order_id",
            kind=Kind.CODE,
            meaning="Customer's contract behind it.",
            ref="retail_order",
        ),
        Field(name="product_id", kind=Kind.CODE, meaning="What is ordered.", required=True, ref="product"),
        Field(name="ordered_date", kind=Kind.DATE, meaning="Day of the order.", required=True),
        Field(name="wanted_date", kind=Kind.DATE, meaning="Day the outlet wants it."),
        Field(
            name="promised_date",
            kind=Kind.DATE,
            meaning="First promised arrival; later promises do not change it.",
        ),
        Field(
            name="price_minor",
            kind=Kind.MONEY,
            meaning="Wholesale price.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the price.", required=True),
        Field(name="fund_type", kind=Kind.CODE, meaning="Fund that pays: cash, acceptance_bill, credit."),
        Field(name="vin", kind=Kind.VIN, meaning="Car allocated to the order.", ref="vehicle"),
        *FUND_CHECK,
        *FIFO,
        Field(name="reject_reason", kind=Kind.TEXT, meaning="Why it was rejected."),
    ),
    states=(
        "draft",
        "submitted",
        "fund_checked",
        "approved",
        "rejected",
        "consolidated",
        "scheduled",
        "produced",
        "allocated",
        "dispatched",
        "received",
        "closed",
        "cancelled",
    ),
    moves=(
        Move("submit", ("draft",), "submitted", by=MANAGER, needs=("wanted_date",)),
        Move("check_funds", ("submitted",), "fund_checked", by=FINANCE),
        Move(
            "approve",
            ("fund_checked",),
            "approved",
            by=PLANNER,
            not_by="created_by",
            takes=("promised_date",),
        ),
        Move(
            "reject",
            ("submitted", "fund_checked"),
            "rejected",
            by=PLANNER | FINANCE,
            needs=("reject_reason",),
        ),
        Move("consolidate", ("approved",), "consolidated", by=PLANNER),
        Move("schedule", ("consolidated",), "scheduled", by=PLANNER, takes=("promised_date",)),
        Move("produce", ("scheduled",), "produced", by=PLANNER),
        Move(
            "allocate",
            ("approved", "consolidated", "produced"),
            "allocated",
            by=PLANNER,
            needs=("vin",),
            takes=("fifo_override_reason", "fifo_override_note"),
        ),
        Move("dispatch", ("allocated",), "dispatched", by=PLANNER),
        Move("receive", ("dispatched",), "received", by=MANAGER),
        Move("close", ("received",), "closed", by=MANAGER),
        Move("cancel", OPEN_STATES, "cancelled", by=MANAGER | PLANNER),
    ),
    pays_from=FundSource(fund_type="fund_type", earmark="vehicle"),
    postings=(
        Posting(into="submitted", entry="hold", amount="price_minor", then="check_funds"),
        Posting(into="rejected", entry="release"),
        Posting(into="cancelled", entry="release"),
        Posting(into="closed", entry="debit"),
    ),
    approval=Approval(
        move="approve",
        amount="price_minor",
        order_type="order_type",
        otherwise="reject",
        reason="reject_reason",
    ),
    open_by=MANAGER,
    read_by=MANAGER | PLANNER | FINANCE | {Grant.CONSULTANT, Grant.REGIONAL_MANAGER},
    amend_in=("draft",),
    happened="ordered_date",
    once=(
        Once(
            fields=("vin",),
            states=("allocated", "dispatched", "received", "closed"),
            rule="one car, one order: the car is allocated to another order",
            remedy="allocate another car, or cancel the other order first",
        ),
        Once(
            fields=("retail_order_id",),
            states=(*OPEN_STATES[1:], "produced", "allocated", "dispatched", "received", "closed"),
            rule="one contract, one order: another order serves this contract",
            remedy="leave retail_order_id out, or cancel the other order first",
        ),
    ),
    follows=(
        Needs(
            into=("allocated",),
            of="vehicle",
            match=(("vin", Own("vin")), ("product_id", Own("product_id"))),
            states=("built", "wholesaled"),
            rule="the car is not what was ordered, or is sold",
            remedy="allocate a car of the ordered product that the maker still has",
        ),
        Forbids(
            into=("allocated",),
            of="vehicle_lock",
            match=(("vin", Own("vin")),),
            states=("active",),
            rule="the car is locked",
            remedy="release the lock first, or take another car",
        ),
        Moves(
            into=("dispatched",), of="vehicle", match=(("vin", Own("vin")),), move="wholesale", optional=True
        ),
    ),
)
