"""Outlets that share one stock: position, demand and forecast of a group count at the outlet that orders.

Groups in groups are resolved to the outermost one. The others are told where it is ordered.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forecasting.rate_path import SCHEMA

KEY = ["outlet_id", "part_id"]
MEMBER = ["outlet_id", "stock_group_id", "ordering_outlet_id"]
SUMMED = [
    "on_hand", "reserved", "on_order", "in_transit", "backordered", "predecessor_on_hand", "booked_units",
]  # fmt: skip


class StockGroupError(ValueError):
    """Groups that contradict themselves; the message names group, rule and remedy."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """The inputs of replenishment.suggest() with every group counted at its ordering outlet."""

    position: pl.DataFrame
    policy: pl.DataFrame
    series: pl.DataFrame
    demand: pl.DataFrame
    path: pl.DataFrame


def resolve(groups: pl.DataFrame) -> pl.DataFrame:
    """MEMBER, one row per outlet: the outermost group it lies in and the outlet that orders for it.

    groups: stock_group_id, parent_group_id (null: none), ordering_outlet_id, outlet_id (a member; null: it
    holds groups only). Raises StockGroupError for a circle, an unknown parent, an outlet in two groups, or an
    ordering outlet outside its group.
    """
    parent = dict(groups.select("stock_group_id", "parent_group_id").unique().iter_rows())
    orders_at = dict(groups.select("stock_group_id", "ordering_outlet_id").unique().iter_rows())
    top = {group: _outermost(group, parent) for group in parent}
    members = groups.filter(pl.col("outlet_id").is_not_null()).select("outlet_id", "stock_group_id")
    twice = members.filter(pl.col("outlet_id").is_duplicated())
    if not twice.is_empty():
        raise StockGroupError(f"outlet {twice['outlet_id'][0]} is in two stock groups: end one of them")
    text = pl.String
    resolved = members.with_columns(
        pl.col("stock_group_id").replace_strict(top, default=None, return_dtype=text)
    ).with_columns(
        ordering_outlet_id=pl.col("stock_group_id").replace_strict(orders_at, default=None, return_dtype=text)
    )
    for group, outlet in orders_at.items():
        inside = resolved.filter(pl.col("stock_group_id") == top[group])["outlet_id"]
        if outlet not in set(inside):
            raise StockGroupError(
                f"stock group {group} orders at {outlet}, which is not inside it: choose a member"
            )
    return resolved.select(MEMBER).sort("outlet_id")


def _outermost(group: str, parent: dict[str, str | None]) -> str:
    seen = [group]
    while (above := parent[seen[-1]]) is not None:
        if above not in parent:
            raise StockGroupError(f"stock group {seen[-1]} is part of {above}, which is not active")
        if above in seen:
            raise StockGroupError(
                f"stock groups {', '.join(seen)} hold one another: clear one parent_group_id"
            )
        seen.append(above)
    return seen[-1]


def pool(
    position: pl.DataFrame,
    policy: pl.DataFrame,
    series: pl.DataFrame,
    demand: pl.DataFrame,
    members: pl.DataFrame,
    path: pl.DataFrame | None = None,
) -> Pooled:
    """Count every group at its ordering outlet; outlets in no group are left as they are.

    Means add up; so do variances, since outlets sell independently of one another: that is what is pooled.
    A part that only a member stocks gets that member's terms at the ordering outlet.
    path: rate_path.SCHEMA; a member without one adds the same rate in every month.
    """
    ahead = SCHEMA.to_frame() if path is None else path
    if members.is_empty():
        return Pooled(position, policy, series, demand, ahead)
    return Pooled(
        _added(position, members),
        _terms(policy, members),
        _rates(series, members),
        _months(demand, members),
        _paths(ahead, series, members),
    )


def _at(frame: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Rows of grouped outlets, under the outlet that orders."""
    inside = frame.join(members.select("outlet_id", "ordering_outlet_id"), on="outlet_id")
    return inside.drop("outlet_id").rename({"ordering_outlet_id": "outlet_id"})


def _others(frame: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    return frame.join(members, on="outlet_id", how="anti")


def _added(position: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    sums = _at(position, members).group_by(KEY).agg(pl.col(SUMMED).sum())
    return pl.concat([_others(position, members), sums], how="diagonal_relaxed")


def _terms(policy: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    told = policy.join(members, on="outlet_id", how="left")
    own = told.select(KEY)
    lent = _at(policy, members).join(own, on=KEY, how="anti").unique(KEY, keep="first", maintain_order=True)
    lent = lent.join(members, on="outlet_id", how="left")
    return pl.concat([told, lent.select(told.columns)], how="vertical_relaxed")


def _rates(series: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    sums = summed_rates(_at(series, members))
    return pl.concat([_others(series, members), sums], how="diagonal_relaxed")


def summed_rates(series: pl.DataFrame) -> pl.DataFrame:
    """One row per outlet and part of rows that count there together; a rate that is none is left out."""
    mean = pl.col("mean_units_per_month").cast(pl.Float64)
    rows = series.filter(mean.is_finite())
    return rows.sort("mean_units_per_month", descending=True).group_by(KEY, maintain_order=True).agg(
        dispersion=(mean * pl.col("dispersion")).sum() / mean.sum(),
        level_cv2=(mean**2 * pl.col("level_cv2")).sum() / mean.sum() ** 2,
        mean_units_per_month=mean.sum(),
        demand_class=pl.col("demand_class").first(),
        method=pl.col("method").first(),
        alpha=pl.col("alpha").first(),
    ).with_columns(
        dispersion=pl.when(pl.col("mean_units_per_month") > 0).then("dispersion").otherwise(1.0),
        level_cv2=pl.when(pl.col("mean_units_per_month") > 0).then("level_cv2").otherwise(0.0),
    )  # fmt: skip


def _paths(path: pl.DataFrame, series: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The months ahead of a group: those of its members, flat ones included where one of them changes."""
    changing = _at(path, members)
    flat = _at(series.join(path.select(KEY).unique(), on=KEY, how="anti"), members).select(
        *KEY, units=pl.col("mean_units_per_month").cast(pl.Float64)
    )
    months = changing.select(*KEY, "month").unique()
    both = pl.concat([changing, months.join(flat, on=KEY).select(changing.columns)])
    sums = both.group_by(*KEY, "month").agg(pl.col("units").sum()).select(path.columns)
    return pl.concat([_others(path, members), sums]).sort(*KEY, "month")


def _months(demand: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    sums = summed_months(_at(demand, members))
    return pl.concat([_others(demand, members), sums], how="diagonal_relaxed")


def summed_months(demand: pl.DataFrame) -> pl.DataFrame:
    """One row per outlet, part and month of rows that are to count there together."""
    units = ["observed_units", "corrected_units", "demand_lines", "superseded_units"]
    return demand.group_by(*KEY, "demand_month").agg(pl.col(units).sum(), pl.col("zero_stock_days").max())
