"""Who buys which car when, and the chain of the car behind it, from the order to the yard.

In: the selling outlets of a block. Out: a frame of sales, one row a car sold or to be sold, each with the day
of every step. Demand runs beyond the cut, so cars now on order, at sea or in the yard have a future buyer.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.brand import MARKETS, PROMOTIONS, SERIES
from pipelines.demo.clock import Clock, Floats, Ints
from pipelines.demo.network import Outlet
from pipelines.demo.prices import price_lift
from pipelines.demo.vin import make_vins

PROMISE_DAYS = 45  # from approval to arrival, plus the sea
_CUSTOMER_ORDERS = 0.3  # built for a customer, who waits for it; the others buy what stands there
_OLD_CARS = 0.5  # cars from before history, per car sold in it


def expected_retail(outlets: list[Outlet], clock: Clock, cars_a_month: float) -> Floats:
    """Mean retail orders by outlet, series and month, months ahead included."""
    market = MARKETS[outlets[0].market]
    t = np.arange(clock.months)
    season = np.array(market.season)[clock.month_of_year()]
    season = season * (1 - (1 - market.ramadan_factor) * clock.ramadan_share)
    season = season * (1 + market.growth) ** (t / 12)
    life = np.array(
        [
            _life(s.launch_month, s.run_out_month, s.fade_months, t) * (1 + s.growth) ** (t / 12)
            for s in SERIES
        ]
    )
    share = np.array([s.share for s in SERIES])[:, None] * life
    weight = np.array([o.weight * o.sells * (0.7 if o.kind == "experience_store" else 1.0) for o in outlets])
    expected: Floats = cars_a_month * weight[:, None, None] * share[None, :, :] * season[None, None, :]
    return expected * (_lift(len(t)) * price_lift(outlets[0].market, clock))[None, :, :]


def _lift(months: int) -> Floats:
    """What promotions multiply retail orders by, by series and month."""
    codes, lift = [s.code for s in SERIES], np.ones((len(SERIES), months))
    for series, month, factor in PROMOTIONS:
        if month < months:
            lift[codes.index(series), month] = factor
    return lift


def _life(launch: int | None, run_out: int | None, fade: int, t: Ints) -> Floats:
    """Launches climb over five months past their later level; run-outs fade to nothing."""
    life = np.ones(len(t))
    if launch is not None:
        age = t - launch
        ramp = np.array([0.35, 0.7, 1.05, 1.3, 1.25, 1.15])
        life = np.where(age < 0, 0.0, ramp[np.clip(age, 0, 5)])
    if run_out is not None:
        life = life * np.clip(1 - (t - run_out) / fade, 0, 1)
    return life


def draw_sales(
    rng: np.random.Generator,
    outlets: list[Outlet],
    clock: Clock,
    expected: Floats,
    products: pl.DataFrame,
    block: int,
) -> pl.DataFrame:
    """One row a car: outlet, series, product, days of every step, vin. Sorted by day of the retail order."""
    crowd = rng.gamma(12.0, 1 / 12.0, expected.shape)
    count = rng.poisson(expected * crowd)
    outlet, series, month = (np.repeat(axis.ravel(), count.ravel()) for axis in np.indices(expected.shape))
    n = len(outlet)
    market = np.full(n, outlets[0].market)
    order_day = clock.some_working_day(rng, market, month)
    product = _products(rng, products, series)
    is_customer = (rng.random(n) < _CUSTOMER_ORDERS) & (order_day > 0)
    frame = pl.DataFrame(
        {
            "outlet": outlet,
            "series": series,
            "product": product,
            "order_day": order_day,
            "order_second": rng.integers(9 * 3600, 17 * 3600, n),
            "is_customer": is_customer,
        }
    )
    frame = frame.with_columns(**_chain(rng, frame, MARKETS[outlets[0].market].sea_days, len(outlets)))
    wait = 2 + rng.geometric(0.28, n)
    delivered = np.where(is_customer, frame["received_day"] + 2 + rng.geometric(0.4, n), order_day + wait)
    frame = frame.with_columns(delivered_day=delivered)
    frame = frame.sort("produced_day", "outlet", "series", "order_day", "order_second")
    vds = products["vds"].to_numpy()[frame["product"].to_numpy()]
    years = clock.dates(frame["produced_day"].to_numpy()).dt.year().to_numpy().astype(np.int64)
    serial = block * 60_000 + 20_000 + np.arange(n)
    vins = make_vins(vds, years, serial)
    return frame.with_columns(vin=pl.Series(vins)).sort("order_day", "order_second", "vin")


def _products(rng: np.random.Generator, products: pl.DataFrame, series: Ints) -> Ints:
    """Row of `products` for each car: variants and colours in their shares."""
    product = np.zeros(len(series), dtype=np.int64)
    for number, one in enumerate(SERIES):
        rows = np.flatnonzero(products["series"].to_numpy() == one.code)
        weight = products["weight"].to_numpy()[rows]
        mine = np.flatnonzero(series == number)
        product[mine] = rng.choice(rows, size=len(mine), p=weight / weight.sum())
    return product


def _chain(rng: np.random.Generator, frame: pl.DataFrame, sea_days: int, outlets: int) -> dict[str, Ints]:
    """Days of the car's steps, backward from the sailing; each outlet's lane has one a week."""
    n = len(frame)
    outlet, order_day = frame["outlet"].to_numpy(), frame["order_day"].to_numpy()
    customer = frame["is_customer"].to_numpy()
    allocate, produce = np.full(n, 2), rng.integers(1, 5, n)
    build, plan, approve = rng.integers(14, 31, n), rng.integers(2, 7, n), rng.integers(2, 9, n)
    before = allocate + produce + build + plan + approve + 1
    age = 11 + np.minimum(np.rint(rng.lognormal(3.3, 0.85, n)), 300).astype(np.int64)
    wanted = np.where(customer, order_day + 1 + before, order_day - age - sea_days)
    week = np.where(customer, -(-wanted // 7), wanted // 7)
    lane = outlet % 7
    dispatched = week * 7 + np.where(customer, lane, lane - 7)
    delay = _delays(rng, outlets)[outlet, (week + 70) % 300]
    received = dispatched + sea_days + delay
    produced = dispatched - allocate - produce
    return {
        "ordered_day": dispatched - before,
        "approved_day": dispatched - before + 1,
        "consolidated_day": produced - build - plan,
        "scheduled_day": produced - build,
        "produced_day": produced,
        "allocated_day": dispatched - allocate,
        "dispatched_day": dispatched,
        "arrived_day": received - 1,
        "received_day": received,
        "week": week,
    }


def _delays(rng: np.random.Generator, outlets: int) -> Ints:
    """Days a sailing is late, by outlet and week: at most ten, so that a car is there before it is sold."""
    return np.minimum(rng.geometric(0.35, (outlets, 300)) - 1, 10)


def old_cars(
    rng: np.random.Generator,
    outlets: list[Outlet],
    clock: Clock,
    sold: int,
    products: pl.DataFrame,
    block: int,
) -> pl.DataFrame:
    """Cars sold before history and still serviced: outlet, product, vin, produced_day, delivered_day."""
    n = max(3 * len(outlets), int(sold * _OLD_CARS))
    alive = [i for i, s in enumerate(SERIES) if s.launch_month is None]
    series = rng.choice(alive, n)
    product = _products(rng, products, series)
    delivered = -rng.integers(30, 340, n)
    produced = delivered - rng.integers(40, 60, n)
    years = clock.dates(produced).dt.year().to_numpy().astype(np.int64)
    vds = products["vds"].to_numpy()[product]
    vins = make_vins(vds, years, block * 60_000 + np.arange(n) % 20_000)
    return pl.DataFrame(
        {
            "outlet": rng.choice([i for i, o in enumerate(outlets) if o.serves], n),
            "series": series,
            "product": product,
            "vin": vins,
            "produced_day": produced,
            "delivered_day": delivered,
        }
    )
