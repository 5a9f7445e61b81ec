"""How right a resolution is, when the truth is known.

In: records with cluster and true entity, pairs that were taken for one. Out: precision, recall and F1 over
pairs and over records (B-cubed: Bagga and Baldwin, 1998), exactly, without listing all pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares between 0 and 1, and counts. `mixed`: clusters that hold two or more entities."""

    records: int
    entities: int
    clusters: int
    true_pairs: int
    pair_precision: float
    pair_recall: float
    pair_f1: float
    cluster_precision: float
    cluster_recall: float
    cluster_f1: float
    bcubed_f1: float
    mixed: int


def scores(truth: pl.DataFrame, pairs: pl.DataFrame, *, across: bool = False) -> Scores:
    """`truth`: record_id, source, cluster, entity (no nulls). `pairs`: record_l, record_r taken for one.

    `across` counts only pairs of different sources, as when one file is linked to another.
    """
    together, real, both = (
        _pairs(truth, by, across) for by in (["cluster"], ["entity"], ["cluster", "entity"])
    )
    found, right = _direct(truth, pairs, across)
    sizes = truth.with_columns(
        c=pl.len().over("cluster"), e=pl.len().over("entity"), k=pl.len().over("cluster", "entity")
    )
    precise, complete = sizes.select(
        (pl.col("k") / pl.col("c")).mean(), (pl.col("k") / pl.col("e")).mean().alias("r")
    ).row(0)
    mixed = truth.group_by("cluster").agg(pl.col("entity").n_unique()).filter(pl.col("entity") > 1).height
    return Scores(
        truth.height,
        truth["entity"].n_unique(),
        truth["cluster"].n_unique(),
        real,
        _share(right, found),
        _share(right, real),
        _f1(_share(right, found), _share(right, real)),
        _share(both, together),
        _share(both, real),
        _f1(_share(both, together), _share(both, real)),
        _f1(precise, complete),
        mixed,
    )


def _pairs(truth: pl.DataFrame, by: list[str], across: bool) -> int:
    """How many pairs of records agree in `by`."""
    counted = truth.group_by(by).len().select(_choose_two(pl.col("len")).sum()).item() or 0
    if across:
        counted -= truth.group_by([*by, "source"]).len().select(_choose_two(pl.col("len")).sum()).item() or 0
    return int(counted)


def _choose_two(count: pl.Expr) -> pl.Expr:
    return count.cast(pl.Int64) * (count.cast(pl.Int64) - 1) // 2


def _direct(truth: pl.DataFrame, pairs: pl.DataFrame, across: bool) -> tuple[int, int]:
    """Pairs that were judged to be one, and how many of them are."""
    known = truth.select("record_id", "entity", "source")
    both = pairs.join(known, left_on="record_l", right_on="record_id").join(
        known, left_on="record_r", right_on="record_id", suffix="_r"
    )
    if across:
        both = both.filter(pl.col("source") != pl.col("source_r"))
    return both.height, both.filter(pl.col("entity") == pl.col("entity_r")).height


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
