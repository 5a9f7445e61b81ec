"""What is known of the months ahead: asked for or sold so far, booked, ordered, enquired for.

In: forecasts that know complete months only, and what was known on the same day of each earlier month.
Out: the forecast given that knowledge. What already happened is certain; the rest of a month is a mix of the
forecast and the signals, weights learnt on past origins and used only where origins left out got better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import nnls

from forecasting.backtest import window_losses
from forecasting.frames import Frequency, Panel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Each origin is judged by weights that the others taught; fewer than four teach nothing that lasts.
LEAST_ORIGINS = 4
# A gain below one percent is within the noise of a few overlapping origins.
LEAST_GAIN = 0.01
# Spread of the rest of a month against that of a whole one: never less than this share of it is believed.
SPREAD_BOUNDS = (0.4, 2.5)


@dataclass(frozen=True)
class Known:
    """certain: units that already happened in the month. signals: units per name that may still come.

    Each (cuts, steps, series): what was known at each cut of the month `step` after it; the last cut is now.
    A cut is a number of complete months; the day is the same in each month, as many days after the cut.
    """

    certain: Floats
    signals: dict[str, Floats]

    @property
    def steps(self) -> int:
        return int(self.certain.shape[1])


@dataclass(frozen=True)
class Ahead:
    """The forecast given what is known.

    past: (origins, window, series) and mean: (horizon, series), as they were where nothing got better.
    certain: (horizon, series), the part of the mean that cannot fall away. spread: (horizon,), what the
    dispersion of the rest is multiplied by. table: one row per group, step and signal: its weight, the loss
    over the origins without and with all of them (null: not judged), and whether they are used.
    """

    past: Floats
    mean: Floats
    certain: Floats
    spread: Floats
    table: pl.DataFrame


TABLE_SCHEMA = {
    "group": pl.String(), "step": pl.Int32(), "signal": pl.String(), "weight": pl.Float64(),
    "loss_without": pl.Float64(), "loss_with": pl.Float64(), "is_used": pl.Boolean(),
}  # fmt: skip


def known_of(rows: pl.DataFrame, panel: Panel, keys: Sequence[str], cuts: Sequence[int], steps: int) -> Known:
    """rows: keys, cut_month (the month that ran on the day of knowledge), month, certain, signals by name.

    A cell without a row was known to be nothing. Rows of series or cuts that the panel lacks are left out.
    """
    names = [c for c in rows.columns if c not in (*keys, "cut_month", "month", "certain")]
    number = Frequency.monthly.number
    last = panel.last.year * 12 + panel.last.month
    at = {cut: i for i, cut in enumerate(cuts)}
    series = panel.keys.select(keys).with_row_index("number_")
    found = rows.join(series, on=list(keys)).with_columns(
        # the month that ran is the first one the cut does not know
        cut=number("cut_month") - last - 1 + panel.units.shape[0],
        step=number("month") - number("cut_month"),
    )
    found = found.filter(pl.col("cut").is_in(list(at)) & pl.col("step").is_between(0, steps - 1))
    where = (
        np.array([at[cut] for cut in found["cut"].to_list()], dtype=np.int64),
        found["step"].to_numpy().astype(np.int64),
        found["number_"].to_numpy().astype(np.int64),
    )
    blocks = {}
    for name in ("certain", *names):
        blocks[name] = np.zeros((len(cuts), steps, panel.units.shape[1]))
        np.add.at(blocks[name], where, found[name].cast(pl.Float64).fill_null(0.0).to_numpy())
    return Known(blocks.pop("certain"), blocks)


def given(
    past: Floats, now: Floats, actual: Floats, known: Known, *, groups: NDArray[np.str_], floor: float
) -> Ahead:
    """past, actual: (origins, window, series); now: (horizon, series); groups: (series,).

    floor: least expected units, as the losses of the backtest have it. Too few origins leave all as it was.
    """
    before, mean = past.copy(), now.copy()
    certain, spread = np.zeros(now.shape), np.ones(now.shape[0])
    names, rows = np.unique(groups), []
    steps = min(known.steps, actual.shape[1], now.shape[0]) if actual.size else 0
    for step in range(steps):
        learnt = _Step(past, now, actual, known, step, floor)
        for name in names:
            mine = groups == name
            judged = learnt.judge(mine)
            rows += [
                (str(name), step + 1, signal, weight, judged.without, judged.given, judged.is_better)
                for signal, weight in zip(("forecast", *known.signals), learnt.weights.tolist(), strict=True)
            ]
            if judged.is_better:
                before[:, step, mine], mean[step, mine] = learnt.mean[:-1, mine], learnt.mean[-1, mine]
                certain[step, mine] = known.certain[-1, step, mine]
                spread[step] = learnt.spread
    return Ahead(before, mean, certain, spread, pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row"))


@dataclass(frozen=True)
class Judged:
    without: float | None
    given: float | None

    @property
    def is_better(self) -> bool:
        if self.without is None or self.given is None:
            return False
        return self.given < self.without * (1 - LEAST_GAIN)


class _Step:
    """One month ahead: each origin is judged by the weights of the others, those of all are used."""

    def __init__(
        self, past: Floats, now: Floats, actual: Floats, known: Known, step: int, floor: float
    ) -> None:
        self.plain = np.concatenate([past[:, step], now[None, step]])
        self.actual, self.floor = actual[:, step], floor
        self.certain = known.certain[:, step]
        self.columns = np.stack([self.plain, *(s[:, step] for s in known.signals.values())])
        self.enough = actual.shape[0] >= LEAST_ORIGINS
        origins = np.arange(actual.shape[0])
        self.weights = self._weights(origins)
        self.mean = self._mean(self.weights)
        self.left_out = np.stack(
            [self._mean(self._weights(np.delete(origins, i)))[i] for i in origins.tolist()]
        )

    def judge(self, mine: Flags) -> Judged:
        if not self.enough:
            return Judged(None, None)
        pair = [
            window_losses(mean[:, None, mine], self.actual[:, None, mine], self.floor)
            for mean in (self.plain[:-1], self.left_out)
        ]
        both = ~np.isnan(pair[0]) & ~np.isnan(pair[1])
        if not both.any():
            return Judged(None, None)
        return Judged(float(pair[0][both].sum()), float(pair[1][both].sum()))

    @property
    def spread(self) -> float:
        """Scatter of the rest of the month around its mean, against the whole month's around the forecast."""
        rest = np.maximum(self.mean - self.certain, self.floor)[:-1]
        plain = np.maximum(self.plain[:-1], self.floor)
        seen = ~np.isnan(self.actual) & ~np.isnan(plain) & ~np.isnan(rest)
        mine = ((self.actual - self.mean[:-1])[seen] ** 2).sum() / rest[seen].sum()
        whole = ((self.actual - self.plain[:-1])[seen] ** 2).sum() / plain[seen].sum()
        return float(np.clip(mine / max(whole, 1e-9), *SPREAD_BOUNDS))

    def _weights(self, origins: NDArray[np.intp]) -> Floats:
        """Least squares over the mean, none below zero: a booking never takes demand away."""
        rest = (self.actual[origins] - self.certain[origins]).ravel()
        columns = self.columns[:, origins].reshape(self.columns.shape[0], -1)
        seen = ~np.isnan(rest) & ~np.isnan(columns).any(axis=0)
        weight = 1 / np.sqrt(np.maximum(columns[:, seen].sum(axis=0), self.floor))
        if not seen.any():
            return np.array([1.0, *np.zeros(columns.shape[0] - 1)])
        found: Floats = nnls((columns[:, seen] * weight).T, rest[seen] * weight)[0]
        return found

    def _mean(self, weights: Floats) -> Floats:
        mean: Floats = self.certain + np.tensordot(weights, self.columns, axes=1)
        return mean
