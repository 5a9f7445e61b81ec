"""What is sold beside the car at its hand-over: insurance, accessories, warranty, finance, plates.

In: the sales of a market with customer and consultant. Out: lines in the books. Some people sell much of it
and others little, and a few products are cancelled within the month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo.clock import Ints
from pipelines.demo.events import Books
from pipelines.demo.scene import Scene


@dataclass(frozen=True, slots=True)
class Product:
    """share: of cars that get it, on average. price, earned: parts of the car's and the product's price."""

    kind: str
    share: float
    price: float
    earned: float
    years: int  # of cover; 0: none


PRODUCTS = (
    Product("insurance", 0.46, 0.032, 0.14, 1),
    Product("accessory", 0.38, 0.012, 0.35, 0),
    Product("extended_warranty", 0.17, 0.024, 0.28, 2),
    Product("finance", 0.41, 0.018, 0.60, 3),
    Product("registration", 0.62, 0.003, 0.25, 0),
)
_CANCELLED = 0.03
_SKILL = (0.55, 1.35)  # of a person, on the average


def write_beside(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    cars: pl.DataFrame,
    contracts: np.ndarray,
    customer: np.ndarray,
    price: Ints,
) -> None:
    """cars: outlet, vin, order_second, delivered_day; contracts, customer, price: of the same rows."""
    outlet = cars["outlet"].to_numpy()
    staff = scene.people("consultant", outlet, cars["order_second"].to_numpy())
    people, who = np.unique(staff, return_inverse=True)
    skill = rng.uniform(*_SKILL, len(people))[who]
    for product in PRODUCTS:
        chosen = np.flatnonzero(rng.random(len(cars)) < np.minimum(product.share * skill, 0.95))
        amount = np.rint(price[chosen] * product.price * rng.uniform(0.7, 1.3, len(chosen))).astype(np.int64)
        _write(books, scene, rng, product, cars[chosen], contracts[chosen], customer[chosen], staff[chosen],
               amount)  # fmt: skip


def _write(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    product: Product,
    cars: pl.DataFrame,
    contracts: np.ndarray,
    customer: np.ndarray,
    staff: np.ndarray,
    amount: Ints,
) -> None:
    day, outlet = cars["delivered_day"].to_numpy(), cars["outlet"].to_numpy()
    sold = scene.at(day, 58_800)
    covered = product.years > 0
    head = pl.DataFrame(
        {
            "key": pl.Series(contracts).cast(pl.String).str.replace("RO-", f"VA-{product.kind[:3].upper()}-"),
            "outlet_id": scene.codes[outlet],
        }
    )
    books["value_added_sale"].open(
        head.with_columns(
            at=sold,
            sold_at=sold,
            by=staff,
            sale_kind=pl.lit(product.kind),
            vin=cars["vin"],
            customer_id=customer,
            provider=pl.lit(f"Velmora {product.kind.replace('_', ' ')} partner"),
            starts_date=scene.dates(day) if covered else None,
            ends_date=scene.dates(day + 365 * product.years) if covered else None,
            amount_minor=amount,
            commission_minor=np.rint(amount * product.earned).astype(np.int64),
            currency=pl.lit(scene.where.currency),
            staff_id=staff,
        )
    )
    gone = rng.random(len(cars)) < _CANCELLED
    cancelled = head.with_columns(
        at=scene.at(day + 5 + day % 20, 45_000),
        by=scene.people("dealer_manager", outlet),
        cancel_reason=pl.lit("customer changed his mind"),
    )
    books["value_added_sale"].move("cancel", cancelled.filter(gone), step=1)
