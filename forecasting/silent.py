"""Series that have never sold: what such series went on to ask for, on average.

In: a panel and the classes held at each origin of the backtest. Out: a candidate that gives every series
without demand the mean of the windows after origins at which a series had none either. One of them says
nothing about itself; all of them together say how often the first request comes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.backtest import Judge
from forecasting.choose import Candidate, Method, simplest_of_the_best
from forecasting.classes import DemandClass

Floats = NDArray[np.float64]


def first_requests(zero: Candidate, judged: Judge, origins: list[int]) -> Candidate:
    """`zero`, or the mean of the class where its own windows say that this is nearer to what came.

    zero: the flat forecast of nothing, (cuts, series). At an origin only windows that had ended count.
    """
    mean = Candidate(Method.class_mean, _means(zero.forecast, judged, origins))
    silent = judged.classes == DemandClass.no_demand
    losses = judged.losses([zero, mean])[:, silent]
    totals = losses[:, ~np.isnan(losses).any(axis=0)].sum(axis=1)
    return [zero, mean][simplest_of_the_best([zero, mean], totals)]


def _means(zero: Floats, judged: Judge, origins: list[int]) -> Floats:
    """(cuts, series): units per period after origins whose window had ended by each cut; before that zero."""
    window = judged.actual.shape[1]
    silent = (judged.classes == DemandClass.no_demand)[:, None] & ~np.isnan(judged.actual)
    units = np.where(silent, judged.actual, 0.0).sum(axis=(1, 2))
    periods = silent.sum(axis=(1, 2))
    means = np.zeros(len(origins) + 1)
    for cut, day in enumerate([*origins, None]):
        ended = np.array([day is None or origin + window <= day for origin in origins], dtype=bool)
        means[cut] = units[ended].sum() / max(int(periods[ended].sum()), 1)
    return np.where(np.isnan(zero), np.nan, means[:, None])
