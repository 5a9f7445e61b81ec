"""Retail order: the customer signs for a car (V22)."""

from operational_api.consequence import Before, Forbids, Moves, Needs, Once, Opens, Own, Value
from operational_api.document import AtMost, Document, Field, Grant, Kind, Move
from operational_api.documents.override import FIFO
from operational_api.documents.price_check import PRICE_CHECK
from operational_api.effect import Priced

SALES = frozenset({Grant.CONSULTANT, Grant.DEALER_MANAGER})
MANAGER = frozenset({Grant.DEALER_MANAGER})

RETAIL_ORDER = Document(
    name="retail_order",
    meaning="One customer's contract for one car.",
    key="retail_order_id",
    area="vehicle",
    fields=(
        Field(name="customer_id", kind=Kind.CODE, meaning="Who buys.", required=True, ref="customer_record"),
        Field(name="lead_id", kind=Kind.CODE, meaning="Lead that became the order.", ref="lead"),
        Field(name="product_id", kind=Kind.CODE, meaning="What is bought.", required=True, ref="product"),
        Field(name="vin", kind=Kind.VIN, meaning="The matched car.", ref="vehicle"),
        Field(name="staff_id", kind=Kind.CODE, meaning="Consultant who sold it.", ref="staff"),
        Field(
            name="price_minor",
            kind=Kind.MONEY,
            meaning="Contract price.",
            required=True,
            minimum=0,
            unit="minor units",
        ),
        Field(name="deposit_minor", kind=Kind.MONEY, meaning="Deposit paid.", minimum=0, unit="minor units"),
        Field(name="currency", kind=Kind.CURRENCY, meaning="Currency of the contract.", required=True),
        Field(name="ordered_at", kind=Kind.INSTANT, meaning="When the customer ordered.", required=True),
        Field(name="promised_date", kind=Kind.DATE, meaning="First promised delivery day."),
        *FIFO,
        *PRICE_CHECK,
    ),
    states=("draft", "signed", "approved", "matched", "delivered", "cancelled"),
    moves=(
        Move("sign", ("draft",), "signed", by=SALES, needs=("deposit_minor",)),
        Move("approve", ("signed",), "approved", by=MANAGER, not_by="created_by"),
        Move(
            "match",
            ("approved",),
            "matched",
            by=SALES,
            needs=("vin",),
            takes=("fifo_override_reason", "fifo_override_note"),
        ),
        Move("deliver", ("matched",), "delivered", by=SALES),
        Move("cancel", ("draft", "signed", "approved", "matched"), "cancelled", by=MANAGER),
    ),
    priced=Priced(into=("signed",), product="product_id", price="price_minor"),
    open_by=SALES,
    read_by=SALES | {Grant.CASHIER, Grant.REGIONAL_MANAGER, Grant.OEM_PLANNER},
    amend_in=("draft",),
    rules=(AtMost(("deposit_minor",), "price_minor"),),
    happened="ordered_at",
    once=(
        Once(
            fields=("vin",),
            states=("matched",),
            rule="the car is matched to another contract",
            remedy="match another car, or cancel the other contract first",
        ),
    ),
    follows=(
        Needs(
            into=("matched",),
            of="vehicle",
            match=(
                ("vin", Own("vin")),
                ("holder_outlet_code", Own("outlet_id")),
                ("product_id", Own("product_id")),
            ),
            states=("wholesaled",),
            rule="the car is not what was sold, or not in your stock",
            remedy="match a car of the product that stands here",
        ),
        Forbids(
            into=("matched",),
            of="vehicle_lock",
            match=(("vin", Own("vin")),),
            states=("active",),
            rule="the car is locked",
            remedy="release the lock first, or match another car",
        ),
        Forbids(
            into=("matched",),
            of="vehicle",
            match=(
                ("product_id", Own("vin.product_id")),
                ("holder_outlet_code", Own("outlet_id")),
                ("production_date", Before(Own("vin.production_date"))),
            ),
            states=("wholesaled",),
            without=("vehicle_lock", ("active",)),
            unless=("fifo_override_reason", "fifo_override_note"),
            rule="an older identical car stands in your stock",
            remedy="take the oldest, or give fifo_override_reason and fifo_override_note",
        ),
        Opens(
            into=("matched",),
            of="vehicle_lock",
            suffix="lock",
            sets=(
                ("vin", Own("vin")),
                ("reason", Value("order")),
                ("locked_at", Own("effective_at")),
                ("reference", Own("retail_order_id")),
            ),
        ),
        Moves(
            into=("cancelled",),
            of="vehicle_lock",
            match=(("vin", Own("vin")), ("reference", Own("retail_order_id"))),
            move="release",
            optional=True,
        ),
        Needs(
            into=("delivered",),
            of="retail_delivery",
            match=(("retail_order_id", Own("retail_order_id")),),
            states=("reported", "audited"),
            rule="the car has not been handed over",
            remedy="open the retail delivery; it closes the contract",
        ),
    ),
)
