"""The whole way from records to persons, companies and households.

In: keys (`normalise`), decisions keyed on source records. Out: `Resolution`: a cluster per record, pairs with
weight and band, and the models that judged them. A model that is handed in again judges without learning.
With `keep` the run leaves a file from which `delta` goes on.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from models.identity import decide, kept
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
from models.identity.resolution import DECIDED, Model, Resolution, evidence, named, together
from models.identity.session import Session, open_session

__all__ = ["DECIDED", "Model", "Resolution", "evidence", "numbered", "resolve", "scorer"]


def resolve(
    keys: pl.DataFrame,
    *,
    decisions: pl.DataFrame | None = None,
    bands: Bands | None = None,
    models: dict[str, Model] | None = None,
    keep: Path | None = None,
) -> Resolution:
    """Resolve every record; persons and companies apart.

    `decisions`: record_l, record_r, decision (must_link or cannot_link). `keep`: file to write for `delta`;
    it holds normalised personal fields and belongs where only the pipeline reads.
    """
    found = []
    with kept.written(keep) as draft:
        for kind in KINDS:
            with open_session() as session:
                known = (models or {}).get(kind.name)
                part = _resolve_kind(session, keys, kind, bands or Bands(), known, decisions, draft)
                found += [part] if part is not None else []
        if not found:
            raise ValueError("there is no record to resolve")
        if draft is not None:
            draft.finish(decisions)
    return together(found)


def _resolve_kind(
    session: Session,
    keys: pl.DataFrame,
    kind: Kind,
    bands: Bands,
    known: Model | None,
    decisions: pl.DataFrame | None,
    draft: kept.Draft | None,
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
    labels = cluster(len(ids), pairs, decide.log_odds(line), decided, scorer(session, kind, weights))
    clusters = pl.DataFrame(
        {"record_id": ids, "kind": kind.name, "cluster": ids[labels]}, schema_overrides={"kind": pl.String}
    )
    model = Model(weights, reference, line)
    if draft is not None:
        draft.add(session, kind, model, pairs, clusters["cluster"])
    return Resolution(clusters, named(pairs, ids, kind.name), {kind.name: model})


def _learn(session: Session, kind: Kind, met: pl.DataFrame, reference: Reference) -> Weights:
    drawn = met if meets_all(reference) else random_pairs(session, kind)
    counts = (
        f"select '{c}' as field, {LAND} as land, count({c}) as records from record group by land"
        for c in rare_columns(kind)
    )
    chance = chances(reference.frequency, session.frame(" union all ".join(counts)))
    return fit(kind, met, drawn, records=reference.records, all_pairs=reference.all_pairs, chance=chance)


def scorer(session: Session, kind: Kind, weights: Weights) -> Score:
    """Weighs pairs of numbered records in table `record` that never met."""

    def weigh(pairs: pl.DataFrame) -> Floats:
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
    number = pl.DataFrame({"id": ids, "n": np.arange(len(ids))})
    both = decisions.join(number.rename({"n": "l"}), left_on="record_l", right_on="id").join(
        number.rename({"n": "r"}), left_on="record_r", right_on="id"
    )
    both = both.with_columns(l=pl.min_horizontal("l", "r"), r=pl.max_horizontal("l", "r"))
    must, cannot = (
        both.filter(pl.col("decision") == d).select("l", "r") for d in ("must_link", "cannot_link")
    )
    return Decisions(must, cannot)
