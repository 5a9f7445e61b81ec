"""What each cell gets when somebody changes a total: by rule, whole where units are whole, lossless.

In: what the cells have now, the change, weights. Out: what they have after it, in the same order. Nothing
falls below zero, locked cells keep what they have, and the cells add up to what was asked whenever the
cells that are free can carry it.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Mode(StrEnum):
    """How the value of a change acts."""

    set = "set"  # the total becomes the value
    add = "add"  # the total grows by the value
    percent = "percent"  # the total grows by this share of what was free to move


class Spread(StrEnum):
    """In proportion to what the change is handed to the cells."""

    proportional = "proportional"  # to what each has before the change
    last_year = "last_year"  # to what each sold in the same month a year earlier
    equal = "equal"


def allocate(
    now: Floats,
    *,
    mode: Mode,
    value: float,
    spread: Spread,
    last_year: Floats,
    weight: Floats | None = None,
    locked: Flags | None = None,
    whole: bool,
) -> Floats:
    """Units of each cell after the change.

    `set` hands out the total by the rule; `add` and `percent` hand out the difference alone. Cells whose
    weights are all zero share equally. weight: finer than `now` where `now` is rounded (its mean).
    """
    free = np.ones(now.size, dtype=bool) if locked is None else ~locked
    after = now.astype(np.float64)
    if not free.any():
        return after
    held = float(now[~free].sum())
    base = _weights(spread, now if weight is None else weight, last_year)[free]
    have = after[free]
    wanted = max(_target(float(have.sum()), held, mode, value), 0.0)
    if whole:
        wanted = float(np.floor(wanted + 0.5))
    after[free] = _moved(have, wanted, base, mode, whole)
    return after


def _target(have: float, held: float, mode: Mode, value: float) -> float:
    if mode is Mode.set:
        return value - held
    return have + value if mode is Mode.add else have * (1 + value / 100)


def _weights(spread: Spread, weight: Floats, last_year: Floats) -> Floats:
    if spread is Spread.equal:
        return np.ones(weight.size)
    return np.maximum(np.nan_to_num(weight if spread is Spread.proportional else last_year), 0.0)


def _moved(have: Floats, wanted: float, weight: Floats, mode: Mode, whole: bool) -> Floats:
    if mode is Mode.set:
        return hand_out(wanted, weight, whole=whole)
    difference = wanted - float(have.sum())
    if difference >= 0:
        return have + hand_out(difference, weight, whole=whole)
    return have - _taken(-difference, weight, have, whole=whole)


def hand_out(total: float, weight: Floats, *, whole: bool) -> Floats:
    """total >= 0 by weight, the largest remainders first (ties to the first cell); it adds up exactly."""
    base = weight if weight.sum() > 0 else np.ones(weight.size)
    exact = total * base / base.sum()
    return _rounded(exact, total) if whole else exact


def _taken(total: float, weight: Floats, most: Floats, *, whole: bool) -> Floats:
    """total <= sum(most), by weight, from no cell more than it has."""
    taken = np.zeros(most.size)
    while (left := total - float(taken.sum())) > 1e-9:
        room = most - taken > 1e-12
        base = np.where(room, weight, 0.0)
        base = base if base.sum() > 0 else room.astype(np.float64)
        taken = np.minimum(taken + left * base / base.sum(), most)
    return _rounded(taken, total) if whole else taken


def _rounded(exact: Floats, total: float) -> Floats:
    down = np.floor(exact + 1e-9)
    missing = round(total - float(down.sum()))
    order = np.argsort(down - exact, kind="stable")
    down[order[:missing]] += 1
    return down
