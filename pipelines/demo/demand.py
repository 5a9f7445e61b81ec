"""What customers ask for, before anybody looks at the shelf: the uncensored demand of parts.

One row a request. The expected units behind it are known and go to the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo.brand import FAMILIES, MARKETS, PART_SEASONS, RECALL_MONTH, SOUTHERN
from pipelines.demo.catalogue import Parts
from pipelines.demo.clock import HISTORY_MONTHS, Bools, Clock, Floats, Ints
from pipelines.demo.network import Outlet

ASK_AHEAD_DAYS = 21  # appointments are booked this far ahead
CHANNELS = ("repair_order", "counter", "wholesale", "internal", "warranty")
_ELSEWHERE = np.array([0.70, 0.18, 0.12])  # counter, wholesale, internal: requests outside the workshop
_WARRANTY = 0.14  # share of the workshop's requests
_STILL_OLD = 0.15  # share of requests that still name the superseded number
_OPENS, _CLOSES = 8.5 * 3600, 17.5 * 3600


@dataclass(frozen=True)
class Requests:
    """Requests of one block, sorted by day and second. Outlet and part are indices."""

    outlet: Ints
    part: Ints  # number handed out
    asked: Ints  # number the customer named
    day: Ints
    second: Ints
    units: Ints
    channel: Ints  # index into CHANNELS
    resolve: Ints  # what an unfilled rest becomes: 0 back-order, 1 lost, 2 withdrawn
    recorded: Bools  # a lost request that nobody writes down is not recorded
    recall: Bools

    def __len__(self) -> int:
        return len(self.outlet)

    def take(self, rows: Ints) -> Requests:
        return Requests(
            self.outlet[rows], self.part[rows], self.asked[rows], self.day[rows], self.second[rows],
            self.units[rows], self.channel[rows], self.resolve[rows], self.recorded[rows], self.recall[rows],
        )  # fmt: skip


def expected_requests(
    rng: np.random.Generator, outlets: list[Outlet], parts: Parts, clock: Clock
) -> tuple[Floats, Floats]:
    """Requests a month by outlet, chain head and month; and the outlet's own taste."""
    months = min(HISTORY_MONTHS + 7, clock.months)
    market = outlets[0].market
    years = np.arange(months) / 12.0
    moy = clock.month_of_year()[:months]
    shift = 6 if MARKETS[market].code in SOUTHERN else 0
    seasons = np.array([PART_SEASONS[f.season] for f in FAMILIES])[parts.family]
    spot = (moy[None, :] + shift + np.rint(parts.phase)[:, None].astype(np.int64)) % 12
    season = np.take_along_axis(seasons, spot, axis=1)
    grown = (1 + parts.trend[:, None]) ** years[None, :] * (1 + MARKETS[market].growth) ** years[None, :]
    faith = 1 - (1 - MARKETS[market].ramadan_factor) * 0.4 * clock.ramadan_share[:months]
    taste = rng.lognormal(-0.18, 0.6, (len(outlets), len(parts)))
    weight = np.array([o.weight * o.serves for o in outlets])
    monthly = parts.rate[:, None] * season * grown * faith[None, :]
    return weight[:, None, None] * taste[:, :, None] * monthly[None, :, :], taste


def draw_requests(
    rng: np.random.Generator, outlets: list[Outlet], parts: Parts, clock: Clock, expected: Floats
) -> Requests:
    """Requests from the first day of history to `ASK_AHEAD_DAYS` after the cut."""
    crowd = rng.gamma(6.0, 1 / 6.0, expected.shape)
    count = rng.poisson(expected * crowd)
    outlet, head, month = (np.repeat(i, count.ravel()) for i in _cells(expected.shape))
    n = len(outlet)
    market = np.full(n, outlets[0].market)
    day = clock.some_working_day(rng, market, month)
    second = rng.integers(int(_OPENS), int(_CLOSES), n)
    extra = parts.mean_extra[head]
    units = 1 + rng.geometric(1 / (1 + extra)) - 1
    families = np.array([f.workshop for f in FAMILIES])[parts.family[head]]
    channel = _channels(rng, families)
    part, asked, units = _along_chain(rng, parts, head, day, units, len(outlets), outlet)
    drawn = Requests(
        outlet, part, asked, day, second, np.minimum(units, 200), channel, _resolutions(rng, channel),
        np.ones(n, dtype=bool), np.zeros(n, dtype=bool),
    )  # fmt: skip
    drawn = _with_recall(rng, drawn, outlets, parts, clock)
    drawn = drawn.take(np.flatnonzero(drawn.day < clock.cut_day + ASK_AHEAD_DAYS))
    hidden = (drawn.resolve == 1) & (rng.random(len(drawn)) < 0.35)
    drawn = Requests(**{**_fields(drawn), "recorded": ~hidden})
    return drawn.take(np.lexsort((drawn.second, drawn.day)))


def _fields(requests: Requests) -> dict[str, Ints]:
    return {name: getattr(requests, name) for name in Requests.__dataclass_fields__}


def _cells(shape: tuple[int, ...]) -> tuple[Ints, ...]:
    return tuple(axis.ravel() for axis in np.indices(shape))


def _channels(rng: np.random.Generator, workshop: Floats) -> Ints:
    """Index into CHANNELS of each request."""
    in_shop = rng.random(len(workshop)) < workshop
    warranty = rng.random(len(workshop)) < _WARRANTY
    other = rng.choice([1, 2, 3], size=len(workshop), p=_ELSEWHERE)
    return np.where(in_shop, np.where(warranty, 4, 0), other)


def _resolutions(rng: np.random.Generator, channel: Ints) -> Ints:
    """A car on the lift waits; a customer at the counter walks away."""
    lost = np.array([0.15, 0.62, 0.5, 0.2, 0.0])[channel]
    draw = rng.random(len(channel))
    return np.where(draw < lost, 1, np.where(draw < lost + 0.04, 2, 0))


def _along_chain(
    rng: np.random.Generator, parts: Parts, head: Ints, day: Ints, units: Ints, outlets: int, outlet: Ints
) -> tuple[Ints, Ints, Ints]:
    """Number handed out, number named, units of the former. Outlets learn of a change one after another."""
    lag = rng.integers(0, 25, outlets)[outlet]
    part, asked = head.copy(), head.copy()
    for _hop in range(2):
        moved = (parts.successor[part] >= 0) & (day >= parts.change_day[part] + lag)
        factor = np.where(moved, parts.factor[part], 1)
        new = np.where(moved, parts.successor[part], part)
        # the old number is still named, which only works one to one
        old_name = moved & (factor == 1) & (rng.random(len(part)) < _STILL_OLD)
        asked = np.where(moved, np.where(old_name, part, new), asked)
        part, units = new, units * factor
    return part, asked, units


def _with_recall(
    rng: np.random.Generator, drawn: Requests, outlets: list[Outlet], parts: Parts, clock: Clock
) -> Requests:
    """The recall asks for one part at every workshop, most in its first two months."""
    count = rng.poisson([14.0 * o.weight * o.serves for o in outlets])
    outlet = np.repeat(np.arange(len(outlets)), count)
    n = len(outlet)
    first = int(clock.month_starts[RECALL_MONTH])
    month = clock.month_of_day(first + np.minimum(rng.exponential(40, n), 170).astype(np.int64))
    day = clock.some_working_day(rng, np.full(n, outlets[0].market), month)
    part = np.full(n, parts.recall)
    recall = Requests(
        outlet, part, part, day, rng.integers(int(_OPENS), int(_CLOSES), n), np.ones(n, dtype=np.int64),
        np.full(n, 4), np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool), np.ones(n, dtype=bool),
    )  # fmt: skip
    both = {
        name: np.concatenate([a, b])
        for (name, a), b in zip(_fields(drawn).items(), _fields(recall).values(), strict=True)
    }
    return Requests(**both)


def expected_units(expected: Floats, outlets: list[Outlet], parts: Parts, clock: Clock) -> pl.DataFrame:
    """Truth: outlet_id, part_id (number current in the month), demand_month, expected_units.

    Months past the cut are included, so that a forecast can be scored against the mean itself.
    """
    outlet, head, month = _cells(expected.shape)
    units = expected.ravel() * (1 + parts.mean_extra[head])
    part = head.copy()
    for _hop in range(2):
        moved = (parts.successor[part] >= 0) & (clock.month_starts[month] >= parts.change_day[part])
        units = units * np.where(moved, parts.factor[part], 1)
        part = np.where(moved, parts.successor[part], part)
    keep = units >= 0.005
    return pl.DataFrame(
        {
            "outlet_id": np.array([o.code for o in outlets])[outlet[keep]],
            "part_id": np.array(parts.ids)[part[keep]],
            "demand_month": clock.months_as_dates(month[keep]),
            "expected_units": units[keep],
        }
    )
