"""Demand class of each series: what kind of history it has, before any method is chosen.

(periods, series) in, one class per series out. Limits: Syntetos, Boylan and Croston (2005), J. of the
Operational Research Society 56, 495-503, for the four regular classes; ours for the other three.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ADI_LIMIT = 1.32
CV2_LIMIT = 0.49
# A series is new until its first demand is this many periods old: no full season has been seen.
NEW_PERIODS = 12
# Dying: silent for so long that its own rate would give such a silence less often than this ...
SILENCE_CHANCE = 0.05
# ... and for at least half a year, because a fast mover silent for two months may be out of stock.
SILENCE_PERIODS = 6


class DemandClass(StrEnum):
    smooth = "smooth"
    erratic = "erratic"
    intermittent = "intermittent"
    lumpy = "lumpy"
    new = "new"
    dying = "dying"
    no_demand = "no_demand"


@dataclass(frozen=True)
class Shape:
    """What the classes are read from, one element per series; NaN where there was no demand."""

    adi: Floats  # periods per period with demand
    cv2: Floats  # squared coefficient of variation of the sizes, zero periods left out
    periods: NDArray[np.int64]  # from the first recorded period to the end of the panel
    demand_class: NDArray[np.str_]


def classify(units: Floats) -> Shape:
    """Class and shape of every series at the end of its history."""
    seen, hit = ~np.isnan(units), units > 0
    hits = hit.sum(axis=0)
    some = hits > 0
    each = np.maximum(hits, 1)
    mean = np.nansum(units, axis=0) / each
    square = np.nansum(units**2, axis=0) / each
    adi = np.where(some, seen.sum(axis=0) / each, np.nan)
    cv2 = np.where(some, np.maximum(square - mean**2, 0.0) / np.where(some, mean, 1.0) ** 2, np.nan)
    rare, varied = adi >= ADI_LIMIT, cv2 >= CV2_LIMIT
    silence, age = hit[::-1].argmax(axis=0), units.shape[0] - hit.argmax(axis=0)
    name = np.select(
        [~some, age < NEW_PERIODS, _has_died(silence, age, hits), rare & varied, rare, varied],
        [
            DemandClass.no_demand,
            DemandClass.new,
            DemandClass.dying,
            DemandClass.lumpy,
            DemandClass.intermittent,
            DemandClass.erratic,
        ],
        default=DemandClass.smooth,
    )
    periods = np.where(seen.any(axis=0), units.shape[0] - seen.argmax(axis=0), 0)
    return Shape(adi, cv2, periods.astype(np.int64), name.astype(np.str_))


def _has_died(silence: NDArray[np.intp], age: NDArray[np.intp], hits: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Silence judged against the rate while the series was alive, from first to last demand."""
    alive = np.maximum(age - silence, 1)
    chance = np.clip(hits / alive, 1e-9, 1 - 1e-9)
    unlikely = silence * np.log1p(-chance) < np.log(SILENCE_CHANCE)
    died: NDArray[np.bool_] = unlikely & (silence >= SILENCE_PERIODS)
    return died
