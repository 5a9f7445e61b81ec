"""The fill that costs least: stock held, orders written, emergency freight and units not served, weighed.

In: a replayed frontier and what each of these costs. Out: the frontier with its costs, and the cheapest
setting. Nothing is assumed of the demand: every setting was replayed, so the least cost is measured, not the
optimum of a formula.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import polars as pl

from forecasting.frames import HistoryError

COSTS = ("holding_cost", "ordering_cost", "emergency_cost", "shortage_cost")
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class CostRates:
    """holding: share of the stock's value a year. The others in the money of the unit costs, each."""

    holding: float = 0.0
    order_line: float = 0.0
    emergency_line: float = 0.0
    short_unit: float = 0.0

    def __post_init__(self) -> None:
        for rate in fields(self):
            value = getattr(self, rate.name)
            if not 0 <= value < float("inf"):
                raise HistoryError(f"{rate.name} cost is {value}: give a number that is not negative")


def with_costs(frontier: pl.DataFrame, rates: CostRates, *, years: float) -> pl.DataFrame:
    """Add COSTS and total_cost, of the whole replay. frontier: `frontier_table`; years: its length."""
    return frontier.with_columns(
        holding_cost=pl.col("stock_value") * rates.holding * years,
        ordering_cost=pl.col("order_lines") * rates.order_line,
        emergency_cost=pl.col("emergency_lines") * rates.emergency_line,
        shortage_cost=pl.col("short_units") * rates.short_unit,
    ).with_columns(total_cost=pl.sum_horizontal(COSTS))


def least_cost(costed: pl.DataFrame) -> pl.DataFrame:
    """The cheapest setting of each policy, cheapest policy first; of equals the one that fills more."""
    return (
        costed.sort("total_cost", "fill", descending=[False, True])
        .group_by("policy", maintain_order=True)
        .first()
        .select("policy", "setting", "fill", "stock_value", *COSTS, "total_cost")
    )


def least_cost_fill(curve: pl.DataFrame, *, holding: float, short_share: float) -> pl.DataFrame:
    """abc_class, fill, stock_days: where holding and units not served cost least together.

    curve: abc_class, fill, stock_days per replayed chance (`stock_calibration`). holding: share of value a
    year. short_share: what a unit not served at once costs, as a share of its value. Prices cancel: a day of
    demand is worth as much on the shelf as it is when it cannot be served.
    """
    # Both a year, per unit of a year's demand.
    cost = pl.col("stock_days") / DAYS_PER_YEAR * holding + (1 - pl.col("fill")) * short_share
    return (
        curve.with_columns(cost=cost)
        .sort("cost", "fill", descending=[False, True])
        .group_by("abc_class", maintain_order=True)
        .first()
        .select("abc_class", "fill", "stock_days")
        .sort("abc_class")
    )
