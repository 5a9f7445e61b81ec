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
from forecasting.seasonal import inherited_index, returning, smoothed
from forecasting.working_days import event_shares, event_slopes, working_days

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

ALPHAS = (0.1, 0.2, 0.3)
# A level of two speeds beside them (seasonal.returning): after a year two fifths of what moved last are left.
RETURNING = {"fast": 0.35, "slow": 0.1, "kept": 0.93}
RETURNS = "returning to a slow level"
# What the season above weighs: units, and years of the family's and of the series' own sales.
SHRINK_UNITS = 300.0
SHRINK_SEASONS = (3.0, 5.0)
# What a year's season weighs against the next one's.
SEASON_KEPT = 0.8
# The calendar is judged with one plain method, at the bottom and in total.
JUDGING = {"alpha": 0.2, "beta": 0.0}
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
    units, cuts = panel.units / factor[: panel.units.shape[0]], list(origins)
    line = [codes(panel, hierarchy.market), codes(panel, hierarchy.family)]
    path = smoothed(units, cuts, _indices(panel, units, cuts, line), horizon=window, **JUDGING)
    actual = np.stack([panel.units[cut : cut + window] for cut in origins])
    error = path * _ahead(factor, origins, window) - actual
    sold = max(float(np.nansum(actual)), 1e-9)
    return (float(np.nansum(np.abs(error))) + float(np.abs(np.nansum(error, axis=2)).sum())) / sold


def _ahead(factor: Floats, cuts: Sequence[int], horizon: int) -> Floats:
    return np.stack([factor[cut : cut + horizon] for cut in cuts])


def _indices(panel: Panel, units: Floats, cuts: list[int], line: Sequence[Groups]) -> list[Floats]:
    """One (season, series) per cut; weeks of days hardly change from one to the next."""
    frequency = panel.frequency
    return [
        inherited_index(
            units[:cut],
            season=frequency.season,
            line=line,
            shrink_units=SHRINK_UNITS,
            shrink_seasons=SHRINK_SEASONS[: len(line)],
            kept=1.0 if frequency is Frequency.daily else SEASON_KEPT,
        )
        for cut in cuts
    ]


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
    flat = moving_mean(units, cuts, periods=season)[:, None, :]
    # the yardstick keeps no calendar; before a full season, "the same month last year" is the last month
    naive = Method.seasonal_naive if min(cuts) >= season else Method.naive
    found = [
        Candidate(naive, seasonal_naive(panel.units, cuts, season=season, horizon=horizon)),
        Candidate(Method.moving_mean, flat * ahead),
    ]
    indices = _indices(panel, units, cuts, [market, family])
    two_speeds = returning(units, cuts, indices, horizon=horizon, **RETURNING)
    found += [
        Candidate(
            Method.seasonal_smoothing,
            smoothed(units, cuts, indices, horizon=horizon, alpha=alpha, beta=0.0) * ahead,
            alpha,
        )
        for alpha in ALPHAS
    ]
    returns = Candidate(Method.seasonal_smoothing, two_speeds * ahead, RETURNING["fast"], RETURNS)
    found += [returns, *_shares(panel, units, cuts, family, market, ahead)]
    if textbook:
        found += _markets(panel, units, cuts, market, two_speeds, ahead)
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
        Candidate(Method.blend, (c.forecast + model) / 2, c.alpha, f"half boosted {c.settings}".rstrip())
        for c in found
        if c.method is Method.seasonal_smoothing
    ]
    return [*found, Candidate(Method.boosted_months, model), *half]


def _markets(
    panel: Panel, units: Floats, cuts: list[int], market: Groups, smooth: Floats, ahead: Floats
) -> list[Candidate]:
    """Textbook models of each market shared out by smoothing, alone and half and half with it."""
    horizon, season = ahead.shape[1], panel.frequency.season
    models = market_models(units, cuts, smooth, market, horizon=horizon, season=season)
    alone = [Candidate(m, path * ahead, settings="by market") for m, path in models.items()]
    mixed = [
        Candidate(Method.blend, (path + smooth) / 2 * ahead, settings=f"half {m} by market")
        for m, path in models.items()
    ]
    return [*alone, *mixed]


def _shares(
    panel: Panel, units: Floats, cuts: list[int], family: Groups, market: Groups, ahead: Floats
) -> list[Candidate]:
    """Top-down: each family smoothed as one, split by its members' sales of the last season."""
    totals = sums(units, family)
    home = np.zeros(totals.shape[1], dtype=np.int64)
    home[family] = market
    indices, horizon = _indices(panel, totals, cuts, [home]), ahead.shape[1]
    split = np.stack([_split(units[:cut], family, panel.frequency.season) for cut in cuts])[:, None, :]
    return [
        Candidate(
            Method.shares,
            smoothed(totals, cuts, indices, horizon=horizon, alpha=alpha, beta=0.0)[:, :, family]
            * split
            * ahead,
            alpha,
        )
        for alpha in ALPHAS
    ]


def _split(known: Floats, family: Groups, season: int) -> Floats:
    """Each series' share of its family's last season, (series,); NaN for one that has not begun."""
    recent = np.nan_to_num(known[-season:]).sum(axis=0)
    whole = np.bincount(family, weights=recent)[family]
    # no sale in a season anywhere: nothing to share by, and the total forecast is 0 or fading
    share = np.divide(recent, whole, out=np.zeros_like(recent), where=whole > 0)
    return np.where(np.isnan(known).all(axis=0), np.nan, share)
