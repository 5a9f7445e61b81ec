"""One gradient-boosted model on log counts for all series and all months ahead: season, level, growth.

(periods, series) in, (cuts, horizon, series) out. For vehicles: every series has months that sell, and the
season and the growth of the group carry over to its members. Direct: one row per origin and month ahead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.baselines import last_recorded
from forecasting.boosted import NotEnoughHistory, one_thread

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

TRAINING_ROWS = 60_000
# Years of days would be described into gigabytes; origins are thinned to about this many rows.
DESCRIBED_ROWS = 250_000
RECENT = 6


def boosted_months(
    units: Floats,
    cuts: list[int],
    *,
    learn_until: int,
    horizon: int,
    season: int,
    groups: Groups,
    seed: int = 0,
) -> Floats:
    """Expected units in each of `horizon` periods after each cut, (cuts, horizon, series), >= 0.

    groups: (series,) codes of what shares a season and a market, series x market for vehicles.
    The model is shown only outcomes before `learn_until` (<= every cut).
    Raises NotEnoughHistory when no origin has a season before it and a period after it.
    """
    if learn_until > min(cuts):
        raise ValueError(f"learn_until {learn_until} lies after the first cut {min(cuts)}: that would leak")
    origins = list(range(max(season, RECENT) + 1, learn_until))
    if len(origins) < season // 2:
        raise NotEnoughHistory(f"{learn_until} periods, {season + 1 + season // 2} needed")
    rows_in_all = len(origins) * horizon * units.shape[1]
    origins = origins[:: -max(1, rows_in_all // DESCRIBED_ROWS)][::-1]  # the latest is always kept
    logs = np.log1p(last_recorded(units))
    shared = _group_logs(units, groups)
    rows = [_rows(logs, shared, cut, min(horizon, learn_until - cut), season, groups) for cut in origins]
    features = np.concatenate([row[0] for row in rows])
    levels = np.concatenate([row[1] for row in rows])
    outcome = np.concatenate(
        [np.log1p(units[cut : min(cut + horizon, learn_until)]).ravel() for cut in origins]
    )
    out = np.empty((len(cuts), horizon, units.shape[1]))
    with one_thread():
        model, smear = _fit(features, outcome - levels, seed)
        for i, cut in enumerate(cuts):
            described, level = _rows(logs, shared, cut, horizon, season, groups)
            expected = np.exp(model.predict(described) + level) * smear - 1
            out[i] = np.maximum(expected, 0.0).reshape(horizon, -1)
            out[i][:, np.isnan(units[:cut]).all(axis=0)] = np.nan
    return out


def _group_logs(units: Floats, groups: Groups) -> Floats:
    totals = np.zeros((units.shape[0], int(groups.max()) + 1))
    np.add.at(totals.T, groups, np.nan_to_num(units).T)
    return np.log1p(totals)[:, groups]


def _rows(
    logs: Floats, shared: Floats, cut: int, horizon: int, season: int, groups: Groups
) -> tuple[Floats, Floats]:
    """Features (horizon * series, features) and the log level each outcome is measured from.

    Every value is relative to the level: the model learns shapes, which small and large series share.
    """
    past = logs[:cut]
    level = _mean_log(past[-season:])
    all_level = shared[max(0, cut - season) : cut].mean(axis=0)
    recent = [past[-back] - level for back in range(1, RECENT + 1)]
    recent += [_mean_log(past[-3:]) - level, _mean_log(past[-6:]) - level]
    growth = [
        shared[cut - w : cut].mean(axis=0)
        - shared[max(0, cut - w - season) : max(1, cut - season)].mean(axis=0)
        for w in (3, season)
    ]
    whole = np.nan_to_num(past).mean(axis=1)
    blocks, series = [], level.size
    for h in range(1, horizon + 1):
        place = (cut + h - 1) % season
        last = cut + h - 1 - season * (-(-h // season))
        previous = [
            past[last] - level,
            shared[last] - all_level,
            np.full(series, whole[last] - whole[-season:].mean()),
        ]
        older = last - season
        previous += (
            [past[older] - level, shared[older] - all_level] if older >= 0 else [np.full(series, np.nan)] * 2
        )
        constant = [
            np.full(series, float(h)),
            np.full(series, float(place)),
            groups.astype(np.float64),
            level,
        ]
        blocks.append(np.stack([*recent, *growth, *previous, *constant], axis=1))
    return np.concatenate(blocks), np.tile(level, horizon)


def _mean_log(block: Floats) -> Floats:
    """Log of the mean count where there is one, so that the level is one of units, not of logs."""
    seen = ~np.isnan(block)
    total = np.where(seen, np.expm1(np.where(seen, block, 0.0)), 0.0).sum(axis=0)
    mean: Floats = np.log1p(total / np.maximum(seen.sum(axis=0), 1))
    return mean


def _fit(features: Floats, target: Floats, seed: int) -> tuple[Any, float]:
    """The model and the factor that turns exp(mean of logs) into a mean (Duan's smearing)."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # 3 s to import: only when it is used

    judged = np.flatnonzero(~np.isnan(target))
    judged = judged[:: max(1, -(-judged.size // TRAINING_ROWS))]
    if not judged.size or not np.ptp(target[judged]):
        raise NotEnoughHistory("every outcome is the same; a local method says as much")
    model = HistGradientBoostingRegressor(
        max_iter=150,
        learning_rate=0.06,
        max_leaf_nodes=15,
        min_samples_leaf=40,
        max_bins=63,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    silent = np.isnan(features[judged]).all(axis=0)  # a whole column unknown cannot be binned
    features = np.where(silent, 0.0, features[judged])
    judged_target = target[judged]
    model.fit(features, judged_target)
    residual = judged_target - model.predict(features)
    return model, float(np.mean(np.exp(np.clip(residual, -3, 3))))
