"""The simulated brand as bulk lines, in an order in which every reference is written before it is used.

`python -m pipelines.demo.simulate --size s --seed 7 --until 2026-11-01 --out DIR [--clean]` writes the
lines as NDJSON, or with `--clean` the clean zone they would become, without a database.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl

from pipelines.demo.catalogue import Parts, build_parts, open_parts, open_products
from pipelines.demo.clock import Clock
from pipelines.demo.demand import draw_requests, expected_requests, expected_units
from pipelines.demo.events import Batch, Books
from pipelines.demo.network import SIZES, Outlet, SizeName, blocks, build_network, open_network
from pipelines.demo.parts_documents import Store, write_parts
from pipelines.demo.stock import simulate_stock


@dataclass
class Simulation:
    """Iterate over it once for the batches; `truth` is complete when the iteration is."""

    size: SizeName
    seed: int
    until: date
    truth: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    figures: dict[str, object] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Batch]:
        self.truth.clear()
        clock, size = Clock(self.until), SIZES[self.size]
        outlets = build_network(size, self.seed)
        parts = build_parts(size.parts, size.part_requests_a_month, clock, self.seed)
        books = Books()
        open_network(books, outlets, clock, self.seed)
        products = open_products(books, clock)
        open_parts(books, parts, clock, self.seed)
        yield from books.batches(clock.cut)
        for number, block in enumerate(blocks(outlets, size)):
            yield from self._block(block, number, parts, products, clock)

    def truth_frame(self, name: str) -> pl.DataFrame:
        return pl.concat(self.truth[name])

    def _block(
        self, block: list[Outlet], number: int, parts: Parts, products: pl.DataFrame, clock: Clock
    ) -> Iterator[Batch]:
        books = Books()
        rng = np.random.default_rng([self.seed, 10, number])
        serving = [o for o in block if o.serves]
        expected, _ = expected_requests(rng, serving, parts, clock)
        requests = draw_requests(rng, serving, parts, clock, expected)
        past = requests.take(np.flatnonzero(requests.day < clock.cut_day))
        outcome = simulate_stock(rng, serving, parts, clock, past, expected)
        store = Store(serving, parts, clock)
        nothing = np.full(len(past), "")
        asked = write_parts(books, store, past, outcome, repair_order=nothing, vin=nothing)
        self._tell("part_demand_requests", asked)
        self._tell("part_demand_expected", expected_units(expected, serving, parts, clock))
        yield from books.batches(clock.cut)

    def _tell(self, name: str, frame: pl.DataFrame) -> None:
        self.truth.setdefault(name, []).append(frame)


def simulate(size: SizeName, *, seed: int, until: date | None = None) -> Simulation:
    """The same size, seed and day give the same lines. `until` is the first day that has not happened."""
    return Simulation(size=size, seed=seed, until=until or datetime.now(UTC).date())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=get_args(SizeName), default="s")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--until", type=date.fromisoformat, default=None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clean", action="store_true", help="write the clean zone instead of NDJSON")
    given = parser.parse_args()
    simulation = simulate(given.size, seed=given.seed, until=given.until)
    from pipelines.demo.export import write_clean, write_ndjson

    counts = (write_clean if given.clean else write_ndjson)(simulation, given.out)
    for name, rows in counts.items():
        print(f"{name:24}{rows:>12,}")
    print(f"{'lines':24}{sum(counts.values()):>12,}")


if __name__ == "__main__":
    main()
