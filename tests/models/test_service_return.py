"""Chance of return: features of a day are what was known that day, whatever came later."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.service_return.features import return_features, returned_within
from models.service_return.score import score_returns

pytestmark = pytest.mark.fast
OWNERS = ["vin", "customer_id", "outlet_id", "period_no", "valid_from_date", "valid_to_date"]
VISITS = ["vin", "visited_date", "odometer_km", "complaint_code"]
NO_MISS = pl.DataFrame(schema={"vin": pl.String, "missed_date": pl.Date})


def owners(*rows: tuple[object, ...]) -> pl.DataFrame:
    schema = dict(zip(OWNERS, (pl.String, pl.String, pl.String, pl.Int64, pl.Date, pl.Date), strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row")


def visits(*rows: tuple[object, ...]) -> pl.DataFrame:
    schema = dict(zip(VISITS, (pl.String, pl.Date, pl.Int64, pl.String), strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row")


CARS = pl.DataFrame({"vin": ["V1"], "series": ["ARO"], "delivered_date": [date(2025, 1, 1)]})
FIRST = ("V1", "C1", "D1", 1, date(2025, 1, 1), date(2025, 9, 1))
SECOND = ("V1", "C2", "D1", 2, date(2025, 9, 1), None)
CAME = visits(
    ("V1", date(2025, 3, 1), 3000, "oil"), ("V1", date(2025, 6, 9), 7000, "brakes"),
    ("V1", date(2025, 12, 1), 14_000, "oil"),
)  # fmt: skip


def test_an_owner_is_told_as_he_was_known_that_day():
    row = return_features(owners(FIRST, SECOND), CAME, NO_MISS, CARS, [date(2025, 7, 1)]).row(0, named=True)
    assert (row["customer_id"], row["visits"], row["last_complaint"]) == ("C1", 2, "brakes")
    assert (row["days_since_visit"], row["km_per_day"]) == (22, 40.0)  # 4000 km in 100 days
    assert row["km_since_visit"] == 880.0


def test_the_car_is_asked_about_under_whoever_owns_it_that_day():
    asked = return_features(owners(FIRST, SECOND), CAME, NO_MISS, CARS, [date(2025, 8, 31), date(2025, 9, 1)])
    assert asked["customer_id"].to_list() == ["C1", "C2"]
    assert asked["owner_no"].to_list() == [1, 2]


def test_a_car_of_an_unknown_owner_is_not_asked_about():
    unknown = owners(("V1", None, None, 1, date(2025, 1, 1), None))
    assert return_features(unknown, CAME, NO_MISS, CARS, [date(2025, 7, 1)]).is_empty()


def test_the_outcome_is_a_visit_after_the_day_and_within_the_horizon():
    asked = return_features(owners(FIRST), CAME, NO_MISS, CARS, [date(2025, 6, 9)])
    assert returned_within(asked, CAME, 175)["outcome"].to_list() == [True]  # 1 December is day 175
    assert returned_within(asked, CAME, 174)["outcome"].to_list() == [False]


def history(seed: int, count: int = 150) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Half of the owners come every 80 days, the others hardly ever."""
    rng = np.random.default_rng(seed)
    own, came, cars = [], [], []
    for n in range(count):
        vin, start = f"V{n:03d}", date(2022, 1, 1) + timedelta(days=int(rng.integers(300)))
        own.append((vin, f"C{n}", "D1", 1, start, None))
        cars.append((vin, "ARO", start))
        day, gap = start, 80 if n % 2 else 900
        while (day := day + timedelta(days=int(rng.integers(gap // 2, gap + gap // 2)))) < date(2026, 1, 1):
            came.append((vin, day, (day - start).days * 40, "oil"))
    return owners(*own), visits(*came), pl.DataFrame(cars, ["vin", "series", "delivered_date"], orient="row")


def test_shifting_the_future_changes_no_feature_of_the_past():
    own, came, cars = history(1)
    day = date(2024, 6, 1)
    later = pl.col("visited_date") > day
    shifted = came.with_columns(
        visited_date=pl.when(later)
        .then(pl.col("visited_date").dt.offset_by("300d"))
        .otherwise("visited_date"),
        odometer_km=pl.when(later).then(999_999).otherwise("odometer_km"),
    )
    kept = return_features(own, came, NO_MISS, cars, [day])
    assert_frame_equal(kept, return_features(own, shifted, NO_MISS, cars, [day]))
    assert_frame_equal(kept, return_features(own, came.filter(~later), NO_MISS, cars, [day]))


def test_shifting_the_future_changes_no_score_of_the_day():
    own, came, cars = history(2)
    day = date(2025, 6, 1)
    before = score_returns(own, came.filter(pl.col("visited_date") <= day), NO_MISS, cars, as_of=day)
    after = score_returns(own, came, NO_MISS, cars, as_of=day)
    assert before.scores.height == 150
    assert_frame_equal(before.scores, after.scores)


def test_who_came_often_is_likelier_to_come_and_the_model_beats_the_base_rate():
    own, came, cars = history(3)
    learnt = score_returns(own, came, NO_MISS, cars, as_of=date(2025, 12, 1))
    often = pl.col("vin").str.slice(1).cast(pl.Int64) % 2 == 1
    chance = dict(learnt.scores.group_by(often.alias("often")).agg(pl.col("probability").mean()).iter_rows())
    assert chance[True] > 0.8
    assert chance[False] < 0.4
    loss = dict(learnt.quality.select("method", "log_loss").iter_rows())
    assert loss["scorecard"] < loss["base_rate"]
