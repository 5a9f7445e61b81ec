"""Contracts and hand-overs: the customer signs, the car is matched and delivered, the delivery is audited.

In: the frame of sales with customer and lead. Out: lines in the books.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.clock import Bools, Ints
from pipelines.demo.events import Books
from pipelines.demo.scene import Scene, numbered, optional


def write_contracts(
    books: Books,
    scene: Scene,
    cars: pl.DataFrame,
    products: pl.DataFrame,
    keys: np.ndarray,
    customer: np.ndarray,
    lead: np.ndarray,
    *,
    is_key_account: Bools,
) -> None:
    """Retail orders of cars that are sold, and their hand-over."""
    outlet, day, second = (cars[c].to_numpy() for c in ("outlet", "order_day", "order_second"))
    received, delivered = cars["received_day"].to_numpy(), cars["delivered_day"].to_numpy()
    is_customer = cars["is_customer"].to_numpy()
    staff = scene.people("consultant", outlet, second)
    discount = 1 - (second % 5) / 100
    price = scene.car_price(products, cars["product"].to_numpy(), day, share=discount)
    head = pl.DataFrame({"key": keys, "outlet_id": scene.codes[outlet]})
    product = products["product_id"].to_numpy()[cars["product"].to_numpy()]
    promised = np.where(is_customer, day + 60 + scene.where.sea_days, day + 8)
    book = books["retail_order"]
    book.open(
        head.with_columns(
            at=scene.at(day, second),
            ordered_at=scene.at(day, second),
            by=staff,
            customer_id=customer,
            lead_id=optional(lead),
            product_id=product,
            staff_id=staff,
            price_minor=price,
            currency=pl.lit(scene.where.currency),
            promised_date=scene.dates(promised),
        )
    )
    manager = scene.people("dealer_manager", outlet)
    deposit = pl.Series(price // 10)
    book.move(
        "sign", head.with_columns(at=scene.at(day, second + 1200), by=staff, deposit_minor=deposit), step=1
    )
    book.move("approve", head.with_columns(at=scene.at(day, second + 5400), by=manager), step=2)
    matched = scene.at(np.where(is_customer, received, day) + 1, 36_700)
    book.move("match", head.with_columns(at=matched, by=staff, vin=cars["vin"]), step=3)
    book.move("deliver", head.with_columns(at=scene.at(delivered, 57_600), by=staff), step=4)
    channel = np.where(is_key_account, "key_account", "retail")
    _write_deliveries(
        books, scene, cars, head, customer=customer, lead=lead, staff=staff, price=price, channel=channel
    )


def _write_deliveries(
    books: Books,
    scene: Scene,
    cars: pl.DataFrame,
    contracts: pl.DataFrame,
    *,
    customer: np.ndarray,
    lead: np.ndarray,
    staff: np.ndarray,
    price: Ints,
    channel: np.ndarray,
) -> None:
    outlet, day = cars["outlet"].to_numpy(), cars["delivered_day"].to_numpy()
    head = pl.DataFrame(
        {"key": pl.Series(contracts["key"]).str.replace("RO-", "DL-"), "outlet_id": scene.codes[outlet]}
    )
    book = books["retail_delivery"]
    book.open(
        head.with_columns(
            at=scene.at(day, 58_200),
            by=staff,
            vin=cars["vin"],
            customer_id=customer,
            retail_order_id=contracts["key"],
            lead_id=optional(lead),
            staff_id=staff,
            delivered_date=scene.dates(day),
            warranty_start_date=scene.dates(day),
            odometer_km=pl.Series(5 + cars["order_second"].to_numpy() % 40),
            invoice_no=pl.format("INV-{}", "key"),
            price_minor=price,
            currency=pl.lit(scene.where.currency),
            sales_channel=pl.Series(channel),
        )
    )
    refused = cars["order_second"].to_numpy() % 120 == 7
    judged = head.with_columns(
        at=scene.at(day + 1 + day % 4, 40_000), by=pl.lit(f"region.{scene.where.code.lower()}")
    )
    book.move("audit", judged.filter(~refused), step=1)
    book.move("reject", judged.filter(refused), step=1)


def write_broken_contracts(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    cars: pl.DataFrame,
    products: pl.DataFrame,
    customer: np.ndarray,
) -> None:
    """Contracts signed and cancelled by people who buy later after all: no car behind them."""
    rows = np.sort(rng.choice(len(cars), len(cars) // 16, replace=False))
    chosen = cars[rows]
    outlet, day = chosen["outlet"].to_numpy(), chosen["order_day"].to_numpy()
    head = pl.DataFrame({"key": numbered("RX", scene.codes, outlet), "outlet_id": scene.codes[outlet]})
    staff = scene.people("consultant", outlet, day)
    product = chosen["product"].to_numpy()
    price = scene.car_price(products, product, day)
    book = books["retail_order"]
    second = chosen["order_second"].to_numpy() + 60
    book.open(
        head.with_columns(
            at=scene.at(day, second),
            ordered_at=scene.at(day, second),
            by=staff,
            customer_id=customer[rows],
            product_id=products["product_id"].to_numpy()[product],
            staff_id=staff,
            price_minor=price,
            currency=pl.lit(scene.where.currency),
        )
    )
    deposit = pl.Series(price // 20)
    book.move(
        "sign", head.with_columns(at=scene.at(day, second + 900), by=staff, deposit_minor=deposit), step=1
    )
    gone = head.with_columns(
        at=scene.at(day + 2 + day % 15, 50_000), by=scene.people("dealer_manager", outlet)
    )
    book.move("cancel", gone, step=2)
