"""Step 5, fit: chances of open leads and of owners, with reasons, and how good they were. No arithmetic.

In: marts. Out: `engine.lead_score`, `engine.service_return`, `engine.score_reason`, `engine.score_quality`;
empty while there is too little history to judge a model, because a score nobody judged is none.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import polars as pl

from models.lead_scoring import HORIZON_DAYS as LEAD_DAYS
from models.lead_scoring import score_leads
from models.scoring.judge import FIGURES
from models.scoring.learn import Learnt
from models.service_return import HORIZON_DAYS as RETURN_DAYS
from models.service_return import score_returns
from pipelines.forecast import Tables
from pipelines.warehouse import Warehouse

_TEXT, _NUMBER, _DAY = pl.String(), pl.Float64(), pl.Date()


class Score(StrEnum):
    """What is scored; also the name of the key's document."""

    LEAD = "lead"
    RETURN = "vehicle"


_TAIL = {"horizon_days": pl.Int64(), "probability": _NUMBER, "scored_date": _DAY}
SCHEMAS: dict[str, pl.Schema] = {
    "lead_score": pl.Schema({"lead_id": _TEXT, "outlet_id": _TEXT, **_TAIL}),
    "service_return": pl.Schema({"vin": _TEXT, "customer_id": _TEXT, "outlet_id": _TEXT, **_TAIL}),
    "score_reason": pl.Schema(
        {
            **dict.fromkeys(("document", "document_key", "outlet_id"), _TEXT),
            "rank": pl.Int64(), "feature": _TEXT, "value": _TEXT, "log_odds": _NUMBER,
        }
    ),
    "score_quality": pl.Schema(
        {
            "document": _TEXT, "method": _TEXT, "horizon_days": pl.Int64(), "examples": pl.Int64(),
            **dict.fromkeys(FIGURES, _NUMBER), "judged_from_date": _DAY, "judged_to_date": _DAY,
        }
    ),
}  # fmt: skip


def score(warehouse: Warehouse, as_of: date) -> Tables:
    """Every table of SCHEMAS."""
    leads = score_leads(
        warehouse.read("fct_lead").select("lead_id", "outlet_id", "source", "series", "arrived_date"),
        warehouse.read("fct_lead_event"),
        as_of=as_of,
    )
    events = warehouse.read("fct_vehicle_event")
    happened = pl.col("happened_date")
    returns = score_returns(
        warehouse.read("bridge_vehicle_owner"),
        events.filter(document="repair_order").select(
            "vin", "odometer_km", visited_date=happened, complaint_code="detail"
        ),
        events.filter(document="service_appointment", state="no_show").select("vin", missed_date=happened),
        warehouse.read("dim_vehicle").select("vin", "series", "delivered_date"),
        as_of=as_of,
    )
    return tables(leads, returns, as_of)


def tables(leads: Learnt, returns: Learnt, as_of: date) -> Tables:
    """What was learnt, under the names and types of SCHEMAS."""
    frames = {
        "lead_score": _scores(leads, LEAD_DAYS, as_of),
        "service_return": _scores(returns, RETURN_DAYS, as_of),
        "score_reason": pl.concat(
            [_reasons(leads, Score.LEAD, "lead_id"), _reasons(returns, Score.RETURN, "vin")]
        ),
        "score_quality": pl.concat(
            [_quality(leads, Score.LEAD, LEAD_DAYS), _quality(returns, Score.RETURN, RETURN_DAYS)]
        ),
    }
    return Tables({n: frames[n].select(s.names()).cast(s) for n, s in SCHEMAS.items()})


def _scores(learnt: Learnt, horizon_days: int, as_of: date) -> pl.DataFrame:
    return learnt.scores.with_columns(horizon_days=pl.lit(horizon_days), scored_date=pl.lit(as_of))


def _reasons(learnt: Learnt, document: Score, key: str) -> pl.DataFrame:
    schema = SCHEMAS["score_reason"]
    named = learnt.reasons.with_columns(document=pl.lit(document.value), document_key=pl.col(key))
    return named.select(schema.names()).cast(schema)


def _quality(learnt: Learnt, document: Score, horizon_days: int) -> pl.DataFrame:
    schema = SCHEMAS["score_quality"]
    named = learnt.quality.with_columns(document=pl.lit(document.value), horizon_days=pl.lit(horizon_days))
    return named.select(schema.names()).cast(schema)
