"""From alike to the same: a weight per pair, its evidence, and where the lines are drawn.

In: table `edge` and the learned weights. Out: scored pairs with `weight` (log2 of the odds that both records
are one), `household` (log2 of the odds that they live together) and a band. The weight weighs "one person"
against "strangers or one household", so that what a household shares is never counted for one person alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from models.identity.declare import Kind
from models.identity.fit import Floats, Weights, evidence, levels_of
from models.identity.session import Session

Band = Literal["auto", "review", "no"]
LN2 = float(np.log(2))
LOWEST_LINE = 0.2
KEPT = -10.0  # log2 odds: what is less likely is no pair and no link


@dataclass(frozen=True, slots=True)
class Bands:
    """Probabilities from which a pair is merged, or shown to a steward. `auto` None: the line that makes the
    expected F1 of the whole file largest, estimated from the probabilities themselves."""

    auto: float | None = None
    review: float = 0.05


def score(
    session: Session, kind: Kind, weights: Weights, patterns: pl.DataFrame, *, every: bool = False
) -> pl.DataFrame:
    """Pairs worth keeping, or every one: l, r, pattern, rarities, weight, household; sorted.

    `patterns` lists those of table `edge`.
    """
    levels = levels_of(kind, patterns["pattern"].cast(pl.Int64).to_numpy())
    for_same = _bits(kind, levels, weights.same, weights.stranger)
    for_household = _bits(kind, levels, weights.household, weights.stranger)
    others = max(weights.all_pairs - weights.same_pairs - weights.household_pairs, 1.0)
    session.add(
        "judged", patterns.select("pattern").with_columns(s=pl.Series(for_same), h=pl.Series(for_household))
    )
    prior_same = np.log2(max(weights.same_pairs, 0.5) / others)
    prior_household = np.log2(max(weights.household_pairs, 1e-6) / others)
    same, home = f"s - rarity_self - rarity_shared + {prior_same}", f"h - rarity_shared + {prior_household}"
    return session.frame(
        "select l, r, pattern, rarity_self, rarity_shared, weight, household from ("
        f" select l, r, pattern, rarity_self, rarity_shared, ({same}) - log2(1 + pow(2, {home})) as weight,"
        f" ({home}) - log2(1 + pow(2, least({same}, 60))) as household from edge join judged using (pattern))"
        f" where {every} or weight > {KEPT} or household > 0 order by l, r"
    )


def probability(weight: pl.Expr) -> pl.Expr:
    """Chance that belongs to log2 odds."""
    return 1 / (1 + (-weight * LN2).exp())


def log_odds(chance: float) -> float:
    """Log2 odds of a chance."""
    return float(np.log2(chance / (1 - chance)))


def best_line(scored: pl.DataFrame) -> float:
    """The probability from which merging makes the expected F1 largest, were the probabilities right.

    That is half of the F1 so reached: Lipton, Elkan and Naryanaswamy (2014), arXiv:1402.1892.
    """
    chance = np.sort(scored.select(probability(pl.col("weight"))).to_series().to_numpy())[::-1]
    if len(chance) == 0:
        return 0.5
    expected = 2 * np.cumsum(chance) / (np.arange(1, len(chance) + 1) + chance.sum())
    return float(max(expected.max() / 2, LOWEST_LINE))


def banded(scored: pl.DataFrame, bands: Bands, line: float) -> pl.DataFrame:
    """`scored` with probability and band."""
    chance = probability(pl.col("weight"))
    band = pl.when(chance >= line).then(pl.lit("auto")).when(chance >= bands.review).then(pl.lit("review"))
    return scored.with_columns(probability=chance, band=band.otherwise(pl.lit("no")))


def explain(kind: Kind, weights: Weights, scored: pl.DataFrame) -> pl.DataFrame:
    """One row per pair and comparison with something to compare: l, r, field, finding, bits.

    `bits` add up, with the prior and the household's share as rows of their own, to the pair's weight.
    """
    levels = levels_of(kind, scored["pattern"].cast(pl.Int64).to_numpy())
    rows = []
    for k, comparison in enumerate(kind.comparisons):
        at = levels[:, k]
        known = np.flatnonzero(at)
        bits = (np.log(weights.same[k]) - np.log(weights.stranger[k])) / LN2
        names = np.array(comparison.meanings, dtype=object)
        rows.append(
            scored[known]
            .select("l", "r")
            .with_columns(
                field=pl.lit(comparison.name),
                finding=pl.Series(names[at[known] - 1].tolist(), dtype=pl.String),
                bits=pl.Series(bits[at[known] - 1]),
            )
        )
    evidence_rows = pl.concat(rows)
    told = evidence_rows.group_by("l", "r").agg(pl.col("bits").sum().alias("told"))
    rest = scored.join(told, on=["l", "r"], how="left").select(
        "l",
        "r",
        field=pl.lit("rest"),
        finding=pl.lit("how rare the shared values are, households, prior"),
        bits=pl.col("weight") - pl.col("told").fill_null(0.0),
    )
    return pl.concat([evidence_rows, rest]).sort(
        "l", "r", "bits", "field", descending=[False, False, True, False]
    )


def _bits(kind: Kind, levels: np.ndarray, of: tuple[Floats, ...], against: tuple[Floats, ...]) -> Floats:
    """Log2 of the likelihood ratio per pattern; what a counted rarity says about strangers is left to it."""
    counted = tuple(
        np.array([1.0 if n < len(c.levels) and c.levels[n].rarity else against[k][n] for n in range(c.size)])
        for k, c in enumerate(kind.comparisons)
    )
    bits: Floats = evidence(levels, of, counted) / LN2
    return bits
