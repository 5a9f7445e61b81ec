"""Real demand replayed under a stocking policy, period by period: what would have been on the shelf?

(periods, series) of order-up-to levels and of demand in, what was filled, held and ordered out. Nothing is
random: the demand is the recorded one, and a customer who is not served at once waits (back-order).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# Stock counts as obsolete when nobody asked for the part in this many months at the end of the replay.
OBSOLETE_MONTHS = 12


@dataclass(frozen=True)
class Terms:
    """Conditions of supply, each (series,): periods, whole units, money a unit (1.0: units are counted)."""

    lead_time: Integers
    review: Integers
    pack_size: Integers
    unit_cost: Floats

    @staticmethod
    def equal(
        series: int, *, lead_time: int, review: int = 1, pack_size: int = 1, unit_cost: float = 1.0
    ) -> Terms:
        """The same terms for every series."""
        whole = [np.full(series, value, dtype=np.int64) for value in (lead_time, review, pack_size)]
        return Terms(whole[0], whole[1], whole[2], np.full(series, unit_cost))

    def of(self, some: NDArray[np.intp] | NDArray[np.bool_]) -> Terms:
        return Terms(
            self.lead_time[some], self.review[some], self.pack_size[some], self.unit_cost[some]
        )  # fmt: skip


@dataclass(frozen=True)
class Replay:
    """What happened, (periods, series), in units: `filled` at once, `on_hand` at the end of the period,
    `ordered` at its start, `owed` to customers at its end."""

    asked: Floats
    filled: Floats
    on_hand: Floats
    ordered: Floats
    owed: Floats


def replay(
    levels: NDArray[np.number], demand: Floats, terms: Terms, *, opening: Floats | None = None
) -> Replay:
    """Each period: receive, order up to the level (in review periods, in whole packs), then serve.

    levels, demand: (periods, series); demand must be known (no NaN) and >= 0. An order placed at the start
    of period t is received at the start of t + lead_time. `opening` stock is (series,), by default the first
    level. Back-orders are served first from what arrives. Raises ValueError naming the argument.
    """
    _check(levels, demand, terms)
    periods, series = demand.shape
    net = np.array(levels[0] if opening is None else opening, dtype=np.float64)
    ring = np.zeros((int(terms.lead_time.max(initial=0)) + 1, series))
    coming, each = np.zeros(series), np.arange(series)
    filled, on_hand, ordered, owed = (np.empty(demand.shape) for _ in range(4))
    for t in range(periods):
        slot = t % len(ring)
        arrived, ring[slot] = ring[slot].copy(), 0.0
        net, coming = net + arrived, coming - arrived
        need = np.where(t % terms.review == 0, levels[t] - net - coming, 0.0)
        order = np.ceil(np.maximum(need, 0.0) / terms.pack_size) * terms.pack_size
        ring[(t + terms.lead_time) % len(ring), each] += order
        at_once = np.where(terms.lead_time == 0, order, 0.0)
        ring[slot] -= at_once
        net, coming = net + at_once, coming + order - at_once
        filled[t] = np.minimum(np.maximum(net, 0.0), demand[t])
        net = net - demand[t]
        on_hand[t], owed[t], ordered[t] = np.maximum(net, 0.0), np.maximum(-net, 0.0), order
    return Replay(demand, filled, on_hand, ordered, owed)


@dataclass(frozen=True)
class Outcome:
    """One replay in figures; per series sums so that a bootstrap can weigh them. Shares are of units."""

    asked: Floats
    filled: Floats
    held: Floats  # sum over periods of units on hand at the end
    asked_value: Floats
    held_value: Floats
    order_lines: Floats
    emergency_lines: Floats  # periods in which somebody had to wait: each would be an emergency order
    obsolete_value: Floats  # what lies there at the end of parts that nobody asked for any more
    closing_value: Floats
    periods: int

    @property
    def fill(self) -> float:
        """Units served at once over units asked for; NaN when nothing was."""
        total = float(self.asked.sum())
        return float(self.filled.sum()) / total if total else float("nan")

    @property
    def stock_periods(self) -> float:
        """Periods of demand on the shelf, in units: mean stock over mean demand."""
        total = float(self.asked.sum())
        return float(self.held.sum()) / total if total else float("nan")


def outcome(run: Replay, terms: Terms, *, skip: int = 0, periods_per_year: int = 12) -> Outcome:
    """Sum a replay over its periods from `skip` on."""
    asked, held = run.asked[skip:].sum(axis=0), run.on_hand[skip:].sum(axis=0)
    silent = periods_per_year * OBSOLETE_MONTHS // 12
    dead = run.asked[-silent:].sum(axis=0) == 0
    closing = run.on_hand[-1] * terms.unit_cost
    return Outcome(
        asked,
        run.filled[skip:].sum(axis=0),
        held,
        asked * terms.unit_cost,
        held * terms.unit_cost,
        (run.ordered[skip:] > 0).sum(axis=0).astype(np.float64),
        (run.filled[skip:] < run.asked[skip:]).sum(axis=0).astype(np.float64),
        np.where(dead, closing, 0.0),
        closing,
        run.asked.shape[0] - skip,
    )


def _check(levels: NDArray[np.number], demand: Floats, terms: Terms) -> None:
    if levels.shape != demand.shape or demand.ndim != 2 or not demand.shape[0]:
        raise ValueError(
            f"levels {levels.shape} and demand {demand.shape} must be the same (periods, series)"
        )
    if not np.all(np.isfinite(demand)) or np.any(demand < 0):
        raise ValueError("demand must be known and >= 0: leave out periods in which it was not recorded")
    if not np.all(np.isfinite(levels)) or np.any(levels < 0):
        raise ValueError("levels must be finite and >= 0: a part without a level is stocked at 0")
    for name, value, least in (
        ("lead_time", terms.lead_time, 0), ("review", terms.review, 1), ("pack_size", terms.pack_size, 1),
    ):  # fmt: skip
        if value.shape != (demand.shape[1],) or np.any(value < least):
            raise ValueError(f"{name} must be one whole number >= {least} for each series")
