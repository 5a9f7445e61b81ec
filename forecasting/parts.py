"""Parts demand: outlet x part, monthly, most months zero; mean and whole-number quantiles per month.

In: stock-out-corrected demand, one row per outlet, part and month. Out: `PartForecast`, three frames that
replenishment, pages and the command line read. Classes, methods and spread are chosen on a backtest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.backtest import seasonal_scale, smallest_mean, window_mase
from forecasting.baselines import seasonal_naive
from forecasting.calibrate import JUDGED_LEVELS, Calibration
from forecasting.choose import Candidate, Method
from forecasting.classes import DemandClass
from forecasting.distribution import demand_quantile
from forecasting.frames import Frequency, Panel, check_history, to_panel
from forecasting.known_ahead import TABLE_SCHEMA, Ahead, given, known_of
from forecasting.part_launch import launched
from forecasting.project import Projection, project
from forecasting.supersession import with_moves

Floats = NDArray[np.float64]

KEYS = ("outlet_id", "part_id")
LEVELS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.99)
SEASON = Frequency.monthly.season
# Nobody books a visit for the month after next: this month and the next one are known in part.
KNOWN_STEPS = 2


@dataclass(frozen=True)
class PartForecast:
    """monthly: one row per outlet, part and month ahead: mean, one whole-number column per level, method.

    series: one row per outlet and part: class, method, alpha, mean_units_per_month (what orders read; 0 for
    what never sold, whatever its months say), dispersion (variance over mean of one month, >= 1), level_cv2
    (see distribution.sum_variance), adi, cv2, backtest_mase and backtest_mase_seasonal_naive (null where the
    scale is 0 or nothing was judged), beats_naive (squared error over the backtest against naive's),
    coverage_80 and coverage_95 (share of backtest months at or below that quantile, against which the
    nominal level is a lower bound), months_of_history.
    classes: one row per demand class: series, method, inflation, coverage at each judged level before and
    after inflation (by probability mass, so nominal is exact).
    losses: one row per class and method tried: Poisson deviance over naive's (1 = no better).
    known: one row per class (`group`), month ahead and signal, see known_ahead.Ahead; empty without signals.
    path: rate_path.SCHEMA, the months ahead of series whose rate is not the same in all of them, as
    complete months say.
    """

    monthly: pl.DataFrame
    series: pl.DataFrame
    classes: pl.DataFrame
    losses: pl.DataFrame
    known: pl.DataFrame
    path: pl.DataFrame


def forecast_parts(
    demand: pl.DataFrame,
    *,
    horizon: int,
    levels: tuple[float, ...] = LEVELS,
    origins: int = 6,
    seed: int = 0,
    known: pl.DataFrame | None = None,
    moves: pl.DataFrame | None = None,
    launches: pl.DataFrame | None = None,
) -> PartForecast:
    """Forecast every outlet and part of `demand`: outlet_id, part_id, month, units >= 0.

    One row per month from a part's first to the common last month, zero months included. known: what was
    known on this day of each month (known_ahead.known_of); used for the classes whose backtest it betters.
    `series` stays what complete months say: who orders by it nets the bookings himself. moves:
    supersession.announced(), what is replaced ahead; `monthly` alone follows it, with rows of successors.
    launches: part_launch.known_plans(); `monthly`, `series` and `path` have rows of what is launched.
    Raises HistoryError when the months do not hold or demand is empty; ValueError for horizon < 1.
    """
    panel = to_panel(check_history(demand, KEYS), KEYS)
    found = project(panel.units, horizon=horizon, season=SEASON, origins=origins, seed=seed)
    ahead = None if known is None else _with_known(panel, found, known)
    plain = _monthly(panel, found, ahead, levels)
    monthly, named = plain, {level_name(level): level for level in levels}
    if moves is not None and not moves.is_empty():
        monthly = with_moves(plain, _cells(panel, found, ahead, plain, moves), moves, named)
    made = PartForecast(
        monthly,
        _series(panel, found),
        class_table(found),
        loss_table(found),
        pl.DataFrame(schema=TABLE_SCHEMA) if ahead is None else ahead.table,
        _path(panel, found),
    )
    return made if launches is None else _with_launches(made, plain, launches, moves, named)


def _with_launches(
    made: PartForecast,
    plain: pl.DataFrame,
    launches: pl.DataFrame,
    moves: pl.DataFrame | None,
    levels: Mapping[str, float],
) -> PartForecast:
    """The analogue is read before it is replaced itself; what replaces a number is no launch."""
    if moves is not None:
        launches = launches.filter(~pl.col("part_id").is_in(moves["current_part_id"].implode()))
    new = launched(plain, made.series, launches, levels)
    keys = new.series.select(KEYS)

    def joined(own: pl.DataFrame, added: pl.DataFrame, *order: str) -> pl.DataFrame:
        return pl.concat([own.join(keys, on=KEYS, how="anti"), added]).sort(*KEYS, *order)

    return replace(
        made,
        monthly=joined(made.monthly, new.monthly, "month"),
        series=joined(made.series, new.series),
        path=joined(made.path, new.path, "month"),
    )


def _path(panel: Panel, found: Projection) -> pl.DataFrame:
    """Of fading series alone: the season of the other methods is not read by orders yet."""
    fading = [n for n in found.chosen if found.chosen[n].method is Method.fading]
    rows = np.flatnonzero(np.isin(found.shape.demand_class, fading))
    horizon = found.mean.shape[0]
    return panel.keys[np.repeat(rows, horizon)].select(
        *KEYS,
        month=pl.Series(panel.dates(horizon) * len(rows), dtype=pl.Date),
        units=pl.Series(found.mean[:, rows].T.ravel(), dtype=pl.Float64),
    )


def _with_known(panel: Panel, found: Projection, known: pl.DataFrame) -> Ahead:
    """The forecast given what is asked for and booked already; judged per demand class of today."""
    cuts = [*found.backtest.origins, panel.units.shape[0]]
    return given(
        found.past_mean,
        found.mean,
        found.actual,
        known_of(known, panel, KEYS, cuts, KNOWN_STEPS),
        groups=found.shape.demand_class,
        floor=smallest_mean(panel.units),
    )


def level_name(level: float) -> str:
    """Column of a quantile: 0.95 -> q95, 0.995 -> q99.5."""
    return f"q{100 * level:.6g}"


def path_quantiles(mean: Floats, dispersion: Floats, levels: Sequence[float]) -> list[Floats]:
    """One (horizon, series) array per level; a flat path is looked up once."""
    rows = mean[:1] if (mean == mean[0]).all() else mean
    at = np.array(levels)[:, None, None]
    found = demand_quantile(rows, rows * dispersion, at)
    return list(np.broadcast_to(found, (len(levels), *mean.shape)))


def class_table(found: Projection) -> pl.DataFrame:
    """One row per demand class present at an origin or at the end."""
    rows = [
        _class_row(
            name,
            found.calibration[name],
            found.chosen_for(name),
            int((found.shape.demand_class == name).sum()),
        )
        for name in sorted(found.calibration)
    ]
    return pl.DataFrame(rows)


def loss_table(found: Projection) -> pl.DataFrame:
    """One row per class and method: its best settings' Poisson deviance, as a ratio to naive's."""
    rows = [
        (name, method.value, loss / table[Method.naive] if table.get(Method.naive) else None)
        for name, table in sorted(found.method_losses.items())
        for method, loss in table.items()
    ]
    schema = {"demand_class": pl.String, "method": pl.String, "loss_to_naive": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _monthly(panel: Panel, found: Projection, ahead: Ahead | None, levels: tuple[float, ...]) -> pl.DataFrame:
    """Rows sorted by key and month; columns built series by series so that no sort is needed."""
    horizon, series = found.mean.shape
    mean = found.mean if ahead is None else ahead.mean
    methods = [found.chosen_for(name).method.value for name in found.shape.demand_class.tolist()]
    keys = panel.keys.with_columns(method=pl.Series(methods, dtype=pl.String))
    each = np.repeat(np.arange(series), horizon)
    columns: dict[str, pl.Series] = {"mean": pl.Series(mean.T.ravel())}
    for level, quantile in zip(levels, _quantiles(found, ahead, levels), strict=True):
        columns[level_name(level)] = pl.Series(np.ascontiguousarray(quantile.T).ravel())
    months = pl.Series("month", panel.dates(horizon), dtype=pl.Date)
    return keys[each].select(
        *KEYS,
        month=pl.Series("month", months[np.tile(np.arange(horizon), series)]),
        horizon=pl.Series(np.tile(np.arange(1, horizon + 1, dtype=np.int32), series)),
        **columns,
        method="method",
    )


def _cells(
    panel: Panel, found: Projection, ahead: Ahead | None, monthly: pl.DataFrame, moves: pl.DataFrame
) -> pl.DataFrame:
    """The cells of supersession.carried() of every series whose number is replaced ahead or replaces one."""
    shape = found.mean.shape
    certain = np.zeros(shape) if ahead is None else np.broadcast_to(ahead.certain, shape)
    spread = np.ones(shape[0]) if ahead is None else ahead.spread
    mean = found.mean if ahead is None else ahead.mean
    each = np.maximum(found.dispersion * spread[:, None], 1.0)
    named = pl.concat([moves["part_id"], moves["current_part_id"]]).unique()
    return monthly.select(
        *KEYS, "month", "horizon", "method", "mean",
        certain=pl.Series(certain.T.ravel()),
        variance=pl.Series((np.maximum(mean - certain, 0.0) * each).T.ravel()),
    ).filter(pl.col("part_id").is_in(named.implode()))  # fmt: skip


def _quantiles(found: Projection, ahead: Ahead | None, levels: tuple[float, ...]) -> list[Floats]:
    """(horizon, series) each: what happened already, and the quantile of the rest."""
    if ahead is None:
        return path_quantiles(found.mean, found.dispersion, levels)
    rest = np.maximum(ahead.mean - ahead.certain, 0.0)
    spread = np.maximum(found.dispersion * ahead.spread[:, None], 1.0)
    at = np.array(levels)[:, None, None]
    return list(ahead.certain + demand_quantile(rest, rest * spread, at))


def _series(panel: Panel, found: Projection) -> pl.DataFrame:
    names = found.shape.demand_class.tolist()
    picks = [found.chosen_for(name) for name in names]
    scale = seasonal_scale(panel.units, found.backtest, SEASON)
    seasonal = _seasonal_naive_past(panel, found)
    covered = [_covered(found, level) for level in (0.8, 0.95)]
    return panel.keys.with_columns(
        demand_class=pl.Series(names, dtype=pl.String),
        method=pl.Series([p.method.value for p in picks], dtype=pl.String),
        alpha=pl.Series([p.alpha for p in picks], dtype=pl.Float64),
        mean_units_per_month=pl.Series(np.where(_silent(found), 0.0, found.mean.mean(axis=0))),
        dispersion=pl.Series(found.dispersion),
        level_cv2=pl.Series([found.calibration[name].level_cv2 for name in names], dtype=pl.Float64),
        adi=_absent_as_null(found.shape.adi),
        cv2=_absent_as_null(found.shape.cv2),
        backtest_mase=_absent_as_null(window_mase(found.past_mean, found.actual, scale)),
        backtest_mase_seasonal_naive=_absent_as_null(window_mase(seasonal, found.actual, scale)),
        beats_naive=_beats_naive(panel, found),
        coverage_80=_absent_as_null(covered[0]),
        coverage_95=_absent_as_null(covered[1]),
        months_of_history=pl.Series(found.shape.periods),
    )


def _silent(found: Projection) -> NDArray[np.bool_]:
    """What never sold is ordered on its first request, not because one such part in many begins to sell."""
    silent: NDArray[np.bool_] = found.shape.demand_class == DemandClass.no_demand
    return silent


def _seasonal_naive_past(panel: Panel, found: Projection) -> Floats:
    plan = found.backtest
    if not plan.origins:
        return found.past_mean
    return seasonal_naive(panel.units, plan.origins, season=SEASON, horizon=plan.window)


def _beats_naive(panel: Panel, found: Projection) -> pl.Series:
    """Null where nothing was judged; equal errors (both right about silence) do not beat."""
    plan = found.backtest
    if not plan.origins:
        return pl.Series([None] * panel.units.shape[1], dtype=pl.Boolean)
    last = np.stack([panel.units[cut - 1] for cut in plan.origins])[:, None, :]
    mine = np.nansum((found.past_mean - found.actual) ** 2, axis=(0, 1))
    naive = np.nansum((last - found.actual) ** 2, axis=(0, 1))
    judged = (~np.isnan(found.past_mean - found.actual)).any(axis=(0, 1))
    return pl.select(pl.when(pl.Series(judged)).then(pl.Series(mine < naive))).to_series()


def _covered(found: Projection, level: float) -> Floats:
    """Share of a series' backtest months at or below the quantile; NaN where nothing was judged."""
    judged = ~np.isnan(found.past_mean) & ~np.isnan(found.actual)
    mean = np.nan_to_num(found.past_mean)
    cells = judged.sum(axis=(0, 1))
    hit = np.zeros(cells.shape)
    for expected, spread, actual, seen in zip(mean, found.past_dispersion, found.actual, judged, strict=True):
        quantile = path_quantiles(expected, spread, (level,))[0]
        hit += ((actual <= quantile) & seen).sum(axis=0)
    return np.where(cells > 0, hit / np.maximum(cells, 1), np.nan)


def _class_row(name: str, fitted: Calibration, pick: Candidate, series: int) -> dict[str, object]:
    row: dict[str, object] = {
        "demand_class": name,
        "series": series,
        "method": pick.method.value,
        "alpha": pick.alpha,
        "settings": pick.settings,
        "inflation": fitted.inflation,
        "level_cv2": fitted.level_cv2,
    }
    for when, covered in (("before", fitted.before), ("after", fitted.after)):
        for level, share in zip(JUDGED_LEVELS, covered.tolist(), strict=True):
            row[f"coverage_{100 * level:.0f}_{when}"] = None if np.isnan(share) else share
    return row


def _absent_as_null(values: Floats) -> pl.Series:
    return pl.Series(values).fill_nan(None)
