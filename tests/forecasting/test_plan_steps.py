"""Who changes what in which order, what a lock keeps, and what was known on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from forecasting.plan_steps import holding, plan_steps

pytestmark = pytest.mark.fast

JULY = date(2026, 7, 1)


def cell(outlet, region, units, *, mean=None, item="S", month=JULY, subject="vehicle", **fields):
    row = {
        "subject": subject, "outlet_id": outlet, "market": "AE", "region_path": region, "item": item,
        "forecast_month": month, "naive": 1.0, "mean": float(units if mean is None else mean),
        "units": units if subject == "vehicle" else None, "last_year": 0.0,
    }  # fmt: skip
    return row | fields


def change(key, level, mode, value, *, region="MEA/1", outlet=None, item="S", day="2026-06-01", **fields):
    row = {
        "plan_change_id": key, "version": 1, "subject": "vehicle", "outlet_id": outlet, "region_path": region,
        "item": item, "variant": None, "forecast_month": JULY, "mode": mode, "value": float(value),
        "spread": "proportional", "author_level": level, "is_locked": False, "counts": True, "priority": 2,
        "expires_date": None, "effective_at": datetime.fromisoformat(day).replace(tzinfo=UTC),
        "valid_from_date": date.fromisoformat(day),
        "written_at": datetime.fromisoformat(day).replace(tzinfo=UTC),
    }  # fmt: skip
    return row | fields


def frame(rows):
    kinds = {"outlet_id": pl.String, "item": pl.String, "variant": pl.String, "expires_date": pl.Date}
    return pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None)


def planned(cells, changes, day=date(2026, 6, 30)):
    found = plan_steps(pl.DataFrame(cells, infer_schema_length=None), holding(frame(changes), day))
    return {row.pop("outlet_id"): row for row in found.steps.iter_rows(named=True)}, found.effects


CELLS = [cell("d1", "MEA/1", 10), cell("d2", "MEA/1/A", 20), cell("d3", "MEA/10", 5)]


def test_levels_act_in_order_and_a_region_whose_name_begins_alike_is_another():
    steps, _ = planned(CELLS, [
        change("a", "region", "set", 60),
        change("b", "hq", "percent", 10, day="2026-05-01"),
    ])  # fmt: skip
    assert [steps[d]["region"] for d in ("d1", "d2", "d3")] == [20, 40, 5]
    assert [steps[d]["final"] for d in ("d1", "d2", "d3")] == [22, 44, 5]
    assert [steps[d]["statistical"] for d in ("d1", "d2", "d3")] == [10, 20, 5]


def test_an_override_applied_late_keeps_its_turn():
    early = datetime(2026, 6, 1, tzinfo=UTC)
    steps, _ = planned(CELLS, [
        change("a", "hq", "set", 60, day="2026-06-09", written_at=early),
        change("b", "hq", "set", 90, day="2026-06-05"),
    ])  # fmt: skip
    assert [steps[d]["final"] for d in ("d1", "d2")] == [30, 60]


def test_at_a_step_the_latest_change_that_covers_a_cell_holds_it():
    steps, effects = planned(CELLS, [
        change("all", "hq", "add", 6, day="2026-06-01"),
        change("one", "hq", "set", 3, outlet="d1", day="2026-06-02"),
    ])  # fmt: skip
    assert (steps["d1"]["final"], steps["d2"]["final"]) == (3, 26)  # the six go to the cell still held
    assert effects.filter(plan_change_id="one").row(0)[1:] == ("d1", "S", JULY, 10.0, 3.0)


def test_a_lock_keeps_its_cell_from_later_steps_which_still_reach_their_total():
    steps, _ = planned(CELLS, [
        change("fleet", "dealer", "set", 12, outlet="d1", is_locked=True),
        change("hq", "hq", "set", 50),
    ])  # fmt: skip
    assert (steps["d1"]["final"], steps["d2"]["final"]) == (12, 38)


def test_a_change_without_an_item_covers_every_item():
    steps, _ = planned([cell("d1", "MEA/1", 10), cell("d1", "MEA/1", 30, item="T")], [
        change("a", "hq", "set", 80, item=None),
    ])  # fmt: skip
    assert steps["d1"]["final"] == 60  # T, the last row; S has the other 20


def test_parts_are_not_whole():
    steps, _ = planned(
        [cell("d1", "MEA/1", None, mean=0.4, subject="part", item="P")],
        [change("a", "hq", "percent", 50, subject="part", item="P")],
    )
    assert steps["d1"]["final"] == pytest.approx(0.6)


def test_an_override_that_expired_was_withdrawn_or_is_not_written_yet_does_not_hold():
    changes = frame([
        change("held", "hq", "set", 1),
        change("expired", "hq", "set", 1, expires_date=date(2026, 6, 30)),
        change("last day", "hq", "set", 1, expires_date=date(2026, 7, 1)),
        change("later", "hq", "set", 1, day="2026-07-01"),
        change("withdrawn", "hq", "set", 1),
        change("withdrawn", "hq", "set", 1, version=2, counts=False, day="2026-06-20"),
    ])  # fmt: skip
    assert holding(changes, date(2026, 6, 30))["plan_change_id"].to_list() == ["held", "last day"]
    # ten days before, the withdrawn one still held
    assert "withdrawn" in holding(changes, date(2026, 6, 10))["plan_change_id"].to_list()


def test_a_month_plan_goes_before_a_three_month_plan_written_later():
    steps, _ = planned(CELLS, [
        change("three", "dealer", "set", 7, outlet="d1", priority=1, day="2026-06-20"),
        change("month", "dealer", "set", 9, outlet="d1", day="2026-06-01"),
    ])  # fmt: skip
    assert steps["d1"]["dealer"] == 9


def test_variants_add_up_to_their_series_unless_the_series_itself_is_planned():
    deep = [
        change("v1", "dealer", "set", 2, outlet="d1", variant="X"),
        change("v2", "dealer", "set", 3, outlet="d1", variant="Y"),
    ]
    assert planned(CELLS, deep)[0]["d1"]["dealer"] == 5
    assert planned(CELLS, [*deep, change("s", "dealer", "set", 8, outlet="d1")])[0]["d1"]["dealer"] == 8
