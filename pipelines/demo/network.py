"""Outlets, warehouses and staff of the fictional brand, and the sizes in which it comes.

In: a size and the clock. Out: the network as columns, one row an outlet, and the books of outlet and staff.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl

from pipelines.demo.brand import BRAND, MARKETS, NAMES
from pipelines.demo.clock import Clock
from pipelines.demo.events import Books

SizeName = Literal["xs", "s", "m", "l", "xl"]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a brand. Rates are those of a mean outlet."""

    dealers: int  # per market
    stores: int  # experience stores per market; fractions of a market are left out in order
    services: int
    cars_a_month: float
    parts: int
    part_requests_a_month: float
    block: int  # outlets simulated at a time: what bounds memory
    markets_with_store: int
    markets_with_service: int


SIZES: dict[SizeName, Size] = {
    "xs": Size(1, 1, 1, 0.4, 40, 3.0, 40, 1, 1),  # for tests: some 10 outlets
    "s": Size(2, 1, 1, 2.5, 60, 15.0, 40, 1, 2),
    "m": Size(6, 1, 1, 3.0, 400, 26.0, 40, 8, 8),
    "l": Size(36, 4, 5, 5.0, 1500, 42.0, 12, 8, 8),
    "xl": Size(110, 10, 15, 7.0, 3000, 60.0, 12, 8, 8),
}
WAREHOUSES: tuple[tuple[str, str, str, str | None], ...] = (  # code, market, kind, supplier
    ("WH-CENTRAL", "AE", "central_warehouse", None),
    ("WH-ASIA", "TH", "regional_warehouse", "WH-CENTRAL"),
    ("WH-LATAM", "BR", "regional_warehouse", "WH-CENTRAL"),
    ("WH-EUROPE", "DE", "regional_warehouse", "WH-CENTRAL"),
)
_SUPPLIER = {
    "AE": "WH-CENTRAL", "SA": "WH-CENTRAL", "ZA": "WH-CENTRAL", "TH": "WH-ASIA", "IN": "WH-ASIA",
    "BR": "WH-LATAM", "CL": "WH-LATAM", "DE": "WH-EUROPE",
}  # fmt: skip
_SIGNS = ("Motors", "Auto", "Cars", "Mobility", "Wheels", "Drive")
POSITIONS: dict[str, tuple[tuple[str, int], ...]] = {
    "dealer": (
        ("dealer_manager", 1), ("consultant", 3), ("advisor", 2), ("technician", 4),
        ("parts", 1), ("cashier", 1),
    ),
    "experience_store": (("dealer_manager", 1), ("consultant", 3), ("cashier", 1)),
    "service_provider": (
        ("dealer_manager", 1), ("advisor", 2), ("technician", 3), ("parts", 1), ("cashier", 1),
    ),
    "central_warehouse": (("dealer_manager", 1), ("parts", 3)),
    "regional_warehouse": (("dealer_manager", 1), ("parts", 2)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outlet:
    """One selling or serving outlet, as the simulation needs it."""

    code: str
    kind: str
    market: int
    supplier: str
    lead_days: int
    review_days: int
    weight: float  # of its demand, mean near 1
    quality: float  # of its stock keeping: error of its policy, 0 is perfect
    staff: dict[str, list[str]]  # staff ids by position

    @property
    def sells(self) -> bool:
        return self.kind in {"dealer", "experience_store"}

    @property
    def serves(self) -> bool:
        return self.kind in {"dealer", "service_provider"}

    def one(self, position: str) -> str:
        return self.staff[position][0]


def build_network(size: Size, seed: int) -> list[Outlet]:
    """Selling and serving outlets, by market; warehouses only ship."""
    rng = np.random.default_rng([seed, 1])
    outlets = []
    for m, market in enumerate(MARKETS):
        kinds = ["dealer"] * size.dealers
        kinds += ["experience_store"] * (size.stores if m < size.markets_with_store else 0)
        kinds += ["service_provider"] * (size.services if m < size.markets_with_service else 0)
        for n, kind in enumerate(kinds, start=1):
            code = f"{market.code}-{kind[0].upper()}{n:02d}"
            outlets.append(
                Outlet(
                    code=code,
                    kind=kind,
                    market=m,
                    supplier=_SUPPLIER[market.code],
                    lead_days=max(2, market.parts_lead_days + int(rng.integers(-1, 4))),
                    review_days=int(rng.choice([7, 7, 14])) if size.dealers > 2 else 14,
                    weight=float(np.clip(rng.lognormal(-0.08, 0.4), 0.4, 2.5)) * market.size,
                    quality=float(rng.uniform(0.1, 0.6)),
                    staff=staff_ids(code, kind),
                )
            )
    return outlets


def staff_ids(code: str, kind: str) -> dict[str, list[str]]:
    """Ids by position, numbered through the outlet: ST-AE-D01-03."""
    ids: dict[str, list[str]] = {}
    number = 0
    for position, count in POSITIONS[kind]:
        ids[position] = [f"ST-{code}-{number + n:02d}" for n in range(1, count + 1)]
        number += count
    return ids


def blocks(outlets: list[Outlet], size: Size) -> list[list[Outlet]]:
    """Outlets of one market, at most `size.block` of them: what is simulated together."""
    found = []
    for m in range(len(MARKETS)):
        own = [o for o in outlets if o.market == m]
        # spread the kinds, so that every block sells and serves
        count = -(-len(own) // size.block)
        found += [own[i::count] for i in range(count)]
    return found


def open_network(books: Books, outlets: list[Outlet], clock: Clock, seed: int) -> None:
    """Outlet and staff documents: warehouses first, for the others refer to them."""
    rng = np.random.default_rng([seed, 2])
    founded = clock.start - timedelta(days=1500)
    rows = [_warehouse_row(w, founded) for w in WAREHOUSES]
    rows += [_outlet_row(o, n, founded) for n, o in enumerate(outlets)]
    at = clock.instants(np.zeros(len(rows), dtype=np.int64), np.full(len(rows), -400), np.arange(len(rows)))
    books["outlet"].open(pl.DataFrame(rows).with_columns(at=at, by=pl.lit("oem.network")))
    people = [p for code, _, kind, _ in WAREHOUSES for p in _staff_rows(code, kind, _market_of(code), rng)]
    people += [p for o in outlets for p in _staff_rows(o.code, o.kind, MARKETS[o.market].code, rng)]
    frame = pl.DataFrame(people)
    days = rng.integers(-400, -300, len(people))
    books["staff"].open(
        frame.with_columns(
            at=clock.instants(np.zeros(len(people), dtype=np.int64), days, 3600 * 8),
            hired_date=clock.dates(days),
        )
    )


def _market_of(warehouse: str) -> str:
    return next(market for code, market, _, _ in WAREHOUSES if code == warehouse)


def _warehouse_row(warehouse: tuple[str, str, str, str | None], founded: date) -> dict[str, object]:
    code, market_code, kind, supplier = warehouse
    market = next(m for m in MARKETS if m.code == market_code)
    return {
        "key": code,
        "name": f"{BRAND} {'Central' if supplier is None else 'Regional'} Warehouse {market.cities[0]}",
        "legal_entity": f"{BRAND} Parts Logistics (fictional)",
        "outlet_kind": kind,
        "market": market.code,
        "region_path": market.region_path,
        "city": market.cities[0],
        "timezone": market.timezone,
        "currency": market.currency,
        "language": market.language,
        "supplier_outlet_code": supplier,
        "lead_time_days": None if supplier is None else 35,
        "review_days": None if supplier is None else 7,
        "opened_date": founded,
    }


def _outlet_row(outlet: Outlet, number: int, founded: date) -> dict[str, object]:
    market = MARKETS[outlet.market]
    city = market.cities[number % len(market.cities)]
    family = NAMES[market.code].family[number % len(NAMES[market.code].family)][0].split()[-1]
    return {
        "key": outlet.code,
        "name": f"{BRAND} {family} {city}",
        "legal_entity": f"{family} {_SIGNS[number % len(_SIGNS)]} (fictional)",
        "outlet_kind": outlet.kind,
        "market": market.code,
        "region_path": market.region_path,
        "city": city,
        "timezone": market.timezone,
        "currency": market.currency,
        "language": market.language,
        "supplier_outlet_code": outlet.supplier,
        "lead_time_days": outlet.lead_days if outlet.serves else None,
        "review_days": outlet.review_days if outlet.serves else None,
        "opened_date": founded + timedelta(days=37 * (number % 29)),
    }


def _staff_rows(code: str, kind: str, market: str, rng: np.random.Generator) -> list[dict[str, object]]:
    names = NAMES[market]
    rows: list[dict[str, object]] = []
    for position, ids in staff_ids(code, kind).items():
        for staff_id in ids:
            given = names.given[int(rng.integers(len(names.given)))][0]
            family = names.family[int(rng.integers(len(names.family)))][0]
            rows.append(
                {
                    "key": staff_id,
                    "outlet_id": code,
                    "by": "oem.network",
                    "given_name": given,
                    "family_name": family,
                    "email": f"{staff_id.lower()}@example.com",
                    "position": position,
                }
            )
    return rows
