"""Vehicle demand: outlet x series, monthly, coherent because every method forecasts the bottom.

In: units sold per market, region, outlet, series and month. Out: `VehicleForecast`: forecast with interval
at every level, whole units that add up, accuracy of every method at every level, and its backtest rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting import hierarchy_backtest as rolling
from forecasting.choose import Method
from forecasting.frames import HistoryError, Panel, check_history, to_panel
from forecasting.hierarchy import Hierarchy, level_forecasts
from forecasting.hierarchy_candidates import Calendar, candidates

Floats = NDArray[np.float64]

BOTTOM = ("market", "region", "outlet_id", "series")
LEVELS: dict[str, tuple[str, ...]] = {
    "outlet_series": BOTTOM,
    "outlet": ("market", "region", "outlet_id"),
    "market_series": ("market", "series"),
    "market": ("market",),
    "total": (),
}
NETWORK = Hierarchy(
    levels=LEVELS,
    market=("market",),
    family=("market", "series"),
    path=("total", "market", "outlet", "outlet_series"),
)
QUANTILES = {"q10": 0.1, "q50": 0.5, "q90": 0.9}


@dataclass(frozen=True)
class VehicleForecast:
    """monthly: one row per market, region, outlet, series and month ahead, with mean, units and quantiles.

    levels: the same at every level, keys null above it. Means and units of a level are the sums of the
    bottom's; its quantiles are fitted to its own errors.
    accuracy: one row per level, method and horizon (null: all): wape, bias, mase, n.
    backtest: one row per level, keys (null above the level), origin (last month known), month and method.
    """

    monthly: pl.DataFrame
    levels: pl.DataFrame
    accuracy: pl.DataFrame
    backtest: pl.DataFrame
    calendar: Calendar


def forecast_vehicles(sales: pl.DataFrame, *, horizon: int, seed: int = 0) -> VehicleForecast:
    """Forecast sales: market, region, outlet_id, series, month, units >= 0, zero months included.

    A market that is an ISO country code brings its public holidays.
    Raises HistoryError for a gap, a duplicate, a negative, or an outlet in two regions.
    """
    panel = to_panel(_checked(sales), BOTTOM)
    countries = panel.keys["market"].to_list()
    return forecast_hierarchy(panel, NETWORK, horizon=horizon, countries=countries, seed=seed)


def forecast_hierarchy(
    panel: Panel,
    hierarchy: Hierarchy,
    *,
    horizon: int,
    countries: Sequence[str | None],
    quantiles: dict[str, float] = QUANTILES,
    seed: int = 0,
) -> VehicleForecast:
    """The same for any panel and hierarchy; countries: one per series, None for Monday to Friday."""
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1 period, got {horizon}")
    origins, window = rolling.plan(panel.units.shape[0], horizon)
    tried, calendar = candidates(
        panel, hierarchy, origins, window, horizon=horizon, countries=countries, seed=seed
    )
    rows = rolling.backtest(panel, hierarchy, tried, origins, window)
    # nothing to judge by: the mean is the safe answer, not the last value
    chosen = (
        tried[rolling.choose(tried, rows)]
        if origins
        else next(c for c in tried if c.method is Method.moving_mean)
    )
    best = rolling.best_settings(rows)
    levels = level_forecasts(panel, hierarchy, chosen.forecast, origins, window, quantiles)
    bottom, keys = next(iter(hierarchy.levels)), hierarchy.bottom
    return VehicleForecast(
        levels.filter(pl.col("level") == bottom)
        .drop("level")
        .with_columns(method=pl.lit(chosen.method.value)),
        levels,
        rolling.accuracy(panel, hierarchy, best, origins),
        best.select("level", *keys, "origin", "month", "horizon", "method", "actual", "forecast"),
        calendar,
    )


def _checked(sales: pl.DataFrame) -> pl.DataFrame:
    checked = check_history(sales, BOTTOM)
    homes = (
        checked.select("market", "region", "outlet_id").unique().filter(pl.col("outlet_id").is_duplicated())
    )
    if not homes.is_empty():
        outlet = homes.sort("outlet_id")["outlet_id"][0]
        raise HistoryError(
            f"outlet_id={outlet} appears in more than one market or region: keep its present one"
        )
    return checked
