"""Fill against stock: the frontier of a policy, where it reaches a target, and a level that hits a target.

Demand of a panel in; a table of one row per policy and setting, and one per policy and target, out. A nominal
chance is not a fill rate: `calibrated()` sets the knob by the fill that earlier periods measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.stock_policy import Known, Policy, knobs, known, levels
from forecasting.stock_replay import Outcome, Replay, Terms, outcome, replay

Floats = NDArray[np.float64]

RESAMPLES = 200
BAND = (5.0, 95.0)  # percentiles of the bootstrap over series
# A knob follows the fill of the last quarter: over a year it lags behind a changing assortment and overshoots
# (docs/replenishment.md states by how much).
LOOK_BACK = 3
# The replay that the knob is read from starts this much earlier, so that its opening stock is forgotten.
WARM_UP = 12


@dataclass(frozen=True)
class Frontier:
    """One policy replayed with every setting; outcomes in the order of `settings`, lean to rich."""

    policy: Policy
    settings: tuple[float, ...]
    outcomes: tuple[Outcome, ...]

    def curve(self, weights: Floats | None = None) -> tuple[Floats, Floats]:
        """Fill and periods of demand on the shelf, per setting; `weights` counts each series (bootstrap)."""
        w = np.ones_like(self.outcomes[0].asked) if weights is None else weights
        asked = float(w @ self.outcomes[0].asked)
        fill = np.array([w @ o.filled for o in self.outcomes]) / asked
        stock = np.array([w @ o.held for o in self.outcomes]) / asked
        return fill, stock

    def stock_at(self, target: float, weights: Floats | None = None) -> float:
        """Periods of demand on the shelf at a measured fill, between settings in line; NaN: never reached."""
        fill, stock = self.curve(weights)
        if target > fill.max():
            return float("nan")
        rising = np.argsort(fill, kind="stable")
        return float(np.interp(target, fill[rising], stock[rising]))


@dataclass(frozen=True)
class Simulation:
    """A policy on real demand: its curve, and per target fill the replay whose knob earlier fill chose."""

    curve: Frontier
    achieved: dict[float, Outcome]


def simulate(
    units: Floats,
    policy: Policy,
    *,
    start: int,
    terms: Terms,
    targets: Sequence[float] = (),
    season: int = 12,
) -> Simulation:
    """Replay periods `start` to the end under every setting; for `targets` calibrate on what came before.

    units: (periods, series); before `start` NaN is allowed (unknown), from WARM_UP before it on it is not.
    """
    warm = min(WARM_UP, start - 1)
    cuts = list(range(start - warm, units.shape[0]))
    found = known(units, cuts, policy, terms=terms, season=season)
    demand = units[start - warm :]
    curve = sweep(later(found, warm), units[start:], terms=terms, season=season)
    achieved = {
        target: outcome(run, terms, periods_per_year=season)
        for target, run in calibrated(found, demand, targets, terms=terms, warm=warm).items()
    }
    return Simulation(curve, achieved)


def later(found: Known, cut: int) -> Known:
    return Known(found.policy, found.mean[cut:], found.dispersion[cut:])


def sweep(found: Known, demand: Floats, *, terms: Terms, season: int = 12) -> Frontier:
    settings = knobs(found.policy)
    outcomes = [
        outcome(replay(levels(found, knob, terms), demand, terms), terms, periods_per_year=season)
        for knob in settings
    ]
    return Frontier(found.policy, settings, tuple(outcomes))


def band(curve: Frontier, target: float, *, seed: int = 0) -> tuple[float, float]:
    """Percentiles BAND of the stock at a fill when series are drawn anew; NaN where a draw misses it."""
    rng = np.random.default_rng(seed)
    n = curve.outcomes[0].asked.size
    drawn = [
        curve.stock_at(target, np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64))
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(np.nan_to_num(drawn, nan=np.inf), BAND, method="nearest")
    return float(low), float(high)


def calibrated(
    found: Known, demand: Floats, targets: Sequence[float], *, terms: Terms, warm: int
) -> dict[float, Replay]:
    """Per target, the replay from period `warm` on, its knob set each period by the fill measured before it.

    found, demand: (periods, series), the first `warm` of them for calibration only; each period looks back
    LOOK_BACK periods. Nothing of a period is read before the period is over.
    """
    if not targets:
        return {}
    settings = np.array(knobs(found.policy))
    runs = (replay(levels(found, knob, terms), demand, terms) for knob in settings)
    filled, asked = np.stack([run.filled.sum(axis=1) for run in runs]), demand.sum(axis=1)
    result = {}
    for target in targets:
        used = [_knob(settings, filled, asked, target, t) for t in range(warm, len(demand))]
        chosen = levels(later(found, warm), np.array(used)[:, None], terms)
        result[target] = replay(chosen, demand[warm:], terms)
    return result


def _knob(settings: Floats, filled: Floats, asked: Floats, target: float, at: int) -> float:
    """The setting whose fill over the look-back is the target, between settings in line."""
    back = slice(max(0, at - LOOK_BACK), at)
    fill = np.maximum.accumulate(filled[:, back].sum(axis=1) / max(float(asked[back].sum()), 1e-9))
    return float(np.interp(target, fill, settings))


def frontier_table(curves: Sequence[Frontier]) -> pl.DataFrame:
    """One row per policy and setting: what it fills, holds, costs in lines, and leaves to write off."""
    return pl.DataFrame(
        [
            {
                "policy": curve.policy.value,
                "setting": setting,
                "fill": o.fill,
                "stock_periods": o.stock_periods,
                "stock_value": float(o.held_value.sum()) / o.periods,
                "turns_per_replay": _share(float(o.asked_value.sum()), float(o.held_value.sum()) / o.periods),
                "order_lines": int(o.order_lines.sum()),
                "emergency_lines": int(o.emergency_lines.sum()),
                "short_units": float((o.asked - o.filled).sum()),
                "obsolete_share": _share(float(o.obsolete_value.sum()), float(o.closing_value.sum())),
            }
            for curve in curves
            for setting, o in zip(curve.settings, curve.outcomes, strict=True)
        ]
    )


def target_table(curves: Sequence[Frontier], targets: Sequence[float], *, seed: int = 0) -> pl.DataFrame:
    """One row per policy and target fill: stock needed with its band; null where no setting reaches it."""
    rows = []
    for curve in curves:
        for target in targets:
            low, high = band(curve, target, seed=seed)
            rows.append((curve.policy.value, target, curve.stock_at(target), low, high))
    columns = ["policy", "target_fill", "stock_periods", "stock_low", "stock_high"]
    table = pl.DataFrame(rows, schema=columns, orient="row")
    return table.with_columns(
        pl.when(pl.col(c).is_finite()).then(pl.col(c)) for c in ("stock_periods", "stock_low", "stock_high")
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
