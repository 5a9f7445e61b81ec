"""From examples to scores: split by time, fit, calibrate, judge beside baselines, score what is open today.

In: examples (key, at, features, outcome; one row per thing and day it was looked at) and today's features.
Out: `Learnt`: scores with reasons, and the figures of the later months. Pure; no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from models.scoring.judge import FIGURES, figures, rule_rates, split
from models.scoring.scorecard import Scorecard, calibrate, fit

REASONS = 3
OUTCOME, AT = "outcome", "at"
_MODEL, _RULE, _BASE = "scorecard", "rule", "base_rate"


@dataclass(frozen=True, slots=True)
class Learnt:
    """scores: key, probability. reasons: key, rank, feature, value, log_odds. quality: one row a method."""

    scores: pl.DataFrame
    reasons: pl.DataFrame
    quality: pl.DataFrame
    card: Scorecard | None = None


def learn(
    examples: pl.DataFrame,
    today: pl.DataFrame,
    *,
    key: Sequence[str],
    names: Sequence[str],
    rule_by: Sequence[str],
    horizon_days: int,
) -> Learnt:
    """Scores of `today`; empty with empty quality when the history is too short to judge a model."""
    days = split(examples[AT].unique().to_list(), horizon_days=horizon_days)
    if days is None or examples.filter(pl.col(AT).is_in(days.fit))[OUTCOME].n_unique() < 2:
        return nothing(key)
    fitted, tuned, judged = (
        examples.filter(pl.col(AT).is_in(part)) for part in (days.fit, days.calibrate, days.judge)
    )
    card = calibrate(fit(fitted, fitted[OUTCOME], names), tuned, tuned[OUTCOME])
    quality = _quality(card, pl.concat([fitted, tuned]), judged, rule_by)
    # What is scored today may learn from all that is known: fitted on what ends before the judged months.
    known = pl.concat([fitted, tuned])
    final = calibrate(fit(known, known[OUTCOME], names), judged, judged[OUTCOME])
    scores = today.select(key).with_columns(probability=pl.Series(final.chances(today), dtype=pl.Float64))
    reasons = final.reasons(today, key, most=REASONS) if today.height else nothing(key).reasons
    return Learnt(scores.sort(key), reasons, quality, final)


def nothing(key: Sequence[str]) -> Learnt:
    """No score rather than a made-up one."""
    keys: dict[str, Any] = dict.fromkeys(key, pl.String())
    reasons = {
        **keys,
        "rank": pl.Int32(),
        "feature": pl.String(),
        "value": pl.String(),
        "log_odds": pl.Float64(),
    }
    quality = {"method": pl.String(), "examples": pl.Int64(), **dict.fromkeys(FIGURES, pl.Float64())}
    return Learnt(
        pl.DataFrame(schema={**keys, "probability": pl.Float64()}),
        pl.DataFrame(schema=reasons),
        pl.DataFrame(schema={**quality, "judged_from_date": pl.Date(), "judged_to_date": pl.Date()}),
    )


def _quality(
    card: Scorecard, known: pl.DataFrame, judged: pl.DataFrame, rule_by: Sequence[str]
) -> pl.DataFrame:
    y = judged[OUTCOME].to_numpy().astype(np.int64)
    base = float(known[OUTCOME].cast(pl.Float64).mean() or 0.0)  # type: ignore[arg-type]
    chances = {
        _MODEL: card.chances(judged),
        _RULE: rule_rates(known, judged, list(rule_by), OUTCOME),
        _BASE: np.full(len(y), base),
    }
    rows = [{"method": name, "examples": len(y), **figures(y, p)} for name, p in chances.items()]
    return pl.DataFrame(rows).with_columns(
        judged_from_date=pl.lit(judged[AT].min()), judged_to_date=pl.lit(judged[AT].max())
    )
