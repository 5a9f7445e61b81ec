"""Which method for which class, from the backtest; ties go to the simpler.

Losses per candidate and series in, one winner per class out. A method that does not beat naive on
a class is never its winner: naive itself stands in the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A gain below half a percent of loss is within the noise of six overlapping origins.
TIE = 0.005
# Below this many judged windows a class is too small to choose for; it follows the choice of all.
SMALLEST_CLASS = 20


class Method(StrEnum):
    """Declared from the simplest to the least simple: the order breaks ties."""

    naive = "naive"
    seasonal_naive = "seasonal_naive"
    moving_mean = "moving_mean"
    class_mean = "class_mean"
    weighted_mean = "weighted_mean"
    croston_sba = "croston_sba"
    tsb = "tsb"
    seasonal_smoothing = "seasonal_smoothing"
    shares = "shares"
    theta = "theta"
    ets = "ets"
    arima = "arima"
    boosted = "boosted"
    boosted_months = "boosted_months"
    blend = "blend"
    fading = "fading"

    @property
    def complexity(self) -> int:
        return list(Method).index(self)


@dataclass(frozen=True)
class Candidate:
    """One method with its settings; `forecast` is (cuts, series) when flat, else (cuts, horizon, series)."""

    method: Method
    forecast: Floats
    alpha: float | None = None
    settings: str = ""


def winners(candidates: Sequence[Candidate], losses: Floats, group: NDArray[np.str_]) -> dict[str, int]:
    """Index of the winning candidate per group.

    losses: (candidates, items), already scaled so that one big series does not choose for all; an item
    counts only where every candidate has a loss, so that all are judged on the same ones.
    group: (items,). A small or absent group ("" holds that choice) follows the choice of all items.
    """
    judged = ~np.isnan(losses).any(axis=0)
    chosen = {"": simplest_of_the_best(candidates, losses[:, judged].sum(axis=1))}
    for name in np.unique(group):
        members = judged & (group == name)
        if members.sum() >= SMALLEST_CLASS:
            chosen[str(name)] = simplest_of_the_best(candidates, losses[:, members].sum(axis=1))
    return chosen


def simplest_of_the_best(candidates: Sequence[Candidate], totals: Floats) -> int:
    """The simplest candidate within TIE of the least loss; equal methods by their loss."""
    close: list[int] = np.flatnonzero(totals <= totals.min() * (1 + TIE)).tolist()
    return int(min(close, key=lambda i: (candidates[i].method.complexity, totals[i])))
