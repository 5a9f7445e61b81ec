"""Two gradient-boosted models for all series of a panel: expected units of a month, the chance of none.

(periods, series) in, mean and chance per cut, step ahead and series out. The mean is learnt as a ratio to
each series' own weighted mean, weighted by it, so that one model serves parts that sell once a year and cars
that sell daily. Mean and chance of none together give the spread (`distribution.dispersion_for_silence`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from forecasting.intermittent import weighted_mean

Floats = NDArray[np.float64]

ALPHAS = (0.05, 0.1, 0.2, 0.4)
LEVEL = 1  # the level that all else is divided by is the weighted mean with ALPHAS[LEVEL]
WINDOWS = (1, 2, 3, 6, 12, 24)
SEASON_AHEAD = 6  # periods of last year that stand for the season to come
# Rows are months of series. With 60,000 the loss is the same, but the sum of the means moves with the seed.
TRAINING_ROWS = 150_000
# A backtest compares methods; it needs no more.
BACKTEST_ROWS = 40_000
# Series described for the training; above it a sample, evenly taken.
TRAINING_SERIES = 4_000
LEARNING_ORIGINS = 36
# Origins with less history taught habits of series just begun: 0.003 worse on car parts.
FIRST_ORIGIN = 12
SHORTEST_HISTORY = 8
# Steps ahead that are predicted; those between are interpolated.
KNOTS = (1, 3, 6, 12, 24, 52, 104, 366)


@dataclass(frozen=True)
class BoostedDemand:
    """Both (cuts, horizon, series); NaN before a series begins."""

    mean: Floats
    chance_of_none: Floats


class NotEnoughHistory(ValueError):
    """Too few periods to show the model any outcome; use a local method instead."""


def boosted(
    units: Floats,
    cuts: list[int],
    *,
    learn_until: int,
    horizon: int,
    season: int,
    seed: int = 0,
    flat: bool = False,
) -> BoostedDemand:
    """Expected units and chance of none in each of `horizon` periods after each cut.

    `flat` learns from fewer rows and asks once, for the middle of the horizon: enough for a backtest.
    The models are shown only periods before `learn_until` (<= every cut, or a backtest would leak).
    Raises NotEnoughHistory when no origin has SHORTEST_HISTORY periods before it and one after it.
    """
    if learn_until > min(cuts):
        raise ValueError(f"learn_until {learn_until} lies after the first cut {min(cuts)}: that would leak")
    first = max(SHORTEST_HISTORY, min(FIRST_ORIGIN, learn_until // 2))
    origins = list(range(max(first, learn_until - LEARNING_ORIGINS), learn_until))
    if len(origins) < 2:
        raise NotEnoughHistory(f"{learn_until} periods, {SHORTEST_HISTORY + 2} needed")
    with one_thread():
        wanted = BACKTEST_ROWS if flat else TRAINING_ROWS
        models = _fit(_training_rows(units[:learn_until], origins, horizon, season, seed, wanted), seed)
        knots = [(horizon + 1) // 2] if flat else [k for k in KNOTS if k < horizon] + [horizon]
        found = [_predict(models, s, knots, horizon) for s in describe(units, cuts, season=season)]
    return BoostedDemand(np.stack([f[0] for f in found]), np.stack([f[1] for f in found]))


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep the trees on one core: on a busy machine their threads wait for each other, 30 s instead of 7."""
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


def describe(units: Floats, cuts: list[int], *, season: int) -> list[tuple[Floats, Floats]]:
    """Per cut: each series' level (series,) and its features (series, features), all read before the cut."""
    means = np.stack([weighted_mean(units, cuts, alpha=a) for a in ALPHAS])
    value, seen = np.nan_to_num(units), ~np.isnan(units)
    hit = value > 0
    sums = [
        np.concatenate([np.zeros((1, units.shape[1])), np.cumsum(x, axis=0)])
        for x in (value, seen, hit, value**2)
    ]
    return [_describe_one(value, hit, seen, sums, means[:, i], cut, season) for i, cut in enumerate(cuts)]


def _describe_one(
    value: Floats,
    hit: NDArray[np.bool_],
    seen: NDArray[np.bool_],
    sums: list[Floats],
    means: Floats,
    cut: int,
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
        mean_of(total, cut - season, cut - season + min(SEASON_AHEAD, season)),
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


@dataclass(frozen=True)
class _Rows:
    """One row per series, origin and step ahead: what was known, what came, and the series' level."""

    features: Floats
    units: Floats
    level: Floats


def _training_rows(
    units: Floats, origins: list[int], horizon: int, season: int, seed: int, wanted: int
) -> _Rows:
    """About `wanted` random ones of all rows; the outcome of a row lies before the end of `units`."""
    random = np.random.default_rng(seed)
    every = -(-units.shape[1] // TRAINING_SERIES)
    units = units[:, seed % every :: every]
    steps = [min(horizon, units.shape[0] - origin) for origin in origins]
    share = wanted / (sum(steps) * units.shape[1])
    features, outcomes, levels = [], [], []
    for origin, ahead, (level, feature) in zip(
        origins, steps, describe(units, origins, season=season), strict=True
    ):
        for step in range(1, ahead + 1):
            outcome = units[origin + step - 1]
            usable = ~np.isnan(level) & ~np.isnan(outcome) & (random.random(level.size) < share)
            features.append(np.column_stack([feature[usable], np.full(usable.sum(), float(step))]))
            outcomes.append(outcome[usable])
            levels.append(level[usable])
    return _Rows(np.concatenate(features), np.concatenate(outcomes), np.concatenate(levels))


def _fit(rows: _Rows, seed: int) -> tuple[Any, Any]:
    """The model of the mean and that of the chance of any demand; None when every month had some."""
    from sklearn.ensemble import (  # 3 s to import: only when it is used
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )

    if not rows.units.any():
        raise NotEnoughHistory("nothing was sold in any month the model could learn from")
    settings: dict[str, Any] = {
        "max_iter": 80,
        "learning_rate": 0.06,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 200,
        "max_bins": 63,
        "l2_regularization": 1.0,
        "early_stopping": False,
        "random_state": seed,
    }
    hit = rows.units > 0
    mean = HistGradientBoostingRegressor(loss="poisson", **settings)
    # a whole column unknown cannot be binned
    features = np.where(np.isnan(rows.features).all(axis=0), 0.0, rows.features)
    mean.fit(features, rows.units / rows.level, sample_weight=rows.level)
    if hit.all():
        return mean, None
    return mean, HistGradientBoostingClassifier(**settings).fit(features, hit)


def _predict(
    models: tuple[Any, Any], summary: tuple[Floats, Floats], knots: list[int], horizon: int
) -> tuple[Floats, Floats]:
    """Mean and chance of none, each (horizon, series), at the knots and between them."""
    level, features = summary
    mean, none = np.empty((2, len(knots), level.size))
    for i, knot in enumerate(knots):
        at = np.column_stack([features, np.full(level.size, float(knot))])
        mean[i] = models[0].predict(at) * level
        none[i] = 0.0 if models[1] is None else models[1].predict_proba(at)[:, 0]
    none[:, np.isnan(level)] = np.nan
    weights = _between(knots, horizon)
    return weights @ mean, weights @ none


def _between(knots: list[int], horizon: int) -> Floats:
    """(horizon, knots): the weights of linear interpolation."""
    unit = np.eye(len(knots))
    return np.stack([np.interp(np.arange(1, horizon + 1), knots, row) for row in unit], axis=1)
