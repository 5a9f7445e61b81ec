"""Forecast and backtest a tidy file: unique_id, ds, y; what `dms forecast FILE` and `dms backtest FILE` run.

In: CSV or Parquet, monthly, weekly or daily. Out: a file of unique_id, ds, mean and quantiles, or a list of
figures next to their peer. A period without a row, or with an empty y, is unknown; it is not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
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

Floats = NDArray[np.float64]

KEYS = ("unique_id",)
NO_ROWS = "the file has no rows; at least one unique_id, ds and y are needed"
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
TEXT = (pl.String, pl.Categorical)
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
    target = Path(out)
    if target.suffix not in (".parquet", ".csv"):
        raise HistoryError(f"out must end in .parquet or .csv, got {target.name}")
    _check_levels(levels)
    panel, scale = read_history(path)
    found = project(
        panel.units * scale, horizon=horizon, season=panel.frequency.season, origins=origins, seed=seed
    )
    table = _table(panel, found, levels, scale, horizon)
    if target.suffix == ".csv":
        table.write_csv(target)
    else:
        table.write_parquet(target)
    return table


def backtest_file(
    path: str | Path, *, horizon: int = 6, origins: int = 3, levels: Sequence[float] = LEVELS
) -> list[Figure]:
    """Forecast from each of the last `origins` origins as if it were today; figures over all of them.

    Methods, settings and spread are chosen anew at each origin from what was known then, so nothing of
    the judged periods is used. The peer is seasonal naive (naive where a season is not yet known).
    """
    _check_levels(levels)
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
    history = read_tidy(path).select("unique_id", "ds", "y")
    frequency = detect_frequency(history)
    checked = check_history(history, KEYS, period="ds", units="y", frequency=frequency, complete=False)
    panel = to_panel(checked, KEYS, period="ds", units="y", frequency=frequency)
    values = history["y"].to_numpy()
    whole = bool((values == np.floor(values)).all())
    return panel, 1.0 if whole else FINE_STEPS / float(values[values > 0].mean())


_READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".parquet": pl.read_parquet,
    ".csv": partial(pl.read_csv, try_parse_dates=False),
    ".xlsx": pl.read_excel,
}


def read_tidy(path: str | Path) -> pl.DataFrame:
    """Rows with a value: unique_id, ds as a date, y as a number, and every text column beside them."""
    source = Path(path)
    if source.suffix not in _READERS:
        raise HistoryError(f"{source.name} must be a .csv, .parquet or .xlsx file")
    raw = _read(source)
    missing = [c for c in ("unique_id", "ds", "y") if c not in raw.columns]
    if missing:
        raise HistoryError(
            f"{source.name} has no column {', '.join(missing)}; rename or add it "
            f"(it has {', '.join(raw.columns)})"
        )
    text = [c for c, kind in raw.schema.items() if kind in TEXT and c not in ("unique_id", "ds", "y")]
    return _without_unknown(raw.select("unique_id", *text, ds=_as_date(raw), y=_as_number(raw)))


def _read(source: Path) -> pl.DataFrame:
    """The file's columns as they stand; dates in text stay text, since 01/02/2024 says two different days."""
    try:
        return _READERS[source.suffix](source)
    except pl.exceptions.NoDataError as nothing:
        raise HistoryError(NO_ROWS) from nothing


def _as_date(raw: pl.DataFrame) -> pl.Series:
    """The day as it was written: an instant with a zone is the day of that zone, not the day in UTC."""
    ds = raw["ds"]
    if ds.dtype == pl.String:
        parsed = ds.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    elif isinstance(ds.dtype, pl.Datetime):
        parsed = ds.dt.replace_time_zone(None).dt.date() if ds.dtype.time_zone else ds.dt.date()
    elif ds.dtype == pl.Date:
        parsed = ds
    else:
        raise HistoryError(f"ds must be a date, not {ds.dtype}: write it as 2024-01-31")
    bad = raw.filter(parsed.is_null())
    if not bad.is_empty():
        raise HistoryError(
            f"ds of unique_id={bad['unique_id'][0]} is {bad['ds'][0]!r} (and {bad.height - 1} more): "
            "it must be a date, written as 2024-01-31"
        )
    return parsed


def _as_number(raw: pl.DataFrame) -> pl.Series:
    y = raw["y"]
    numbers = (
        y.cast(pl.Float64, strict=False)
        if y.dtype != pl.Boolean
        else pl.Series([None] * len(y), dtype=pl.Float64)
    )
    bad = raw.filter(numbers.is_null() & y.is_not_null())
    if not bad.is_empty():
        row = bad.row(0, named=True)
        raise HistoryError(
            f"y of unique_id={row['unique_id']}, ds={row['ds']} is {row['y']!r} "
            f"(and {bad.height - 1} more): it must be a number; leave it empty when unknown"
        )
    return numbers


def _without_unknown(history: pl.DataFrame) -> pl.DataFrame:
    """Rows with a value; a series that has none at all cannot be forecast and is refused."""
    if history.is_empty():
        raise HistoryError(NO_ROWS)
    known = history.filter(pl.col("y").is_not_null() & pl.col("y").is_not_nan())
    lost = history.filter(pl.col("unique_id").is_not_null()).join(known, on="unique_id", how="anti")
    if not lost.is_empty():
        raise HistoryError(
            f"unique_id={lost['unique_id'][0]} has no y at all: leave the series out, "
            "or write 0 where nothing was asked for"
        )
    return known


def _check_levels(levels: Sequence[float]) -> None:
    if not levels or not all(0 < level < 1 for level in levels):
        raise HistoryError(f"levels must lie strictly between 0 and 1, got {list(levels)}")


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
    return [
        Figure(name, value, "share", "seasonal_naive", peer[name], _ratio(value, peer[name]), origins)
        for name, value in mine.items()
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
        **{f"coverage_{x:g}": losses.coverage(quantiles[f"q{x:g}"]) for x in levels},
    )
    each = by_series.select(pl.col("mase", "rmsse", "scaled_pinball").fill_nan(None).mean())
    measured: dict[str, float | None] = whole.row(0, named=True) | each.row(0, named=True)
    return measured
