"""Rules of who is who as stewards set them, in force on a day; what no rule says stands here.

In: `stg_identity_rule`, `stg_source_trust`. Out: bands and the order of trust. A rule holds from its first to
its last day once it was activated, also after it was ended, so that a replayed day is judged as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from models.identity.decide import Bands

# Two people in one golden record cost more than one person in two: merged without asking from here on.
BANDS = Bands(auto=0.9, review=0.05)
TRUST = pl.DataFrame(
    {
        "field": "",
        "source": ["owner_portal", "app", "desk", "repair_order", "website", "file"],
        "rank": range(1, 7),
    }
).cast({"rank": pl.Int64})


@dataclass(frozen=True, slots=True)
class Rules:
    """`trust`: field (empty: any), source, rank (1 is trusted most)."""

    bands: Bands
    trust: pl.DataFrame


def in_force(identity_rules: pl.DataFrame, source_trust: pl.DataFrame, day: date) -> Rules:
    """What holds on `day`; of two rules the one that began later. Without any, BANDS and TRUST."""
    return Rules(_bands(_holding(identity_rules, day)), _trust(_holding(source_trust, day)))


def _holding(rules: pl.DataFrame, day: date) -> pl.DataFrame:
    """Latest first."""
    key = next(name for name in rules.columns if name.endswith("_id"))
    ends = pl.col("effective_to_date").fill_null(date.max)
    holds = (
        pl.col("state").is_in(["active", "ended"]) & (pl.col("effective_from_date") <= day) & (ends >= day)
    )
    return rules.filter(holds).sort("effective_from_date", key, descending=True)


def _bands(rules: pl.DataFrame) -> Bands:
    if rules.is_empty():
        return BANDS
    auto, review = rules.select(pl.col("auto_permille", "review_permille") / 1000).row(0)
    return Bands(auto=auto, review=review)


def _trust(rules: pl.DataFrame) -> pl.DataFrame:
    if rules.is_empty():
        return TRUST
    named = rules.select(
        field=pl.col("attribute").cast(pl.String).fill_null(""),
        source=pl.col("source").cast(pl.String),
        rank=pl.col("trust_rank").cast(pl.Int64),
    )
    return named.unique(["field", "source"], keep="first", maintain_order=True).sort(
        "field", "rank", "source"
    )
