"""Months of a metric, readings and ranking: what a card and a table conclude."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import kpis

pytestmark = pytest.mark.fast

MAY, APRIL, LAST_MAY = date(2026, 5, 1), date(2026, 4, 1), date(2025, 5, 1)


def parts(*rows: tuple[str, float | None, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema=["day", "numerator", "denominator"], orient="row", infer_schema_length=None
    )


def test_days_fold_into_months_by_adding_parts_not_by_averaging_ratios():
    # 1/2 and 9/10 are 10/12, not 0.7
    got = kpis.by_month(parts(("2026-05-01", 1, 2), ("2026-05-31", 9, 10)), "day")
    assert got.rows() == [(MAY, 10.0, 12.0, 10 / 12)]


def test_a_month_without_cases_has_no_value():
    got = kpis.by_month(parts(("2026-04-01", 0, 0), ("2026-05-01", None, None)), "day")
    assert got["value"].to_list() == [None, None]


def test_a_reading_is_the_latest_month_with_a_value_beside_month_and_year_before():
    months = kpis.by_month(
        parts(("2025-05-01", 5, 10), ("2026-04-01", 6, 10), ("2026-05-01", 8, 10), ("2026-06-01", 1, 10)),
        "day",
    )
    got = kpis.read(months, MAY)  # June has not ended
    assert (got.month, got.value, got.cases) == (MAY, 0.8, 10)
    assert got.change == pytest.approx(0.2)
    assert got.change_on_year == pytest.approx(0.3)
    assert got.line == (0.5, 0.6, 0.8)


def test_a_window_adds_the_parts_of_the_months_it_covers_whether_or_not_each_has_cases():
    months = kpis.by_month(parts(("2026-02-01", 9, 9), ("2026-03-01", 1, 4), ("2026-05-01", 2, 4)), "day")
    got = kpis.read(kpis.rolled(months, 3), MAY)
    # March to May: 3 of 8; February is outside
    assert (got.value, got.cases) == (3 / 8, 8)


def test_a_gap_before_gives_no_change_rather_than_the_change_since_some_other_month():
    got = kpis.read(kpis.by_month(parts(("2026-03-01", 6, 10), ("2026-05-01", 8, 10)), "day"), MAY)
    assert got.change is None


@pytest.mark.parametrize(("cases", "few"), [(9, True), (10, False)])
def test_fewer_than_ten_cases_are_few(cases: int, few: bool):
    assert kpis.read(kpis.by_month(parts(("2026-05-01", 1, cases)), "day"), MAY).has_few_cases is few


def test_nothing_known_reads_as_nothing():
    got = kpis.read(kpis.by_month(parts(), "day"), MAY)
    assert (got.value, got.change, got.has_few_cases) == (None, None, False)


@pytest.mark.parametrize(
    ("start", "by", "expected"),
    [(MAY, -1, APRIL), (MAY, -12, LAST_MAY), (date(2025, 12, 31), 1, date(2026, 1, 1)), (MAY, 0, MAY)],
)
def test_months_are_counted_over_year_ends(start: date, by: int, expected: date):
    assert kpis.shifted(start, by) == expected


def test_dealers_are_ranked_by_the_mean_of_the_axes_that_count():
    scores = pl.DataFrame(
        [
            ("A", "sales", 80.0, 2.0, 30),
            ("A", "customer", None, None, 3),
            ("B", "sales", 90.0, -1.0, 30),
            ("B", "customer", 40.0, 3.0, 20),
            ("C", "sales", None, None, 0),
        ],
        schema=["outlet_id", "axis", "score", "score_change", "n"],
        orient="row",
    ).with_columns(score_month=pl.lit(MAY))
    got = kpis.ranking(scores, MAY).select("outlet_id", "score", "change", "axes", "n", "weakest").rows()
    # B: (90 + 40) / 2; the three cases of A's customer axis are too few to count
    assert got == [
        ("A", 80.0, 2.0, 1, 30, "sales"),
        ("B", 65.0, 1.0, 2, 50, "customer"),
        ("C", None, None, 0, 0, None),
    ]


@pytest.mark.parametrize(
    ("score", "word"),
    [(75.0, "On track"), (74.4, "Watch"), (49.6, "Watch"), (49.4, "Act now"), (None, "Too few cases")],
)
def test_the_status_is_a_word(score: float | None, word: str):
    assert kpis.status(score) == word


def test_a_funnel_shows_each_stage_as_a_share_of_the_leads():
    rows = pl.DataFrame(
        {
            "leads": [60, 40],
            "contacted_leads": [50, 30],
            "test_drives": [20, 20],
            "orders": [10, 4],
            "deliveries": [5, 4],
        }
    )
    got = kpis.funnel_stages(rows)
    assert got["share"].to_list() == [1.0, 0.8, 0.4, 0.14, 0.09]
    assert got["text"][-1] == "9 · 9 %"
