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
    for members, inner, forced in _by_size(component, doubtful, weights, decided):
        label[members] += _parted(inner, forced, line)
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


def _by_size(
    component: Ints, doubtful: Ints, weights: pl.DataFrame, decided: Decisions
) -> Iterator[tuple[Ints, Floats, Bools]]:
    """Doubtful components of one size at once: members in order, weights of every two, and which are united.

    Shapes: components x size, and twice components x size x size.
    """
    size = np.bincount(component)
    start = np.cumsum(size) - size
    order = np.argsort(component, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order)) - start[component[order]]
    left, right, weight = _inside(component, weights, decided)
    at = component[left]
    for count in np.unique(size[doubtful]):
        chosen = doubtful[size[doubtful] == count]
        is_here = np.isin(at, chosen)
        slot = np.searchsorted(chosen, at[is_here])
        spot = slot, place[left[is_here]], place[right[is_here]]
        yield (
            order[start[chosen][:, None] + np.arange(count)],
            *_squares(len(chosen), count, spot, weight[is_here]),
        )


def _inside(component: Ints, weights: pl.DataFrame, decided: Decisions) -> tuple[Ints, Ints, Floats]:
    """l, r, weight of pairs inside one component: united +inf, parted -inf and after what was found."""
    ordered = ((decided.must, np.inf), (decided.cannot, -np.inf))
    rows = [weights.select("l", "r", "weight")]
    rows += [d.select(pl.col("l", "r").cast(pl.Int64), weight=pl.lit(w)) for d, w in ordered]
    left, right, weight = (pl.concat(rows)[c].to_numpy() for c in ("l", "r", "weight"))
    same = component[left] == component[right]
    return left[same], right[same], weight[same]


def _squares(
    components: int, count: int, spot: tuple[Ints, Ints, Ints], weight: Floats
) -> tuple[Floats, Bools]:
    """Weights at their places, both ways; what was never weighed is unlike."""
    inner = np.full((components, count, count), UNLIKE)
    forced = np.zeros(inner.shape, dtype=np.bool_)
    is_forced = np.isposinf(weight)
    capped = np.where(np.isneginf(weight), weight, np.clip(weight, -SURE, SURE))[~is_forced]
    slot, i, j = (part[~is_forced] for part in spot)
    inner[slot, i, j] = inner[slot, j, i] = capped
    forced[tuple(part[is_forced] for part in spot)] = True
    return inner, forced


def _parted(inner: Floats, forced: Bools, line: float) -> Ints:
    """Groups within each component, after what a steward has united."""
    label = average_linkage(inner, line)
    for n in np.flatnonzero(forced.any(axis=(1, 2))):
        label[n] = _united(label[n], inner[n], forced[n], line)
    return label


def _united(label: Ints, inner: Floats, forced: Bools, line: float) -> Ints:
    """Groups that a steward has united, whole: a merge of two records is a merge of two persons.

    Where that would bring together what a steward has parted, only what was named itself is united.
    """
    united = label.copy()
    for i, j in np.argwhere(forced):
        united[united == max(united[i], united[j])] = min(united[i], united[j])
    together = united[:, None] == united[None, :]
    if bool(np.any(together & np.isneginf(inner) & ~np.eye(len(inner), dtype=bool))):
        (united,) = average_linkage(np.where(forced | forced.T, np.inf, inner)[None], line)
    return united


def average_linkage(inner: Floats, line: float) -> Ints:
    """Merge the two groups that are most alike on average, as long as they are above the line.

    In: components x size x size; out: components x size. One merge in every component a round. +inf pairs are
    merged first and -inf pairs never; of equal averages the smaller numbers come first.
    """
    components, count = inner.shape[:2]
    label = np.tile(np.arange(count), (components, 1))
    size = np.ones((components, count))
    total = np.where(np.isposinf(inner), 1e6, inner)
    total[:, np.arange(count), np.arange(count)] = -np.inf
    for _ in range(count - 1):
        mean = (total / (size[:, :, None] * size[:, None, :])).reshape(components, -1)
        nearest = mean.argmax(axis=1)
        at = np.flatnonzero(mean[np.arange(components), nearest] >= line)
        if len(at) == 0:
            break
        i, j = divmod(nearest[at], count)  # the first of equals lies above the diagonal: i < j
        total[at, i] += total[at, j]
        total[at, :, i] = total[at, i]
        total[at, j] = total[at, :, j] = total[at, i, i] = -np.inf
        size[at, i] += size[at, j]
        label[at] = np.where(label[at] == j[:, None], i[:, None], label[at])
    return label


def _smallest(label: Ints) -> Ints:
    """Every label as the smallest record number that has it."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)
