"""Planning tables of the small snapshot: two vintages judged, plans waiting, exceptions, supply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from forecasting.known_ahead import TABLE_SCHEMA
from forecasting.run_out import SCHEMA as RUN_OUT

Month = Callable[[int], date]
Cells = Callable[[], Iterator[dict[str, Any]]]
STEPS = {"naive": 7.0, "statistical": 6.0, "dealer": 8.0, "region": 8.0, "hq": 5.0, "final": 5.0}


def tables(cells: Cells, month: Month) -> dict[str, pl.DataFrame]:
    """Frames by name. Five cars came everywhere, so a step's error is its distance from five."""
    return {
        "mart_forecast_vintage": vintages(cells, month),
        "mart_forecast_lag_accuracy": accuracy(month),
        "mart_plan_change_outcome": outcomes(month),
        "mart_dealer_plan": plans(cells, month),
        "mart_stock_ahead": stock_ahead(month),
        "mart_plan_exception": exceptions(month),
        "mart_supply_demand": supply(cells, month),
        "mart_supply_share": supply_share(cells, month),
        "mart_supply_plant": supply_plant(cells, month),
        "plan_draft_share": draft_share(cells, month),
        "dim_market_day": market_days(month),
        "mart_vehicle_driver": drivers(month),
        "fct_plan_change": changes(month),
        "vehicle_uplift": uplifts(cells, month),
        "vehicle_cleaned_history": cleaned_history(month),
        "vehicle_run_out": pl.DataFrame(schema=RUN_OUT),
        "vehicle_signal": pl.DataFrame(schema=TABLE_SCHEMA),
    }


def vintages(cells: Cells, month: Month) -> pl.DataFrame:
    rows = [
        {
            "subject": "vehicle",
            "vintage_month": month(back),
            "vintage_date": month(back),
            "kind": "published" if back == 0 else "backcast",
            **c["place"],
            "item": c["place"]["series"],
            "forecast_month": month(back - lag),
            "lag": lag,
            "fence": ("running", "frozen", "firm", "free")[lag],
            "step": step,
            "step_no": number,
            "units": units,
            "actual_units": 5.0 if back > lag else None,
            "error_units": units - 5.0 if back > lag else None,
            "absolute_error_units": abs(units - 5.0) if back > lag else None,
            "previous_units": units - 1 if back < 3 else None,
            "absolute_change_units": 1.0 if back < 3 else None,
        }
        for c in cells()
        for back in range(4)
        for lag in range(4)
        for number, (step, units) in enumerate(STEPS.items(), start=1)
    ]
    cars = pl.DataFrame(rows, infer_schema_length=None)
    # one part a dealer, planned as its last series is
    parts = cars.unique(
        ["outlet_id", "vintage_month", "forecast_month", "step"], keep="last", maintain_order=True
    )
    named = parts.with_columns(
        subject=pl.lit("part"), item=pl.lit("OI10000"), series=pl.lit(None, dtype=pl.String)
    )
    return pl.concat([cars, named])


def accuracy(month: Month) -> pl.DataFrame:
    rows = [
        {
            "subject": subject,
            "level": level,
            "forecast_month": month(back),
            "lag": lag,
            "fence": ("frozen", "firm", "free")[lag - 1],
            "step": step,
            "step_no": number,
            "kind": "backcast",
            "units": units * 18,
            "actual_units": 90.0,
            "absolute_error_units": abs(units - 5) * 18,
            "error_units": (units - 5) * 18,
            "n": 18,
        }
        for subject in ("vehicle", "part")
        for level in ("market_item", "outlet_item", "outlet", "market", "network")
        for lag in (1, 2, 3)
        for back in (1, 2)
        for number, (step, units) in enumerate(STEPS.items(), start=1)
    ]
    return pl.DataFrame(rows)


def outcomes(month: Month) -> pl.DataFrame:
    """paula's last nine uplifts for promotions: 10 became 13, 10 came."""
    rows = [
        {
            "plan_change_id": f"FO{number}",
            "forecast_month": month(number + 1),
            "vintage_date": month(number + 2),
            "kind": "backcast",
            "source_document": "forecast_override",
            "subject": "vehicle",
            "outlet_id": "AE02",
            "region_path": "MEA/GULF/AE",
            "item": "DELTA",
            "author": "paula",
            "author_level": "hq",
            "reason_code": "promotion",
            "mode": "set",
            "direction": "up",
            "cells": 1,
            "before_units": 10.0,
            "after_units": 13.0,
            "actual_units": 10.0,
            "error_before_units": 0.0,
            "error_after_units": 3.0,
            "value_added_units": -3.0,
            "verdict": "worse",
        }
        for number in range(9)
    ]
    return pl.DataFrame(rows)


def plans(cells: Cells, month: Month) -> pl.DataFrame:
    rows = [
        {
            "dealer_plan_id": f"DP-{c['place']['outlet_id']}-{c['place']['series']}",
            "version": 2,
            **c["place"],
            "variant": None,
            "horizon": "month",
            "period_date": month(-1),
            "plan_month": month(-1),
            "state": "submitted",
            "retail_units": 8,
            "requirement_units": 9,
            "reviewed_retail_units": None,
            "reviewed_requirement_units": None,
            "agreed_retail_units": 8,
            "agreed_requirement_units": 9,
            "statistical_units": 6.0,
            "final_units": 5.0,
            "note": None,
        }
        for c in cells()
        if c["place"]["outlet_id"] != "BR01"
    ]
    whole = ("reviewed_retail_units", "reviewed_requirement_units")
    kinds = dict.fromkeys(whole, pl.Int64) | {"variant": pl.String, "note": pl.String}
    return pl.DataFrame(rows, schema_overrides=kinds)


def stock_ahead(month: Month) -> pl.DataFrame:
    row = {
        "market": "AE",
        "series": "DELTA",
        "plan_month": month(-1),
        "retail_units": 24,
        "requirement_units": 27,
        "share_percent": 50.0,
        "cover_units": 2,
        "built_ahead_units": 16,
    }
    return pl.DataFrame([row])


def exceptions(month: Month) -> pl.DataFrame:
    rows = [
        {
            "exception_code": f"{kind}:MEA/GULF/AE:{series}:{month(0)}",
            "kind": kind,
            "region_path": "MEA/GULF/AE",
            "outlet_id": None,
            "series": series,
            "exception_month": month(0),
            "measured": 5.0,
            "units_at_risk": units,
            "at_risk_minor": round(units * 9_000_000),
            "currency": "USD",
            "place": place,
            "evidence": "The figures in a sentence.",
        }
        for place, (kind, series, units) in enumerate(
            (("outside_band", "DELTA", 12.0), ("tracking_signal", "CIRRUS", 4.0)), start=1
        )
    ]
    return pl.DataFrame(rows, schema_overrides={"outlet_id": pl.String})


def supply(cells: Cells, month: Month) -> pl.DataFrame:
    names = sorted({c["place"]["series"] for c in cells()})
    rows = [
        {
            "series": series,
            "plan_month": month(-ahead),
            "demand_units": 30,
            "published_units": 26,
            "statistical_units": 28,
            "target_units": 32,
            "capacity_units": 20 if ahead < 6 else None,
            "scheduled_units": 15,
            "stock_units": 12,
            "in_transit_units": 4,
            "open_orders": 9,
            "sold_orders": 3,
            "slipped_orders": 1,
            "price_minor": 9_000_000,
            "currency": "USD",
            "unit_cost_minor": 7_000_000,
            "holding_percent": 12.0,
            "vehicle_cost_id": "VC-1",
        }
        for series in names
        for ahead in range(1, 7)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def supply_plant(cells: Cells, month: Month) -> pl.DataFrame:
    names = sorted({c["place"]["series"] for c in cells()})
    rows = [
        {
            "plant": plant, "series": series, "build_month": month(1 - ahead), "plan_month": month(-ahead),
            "capacity_units": units, "scheduled_units": units - 2, "transit_days": days,
        }
        for series in names
        for ahead in range(1, 6)
        for plant, units, days in (("PLANT-N", 12, 45), ("PLANT-S", 8, 28))
    ]  # fmt: skip
    return pl.DataFrame(rows)


def supply_share(cells: Cells, month: Month) -> pl.DataFrame:
    rows = [
        {
            "outlet_id": c["place"]["outlet_id"], "market": c["place"]["market"],
            "region_path": c["place"]["region_path"], "series": c["place"]["series"],
            "plan_month": month(-ahead), "demand_units": 5, "published_units": 4, "target_units": 6,
            "sold_90d_units": 12, "stock_units": 2, "open_orders": 2, "sold_orders": 1, "promised_date": None,
        }
        for c in cells()
        for ahead in range(1, 7)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"promised_date": pl.Date})
    return frame.unique(["outlet_id", "series", "plan_month"], maintain_order=True)


def draft_share(cells: Cells, month: Month) -> pl.DataFrame:
    """Draft PS-WAITS takes three of four cars of every dealer and month of DELTA."""
    share = supply_share(cells, month).select(
        "outlet_id", "series", "plan_month", now_units="published_units"
    )
    return share.with_columns(
        plan_scenario_id=pl.lit("PS-WAITS"), scenario_version=pl.lit(1, dtype=pl.Int64),
        then_units=pl.col("now_units") - pl.when(series="DELTA").then(3).otherwise(0),
    )  # fmt: skip


def drivers(month: Month) -> pl.DataFrame:
    """One dealer promoted DELTA through half of the month before last."""
    row = {"outlet_id": "AE02", "series": "DELTA", "sales_month": month(2), "promotion_share": 0.5}
    return pl.DataFrame([row | {"price_change": 0.0}])


def changes(month: Month) -> pl.DataFrame:
    """A plan that rana reviewed."""
    row = {
        "plan_change_id": "DP1:review", "version": 3, "source_document": "dealer_plan", "source_key": "DP1",
        "subject": "vehicle", "outlet_id": "AE02", "region_path": "MEA/GULF/AE", "item": "DELTA",
        "variant": None, "forecast_month": month(-1), "mode": "set", "value": 8.0, "spread": "proportional",
        "author_level": "region", "reason_code": None, "author": "rana", "is_locked": False,
        "state": "region_reviewed", "counts": True, "priority": 2, "expires_date": None,
        "effective_at": datetime(2026, 6, 3, tzinfo=UTC), "valid_from_date": date(2026, 6, 3),
        "written_at": datetime(2026, 6, 3, tzinfo=UTC),
    }  # fmt: skip
    return pl.DataFrame([row])


def uplifts(cells: Cells, month: Month) -> pl.DataFrame:
    """A car more everywhere next month, for a promotion."""
    return pl.DataFrame(
        {**c["place"], "forecast_month": month(-1), "mean": 6.0, "uplift_units": 1.0} for c in cells()
    )


def cleaned_history(month: Month) -> pl.DataFrame:
    """Last month of AE02's DELTA: 5 came, the forecast learns from 2."""
    row = {
        "market": "AE", "region_path": "MEA/GULF/AE", "outlet_id": "AE02", "series": "DELTA",
        "sales_month": month(1), "units": 5, "cleaned_units": 2.0, "sales_outlier_id": "SO1",
    }  # fmt: skip
    return pl.DataFrame([row])


def market_days(month: Month) -> pl.DataFrame:
    first, end = month(-1), month(-2)
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    rows = [
        {"market": market, "calendar_date": d, "calendar_month": first, "is_working_day": d.weekday() < 5}
        for market in ("AE", "SA", "BR")
        for d in days
    ]
    return pl.DataFrame(rows)
