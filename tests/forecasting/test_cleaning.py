"""What the engine learns from instead of a month that is no guide, and when it knows of the mark."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from forecasting.cleaning import cleaned, marks_on

pytestmark = pytest.mark.fast

MAY = date(2026, 5, 1)


def sales(outlet: str, *units: int, series: str = "S", region: str = "MEA/AE") -> pl.DataFrame:
    months = [date(2026, m, 1) for m in range(2, 2 + len(units))]
    return pl.DataFrame(
        {
            "market": "AE",
            "region": region,
            "outlet_id": outlet,
            "series": series,
            "month": months,
            "units": units,
        }
    )


def mark(key: str = "m", **fields: Any) -> dict[str, Any]:
    return {
        "sales_outlier_id": key, "version": 1, "outlet_id": None, "region_path": "MEA/AE", "series": "S",
        "sales_month": MAY, "replacement_units": None, "counts": True, "valid_from_date": date(2026, 7, 10),
        "written_at": datetime(2026, 7, 10, tzinfo=UTC),
    } | fields  # fmt: skip


def marks(*rows: dict[str, Any]) -> pl.DataFrame:
    kinds = {"outlet_id": pl.String, "replacement_units": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None)


def may(history: pl.DataFrame, *rows: dict[str, Any]) -> dict[str, float]:
    found = cleaned(history, marks(*rows)).filter(month=MAY)
    return dict(found.select("outlet_id", "cleaned_units").iter_rows())


NO_MARKS = marks(mark()).clear()
A, B = sales("a", 4, 4, 4, 40, 4, 4, 4), sales("b", 10, 10, 10, 20, 10, 10, 10)


def test_a_figure_for_one_outlet_takes_the_place_of_what_came_which_stays_beside_it():
    found = cleaned(pl.concat([A, B]), marks(mark(outlet_id="a", replacement_units=5.0)))
    assert found["units"].to_list() == [*A["units"], *B["units"]]
    assert found["cleaned_units"].to_list() == [4, 4, 4, 5, 4, 4, 4, *B["units"]]
    assert found["sales_outlier_id"].to_list() == [None] * 3 + ["m"] + [None] * 10


def test_a_figure_for_a_region_is_shared_as_its_outlets_sold():
    far = sales("c", 1, 1, 1, 1, 1, 1, 1, region="MEA/AEGEAN")
    got = may(pl.concat([A, B, far]), mark(replacement_units=12.0))
    assert got == {"a": 8, "b": 4, "c": 1}  # 40 : 20
    none = pl.concat([sales("a", 1, 1, 1, 0, 1), sales("b", 1, 1, 1, 0, 1)])
    assert may(none, mark(replacement_units=3.0)) == {"a": 1.5, "b": 1.5}


def test_without_a_figure_the_months_around_speak_as_the_market_moved():
    # a had 4 in each of three months before and after; b, unmarked, 20 after 10: (20 + 30) / (10 + 30)
    assert may(pl.concat([A, B]), mark(outlet_id="a")) == {"a": 5, "b": 20}
    assert may(A, mark(outlet_id="a")) == {"a": 4}  # nobody else to show a season


def test_a_marked_month_does_not_speak_of_another():
    june = mark("n", outlet_id="a", sales_month=date(2026, 6, 1), replacement_units=99.0)
    assert may(A, mark(outlet_id="a"), june) == {"a": 4}


def test_the_mark_written_last_holds_a_cell():
    early = mark("z", outlet_id="a", replacement_units=1.0, written_at=datetime(2026, 7, 1, tzinfo=UTC))
    assert may(A, early, mark("m", replacement_units=7.0)) == {"a": 7}


def test_without_marks_nothing_changes():
    found = cleaned(pl.concat([A, B]), NO_MARKS)
    assert found["cleaned_units"].to_list() == [*A["units"], *B["units"]]
    assert found["sales_outlier_id"].null_count() == found.height


def test_a_mark_is_known_from_its_day_until_it_is_withdrawn():
    gone = mark(version=2, counts=False, valid_from_date=date(2026, 8, 5))
    history = marks(mark(), gone)
    known = [marks_on(history, d).height for d in (date(2026, 7, 9), date(2026, 7, 10), date(2026, 8, 5))]
    assert known == [0, 1, 0]
