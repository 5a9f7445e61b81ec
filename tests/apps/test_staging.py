"""What a staged change does to dealers, stock and orders, and whose override stands there already."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from apps import staging
from apps.staging import Why, Wish

pytestmark = pytest.mark.fast

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
WHY = Why("fleet_deal", "signed")
CELLS = pl.DataFrame({
    "outlet_id": ["A", "B", "C"], "now": [6.0, 3.0, 1.0], "weight": [6.0, 3.0, 1.0], "last_year": 0.0,
    "region_path": "MEA/AE",
})  # fmt: skip


def stage(wish: Wish, cover: str = "MEA/AE") -> list[staging.Staged]:
    return staging.stage(CELLS, wish, WHY, cover=cover, series="S", month=JULY)


def test_a_wish_for_a_region_is_one_change_of_it():
    (change,) = stage(Wish("set", 20, "proportional"))
    assert (change.outlet, change.region_path, change.now, change.then) == (None, "MEA/AE", 10, 20)
    assert change.document("hq")["value"] == 20


def test_dealers_that_keep_what_they_have_make_it_a_change_of_each_other_dealer():
    changes = stage(Wish("set", 14, "proportional", kept=frozenset({"A"})))
    assert [(c.outlet, c.value) for c in changes] == [("B", 6), ("C", 2)]


def test_figures_typed_by_hand_are_kept_as_typed_and_who_does_not_move_is_left_out():
    changes = stage(Wish("set", 0, staging.CUSTOM, typed=(("A", 2.0), ("B", 3.0), ("C", 9.0))))
    assert [(c.outlet, c.mode, c.value) for c in changes] == [("A", "set", 2.0), ("C", "set", 9.0)]


def test_what_one_gains_the_others_give_so_that_the_total_stays():
    rows = staging.given_up(CELLS, 5)
    assert rows["after"].to_list() == [3, 2, 0]  # 3, 1.5, 0.5 of the five left: the first largest rest
    assert staging.given_up(CELLS, 99)["after"].sum() == 0


def test_a_note_is_asked_for_a_large_change_a_frozen_month_and_another_reason():
    small = stage(Wish("add", 1, "proportional"))
    large = stage(Wish("add", 5, "proportional"))
    assert staging.fault(small, Why("promotion"), "free") == ""
    assert "Write a note" in staging.fault(large, Why("promotion"), "free")
    assert "frozen" in staging.fault(small, Why("promotion"), "frozen")
    assert "Write a note" in staging.fault(small, Why("other"), "free")
    assert "reason" in staging.fault(small, Why(""), "free")


def document(key: str, version: int = 1, **data: Any) -> dict[str, Any]:
    usual = {"subject": "vehicle", "series": "S", "forecast_month": "2026-07-01", "region_path": "MEA/AE"}
    return {"key": key, "version": version, "state": "applied", "created_at": key, "data": usual | data}


def test_an_override_stands_in_a_cell_when_it_acts_on_one_of_its_dealers():
    documents = [
        document("1", outlet_code="A"), document("2", outlet_code="Z"), document("3", region_path="MEA"),
        document("4", region_path="MEA/AEGEAN"), document("5", forecast_month="2026-08-01"),
        document("6", series="T"), document("7") | {"state": "withdrawn"},
    ]  # fmt: skip
    found = staging.standing(documents, homes={"A": "MEA/AE"}, series="S", month=JULY)
    assert [d["key"] for d in found] == ["3", "1"]


def test_what_came_or_changed_after_staging_is_unseen():
    seen = [staging.stamp(document("1")), staging.stamp(document("2"))]
    now = [document("1"), document("2", version=2), document("3")]
    assert [d["key"] for d in staging.unseen(now, seen)] == ["2", "3"]


SUPPLY = pl.DataFrame({
    "series": "S", "plan_month": [JULY, AUGUST], "demand_units": [10, 10], "capacity_units": [8, None],
    "scheduled_units": [5, None], "stock_units": 4, "in_transit_units": 0,
})  # fmt: skip


def test_the_effect_is_stock_days_and_what_cannot_be_supplied():
    # 4 + 8 for 10 leaves 2, then 2 + 8 for 10; two more in July leave none, and August is 2 short
    changes = stage(Wish("add", 2, "proportional"))
    found = staging.effect(SUPPLY, changes, series="S", month=JULY)
    assert found is not None
    assert (found.closing, found.short, found.free_slots) == ((2, 0), (0, 2), 3)
    told = " ".join(staging.said(found, 2, JULY))
    assert "2 → 0 cars (6 → 0 days)" in told
    assert "2 cars cannot be supplied" in told
    assert "2 more to order; free slots of that month: 3" in told
    assert staging.effect(SUPPLY, changes, series="S", month=date(2027, 1, 1)) is None


def test_a_what_if_holds_the_staged_changes_as_shares_of_the_whole_demand():
    lines = staging.as_scenario(stage(Wish("add", 2, "proportional")), SUPPLY)
    assert lines == [{"measure": "demand_percent", "series": "S", "plan_month": "2026-07-01", "value": 20.0}]


def test_a_change_is_written_after_the_newest_that_was_seen_at_the_authors_own_step():
    (change,) = stage(Wish("set", 20, "proportional"))
    there = [
        document("1", author_level="hq") | {"effective_at": "1"},
        document("2", author_level="hq") | {"effective_at": "0"},  # dated back: it holds before the first
        document("3", author_level="region"),
    ]
    waiting = staging.seen(change, there, "hq")
    assert waiting.document("hq")["seen_override_id"] == "1"
    assert "seen_override_id" not in staging.seen(change, [], "hq").document("hq")


def test_an_override_that_says_the_same_is_the_same_whatever_it_was_written_after():
    (change,) = stage(Wish("set", 20, "proportional"))
    data = change.document("hq")
    stands = {"data": {**data, "value": "20.0", "seen_override_id": "1", "baseline": "3"}}
    assert staging.is_same(stands, data)
    assert not staging.is_same(stands, data | {"value": 21})
    assert not staging.is_same(stands, data | {"note": "another"})
