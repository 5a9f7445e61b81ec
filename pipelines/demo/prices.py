"""List prices of cars by market and how they moved: the documents, and what they did to sales.

Every market issues a new list when a step is due, each a month after the market before it, so that a price is
told apart from a season. In: the catalogue. Out: `price_list` and `vehicle_cost` in the books, factors for
`sales.py`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.demo.brand import BRAND, MARKETS, PRICE_ELASTICITY, PRICE_STEPS, SERIES, VARIANTS, Market
from pipelines.demo.catalogue import FINANCE, PLANNER
from pipelines.demo.clock import Clock, Floats, Ints
from pipelines.demo.events import Books

_ISSUED_DAYS = 90  # a list is issued this long before its first day
_BEFORE_DAYS = 350  # the first one before history
_COST_SHARE = 0.78  # landed cost of a car, of its export list price
_HOLDING_PERCENT = 9.5
_STAGGER = 4  # markets follow each other by a month, the fifth goes with the first


def step_months(market: int) -> list[int]:
    """Months of history in which the market's lists begin; the one before history left out."""
    return [month + market % _STAGGER for month, _ in PRICE_STEPS]


def price_factors(market: int, clock: Clock) -> Floats:
    """(series, months): list price over that of the first list."""
    factors = np.ones((len(SERIES), clock.months))
    for first, (_, steps) in zip(step_months(market), PRICE_STEPS, strict=True):
        for number, series in enumerate(SERIES):
            factors[number, first:] = steps.get(series.code, factors[number, min(first, clock.months - 1)])
    return factors


def price_lift(market: int, clock: Clock) -> Floats:
    """(series, months): what its price multiplies a series' sales by."""
    lift: Floats = price_factors(market, clock) ** PRICE_ELASTICITY
    return lift


def list_minor(market: Market, usd: Floats) -> Ints:
    """Minor units at the brand's planning rate, to a round hundred."""
    minor: Ints = (np.rint(usd * market.usd_rate / 100) * 100).astype(np.int64) * 10**market.minor_digits
    return minor


def car_minor(market: int, clock: Clock, products: pl.DataFrame, product: Ints, day: Ints) -> Ints:
    """List price of each car (row of `products`) on each day; before history that of the first list."""
    codes = [s.code for s in SERIES]
    series = products["series"].replace_strict(codes, range(len(codes)), return_dtype=pl.Int64).to_numpy()
    month = np.clip(clock.month_of_day(day), 0, clock.months - 1)
    factor = price_factors(market, clock)[series[product], month]
    return list_minor(MARKETS[market], products["price_usd"].to_numpy()[product] * factor)


def write_price_lists(books: Books, clock: Clock) -> None:
    """One list per market and step, the one before it ended; drafted by one, activated by another."""
    rows = [row for number in range(len(MARKETS)) for row in _lists(number, clock)]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    book = books["price_list"]
    book.open(frame.drop("ends_at", "effective_to_date").with_columns(by=pl.lit(PLANNER)))
    active = frame.select("key", at=pl.col("at") + timedelta(days=5), by=pl.lit(FINANCE))
    book.move("activate", active, step=1)
    ended = frame.filter(pl.col("ends_at").is_not_null())
    book.move("end", ended.select("key", "effective_to_date", at="ends_at", by=pl.lit(FINANCE)), step=2)


def write_vehicle_costs(books: Books, clock: Clock) -> None:
    """What cars cost the maker, one document since before history; read by planners and finance alone."""
    lines = [
        {"series": s.code, "unit_cost_minor": round(s.list_price_usd * _COST_SHARE) * 100} for s in SERIES
    ]
    row = {
        "key": "VC-1",
        "at": _midnight(clock.start - timedelta(days=_BEFORE_DAYS)),
        "effective_from_date": clock.start - timedelta(days=_BEFORE_DAYS),
        "name": f"{BRAND}, landed",
        "currency": "USD",
        "holding_percent": _HOLDING_PERCENT,
        "lines": lines,
    }
    frame = pl.DataFrame([row], infer_schema_length=None)
    books["vehicle_cost"].open(frame.with_columns(by=pl.lit(PLANNER)))
    active = frame.select("key", at=pl.col("at") + timedelta(days=5), by=pl.lit(FINANCE))
    books["vehicle_cost"].move("activate", active, step=1)


def _lists(number: int, clock: Clock) -> list[dict[str, Any]]:
    market, starts = MARKETS[number], [m for m in step_months(number) if m < clock.months]
    firsts = [clock.start - timedelta(days=_BEFORE_DAYS), *(clock.month(m) for m in starts)]
    factors = price_factors(number, clock)
    rows = []
    for step, first in enumerate(firsts):
        factor = factors[:, starts[step - 1]] if step else np.ones(len(SERIES))
        following = firsts[step + 1] if step + 1 < len(firsts) else None
        issued = first - timedelta(days=_ISSUED_DAYS * (step > 0))
        rows.append(
            {
                "key": f"PL-{market.code}-{step + 1}",
                "at": _midnight(issued),
                "effective_from_date": first,
                "effective_to_date": None if following is None else following - timedelta(days=1),
                "ends_at": None if following is None else _midnight(following),
                "name": f"{BRAND} {market.code} from {first:%B %Y}",
                "market": market.code,
                "currency": market.currency,
                "lines": _lines(market, factor),
            }
        )
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _lines(market: Market, factor: Floats) -> list[dict[str, Any]]:
    cells = [(s, v, f) for s, f in zip(SERIES, factor, strict=True) for v in VARIANTS]
    prices = list_minor(market, np.array([s.list_price_usd * v[3] * f for s, v, f in cells]))
    return [
        {"model": s.model, "variant": f"{s.code}-{v[0]}", "price_minor": int(p)}
        for (s, v, _), p in zip(cells, prices, strict=True)
    ]
