"""Chances of open leads, learnt from leads of earlier weeks and judged on later ones.

In: leads and events as `features.py` takes them, and the day of asking. Out: `Learnt` of `models/scoring`.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from models.lead_scoring.features import FEATURES, bought_within, lead_features
from models.scoring.learn import Learnt, learn, nothing

HORIZON_DAYS = 60
KEY = ("lead_id", "outlet_id")
RULE = ("level", "has_driven")  # what a sales manager would go by
_EVERY_DAYS = 7  # one look a week: most leads that are won are won within three
_MOST_LOOKS = 120


def score_leads(leads: pl.DataFrame, events: pl.DataFrame, *, as_of: date) -> Learnt:
    """Open leads on `as_of` with their chances; nothing when there is too little history to judge a model."""
    if leads.is_empty():
        return nothing(KEY)
    days = looks(leads, as_of)
    examples = bought_within(lead_features(leads, events, days), events, HORIZON_DAYS)
    today = lead_features(leads, events, [as_of])
    with_rule = pl.col("drives") > 0
    return learn(
        examples.with_columns(has_driven=with_rule),
        today.with_columns(has_driven=with_rule),
        key=KEY,
        names=FEATURES,
        rule_by=RULE,
        horizon_days=HORIZON_DAYS,
    )


def looks(leads: pl.DataFrame, as_of: date) -> list[date]:
    """Days on which leads are looked at: those whose outcome is known on `as_of`."""
    first = leads["arrived_date"].min()
    last = as_of - timedelta(days=HORIZON_DAYS)
    days = [last - timedelta(days=_EVERY_DAYS * n) for n in range(_MOST_LOOKS)]
    return [d for d in days if isinstance(first, date) and d >= first]
