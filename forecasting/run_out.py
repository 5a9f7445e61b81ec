"""How a model's sales fall once its successor sells: from past launches, else the plan's straight line.

In: monthly sales and who replaced whom. Out: what each past launch took from the model before it, and for a
launch to come the share of its sales that the replaced series keeps, month by month. The learnt curve is
drawn to the plan's line where launches are few, and used only where it was nearer on launches left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]

MONTHS = 24  # as long as a launch plan may let a series run out
# What a series sold in the year before its successor came is its level, if half of that year is known.
LEVEL_MONTHS, LEAST_LEVEL_MONTHS = 12, 6
# A series that sold fewer cars in that year says nothing about how it fell.
LEAST_CARS = 24
# Below this many other cars a month the market's own movement is noise.
LEAST_OTHERS = 10.0
# So many past launches weigh as much as the plan's line.
PRIOR_LAUNCHES = 4.0
LEAST_LAUNCHES = 3
LEAST_GAIN = 0.01
TAKEN_MONTHS = 12  # the successor's sales that are looked at for what they took
KEY = ("series", "replaced_series", "market")
SCHEMA = pl.Schema(
    {
        **dict.fromkeys(KEY, pl.String()), "launch_month": pl.Date(), "step": pl.Int32(),
        "expected_units": pl.Float64(), "sold_units": pl.Float64(), "successor_units": pl.Float64(),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunOut:
    """kept: share of its sales that a replaced series keeps, by months since the launch; the learnt curve
    when it is used, else the line.

    launches: past ones it could learn from. taken: share of what successors sold in their first year that
    the replaced series would have sold. misses: absolute error over expected sales on launches left out;
    null where there are too few to judge.
    """

    kept: tuple[float, ...]
    launches: int
    taken: float | None
    miss_line: float | None
    miss_learnt: float | None
    is_used: bool


def line(months: int) -> Floats:
    """The plan's straight line: (n-1)/n in the launch month, nothing from the n-th month on."""
    kept: Floats = np.clip(1 - np.arange(1, MONTHS + 1) / months, 0, 1)
    return kept


def past_launches(sales: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """One row per launch (successor in a market) and month since: what the replaced series would have sold,
    what it sold, and what its successor sold; columns of SCHEMA.

    sales: market, series, month, units. pairs: series, replaced_series. What it would have sold is its level
    of the year before, moved as the market's other series moved since: season, growth, a bad year.
    """
    totals = sales.group_by("market", "series", "month").agg(pl.col("units").sum().cast(pl.Float64))
    paired = pl.concat([pairs["series"], pairs["replaced_series"]])
    others = totals.filter(~pl.col("series").is_in(paired.implode()))
    around = others.group_by("market", "month").agg(others=pl.col("units").sum())
    started = totals.filter(pl.col("units") > 0).group_by("market", "series")
    first = started.agg(launch_month=pl.col("month").min())
    old = totals.rename({"series": "replaced_series", "units": "sold_units"})
    new = totals.rename({"units": "successor_units"})
    rows = (
        pairs.unique()
        .join(first, on="series")
        .join(old, on=["market", "replaced_series"])
        .join(around, on=["market", "month"], how="left")
        .join(new, on=["market", "series", "month"], how="left")
        .with_columns(step=_months_between("launch_month", "month"))
        .filter(pl.col("step").is_between(-LEVEL_MONTHS, MONTHS - 1))
    )
    return _expected(rows).select(SCHEMA.names()).cast(SCHEMA).sort(*KEY, "step")


def _expected(rows: pl.DataFrame) -> pl.DataFrame:
    before = (
        rows.filter(pl.col("step") < 0)
        .group_by(KEY)
        .agg(
            level=pl.col("sold_units").mean(),
            usual=pl.col("others").mean(),
            cars=pl.col("sold_units").sum(),
            months=pl.len(),
        )
        .filter(pl.col("months") >= LEAST_LEVEL_MONTHS, pl.col("cars") >= LEAST_CARS)
    )
    moved = pl.when(pl.col("usual") >= LEAST_OTHERS).then(pl.col("others") / pl.col("usual")).otherwise(1.0)
    return (
        rows.filter(pl.col("step") >= 0)
        .join(before, on=KEY)
        .with_columns(
            expected_units=pl.col("level") * moved.fill_null(1.0),
            successor_units=pl.col("successor_units").fill_null(0.0),
        )
    )


def _months_between(first: str, month: str) -> pl.Expr:
    year, number = pl.col(month).dt.year() - pl.col(first).dt.year(), pl.col(month).dt.month()
    return year.cast(pl.Int32) * 12 + number.cast(pl.Int32) - pl.col(first).dt.month().cast(pl.Int32)


def learn(past: pl.DataFrame, *, months: int) -> RunOut:
    """What a launch whose plan lets the old series run out in `months` should expect of it.

    past: past_launches(). Judged on launches left out: all markets of one successor at once where there are
    several successors, else one market at a time.
    """
    folds = pl.col("series") if past["series"].n_unique() > 1 else pl.col("market")
    launches = past.select(KEY).n_unique() if past.height else 0
    straight, learnt = line(months), shrunk(past, months)
    miss = [None, None] if launches < LEAST_LAUNCHES else _misses(past.with_columns(fold=folds), months)
    by_line, by_curve = miss
    is_used = by_line is not None and by_curve is not None and by_curve < by_line * (1 - LEAST_GAIN)
    kept = tuple((learnt if is_used else straight).tolist())
    return RunOut(kept, launches, _taken(past), by_line, by_curve, is_used)


def shrunk(past: pl.DataFrame, months: int) -> Floats:
    """Share kept by month since the launch: what was sold over what was expected, never rising, drawn to the
    plan's line by how few launches had come that far."""
    seen = past.group_by("step").agg(pl.col("sold_units", "expected_units").sum(), launches=pl.len())
    seen = seen.filter(pl.col("expected_units") > 0).sort("step")
    kept = line(months)
    if seen.is_empty():
        return kept
    share = (seen["sold_units"] / seen["expected_units"]).clip(0, 1).to_numpy()
    falling = isotonic_regression(share, weights=seen["expected_units"].to_numpy(), increasing=False).x
    count = seen["launches"].to_numpy().astype(np.float64)
    trust, at = count / (count + PRIOR_LAUNCHES), seen["step"].to_numpy()
    kept[at] = trust * falling + (1 - trust) * kept[at]
    out: Floats = np.minimum.accumulate(kept)
    return out


def _misses(past: pl.DataFrame, months: int) -> list[float | None]:
    """Absolute error over expected sales of the line and of the curve that the other folds teach."""
    straight, error, total = line(months), np.zeros(2), 0.0
    for fold in past["fold"].unique(maintain_order=True):
        rows, rest = past.filter(fold=fold), past.filter(pl.col("fold") != fold)
        at, sold, expected = (rows[c].to_numpy() for c in ("step", "sold_units", "expected_units"))
        for i, curve in enumerate((straight, shrunk(rest, months))):
            error[i] += np.abs(sold - expected * curve[at]).sum()
        total += float(expected.sum())
    return (error / total).tolist() if total > 0 else [None, None]


def _taken(past: pl.DataFrame) -> float | None:
    year = past.filter(pl.col("step") < TAKEN_MONTHS)
    sold = float(year["successor_units"].sum())
    lost = float((year["expected_units"] - year["sold_units"]).sum())
    return min(max(lost, 0.0) / sold, 1.0) if sold else None
