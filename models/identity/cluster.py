"""From pairs to persons: connected pairs, taken apart again where their members do not fit together.

In: scored pairs of numbered records, what a steward decided. Out: a label per record, the smallest number of
its cluster. A chain A-B-C whose ends contradict each other is cut at its weakest place (average linkage), and
no chain ever brings together what a steward has parted. Nothing depends on the order of the pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SURE = (
    14.0  # log2 odds beyond which one pair says no more: an overwhelming pair must not outvote contradictions
)
LARGEST = 60  # members up to which a component's missing pairs are scored; above, they count as unlike
UNLIKE = -10.0
Score = Callable[[pl.DataFrame], Floats]  # pairs l, r -> weight


@dataclass(frozen=True, slots=True)
class Decisions:
    """What stewards decided, in record numbers: pairs that are one, and pairs that are two."""

    must: pl.DataFrame
    cannot: pl.DataFrame

    @classmethod
    def none(cls) -> Decisions:
        empty = pl.DataFrame(schema={"l": pl.Int64, "r": pl.Int64})
        return cls(empty, empty)


def cluster(records: int, pairs: pl.DataFrame, line: float, decided: Decisions, score: Score) -> Ints:
    """pairs: l, r, weight (log2 odds). From `line` on two are one. `score` weighs pairs that never met."""
    chosen = pairs.filter(pl.col("weight") >= line).select("l", "r")
    linked = pl.concat([chosen.cast(pl.Int64), decided.must.select("l", "r").cast(pl.Int64)])
    component = components(records, linked)
    doubtful = _doubtful(component, linked, decided.cannot)
    if len(doubtful) == 0:
        return _smallest(component)
    weights = _inner_pairs(component, doubtful, pairs, score)
    label = component.astype(np.int64) * records
    for members, inner, forced in _by_component(component, doubtful, weights, decided):
        label[members] += _united(_average_linkage(inner, line), inner, forced, line)
    return _smallest(label)


def components(records: int, links: pl.DataFrame) -> Ints:
    left, right = links["l"].to_numpy(), links["r"].to_numpy()
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(records, records))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _doubtful(component: Ints, linked: pl.DataFrame, cannot: pl.DataFrame) -> Ints:
    """Components with a pair that is not linked itself, or that a steward has parted."""
    size = np.bincount(component)
    distinct = linked.select(a=pl.min_horizontal("l", "r"), b=pl.max_horizontal("l", "r")).unique()
    edges = np.bincount(component[distinct["a"].to_numpy()], minlength=len(size))
    is_doubtful = edges < size * (size - 1) // 2
    left, right = component[cannot["l"].to_numpy()], component[cannot["r"].to_numpy()]
    is_doubtful[left[left == right]] = True
    return np.flatnonzero(is_doubtful)


def _inner_pairs(component: Ints, doubtful: Ints, pairs: pl.DataFrame, score: Score) -> pl.DataFrame:
    """Every pair inside the doubtful components with its weight: found, or scored now."""
    inside = pl.DataFrame({"rid": np.arange(len(component)), "c": component}).filter(
        pl.col("c").is_in(doubtful)
    )
    small = inside.filter(pl.len().over("c") <= LARGEST)
    every = (
        small.join(small, on="c").filter(pl.col("rid") < pl.col("rid_right")).select(l="rid", r="rid_right")
    )
    known = pairs.select(pl.col("l").cast(pl.Int64), pl.col("r").cast(pl.Int64), "weight")
    missing = every.join(known, on=["l", "r"], how="anti").sort("l", "r")
    scored = (
        missing.with_columns(weight=pl.Series(score(missing), dtype=pl.Float64)) if missing.height else None
    )
    found = known.filter(
        pl.col("l").is_in(inside["rid"].implode()) & pl.col("r").is_in(inside["rid"].implode())
    )
    return found if scored is None else pl.concat([found, scored])


def _by_component(
    component: Ints, doubtful: Ints, weights: pl.DataFrame, decided: Decisions
) -> Iterator[tuple[Ints, Floats, Bools]]:
    """Members of each doubtful component in order, the square of their weights, and which are united."""
    order = np.argsort(component, kind="stable")
    starts = np.searchsorted(component[order], doubtful)
    ends = np.searchsorted(component[order], doubtful, side="right")
    ordered = ((decided.must, np.inf), (decided.cannot, -np.inf))
    rows = [weights.select("l", "r", "weight")]
    rows += [d.select(pl.col("l", "r").cast(pl.Int64), weight=pl.lit(w)) for d, w in ordered]
    every = pl.concat(rows)
    at = component[every["l"].to_numpy()]
    same = at == component[every["r"].to_numpy()]
    place = np.argsort(at[same], kind="stable")
    left, right, weight = (every[c].to_numpy()[same][place] for c in ("l", "r", "weight"))
    first = np.searchsorted(at[same][place], doubtful)
    last = np.searchsorted(at[same][place], doubtful, side="right")
    for start, end, a, b in zip(starts, ends, first, last, strict=True):
        members = order[start:end]
        inner = np.full((len(members), len(members)), UNLIKE)
        i, j = np.searchsorted(members, left[a:b]), np.searchsorted(members, right[a:b])
        is_forced = np.isposinf(weight[a:b])
        capped = np.where(np.isneginf(weight[a:b]), weight[a:b], np.clip(weight[a:b], -SURE, SURE))
        inner[i[~is_forced], j[~is_forced]] = inner[j[~is_forced], i[~is_forced]] = capped[~is_forced]
        forced = np.zeros(inner.shape, dtype=np.bool_)
        forced[i[is_forced], j[is_forced]] = True
        yield members, inner, forced


def _united(label: Ints, inner: Floats, forced: Bools, line: float) -> Ints:
    """Groups that a steward has united, whole: a merge of two records is a merge of two persons.

    Where that would bring together what a steward has parted, only what was named itself is united.
    """
    united = label.copy()
    for i, j in np.argwhere(forced):
        united[united == max(united[i], united[j])] = min(united[i], united[j])
    together = united[:, None] == united[None, :]
    if bool(np.any(together & np.isneginf(inner) & ~np.eye(len(inner), dtype=bool))):
        return _average_linkage(np.where(forced | forced.T, np.inf, inner), line)
    return united


def _average_linkage(inner: Floats, line: float) -> Ints:
    """Merge the two groups that are most alike on average, as long as they are above the line.

    +inf pairs are merged first and -inf pairs never; of equal averages the smaller numbers come first.
    """
    count = len(inner)
    label, size = np.arange(count), np.ones(count)
    total = np.where(np.isposinf(inner), 1e6, inner)
    np.fill_diagonal(total, -np.inf)
    while True:
        mean = total / np.outer(size, size)
        i, j = divmod(int(np.argmax(mean)), count)
        if not mean[i, j] >= line:
            return label
        i, j = min(i, j), max(i, j)
        total[i] += total[j]
        total[:, i] = total[i]
        total[j] = total[:, j] = total[i, i] = -np.inf
        size[i] += size[j]
        label[label == label[j]] = label[i]


def _smallest(label: Ints) -> Ints:
    """Every label as the smallest record number that has it."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)
