"""Orders know what is replaced ahead: rates that end, rates that begin, old stock that is left on the day.

In: rates of numbers at outlets, and where demand goes (`supersession.announced`). Out: the months ahead of
both numbers day by day, what comes to each successor from whom, and what will lie under the old one by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forecasting import rate_path
from forecasting.interchange import COVER
from forecasting.lead_time import DIGITS
from forecasting.replenishment_rule import DAYS_PER_MONTH
from forecasting.supersession import NO_MOVES

KEY = ["outlet_id", "part_id"]
# What comes to a successor: `units` a month from from_date on, `factor` of them for one of other_part_id.
# is_left_over: what lies under the old number by then is to be used up, and nobody else needs it.
INFLOW = {
    "outlet_id": pl.String, "part_id": pl.String, "other_part_id": pl.String, "from_date": pl.Date,
    "units": pl.Float64, "factor": pl.Float64, "is_left_over": pl.Boolean,
}  # fmt: skip
NO_INFLOW = pl.DataFrame(schema=INFLOW)


@dataclass(frozen=True, slots=True)
class Announced:
    """`series` and `path` (rate_path.SCHEMA) with all announced; `inflow` (INFLOW): what successors get."""

    series: pl.DataFrame
    path: pl.DataFrame
    inflow: pl.DataFrame


def announce(
    series: pl.DataFrame,
    path: pl.DataFrame,
    moves: pl.DataFrame,
    *,
    as_of: date,
    apart: pl.DataFrame | None = None,
) -> Announced:
    """Let rates end and begin on the days on which numbers are replaced.

    A successor's rate is its own and all that will come; which of it is there already, its path says. The old
    number keeps the rate of today and a path that ends. moves: supersession.MOVES. apart: KEY of numbers that
    count elsewhere (interchange), whose demand waits for its day.
    """
    here = _here(series, moves, apart)
    if here.is_empty():
        return Announced(series, path, NO_INFLOW)
    touched = _touched(here)
    levels = _levels(series, path, touched, as_of)
    flows = _flows(levels, here)
    inflow = _inflow(series, here)
    ahead = _path(flows)
    others = path.join(touched, on=KEY, how="anti")
    return Announced(
        _rates(series, inflow),
        pl.concat([others, ahead.select(path.columns).cast(path.schema)]).sort(*KEY, "month"),
        inflow,
    )


def left_over(sized: pl.DataFrame, inflow: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """interchange.COVER rows: what will lie under an old number on the day its successor takes over.

    sized: one row per outlet and part after replenishment_rule.size(). Whatever sells by then is taken off.
    """
    old = inflow.filter("is_left_over").join(
        sized.select("outlet_id", "position", "rate", "rate_steps", other_part_id="part_id"),
        on=["outlet_id", "other_part_id"],
    )
    if old.is_empty():
        return pl.DataFrame(schema=COVER)
    days = old.select((pl.col("from_date") - pl.lit(as_of)).dt.total_days()).to_series()
    each = np.full(old.height, DAYS_PER_MONTH)
    months, _ = rate_path.months_worth(
        rate_path.steps_of(old["rate_steps"]), days.cast(pl.Float64).to_numpy(), each
    )
    sold = old["rate"] * pl.Series(months)
    units = ((pl.col("position") - sold).clip(lower_bound=0) * pl.col("factor")).round(DIGITS).floor()
    note = pl.format(
        "{} there less {} that sell before {}; {} of this for one of it",
        "position", sold.round(1), "from_date", pl.col("factor").round(3),
    )  # fmt: skip
    rows = old.with_columns(cover_units=units, owed_units=pl.lit(0, dtype=pl.Int64), cover_note=note).filter(
        pl.col("cover_units") > 0
    )
    return rows.select(pl.col(c).cast(t) for c, t in COVER.items())


def _here(series: pl.DataFrame, moves: pl.DataFrame, apart: pl.DataFrame | None) -> pl.DataFrame:
    """Moves at every outlet that knows a rate of the number."""
    if moves.is_empty():
        return NO_MOVES.with_columns(outlet_id=pl.lit(None, dtype=pl.String))
    rates = series.filter(pl.col("mean_units_per_month").cast(pl.Float64).is_finite()).select(KEY)
    here = rates.join(moves, on="part_id", maintain_order="left")
    if apart is None or apart.is_empty():
        return here
    led = here.join(apart, left_on=["outlet_id", "current_part_id"], right_on=KEY, how="semi")
    barred = pl.concat([led.select(KEY), apart.select(KEY)]).unique()
    return here.join(barred, on=KEY, how="anti", maintain_order="left")


def _touched(here: pl.DataFrame) -> pl.DataFrame:
    ends = here.select("outlet_id", part_id="current_part_id")
    return pl.concat([here.select(KEY), ends]).unique().sort(KEY)


def _levels(series: pl.DataFrame, path: pl.DataFrame, touched: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """KEY, begin, end (null: none), units a month of every touched number with a rate, before any move."""
    own = path.join(touched, on=KEY, how="semi").select(*KEY, begin="month", units="units")
    flat = series.join(touched, on=KEY, how="semi").join(own, on=KEY, how="anti").select(
        *KEY,
        begin=pl.lit(as_of.replace(day=1)),
        units=pl.col("mean_units_per_month").cast(pl.Float64),
    )  # fmt: skip
    rows = pl.concat([own, flat.select(own.columns)]).sort(*KEY, "begin")
    return rows.with_columns(end=pl.col("begin").shift(-1).over(KEY))


def _flows(levels: pl.DataFrame, here: pl.DataFrame) -> pl.DataFrame:
    """KEY of the number asked for, begin, end, units: every level parted by the stretches of its number."""
    far = pl.lit(date.max)
    first = pl.col("from_date") == pl.col("from_date").min().over(KEY)
    stretches = here.with_columns(
        from_date=pl.when(first).then(pl.lit(date.min)).otherwise("from_date"),
        to_date=pl.col("to_date").fill_null(far),
    )
    parted = (
        levels.join(stretches, on=KEY, how="left")
        .with_columns(
            part_id=pl.coalesce("current_part_id", "part_id"),
            begin=pl.max_horizontal("begin", pl.col("from_date").fill_null(pl.lit(date.min))),
            end=pl.min_horizontal(pl.col("end").fill_null(far), pl.col("to_date").fill_null(far)),
            units=pl.col("units") * pl.col("share").fill_null(1.0) * pl.col("factor").fill_null(1.0),
        )
        .filter(pl.col("begin") < pl.col("end"))
    )
    return parted.select(*KEY, "begin", "end", "units")


def _path(flows: pl.DataFrame) -> pl.DataFrame:
    """Units a month from each day on which something begins or ends; the first day is the earliest one's."""
    start = flows.select(pl.col("begin").min()).item()
    steps = pl.concat(
        [
            flows.select(KEY).unique().with_columns(month=pl.lit(start), units=pl.lit(0.0)),
            flows.select(*KEY, month="begin", units="units"),
            flows.filter(pl.col("end") < pl.lit(date.max)).select(*KEY, month="end", units=-pl.col("units")),
        ]
    )
    each = steps.group_by(*KEY, "month").agg(pl.col("units").sum()).sort(*KEY, "month")
    return each.with_columns(units=pl.col("units").cum_sum().over(KEY).round(DIGITS).clip(lower_bound=0.0))


def _inflow(series: pl.DataFrame, here: pl.DataFrame) -> pl.DataFrame:
    """INFLOW: of several stretches the first day and the most that comes."""
    mean = pl.col("mean_units_per_month").cast(pl.Float64)
    return (
        here.filter(pl.col("current_part_id") != pl.col("part_id"))
        .join(series.select(*KEY, rate=mean), on=KEY)
        .filter(pl.col("rate") > 0)
        .group_by("outlet_id", pl.col("current_part_id"), pl.col("part_id").alias("other_part_id"))
        .agg(
            from_date=pl.col("from_date").min(),
            units=(pl.col("rate") * pl.col("share") * pl.col("factor")).max().round(DIGITS),
            factor=pl.col("factor").max(),
            is_left_over=pl.col("is_used_up_first").all() & (pl.col("share") >= 1.0).all(),
        )
        .select("outlet_id", pl.col("current_part_id").alias("part_id"), *list(INFLOW)[2:])
        .sort(*KEY, "other_part_id")
    )


def _rates(series: pl.DataFrame, inflow: pl.DataFrame) -> pl.DataFrame:
    """Means and variances add up; a number without a history is of the class of what it replaces most of."""
    coming = inflow.join(
        series.rename({"part_id": "other_part_id"}), on=["outlet_id", "other_part_id"]
    ).with_columns(
        mean_units_per_month=pl.col("units"),
        dispersion=pl.col("dispersion").cast(pl.Float64) * pl.col("factor"),
        is_own=pl.lit(False),
    )
    own = series.join(inflow.select(KEY).unique(), on=KEY, how="semi").with_columns(is_own=pl.lit(True))
    both = pl.concat([own, coming.select(own.columns)], how="vertical_relaxed")
    mean = pl.col("mean_units_per_month").cast(pl.Float64)
    summed = (
        both.sort(*KEY, "is_own", mean, descending=[False, False, True, True])
        .group_by(KEY, maintain_order=True)
        .agg(
            dispersion=(mean * pl.col("dispersion")).sum() / mean.sum(),
            level_cv2=(mean**2 * pl.col("level_cv2").fill_null(0.0)).sum() / mean.sum() ** 2,
            mean_units_per_month=mean.sum(),
            demand_class=pl.col("demand_class").first(),
            method=pl.col("method").first(),
            alpha=pl.col("alpha").first(),
        )
    )
    others = series.join(summed, on=KEY, how="anti")
    return pl.concat([others, summed], how="diagonal_relaxed")
