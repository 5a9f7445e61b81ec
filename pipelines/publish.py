"""Step 8, publish: marts and engine tables, with their meaning and the checks they passed, as one snapshot.

In: the warehouse, dbt's manifest, `metrics.yml`, check results. Out: `snapshots/<id>` and the pointer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from pipelines.settings import Settings
from pipelines.snapshot import Check, Column, Draft, Manifest, sweep
from pipelines.warehouse import ENGINE, MARTS, Warehouse

# What the engines say that no mart repeats.
ENGINE_TABLES = {
    "part_series": "What the parts forecast knows of a series. One row per outlet_id, part_id.",
    "part_backtest": "Backtest loss of every method tried, relative to naive. One row per class, method.",
    "part_need_backtest": "What bookings take off the error. One row per class, step, signal.",
    "vehicle_signal": "What promotions, prices, orders, enquiries and past launches take off the error. "
    "One row per group, step, signal.",
    "vehicle_run_out": "What each past launch took from the series it replaced. "
    "One row per series, replaced_series, market, step (months since).",
    "vehicle_uplift": "Cars of the vehicle forecast that promotions and price changes bring, null where it "
    "does not use them. "
    "One row per outlet_id, series, forecast_month.",
    "vehicle_cleaned_history": "Months that the vehicle forecast does not learn from as they came. "
    "One row per outlet_id, series, sales_month.",
    "plan_draft_share": "Cars of each outlet under a scenario that waits for signatures and today. "
    "One row per plan_scenario_id, outlet_id, series, plan_month.",
    "vehicle_level_forecast": "Vehicle forecast at every level, whole units that add up. "
    "One row per level, keys, month.",
    "vehicle_accuracy": "Backtested accuracy of the vehicle forecast. One row per level, method, horizon.",
    "vehicle_backtest": "Backtested vehicle forecasts. One row per level, keys, origin, month and method.",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A table's description and its columns', as dbt declares them."""

    description: str
    columns: tuple[Column, ...]


def publish(
    settings: Settings,
    warehouse: Warehouse,
    *,
    manifest_path: Path,
    as_of: date,
    code_version: str,
    feed: Mapping[str, int | str],
    checks: Sequence[Check],
    counts: Mapping[str, int],
) -> Manifest:
    """Write the snapshot, move the pointer, sweep old ones. Nothing is visible before the pointer moves."""
    draft = Draft(settings.snapshots_dir)
    rows: dict[str, int] = {}
    for name, schema, meaning in _tables(manifest_path):
        frame = warehouse.read(name, schema)
        rows[name] = frame.height
        draft.add(name, frame, description=meaning.description, columns=meaning.columns)
    published = draft.publish(
        as_of_date=as_of,
        code_version=code_version,
        feed=feed,
        checks=checks,
        counts={**counts, **_outcomes(rows, warehouse.row_counts())},
        metrics=_metrics(settings.root / "dbt_project" / "metrics.yml"),
    )
    sweep(settings.snapshots_dir)
    return published


def _outcomes(published: Mapping[str, int], built: Mapping[str, int]) -> dict[str, int]:
    """What a reader wants to know first."""
    projected = ("engine.part_forecast", "engine.vehicle_forecast")
    return {
        "marts": sum(1 for name in published if name not in ENGINE_TABLES),
        "forecasts": sum(built.get(name, 0) for name in projected),
        "suggestions": published.get("mart_replenishment_suggestion", 0),
    }


def _tables(manifest_path: Path) -> Iterator[tuple[str, str, Meaning]]:
    nodes = json.loads(manifest_path.read_text())["nodes"].values()
    marts = [n for n in nodes if n["resource_type"] == "model" and n["fqn"][1] == MARTS]
    for node in sorted(marts, key=lambda n: str(n["name"])):
        yield node["name"], MARTS, _meaning(node)
    for name, description in ENGINE_TABLES.items():
        yield name, ENGINE, Meaning(description, ())


def _meaning(node: Mapping[str, Any]) -> Meaning:
    columns = tuple(_column(raw) for raw in node["columns"].values())
    return Meaning(" ".join(node["description"].split()), columns)


def _column(raw: Mapping[str, Any]) -> Column:
    meta = {**raw.get("meta", {}), **raw.get("config", {}).get("meta", {})}
    hidden = tuple(sorted(meta.get("hidden_from", ())))
    return Column(
        raw["name"], raw.get("data_type") or "", raw["description"], hidden, bool(meta.get("personal"))
    )


def _metrics(path: Path) -> list[Mapping[str, Any]]:
    """As declared; none while nobody declared any."""
    if not path.exists():
        return []
    declared: list[Mapping[str, Any]] = yaml.safe_load(path.read_text())["metrics"]
    return declared
