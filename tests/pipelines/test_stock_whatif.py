"""A policy replayed on the history it made gives back what was observed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import polars as pl
import pytest

from forecasting.stock_calibration import CHANCES
from forecasting.stock_replay import Terms, replay
from pipelines.settings import Settings
from pipelines.snapshot import Draft, SnapshotError
from pipelines.stock_whatif import from_snapshot

pytestmark = pytest.mark.fast
FIRST, END = date(2025, 1, 1), date(2026, 3, 1)
PARTS, RATE = 150, 0.2


def publish(root: Path, tables: dict[str, pl.DataFrame]) -> Settings:
    draft = Draft(root)
    for name, frame in tables.items():
        draft.add(name, frame, description=name, columns=[])
    draft.publish(
        as_of_date=date(2026, 3, 10), code_version="c0de", feed={}, checks=[], counts={}, metrics=[]
    )
    return cast(Settings, SimpleNamespace(snapshots_dir=root))


def world(level: int) -> dict[str, pl.DataFrame]:
    """One outlet, 14 months of daily requests, served from a constant order-up-to level of every part."""
    days = [FIRST + timedelta(days=i) for i in range((END - FIRST).days)]
    asked = np.random.default_rng(9).poisson(RATE, size=(len(days), PARTS)).astype(float)
    terms = Terms.equal(PARTS, lead_time=10, review=7)
    filled = replay(np.full(asked.shape, level), asked, terms).filled
    names = [f"p{j:03d}" for j in range(PARTS)]
    lines = pl.DataFrame({
        "outlet_id": "AE01", "current_part_id": np.repeat(names, len(days)), "is_cancelled": False,
        "demand_date": pl.Series(days * PARTS, dtype=pl.Date), "demand_units": asked.T.ravel(),
        "quantity": asked.T.ravel().astype(int), "filled_quantity": filled.T.ravel().astype(int),
        "is_answered": True,
    })  # fmt: skip
    months = lines.group_by(
        "outlet_id", part_id="current_part_id", demand_month=pl.col("demand_date").dt.truncate("1mo")
    ).agg(corrected_units=pl.col("demand_units").sum())
    policy = pl.DataFrame({
        "outlet_id": "AE01", "part_id": names, "abc_class": "A", "is_stocked": True, "lead_time_days": 10.0,
        "lead_time_sd_days": 0.0, "review_days": 7, "pack_size": 1,
    })  # fmt: skip
    return {
        "fct_part_demand": lines.filter(pl.col("quantity") > 0), "mart_part_policy": policy,
        "mart_part_demand_month": months.sort("part_id", "demand_month"),
    }  # fmt: skip


def test_what_was_observed_is_counted_in_the_replayed_days_and_found_on_the_curve(tmp_path: Path):
    tables = world(level=7)
    found = from_snapshot(publish(tmp_path, tables))
    days = int(found.curve["days"][0])
    within = tables["fct_part_demand"].filter(pl.col("demand_date") >= END - timedelta(days=days))
    assert found.observed_units == within["quantity"].sum()
    assert found.observed_fill == pytest.approx(within["filled_quantity"].sum() / within["quantity"].sum())
    assert found.observed_units == found.curve.filter(abc_class="all")["units_asked"][0]
    # equal parts at one level: the rule sets nearly that level for all of them, at some chance in between
    chance = found.chance_observed()
    assert chance is not None
    assert CHANCES[0] < chance < CHANCES[-1]


def test_more_stock_costs_more_days_on_the_shelf_all_along_the_curve(tmp_path: Path):
    curve = from_snapshot(publish(tmp_path, world(level=7))).curve.filter(abc_class="all")
    assert curve["fill"].is_sorted()
    assert curve["stock_days"].is_sorted()


def test_too_short_a_history_is_refused_and_says_what_is_needed(tmp_path: Path):
    tables = world(level=7)
    young = tables["mart_part_demand_month"].filter(pl.col("demand_month") >= date(2025, 12, 1))
    with pytest.raises(SnapshotError, match="at least seven"):
        from_snapshot(publish(tmp_path, tables | {"mart_part_demand_month": young}))
