"""Vehicle demand: outlet x series, monthly, coherent because every method forecasts the bottom.

In: units sold per market, region, outlet, series and month. Out: `VehicleForecast`: forecast with interval,
accuracy of every method at every level, and the backtest rows behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting import losses
from forecasting.baselines import moving_mean, seasonal_naive
from forecasting.boosted import NotEnoughHistory
from forecasting.boosted_months import boosted_months
from forecasting.calibrate import PRIOR_UNITS, SMALLEST_DISPERSION, calibrate, inflated
from forecasting.choose import Candidate, Method, simplest_of_the_best
from forecasting.distribution import demand_quantile
from forecasting.frames import Frequency, HistoryError, Panel, check_history, to_panel
from forecasting.seasonal import seasonal_smoothing

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

SEASON = Frequency.monthly.season
BOTTOM = ("market", "region", "outlet_id", "series")
LEVELS: dict[str, tuple[str, ...]] = {
    "outlet_series": BOTTOM,
    "outlet": ("market", "region", "outlet_id"),
    "market_series": ("market", "series"),
    "market": ("market",),
    "total": (),
}
QUANTILES = {"q10": 0.1, "q50": 0.5, "q90": 0.9}
ORIGINS, ORIGIN_STEP = 4, 2
SETTINGS = ((0.1, 0.0), (0.2, 0.0), (0.3, 0.0), (0.3, 0.05))  # level, trend
SHRINK_UNITS = 300.0
# An interval for the next quarter would be too narrow for a year ahead: they are fitted apart.
NEAR_MONTHS = 3


@dataclass(frozen=True)
class VehicleForecast:
    """monthly: one row per market, region, outlet, series and month ahead: mean, q10, q50, q90, method.

    accuracy: one row per level, method and horizon (null: all): wape, bias, mase, n.
    backtest: one row per level, keys (null above the level), origin (last month known), month and method.
    Sums of `mean` are the forecasts of the upper levels.
    """

    monthly: pl.DataFrame
    accuracy: pl.DataFrame
    backtest: pl.DataFrame


def forecast_vehicles(sales: pl.DataFrame, *, horizon: int, seed: int = 0) -> VehicleForecast:
    """Forecast sales: market, region, outlet_id, series, month, units >= 0, zero months included.

    Raises HistoryError for a gap, a duplicate, a negative, or an outlet in two regions.
    """
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1 month, got {horizon}")
    panel = to_panel(_checked(sales), BOTTOM)
    origins, window = _plan(panel.units.shape[0], horizon)
    tried = _candidates(panel, [*origins, panel.units.shape[0]], horizon=horizon, seed=seed)
    backtest = _backtest(panel, tried, origins, window)
    # nothing to judge by: the mean is the safe answer, not the last value
    chosen = (
        tried[_choose(tried, backtest)]
        if origins
        else next(c for c in tried if c.method is Method.moving_mean)
    )
    best = _best_settings(backtest)
    return VehicleForecast(
        _monthly(panel, chosen, origins, window),
        _accuracy(panel, best, origins),
        best.select("level", *BOTTOM, "origin", "month", "horizon", "method", "actual", "forecast"),
    )


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


def _plan(periods: int, horizon: int) -> tuple[list[int], int]:
    """Origins two months apart with half of the history, and two months, before the first."""
    window = max(1, min(horizon, periods // 4))
    last, first = periods - window, max(2, periods // 2)
    return [
        cut for cut in range(last - ORIGIN_STEP * (ORIGINS - 1), last + 1, ORIGIN_STEP) if cut >= first
    ], window


def _candidates(panel: Panel, cuts: list[int], *, horizon: int, seed: int) -> list[Candidate]:
    units, market, market_series = panel.units, _codes(panel, "market"), _codes(panel, "market", "series")
    flat = moving_mean(units, cuts, periods=SEASON)[:, None, :]
    # before a full season is known, "the same month last year" is the last month
    last = Method.seasonal_naive if min(cuts) >= SEASON else Method.naive
    found = [
        Candidate(last, seasonal_naive(units, cuts, season=SEASON, horizon=horizon)),
        Candidate(Method.moving_mean, np.repeat(flat, horizon, axis=1)),
    ]
    for alpha, beta in SETTINGS:
        smooth = seasonal_smoothing(
            units,
            cuts,
            horizon=horizon,
            season=SEASON,
            groups=market,
            alpha=alpha,
            beta=beta,
            shrink_units=SHRINK_UNITS,
        )
        found.append(Candidate(Method.seasonal_smoothing, smooth, alpha, f"trend {beta}"))
        shared = _shares(units, cuts, market_series, market, horizon=horizon, alpha=alpha, beta=beta)
        found.append(Candidate(Method.shares, shared, alpha, f"trend {beta}"))
    try:
        model = np.concatenate(
            [
                boosted_months(
                    units,
                    [cut],
                    learn_until=cut,
                    horizon=horizon,
                    season=SEASON,
                    groups=market_series,
                    seed=seed,
                )
                for cut in cuts
            ]
        )
    except NotEnoughHistory:
        return found  # accuracy shows which methods were judged
    half = [
        Candidate(Method.blend, (c.forecast + model) / 2, c.alpha, f"half boosted, {c.settings}")
        for c in found
        if c.method is Method.seasonal_smoothing
    ]
    return [*found, Candidate(Method.boosted_months, model), *half]


def _shares(
    units: Floats,
    cuts: list[int],
    market_series: Groups,
    market: Groups,
    *,
    horizon: int,
    alpha: float,
    beta: float,
) -> Floats:
    """Top-down: each market x series smoothed as one, split by the outlets' sales of the last season."""
    totals = np.zeros((units.shape[0], int(market_series.max()) + 1))
    np.add.at(totals.T, market_series, np.nan_to_num(units).T)
    home = np.zeros(totals.shape[1], dtype=np.int64)
    home[market_series] = market
    top = seasonal_smoothing(
        totals,
        cuts,
        horizon=horizon,
        season=SEASON,
        groups=home,
        alpha=alpha,
        beta=beta,
        shrink_units=SHRINK_UNITS,
    )
    out = np.empty((len(cuts), horizon, units.shape[1]))
    for i, cut in enumerate(cuts):
        recent = np.nan_to_num(units[max(0, cut - SEASON) : cut]).sum(axis=0)
        whole = np.bincount(market_series, weights=recent)[market_series]
        # no sale in a season anywhere: nothing to share by, and the total forecast is 0 or fading
        share = np.divide(recent, whole, out=np.zeros_like(recent), where=whole > 0)
        out[i] = np.where(np.isnan(units[:cut]).all(axis=0), np.nan, top[i][:, market_series] * share)
    return out


def _codes(panel: Panel, *keys: str) -> Groups:
    codes: Groups = (
        panel.keys.select(pl.struct(keys).rank("dense") - 1).to_series().to_numpy().astype(np.int64)
    )
    return codes


def _backtest(panel: Panel, tried: list[Candidate], origins: list[int], window: int) -> pl.DataFrame:
    """Bottom rows of every candidate, then their sums at the levels above; `candidate` is its index."""
    parts = [_bottom_rows(panel, c, i, origins, window) for i, c in enumerate(tried)]
    bottom = pl.concat(parts) if origins else _bottom_rows(panel, tried[0], 0, [], window)
    bottom = bottom.filter(pl.col("actual").is_not_null() & pl.col("forecast").is_not_null())
    at = ["candidate", "method", "origin", "month", "horizon"]
    levels = [
        bottom.group_by(*keys, *at).agg(pl.col("actual", "forecast").sum()).with_columns(level=pl.lit(name))
        for name, keys in LEVELS.items()
    ]
    return (
        pl.concat(levels, how="diagonal")
        .select("level", *BOTTOM, *at, "actual", "forecast")
        .sort("level", *BOTTOM, "candidate", "origin", "month")
    )


def _bottom_rows(
    panel: Panel, candidate: Candidate, number: int, origins: list[int], window: int
) -> pl.DataFrame:
    months = _months(panel)
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
    return pl.DataFrame(schema=schema | {k: panel.keys.schema[k] for k in BOTTOM})


def _months(panel: Panel) -> pl.Series:
    back = panel.units.shape[0] - 1
    start = pl.select(pl.lit(panel.last).dt.offset_by(f"-{back}mo")).item()
    return pl.date_range(start, panel.last, "1mo", eager=True)


def _choose(tried: list[Candidate], backtest: pl.DataFrame) -> int:
    """Least WAPE, averaged over the levels: outlets order by it, and the factory builds by its sums."""
    table = backtest.group_by("level", "candidate").agg(wape=losses.wape())
    mean = table.group_by("candidate").agg(pl.col("wape").mean()).sort("candidate")
    totals = mean["wape"].fill_null(0.0).to_numpy()  # nothing sold at all: every method is equal
    return simplest_of_the_best(tried, totals) if mean.height == len(tried) else 0


def _best_settings(backtest: pl.DataFrame) -> pl.DataFrame:
    """Rows of each method's best settings only: one forecast per method, level, key and month."""
    table = backtest.group_by("level", "method", "candidate").agg(wape=losses.wape())
    mean = table.group_by("method", "candidate").agg(pl.col("wape").mean())
    best = mean.sort("wape", "candidate", nulls_last=True).unique("method", keep="first")
    return backtest.join(best.select("candidate"), on="candidate", how="semi", maintain_order="left")


def _accuracy(panel: Panel, best: pl.DataFrame, origins: list[int]) -> pl.DataFrame:
    rows = best.join(_scales(panel, origins), on=["level", *BOTTOM], how="left", nulls_equal=True)
    measures = {"wape": losses.wape(), "bias": losses.bias(), "mase": losses.mase(), "n": pl.len()}
    each = rows.group_by("level", "method", "horizon").agg(**measures)
    whole = (
        rows.group_by("level", "method").agg(**measures).with_columns(horizon=pl.lit(None, dtype=pl.Int32))
    )
    return pl.concat([each, whole], how="diagonal").sort("level", "method", "horizon", nulls_last=True)


def _scales(panel: Panel, origins: list[int]) -> pl.DataFrame:
    """MASE's denominator for every level and key: mean absolute yearly difference before the first origin."""
    known = panel.units[: origins[0]] if origins else panel.units[:0]
    frames = []
    for name, keys in LEVELS.items():
        codes = _codes(panel, *keys) if keys else np.zeros(panel.units.shape[1], dtype=np.int64)
        totals = np.zeros((known.shape[0], int(codes.max()) + 1))
        np.add.at(totals.T, codes, np.nan_to_num(known).T)
        step = np.abs(totals[SEASON:] - totals[:-SEASON])
        scale = step.mean(axis=0)[codes] if step.size else np.full(codes.shape, np.nan)
        frame = panel.keys.with_columns(scale=pl.Series(scale).fill_nan(None), level=pl.lit(name))
        frames.append(frame.select(*keys, "scale", "level").unique())
    return pl.concat(frames, how="diagonal").select("level", *BOTTOM, "scale")


def _monthly(panel: Panel, chosen: Candidate, origins: list[int], window: int) -> pl.DataFrame:
    mean = chosen.forecast[-1]
    spread = _dispersion(panel, chosen, origins, window, mean.shape[0])
    columns = {name: demand_quantile(mean, mean * spread, level) for name, level in QUANTILES.items()}
    frames = [
        panel.keys.with_columns(
            month=pl.lit(day),
            horizon=pl.lit(h + 1, dtype=pl.Int32),
            mean=pl.Series(mean[h]),
            **{name: pl.Series(q[h]) for name, q in columns.items()},
            method=pl.lit(chosen.method.value),
        )
        for h, day in enumerate(panel.dates(mean.shape[0]))
    ]
    return pl.concat(frames).sort(*BOTTOM, "month")


def _dispersion(panel: Panel, chosen: Candidate, origins: list[int], window: int, horizon: int) -> Floats:
    """Variance over mean, (horizon, series): backtest errors, fitted to cover near and far apart.

    Without a backtest the spread is Poisson's: too little is known to claim more.
    """
    spread = np.full((horizon, panel.units.shape[1]), SMALLEST_DISPERSION)
    if not origins:
        return spread
    forecast = chosen.forecast[:-1, :window]
    actual = np.stack([panel.units[cut : cut + window] for cut in origins])
    judged = ~np.isnan(forecast) & ~np.isnan(actual)
    squared = np.where(judged, (forecast - actual) ** 2, 0.0).sum(axis=(0, 1))
    expected = np.where(judged, forecast, 0.0).sum(axis=(0, 1))
    pooled = squared.sum() / max(expected.sum(), 1e-9)
    own = np.maximum((squared + PRIOR_UNITS * pooled) / (expected + PRIOR_UNITS), SMALLEST_DISPERSION)
    cells = np.broadcast_to(own, (len(origins), own.size)).ravel()
    for first, end in ((0, NEAR_MONTHS), (NEAR_MONTHS, max(horizon, NEAR_MONTHS + 1))):
        seen = slice(min(first, window - 1), min(end, window))
        block = [x[:, seen].transpose(1, 0, 2).reshape(-1, cells.size) for x in (forecast, actual)]
        fitted = calibrate(block[0], cells, block[1], judged_levels=tuple(QUANTILES.values()))
        spread[first:end] = inflated(own, fitted.inflation)
    return spread
