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
from forecasting.backtest import smallest_mean
from forecasting.choose import Method
from forecasting.drivers import driver_block, moved_share
from forecasting.frames import HistoryError, Panel, check_history, to_panel
from forecasting.hierarchy import Hierarchy, level_forecasts
from forecasting.hierarchy_candidates import Calendar, Explained, candidates
from forecasting.known_ahead import TABLE_SCHEMA, given, known_of

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
CELL = ("outlet_id", "series")
# Orders wait for weeks, enquiries for months: three months are known in part.
KNOWN_STEPS = 3
QUANTILES = {"q10": 0.1, "q50": 0.5, "q90": 0.9}


@dataclass(frozen=True)
class VehicleForecast:
    """monthly: one row per market, region, outlet, series and month ahead, with mean, units and quantiles.

    levels: the same at every level, keys null above it. Means and units of a level are the sums of the
    bottom's; its quantiles are fitted to its own errors.
    accuracy: one row per level, method and horizon (null: all): wape, bias, mase, n.
    backtest: one row per level, keys (null above the level), origin (last month known), month and method.
    signals: one row per promotion or price (`group` drivers), and per month ahead and signal of what is known
    (see known_ahead.Ahead): what it weighs, the error without and with it, and whether it is used.
    moved: one row per bottom series and month ahead: `share` of the mean that promotions and price changes
    bring (below zero: take); null where they are not used.
    """

    monthly: pl.DataFrame
    levels: pl.DataFrame
    accuracy: pl.DataFrame
    backtest: pl.DataFrame
    calendar: Calendar
    signals: pl.DataFrame
    moved: pl.DataFrame


def forecast_vehicles(
    sales: pl.DataFrame,
    *,
    horizon: int,
    seed: int = 0,
    drivers: pl.DataFrame | None = None,
    known: pl.DataFrame | None = None,
    textbook: bool = True,
) -> VehicleForecast:
    """Forecast sales: market, region, outlet_id, series, month, units >= 0, zero months included.

    With a column `cleaned_units` (`cleaning.cleaned`) methods, settings and intervals are fitted to it;
    accuracy and backtest are measured against `units` all the same.

    A market that is an ISO country code brings its public holidays. drivers: outlet_id, series, month and a
    column per promotion or price (drivers.driver_block); known: outlet_id, series, cut_month, month, cars
    handed over so far (`certain`), orders and enquiries (known_ahead.known_of). Neither is used where it
    does not better the backtest. textbook: also Theta, ETS and ARIMA of each market, which take the longest.
    Raises HistoryError for a gap, a duplicate, a negative, or an outlet in two regions.
    """
    checked = _checked(sales)
    came = to_panel(checked, BOTTOM)
    has_marks = "cleaned_units" in sales.columns
    panel = to_panel(checked, BOTTOM, units="cleaned_units") if has_marks else came
    countries = panel.keys["market"].to_list()
    blocks = None if drivers is None else driver_block(drivers, panel, CELL, horizon)
    return forecast_hierarchy(
        panel,
        NETWORK,
        horizon=horizon,
        countries=countries,
        seed=seed,
        drivers=blocks,
        known=known,
        textbook=textbook,
        came=came,
    )


def forecast_hierarchy(
    panel: Panel,
    hierarchy: Hierarchy,
    *,
    horizon: int,
    countries: Sequence[str | None],
    quantiles: dict[str, float] = QUANTILES,
    seed: int = 0,
    drivers: dict[str, Floats] | None = None,
    known: pl.DataFrame | None = None,
    textbook: bool = True,
    came: Panel | None = None,
) -> VehicleForecast:
    """The same for any panel and hierarchy; countries: one per series, None for Monday to Friday.

    drivers: each (periods + horizon, series). came: what really came, where the panel is cleaned.
    """
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1 period, got {horizon}")
    origins, window = rolling.plan(panel.units.shape[0], horizon, panel.frequency.season)
    tried, explained = candidates(
        panel,
        hierarchy,
        origins,
        window,
        horizon=horizon,
        countries=countries,
        seed=seed,
        drivers=drivers,
        textbook=textbook,
    )
    rows = rolling.backtest(panel, hierarchy, tried, origins, window)
    # nothing to judge by: the mean is the safe answer, not the last value
    chosen = (
        tried[rolling.choose(tried, rows)]
        if origins
        else next(c for c in tried if c.method is Method.moving_mean)
    )
    best = rolling.best_settings(rows)
    if came is not None and came is not panel:
        best = rolling.against(best, came, hierarchy)
    path, ahead = _given_known(panel, chosen.forecast, origins, window, known)
    levels = level_forecasts(panel, hierarchy, path, origins, window, quantiles)
    bottom, keys = next(iter(hierarchy.levels)), hierarchy.bottom
    return VehicleForecast(
        levels.filter(pl.col("level") == bottom)
        .drop("level")
        .with_columns(method=pl.lit(chosen.method.value)),
        levels,
        rolling.accuracy(came or panel, hierarchy, best, origins),
        best.select("level", *keys, "origin", "month", "horizon", "method", "actual", "forecast"),
        explained.calendar,
        pl.concat([_driver_table(explained), ahead]),
        _moved(panel, explained, drivers, horizon),
    )


def _moved(
    panel: Panel, explained: Explained, drivers: dict[str, Floats] | None, horizon: int
) -> pl.DataFrame:
    """Share of each month ahead that drivers bring; null where the forecast does not use them."""
    periods, series = panel.units.shape
    share = np.full((horizon, series), np.nan)
    if drivers and explained.is_used:
        share = moved_share(drivers, explained.effects, periods=periods)
    months = pl.DataFrame({"month": panel.dates(horizon), "share": [row.tolist() for row in share]})
    each = months.with_columns(number_=pl.lit(list(range(series)))).explode("share", "number_")
    keys = panel.keys.with_row_index("number_").with_columns(pl.col("number_").cast(pl.Int64))
    return each.join(keys, on="number_").select(*panel.keys.columns, "month", pl.col("share").fill_nan(None))


def _given_known(
    panel: Panel, path: Floats, origins: list[int], window: int, known: pl.DataFrame | None
) -> tuple[Floats, pl.DataFrame]:
    """The chosen path given orders and enquiries, judged over all series: one has too few cars."""
    if known is None or not origins:
        return path, pl.DataFrame(schema=TABLE_SCHEMA)
    cuts = [*origins, panel.units.shape[0]]
    actual = np.stack([panel.units[cut : cut + window] for cut in origins])
    found = given(
        path[:-1, :window],
        path[-1],
        actual,
        known_of(known, panel, CELL, cuts, KNOWN_STEPS),
        groups=np.full(panel.units.shape[1], "all"),
        floor=smallest_mean(panel.units),
    )
    out = path.copy()
    out[:-1, :window], out[-1] = found.past, found.mean
    return out, found.table


def _driver_table(explained: Explained) -> pl.DataFrame:
    """Weight is the logarithm of what the driver at 1 multiplies sales by; the errors are of all together."""
    rows = [
        ("drivers", None, name, effect, explained.miss_without, explained.miss_with, explained.is_used)
        for name, effect in explained.effects.items()
    ]
    return pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row")


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
