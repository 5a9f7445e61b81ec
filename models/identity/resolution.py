"""What a resolution is: clusters, scored pairs, the models that judged them; its evidence and households.

Leaf: what `resolve`, `delta` and `kept` hand to one another and to their callers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from models.identity import decide
from models.identity.declare import KINDS
from models.identity.fit import Weights
from models.identity.pairs import Reference

DECIDED = {"record_l": pl.String, "record_r": pl.String, "decision": pl.String}


@dataclass(frozen=True, slots=True)
class Model:
    """What one kind's pairs are judged by: learned chances, the population they were learned on, the line."""

    weights: Weights
    reference: Reference
    line: float  # probability from which two records are merged without asking


@dataclass(frozen=True, slots=True)
class Resolution:
    """`clusters`: record_id, kind, cluster (the smallest record_id in it); one row per record, sorted.
    `pairs`: record_l < record_r, kind, probability, weight, household, pattern, rarities, band; sorted.
    """

    clusters: pl.DataFrame
    pairs: pl.DataFrame
    models: dict[str, Model] = field(default_factory=dict)

    def households(self) -> pl.DataFrame:
        """cluster_l < cluster_r, bits: persons that live together. A link; nobody is merged by it."""
        of = self.clusters.select("record_id", "cluster")
        links = self.pairs.filter((pl.col("household") > 0) & (pl.col("band") != "auto"))
        named = links.join(of.rename({"record_id": "record_l", "cluster": "a"}), on="record_l").join(
            of.rename({"record_id": "record_r", "cluster": "b"}), on="record_r"
        )
        ends = named.filter(pl.col("a") != pl.col("b")).with_columns(
            cluster_l=pl.min_horizontal("a", "b"), cluster_r=pl.max_horizontal("a", "b")
        )
        return (
            ends.group_by("cluster_l", "cluster_r")
            .agg(bits=pl.col("household").max())
            .sort("cluster_l", "cluster_r")
        )


def together(parts: list[Resolution]) -> Resolution:
    """Persons and companies as one resolution, sorted."""
    return Resolution(
        pl.concat([p.clusters for p in parts]).sort("record_id"),
        pl.concat([p.pairs for p in parts]).sort("record_l", "record_r"),
        {name: model for p in parts for name, model in p.models.items()},
    )


def evidence(resolution: Resolution, pairs: pl.DataFrame) -> pl.DataFrame:
    """Why, one row per pair of resolution.pairs and field: record_l, record_r, field, finding, bits."""
    told = []
    for kind in KINDS:
        own = pairs.filter(pl.col("kind") == kind.name).rename({"record_l": "l", "record_r": "r"})
        if own.height:
            told.append(decide.explain(kind, resolution.models[kind.name].weights, own))
    schema = {"l": pl.String, "r": pl.String, "field": pl.String, "finding": pl.String, "bits": pl.Float64}
    rows = pl.concat(told) if told else pl.DataFrame(schema=schema)
    return rows.rename({"l": "record_l", "r": "record_r"})


def named(pairs: pl.DataFrame, ids: pl.Series, kind: str) -> pl.DataFrame:
    """Pairs with record ids, the smaller one left; `ids` in the order of the numbers l and r."""
    return pairs.select(
        record_l=ids[pairs["l"]], record_r=ids[pairs["r"]], kind=pl.lit(kind), probability="probability",
        weight="weight", household="household", band="band", pattern="pattern", rarity_self="rarity_self",
        rarity_shared="rarity_shared",
    )  # fmt: skip
