"""The demo's day: what was asked for yesterday evening and waits for somebody this morning.

In: the outlets and what the history left. Out: orders that hold funds and wait for approval, discounts and
campaigns to decide, cars left at the workshop overnight. Rules and money act on these for real;
`decisions.py` decides most of what waits.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.demo.brand import COMPLAINTS, MARKETS, SERIES
from pipelines.demo.catalogue import Parts, price_minor
from pipelines.demo.clock import Clock
from pipelines.demo.events import Books
from pipelines.demo.network import Outlet

_LEFT_OVERNIGHT = 5  # cars a workshop finds in the morning
_BOARD = ("quote", "approve", "start", "check")
_URGENT_USD = 300


def write_today(
    books: Books,
    rng: np.random.Generator,
    outlets: list[Outlet],
    clock: Clock,
    parts: Parts,
    products: pl.DataFrame,
    repairs: pl.DataFrame,
    quotations: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Key and outlet of what waits for approval by document type; of discounts discount_minor, too."""
    waiting = {
        "parts_order": _write_parts_orders(books, outlets, clock, parts),
        "vehicle_order": _write_car_orders(books, outlets, clock, products),
        "discount_request": _write_discounts(books, outlets, clock, quotations),
        "campaign": _write_campaigns(books, outlets, clock),
    }
    _write_board(books, rng, outlets, clock, repairs)
    return waiting


def _write_parts_orders(books: Books, outlets: list[Outlet], clock: Clock, parts: Parts) -> pl.DataFrame:
    """One urgent order an outlet: its manager or the planner decides."""
    at = clock.cut - timedelta(hours=3)
    rows = []
    for outlet in (o for o in outlets if o.serves):
        market = MARKETS[outlet.market]
        unit = max(int(price_minor(parts.cost_usd[:1], outlet.market)[0]), 1)
        pieces = max(1, round(_URGENT_USD * market.usd_rate * 10**market.minor_digits / unit))
        line = {"line_no": 1, "part_id": parts.ids[0], "quantity": pieces, "unit_price_minor": unit}
        rows.append({"key": f"PO-{outlet.code}-TODAY", "outlet_id": outlet.code, "by": outlet.one("parts"),
                     "supplier_outlet_code": outlet.supplier, "total_minor": pieces * unit, "lines": [line],
                     "currency": market.currency})  # fmt: skip
    frame = pl.DataFrame(rows).with_columns(
        at=pl.lit(at), ordered_at=pl.lit(at), state=pl.lit("submitted"), order_type=pl.lit("urgent"),
        fund_type=pl.lit("credit"), requested_date=pl.lit(clock.until + timedelta(days=4)),
    )  # fmt: skip
    books["parts_order"].open(frame)
    return frame.select("key", "outlet_id")


def _write_car_orders(
    books: Books, outlets: list[Outlet], clock: Clock, products: pl.DataFrame
) -> pl.DataFrame:
    """One car for stock an outlet: the region, then the planner."""
    at = clock.cut - timedelta(hours=4)
    lasting = [s.code for s in SERIES if s.launch_month is None and s.run_out_month is None]
    product, usd = products.filter(pl.col("series") == lasting[0]).select("product_id", "price_usd").row(0)
    rows = []
    for outlet in (o for o in outlets if o.sells):
        market = MARKETS[outlet.market]
        price = int(usd * 0.88 * market.usd_rate) * int(10**market.minor_digits)
        rows.append({"key": f"VO-{outlet.code}-TODAY", "outlet_id": outlet.code, "price_minor": price,
                     "by": outlet.one("dealer_manager"), "currency": market.currency})  # fmt: skip
    frame = pl.DataFrame(rows)
    books["vehicle_order"].open(
        frame.with_columns(
            at=pl.lit(at), order_type=pl.lit("stock"), priority=pl.lit(5), product_id=pl.lit(product),
            ordered_date=pl.lit(clock.until - timedelta(days=1)), fund_type=pl.lit("credit"),
        )
    )  # fmt: skip
    submitted = frame.select("key", "outlet_id", "by").with_columns(
        at=pl.lit(at + timedelta(minutes=5)), wanted_date=pl.lit(clock.until + timedelta(days=60))
    )
    books["vehicle_order"].move("submit", submitted, step=1)
    return frame.select("key", "outlet_id")


def _write_discounts(
    books: Books, outlets: list[Outlet], clock: Clock, quotations: pl.DataFrame
) -> pl.DataFrame:
    """Two last offers of each outlet whose consultant wants to give more than the price list."""
    last = quotations.sort("at", "key").group_by("outlet_id", maintain_order=True).tail(2)
    percent = pl.when(pl.int_range(pl.len()).over("outlet_id") == 0).then(3).otherwise(8)
    codes = [o.code for o in outlets]
    last = last.filter(pl.col("outlet_id").is_in(codes) & (pl.col("price_minor") > 100))
    asked = last.select(
            "outlet_id", "by", "currency", key=pl.format("DR-{}", "key"),
            at=pl.lit(clock.cut - timedelta(hours=2)), state=pl.lit("submitted"),
            sale_kind=pl.lit("vehicle"), quotation_id="key", list_minor="price_minor",
            discount_minor=pl.col("price_minor") * percent // 100,
            reason=pl.lit("the customer has an offer from another brand"),
    )  # fmt: skip
    books["discount_request"].open(asked)
    return asked.select("key", "outlet_id", "discount_minor")


def _write_campaigns(books: Books, outlets: list[Outlet], clock: Clock) -> pl.DataFrame:
    """A test drive day of the first dealer of every market, waiting for region and finance."""
    firsts = {outlet.market: outlet for outlet in reversed(outlets) if outlet.sells}
    rows = []
    for number, outlet in sorted(firsts.items()):
        market = MARKETS[number]
        budget = int(4_000 * market.usd_rate) * int(10**market.minor_digits)
        rows.append({"key": f"CA-{outlet.code}-TODAY", "outlet_id": outlet.code, "budget_minor": budget,
                     "oem_share_minor": budget // 2, "currency": market.currency,
                     "by": outlet.one("dealer_manager")})  # fmt: skip
    frame = pl.DataFrame(rows)
    starts = clock.until + timedelta(days=15)
    at = clock.cut - timedelta(hours=8)
    books["campaign"].open(
        frame.with_columns(
            at=pl.lit(at), name=pl.lit("Test drive weekend"), campaign_type=pl.lit("test_drive_day"),
            owner_level=pl.lit("dealer"), channel=pl.lit("event"), starts_date=pl.lit(starts),
            ends_date=pl.lit(starts + timedelta(days=1)),
        )
    )  # fmt: skip
    submitted = frame.select("key", "outlet_id", "by").with_columns(
        at=pl.lit(at + timedelta(minutes=20)), target_leads=pl.lit(40)
    )
    books["campaign"].move("submit", submitted, step=1)
    return frame.select("key", "outlet_id")


def _write_board(
    books: Books, rng: np.random.Generator, outlets: list[Outlet], clock: Clock, repairs: pl.DataFrame
) -> None:
    """Cars left overnight, each a step further than the one before it; promised for today."""
    by_code = {o.code: o for o in outlets if o.serves}
    gone = repairs.filter(pl.col("settled_at").is_not_null() & pl.col("outlet_id").is_in(list(by_code)))
    cars = gone.sort("opened_at", "key").unique("vin", keep="last", maintain_order=True)
    here = repairs.filter(pl.col("settled_at").is_null())["vin"]
    cars = cars.filter(~pl.col("vin").is_in(here.implode()))
    left = cars.group_by("outlet_id", maintain_order=True).head(_LEFT_OVERNIGHT)
    step = pl.int_range(pl.len()).over("outlet_id")
    opened = pl.lit(clock.cut - timedelta(hours=4)) + step * timedelta(minutes=7)
    promised = pl.lit(clock.cut + timedelta(hours=10)) + step * timedelta(hours=2)
    left = left.with_columns(
        car=step, opened_at=opened, promised_at=promised,
        key=pl.format("JO-{}-TODAY{}", "outlet_id", step + 1),
        currency=pl.col("outlet_id").replace_strict(
            {c: MARKETS[o.market].currency for c, o in by_code.items()}, return_dtype=pl.String),
        complaint_code=pl.Series(rng.choice(COMPLAINTS, len(left)), dtype=pl.String),
    )  # fmt: skip
    book = books["repair_order"]
    book.open(
        left.select("key", "outlet_id", "by", "vin", "customer_id", "opened_at", "promised_at", "currency",
                    "complaint_code", at="opened_at", staff_id="by",
                    odometer_km=pl.col("odometer_km") + 900)
    )  # fmt: skip
    for number, move in enumerate(_BOARD, start=1):
        further = left.filter(pl.col("car") >= number)
        at = pl.col("opened_at") + timedelta(minutes=12 * number)
        moved = further.select("key", "outlet_id", "by", at=at)
        if move == "quote":
            price = pl.col("outlet_id").replace_strict(
                {c: int(90 * MARKETS[o.market].usd_rate) * 10 ** MARKETS[o.market].minor_digits
                 for c, o in by_code.items()}, return_dtype=pl.Int64)  # fmt: skip
            moved = moved.with_columns(estimate_minor=price)
        book.move(move, moved, step=number)
