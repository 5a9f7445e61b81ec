"""The whole way from records to persons, companies and households.

In: keys (`normalise`), decisions keyed on source records. Out: `Resolution`: a cluster per record, pairs with
weight and band, and the models that judged them. A model that is handed in again judges without learning, so
that a delta is judged as the full run was.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from models.identity import decide
from models.identity.cluster import Decisions, Floats, Score, cluster
from models.identity.decide import Bands
from models.identity.declare import KINDS, Kind
from models.identity.fit import Weights, chances, fit
from models.identity.pairs import (
    LAND,
    Reference,
    compare,
    compare_sql,
    load,
    meet,
    meets_all,
    random_pairs,
    rare_columns,
)
from models.identity.session import Session, open_session

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


def resolve(
    keys: pl.DataFrame,
    *,
    decisions: pl.DataFrame | None = None,
    bands: Bands | None = None,
    models: dict[str, Model] | None = None,
) -> Resolution:
    """Resolve every record; persons and companies apart.

    `decisions`: record_l, record_r, decision (must_link or cannot_link).
    """
    found = []
    for kind in KINDS:
        with open_session() as session:
            known = (models or {}).get(kind.name)
            part = _resolve_kind(session, keys, kind, bands or Bands(), known, decisions)
            if part is not None:
                found.append(part)
    if not found:
        raise ValueError("there is no record to resolve")
    return Resolution(
        pl.concat([f.clusters for f in found]).sort("record_id"),
        pl.concat([f.pairs for f in found]).sort("record_l", "record_r"),
        {name: model for f in found for name, model in f.models.items()},
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


def _resolve_kind(
    session: Session,
    keys: pl.DataFrame,
    kind: Kind,
    bands: Bands,
    known: Model | None,
    decisions: pl.DataFrame | None,
) -> Resolution | None:
    reference = load(session, keys, kind, known.reference if known else None)
    ids = session.frame("select record_id from record order by rid")["record_id"]
    if ids.is_empty():
        return None
    reference = meet(session, kind, reference)
    compare(session, kind)
    met = session.frame("select pattern, count(*) as pairs from edge group by pattern order by pattern")
    weights = known.weights if known else _learn(session, kind, met, reference)
    scored = decide.score(session, kind, weights, met)
    line = known.line if known else decide.best_line(scored) if bands.auto is None else bands.auto
    pairs = decide.banded(scored, bands, line)
    decided = numbered(decisions, ids)
    labels = cluster(
        len(ids), pairs, float(np.log2(line / (1 - line))), decided, _scorer(session, kind, weights)
    )
    clusters = pl.DataFrame(
        {"record_id": ids, "kind": kind.name, "cluster": ids[labels]}, schema_overrides={"kind": pl.String}
    )
    return Resolution(clusters, _named(pairs, ids, kind), {kind.name: Model(weights, reference, line)})


def _learn(session: Session, kind: Kind, met: pl.DataFrame, reference: Reference) -> Weights:
    drawn = met if meets_all(reference) else random_pairs(session, kind)
    counts = (
        f"select '{c}' as field, {LAND} as land, count({c}) as records from plain group by land"
        for c in rare_columns(kind)
    )
    chance = chances(reference.frequency, session.frame(" union all ".join(counts)))
    return fit(kind, met, drawn, records=reference.records, all_pairs=reference.all_pairs, chance=chance)


def _scorer(session: Session, kind: Kind, weights: Weights) -> Score:
    def weigh(pairs: pl.DataFrame) -> Floats:
        """Weights of pairs that never met."""
        session.add("unmet", pairs)
        session.run(f"create or replace table edge as {compare_sql(kind, 'unmet')}")
        patterns = session.frame("select distinct pattern from edge order by pattern")
        found = decide.score(session, kind, weights, patterns, every=True).select("l", "r", "weight")
        weighed = pairs.join(
            found.with_columns(pl.col("l", "r").cast(pl.Int64)),
            on=["l", "r"],
            how="left",
            maintain_order="left",
        )
        weight: Floats = weighed["weight"].to_numpy()
        return weight

    return weigh


def numbered(decisions: pl.DataFrame | None, ids: pl.Series) -> Decisions:
    """Decisions on records that are here, in their numbers."""
    if decisions is None or decisions.is_empty():
        return Decisions.none()
    number = pl.DataFrame({"id": ids}).with_row_index("n").with_columns(pl.col("n").cast(pl.Int64))
    both = decisions.join(number.rename({"n": "l"}), left_on="record_l", right_on="id").join(
        number.rename({"n": "r"}), left_on="record_r", right_on="id"
    )
    both = both.with_columns(l=pl.min_horizontal("l", "r"), r=pl.max_horizontal("l", "r"))
    must, cannot = (
        both.filter(pl.col("decision") == d).select("l", "r") for d in ("must_link", "cannot_link")
    )
    return Decisions(must, cannot)


def _named(pairs: pl.DataFrame, ids: pl.Series, kind: Kind) -> pl.DataFrame:
    """Pairs with record ids, the smaller one left."""
    return pairs.select(
        record_l=ids[pairs["l"]], record_r=ids[pairs["r"]], kind=pl.lit(kind.name), probability="probability",
        weight="weight", household="household", band="band", pattern="pattern", rarity_self="rarity_self",
        rarity_shared="rarity_shared",
    )  # fmt: skip
