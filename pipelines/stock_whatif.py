"""What a wanted fill would cost, on the outlets' own days: `dms simulate-stock --from-snapshot`.

In: the current snapshot. Out: one row per value class and chance (fill, days of demand on the shelf, order
lines), and what was observed in the same days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.stock_calibration import ALL, SCHEMA, measure_fill
from pipelines.settings import Settings
from pipelines.snapshot import SnapshotError, open_snapshot


@dataclass(frozen=True, slots=True)
class WhatIf:
    """curve: SCHEMA of stock_calibration. observed_fill: units handed out at once over units asked for in the
    replayed months, of the replayed parts; null when nobody answered a request."""

    curve: pl.DataFrame
    observed_fill: float | None
    observed_units: int

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
    return WhatIf(curve.select(SCHEMA.names()), filled / units if units else None, units)
