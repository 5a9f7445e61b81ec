"""The simulated brand as bulk lines, in an order in which every reference is written before it is used.

`python -m pipelines.demo.simulate --size s --seed 7 --until 2026-11-01 --out DIR [--clean]` writes the
lines as NDJSON, or with `--clean` the clean zone they would become, without a database.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl

from pipelines.demo.block import write_block
from pipelines.demo.brand import PRICE_ELASTICITY
from pipelines.demo.campaigns import open_recall, open_warranty_rules
from pipelines.demo.care import write_care
from pipelines.demo.catalogue import (
    Parts,
    announced_changes,
    build_parts,
    interchangeable,
    launched_part,
    open_parts,
    open_products,
)
from pipelines.demo.clock import Clock
from pipelines.demo.customer_rules import open_customer_rules
from pipelines.demo.decisions import decide
from pipelines.demo.events import Batch, Books
from pipelines.demo.inbox import REPORTED_SHARE, UNDERREPORTING_MARKET, InboxFile, inbox_files
from pipelines.demo.money import write_funds
from pipelines.demo.network import SIZES, Outlet, SizeName, blocks, build_network, open_network
from pipelines.demo.planning import BIASED_PLANNER, UNBIASED_PLANNER, write_overrides
from pipelines.demo.prices import write_price_lists, write_vehicle_costs
from pipelines.demo.rules import write_rules
from pipelines.demo.scene import Scene
from pipelines.demo.seen import Seen
from pipelines.demo.stocking import (
    write_allocation_rules,
    write_group,
    write_stock_ahead,
    write_terms,
    write_warehouse_stock,
)
from pipelines.demo.today import write_today


@dataclass
class Simulation:
    """Iterate over it once for the batches; `truth`, `figures` and `files` are complete when it ends."""

    size: SizeName
    seed: int
    until: date
    truth: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    figures: dict[str, object] = field(default_factory=dict)
    files: list[InboxFile] = field(default_factory=list)

    def __iter__(self) -> Iterator[Batch]:
        self.truth.clear()
        self.figures = {"biased_planner": BIASED_PLANNER, "unbiased_planner": UNBIASED_PLANNER}
        self.figures["price_elasticity"] = PRICE_ELASTICITY
        self.figures["underreporting_market"] = {UNDERREPORTING_MARKET: REPORTED_SHARE}
        clock, size = Clock(self.until), SIZES[self.size]
        outlets = build_network(size, self.seed)
        parts = build_parts(size.parts, size.part_requests_a_month, clock, self.seed)
        self.figures["announced_supersessions"] = announced_changes(parts, clock)
        self.figures["launched_part"] = launched_part(parts, clock)
        self.figures["interchangeable_parts"] = [parts.ids[n] for n in interchangeable(parts)]
        books = Books()
        open_network(books, outlets, clock, self.seed)
        products = open_products(books, clock)
        open_parts(books, parts, clock, self.seed)
        write_price_lists(books, clock)
        write_vehicle_costs(books, clock)
        open_recall(books, clock)
        write_terms(books, outlets, clock, size.part_requests_a_month)
        write_group(books, outlets, clock)
        write_allocation_rules(books, clock)
        write_warehouse_stock(books, parts, clock, self.seed)
        write_stock_ahead(books, products, clock)
        yield from books.batches(clock.cut)
        actual, seen = [], Seen()
        for number, block in enumerate(blocks(outlets, size)):
            told = write_block(books, block, number, size, parts, products, clock, self.seed)
            for name, frame in told.truth.items():
                self.truth.setdefault(name, []).append(frame)
            actual.append(told.actual)
            yield from seen.noting(books.batches(clock.cut))
        retail = pl.concat(actual)
        yield from self._overrides(outlets, retail, parts, clock)
        yield from self._around(outlets, clock, parts, products, seen)
        self.files = inbox_files(clock, self.seed, retail, outlets, seen)
        self.figures["files"] = [file.told() for file in self.files]

    def truth_frame(self, name: str) -> pl.DataFrame:
        """One table of the truth, whole once the simulation has been iterated over."""
        return pl.concat(self.truth[name])

    def _around(
        self, outlets: list[Outlet], clock: Clock, parts: Parts, products: pl.DataFrame, seen: Seen
    ) -> Iterator[Batch]:
        """Money, rules and care around the history; then what of yesterday evening they act upon."""
        rng, repairs = np.random.default_rng([self.seed, 50]), seen.repairs()
        rules, books = Books(), Books()
        write_funds(rules, books, outlets, clock, seen.orders())
        write_rules(rules, clock)
        open_warranty_rules(rules, clock)
        open_customer_rules(rules, clock)
        yield from (replace(batch, stage=1) for batch in rules.batches(clock.cut))
        managers = {outlet.code: outlet.one("dealer_manager") for outlet in outlets}
        write_care(books, rng, clock, repairs, seen.cars(), managers)
        yield from (replace(batch, stage=2) for batch in books.batches(clock.cut))
        quotations = seen.quotations()
        waiting = write_today(books, rng, outlets, clock, parts, products, repairs, quotations)
        yield from (replace(batch, stage=3) for batch in books.batches(clock.cut))
        yield from decide(outlets, clock, waiting)

    def _overrides(
        self, outlets: list[Outlet], actual: pl.DataFrame, parts: Parts, clock: Clock
    ) -> Iterator[Batch]:
        books, rng = Books(), np.random.default_rng([self.seed, 30])
        cells = actual.group_by("region_path", "series", "month", maintain_order=True).agg(
            pl.col("units").sum()
        )
        write_overrides(books, Scene(outlets, clock), rng, cells, parts.ids)
        yield from books.batches(clock.cut)


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
