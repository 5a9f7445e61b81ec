"""Chances that owners come back, learnt from earlier months and judged on later ones.

In: frames as `features.py` takes them, and the day of asking. Out: `Learnt` of `models/scoring`.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from models.scoring.learn import Learnt, learn, nothing
from models.service_return.features import FEATURES, return_features, returned_within

HORIZON_DAYS = 182
KEY = ("vin", "customer_id", "outlet_id")
RULE = ("recency", "frequency")  # of RFM: when last, how often
_EVERY_DAYS = 30
_MOST_LOOKS = 30
_RECENCY_DAYS = (90, 180, 365, 730)


def score_returns(
    owners: pl.DataFrame, visits: pl.DataFrame, misses: pl.DataFrame, cars: pl.DataFrame, *, as_of: date
) -> Learnt:
    """Cars with a known owner on `as_of`; nothing when there is too little history to judge a model."""
    if owners.is_empty() or visits.is_empty():
        return nothing(KEY)
    past = return_features(owners, visits, misses, cars, looks(visits, as_of))
    examples = returned_within(past, visits, HORIZON_DAYS)
    today = return_features(owners, visits, misses, cars, [as_of])
    return learn(
        _with_rule(examples),
        _with_rule(today),
        key=KEY,
        names=FEATURES,
        rule_by=RULE,
        horizon_days=HORIZON_DAYS,
    )


def looks(visits: pl.DataFrame, as_of: date) -> list[date]:
    """Days on which owners are looked at: half a year after the first visit on, outcome known on `as_of`."""
    first = visits["visited_date"].min()
    last = as_of - timedelta(days=HORIZON_DAYS)
    days = [last - timedelta(days=_EVERY_DAYS * n) for n in range(_MOST_LOOKS)]
    return [d for d in days if isinstance(first, date) and (d - first).days >= HORIZON_DAYS]


def _with_rule(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        recency=pl.sum_horizontal(pl.col("days_since_visit") > days for days in _RECENCY_DAYS),  # never: null
        frequency=pl.min_horizontal("visits_last_year", pl.lit(4)),
    )
