"""Textbook models of each market's total, handed down to its series: Theta, ETS and ARIMA by statsmodels.

In: sales (periods, series), their markets, cut-offs, and a forecast that says how a market is shared out.
Out: (cuts, horizon, series) per method. A market's total is long and smooth enough for what one outlet's
series is too short for. Parameters of Holt-Winters and ARIMA are estimated before the first cut-off and kept
after it, because that takes the time; Theta, which is quick, is estimated at each.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.tools.sm_exceptions import ModelWarning
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing
from statsmodels.tsa.statespace.sarimax import SARIMAX
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from forecasting.choose import Method
from forecasting.hierarchy import sums

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]
Forecaster = Callable[[Floats, int], Floats]  # history, horizon: (horizon,)

MOST_MARKETS = 40  # about a fifth of a second each
LONGEST_SEASON = 12  # an estimation over 52 weeks takes longer than it is worth
ETS_WEIGHTS = ("smoothing_level", "smoothing_trend", "smoothing_seasonal", "damping_trend")
SEASONS = 2  # full ones before the first cut-off, or there is no season to estimate


def market_models(
    units: Floats, cuts: list[int], shared: Floats, market: Groups, *, horizon: int, season: int
) -> dict[Method, Floats]:
    """Each method's forecast of the markets, shared out as `shared` (cuts, horizon, series) does.

    None where there are too many markets, less than two seasons, or a season longer than a year's months.
    """
    totals = sums(units, market)
    first = min(cuts)
    if totals.shape[1] > MOST_MARKETS or not 1 < season <= LONGEST_SEASON or first <= SEASONS * season:
        return {}
    below = sums(shared, market)
    found = {}
    for method, estimate in _ESTIMATES.items():
        path = np.stack([_ahead(estimate, total, cuts, horizon, season) for total in totals.T], axis=-1)
        scale = np.divide(path, below, out=np.ones_like(below), where=(below > 0) & np.isfinite(path))
        found[method] = shared * scale[:, :, market]
    return found


def _ahead(
    estimate: Callable[[Floats, int], Forecaster], total: Floats, cuts: list[int], horizon: int, season: int
) -> Floats:
    """(cuts, horizon) of one market, never below 0; NaN where it had not sold long enough to estimate."""
    start = int(np.argmax(total > 0))
    if min(cuts) - start <= SEASONS * season:
        return np.full((len(cuts), horizon), np.nan)
    # matrices this small make threads wait for each other; the backtest judges what did not converge
    with threadpool_limits(limits=1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        forecast = estimate(total[start : min(cuts)], season)
        return np.stack([np.maximum(forecast(total[start:cut], horizon), 0.0) for cut in cuts])


def theta(history: Floats, season: int) -> Forecaster:
    """Theta with a multiplicative season where every month sells (Assimakopoulos and Nikolopoulos 2000)."""

    def forecast(known: Floats, horizon: int) -> Floats:
        how = "multiplicative" if known.min() > 0 else "additive"
        model = ThetaModel(known, period=season, deseasonalize=True, use_test=False, method=how)
        return np.asarray(model.fit().forecast(horizon), dtype=np.float64)

    return forecast


def ets(history: Floats, season: int) -> Forecaster:
    """Holt-Winters, damped trend and additive season (Hyndman and Athanasopoulos 2021, 8.3)."""
    weights = _holt_winters(history, season).fit().params
    kept = {name: weights[name] for name in ETS_WEIGHTS}

    def forecast(known: Floats, horizon: int) -> Floats:
        fitted = _holt_winters(known, season).fit(**kept, optimized=False)
        return np.asarray(fitted.forecast(horizon), dtype=np.float64)

    return forecast


def arima(history: Floats, season: int) -> Forecaster:
    """Airline model on logarithms: (0,1,1)(0,1,1) (Box and Jenkins 1970)."""
    weights = _airline(history, season).fit(disp=0, maxiter=50).params

    def forecast(known: Floats, horizon: int) -> Floats:
        return np.asarray(
            np.expm1(_airline(known, season).filter(weights).forecast(horizon)), dtype=np.float64
        )

    return forecast


def _holt_winters(history: Floats, season: int) -> Any:
    return ExponentialSmoothing(
        history,
        trend="add",
        damped_trend=True,
        seasonal="add",
        seasonal_periods=season,
        initialization_method="heuristic",
    )


def _airline(history: Floats, season: int) -> Any:
    return SARIMAX(np.log1p(history), order=(0, 1, 1), seasonal_order=(0, 1, 1, season))


_ESTIMATES: dict[Method, Callable[[Floats, int], Forecaster]] = {
    Method.theta: theta,
    Method.ets: ets,
    Method.arima: arima,
}
