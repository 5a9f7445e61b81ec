"""Rolling origins over a hierarchy: every candidate at every level, the choice, and its accuracy.

In: candidates forecast for each origin and the end. Out: rows of actual and forecast, the index of the
winner, and a table of WAPE, bias and MASE per level, method and step ahead.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting import losses
from forecasting.choose import Candidate, simplest_of_the_best
from forecasting.frames import Panel
from forecasting.hierarchy import Hierarchy, codes, sums

ORIGINS, ORIGIN_STEP = 4, 2


def plan(periods: int, horizon: int, season: int) -> tuple[list[int], int]:
    """Origins two months apart with half of the history, and two months, before the first.

    The judged window is a quarter of the history at most. It gives way, down to half of the horizon, where
    that leaves two seasons before the first origin: with less no season can be learnt, let alone win.
    """
    window = max(1, min(horizon, periods // 4))
    beside_two_seasons = periods - ORIGIN_STEP * (ORIGINS - 1) - 2 * season
    if horizon <= 2 * beside_two_seasons:
        window = min(window, beside_two_seasons)
    last, first = periods - window, max(2, periods // 2)
    return [
        cut for cut in range(last - ORIGIN_STEP * (ORIGINS - 1), last + 1, ORIGIN_STEP) if cut >= first
    ], window


def backtest(
    panel: Panel, hierarchy: Hierarchy, tried: list[Candidate], origins: list[int], window: int
) -> pl.DataFrame:
    """Bottom rows of every candidate, then their sums at the levels above; `candidate` is its index."""
    parts = [_bottom_rows(panel, c, i, origins, window) for i, c in enumerate(tried)]
    bottom = pl.concat(parts) if origins else _bottom_rows(panel, tried[0], 0, [], window)
    bottom = bottom.filter(pl.col("actual").is_not_null() & pl.col("forecast").is_not_null())
    at = ["candidate", "method", "origin", "month", "horizon"]
    levels = [
        bottom.group_by(*keys, *at).agg(pl.col("actual", "forecast").sum()).with_columns(level=pl.lit(name))
        for name, keys in hierarchy.levels.items()
    ]
    return (
        pl.concat(levels, how="diagonal")
        .select("level", *hierarchy.bottom, *at, "actual", "forecast")
        .sort("level", *hierarchy.bottom, "candidate", "origin", "month")
    )


def _bottom_rows(
    panel: Panel, candidate: Candidate, number: int, origins: list[int], window: int
) -> pl.DataFrame:
    months = panel.past()
    frames = [
        pl.DataFrame(
            {
                "candidate": number,
                "method": candidate.method.value,
                "origin": months[cut - 1],
                "month": months[cut + h],
                "horizon": h + 1,
                "actual": panel.units[cut + h],
                "forecast": candidate.forecast[i, h],
            }
        ).with_columns(panel.keys)
        for i, cut in enumerate(origins)
        for h in range(window)
    ]
    if frames:
        return pl.concat(frames).with_columns(
            pl.col("actual", "forecast").fill_nan(None), pl.col("horizon").cast(pl.Int32)
        )
    schema = {
        "candidate": pl.Int32,
        "method": pl.String,
        "origin": pl.Date,
        "month": pl.Date,
        "horizon": pl.Int32,
        "actual": pl.Float64,
        "forecast": pl.Float64,
    }
    return pl.DataFrame(schema=schema | {k: panel.keys.schema[k] for k in panel.keys.columns})


def choose(tried: list[Candidate], backtest: pl.DataFrame) -> int:
    """Least WAPE, averaged over the levels: outlets order by it, and the factory builds by its sums."""
    table = backtest.group_by("level", "candidate").agg(wape=losses.wape())
    mean = table.group_by("candidate").agg(pl.col("wape").mean()).sort("candidate")
    totals = mean["wape"].fill_null(0.0).to_numpy()  # nothing sold at all: every method is equal
    return simplest_of_the_best(tried, totals) if mean.height == len(tried) else 0


def best_settings(backtest: pl.DataFrame) -> pl.DataFrame:
    """Rows of each method's best settings only: one forecast per method, level, key and month."""
    table = backtest.group_by("level", "method", "candidate").agg(wape=losses.wape())
    mean = table.group_by("method", "candidate").agg(pl.col("wape").mean())
    best = mean.sort("wape", "candidate", nulls_last=True).unique("method", keep="first")
    return backtest.join(best.select("candidate"), on="candidate", how="semi", maintain_order="left")


def against(rows: pl.DataFrame, actual: Panel, hierarchy: Hierarchy) -> pl.DataFrame:
    """The same forecasts beside what really came, where the panel they were fitted to had been cleaned."""
    months, series = actual.past(), actual.keys.with_row_index("number_")
    cells = pl.DataFrame(
        {
            "month": np.repeat(np.array(months, dtype="datetime64[D]"), series.height),
            "number_": np.tile(series["number_"].to_numpy(), len(months)),
            "came": actual.units.ravel(),
        }
    ).with_columns(pl.col("came").fill_nan(None), pl.col("month").cast(pl.Date))
    bottom = cells.join(series, on="number_").filter(pl.col("came").is_not_null())
    levels = [
        bottom.group_by(*keys, "month").agg(pl.col("came").sum()).with_columns(level=pl.lit(name))
        for name, keys in hierarchy.levels.items()
    ]
    came = pl.concat(levels, how="diagonal")
    at = ["level", *hierarchy.bottom, "month"]
    found = rows.join(came, on=at, how="left", nulls_equal=True, maintain_order="left")
    return found.with_columns(actual=pl.col("came")).drop("came")


def accuracy(panel: Panel, hierarchy: Hierarchy, best: pl.DataFrame, origins: list[int]) -> pl.DataFrame:
    rows = best.join(
        _scales(panel, hierarchy, origins), on=["level", *hierarchy.bottom], how="left", nulls_equal=True
    )
    measures = {"wape": losses.wape(), "bias": losses.bias(), "mase": losses.mase(), "n": pl.len()}
    each = rows.group_by("level", "method", "horizon").agg(**measures)
    whole = (
        rows.group_by("level", "method").agg(**measures).with_columns(horizon=pl.lit(None, dtype=pl.Int32))
    )
    return pl.concat([each, whole], how="diagonal").sort("level", "method", "horizon", nulls_last=True)


def _scales(panel: Panel, hierarchy: Hierarchy, origins: list[int]) -> pl.DataFrame:
    """MASE's denominator for every level and key: mean absolute yearly difference before the first origin."""
    known = panel.units[: origins[0]] if origins else panel.units[:0]
    frames, season = [], panel.frequency.season
    for name, keys in hierarchy.levels.items():
        groups = codes(panel, keys)
        totals = sums(known, groups)
        step = np.abs(totals[season:] - totals[:-season])
        scale = step.mean(axis=0)[groups] if step.size else np.full(groups.shape, np.nan)
        frame = panel.keys.with_columns(scale=pl.Series(scale).fill_nan(None), level=pl.lit(name))
        frames.append(frame.select(*keys, "scale", "level").unique())
    return pl.concat(frames, how="diagonal").select("level", *hierarchy.bottom, "scale")
