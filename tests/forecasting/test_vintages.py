"""Backcasts see what was known by then and nothing else."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forecasting.vintages import add_months, backcast, backcast_parts, missing_months, plan_of
from tests.forecasting.test_cleaning import NO_MARKS, mark, marks
from tests.forecasting.test_plan_steps import change, frame

pytestmark = pytest.mark.fast

FIRST = date(2024, 1, 1)
CHANGES = frame([change("x", "hq", "set", 1)])


def sales(months=24, *, later=0):
    return pl.DataFrame(
        {
            "market": "AE", "region": "MEA/1", "outlet_id": outlet, "series": "S",
            "month": add_months(FIRST, m), "units": (m * 7 + number) % 5 + (later if m >= 20 else 0),
        }
        for number, outlet in enumerate(("d1", "d2"))
        for m in range(months)
    )  # fmt: skip


def test_a_backcast_sees_no_later_month():
    month = add_months(FIRST, 20)
    one = backcast(sales(), CHANGES, month=month, horizon=3)
    two = backcast(sales(later=50), CHANGES, month=month, horizon=3)
    assert one is not None
    assert two is not None
    assert one.plan.steps.equals(two.plan.steps)
    assert one.day == date(2025, 9, 30)
    assert set(one.plan.steps["forecast_month"]) == {add_months(month, n) for n in range(3)}


def test_a_backcast_knows_the_changes_written_by_the_end_of_its_month():
    month = add_months(FIRST, 20)  # September 2025
    october = date(2025, 10, 1)
    written = [
        change("by then", "hq", "set", 40, day="2025-09-30", forecast_month=october, item="S"),
        change("later", "hq", "set", 90, day="2025-10-01", forecast_month=october, item="S"),
    ]
    found = backcast(sales(), frame(written), month=month, horizon=3)
    assert found is not None
    cells = found.plan.steps.filter(forecast_month=october)
    assert cells["final"].sum() == 40


def test_a_backcast_heeds_a_mark_that_was_recorded_by_the_end_of_its_month():
    month, at = add_months(FIRST, 20), add_months(FIRST, 19)
    wild = sales().with_columns(units=pl.when(pl.col("month") == at).then(90).otherwise("units"))
    four = {"region_path": "MEA", "sales_month": at, "replacement_units": 4.0}
    plain, known, later = (
        backcast(wild, CHANGES, month=month, horizon=3, marks=rows)
        for rows in (
            NO_MARKS,
            marks(mark(**four, valid_from_date=date(2025, 9, 30))),
            marks(mark(**four, valid_from_date=date(2025, 10, 1))),
        )
    )  # fmt: skip
    assert plain is not None
    assert known is not None
    assert later is not None
    assert later.plan.steps.equals(plain.plan.steps)
    total = [v.plan.steps["statistical"].sum() for v in (known, plain)]
    assert total[0] < total[1] / 2


def demand(months=24, *, later=0):
    return sales(months, later=later).rename({"series": "part_id"}).with_columns(pl.col("units") * 1.5)


def test_a_backcast_of_parts_sees_no_later_month():
    month = add_months(FIRST, 20)
    one, two, none = (
        backcast_parts(demand(n, later=later), CHANGES, month=month, horizon=4)
        for n, later in ((24, 0), (24, 50), (20, 0))
    )
    assert one is not None
    assert two is not None
    assert none is not None
    assert one.plan.steps.equals(two.plan.steps)
    assert one.plan.steps.equals(none.plan.steps)
    assert one.day == date(2025, 9, 30)
    assert set(one.plan.steps["subject"]) == {"part"}
    assert set(one.plan.steps["forecast_month"]) == {add_months(month, n) for n in range(4)}


def test_a_part_first_asked_for_later_is_in_no_earlier_backcast():
    month = add_months(FIRST, 20)
    fresh = demand().filter(pl.col("month") >= month).with_columns(part_id=pl.lit("NEW"))
    found = backcast_parts(pl.concat([demand(), fresh]), CHANGES, month=month, horizon=2)
    assert found is not None
    assert set(found.plan.steps["item"]) == {"S"}


def test_a_backcast_of_parts_knows_the_changes_written_by_the_end_of_its_month():
    october = date(2025, 10, 1)
    at = {"subject": "part", "outlet": "d1", "forecast_month": october, "item": "S"}
    written = [
        change("by then", "hq", "set", 40, day="2025-09-30", **at),
        change("later", "hq", "set", 90, day="2025-10-01", **at),
    ]
    found = backcast_parts(demand(), frame(written), month=add_months(FIRST, 20), horizon=2)
    assert found is not None
    cells = found.plan.steps.filter(forecast_month=october, outlet_id="d1")
    assert cells["final"].to_list() == [40]


def test_a_history_without_a_same_month_of_the_year_before_gives_no_vintage():
    assert backcast(sales(12), CHANGES, month=add_months(FIRST, 12), horizon=3) is None


def test_naive_is_the_same_month_a_year_before_or_else_the_last_one():
    forecast = pl.DataFrame(
        {
            "subject": "vehicle", "outlet_id": outlet, "market": "AE", "region_path": "MEA/1", "item": "S",
            "forecast_month": date(2025, 6, 1), "mean": 3.0, "units": 3,
        }
        for outlet in ("old", "young", "none")
    )  # fmt: skip
    actual = pl.DataFrame(
        {"subject": "vehicle", "outlet_id": o, "item": "S", "month": m, "units": float(u)}
        for o, m, u in (
            ("old", date(2024, 6, 1), 8), ("old", date(2025, 4, 1), 2), ("young", date(2025, 3, 1), 4),
            ("young", date(2025, 4, 1), 5), ("young", date(2025, 5, 1), 99),
        )
    )  # fmt: skip
    steps = plan_of(date(2025, 5, 20), forecast, actual, frame([change("x", "hq", "set", 1)])).steps
    assert dict(steps.select("outlet_id", "naive").iter_rows()) == {"old": 8, "young": 5, "none": 0}


def test_months_without_a_vintage_are_named_oldest_first():
    kept = {date(2025, 11, 1)}
    assert list(missing_months(kept, running=date(2026, 1, 1), back=3)) == [
        date(2025, 10, 1),
        date(2025, 12, 1),
    ]
