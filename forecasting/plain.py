"""Forecast and backtest a tidy file: unique_id, ds, y; what `dms forecast FILE` and `dms backtest FILE` run.

In: CSV, Parquet or XLSX, quarterly to daily. Out: a file of unique_id, ds, mean and quantiles, or a list of
figures next to their peer. A period without a row, or with an empty y, is unknown; it is not zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting import losses
from forecasting.baselines import naive, seasonal_naive
from forecasting.frames import HistoryError, Panel, check_history, to_panel
from forecasting.parts import path_quantiles
from forecasting.periods import detect_frequency
from forecasting.project import Projection, project
from forecasting.tidy_file import checked_out, checked_quantiles, read_tidy, write_table

Floats = NDArray[np.float64]

KEYS = ("unique_id",)
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# Values that are not counts get this many steps to their mean: fine enough for a law of whole numbers.
FINE_STEPS = 1_000.0


@dataclass(frozen=True)
class Figure:
    """One measured value; `ratio` is value over peer_value, null where there is no peer or it is 0."""

    name: str
    value: float | None
    unit: str
    peer: str | None
    peer_value: float | None
    ratio: float | None
    runs: int  # origins measured


def forecast_file(
    path: str | Path,
    *,
    horizon: int,
    out: str | Path,
    levels: Sequence[float] = LEVELS,
    origins: int = 6,
    seed: int = 0,
) -> pl.DataFrame:
    """Write `horizon` periods after the file's last one to `out` (.parquet or .csv), and return them.

    One row per unique_id and ds, sorted: unique_id, ds, mean, one column per level (q0.1 ...), method.
    Every series is forecast from the last period of the whole file, also one whose own rows end earlier.
    Raises HistoryError naming field, rule and remedy for what cannot be forecast.
    """
    target, levels = checked_out(out, path), checked_quantiles(levels)
    panel, scale = read_history(path)
    found = project(
        panel.units * scale, horizon=horizon, season=panel.frequency.season, origins=origins, seed=seed
    )
    table = _table(panel, found, levels, scale, horizon)
    write_table(table, target)
    return table


def backtest_file(
    path: str | Path, *, horizon: int = 6, origins: int = 3, levels: Sequence[float] = LEVELS
) -> list[Figure]:
    """Forecast from each of the last `origins` origins as if it were today; figures over all of them.

    Methods, settings and spread are chosen anew at each origin from what was known then, so nothing of
    the judged periods is used. The peer is seasonal naive (naive where a season is not yet known).
    """
    levels = checked_quantiles(levels)
    panel, scale = read_history(path)
    cuts = [panel.units.shape[0] - horizon - back for back in range(origins)]
    if horizon < 1 or origins < 1 or min(cuts) < 2:
        raise HistoryError(
            f"horizon {horizon} with {origins} origins needs {horizon + origins + 1} periods of "
            f"history, the file has {panel.units.shape[0]}: take a shorter horizon or fewer origins"
        )
    rows = pl.concat([_judged_rows(panel, cut, horizon, levels, scale) for cut in cuts])
    return _figures(rows, levels, origins)


def read_history(path: str | Path) -> tuple[Panel, float]:
    """The file as a panel (NaN where unknown), and the factor that makes its values whole numbers."""
    history = read_tidy(path).rows.select("unique_id", "ds", "y")
    frequency = detect_frequency(history)
    checked = check_history(history, KEYS, period="ds", units="y", frequency=frequency, complete=False)
    panel = to_panel(checked, KEYS, period="ds", units="y", frequency=frequency)
    values = history["y"].to_numpy()
    whole = bool((values == np.floor(values)).all())
    return panel, 1.0 if whole else FINE_STEPS / float(values[values > 0].mean())


def quantile_paths(
    panel_units: Floats, found: Projection, levels: Sequence[float], scale: float
) -> list[Floats]:
    """(horizon, series) per level, in the file's own unit; a series that never varied has no spread."""
    paths = [q / scale for q in path_quantiles(found.mean, found.dispersion, levels)]
    constant, mean = _never_varied(panel_units), mean_path(panel_units, found, scale)
    for path in paths:
        path[:, constant] = mean[:, constant]
    return paths


def mean_path(panel_units: Floats, found: Projection, scale: float) -> Floats:
    """(horizon, series) in the file's own unit; a series that never varied goes on as it is."""
    constant = _never_varied(panel_units)
    mean = found.mean / scale
    mean[:, constant] = np.nanmax(panel_units[:, constant], axis=0, initial=-np.inf)
    return mean


def _never_varied(units: Floats) -> NDArray[np.bool_]:
    seen = ~np.isnan(units)
    low = np.where(seen, units, np.inf).min(axis=0)
    high = np.where(seen, units, -np.inf).max(axis=0)
    result: NDArray[np.bool_] = (low == high) & (seen.sum(axis=0) > 2)
    return result


def _table(
    panel: Panel, found: Projection, levels: Sequence[float], scale: float, horizon: int
) -> pl.DataFrame:
    series = panel.units.shape[1]
    keys = panel.keys.with_columns(
        method=pl.Series([found.chosen_for(c).method.value for c in found.shape.demand_class.tolist()])
    )
    days = pl.Series("ds", panel.dates(horizon), dtype=pl.Date)
    columns = {"mean": mean_path(panel.units, found, scale)}
    columns |= {
        f"q{level:g}": path
        for level, path in zip(levels, quantile_paths(panel.units, found, levels, scale), strict=True)
    }
    return keys[np.repeat(np.arange(series), horizon)].select(
        "unique_id",
        ds=days[np.tile(np.arange(horizon), series)],
        **{name: pl.Series(path.T.ravel()) for name, path in columns.items()},
        method="method",
    )


def _judged_rows(panel: Panel, cut: int, horizon: int, levels: Sequence[float], scale: float) -> pl.DataFrame:
    """One row per series begun before `cut` and judged period: actual, forecast, peers, quantiles, scales."""
    known, season = panel.units[:cut], panel.frequency.season
    begun = ~np.isnan(known).all(axis=0)
    known, actual = known[:, begun], panel.units[cut : cut + horizon, begun]
    found = project(known * scale, horizon=horizon, season=season, origins=6)
    columns = {
        "actual": actual,
        "forecast": mean_path(known, found, scale),
        "peer": seasonal_naive(known, [cut], season=season, horizon=horizon)[0],
        "last": np.repeat(naive(known, [cut]), horizon, axis=0),
    }
    columns |= {
        f"q{level:g}": path
        for level, path in zip(levels, quantile_paths(known, found, levels, scale), strict=True)
    }
    columns |= {name: np.repeat(row[None, :], horizon, axis=0) for name, row in scales(known, season).items()}
    rows = pl.DataFrame({name: block.T.ravel() for name, block in columns.items()}).fill_nan(None)
    number = np.repeat(np.flatnonzero(begun), horizon)
    return rows.with_columns(series=pl.Series(number), origin=cut).filter(pl.col("actual").is_not_null())


def scales(known: Floats, season: int) -> dict[str, Floats]:
    """Per series, from what was known: mean absolute seasonal difference, mean absolute and squared step.

    Steps count from the first demand on (M5). NaN where there is none.
    """
    hit = known > 0
    alive = np.maximum.accumulate(hit, axis=0)[:-1]
    step = np.where(alive, np.diff(known, axis=0), np.nan)
    seasonal = np.abs(known[season:] - known[:-season])
    return {"scale": _mean(seasonal), "scale_step": _mean(np.abs(step)), "scale_squared": _mean(step**2)}


def _mean(block: Floats) -> Floats:
    count = (~np.isnan(block)).sum(axis=0)
    return np.where(count > 0, np.nansum(block, axis=0) / np.maximum(count, 1), np.nan)


def _figures(rows: pl.DataFrame, levels: Sequence[float], origins: int) -> list[Figure]:
    mine = _measures(rows, levels, {f"q{level:g}": f"q{level:g}" for level in levels})
    peer_rows = rows.with_columns(forecast=pl.col("peer"))
    peer = _measures(peer_rows, levels, {f"q{level:g}": "peer" for level in levels})
    figures = [
        Figure(name, value, "share", "seasonal_naive", peer[name], _ratio(value, peer[name]), origins)
        for name, value in mine.items()
    ]
    covered = rows.select(**{f"{x:g}": losses.coverage(f"q{x:g}") for x in levels}).row(0, named=True)
    return figures + [
        Figure(f"coverage_{name}", value, "share", "nominal", float(name), None, origins)
        for name, value in covered.items()
    ]


def _ratio(value: float | None, peer: float | None) -> float | None:
    return value / peer if value is not None and peer else None


def _measures(
    rows: pl.DataFrame, levels: Sequence[float], quantiles: dict[str, str]
) -> dict[str, float | None]:
    by_series = rows.group_by("series", "origin").agg(
        mase=losses.mase(),
        rmsse=losses.rmsse(),
        scaled_pinball=pl.mean_horizontal(losses.scaled_pinball(x, quantiles[f"q{x:g}"]) for x in levels),
    )
    whole = rows.select(
        wape=losses.wape(),
        bias=losses.bias(),
        weighted_quantile_loss=pl.mean_horizontal(
            losses.weighted_quantile_loss(x, quantiles[f"q{x:g}"]) for x in levels
        ),
    )
    each = by_series.select(pl.col("mase", "rmsse", "scaled_pinball").fill_nan(None).mean())
    measured: dict[str, float | None] = whole.row(0, named=True) | each.row(0, named=True)
    return measured
