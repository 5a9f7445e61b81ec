"""A scorecard: bins of features, one weight a bin, so that every chance is a sum with its reasons.

In: a frame of features and a 0/1 outcome, one row an example. Out: `Scorecard`, and of it chances and the
part of each feature in them (log-odds against the average example). Missing is a bin, never a zero.

Source: additive logistic models of binned features (Hand and Henley 1997, JRSS A 160, 523-541);
calibration by a logistic of the raw score (Platt 1999), on examples later than those fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.linear_model import LogisticRegression

Floats = npt.NDArray[np.float64]
MISSING, OTHER = "unknown", "other"
BINS = 6  # of a number, by quantiles
LEAST = 25  # examples; a category with fewer joins the others
_PENALTY = 0.3  # inverse strength of the pull of rare bins to zero (C of scikit-learn)
_FAR = 1e-6  # chances stay this far from 0 and 1


@dataclass(frozen=True, slots=True)
class Bins:
    """One feature: cuts of a number (a value lies in the bin whose cut it does not exceed), or categories."""

    feature: str
    cuts: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        if self.levels:
            return (*self.levels, OTHER, MISSING)
        if not self.cuts:
            return ("any", MISSING)
        between = [f"{_text(a)} to {_text(b)}" for a, b in zip(self.cuts, self.cuts[1:], strict=False)]
        return (f"up to {_text(self.cuts[0])}", *between, f"over {_text(self.cuts[-1])}", MISSING)

    def codes(self, values: pl.Series) -> npt.NDArray[np.int64]:
        """Number of the bin of each value."""
        last = len(self.labels) - 1
        missing = values.is_null().to_numpy()
        if self.levels:
            known = {level: n for n, level in enumerate(self.levels)}
            found = [known.get(v, len(self.levels)) for v in values.cast(pl.String).to_list()]
            return np.where(missing, last, np.array(found, dtype=np.int64))
        numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy()
        return np.where(missing, last, np.searchsorted(np.array(self.cuts), numbers, side="left"))


@dataclass(frozen=True, slots=True)
class Scorecard:
    """`weights[i]` are those of the labels of `bins[i]`, centred on the examples it was fitted on."""

    bins: tuple[Bins, ...]
    weights: tuple[tuple[float, ...], ...]
    intercept: float
    slope: float = 1.0
    shift: float = 0.0

    def parts(self, features: pl.DataFrame) -> Floats:
        """Log-odds of each feature (columns) in each example (rows), after calibration."""
        columns = [
            np.array(w)[b.codes(features[b.feature])] for b, w in zip(self.bins, self.weights, strict=True)
        ]
        return self.slope * np.column_stack(columns) if columns else np.zeros((features.height, 0))

    def chances(self, features: pl.DataFrame) -> Floats:
        base = self.slope * self.intercept + self.shift
        return _chance(base + self.parts(features).sum(axis=1))

    def reasons(self, features: pl.DataFrame, key: Sequence[str], *, most: int) -> pl.DataFrame:
        """The features that moved a chance most: key, rank (from 1), feature, value (its bin), log_odds."""
        parts = self.parts(features)
        order = np.argsort(-np.abs(parts), axis=1, kind="stable")[:, :most]
        rows = np.arange(features.height)
        codes = [b.codes(features[b.feature]) for b in self.bins]
        frames = []
        for rank in range(order.shape[1]):
            chosen = order[:, rank]
            values = [self.bins[f].labels[codes[f][r]] for r, f in zip(rows, chosen, strict=True)]
            frames.append(
                features.select(key).with_columns(
                    rank=pl.lit(rank + 1),
                    feature=pl.Series([self.bins[f].feature for f in chosen], dtype=pl.String),
                    value=pl.Series(values, dtype=pl.String),
                    log_odds=pl.Series(parts[rows, chosen]),
                )
            )
        return pl.concat(frames).sort(*key, "rank")


def fit(features: pl.DataFrame, outcome: pl.Series, names: Sequence[str]) -> Scorecard:
    """Bins and weights of `names`. Raises ValueError when the outcome does not vary: nothing to tell."""
    y = outcome.to_numpy().astype(np.int64)
    if y.min(initial=1) == y.max(initial=0):
        raise ValueError("the outcome is the same in every example; more history is needed")
    bins = tuple(_bins(features[name]) for name in names)
    codes = [b.codes(features[b.feature]) for b in bins]
    matrix = np.concatenate([np.eye(len(b.labels))[c] for b, c in zip(bins, codes, strict=True)], axis=1)
    model = LogisticRegression(C=_PENALTY, max_iter=500).fit(matrix, y)
    weights, at, intercept = [], 0, float(model.intercept_[0])
    for b, c in zip(bins, codes, strict=True):
        own = model.coef_[0, at : at + len(b.labels)]
        average = float(own[c].mean())
        weights.append(tuple(float(w) - average for w in own))
        intercept, at = intercept + average, at + len(b.labels)
    return Scorecard(bins, tuple(weights), intercept)


def calibrate(card: Scorecard, features: pl.DataFrame, outcome: pl.Series) -> Scorecard:
    """The card, its scores stretched and shifted to fit later examples; as it was when these do not vary."""
    y = outcome.to_numpy().astype(np.int64)
    if y.min(initial=1) == y.max(initial=0):
        return card
    chances = np.clip(card.chances(features), _FAR, 1 - _FAR)
    raw = np.log(chances / (1 - chances))
    model = LogisticRegression(C=1e6, max_iter=500).fit(raw.reshape(-1, 1), y)
    slope = float(model.coef_[0, 0])
    if slope <= 0:  # later examples say nothing about the order: only the level is taken
        return replace(card, shift=card.shift + float(np.log(y.mean() / (1 - y.mean())) - raw.mean()))
    return replace(card, slope=card.slope * slope, shift=card.shift * slope + float(model.intercept_[0]))


def _bins(values: pl.Series) -> Bins:
    if values.dtype == pl.Boolean or values.dtype == pl.String:
        counts = values.drop_nulls().cast(pl.String).value_counts(name="n", sort=True)
        kept = counts.filter(pl.col("n") >= LEAST)
        return Bins(values.name, levels=tuple(sorted(kept[values.name].to_list())) or (OTHER,))
    numbers = values.cast(pl.Float64).drop_nulls()
    quantiles = [numbers.quantile(q / BINS, "nearest") for q in range(1, BINS)] if len(numbers) else []
    cuts = sorted({float(q) for q in quantiles if q is not None})
    top = numbers.max()
    return Bins(values.name, cuts=tuple(c for c in cuts if top is not None and c < float(top)))  # type: ignore[arg-type]


def _chance(log_odds: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-log_odds))
    return chance


def _text(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 10 or number == int(number) else f"{number:.1f}"
