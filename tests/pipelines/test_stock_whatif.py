"""A policy replayed on the history it made gives back what was observed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import polars as pl
import pytest

from forecasting.policy_in_force import TOLERANCE
from forecasting.stock_calibration import CHANCES
from pipelines.settings import Settings
from pipelines.snapshot import Draft, SnapshotError
from pipelines.stock_whatif import from_snapshot

pytestmark = pytest.mark.fast
FIRST, END = date(2025, 1, 1), date(2026, 3, 1)
PARTS, RATE = 150, 0.2
STOCK_DAYS = 92


def publish(root: Path, tables: dict[str, pl.DataFrame]) -> Settings:
    draft = Draft(root)
    for name, frame in tables.items():
        draft.add(name, frame, description=name, columns=[])
    draft.publish(
        as_of_date=date(2026, 3, 10), code_version="c0de", feed={}, checks=[], counts={}, metrics=[]
    )
    return cast(Settings, SimpleNamespace(snapshots_dir=root))


def shop(asked: np.ndarray, *, level: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Served, on hand and on order by day; every seventh evening it orders up to the level, ten days away."""
    net, on_order = np.full(PARTS, float(level)), [np.zeros(PARTS)] * len(asked)
    filled, on_hand, coming = (np.zeros(asked.shape) for _ in range(3))
    for day, units in enumerate(asked):
        net = net + (on_order[day - 10] if day >= 10 else 0)  # what is owed is below zero
        filled[day] = np.clip(net, 0, units)
        net = net - units
        underway = sum(on_order[max(0, day - 9) : day], np.zeros(PARTS))
        if day % 7 == 0:
            on_order[day] = np.maximum(level - net - underway, 0)
        on_hand[day], coming[day] = np.maximum(net, 0), underway + on_order[day]
    return filled, on_hand, coming


def world(level: int) -> dict[str, pl.DataFrame]:
    """One outlet, 14 months of daily requests, served from a constant order-up-to level of every part."""
    days = [FIRST + timedelta(days=i) for i in range((END - FIRST).days)]
    asked = np.random.default_rng(9).poisson(RATE, size=(len(days), PARTS)).astype(float)
    filled, on_hand, coming = shop(asked, level=level)
    names = [f"p{j:03d}" for j in range(PARTS)]
    lines = pl.DataFrame({
        "outlet_id": "AE01", "current_part_id": np.repeat(names, len(days)), "is_cancelled": False,
        "demand_date": pl.Series(days * PARTS, dtype=pl.Date), "demand_units": asked.T.ravel(),
        "quantity": asked.T.ravel().astype(int), "filled_quantity": filled.T.ravel().astype(int),
        "backordered_quantity": (asked - filled).T.ravel().astype(int), "lost_quantity": 0,
        "is_answered": True,
    }).with_columns(part_id="current_part_id", substitute_part_id=pl.lit(None, dtype=pl.String))  # fmt: skip
    months = lines.group_by(
        "outlet_id", part_id="current_part_id", demand_month=pl.col("demand_date").dt.truncate("1mo")
    ).agg(corrected_units=pl.col("demand_units").sum())
    policy = pl.DataFrame({
        "outlet_id": "AE01", "part_id": names, "abc_class": "A", "is_stocked": True, "lead_time_days": 10.0,
        "lead_time_sd_days": 0.0, "review_days": 7, "pack_size": 1,
    })  # fmt: skip
    kept = slice(len(days) - STOCK_DAYS, None)  # the stock mart keeps the last days only
    stock = pl.DataFrame({
        "outlet_id": "AE01", "part_id": np.repeat(names, STOCK_DAYS),
        "stock_date": pl.Series(days[kept] * PARTS, dtype=pl.Date), "in_transit": 0,
        "on_hand": on_hand[kept].T.ravel().astype(int),
        "on_order": coming[kept].T.ravel().astype(int),
    })  # fmt: skip
    return {
        "mart_part_stock_daily": stock,
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


@pytest.mark.parametrize("level", [4, 7])
def test_the_policy_in_force_replayed_gives_back_the_observed_fill_within_its_tolerance(
    tmp_path: Path, level: int
):
    found = from_snapshot(publish(tmp_path, world(level))).in_force
    assert found is not None
    assert found.days == STOCK_DAYS - 1
    assert found.observed_fill < 0.99  # a shelf that is never empty is reproduced by anything
    assert abs(found.replayed_fill - found.observed_fill) <= TOLERANCE
    assert found.holds
    assert "within 1 point: holds" in found.sentence(refused_with_stock=0)


def test_a_fill_that_the_recorded_stock_does_not_explain_does_not_hold(tmp_path: Path):
    tables = world(level=4)
    bare = tables["mart_part_stock_daily"].with_columns(on_hand=pl.lit(0), on_order=pl.lit(0))
    found = from_snapshot(publish(tmp_path, tables | {"mart_part_stock_daily": bare})).in_force
    assert found is not None
    assert not found.holds


def test_a_request_refused_with_the_part_on_the_shelf_is_no_fault_of_the_policy_and_is_counted(
    tmp_path: Path,
):
    tables = world(level=7)
    full = tables["mart_part_stock_daily"].filter(pl.col("on_hand") >= 5)
    row = full.join(full.with_columns(pl.col("stock_date").dt.offset_by("1d")), on=["part_id", "stock_date"])
    refused = tables["fct_part_demand"].head(1).with_columns(
        part_id=pl.lit(row["part_id"][0]), current_part_id=pl.lit(row["part_id"][0]),
        demand_date=pl.lit(row["stock_date"][0]), quantity=pl.lit(3), filled_quantity=pl.lit(0),
        backordered_quantity=pl.lit(None, dtype=pl.Int64), lost_quantity=pl.lit(3, dtype=pl.Int32),
    )  # fmt: skip
    before = from_snapshot(publish(tmp_path / "a", tables))
    demand = pl.concat([tables["fct_part_demand"], refused], how="vertical_relaxed")
    after = from_snapshot(publish(tmp_path / "b", tables | {"fct_part_demand": demand}))
    assert (before.refused_with_stock, after.refused_with_stock) == (0, 1)
    assert after.in_force == before.in_force


def test_more_stock_costs_more_days_on_the_shelf_all_along_the_curve(tmp_path: Path):
    curve = from_snapshot(publish(tmp_path, world(level=7))).curve.filter(abc_class="all")
    assert curve["fill"].is_sorted()
    assert curve["stock_days"].is_sorted()


def test_too_short_a_history_is_refused_and_says_what_is_needed(tmp_path: Path):
    tables = world(level=7)
    young = tables["mart_part_demand_month"].filter(pl.col("demand_month") >= date(2025, 12, 1))
    with pytest.raises(SnapshotError, match="at least seven"):
        from_snapshot(publish(tmp_path, tables | {"mart_part_demand_month": young}))
