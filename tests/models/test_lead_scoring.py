"""Lead scoring: features of a day are what was known that day, whatever came later."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.lead_scoring.features import bought_within, lead_features
from models.lead_scoring.score import HORIZON_DAYS, looks, score_leads

pytestmark = pytest.mark.fast
DAY = date(2026, 3, 10)
LEADS = pl.DataFrame(
    {"lead_id": ["L1"], "outlet_id": ["D1"], "source": ["web"], "series": ["ARO"],
     "arrived_date": [date(2026, 3, 1)]}
)  # fmt: skip


def events(*rows: tuple[str, str | None, date]) -> pl.DataFrame:
    return pl.DataFrame(
        [("L1", kind, detail, day, n) for n, (kind, detail, day) in enumerate(rows)],
        schema={"lead_id": pl.String, "kind": pl.String, "detail": pl.String, "happened_date": pl.Date,
                "step_no": pl.Int64},
        orient="row",
    )  # fmt: skip


LIFE = events(
    ("stage", "new", date(2026, 3, 1)),
    ("stage", "valid", date(2026, 3, 2)),
    ("level", "B", date(2026, 3, 2)),
    ("contact", None, date(2026, 3, 4)),
    ("drive", None, date(2026, 3, 8)),
    ("level", "H", date(2026, 3, 12)),
    ("quotation", None, date(2026, 3, 13)),
    ("stage", "order", date(2026, 3, 15)),
)


def test_a_lead_is_told_as_it_was_known_that_day():
    row = lead_features(LEADS, LIFE, [DAY]).row(0, named=True)
    assert (row["level"], row["drives"], row["quotations"]) == ("B", 1, 0)
    assert (row["days_since_arrival"], row["reply_days"], row["days_since_drive"]) == (9, 3, 2)
    assert row["days_since_last_step"] == 8
    assert row["days_since_quotation"] is None


def test_a_lead_that_is_won_lost_or_not_there_yet_is_not_asked_about():
    days = [date(2026, 2, 28), date(2026, 3, 15), date(2026, 3, 20)]
    assert lead_features(LEADS, LIFE, days).is_empty()


def test_the_outcome_is_an_order_after_the_day_and_within_the_horizon():
    asked = lead_features(LEADS, LIFE, [DAY])
    assert bought_within(asked, LIFE, 5)["outcome"].to_list() == [True]  # the fifth day counts
    assert bought_within(asked, LIFE, 4)["outcome"].to_list() == [False]


def history(seed: int, count: int = 400) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leads of two years; a drive makes an order likely."""
    rng = np.random.default_rng(seed)
    leads, told = [], []
    for n in range(count):
        arrived = date(2024, 1, 1) + timedelta(days=int(rng.integers(700)))
        lead, drives = f"L{n:04d}", rng.random() < 0.5
        ends = "order" if rng.random() < (0.7 if drives else 0.1) else "lost"
        leads.append((lead, "D1", "web", "ARO", arrived))
        told += [(lead, "stage", "new", arrived, 0), (lead, "stage", "valid", arrived, 1)]
        if drives:
            told.append((lead, "drive", None, arrived + timedelta(days=3), 0))
        told.append((lead, "stage", ends, arrived + timedelta(days=20 + int(rng.integers(20))), 2))
    names = ["lead_id", "outlet_id", "source", "series", "arrived_date"]
    kinds = ["lead_id", "kind", "detail", "happened_date", "step_no"]
    return pl.DataFrame(leads, names, orient="row"), pl.DataFrame(told, kinds, orient="row")


def test_shifting_the_future_changes_no_feature_of_the_past():
    leads, told = history(1)
    day = date(2024, 9, 1)
    later = pl.col("happened_date") > day
    shifted = told.with_columns(
        happened_date=pl.when(later)
        .then(pl.col("happened_date").dt.offset_by("400d"))
        .otherwise("happened_date"),
        detail=pl.when(later).then(pl.lit("order")).otherwise("detail"),
    )
    assert_frame_equal(lead_features(leads, told, [day]), lead_features(leads, shifted, [day]))
    assert_frame_equal(lead_features(leads, told, [day]), lead_features(leads, told.filter(~later), [day]))


def test_shifting_the_future_changes_no_score_of_the_day():
    leads, told = history(2)
    day = date(2025, 9, 1)
    known = leads.filter(pl.col("arrived_date") <= day)
    cut = told.filter(pl.col("happened_date") <= day)
    before, after = score_leads(known, cut, as_of=day), score_leads(leads, told, as_of=day)
    assert before.scores.height > 0
    assert_frame_equal(before.scores, after.scores)
    assert_frame_equal(before.quality, after.quality)


def test_a_lead_that_drove_is_likelier_and_the_drive_is_its_reason():
    leads, told = history(3)
    learnt = score_leads(leads, told, as_of=date(2025, 9, 1))
    drove = told.filter(pl.col("kind") == "drive", pl.col("happened_date") <= date(2025, 9, 1))["lead_id"]
    mean = learnt.scores.group_by(pl.col("lead_id").is_in(drove.implode()).alias("drove")).agg(
        pl.col("probability").mean()
    )
    chance = dict(mean.iter_rows())
    assert chance[True] > 2 * chance[False]
    quality = dict(learnt.quality.select("method", "log_loss").iter_rows())
    assert quality["scorecard"] < quality["base_rate"]


def test_only_days_whose_outcome_is_known_are_learnt_from():
    leads, _ = history(4)
    as_of = date(2025, 9, 1)
    assert max(looks(leads, as_of)) + timedelta(days=HORIZON_DAYS) <= as_of
