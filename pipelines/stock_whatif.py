"""What a wanted fill would cost, on the outlets' own days: `dms simulate-stock --from-snapshot`.

In: the current snapshot. Out: one row per value class and chance (fill, days of demand on the shelf, order
lines), what was observed in the same days, and whether the policy in force, replayed, gives it back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.policy_in_force import KEY, Reproduced, days_of, reproduce
from forecasting.stock_calibration import ALL, SCHEMA, measure_fill
from pipelines.settings import Settings
from pipelines.snapshot import Snapshot, SnapshotError, open_snapshot


@dataclass(frozen=True, slots=True)
class WhatIf:
    """curve: SCHEMA of stock_calibration. observed_fill: units handed out at once over units asked for in the
    replayed months, of the replayed parts; null when nobody answered a request. in_force: None when nobody
    asked for anything. refused_with_stock: requests that got nothing although the part lay there."""

    curve: pl.DataFrame
    observed_fill: float | None
    observed_units: int
    in_force: Reproduced | None
    refused_with_stock: int

    def chance_observed(self) -> float | None:
        """The chance whose replay fills as much as was observed, in line; null outside the measured."""
        rows = self.curve.filter(abc_class=ALL).sort("cycle_chance")
        fill = rows["fill"].cum_max().to_numpy()
        if self.observed_fill is None or not fill.size or not fill[0] <= self.observed_fill <= fill[-1]:
            return None
        return float(np.interp(self.observed_fill, fill, rows["cycle_chance"].to_numpy()))


def from_snapshot(settings: Settings) -> WhatIf:
    """Replay the last complete months of the current snapshot under every chance."""
    snapshot = open_snapshot(settings.snapshots_dir)
    policy, demand = snapshot.read("mart_part_policy"), snapshot.read("fct_part_demand")
    as_of = snapshot.manifest.as_of_date
    asked = demand.filter(~pl.col("is_cancelled"))
    curve = measure_fill(
        asked.select("outlet_id", "demand_date", part_id="current_part_id", units="demand_units"),
        policy,
        snapshot.read("mart_part_demand_month"),
        as_of=as_of,
    )
    if curve.is_empty():
        raise SnapshotError(
            "the snapshot holds too few months of parts demand to replay: at least seven are needed"
        )
    stocked = policy.filter(pl.col("is_stocked")).select("outlet_id", current_part_id="part_id")
    days = int(curve["days"][0])
    end = as_of.replace(day=1)
    within = asked.filter(
        (pl.col("demand_date") < end) & (pl.col("demand_date") >= pl.lit(end).dt.offset_by(f"-{days}d"))
        & pl.col("is_answered")
    ).join(stocked, on=["outlet_id", "current_part_id"], how="semi")  # fmt: skip
    units = int(within["quantity"].sum())
    filled = within.select(pl.min_horizontal("quantity", "filled_quantity").sum()).item()
    in_force, refused = _policy_in_force(snapshot)
    return WhatIf(
        curve.select(SCHEMA.names()), filled / units if units else None, units, in_force, refused
    )  # fmt: skip


def _policy_in_force(snapshot: Snapshot) -> tuple[Reproduced | None, int]:
    """What outlets ordered by, replayed on the days of the stock mart; requests that no policy explains."""
    stock = snapshot.read("mart_part_stock_daily").select(
        *KEY, "stock_date", "on_hand", coming=pl.col("on_order") + pl.col("in_transit")
    )
    requests = _requests(snapshot, stock)
    judged = requests.filter(~pl.col("is_refused_with_stock"))
    within = judged.filter(pl.col("demand_date") >= stock["stock_date"].min())
    if within.is_empty():
        return None, 0
    keys = _with_lead_time(within.select(KEY).unique(), snapshot.read("mart_part_policy")).sort(KEY)
    lead = keys["lead_time_days"].round().cast(pl.Int64).to_numpy()
    return reproduce(days_of(stock, judged, keys), lead), int(requests["is_refused_with_stock"].sum())


def _requests(snapshot: Snapshot, stock: pl.DataFrame) -> pl.DataFrame:
    """Answered requests under the number that was handed out: asked, filled, waited, and whether the part lay
    there, at the close of that day and of the day before, in the quantity asked for."""
    given = pl.min_horizontal("quantity", "filled_quantity")
    lost = pl.col("lost_quantity").fill_null(0)  # null: the request did not end in a lost sale
    lay = stock.select(*KEY, "on_hand", demand_date="stock_date")
    eve = lay.select(*KEY, pl.col("demand_date").dt.offset_by("1d"), on_hand_before="on_hand")
    return (
        snapshot.read("fct_part_demand")
        .filter(~pl.col("is_cancelled") & pl.col("is_answered"))
        .select(
            "outlet_id",
            "demand_date",
            part_id=pl.coalesce("substitute_part_id", "part_id"),
            asked="quantity",
            filled=given,
            waited=pl.coalesce("backordered_quantity", pl.col("quantity") - given - lost),
        )
        .join(lay, on=[*KEY, "demand_date"], how="left")
        .join(eve, on=[*KEY, "demand_date"], how="left")
        .with_columns(
            is_refused_with_stock=(
                (pl.col("filled") < pl.col("asked"))
                & (pl.min_horizontal("on_hand", "on_hand_before") >= pl.col("asked"))
            ).fill_null(value=False)
        )
    )


def _with_lead_time(keys: pl.DataFrame, policy: pl.DataFrame) -> pl.DataFrame:
    """The observed wait of the pair, of its outlet for a number no longer ordered; else it is left out."""
    outlets = policy.group_by("outlet_id").agg(outlet_days=pl.col("lead_time_days").mean())
    return (
        keys.join(policy.select(*KEY, "lead_time_days"), on=KEY, how="left")
        .join(outlets, on="outlet_id", how="left")
        .select(*KEY, lead_time_days=pl.coalesce("lead_time_days", "outlet_days"))
        .drop_nulls()
    )
