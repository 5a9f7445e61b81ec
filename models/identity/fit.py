"""What agreement is worth, learned from the file itself and without labels.

In: how many pairs show each pattern, and how random pairs look. Out: for every comparison level its chance
among records of one person (`same`), among members of one household (`household`) and among strangers.

Expectation maximisation over three classes in the space of all pairs. Members of a household agree in what
they share and, in what is their own, only as often as strangers: that is what keeps a shared address, phone
and surname from making one person of two. Strangers' chances come from random pairs, less the pairs that were
recognised as the same, so that a file full of duplicates does not make agreement look common.
Source: Fellegi and Sunter (1969), J. of the American Statistical Association 64; Winkler (1988) for the
expectation maximisation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.identity.declare import Comparison, Kind

Floats = NDArray[np.float64]
ROUNDS, ENOUGH = 200, 1e-5
PRIOR_PAIRS = 10.0  # weight of the declared usual chances, in pairs
FIRMNESS = 0.05  # the same for households, in pairs per record: they must stay what a household is
MOST_DUPLICATES = 10  # pairs of one person per record: more is no file of customers
LEAST = 1e-9
HOUSEHOLD_FIELDS = 2  # so many shared fields besides the name must be known before households are looked for


@dataclass(frozen=True, slots=True)
class Weights:
    """Chances per comparison and level (index 0 is the best level), and how many pairs are of each class."""

    kind: str
    same: tuple[Floats, ...]
    household: tuple[Floats, ...]
    stranger: tuple[Floats, ...]
    same_pairs: float
    household_pairs: float
    all_pairs: float


@dataclass(frozen=True, slots=True)
class _Counted:
    levels: NDArray[np.int64]  # patterns x comparisons
    pairs: Floats


def fit(
    kind: Kind, met: pl.DataFrame, drawn: pl.DataFrame, *, records: int, all_pairs: float, chance: Chances
) -> Weights:
    """`met` and `drawn`: pattern, pairs. `chance`: how often two records agree, where values were counted."""
    found, random = _counted(kind, met), _counted(kind, drawn)
    seen = [_level_counts(random, k, c) for k, c in enumerate(kind.comparisons)]
    stranger0 = [_stranger(c, counts, chance) for c, counts in zip(kind.comparisons, seen, strict=True)]
    known = np.array([counts.sum() for counts in seen]) / max(random.pairs.sum(), 1.0)
    same = [_usual(c) for c in kind.comparisons]
    shared = np.array([c.about == "shared" for c in kind.comparisons])
    household = [
        s.copy() if is_shared else u.copy() for s, u, is_shared in zip(same, stranger0, shared, strict=True)
    ]
    stranger = [u.copy() for u in stranger0]
    with_households = (
        sum(
            bool(found.levels[:, k].any())
            for k, c in enumerate(kind.comparisons)
            if c.about == "shared" and c.name in {"phone", "email", "street", "place"}
        )
        >= HOUSEHOLD_FIELDS
    )
    totals = np.array([max(records * 0.2, 1.0), max(records * 0.05, 1.0) if with_households else 0.0])
    firm = max(PRIOR_PAIRS, FIRMNESS * records)
    may_teach = teaches(kind, found.levels)
    for _ in range(ROUNDS):
        responsible = _responsible(found, same, household, stranger, totals, all_pairs)
        responsible[0] *= may_teach
        before, totals = (
            totals,
            np.minimum(responsible @ found.pairs, [min(MOST_DUPLICATES * records, all_pairs / 2), records]),
        )
        for k, comparison in enumerate(kind.comparisons):
            weights = responsible * found.pairs
            of_same, of_household = (_sums(found.levels[:, k], w, comparison.size) for w in weights)
            same[k] = _share(of_same + PRIOR_PAIRS * _usual(comparison))
            stranger[k] = _less(stranger0[k], known[k] * all_pairs, of_same + of_household)
            household[k] = _share(of_household + firm * _usual(comparison)) if shared[k] else stranger[k]
        if np.all(np.abs(totals - before) <= ENOUGH * np.maximum(before, 1.0)):
            break
    return Weights(
        kind.name,
        tuple(same),
        tuple(household),
        tuple(stranger),
        float(totals[0]),
        float(totals[1]),
        all_pairs,
    )


Chances = dict[str, float]


def chances(frequency: pl.DataFrame, known: pl.DataFrame) -> Chances:
    """By field: how often two records of one country that both know it hold the same value, counted exactly.

    `known`: field, land, records that know it.
    """
    same = frequency.group_by("field").agg((pl.col("records") * (pl.col("records") - 1)).sum().alias("same"))
    all_of = known.group_by("field").agg((pl.col("records") * (pl.col("records") - 1)).sum().alias("every"))
    joined = same.join(all_of, on="field").filter(pl.col("every") > 0)
    return {field: same / every for field, same, every in joined.iter_rows()}


def levels_of(kind: Kind, patterns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Level per pattern and comparison: 0 not comparable, 1 the best."""
    return np.stack([(patterns >> (3 * n)) & 7 for n in range(len(kind.comparisons))], axis=1)


def teaches(kind: Kind, levels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Patterns from which one person may be learned: something of one's own agrees, or none of it is known.

    A street makes more pairs of strangers than a small file has duplicates: learned from those, one person
    would be whoever lives in the same street.
    """
    known, agrees = (np.zeros(len(levels), dtype=np.bool_) for _ in range(2))
    for k, comparison in enumerate(kind.comparisons):
        if comparison.about == "self" and comparison.name in {*kind.identifying, "nid"}:
            known |= levels[:, k] > 0
            agrees |= (levels[:, k] > 0) & (levels[:, k] < comparison.size)
    return agrees | ~known


def _counted(kind: Kind, counted: pl.DataFrame) -> _Counted:
    patterns = counted["pattern"].cast(pl.Int64).to_numpy()
    return _Counted(levels_of(kind, patterns), counted["pairs"].cast(pl.Float64).to_numpy())


def _level_counts(counted: _Counted, k: int, comparison: Comparison) -> Floats:
    return _sums(counted.levels[:, k], counted.pairs, comparison.size)


def _sums(levels: NDArray[np.int64], weights: Floats, size: int) -> Floats:
    return np.bincount(levels, weights, minlength=size + 1)[1 : size + 1].astype(float)


def _share(values: Floats) -> Floats:
    values = np.maximum(values, LEAST * max(values.sum(), 1.0))
    shares: Floats = values / values.sum()
    return shares


def _usual(comparison: Comparison) -> Floats:
    usual = [level.usual for level in comparison.levels]
    return _share(np.array([*usual, max(1 - sum(usual), 0.02)]))


def _stranger(comparison: Comparison, drawn: Floats, chance: Chances) -> Floats:
    """Chances of random pairs; where every value was counted, the count instead of the draw."""
    found = (drawn + 0.5) / (drawn.sum() + 0.5 * comparison.size)
    for n, level in enumerate(comparison.levels):
        if n == 0 and level.rarity is not None and level.rarity in chance and comparison.name == level.rarity:
            rest = 1 - found[0]
            found[1:] *= (1 - chance[level.rarity]) / max(rest, LEAST)
            found[0] = max(chance[level.rarity], LEAST)
    return _share(found)


def _less(chance: Floats, pairs: float, recognised: Floats) -> Floats:
    """Strangers' chances once the recognised pairs are taken out of all pairs."""
    if pairs <= 0:
        return chance
    left = np.maximum(chance * pairs - recognised, 0.02 * chance * pairs)
    return _share(left)


def _responsible(
    found: _Counted,
    same: list[Floats],
    household: list[Floats],
    stranger: list[Floats],
    totals: Floats,
    all_pairs: float,
) -> Floats:
    """Share of every pattern that is the same person, and that is a household; strangers have the rest."""
    for_same, for_household = (
        evidence(found.levels, same, stranger),
        evidence(found.levels, household, stranger),
    )
    others = max(all_pairs - totals.sum(), 1.0)
    with np.errstate(divide="ignore"):
        logits = np.stack(
            [for_same + np.log(totals[0] / others), for_household + np.log(totals[1] / others), for_same * 0]
        )
    logits -= logits.max(axis=0)
    odds = np.exp(logits)
    shares: Floats = (odds / odds.sum(axis=0))[:2]
    return shares


def evidence(
    levels: NDArray[np.int64],
    of: list[Floats] | tuple[Floats, ...],
    against: list[Floats] | tuple[Floats, ...],
) -> Floats:
    """Natural log of how much likelier each pattern is among `of` than among `against`."""
    total = np.zeros(len(levels))
    for k, (a, b) in enumerate(zip(of, against, strict=True)):
        total += np.concatenate([[0.0], np.log(a) - np.log(b)])[levels[:, k]]
    return total
