"""Step 6 goes on: the plan at every step, its vintages and what each change did. No arithmetic lives here.

In: `fct_plan_change`, sales and demand, the forecasts, the archive. Out: `engine.plan_step`,
`engine.plan_vintage` (the kept vintages and the one of this run), `engine.plan_effect`, and
`engine.plan_draft_share` (what each draft of a scenario would publish instead).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from forecasting.plan_steps import Plan
from forecasting.supply import Change, Measure
from forecasting.supply_allocation import Lock, SupplyRule, published, side_by_side
from forecasting.vintages import plan_of
from pipelines.forecast import Tables
from pipelines.plan_archive import EFFECT, PLAN, VintageKind, chosen, keep, read, stamped
from pipelines.plan_backcast import backcast_missing
from pipelines.settings import Settings
from pipelines.warehouse import ENGINE, Warehouse

TABLES = ("plan_step", "plan_vintage", "plan_effect", "plan_draft_share")
DRAFT_SHARE = {
    "plan_scenario_id": pl.String(), "scenario_version": pl.Int64(), "outlet_id": pl.String(),
    "series": pl.String(), "plan_month": pl.Date(), "now_units": pl.Int64(), "then_units": pl.Int64(),
}  # fmt: skip


def plan_vintages(settings: Settings, warehouse: Warehouse, as_of: date) -> Tables:
    """Today's plan beside every vintage before this month, backcast where none was kept."""
    changes = warehouse.read("fct_plan_change")
    sales, demand = vehicle_sales(warehouse), part_demand(warehouse)
    histories = {"vehicle": sales, "part": demand}
    backcast_missing(
        settings.archive_dir,
        histories,
        changes,
        as_of=as_of,
        relations=warehouse.read("fct_part_supersession"),
        launches=warehouse.read("fct_part_launch"),
        marks=warehouse.read("fct_sales_outlier"),
    )
    names = chosen(settings.archive_dir, before=as_of)
    wanted = plan_of(as_of, _forecast(warehouse), _actual(sales, demand), changes)
    plan = _constrained(warehouse, wanted)
    kind = kind_of(as_of)
    return Tables(
        {
            "plan_step": plan.steps,
            "plan_draft_share": draft_shares(warehouse, wanted, plan, as_of),
            "plan_vintage": pl.concat(
                [read(settings.archive_dir, PLAN, names), stamped(plan.steps, as_of, kind, PLAN)]
            ),
            "plan_effect": pl.concat(
                [read(settings.archive_dir, EFFECT, names), stamped(plan.effects, as_of, kind, EFFECT)]
            ),
        }
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scenario changes, and how it shares what can be sold."""

    changes: list[Change]
    rule: SupplyRule
    locks: list[Lock]

    def applied(self, warehouse: Warehouse, plan: Plan) -> Plan:
        """The plan as it is published when the scenario holds."""
        supply, outlets = warehouse.read("mart_supply"), warehouse.read("mart_supply_outlet")
        return Plan(published(plan.steps, supply, outlets, self.changes, self.rule, self.locks), plan.effects)


def _constrained(warehouse: Warehouse, plan: Plan) -> Plan:
    """Under a promoted scenario the published plan is what supply carries; without one it is the demand."""
    how, lines = warehouse.read("fct_plan_lock"), warehouse.read("fct_plan_scenario")
    if how.is_empty():
        return plan
    changes = [
        Change(Measure(line["measure"]), line["value"], line["series"], line["plan_month"])
        for line in lines.iter_rows(named=True)
    ]
    locks = [
        Lock(row["series"], row["plan_month"], row["units"], row["locked_outlet_id"], row["market"])
        for row in how.filter(pl.col("units").is_not_null()).iter_rows(named=True)
    ]
    return Terms(changes, SupplyRule(how["allocation_rule"][0]), locks).applied(warehouse, plan)


def draft_shares(warehouse: Warehouse, demand: Plan, held: Plan, as_of: date) -> pl.DataFrame:
    """What each draft would give each outlet, beside what holds: DRAFT_SHARE. demand: not yet constrained."""
    parts = [pl.DataFrame(schema=DRAFT_SHARE)]
    for draft in warehouse.read("fct_plan_draft").sort("plan_scenario_id").iter_rows(named=True):
        given = terms_of(draft).applied(warehouse, demand)
        parts.append(
            side_by_side(held.steps, given.steps, after=as_of)
            .with_columns(
                plan_scenario_id=pl.lit(draft["plan_scenario_id"]),
                scenario_version=pl.lit(draft["version"], dtype=pl.Int64),
            )
            .select(*DRAFT_SHARE)
        )
    return pl.concat(parts)


def terms_of(draft: Mapping[str, Any]) -> Terms:
    """A row of fct_plan_draft."""
    changes = [
        Change(Measure(line["measure"]), float(line["value"]), line["series"], _month(line["plan_month"]))
        for line in json.loads(draft["changes"] or "[]")
    ]
    locks = [
        Lock(line["series"], date.fromisoformat(line["plan_month"]), int(line["units"]),
             line["outlet_code"], line["market"])
        for line in json.loads(draft["locks"] or "[]")
    ]  # fmt: skip
    return Terms(changes, SupplyRule(draft["allocation_rule"]), locks)


def _month(said: str | None) -> date | None:
    return None if said is None else date.fromisoformat(said)


def keep_published(settings: Settings, warehouse: Warehouse, as_of: date) -> bool:
    """Called once the snapshot is out: its plan becomes a vintage."""
    tables = {name: warehouse.read(name, ENGINE) for name in ("plan_vintage", "plan_effect")}
    own = {name: frame.filter(pl.col("vintage_date") == as_of) for name, frame in tables.items()}
    plan = Plan(own["plan_vintage"], own["plan_effect"])
    return keep(settings.archive_dir, as_of, kind_of(as_of), plan)


def kind_of(as_of: date) -> VintageKind:
    """A run for an earlier day is a replay: nobody acted on it on that day."""
    return VintageKind.published if as_of >= datetime.now(UTC).date() else VintageKind.replayed


def vehicle_sales(warehouse: Warehouse) -> pl.DataFrame:
    """mart_vehicle_sales_month in the engine's names."""
    return warehouse.read("mart_vehicle_sales_month").select(
        "market", "outlet_id", "series", "units", region="region_path", month="sales_month"
    )


def part_demand(warehouse: Warehouse) -> pl.DataFrame:
    """mart_part_demand_month in the engine's names, with the place of each outlet."""
    places = warehouse.read("dim_outlet").select("outlet_id", "market", region="region_path")
    demand = warehouse.read("mart_part_demand_month").select(
        "outlet_id", "part_id", month="demand_month", units="corrected_units"
    )
    return demand.join(places, on="outlet_id", maintain_order="left")


def _forecast(warehouse: Warehouse) -> pl.DataFrame:
    """Cars and parts under one shape; parts have no whole units."""
    cars = warehouse.read("vehicle_forecast", ENGINE).select(
        pl.lit("vehicle").alias("subject"), "outlet_id", "market", "region_path", "forecast_month", "mean",
        "units", item="series",
    )  # fmt: skip
    places = warehouse.read("dim_outlet").select("outlet_id", "market", "region_path")
    parts = warehouse.read("part_forecast", ENGINE).join(places, on="outlet_id")
    return pl.concat(
        [
            cars,
            parts.select(
                pl.lit("part").alias("subject"),
                "outlet_id",
                "market",
                "region_path",
                "forecast_month",
                "mean",
                pl.lit(None, dtype=pl.Int64).alias("units"),
                item="part_id",
            ),
        ]
    )


def _actual(sales: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """Units of complete months: cars sold, parts wanted."""
    return pl.concat(
        [
            sales.select(
                pl.lit("vehicle").alias("subject"), "outlet_id", "month", pl.col("units").cast(pl.Float64),
                item="series",
            ),
            demand.select(
                pl.lit("part").alias("subject"), "outlet_id", "month", "units", item="part_id",
            ),
        ],
        how="diagonal",
    )  # fmt: skip
