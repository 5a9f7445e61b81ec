"""Golden ids that stay: the same person keeps the same id from run to run.

In: clusters of this run, the ids of the last one. Out: an id per record, where retired ids lead, what moved.
An old id goes to the cluster that holds most of its records, of equals to the one with the oldest record; of
the ids it won a cluster keeps the one with most records. A new id is made of the cluster's oldest record and
belongs to it: it is given again to that record alone, so that undoing a merge returns everybody's old id.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import polars as pl

MAP = {"record_id": pl.String, "golden_id": pl.String}


@dataclass(frozen=True, slots=True)
class Churn:
    """What a run changed: records by what became of their golden id, and golden ids made and retired."""

    kept: int
    moved: int
    new: int
    gone: int
    made: int
    retired: int


@dataclass(frozen=True, slots=True)
class Golden:
    """`map`: record_id, golden_id, one row per record, sorted. `redirects`: retired golden_id -> merged_into
    (null when all its records are gone)."""

    map: pl.DataFrame
    redirects: pl.DataFrame


def assign(clusters: pl.DataFrame, previous: pl.DataFrame) -> Golden:
    """clusters: record_id, cluster, and age (any order of age, smaller is older); previous: MAP.

    Equal input gives equal ids, whatever the order of rows.
    """
    aged = clusters.sort("age", "record_id").with_row_index("rank")
    known = aged.join(previous, on="record_id", how="left")
    claims = (
        known.drop_nulls("golden_id")
        .group_by("cluster", "golden_id")
        .agg(pl.len().alias("held"), pl.col("rank").min())
        .sort(pl.col("held"), pl.col("rank"), descending=[True, False])
    )
    won = claims.unique("golden_id", keep="first", maintain_order=True)
    kept = won.unique("cluster", keep="first", maintain_order=True).select("cluster", "golden_id")
    founders = aged.join(kept, on="cluster", how="anti").sort("rank")
    made = _founded(founders, set(kept["golden_id"]))
    ids = pl.concat([kept, made])
    mapped = aged.join(ids, on="cluster").select("record_id", "golden_id").sort("record_id")
    return Golden(mapped, _redirects(previous, mapped))


def _founded(founders: pl.DataFrame, taken: set[str]) -> pl.DataFrame:
    """An id per new cluster, made of the oldest member whose id is free."""
    rows: dict[str, str] = {}
    for cluster, record_id in founders.select("cluster", "record_id").iter_rows():
        if cluster not in rows and (found := golden_id(record_id)) not in taken:
            rows[cluster] = found
            taken.add(found)
    for cluster, record_id in founders.select("cluster", "record_id").iter_rows():
        turn = 1
        while cluster not in rows:  # every member's own id lives on elsewhere
            turn += 1
            if (found := golden_id(f"{record_id}#{turn}")) not in taken:
                rows[cluster] = found
                taken.add(found)
    return pl.DataFrame(
        {"cluster": list(rows), "golden_id": list(rows.values())}, schema=["cluster", "golden_id"]
    ).cast(pl.String)


def golden_id(record_id: str) -> str:
    """The id that belongs to a record as founder."""
    return "GC" + hashlib.blake2b(record_id.encode(), digest_size=8).hexdigest()


def _redirects(previous: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    retired = previous.filter(~pl.col("golden_id").is_in(now["golden_id"].implode()))
    led = retired.join(now.rename({"golden_id": "merged_into"}), on="record_id", how="left")
    counted = (
        led.group_by("golden_id", "merged_into")
        .len()
        .sort(pl.col("merged_into").is_null(), pl.col("len"), "merged_into", descending=[False, True, False])
    )
    first = counted.unique("golden_id", keep="first", maintain_order=True)
    return first.select("golden_id", "merged_into").sort("golden_id")


def churn(previous: pl.DataFrame, now: pl.DataFrame) -> Churn:
    """What became of the records and ids of `previous` in `now`, both MAP."""
    both = previous.join(now, on="record_id", suffix="_now")
    kept = both.filter(pl.col("golden_id") == pl.col("golden_id_now")).height
    before, after = set(previous["golden_id"]), set(now["golden_id"])
    moved, new, gone = both.height - kept, now.height - both.height, previous.height - both.height
    return Churn(kept, moved, new, gone, len(after - before), len(before - after))
