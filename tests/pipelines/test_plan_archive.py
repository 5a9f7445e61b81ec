"""The archive: written once, chosen by month, never after the day that is asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from forecasting.plan_steps import EFFECT_SCHEMA, STEP_SCHEMA, Plan
from pipelines.plan_archive import PLAN, VintageKind, chosen, keep, read

pytestmark = pytest.mark.fast


def plan(units: float) -> Plan:
    row = dict.fromkeys(("subject", "outlet_id", "market", "region_path", "item"), "x")
    cell = row | {"forecast_month": date(2026, 7, 1)} | dict.fromkeys(STEP_SCHEMA.names()[6:], units)
    return Plan(pl.DataFrame([cell], schema=STEP_SCHEMA), pl.DataFrame(schema=EFFECT_SCHEMA))


def finals(root: Path, before: date) -> list[tuple[date, str, float]]:
    frame = read(root, PLAN, chosen(root, before=before))
    return list(frame.select("vintage_date", "kind", "final").iter_rows())


def test_the_same_vintage_again_is_kept_once_and_another_beside_it(tmp_path: Path) -> None:
    day = date(2026, 6, 10)
    assert keep(tmp_path, day, VintageKind.published, plan(1))
    assert not keep(tmp_path, day, VintageKind.published, plan(1))
    assert keep(tmp_path, day, VintageKind.published, plan(2))
    assert len(list((tmp_path / PLAN).iterdir())) == 2


def test_the_last_published_vintage_of_a_month_counts_before_a_replay_and_a_backcast(tmp_path: Path) -> None:
    keep(tmp_path, date(2026, 5, 31), VintageKind.backcast, plan(1))
    keep(tmp_path, date(2026, 6, 30), VintageKind.backcast, plan(2))
    keep(tmp_path, date(2026, 6, 29), VintageKind.replayed, plan(3))
    keep(tmp_path, date(2026, 6, 3), VintageKind.published, plan(4))
    keep(tmp_path, date(2026, 6, 9), VintageKind.published, plan(5))
    assert finals(tmp_path, date(2026, 7, 2)) == [
        (date(2026, 5, 31), "backcast", 1.0),
        (date(2026, 6, 9), "published", 5.0),
    ]


def test_a_run_as_of_an_earlier_day_sees_no_vintage_of_its_own_month_or_later(tmp_path: Path) -> None:
    keep(tmp_path, date(2026, 5, 31), VintageKind.published, plan(1))
    keep(tmp_path, date(2026, 6, 9), VintageKind.published, plan(2))
    assert finals(tmp_path, date(2026, 6, 20)) == [(date(2026, 5, 31), "published", 1.0)]
    assert finals(tmp_path, date(2026, 5, 31)) == []
