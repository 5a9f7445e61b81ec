"""Who owns which car: the buyer from the hand-over on, and a second owner where a car was sold on.

In: sold cars, cars of the years before, leads that did not buy. Out: ownerships and transfers in the books.
Who did not buy a new car may have bought a known one at the same outlet: so a car changes hands.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.clock import Ints
from pipelines.demo.events import Books
from pipelines.demo.scene import NEVER, Scene

QUALITY = "oem.quality.lena"
_SOLD_ON = 0.35  # of the leads that end without a car and left their name
_SEEN_BY = 3  # days from the papers to the maker's confirmation


def write_owners(
    books: Books,
    scene: Scene,
    rng: np.random.Generator,
    *,
    cars: pl.DataFrame,
    buyer: np.ndarray,
    old: pl.DataFrame,
    holder: np.ndarray,
    leads: pl.DataFrame,
    asking: np.ndarray,
) -> None:
    """cars, old: outlet, vin, delivered_day. `buyer`, `holder`, `asking`: their customer records, by row."""
    rejected = cars["order_second"].to_numpy() % 120 == 7  # as the audit of the deliveries decides
    day = cars["delivered_day"].to_numpy()
    _write(books, scene, cars, buyer, "OWN", ends=np.where(rejected, day + 1 + day % 4, NEVER))
    row, lead, sold = _sold_on(rng, scene, old, leads, asking)
    ends = np.full(len(old), NEVER)
    ends[row] = sold
    _write(books, scene, old, holder, "OWN", ends=ends)
    second = old[row].with_columns(delivered_day=pl.Series(sold))
    _write(books, scene, second, asking[lead], "OWN2", ends=np.full(len(row), NEVER))
    _write_transfers(books, scene, second, holder[row], asking[lead])


def _sold_on(
    rng: np.random.Generator, scene: Scene, old: pl.DataFrame, leads: pl.DataFrame, asking: np.ndarray
) -> tuple[Ints, Ints, Ints]:
    """Rows of `old`, rows of `leads` and the day of each sale; a car is sold on once."""
    row, lead, sold = [], [], []
    wants = (asking != "") & (leads["sale"].to_numpy() < 0) & (rng.random(len(leads)) < _SOLD_ON)
    taken: set[int] = set()
    for want in np.flatnonzero(wants).tolist():
        day = int(leads["end_day"][want]) + 3
        own = np.flatnonzero(old["outlet"].to_numpy() == leads["outlet"][want])
        free = [r for r in own.tolist() if r not in taken and old["delivered_day"][r] + 200 < day]
        if free and day < scene.clock.cut_day - _SEEN_BY:
            row.append(free[int(rng.integers(len(free)))])
            taken.add(row[-1])
            lead.append(want)
            sold.append(day)
    return tuple(np.array(found, dtype=np.int64) for found in (row, lead, sold))  # type: ignore[return-value]


def _write(
    books: Books, scene: Scene, cars: pl.DataFrame, customer: np.ndarray, prefix: str, *, ends: Ints
) -> None:
    outlet, day = cars["outlet"].to_numpy(), cars["delivered_day"].to_numpy()
    head = pl.DataFrame(
        {"key": pl.Series([f"{prefix}-{v}" for v in cars["vin"]], dtype=pl.String)}
    ).with_columns(outlet_id=pl.Series(scene.codes[outlet]), by=pl.Series(scene.people("consultant", outlet)))
    is_over = ends < scene.clock.cut_day  # an owner of the past is written down as one
    books["vehicle_ownership"].open(
        head.with_columns(
            at=scene.at(day, 58_300),
            state=pl.Series(np.where(is_over, "ended", "current")),
            vin=cars["vin"],
            customer_id=pl.Series(customer, dtype=pl.String),
            starts_date=scene.dates(day),
            ends_date=pl.DataFrame({"last": scene.dates(np.where(is_over, ends, 0)), "over": is_over})
            .select(pl.when("over").then("last"))
            .to_series(),
            reference=pl.format("{}-{}", pl.lit("OT" if prefix == "OWN2" else "HO"), cars["vin"]),
        )
    )


def _write_transfers(
    books: Books, scene: Scene, second: pl.DataFrame, seller: np.ndarray, buyer: np.ndarray
) -> None:
    outlet, day = second["outlet"].to_numpy(), second["delivered_day"].to_numpy()
    head = pl.DataFrame({"key": pl.Series([f"OT-{v}" for v in second["vin"]], dtype=pl.String)}).with_columns(
        outlet_id=pl.Series(scene.codes[outlet])
    )
    book = books["ownership_transfer"]
    book.open(
        head.with_columns(
            at=scene.at(day, 58_000),
            by=pl.Series(scene.people("advisor", outlet)),
            vin=second["vin"],
            from_customer_id=pl.Series(seller, dtype=pl.String),
            to_customer_id=pl.Series(buyer, dtype=pl.String),
            transferred_date=scene.dates(day),
            proof=pl.format("PROOF-{}", "key"),
        )
    )
    seen = head.with_columns(at=scene.at(day + _SEEN_BY, 40_000), by=pl.lit(QUALITY))
    book.move("confirm", seen, step=1)
