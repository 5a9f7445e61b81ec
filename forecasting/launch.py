"""Launch by analogy: a series without history sells as another one does, scaled, along a ramp.

In: the forecast of the analogous series and a launch. Out: rows of the new series, and the factor by which
the series it replaces runs out. The new series climbs in a straight line, because nothing is known yet
to bend it; the old one falls as past launches taught (`run_out`), or in a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import polars as pl
from scipy.special import ndtri

from forecasting.distribution import demand_quantile
from forecasting.known_ahead import TABLE_SCHEMA
from forecasting.run_out import RunOut, learn, line

METHOD = "launch_by_analogy"
RUN_OUT = "run_out"  # group of its rows among the signals
QUANTILES = {"q10": 0.1, "q50": 0.5, "q90": 0.9}
# Nobody knows how a launch goes: at least this share of the mean is its standard deviation.
LAUNCH_CV = 0.4
_NAMES = ("market", "region_path", "outlet_id", "series", "forecast_month", "horizon")
_NUMBERS = ("mean", "units")


@dataclass(frozen=True, slots=True)
class Launch:
    """scale: full rate over that of the analogous series. The replaced series ends after run_out_months.

    kept: what past launches taught of its run-out instead of the straight line (run_out.RunOut).
    """

    series: str
    region_path: str
    analogous_series: str
    launch_month: date
    scale: float
    ramp_months: int
    replaced_series: str | None = None
    run_out_months: int | None = None
    kept: tuple[float, ...] | None = None

    @property
    def months_out(self) -> int:
        """Months until the replaced series sells nothing; the ramp where the plan does not say."""
        return self.run_out_months or self.ramp_months


def months_since(first: date, month: pl.Expr) -> pl.Expr:
    """Months from `first` to each month: 0 in the first."""
    return (month.dt.year() - first.year).cast(pl.Int32) * 12 + month.dt.month().cast(pl.Int32) - first.month


def ramp(launch: Launch, month: pl.Expr) -> pl.Expr:
    """Share of the full rate: 1/n in the first of n months, 1 from the n-th on, 0 before the launch."""
    since = months_since(launch.launch_month, month) + 1
    return (since / launch.ramp_months).clip(0, 1)


def run_out(launch: Launch, month: pl.Expr) -> pl.Expr:
    """Share the replaced series still sells: all of it before the launch, then as learnt or as planned."""
    kept = launch.kept or tuple(line(launch.months_out).tolist())
    shares = {-1: 1.0, **dict(enumerate(kept))}
    since = months_since(launch.launch_month, month).clip(-1, len(kept) - 1)
    return since.replace_strict(shares, return_dtype=pl.Float64)


def taught(launch: Launch, past: pl.DataFrame) -> tuple[Launch, RunOut]:
    """The launch with its run-out as past launches taught it, where that was nearer than the plan's line.

    past: run_out.past_launches(). Meant for launches that replace something.
    """
    found = learn(past, months=launch.months_out)
    return (replace(launch, kept=found.kept) if found.is_used else launch), found


def taught_all(launches: list[Launch], past: pl.DataFrame) -> tuple[list[Launch], pl.DataFrame]:
    """Every launch as taught(), and one row per launch and month since of what its run-out keeps.

    The rows have the columns of known_ahead.TABLE_SCHEMA: weight is the share kept, the losses are the
    absolute errors over expected sales of the straight line (without) and of the learnt curve (with).
    """
    out, rows = [], []
    for launch in launches:
        if launch.replaced_series is None:
            out.append(launch)
            continue
        after, found = taught(launch, past)
        out.append(after)
        name = f"{launch.series} replaces {launch.replaced_series} in {launch.region_path}"
        misses = (found.miss_line, found.miss_learnt, found.is_used)
        rows += [(RUN_OUT, step, name, share, *misses) for step, share in enumerate(found.kept)]
    return out, pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row")


def launched(forecast: pl.DataFrame, launch: Launch) -> pl.DataFrame:
    """Rows of the new series where the analogous one is forecast below the region.

    forecast: engine.vehicle_forecast. Months before the launch are left out. An outlet that sells the new
    series already has a forecast of its own and gets none here.
    """
    own = forecast.filter(series=launch.series).select("outlet_id").unique()
    alike = forecast.filter((pl.col("series") == launch.analogous_series) & _below(launch.region_path))
    rows = alike.join(own, on="outlet_id", how="anti").with_columns(
        mean=pl.col("mean") * launch.scale * ramp(launch, pl.col("forecast_month")),
        series=pl.lit(launch.series),
        method=pl.lit(METHOD),
    )
    return _whole(rows.filter(pl.col("forecast_month") >= launch.launch_month))


def with_launches(forecast: pl.DataFrame, launches: list[Launch]) -> pl.DataFrame:
    """The forecast, with run-outs taken off and new series added; the analogue is read before run-outs."""
    added = [launched(forecast, launch) for launch in launches]
    left = forecast
    for launch in launches:
        if launch.replaced_series is not None:
            left = _run_out(left, launch)
    return pl.concat([left, *(rows.select(left.columns) for rows in added)])


def levels_with_launches(
    levels: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, keys: dict[str, tuple[str, ...]]
) -> pl.DataFrame:
    """Every level with the launches and run-outs that made `after` of `before`; it still adds up.

    levels: level, keys (null above it), forecast_month, horizon, mean, units, quantiles. keys: those of
    each level. A level's interval keeps its own width, narrowed where series run out and widened by what
    nobody knows about a launch: outlets err about it together.
    """
    cells = pl.concat(
        [
            before.select(*_NAMES, *_NUMBERS, sign=pl.lit(-1)),
            after.select(*_NAMES, *_NUMBERS, sign=pl.lit(1), launched=pl.col("method") == METHOD),
        ],
        how="diagonal_relaxed",
    ).with_columns(pl.col("launched").fill_null(False))
    return pl.concat(
        [_level(levels.filter(level=name), cells, name, list(of)) for name, of in keys.items()]
    ).sort(*levels.columns[:6])


def _level(levels: pl.DataFrame, cells: pl.DataFrame, name: str, keys: list[str]) -> pl.DataFrame:
    at = [*keys, "forecast_month", "horizon"]
    signed = pl.col("mean") * pl.col("sign")
    moved = cells.group_by(at).agg(
        moved_mean=signed.sum(),
        moved_units=(pl.col("units") * pl.col("sign")).sum(),
        added=pl.col("mean").filter("launched").sum(),
    )
    rows = levels.join(moved, on=at, how="full", coalesce=True).with_columns(
        pl.col("moved_mean", "moved_units", "added").fill_null(0),
        pl.col("mean", "units", *QUANTILES).fill_null(0),
        level=pl.lit(name),
    )
    # kept: what was there and still is; the rest of the mean was launched
    kept = (pl.col("mean") + pl.col("moved_mean") - pl.col("added")).clip(lower_bound=0)
    rows = rows.with_columns(kept=kept, whole=kept + pl.col("added"))
    return rows.with_columns(
        *(_widened(name, level).cast(levels.schema[name]).alias(name) for name, level in QUANTILES.items()),
        mean=pl.when(pl.col("moved_mean") == 0).then("mean").otherwise("whole"),
        units=(pl.col("units") + pl.col("moved_units")).cast(levels.schema["units"]),
    ).select(levels.columns).cast(levels.schema)  # fmt: skip


def _widened(name: str, level: float) -> pl.Expr:
    """The quantile around the new mean: widths of what stayed and of what was launched, squared and added."""
    old = pl.col(name) - pl.col("mean")
    share = pl.when(pl.col("mean") > 0).then(pl.col("kept") / pl.col("mean")).otherwise(0.0)
    variance = pl.col("added") + (LAUNCH_CV * pl.col("added")) ** 2
    width = (old**2 * share + variance * float(ndtri(level)) ** 2).sqrt()
    sign = 1 if level > 0.5 else -1
    moved = (pl.col("whole") + sign * (0 if level == 0.5 else 1) * width).clip(lower_bound=0).round(0)
    return pl.when((pl.col("moved_mean") == 0) & (pl.col("added") == 0)).then(pl.col(name)).otherwise(moved)


def _run_out(forecast: pl.DataFrame, launch: Launch) -> pl.DataFrame:
    here = (pl.col("series") == launch.replaced_series) & _below(launch.region_path)
    share = run_out(launch, pl.col("forecast_month"))
    scaled = _whole(forecast.filter(here).with_columns(mean=pl.col("mean") * share))
    return pl.concat([forecast.filter(~here), scaled.select(forecast.columns)])


def _below(region_path: str) -> pl.Expr:
    return (pl.col("region_path") == region_path) | pl.col("region_path").str.starts_with(f"{region_path}/")


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """Whole units whose sum per month is the rounded sum of means, and quantiles wide as a launch is."""
    if rows.is_empty():
        return rows
    order = pl.col("mean") - pl.col("mean").floor()
    total = (pl.col("mean").sum() + 0.5).floor() - pl.col("mean").floor().sum()
    rank = order.rank("ordinal", descending=True)
    whole = rows.with_columns(
        units=(pl.col("mean").floor() + (rank <= total).over("series", "forecast_month").cast(pl.Int64)).cast(
            rows.schema["units"]
        )
    )
    mean = whole["mean"].to_numpy()
    variance = mean + (LAUNCH_CV * mean) ** 2
    return whole.with_columns(
        pl.Series(name, demand_quantile(mean, variance, level)).cast(rows.schema[name])
        for name, level in QUANTILES.items()
    )
