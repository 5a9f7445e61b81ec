"""Methods for demand that sells in every period and has a season; one calendar for all of them.

In: bottom series, their groups, cut-offs. Out: candidates, (cuts, horizon, series). Sales are divided by
what the calendar explains (working days, holidays that move), forecast, and multiplied by it again; whether
and how the calendar is used is chosen on the backtest, before the methods are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from forecasting.baselines import moving_mean, seasonal_naive
from forecasting.boosted import NotEnoughHistory
from forecasting.boosted_months import boosted_months
from forecasting.choose import Candidate, Method
from forecasting.drivers import driver_effects, driver_factor
from forecasting.frames import Frequency, Panel
from forecasting.hierarchy import Hierarchy, codes, sums
from forecasting.market_models import market_models
from forecasting.seasonal import seasonal_smoothing
from forecasting.working_days import event_shares, event_slopes, working_days

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

SETTINGS = ((0.1, 0.0), (0.2, 0.0), (0.3, 0.0), (0.3, 0.05))  # level, trend
SHRINK_UNITS = 300.0
# The calendar is judged with one plain method, at the bottom and in total.
JUDGING = {"alpha": 0.2, "beta": 0.0}
# Last year itself knows what smoothing forgets; a fifth of it, as in the mean of five forecasts.
LAST_YEAR = 0.2
# Promotions and prices are used when they take at least this share off the error.
LEAST_GAIN = 0.005
# ... and at least one of them is this many standard errors away from doing nothing.
SURE_ERRORS = 3.0


class Calendar(StrEnum):
    none = "none"
    working_days = "working days"
    events = "working days and moving holidays"


@dataclass(frozen=True)
class Explained:
    """effects: logarithm of what each driver at 1 multiplies sales by. Errors over sales, bottom and total
    together, of one plain method without and with the drivers; null where nothing was judged."""

    calendar: Calendar
    effects: dict[str, float] = field(default_factory=dict)
    miss_without: float | None = None
    miss_with: float | None = None
    is_used: bool = False


def candidates(
    panel: Panel,
    hierarchy: Hierarchy,
    origins: Sequence[int],
    window: int,
    *,
    horizon: int,
    countries: Sequence[str | None],
    seed: int,
    drivers: dict[str, Floats] | None = None,
    textbook: bool = True,
) -> tuple[list[Candidate], Explained]:
    """Every method for every origin and the end; what is forecast from an origin reads nothing after it.

    countries: one per series. drivers: promotions and prices, each (periods + horizon, series). What calendar
    and drivers explain is learnt before the first origin for the backtest, and from all of the history for
    the forecast itself. textbook: also Theta, ETS and ARIMA of the markets, which take the longest.
    """
    end = panel.units.shape[0]
    factors = {
        calendar: _factors(panel, hierarchy, calendar, min(origins, default=end), horizon, countries)
        for calendar in _possible(panel, origins)
    }
    best = min(factors, key=lambda c: _miss(panel, hierarchy, factors[c], origins, window))
    final, before = _factors(panel, hierarchy, best, end, horizon, countries), factors[best]
    explained = Explained(best)
    if drivers and origins:
        driven = before * driver_factor(panel.units, drivers, learn_until=min(origins))
        miss = [_miss(panel, hierarchy, f, origins, window) for f in (before, driven)]
        effects, errors = driver_effects(panel.units, np.stack([b[:end] for b in drivers.values()]))
        is_sure = bool((np.abs(effects) > SURE_ERRORS * errors).any())
        is_used = is_sure and miss[1] < miss[0] * (1 - LEAST_GAIN)
        named = dict(zip(drivers, effects.tolist(), strict=True))
        explained = Explained(best, named, miss[0], miss[1], is_used)
        if is_used:
            before, final = driven, final * driver_factor(panel.units, drivers, learn_until=end)
    judged = _tried(panel, hierarchy, list(origins), before, horizon, seed, textbook) if origins else []
    used = _tried(panel, hierarchy, [end], final, horizon, seed, textbook)
    if not origins:
        return used, explained
    kept = {(c.method, c.settings, c.alpha): c for c in judged}
    both = [(kept.get((c.method, c.settings, c.alpha)), c) for c in used]
    return [
        Candidate(c.method, np.concatenate([past.forecast, c.forecast]), c.alpha, c.settings)
        for past, c in both
        if past is not None
    ], explained


def _possible(panel: Panel, origins: Sequence[int]) -> list[Calendar]:
    if panel.frequency is Frequency.daily or not origins:
        return [Calendar.none]
    two_years = min(origins) >= 2 * panel.frequency.season
    return list(Calendar) if two_years else [Calendar.none, Calendar.working_days]


def _factors(
    panel: Panel,
    hierarchy: Hierarchy,
    calendar: Calendar,
    learn_until: int,
    horizon: int,
    countries: Sequence[str | None],
) -> Floats:
    """(periods + horizon, series): what the calendar multiplies sales by, around 1."""
    periods, series = panel.units.shape
    out = np.ones((periods + horizon, series))
    if calendar is Calendar.none:
        return out
    days = [*panel.past(), *panel.dates(horizon)]
    market, season = codes(panel, hierarchy.market), panel.frequency.season
    shares = event_shares(days, panel.frequency)
    totals = sums(panel.units, market)
    for number in np.unique(market):
        members = np.flatnonzero(market == number)
        work = working_days(days, panel.frequency, countries[members[0]])
        factor = work / work[:periods].mean()
        if calendar is Calendar.events:
            factor = factor * np.exp(shares @ _slopes(totals[:, number], factor, shares, learn_until, season))
        out[:, members] = factor[:, None]
    return out


def _slopes(total: Floats, factor: Floats, shares: Floats, learn_until: int, season: int) -> Floats:
    adjusted = total[:learn_until] / factor[:learn_until]
    before = np.concatenate([[0.0], np.cumsum(adjusted)])
    at = np.arange(learn_until)
    first, last = np.maximum(at - season // 2, 0), np.minimum(at + season // 2 + 1, learn_until)
    level = (before[last] - before[first]) / (last - first)
    usable = (adjusted > 0) & (level > 0)
    ratio = np.where(usable, np.log(np.where(usable, adjusted, 1.0) / np.where(usable, level, 1.0)), np.nan)
    return event_slopes(ratio, shares, season)


def _miss(panel: Panel, hierarchy: Hierarchy, factor: Floats, origins: Sequence[int], window: int) -> float:
    """Absolute error over sales at the bottom and in total, of one plain method under this calendar."""
    if not origins:
        return 0.0
    periods, market = panel.units.shape[0], codes(panel, hierarchy.market)
    path = _smooth(panel, panel.units / factor[:periods], list(origins), window, market, **JUDGING)
    actual = np.stack([panel.units[cut : cut + window] for cut in origins])
    error = path * _ahead(factor, origins, window) - actual
    sold = max(float(np.nansum(actual)), 1e-9)
    return (float(np.nansum(np.abs(error))) + float(np.abs(np.nansum(error, axis=2)).sum())) / sold


def _ahead(factor: Floats, cuts: Sequence[int], horizon: int) -> Floats:
    return np.stack([factor[cut : cut + horizon] for cut in cuts])


def _smooth(
    panel: Panel, units: Floats, cuts: list[int], horizon: int, market: Groups, *, alpha: float, beta: float
) -> Floats:
    return seasonal_smoothing(
        units,
        cuts,
        horizon=horizon,
        season=panel.frequency.season,
        groups=market,
        alpha=alpha,
        beta=beta,
        shrink_units=SHRINK_UNITS,
    )


def _tried(
    panel: Panel,
    hierarchy: Hierarchy,
    cuts: list[int],
    factor: Floats,
    horizon: int,
    seed: int,
    textbook: bool,
) -> list[Candidate]:
    season, periods = panel.frequency.season, panel.units.shape[0]
    market, family = codes(panel, hierarchy.market), codes(panel, hierarchy.family)
    units, ahead = panel.units / factor[:periods], _ahead(factor, cuts, horizon)
    last_year = seasonal_naive(units, cuts, season=season, horizon=horizon) * ahead
    flat = moving_mean(units, cuts, periods=season)[:, None, :]
    # the yardstick keeps no calendar; before a full season, "the same month last year" is the last month
    naive = Method.seasonal_naive if min(cuts) >= season else Method.naive
    found = [
        Candidate(naive, seasonal_naive(panel.units, cuts, season=season, horizon=horizon)),
        Candidate(Method.moving_mean, flat * ahead),
    ]
    for alpha, beta in SETTINGS:
        smooth = _smooth(panel, units, cuts, horizon, market, alpha=alpha, beta=beta) * ahead
        found.append(Candidate(Method.seasonal_smoothing, smooth, alpha, f"trend {beta}"))
        mixed = (1 - LAST_YEAR) * smooth + LAST_YEAR * last_year
        found.append(Candidate(Method.blend, mixed, alpha, f"a fifth last year, trend {beta}"))
        shared = _shares(units, cuts, season, family, market, horizon=horizon, alpha=alpha, beta=beta)
        found.append(Candidate(Method.shares, shared * ahead, alpha, f"trend {beta}"))
    if textbook:
        found += _markets(panel, units, cuts, market, ahead)
    try:
        model = np.concatenate(
            [
                boosted_months(
                    units, [cut], learn_until=cut, horizon=horizon, season=season, groups=family, seed=seed
                )
                for cut in cuts
            ]
        )
    except NotEnoughHistory:
        return found  # accuracy shows which methods were judged
    model = model * ahead
    half = [
        Candidate(Method.blend, (c.forecast + model) / 2, c.alpha, f"half boosted, {c.settings}")
        for c in found
        if c.method is Method.seasonal_smoothing
    ]
    return [*found, Candidate(Method.boosted_months, model), *half]


def _markets(panel: Panel, units: Floats, cuts: list[int], market: Groups, ahead: Floats) -> list[Candidate]:
    """Textbook models of each market shared out by smoothing, alone and half and half with it."""
    horizon = ahead.shape[1]
    smooth = _smooth(panel, units, cuts, horizon, market, **JUDGING)
    models = market_models(units, cuts, smooth, market, horizon=horizon, season=panel.frequency.season)
    alone = [Candidate(m, path * ahead, settings="by market") for m, path in models.items()]
    mixed = [
        Candidate(Method.blend, (path + smooth) / 2 * ahead, settings=f"half {m} by market")
        for m, path in models.items()
    ]
    return [*alone, *mixed]


def _shares(
    units: Floats,
    cuts: list[int],
    season: int,
    family: Groups,
    market: Groups,
    *,
    horizon: int,
    alpha: float,
    beta: float,
) -> Floats:
    """Top-down: each family smoothed as one, split by its members' sales of the last season."""
    totals = sums(units, family)
    home = np.zeros(totals.shape[1], dtype=np.int64)
    home[family] = market
    top = seasonal_smoothing(
        totals,
        cuts,
        horizon=horizon,
        season=season,
        groups=home,
        alpha=alpha,
        beta=beta,
        shrink_units=SHRINK_UNITS,
    )
    out = np.empty((len(cuts), horizon, units.shape[1]))
    for i, cut in enumerate(cuts):
        recent = np.nan_to_num(units[max(0, cut - season) : cut]).sum(axis=0)
        whole = np.bincount(family, weights=recent)[family]
        # no sale in a season anywhere: nothing to share by, and the total forecast is 0 or fading
        share = np.divide(recent, whole, out=np.zeros_like(recent), where=whole > 0)
        out[i] = np.where(np.isnan(units[:cut]).all(axis=0), np.nan, top[i][:, family] * share)
    return out
