"""One boosted model of what a lead time + review asks for: the mean of a whole window, not of its months.

(periods, series) in, expected units a period over the window after each cut out. Stock is decided on the
sum of the window. Learnt directly, car parts needed less stock at 80 / 90 / 95 % fill than with the mean of
the months of `boosted.boosted()` in its backtest settings: 4.86 / 7.72 / 11.35 months of demand against
4.92 / 7.81 / 11.51.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.boosted import SHORTEST_HISTORY, NotEnoughHistory, describe, one_thread

Floats = NDArray[np.float64]

TRAINING_ROWS = 60_000
LEARNING_WINDOWS = 8  # origins learnt from, the latest first


def window_mean(units: Floats, cuts: list[int], *, learn_until: int, window: int, season: int) -> Floats:
    """(cuts, series); NaN before a series begins. Shown are only periods before `learn_until` (<= every cut).

    Raises NotEnoughHistory when no origin has SHORTEST_HISTORY periods before it and the window after it, or
    when nothing was asked for in any of them.
    """
    if learn_until > min(cuts):
        raise ValueError(f"learn_until {learn_until} lies after the first cut {min(cuts)}: that would leak")
    origins = [learn_until - window - back for back in range(LEARNING_WINDOWS)]
    origins = [o for o in origins if o >= SHORTEST_HISTORY]
    if not origins:
        raise NotEnoughHistory(f"{learn_until} periods, {SHORTEST_HISTORY + window} needed")
    known = units[:learn_until]
    with one_thread():
        model = _fit(known, origins, window, season)
        found = [model.predict(features) * level for level, features in describe(units, cuts, season=season)]
    return np.stack(found)


def _fit(units: Floats, origins: list[int], window: int, season: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor  # 3 s to import: only when it is used

    levels, features, ratios = [], [], []
    for origin, (level, feature) in zip(origins, describe(units, origins, season=season), strict=True):
        after = units[origin : origin + window]
        seen = (~np.isnan(after)).sum(axis=0)
        judged = np.flatnonzero((seen > 0) & ~np.isnan(level))
        judged = judged[:: max(1, -(-judged.size * len(origins) // TRAINING_ROWS))]
        levels.append(level[judged])
        features.append(feature[judged])
        ratios.append(np.nansum(after[:, judged], axis=0) / seen[judged] / level[judged])
    ratio = np.concatenate(ratios)
    if not ratio.any():
        raise NotEnoughHistory("nothing was asked for in any window the model could learn from")
    model = HistGradientBoostingRegressor(
        loss="poisson", max_iter=80, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=100, max_bins=63,
        l2_regularization=1.0, early_stopping=False, random_state=0,
    )  # fmt: skip
    return model.fit(np.concatenate(features), ratio, sample_weight=np.concatenate(levels))
