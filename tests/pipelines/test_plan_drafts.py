"""What a draft would give each outlet is what its promotion would publish, beside what holds today."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from forecasting.plan_steps import EFFECT_SCHEMA, STEP_SCHEMA, STEPS, Plan
from forecasting.supply import Change, Measure
from forecasting.supply_allocation import Lock, SupplyRule
from pipelines.plan import DRAFT_SHARE, Terms, draft_shares, terms_of
from pipelines.warehouse import Warehouse

pytestmark = pytest.mark.fast
DAY, JULY = date(2026, 6, 30), date(2026, 7, 1)


def draft(key: str, **data: Any) -> dict[str, Any]:
    return {
        "plan_scenario_id": key, "version": 2, "allocation_rule": "days_supply",
        **{name: json.dumps(data[name]) if name in data else None for name in ("changes", "locks")},
    }  # fmt: skip


def warehouse(path: Path, *drafts: dict[str, Any]) -> Warehouse:
    """Four cars to be had in July: one in stock at a, three from the plant."""
    outlet = {
        "series": "S", "plan_month": JULY, "market": "AE", "target_units": 0, "sold_90d_units": 0,
        "sold_orders": 0, "promised_date": None,
    }  # fmt: skip
    outlets = [outlet | {"outlet_id": name, "stock_units": stock} for name, stock in (("a", 1), ("b", 0))]
    kinds = {name: pl.Int64 if name == "version" else pl.String for name in draft("x")}
    marts = {
        "mart_supply": pl.DataFrame(
            {"series": ["S"], "plan_month": [JULY], "capacity_units": [3], "stock_units": [1],
             "in_transit_units": [0]}
        ),
        "mart_supply_outlet": pl.DataFrame(outlets, schema_overrides={"promised_date": pl.Date}),
        "fct_plan_draft": pl.DataFrame(drafts, schema=kinds),
    }  # fmt: skip
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for name, frame in marts.items():
            connection.register("frame", frame.to_arrow())
            connection.execute(f"create table marts.{name} as from frame")
    return Warehouse(path)


def wanted() -> Plan:
    """Six cars at a, two at b."""
    rows = [
        {"market": "AE", "region_path": "MEA/AE", "item": "S", "subject": "vehicle", "outlet_id": outlet,
         "forecast_month": JULY, **dict.fromkeys(STEPS, units)}
        for outlet, units in (("a", 6.0), ("b", 2.0))
    ]  # fmt: skip
    return Plan(pl.DataFrame(rows, schema=STEP_SCHEMA), pl.DataFrame(schema=EFFECT_SCHEMA))


def test_a_draft_is_reckoned_from_the_demand_and_compared_with_what_holds(tmp_path: Path) -> None:
    keeps = {"outlet_code": "b", "market": None, "series": "S", "plan_month": "2026-07-01", "units": 2}
    shift = {"measure": "capacity_units", "series": None, "plan_month": None, "value": 4.0}
    found = warehouse(tmp_path / "w.duckdb", draft("more", changes=[shift]), draft("keep", locks=[keeps]))
    held = Terms([], SupplyRule.days_supply, []).applied(found, wanted())
    share = draft_shares(found, wanted(), held, DAY)
    rows = share.select("plan_scenario_id", "scenario_version", "outlet_id", "now_units", "then_units").rows()
    # what holds: 1 + 3 for 8 wanted, half of it: 3 and 1. With four more all 8; with b's two kept a has two.
    assert rows == [
        ("keep", 2, "a", 3, 2), ("keep", 2, "b", 1, 2), ("more", 2, "a", 3, 6), ("more", 2, "b", 1, 2),
    ]  # fmt: skip
    # promoted, it is published so
    kept = terms_of(draft("keep", locks=[keeps])).applied(found, wanted()).steps
    assert kept["final"].to_list() == [2.0, 2.0]


def test_without_a_scenario_that_holds_a_draft_is_compared_with_the_demand(tmp_path: Path) -> None:
    found = warehouse(tmp_path / "w.duckdb", draft("plain"))
    share = draft_shares(found, wanted(), wanted(), DAY)
    assert share.select("now_units", "then_units").rows() == [(6, 3), (2, 1)]


def test_no_draft_is_no_row_of_the_same_columns(tmp_path: Path) -> None:
    share = draft_shares(warehouse(tmp_path / "w.duckdb"), wanted(), wanted(), DAY)
    assert share.is_empty()
    assert dict(share.schema) == DRAFT_SHARE


def test_lines_of_a_draft_are_read_as_the_page_reads_the_document() -> None:
    lines = {
        "changes": [{"measure": "demand_percent", "series": "S", "plan_month": "2026-07-01", "value": 5}],
        "locks": [
            {"outlet_code": None, "market": "AE", "series": "S", "plan_month": "2026-07-01", "units": 3}
        ],
    }
    assert terms_of(draft("x", **lines)) == Terms(
        [Change(Measure.demand_percent, 5.0, "S", JULY)],
        SupplyRule.days_supply,
        [Lock("S", JULY, 3, None, "AE")],
    )
