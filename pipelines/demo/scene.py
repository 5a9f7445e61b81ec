"""One block of outlets while its documents are written: codes, people, instants and keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo.brand import MARKETS, Market
from pipelines.demo.clock import Clock, Floats, Ints
from pipelines.demo.network import Outlet
from pipelines.demo.prices import car_minor

NEVER = 10**6  # a day that does not come


@dataclass(frozen=True)
class Scene:
    """Outlets of one market; an outlet is its index in `outlets`."""

    outlets: list[Outlet]
    clock: Clock

    @property
    def market(self) -> int:
        return self.outlets[0].market

    @property
    def where(self) -> Market:
        return MARKETS[self.market]

    @property
    def codes(self) -> np.ndarray:
        return np.array([o.code for o in self.outlets])

    def people(self, position: str, outlet: Ints, draw: Ints | None = None) -> np.ndarray:
        """A person of the position at each outlet; the manager where there is none."""
        table = [o.staff.get(position, o.staff["dealer_manager"]) for o in self.outlets]
        width = max(len(ids) for ids in table)
        filled = np.array([[ids[k % len(ids)] for k in range(width)] for ids in table])
        return filled[outlet, (np.zeros_like(outlet) if draw is None else draw) % width]

    def at(self, day: Ints, second: Ints | int) -> pl.Series:
        """UTC instants of local days and seconds after midnight."""
        return self.clock.instants(np.full(len(day), self.market), day, second)

    def dates(self, day: Ints) -> pl.Series:
        return self.clock.dates(day)

    def car_price(
        self, products: pl.DataFrame, product: Ints, day: Ints, *, share: Floats | float = 1.0
    ) -> Ints:
        """Minor units: this share of each car's list price on the day, to a round hundred."""
        listed = car_minor(self.market, self.clock, products, product, day)
        unit = 100 * 10**self.where.minor_digits
        price: Ints = np.rint(listed * share / unit).astype(np.int64) * unit
        return price

    def local_price(self, usd: np.ndarray, day: Ints, *, markup: float = 1.0) -> Ints:
        """Minor units at the brand's planning rate, four percent up every year, to a round hundred."""
        units = usd * markup * self.where.usd_rate * 1.04 ** np.floor(day / 365)
        minor: Ints = (np.rint(units / 100) * 100).astype(np.int64) * 10**self.where.minor_digits
        return minor


def numbered(prefix: str, codes: np.ndarray, outlet: Ints) -> np.ndarray:
    """Keys that count up within each outlet in row order: PD-AE-D01-000123."""
    frame = pl.DataFrame({"code": codes[outlet]}, schema={"code": pl.String})
    number = pl.int_range(1, pl.len() + 1).over("code").cast(pl.String).str.zfill(6)
    return (
        frame.select(pl.format(prefix + "-{}-{}", pl.col("code"), number)).to_series().to_numpy().astype(str)
    )


def optional(values: np.ndarray) -> pl.Series:
    """Text with the empty text as missing."""
    return pl.Series(values.astype(str), dtype=pl.String).replace("", None)
