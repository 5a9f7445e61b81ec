"""The policy that outlets really ordered by, read off their orders and replayed on the demand it met.

Nobody declares how an outlet ordered before this system proposed anything. What it did is recorded: an order
point is the position at which it ordered, an order-up-to level the position it ordered to. In: daily stock,
receipts and requests. Out: a level pair a series, and the fill that following them gives on the same days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
KEY = ["outlet_id", "part_id"]
# Share of units by which the replay may miss what was observed: receipts that came early or late, units
# counted anew and customers who left are in the one and not in the other.
TOLERANCE = 0.01
DRAWS, BAND = 200, (5, 95)
NEVER = -1e9  # an order point no position reaches: in these days the outlet did not order the part


@dataclass(frozen=True, slots=True)
class Days:
    """(days, series) as recorded, in units; `keys` names the series. `waited` is what of a day's requests was
    put on back-order, `owed` what customers wait for at the end of the day."""

    keys: pl.DataFrame
    on_hand: Floats
    coming: Floats
    asked: Floats
    filled: Floats
    waited: Floats
    owed: Floats


@dataclass(frozen=True, slots=True)
class InForce:
    """Order point and order-up-to level of each series, as ordered; `orders` is how many show them.

    order_days: (days, series), whether the outlet ordered anything that day: its calendar, whoever set it."""

    point: Floats
    up_to: Floats
    orders: NDArray[np.int64]
    order_days: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reproduced:
    """Fill as observed and as replayed, of the same requests; low, high: the replay's, series drawn anew."""

    observed_fill: float
    replayed_fill: float
    low: float
    high: float
    units: int
    days: int
    series: int
    orders: int

    @property
    def holds(self) -> bool:
        return abs(self.replayed_fill - self.observed_fill) <= TOLERANCE

    def sentence(self, *, refused_with_stock: int) -> str:
        """What was observed and replayed, the tolerance, and whether it holds."""
        verdict = "holds" if self.holds else "does NOT hold"
        return (
            f"policy in force, read off {self.orders} orders of {self.series} parts and replayed over "
            f"{self.days} days: fill {self.replayed_fill:.1%} ({self.low:.1%} to {self.high:.1%}), observed "
            f"{self.observed_fill:.1%} of {self.units:,} units; within {100 * TOLERANCE:g} point: {verdict}. "
            f"{refused_with_stock} requests were refused although the part lay there and are not counted"
        )


def ordered(coming: Floats) -> Floats:
    """(days, series): units ordered each day, what is coming grew by. Day 0 is unknown.

    What was ordered and received on one day is seen net.
    """
    return np.maximum(np.diff(coming, axis=0, prepend=coming[:1]), 0.0)


def received(coming: Floats) -> Floats:
    """(days, series): units that came each day, what is coming fell by."""
    return np.maximum(-np.diff(coming, axis=0, prepend=coming[:1]), 0.0)


def policy_in_force(days: Days) -> InForce:
    """Point: the highest position at which it ordered. Level: the middle one of those it ordered up to.

    Position: on hand + coming - owed to customers, at the end of the day, before its order and after it.
    """
    units = ordered(days.coming)
    after = days.on_hand + days.coming - days.owed
    is_order = units > 0
    before = np.where(is_order, after - units, np.nan)
    orders = is_order.sum(axis=0)
    point, up_to = np.full(orders.shape, NEVER), np.zeros(orders.shape)
    some = orders > 0
    point[some] = np.nanmax(before[:, some], axis=0)
    up_to[some] = np.nanmedian(np.where(is_order, after, np.nan)[:, some], axis=0)
    return InForce(point, np.maximum(up_to, point + 1), orders, _order_days(is_order, days.keys))


def _order_days(is_order: NDArray[np.bool_], keys: pl.DataFrame) -> NDArray[np.bool_]:
    found = np.zeros_like(is_order)
    for outlet in keys["outlet_id"].unique():
        own = (keys["outlet_id"] == outlet).to_numpy()
        found[:, own] = is_order[:, own].any(axis=1, keepdims=True)
    return found


def replay_in_force(days: Days, policy: InForce, lead_days: NDArray[np.int64]) -> Floats:
    """(days, series) units filled from day 1 on: receive, serve who waits, serve the day, order at its end.

    Day 0 is the start: its closing stock is given, and what was on its way then arrives as it did. What is
    asked for and not there waits in the share in which it did on that day, else it is gone.
    """
    count, series = days.asked.shape
    arriving = np.zeros((count + int(lead_days.max(initial=0)) + 2, series))
    arriving[:count] = _already_on_the_way(days.coming)
    net = days.on_hand[0].copy()
    owed, coming = days.owed[0].copy(), days.coming[0].copy()
    patience, filled, each = _patience(days), np.zeros_like(days.asked), np.arange(series)
    for day in range(1, count):
        net, coming = net + arriving[day], np.maximum(coming - arriving[day], 0.0)
        given = np.minimum(net, owed)
        net, owed = net - given, owed - given
        filled[day] = np.minimum(np.maximum(net, 0.0), days.asked[day])
        net = net - filled[day]
        owed = owed + patience * (days.asked[day] - filled[day])
        position = net + coming - owed
        is_due = policy.order_days[day] & (position <= policy.point)
        units = np.where(is_due, np.ceil(policy.up_to - position), 0.0)
        arriving[day + np.maximum(lead_days, 1), each] += units
        coming = coming + units
    return filled


def _already_on_the_way(coming: Floats) -> Floats:
    """Receipts of what was ordered by day 0: the first to arrive, as many units as were coming then."""
    return np.diff(np.minimum(np.cumsum(received(coming), axis=0), coming[0]), axis=0, prepend=0.0)


def _patience(days: Days) -> Floats:
    """Share of the units not there that waited, by series; of all series where it never happened."""
    short = (days.asked - days.filled).sum(axis=0)
    overall = days.waited.sum() / max(short.sum(), 1e-9) if short.sum() else 1.0
    return np.clip(np.where(short > 0, days.waited.sum(axis=0) / np.maximum(short, 1e-9), overall), 0.0, 1.0)


def reproduce(days: Days, lead_days: NDArray[np.int64]) -> Reproduced | None:
    """The policy in force replayed on the days it was read from; None when nobody asked for anything."""
    asked = days.asked[1:].sum(axis=0)
    if not asked.sum():
        return None
    policy = policy_in_force(days)
    filled = replay_in_force(days, policy, lead_days)[1:].sum(axis=0)
    draws = np.random.default_rng(0).multinomial(asked.size, np.full(asked.size, 1 / asked.size), size=DRAWS)
    low, high = np.percentile((draws @ filled) / np.maximum(draws @ asked, 1e-9), BAND)
    total = asked.sum()
    return Reproduced(
        observed_fill=float(days.filled[1:].sum() / total),
        replayed_fill=float(filled.sum() / total),
        low=float(low),
        high=float(high),
        units=int(total),
        days=days.asked.shape[0] - 1,
        series=asked.size,
        orders=int(policy.orders.sum()),
    )


def days_of(stock: pl.DataFrame, requests: pl.DataFrame, keys: pl.DataFrame) -> Days:
    """The recorded days of `keys` (outlet_id, part_id), from the first to the last day of `stock`.

    stock: KEY, stock_date, on_hand, coming. requests: KEY, demand_date, asked, filled, waited; those of as
    many days before say who may still wait on the first.
    """
    first: date = stock["stock_date"].min()  # type: ignore[assignment]
    last: date = stock["stock_date"].max()  # type: ignore[assignment]
    count = (last - first).days + 1
    before = first - timedelta(days=count)
    numbered = keys.select(KEY).with_row_index("series")

    def grid(frame: pl.DataFrame, day: str, units: str, *, since: date = first) -> Floats:
        out = np.zeros(((last - since).days + 1, keys.height))
        found = (
            frame.filter(pl.col(day).is_between(since, last))
            .join(numbered, on=KEY)
            .select("series", pl.col(units).cast(pl.Float64), at=(pl.col(day) - since).dt.total_days())
        )
        np.add.at(out, (found["at"].to_numpy(), found["series"].to_numpy()), found[units].to_numpy())
        return out

    on_hand, coming = grid(stock, "stock_date", "on_hand"), grid(stock, "stock_date", "coming")
    waited = grid(requests, "demand_date", "waited", since=before)
    asked, filled = grid(requests, "demand_date", "asked"), grid(requests, "demand_date", "filled")
    owed = _owed(waited, on_hand, coming)
    return Days(keys.select(KEY), on_hand, coming, asked, filled, waited[-count:], owed)


def _owed(waited: Floats, on_hand: Floats, coming: Floats) -> Floats:
    """What customers wait for at the end of each day: what arrives goes to them first.

    With stock on the shelf at night nobody waits any more; who waits on the first day has his part on order.
    """
    count, arrived = len(on_hand), received(coming)
    now = np.minimum(waited[: len(waited) - count + 1].sum(axis=0), coming[0])
    owed = np.zeros_like(on_hand)
    for day in range(count):
        if day:
            now = np.maximum(now - arrived[day], 0.0) + waited[len(waited) - count + day]
        now = np.where(on_hand[day] > 0, 0.0, now)
        owed[day] = now
    return owed
