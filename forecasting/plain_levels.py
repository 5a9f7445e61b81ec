"""A tidy file with hierarchy columns: forecast and backtest at every level, whole units that add up.

In: unique_id, ds, y and text columns from the top down (say region, make). Out: as plain.py, with the upper
levels' rows beside the series' own: unique_id is then `make=Toyota`, or `total`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from forecasting import losses
from forecasting.frames import HistoryError, Panel, check_history, to_panel
from forecasting.hierarchy import Hierarchy
from forecasting.periods import detect_frequency
from forecasting.plain import LEVELS, Figure, read_tidy
from forecasting.vehicles import forecast_hierarchy

SERIES, TOTAL = "series", "total"
# Above this many a panel is one of parts: it is forecast flat, and its upper levels are the reader's sums.
MOST_SERIES = 5_000


def has_levels(path: str | Path) -> bool:
    """Whether the file has text columns beside unique_id, and no more than MOST_SERIES series."""
    tidy = read_tidy(path)
    columns = [c for c in tidy.columns if c not in ("unique_id", "ds", "y")]
    return bool(columns) and tidy["unique_id"].n_unique() <= MOST_SERIES


def forecast_levels_file(
    path: str | Path,
    *,
    horizon: int,
    out: str | Path,
    quantiles: Sequence[float] = LEVELS,
    country: str | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """Write `horizon` periods of every series and every level to `out`, and return them.

    One row per unique_id and ds: level, unique_id, ds, mean, units (whole, add up), one column per quantile.
    country: ISO 3166-1 alpha-2, for working days; without one Monday to Friday.
    """
    target = Path(out)
    if target.suffix not in (".parquet", ".csv"):
        raise HistoryError(f"out must end in .parquet or .csv, got {target.name}")
    panel, hierarchy = read_levels(path)
    table = _forecast(panel, hierarchy, horizon, quantiles, country, seed)
    (table.write_csv if target.suffix == ".csv" else table.write_parquet)(target)
    return table


def backtest_levels_file(
    path: str | Path,
    *,
    horizon: int = 6,
    origins: int = 3,
    quantiles: Sequence[float] = LEVELS,
    levels: Sequence[str] = (),
    country: str | None = None,
) -> list[Figure]:
    """Forecast from each of the last `origins` origins as if it were today; figures per level.

    Calendar, method, settings and spread are chosen anew at each origin. The peer is seasonal naive.
    levels: those to tell about, all when empty.
    """
    panel, hierarchy = read_levels(path)
    if unknown := [name for name in levels if name not in hierarchy.levels]:
        raise HistoryError(f"no level {', '.join(unknown)}; the file has {', '.join(hierarchy.levels)}")
    cuts = [panel.units.shape[0] - horizon - back for back in range(origins)]
    season = panel.frequency.season
    if horizon < 1 or origins < 1 or min(cuts) <= season:
        raise HistoryError(
            f"horizon {horizon} with {origins} origins needs {horizon + origins + season} periods, "
            f"the file has {panel.units.shape[0]}: take a shorter horizon or fewer origins"
        )
    rows = pl.concat(judged_rows(panel, hierarchy, cut, horizon, quantiles, country) for cut in cuts)
    wanted = levels or list(hierarchy.levels)
    return [figure for name in wanted for figure in _figures(rows, name, quantiles, origins)]


def read_levels(path: str | Path) -> tuple[Panel, Hierarchy]:
    """The file as a panel whose keys are its hierarchy columns and unique_id, and the levels they make.

    Refused, with the remedy: a series that stands in two places, gaps, values that are not whole numbers.
    """
    history = read_tidy(path)
    columns = [c for c in history.columns if c not in ("unique_id", "ds", "y")]
    keys = (*columns, "unique_id")
    homes = history.select(keys).unique().filter(pl.col("unique_id").is_duplicated())
    if not homes.is_empty():
        raise HistoryError(
            f"unique_id={homes['unique_id'].sort()[0]} stands under more than one {', '.join(columns)}: "
            "keep its present one, or give the parts ids of their own"
        )
    parts = history.filter(pl.col("y") != pl.col("y").floor())
    if not parts.is_empty():
        row = parts.row(0, named=True)
        raise HistoryError(
            f"y of unique_id={row['unique_id']}, ds={row['ds']} is {row['y']:g} (and {parts.height - 1} "
            "more): with hierarchy columns y must be whole numbers, or the levels would not add up; "
            f"round it, or leave the columns {', '.join(columns)} out"
        )
    frequency = detect_frequency(history)
    checked = check_history(history, keys, period="ds", units="y", frequency=frequency)
    panel = to_panel(checked, keys, period="ds", units="y", frequency=frequency)
    uppers = {columns[i - 1]: tuple(columns[:i]) for i in range(len(columns), 0, -1)}
    levels = {SERIES: keys, **uppers, TOTAL: ()}
    path_down = (TOTAL, *columns, SERIES)
    return panel, Hierarchy(levels=levels, market=(), family=tuple(columns), path=path_down)


def _forecast(
    panel: Panel,
    hierarchy: Hierarchy,
    horizon: int,
    quantiles: Sequence[float],
    country: str | None,
    seed: int = 0,
) -> pl.DataFrame:
    named = {f"q{level:g}": level for level in quantiles}
    found = forecast_hierarchy(
        panel,
        hierarchy,
        horizon=horizon,
        countries=[country] * panel.keys.height,
        quantiles=named,
        seed=seed,
    )
    return found.levels.select(
        "level", unique_id=_node(hierarchy), ds="month", mean="mean", units="units", **{q: q for q in named}
    ).sort("level", "unique_id", "ds")


def _node(hierarchy: Hierarchy) -> pl.Expr:
    """unique_id of a row: the series' own, `make=Toyota`, `region=North, make=Toyota`, `total`."""
    names: pl.Expr = pl.lit(TOTAL)
    for level, keys in reversed(list(hierarchy.levels.items())):
        if level == SERIES:
            name = pl.col("unique_id").cast(pl.String)
        elif keys:
            name = pl.concat_str([pl.lit(f"{k}=") + pl.col(k).cast(pl.String) for k in keys], separator=", ")
        else:
            continue
        names = pl.when(pl.col("level") == level).then(name).otherwise(names)
    return names


def _history(panel: Panel, hierarchy: Hierarchy) -> pl.DataFrame:
    """level, unique_id, ds, y of every level, as known."""
    days = pl.Series("ds", panel.past(), dtype=pl.Date)
    bottom = pl.concat(
        panel.keys[i].join(pl.DataFrame({"ds": days, "y": panel.units[:, i]}), how="cross")
        for i in range(panel.keys.height)
    ).with_columns(pl.col("y").fill_nan(0.0))
    parts = [
        bottom.group_by(*keys, "ds").agg(pl.col("y").sum()).with_columns(level=pl.lit(name))
        for name, keys in hierarchy.levels.items()
    ]
    whole = pl.concat(parts, how="diagonal")
    return whole.select("level", "ds", "y", unique_id=_node(hierarchy)).sort("level", "unique_id", "ds")


def judged_rows(
    panel: Panel,
    hierarchy: Hierarchy,
    cut: int,
    horizon: int,
    quantiles: Sequence[float],
    country: str | None,
) -> pl.DataFrame:
    """One row per level, node and judged period: actual, forecast, peer, scale, quantiles.

    cut: periods known; nothing after it is read for a forecast.
    """
    days = panel.past()
    known = Panel(panel.keys, panel.units[:cut], days[cut - 1], panel.frequency)
    table = _forecast(known, hierarchy, horizon, quantiles, country)
    season, at = panel.frequency.season, ["level", "unique_id"]
    seasons = season * -(-horizon // season)  # the last whole seasons known at the origin
    history = _history(panel, hierarchy).with_columns(
        peer=pl.col("y").shift(seasons).over(at), year=pl.col("y").shift(season).over(at)
    )
    scale = (
        history.filter(pl.col("ds") < days[cut])
        .group_by(at)
        .agg(scale=(pl.col("y") - pl.col("year")).abs().mean())
    )
    return (
        table.join(history.rename({"y": "actual"}), on=[*at, "ds"])
        .join(scale, on=at)
        .rename({"mean": "forecast"})
    )


def _figures(rows: pl.DataFrame, level: str, quantiles: Sequence[float], origins: int) -> list[Figure]:
    here = rows.filter(pl.col("level") == level)
    mine, peer = (_point(table) for table in (here, here.with_columns(forecast=pl.col("peer"))))
    figures = [
        Figure(
            f"{level} {name}", value, "share", "seasonal_naive", peer[name], _over(value, peer[name]), origins
        )
        for name, value in mine.items()
    ]
    covered = here.select(**{f"{x:g}": losses.coverage(f"q{x:g}") for x in quantiles}).row(0, named=True)
    return figures + [
        Figure(f"{level} coverage_{name}", value, "share", "nominal", float(name), None, origins)
        for name, value in covered.items()
    ]


def _point(rows: pl.DataFrame) -> dict[str, float | None]:
    by_node = rows.group_by("unique_id").agg(mase=losses.mase())
    whole = rows.select(wape=losses.wape(), bias=losses.bias()).row(0, named=True)
    return {"mase": by_node["mase"].mean(), **whole}


def _over(value: float | None, peer: float | None) -> float | None:
    return value / peer if value is not None and peer else None
