"""From a panel to a forecast: candidates, rolling-origin losses, one winner per class, calibrated spread.

Shared by parts.py and plain.py. Every candidate is computed for all origins in one pass and reads
nothing at or after the origin it forecasts from.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting import baselines, intermittent
from forecasting.backtest import Backtest, Judge, judge, plan_backtest
from forecasting.boosted import NotEnoughHistory, boosted
from forecasting.boosted_months import boosted_months
from forecasting.calibrate import Calibration, calibrate, dispersion, inflated, with_silence
from forecasting.choose import Candidate, Method, simplest_of_the_best, winners
from forecasting.classes import DemandClass, Shape, classify
from forecasting.panel_level import panel_factor
from forecasting.seasonal import seasonal_smoothing
from forecasting.silent import first_requests

Floats = NDArray[np.float64]

WEIGHTED_ALPHAS = (0.03, 0.05, 0.1, 0.15, 0.2, 0.3)
SBA_ALPHAS = (0.05, 0.1, 0.2)
TSB_ALPHAS = ((0.1, 0.05), (0.1, 0.1), (0.2, 0.1), (0.2, 0.2))  # size, chance
SEASONAL_SETTINGS = ((0.1, 0.0), (0.2, 0.0), (0.4, 0.0), (0.2, 0.05), (0.4, 0.1))  # level, trend
SEASONAL_SHRINK_UNITS = 300.0
# Above this many series paths per month for every setting cost more memory than a season is worth.
SEASONAL_SERIES = 20_000
SPREAD_ALPHA = 0.15
# The model of single months describes every month ahead; beyond this many series it is not worth its time.
MONTHS_SERIES = 1_000
# A dying part may keep less every month than the month before; which share, if any, the backtest says.
FADING_CLASS = DemandClass.dying
FADING_KEEPS = (0.95, 0.9, 0.8, 0.7, 0.5)
LOCAL_COUNTERPART = {Method.boosted: Method.weighted_mean, Method.boosted_months: Method.seasonal_smoothing}


@dataclass(frozen=True)
class Projection:
    """Everything decided about a panel; arrays run over its series, in the panel's order.

    A series is judged at each origin in the class it had *then*: a class read off the whole history
    (dying, say) knows how the judged windows ended, and would choose and calibrate on that knowledge.
    """

    shape: Shape
    backtest: Backtest
    chosen: dict[str, Candidate]
    calibration: dict[str, Calibration]
    method_losses: dict[str, dict[Method, float]]  # Poisson deviance per class, best settings of each
    mean: Floats  # (horizon, series), after the last period
    dispersion: Floats  # (series,), inflated
    past_class: NDArray[np.str_]  # (origins, series)
    past_mean: Floats  # (origins, window, series), of the method chosen for the class
    past_dispersion: Floats  # (origins, series), inflated
    actual: Floats  # (origins, window, series)

    def chosen_for(self, demand_class: str) -> Candidate:
        return self.chosen.get(demand_class, self.chosen[""])


def project(units: Floats, *, horizon: int, season: int, origins: int, seed: int = 0) -> Projection:
    """Forecast every series of a (periods, series) matrix `horizon` periods on."""
    plan = plan_backtest(units.shape[0], horizon=horizon, origins=origins)
    cuts = [*plan.origins, units.shape[0]]
    shapes = [classify(units[:cut]) for cut in cuts]
    classes = np.stack([shape.demand_class for shape in shapes])
    judged = judge(units, plan, classes[:-1])
    tried, none = candidates(units, cuts, plan, horizon=horizon, season=season, seed=seed)
    tried += _blends(tried, judged)
    losses = judged.losses(tried).reshape(len(tried), -1)
    groups = classes[:-1].ravel()
    chosen = {name: tried[i] for name, i in winners(tried, losses, groups).items()}
    chosen[DemandClass.no_demand] = first_requests(tried[0], judged, plan.origins)
    method_losses = _losses_by_class(tried, losses, groups)
    if FADING_CLASS in chosen:
        chosen[FADING_CLASS], loss = faded(chosen[FADING_CLASS], judged, horizon)
        method_losses[FADING_CLASS][Method.fading] = loss
    path = _spread_out(chosen, classes, horizon)
    own = dispersion(intermittent.one_step_spread(units, cuts, alpha=SPREAD_ALPHA))
    if none is not None:
        own = with_silence(own, path.mean(axis=1), none)
    calibration = {str(name): _calibrate(path, own, judged, str(name)) for name in np.unique(classes)}
    for name, fitted in calibration.items():
        own[classes == name] = inflated(own[classes == name], fitted.inflation)
    return Projection(
        shapes[-1],
        plan,
        chosen,
        calibration,
        method_losses,
        path[-1],
        own[-1],
        classes[:-1],
        path[:-1, : plan.window],
        own[:-1],
        judged.actual,
    )


def candidates(
    units: Floats, cuts: list[int], plan: Backtest, *, horizon: int, season: int, seed: int
) -> tuple[list[Candidate], Floats | None]:
    """Every method the history is long enough for; the last cut is the forecast, the rest are judged.

    Beside them the chance of a period without demand, (cuts, series), where a model could learn it.
    """
    found = [
        Candidate(Method.naive, baselines.naive(units, cuts)),
        Candidate(
            Method.moving_mean,
            baselines.moving_mean(units, cuts, periods=season),
            settings=f"{season} periods",
        ),
    ]
    if not plan.origins:
        return found[1:], None  # nothing to judge by: the mean is the safe answer, not the last value
    found += [
        Candidate(Method.weighted_mean, intermittent.weighted_mean(units, cuts, alpha=a), a)
        for a in WEIGHTED_ALPHAS
    ]
    found += [
        Candidate(Method.croston_sba, intermittent.croston_sba(units, cuts, alpha=a), a) for a in SBA_ALPHAS
    ]
    found += [
        Candidate(Method.tsb, intermittent.tsb(units, cuts, alpha_size=s, alpha_chance=p), p, f"size {s}")
        for s, p in TSB_ALPHAS
    ]
    if min(plan.origins) >= season:
        found.append(
            Candidate(
                Method.seasonal_naive, baselines.seasonal_naive(units, cuts, season=season, horizon=horizon)
            )
        )
    if units.shape[0] >= 2 * season + plan.window and units.shape[1] <= SEASONAL_SERIES:
        together = np.zeros(units.shape[1], dtype=np.int64)
        found += [
            Candidate(
                Method.seasonal_smoothing,
                seasonal_smoothing(
                    units,
                    cuts,
                    horizon=horizon,
                    season=season,
                    groups=together,
                    alpha=a,
                    beta=b,
                    shrink_units=SEASONAL_SHRINK_UNITS,
                ),
                a,
                f"trend {b}",
            )
            for a, b in SEASONAL_SETTINGS
        ]
    # a young panel is forecast by local methods; method_losses shows which were judged
    none = None
    with suppress(NotEnoughHistory):
        mean, none = _boosted(units, cuts, plan, horizon, season, seed)
        found.append(Candidate(Method.boosted, mean))
    if units.shape[0] >= 2 * season + plan.window and units.shape[1] <= MONTHS_SERIES:
        with suppress(NotEnoughHistory):
            months = _boosted_months(units, cuts, horizon, season, seed)
            found.append(Candidate(Method.boosted_months, months))
    return found, none


def _boosted_months(units: Floats, cuts: list[int], horizon: int, season: int, seed: int) -> Floats:
    """Judged and used as _boosted() is; every series is a group of its own."""
    own = np.arange(units.shape[1])
    parts = [
        boosted_months(
            units, part, learn_until=min(part), horizon=horizon, season=season, groups=own, seed=seed
        )
        for part in (cuts[:-1], cuts[-1:])
    ]
    return np.concatenate(parts)


def _boosted(
    units: Floats, cuts: list[int], plan: Backtest, horizon: int, season: int, seed: int
) -> tuple[Floats, Floats]:
    """Judged by a model that saw nothing after the first origin, used as one that saw all.

    Paths (cuts, horizon, series), beyond the judged window the last judged step; mean chance of none.
    """
    first, window = min(plan.origins), plan.window
    judged = boosted(units, cuts[:-1], learn_until=first, horizon=window, season=season, seed=seed, flat=True)
    used = boosted(units, cuts[-1:], learn_until=cuts[-1], horizon=horizon, season=season, seed=seed)
    later = np.repeat(judged.mean[:, -1:], horizon - window, axis=1)
    mean = np.concatenate([np.concatenate([judged.mean, later], axis=1), used.mean])
    none = np.concatenate([judged.chance_of_none.mean(axis=1), used.chance_of_none.mean(axis=1)])
    factor = panel_factor(mean, units, cuts, season=season)
    # with an unchanged dispersion the logarithm of the chance of none goes with the mean
    return mean * factor[:, :, None], none ** factor.mean(axis=1)[:, None]


def _blends(tried: list[Candidate], judged: Judge) -> list[Candidate]:
    """Mean of each model and the best settings of its local counterpart: their errors partly cancel."""
    blends = []
    for model in tried:
        if (method := LOCAL_COUNTERPART.get(model.method)) is None:
            continue
        local = [c for c in tried if c.method is method]
        best = local[int(np.nansum(judged.losses(local), axis=(1, 2)).argmin())]
        settings = f"half {model.method}, half {method}"
        mean = (_as_path(best.forecast) + _as_path(model.forecast)) / 2
        blends.append(Candidate(Method.blend, mean, best.alpha, settings))
    return blends


def faded(winner: Candidate, judged: Judge, horizon: int) -> tuple[Candidate, float]:
    """The winner of FADING_CLASS, or one that falls from it month by month where its windows say so.

    Beside it the least loss of those that fall. The first month is the winner's own: what is judged is the
    fall, not another level. Ties stay flat.
    """
    flat = _as_path(winner.forecast)
    falling = [
        Candidate(
            Method.fading,
            flat * keep ** np.arange(horizon)[None, :, None],
            winner.alpha,
            f"{winner.method} keeping {keep:.0%} a month",
        )
        for keep in FADING_KEEPS
    ]
    losses = judged.losses([winner, *falling])[:, judged.classes == FADING_CLASS]
    totals = losses[:, ~np.isnan(losses).any(axis=0)].sum(axis=1)
    return [winner, *falling][simplest_of_the_best([winner, *falling], totals)], float(totals[1:].min())


def _as_path(forecast: Floats) -> Floats:
    return forecast if forecast.ndim == 3 else forecast[:, None, :]


def _spread_out(chosen: dict[str, Candidate], classes: NDArray[np.str_], horizon: int) -> Floats:
    """(cuts, horizon, series): at each cut the forecast of the method chosen for the class held then."""
    path = np.empty((classes.shape[0], horizon, classes.shape[1]))
    for name in np.unique(classes):
        pick = chosen.get(str(name), chosen[""]).forecast
        cut, series = np.nonzero(classes == name)
        path[cut, :, series] = pick[cut, :, series] if pick.ndim == 3 else pick[cut, series][:, None]
    return path


def _calibrate(path: Floats, own: Floats, judged: Judge, name: str) -> Calibration:
    cut, series = np.nonzero(judged.classes == name)
    window = judged.actual.shape[1]
    return calibrate(path[cut, :window, series].T, own[cut, series], judged.actual[cut, :, series].T)


def _losses_by_class(
    tried: list[Candidate], losses: Floats, groups: NDArray[np.str_]
) -> dict[str, dict[Method, float]]:
    judged = ~np.isnan(losses).any(axis=0)
    table: dict[str, dict[Method, float]] = {}
    for name in np.unique(groups[judged]):
        totals = losses[:, judged & (groups == name)].sum(axis=1)
        best: dict[Method, float] = {}
        for candidate, total in zip(tried, totals, strict=True):
            best[candidate.method] = min(best.get(candidate.method, np.inf), float(total))
        table[str(name)] = best
    return table
