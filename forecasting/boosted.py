"""One gradient-boosted model for all series of a panel: how the next months relate to the recent mean.

(periods, series) in, expected units per period out. The target is a ratio to each series' own weighted
mean, weighted by that mean, so that one model serves parts that sell once a year and cars that sell daily.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from forecasting.intermittent import weighted_mean

Floats = NDArray[np.float64]

ALPHAS = (0.05, 0.1, 0.2, 0.4)
LEVEL = 1  # the level that all else is divided by is the weighted mean with ALPHAS[LEVEL]
WINDOWS = (1, 2, 3, 6, 12, 24)
# Enough for a stable fit; more rows cost seconds and moved carparts' loss by less than 0.001.
TRAINING_ROWS = 60_000
LEARNING_WINDOWS = 8
SHORTEST_HISTORY = 8


class NotEnoughHistory(ValueError):
    """Too few periods to show the model any outcome; use a local method instead."""


def boosted(
    units: Floats, cuts: list[int], *, learn_until: int, window: int, season: int, seed: int = 0
) -> Floats:
    """Expected units per period after each cut, (cuts, series); NaN before a series begins.

    The model is shown only periods before `learn_until` (<= every cut, or a backtest would leak):
    up to LEARNING_WINDOWS origins, each with the mean of its following `window` periods as outcome.
    Raises NotEnoughHistory when not even one such origin has SHORTEST_HISTORY periods before it.
    """
    if learn_until > min(cuts):
        raise ValueError(f"learn_until {learn_until} lies after the first cut {min(cuts)}: that would leak")
    origins = [learn_until - window - back for back in range(LEARNING_WINDOWS)]
    origins = [o for o in origins if o >= SHORTEST_HISTORY]
    if not origins:
        raise NotEnoughHistory(f"{learn_until} periods, {SHORTEST_HISTORY + window} needed")
    summaries = describe(units, [*origins, *cuts], window=window, season=season)
    with one_thread():
        model = _fit(units, origins, summaries[: len(origins)], window, seed)
        return np.stack([_predict(model, s) for s in summaries[len(origins) :]])


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep the trees on one core: on a busy machine their threads wait for each other, 30 s instead of 7."""
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


def describe(units: Floats, cuts: list[int], *, window: int, season: int) -> list[tuple[Floats, Floats]]:
    """Per cut: each series' level (series,) and its features (series, features), all read before the cut."""
    means = np.stack([weighted_mean(units, cuts, alpha=a) for a in ALPHAS])
    value, seen = np.nan_to_num(units), ~np.isnan(units)
    hit = value > 0
    sums = [
        np.concatenate([np.zeros((1, units.shape[1])), np.cumsum(x, axis=0)])
        for x in (value, seen, hit, value**2)
    ]
    return [
        _describe_one(value, hit, seen, sums, means[:, i], cut, window, season) for i, cut in enumerate(cuts)
    ]


def _describe_one(
    value: Floats,
    hit: NDArray[np.bool_],
    seen: NDArray[np.bool_],
    sums: list[Floats],
    means: Floats,
    cut: int,
    window: int,
    season: int,
) -> tuple[Floats, Floats]:
    total, count, hits, squares = sums

    def mean_of(source: Floats, first: int, end: int) -> Floats:
        first, end = max(first, 0), max(end, 0)
        periods = count[end] - count[first]
        none = np.full(value.shape[1], np.nan)
        mean: Floats = np.divide(source[end] - source[first], periods, out=none, where=periods > 0)
        return mean

    whole = mean_of(total, 0, cut)
    floor = 0.25 * float(np.mean(whole[~np.isnan(whole)])) or 1.0
    level = means[LEVEL] + floor  # a silent series has a small level, not none
    year = mean_of(total, cut - season, cut)
    spread = np.sqrt(np.maximum(mean_of(squares, cut - season, cut) - year**2, 0.0))
    relative = [
        *means,
        *(mean_of(total, cut - w, cut) for w in WINDOWS),
        year,
        spread,
        mean_of(total, cut - season, cut - season + window),
        mean_of(total, cut - season, cut - season // 2),
        value[max(0, cut - season) : cut].max(axis=0),
        total[cut] / np.maximum(hits[cut], 1),
    ]
    past_hits, past_seen = hit[:cut], seen[:cut]
    silence = np.where(past_hits.any(axis=0), past_hits[::-1].argmax(axis=0), 99.0)
    age = np.where(past_hits.any(axis=0), cut - past_hits.argmax(axis=0), 0.0)
    plain = [
        silence,
        np.minimum(age, 36.0),
        mean_of(hits, cut - 12, cut),
        mean_of(hits, cut - 24, cut),
        np.log(level / (4 * floor)),
    ]
    begun = past_seen.any(axis=0)
    return np.where(begun, level, np.nan), np.stack([*(r / level for r in relative), *plain], axis=1)


def _fit(
    units: Floats, origins: list[int], summaries: list[tuple[Floats, Floats]], window: int, seed: int
) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor  # 3 s to import: only when it is used

    levels, features, ratios = [], [], []
    for origin, (level, feature) in zip(origins, summaries, strict=True):
        after = units[origin : origin + window]
        judged = np.flatnonzero(~np.isnan(after).all(axis=0) & ~np.isnan(level))
        judged = judged[:: max(1, -(-judged.size * len(origins) // TRAINING_ROWS))]
        levels.append(level[judged])
        features.append(feature[judged])
        ratios.append(_mean_recorded(after[:, judged]) / level[judged])
    model = HistGradientBoostingRegressor(
        loss="poisson",
        max_iter=80,
        learning_rate=0.06,
        max_leaf_nodes=8,
        min_samples_leaf=100,
        max_bins=63,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    ratio, weight = np.concatenate(ratios), np.concatenate(levels)
    if not ratio.any():
        raise NotEnoughHistory("nothing was sold in any window the model could learn from")
    return model.fit(np.concatenate(features), ratio, sample_weight=weight)


def _mean_recorded(block: Floats) -> Floats:
    mean: Floats = np.nansum(block, axis=0) / (~np.isnan(block)).sum(axis=0)
    return mean


def _predict(model: Any, summary: tuple[Floats, Floats]) -> Floats:
    level, features = summary
    expected: Floats = model.predict(features) * level
    return expected
