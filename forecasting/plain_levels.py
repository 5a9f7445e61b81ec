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
from forecasting.plain import LEVELS, Figure
from forecasting.tidy_file import Tidy, checked_out, checked_quantiles, read_tidy, write_table
from forecasting.vehicles import forecast_hierarchy
from forecasting.working_days import is_known

SERIES, TOTAL = "series", "total"
RESERVED = frozenset({SERIES, TOTAL, "level", "month", "horizon", "mean", "units"})
# Above this many a panel is one of parts: it is forecast flat, and its upper levels are the reader's sums.
MOST_SERIES = 5_000


def has_levels(tidy: Tidy) -> bool:
    """Whether the file has text columns beside unique_id, and no more than MOST_SERIES series."""
    return bool(tidy.levels) and tidy.rows["unique_id"].n_unique() <= MOST_SERIES


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
    target, quantiles, country = (
        checked_out(out, path),
        checked_quantiles(quantiles),
        checked_country(country),
    )
    panel, hierarchy = read_levels(path)
    table = _forecast(panel, hierarchy, horizon, quantiles, country, seed)
    write_table(table, target)
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
    quantiles, country = checked_quantiles(quantiles), checked_country(country)
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
    wanted = list(dict.fromkeys(levels)) or list(hierarchy.levels)
    return [figure for name in wanted for figure in _figures(rows, name, quantiles, origins)]


def read_levels(path: str | Path) -> tuple[Panel, Hierarchy]:
    """The file as a panel whose keys are its hierarchy columns and unique_id, and the levels they make.

    Refused, with the remedy: a series that stands in two places, gaps, values that are not whole numbers.
    """
    tidy = read_tidy(path)
    history, columns = tidy.rows, tidy.levels
    keys = (*columns, "unique_id")
    _refuse_names(history, columns)
    _refuse_homeless(history, columns)
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


def checked_country(country: str | None) -> str | None:
    """Its code in capitals. Raises HistoryError for one whose holidays are not known."""
    if country is None or is_known(country.upper()):
        return country and country.upper()
    raise HistoryError(
        f"country {country} has no known calendar: give its ISO 3166-1 code of two letters, such as NO, "
        "or leave it out for Monday to Friday"
    )


def _refuse_names(history: pl.DataFrame, columns: Sequence[str]) -> None:
    """Names that the written file has for something else, of columns and of series."""
    taken = [c for c in columns if c in RESERVED or c.startswith("q0.")]
    if taken:
        raise HistoryError(
            f"column {taken[0]} has a name that the forecast needs: rename it, say my_{taken[0]}"
        )
    if (history["unique_id"].cast(pl.String) == TOTAL).any():
        raise HistoryError(f"unique_id={TOTAL} is the name of the whole file's own row: rename the series")


def _refuse_homeless(history: pl.DataFrame, columns: Sequence[str]) -> None:
    """Series without a parent, and series with two."""
    for column in columns:
        orphan = history.filter(pl.col(column).is_null() | (pl.col(column).cast(pl.String) == ""))
        if not orphan.is_empty():
            row = orphan.row(0, named=True)
            raise HistoryError(
                f"{column} of unique_id={row['unique_id']}, ds={row['ds']} is empty (and {orphan.height - 1} "
                "more rows): name its parent in every row, or leave the column out"
            )
        homes = history.group_by("unique_id").agg(pl.col(column).unique().sort()).sort("unique_id")
        torn = homes.filter(pl.col(column).list.len() > 1)
        if not torn.is_empty():
            names = ", ".join(map(str, torn[column][0].to_list()[:3]))
            raise HistoryError(
                f"unique_id={torn['unique_id'][0]} stands under more than one {column} ({names}): keep its "
                f"present one, give the parts ids of their own, or leave {column} out if it is no hierarchy"
            )


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
    table = found.levels.select(
        "level", unique_id=_node(hierarchy), ds="month", mean="mean", units="units", **{q: q for q in named}
    )
    return _without_spread_where_constant(table, _history(panel, hierarchy), list(named))


def _without_spread_where_constant(
    table: pl.DataFrame, history: pl.DataFrame, names: Sequence[str]
) -> pl.DataFrame:
    """A node that never varied, and is forecast to go on so, has no spread; as in a file without levels."""
    at, y = ["level", "unique_id"], pl.col("y")
    always = history.group_by(at).agg(
        value=pl.when((y.min() == y.max()) & (pl.len() > 2)).then(y.first()).cast(pl.Int64)
    )
    goes_on = (pl.col("value") == pl.col("units")) & ((pl.col("value") - pl.col("mean")).abs() < 0.5)
    return (
        table.join(always, on=at, how="left")
        .with_columns(pl.when(goes_on).then("value").otherwise(name).alias(name) for name in names)
        .drop("value")
        .sort(*at, "ds")
    )


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
