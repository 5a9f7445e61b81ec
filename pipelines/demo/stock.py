"""One outlet's shelf, day by day: a reorder-point policy, lead times, and the sales it fails to make.

In: requests of a block. Out: what became of each, and every order line and count that moved the stock.
All outlets and parts of the block advance together; the only loop is over days.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipelines.demo.catalogue import Parts
from pipelines.demo.clock import Clock, Floats, Ints
from pipelines.demo.demand import Requests
from pipelines.demo.network import Outlet

STOCK, URGENT = 0, 1
_LEFT_OPEN_DAYS = 14  # stock orders before the cut that are left to whoever opens the demo
_RING = 256  # days an arrival may lie ahead
_SHORT = 0.05  # order lines the warehouse cannot ship whole
_MISCOUNT = 0.01  # lines that arrive one unit short
_SMOOTH = 0.15
_LINE = np.dtype(
    [
        ("series", np.int64), ("day", np.int64), ("kind", np.int64), ("units", np.int64), ("now", np.int64),
        ("late", np.int64), ("arrives", np.int64), ("arrives_late", np.int64), ("received", np.int64),
    ]
)  # fmt: skip


@dataclass
class Shelf:
    """State of every outlet x part of a block, and the journal of what happened to it."""

    on_hand: Ints
    on_order: Ints
    backlog: Ints
    rate: Floats  # units a day, as the outlet believes
    moved: Ints  # units that left since the last review
    arriving: Ints  # units by day of arrival, a ring
    owed: Ints  # units taken off `on_order` by day of arrival
    lines: list[np.ndarray] = field(default_factory=list)
    fills: list[tuple[int, Ints, Ints]] = field(default_factory=list)  # day, series, units to back-orders
    counts: list[tuple[int, Ints, Ints]] = field(default_factory=list)  # day, series, adjustment


@dataclass(frozen=True)
class Outcome:
    """What became of each simulated request, and the journal."""

    filled: Ints
    backordered: Ints
    lost: Ints
    filled_day: Ints  # day the back-order was handed out; beyond the cut when still open
    opening: Ints  # units by series at the start
    lines: np.ndarray
    counts: list[tuple[int, Ints, Ints]]
    on_hand: Ints


def simulate_stock(
    rng: np.random.Generator,
    outlets: list[Outlet],
    parts: Parts,
    clock: Clock,
    requests: Requests,
    expected: Floats,
) -> Outcome:
    """Run the block from the first day to the cut. `requests` holds those before the cut only."""
    series = requests.outlet * len(parts) + requests.part
    first = expected[:, :, :6].mean(axis=2) * (1 + parts.mean_extra)[None, :] / 30.4
    error = rng.lognormal(0, 1, first.shape) ** np.array([o.quality for o in outlets])[:, None]
    shelf = _open_shelf((first * error).ravel())
    policy = _Policy(rng, outlets, parts, clock)
    policy.stock_up(shelf)
    opening = shelf.on_hand.copy()
    result = {name: np.zeros(len(requests), dtype=np.int64) for name in ("filled", "backordered", "lost")}
    for day, groups in enumerate(_groups(requests.day, series, clock.cut_day)):
        _receive(shelf, day)
        for rows in groups:
            _serve(shelf, series[rows], rows, requests, result)
        policy.count(shelf, day)
        policy.review(shelf, day)
    lines = np.concatenate(shelf.lines) if shelf.lines else np.zeros(0, dtype=_LINE)
    filled_day = _handed_out(series, result["backordered"], shelf.fills)
    return Outcome(
        filled_day=filled_day,
        opening=opening,
        lines=lines,
        counts=shelf.counts,
        on_hand=shelf.on_hand,
        **result,
    )


def _open_shelf(rate: Floats) -> Shelf:
    n = len(rate)
    zero = np.zeros(n, dtype=np.int64)
    ring = np.zeros((_RING, n), dtype=np.int64)
    return Shelf(zero.copy(), zero.copy(), zero.copy(), rate, zero.copy(), ring, ring.copy())


def _groups(day: Ints, series: Ints, days: int) -> list[list[Ints]]:
    """For each day, rows to serve together: first requests of each series, then second ones, and so on."""
    order = np.lexsort((np.arange(len(day)), series, day))
    key = day[order] * (series.max(initial=0) + 1) + series[order]
    fresh = np.concatenate([[True], key[1:] != key[:-1]])[: len(key)]
    begin = np.maximum.accumulate(np.where(fresh, np.arange(len(key)), 0))
    turn = np.arange(len(key)) - begin
    order = order[np.lexsort((series[order], turn, day[order]))]
    turn_of = np.empty(len(day), dtype=np.int64)
    turn_of[np.lexsort((np.arange(len(day)), series, day))] = turn
    width = int(turn.max(initial=0)) + 1
    slot = day[order] * width + turn_of[order]
    edges = np.searchsorted(slot, np.arange(days * width + 1))
    return [
        [order[edges[s] : edges[s + 1]] for s in range(d * width, (d + 1) * width) if edges[s] < edges[s + 1]]
        for d in range(days)
    ]


def _receive(shelf: Shelf, day: int) -> None:
    """Arrivals go on the shelf, then to those who wait."""
    slot = day % _RING
    if not shelf.owed[slot].any():
        return
    shelf.on_hand += shelf.arriving[slot]
    shelf.on_order -= shelf.owed[slot]
    shelf.arriving[slot] = 0
    shelf.owed[slot] = 0
    given = np.minimum(shelf.on_hand, shelf.backlog)
    rows = np.flatnonzero(given)
    if len(rows):
        shelf.on_hand[rows] -= given[rows]
        shelf.backlog[rows] -= given[rows]
        shelf.fills.append((day, rows, given[rows]))


def _serve(shelf: Shelf, series: Ints, rows: Ints, requests: Requests, result: dict[str, Ints]) -> None:
    """One request per series: hand out what is there, the rest waits, is lost or withdrawn."""
    units = requests.units[rows]
    filled = np.minimum(shelf.on_hand[series], units)
    rest = units - filled
    # a workshop takes what it gets; whoever leaves the counter leaves with nothing
    walks = (rest > 0) & (requests.resolve[rows] > 0) & (requests.channel[rows] == 1)
    filled = np.where(walks, 0, filled)
    rest = units - filled
    waits = np.where(requests.resolve[rows] == 0, rest, 0)
    result["filled"][rows] = filled
    result["backordered"][rows] = waits
    result["lost"][rows] = np.where(requests.resolve[rows] == 1, rest, 0)
    shelf.on_hand[series] -= filled
    shelf.backlog[series] += waits
    shelf.moved[series] += filled + waits


def _handed_out(series: Ints, waits: Ints, fills: list[tuple[int, Ints, Ints]]) -> Ints:
    """Day on which each back-order was complete, first come first served; 10**6 when it still waits."""
    day = np.full(len(series), 10**6)
    rows = np.flatnonzero(waits)
    if not len(rows) or not fills:
        return day
    rows = rows[np.argsort(series[rows], kind="stable")]
    wanted = _running(series[rows], waits[rows])
    f_day = np.concatenate([np.full(len(s), d) for d, s, _ in fills])
    f_series = np.concatenate([s for _, s, _ in fills])
    f_units = np.concatenate([u for _, _, u in fills])
    order = np.argsort(f_series, kind="stable")
    given = _running(f_series[order], f_units[order])
    # one sorted axis for both: series first, running units second
    scale = int(max(wanted.max(), given.max())) + 1
    at = np.searchsorted(f_series[order] * scale + given, series[rows] * scale + wanted)
    hit = at < len(order)
    hit[hit] = f_series[order][at[hit]] == series[rows][hit]
    day[rows[hit]] = f_day[order][at[hit]]
    return day


def _running(group: Ints, values: Ints) -> Ints:
    """Running sum within each run of equal `group` values."""
    total = np.cumsum(values)
    fresh = np.concatenate([[True], group[1:] != group[:-1]])
    base = np.where(fresh, total - values, 0)
    return total - np.maximum.accumulate(base)


class _Policy:
    """How outlets order: review every few days, order up to a level when the position is at the point."""

    def __init__(self, rng: np.random.Generator, outlets: list[Outlet], parts: Parts, clock: Clock) -> None:
        n = len(parts)
        self.rng, self.parts, self.clock = rng, parts, clock
        self.outlet = np.repeat(np.arange(len(outlets)), n)
        self.part = np.tile(np.arange(n), len(outlets))
        self.lead = np.array([o.lead_days for o in outlets])
        self.cycle = np.array([o.review_days for o in outlets])
        self.phase = np.arange(len(outlets)) % self.cycle
        self.safety = 1.7 - 1.8 * np.array([o.quality for o in outlets])
        self.count_day: Ints = 150 + 11 * np.arange(len(outlets)) % 120

    def levels(self, rate: Floats) -> tuple[Ints, Ints]:
        """Order point and order-up-to level. A part asked for less than three times a year is not kept."""
        cover = (self.lead + self.cycle)[self.outlet]
        need = rate * cover
        spread = np.sqrt(need * (1 + 2 * self.parts.mean_extra[self.part]))
        point = np.ceil(need + self.safety[self.outlet] * spread).astype(np.int64)
        up_to = point + np.maximum(np.ceil(rate * 21).astype(np.int64), 1)
        kept = rate * 365 / (1 + self.parts.mean_extra[self.part]) >= 3
        return np.where(kept, point, -1), np.where(kept, up_to, 0)

    def stock_up(self, shelf: Shelf) -> None:
        """Opening stock: between point and level, as after years of business."""
        point, up_to = self.levels(shelf.rate)
        draw = self.rng.random(len(point))
        shelf.on_hand[:] = np.where(point >= 0, np.rint(point + draw * (up_to - point)), 0)
        shelf.on_hand[self.parts.start_day[self.part] > 0] = 0

    def review(self, shelf: Shelf, day: int) -> None:
        """Stock orders of the outlets whose turn it is; urgent ones for whoever waits."""
        self._placements(shelf, day)
        # nothing leaves a warehouse on a day when the outlet is closed
        if day in self._closed(day):
            return
        turn = (day % self.cycle == self.phase)[self.outlet]
        if turn.any() and day < self.clock.cut_day - _LEFT_OPEN_DAYS:
            seen = shelf.moved / self.cycle[self.outlet]
            shelf.rate = np.where(turn, (1 - _SMOOTH) * shelf.rate + _SMOOTH * seen, shelf.rate)
            shelf.moved[turn] = 0
            point, up_to = self.levels(shelf.rate)
            position = shelf.on_hand + shelf.on_order - shelf.backlog
            alive = day < self.parts.change_day[self.part] - 30
            alive &= day >= self.parts.start_day[self.part] - 30
            due = turn & alive & (position <= point)
            self._order(shelf, day, np.flatnonzero(due), (up_to - position)[due], STOCK)
        short = np.flatnonzero(shelf.backlog > shelf.on_order)
        self._order(shelf, day, short, (shelf.backlog - shelf.on_order)[short], URGENT)

    def count(self, shelf: Shelf, day: int) -> None:
        """Once a year the shelf is counted, and a few bins are one off."""
        due = (np.equal(day % 365, self.count_day))[self.outlet] & (shelf.on_hand > 0)
        rows = np.flatnonzero(due)
        rows = rows[self.rng.random(len(rows)) < 0.06]
        if len(rows):
            change = self.rng.choice([-1, -1, 1], len(rows))
            shelf.on_hand[rows] += change
            shelf.counts.append((day, rows, change))

    def _closed(self, day: int) -> frozenset[int]:
        return frozenset() if (self.clock.start.toordinal() + day) % 7 else frozenset({day})  # Sundays

    def _placements(self, shelf: Shelf, day: int) -> None:
        """A successor inherits its predecessor's demand thirty days before it takes over."""
        for old in np.flatnonzero(self.parts.change_day - 30 == day):
            at_old = np.flatnonzero(self.part == old)
            at_new = np.flatnonzero(self.part == self.parts.successor[old])
            shelf.rate[at_new] += shelf.rate[at_old] * self.parts.factor[old]

    def _order(self, shelf: Shelf, day: int, rows: Ints, wanted: Ints, kind: int) -> None:
        if not len(rows):
            return
        part, outlet = self.part[rows], self.outlet[rows]
        pack = self.parts.pack[part]
        units = -(-np.maximum(wanted, self.parts.minimum[part] if kind == STOCK else 1) // pack) * pack
        wait = self.lead if kind == STOCK else np.maximum(2, self.lead // 2)
        delay = self.rng.gamma(2.0, 0.08 * self.lead + 0.3)  # one truck per outlet and day
        arrives = day + np.minimum(np.rint(wait + delay), 90).astype(np.int64)[outlet]
        line = np.zeros(len(rows), dtype=_LINE)
        line["series"], line["day"], line["kind"], line["units"] = rows, day, kind, units
        short = self.rng.random(len(rows)) < _SHORT
        line["late"] = np.where(short, units - units // (2 * pack) * pack, 0)
        line["now"] = units - line["late"]
        line["arrives"], line["arrives_late"] = arrives, arrives + self.rng.integers(9, 36, len(rows))
        line["received"] = line["now"] - ((self.rng.random(len(rows)) < _MISCOUNT) & (line["now"] > 1))
        shelf.lines.append(line)
        shelf.on_order[rows] += units
        for sent, got, when in (
            (line["now"], line["received"], line["arrives"]),
            (line["late"], line["late"], line["arrives_late"]),
        ):
            np.add.at(shelf.owed, (when % _RING, rows), sent)
            np.add.at(shelf.arriving, (when % _RING, rows), got)
