"""`mart_parts_attainment` of the small network: two categories, a year back and two months ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import polars as pl

_UNITS = ("retail", "demand", "wholesale", "plan_retail", "plan_requirement")
_MINOR = ("retail", "demand", "wholesale", "plan_requirement")
KINDS: dict[str, type[pl.DataType]] = {
    **{f"{name}_units": pl.Int64 for name in _UNITS},
    **{f"{name}_minor": pl.Int64 for name in _MINOR},
    "plan_version": pl.Int64,
    "parts_plan_id": pl.String,
    "plan_state": pl.String,
    "forecast_vintage_date": pl.Date,
}


def row(**changed: Any) -> dict[str, Any]:
    """June at AE01, half over: 10 of 20 units of wear, at 100 each; nothing planned."""
    plain = {
        "outlet_id": "AE01", "market": "AE", "region_path": "MEA/GULF/AE", "category": "wear",
        "sales_month": date(2026, 6, 1), "currency": "AED", "retail_target_units": 20,
        "retail_target_minor": 2_000, "retail_units": 10, "retail_minor": 1_000, "demand_units": 12,
        "demand_minor": 1_200, "wholesale_target_units": 30, "wholesale_target_minor": 3_000,
        "wholesale_units": 15, "wholesale_minor": 1_500, "forecast_units": 24.0, "forecast_minor": 2_400,
        "forecast_vintage_date": date(2026, 6, 17), "forecast_kind": "current", "parts_plan_id": None,
        "plan_version": None, "plan_state": None, "plan_retail_units": None, "plan_requirement_units": None,
        "plan_requirement_minor": None, "is_plan_missing": False, "unpriced_units": 0, "working_days": 22,
        "working_days_elapsed": 11, "is_complete_month": False,
    }  # fmt: skip
    return plain | changed


def planned(key: str, state: str, retail: int, requirement: int) -> dict[str, Any]:
    return {
        "parts_plan_id": key, "plan_version": 2, "plan_state": state, "plan_retail_units": retail,
        "plan_requirement_units": requirement, "plan_requirement_minor": requirement * 100,
    }  # fmt: skip


def table(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema_overrides=KINDS, infer_schema_length=None)


def rows(outlets: list[Any], month: Callable[[int], date], as_of: date) -> pl.DataFrame:
    """AE02 has planned nothing; of the others one category is submitted, the other merged."""
    found = []
    for outlet, _, market, region, currency, _ in outlets:
        for category in ("maintenance", "wear"):
            place = {"outlet_id": outlet, "market": market, "region_path": region, "currency": currency}
            for back in range(12, -3, -1):
                state = "submitted" if category == "wear" else "merged"
                key = f"{outlet}-{category}-{back}"
                plan = planned(key, state, 26, 25) if back == -1 and outlet != "AE02" else {}
                ahead = dict.fromkeys((n for n in KINDS if n.endswith(("_units", "_minor"))), None)
                found.append(
                    row(
                        **place, category=category, sales_month=month(back), is_complete_month=back > 0,
                        is_plan_missing=back == -1 and outlet == "AE02",
                        working_days_elapsed=22 if back > 0 else 11 if back == 0 else 0,
                        **(ahead | plan if back < 0 else {}),
                    )
                )  # fmt: skip
    return table(found)
