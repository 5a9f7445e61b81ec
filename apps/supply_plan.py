"""What the sales and operations page concludes: scenarios as documents, reckoned by `forecasting.supply`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from apps import words
from forecasting.spread import hand_out
from forecasting.supply import DAYS_PER_MONTH, Change, Measure, constrain, totals, with_changes

MEASURES = {
    "demand_percent": "Demand, %",
    "capacity_percent": "Slots, %",
    "capacity_units": "Slots, cars a month",
    "stock_units": "Stock, cars",
}
BASE = "base"


def changes(document: Mapping[str, Any] | None) -> list[Change]:
    """Lines of a scenario; none for the base."""
    lines = document["data"]["changes"] if document else []
    return [
        Change(
            Measure(line["measure"]),
            float(line["value"]),
            line.get("series"),
            date.fromisoformat(line["plan_month"]) if line.get("plan_month") else None,
        )
        for line in lines
    ]


def in_force(documents: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The scenario promoted last; none means the base holds."""
    promoted = [d for d in documents if d["state"] == "promoted"]
    return max(promoted, key=lambda d: (d["updated_at"], d["key"]), default=None)


def reckoned(base: pl.DataFrame, document: Mapping[str, Any] | None) -> pl.DataFrame:
    """The constrained plan under a scenario."""
    return constrain(with_changes(base, changes(document)))


def finding(plan: pl.DataFrame) -> str:
    """What a director reads first: how many cars are short, where it begins, what it costs."""
    sums = totals(plan)
    short = plan.filter(pl.col("gap_units") > 0).sort("plan_month", "gap_units", descending=[False, True])
    wanted, lost = words.number(sums["demand_units"]), words.number(sums["gap_units"])
    if short.is_empty():
        return f"Supply carries all {wanted} cars that are wanted; {_left_over(plan, sums['closing_units'])}."
    first = short.row(0, named=True)
    money = words.money(round(sums["unmet_minor"]), _currency(plan))
    return (
        f"{lost} of {wanted} wanted cars cannot be supplied, {money} at list price. It begins in "
        f"{words.month(first['plan_month'])}, most with {first['series']}: "
        f"{words.number(first['gap_units'])} short; {_left_over(plan, sums['closing_units'])}."
    )


def _left_over(plan: pl.DataFrame, closing: float) -> str:
    """Stock at the end, and how long it lasts at the pace of the months planned."""
    demand, months = plan["demand_units"].sum(), plan["plan_month"].n_unique()
    lasts = f", {words.number(closing / (demand / months) * DAYS_PER_MONTH)} days' supply" if demand else ""
    return f"{words.number(closing)} are in stock at the end{lasts}"


def first_to_see(plan: pl.DataFrame, measures: list[str]) -> list[str]:
    """The measures in their order; what is short goes last where nothing is."""
    if plan["gap_units"].sum():
        return measures
    return [*(m for m in measures if m != "gap_units"), "gap_units"]


def matrix(plan: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Series down, months across, one measure."""
    return (
        plan.sort("plan_month")
        .with_columns(month=pl.col("plan_month").dt.strftime("%b %y"))
        .pivot(on="month", index="series", values=measure)
        .sort("series")
    )


def months(plan: pl.DataFrame) -> pl.DataFrame:
    """Per month: every quantity of the plan, over the series."""
    return (
        plan.group_by("plan_month")
        .agg(
            pl.col(
                "target_units", "demand_units", "arriving_units", "scheduled_units", "constrained_units"
            ).sum(),
            pl.col("gap_units", "closing_units").sum(),
            is_capacity_known=pl.col("is_capacity_known").all(),
        )
        .sort("plan_month")
    )


def by_market(plan: pl.DataFrame, markets: pl.DataFrame) -> pl.DataFrame:
    """One row per market, over the months of the plan: wanted, what it gets, short, stock and sold orders.

    plan: under a scenario. What there is of a series in a month is shared by what each market wants, whole.
    """
    shared = []
    for row in plan.select("series", "plan_month", "demand_units", "constrained_units").iter_rows(named=True):
        here = markets.filter(series=row["series"], plan_month=row["plan_month"])
        weight = here["demand_units"].cast(pl.Float64).to_numpy()
        if not here.is_empty():
            gets, wants = (
                hand_out(float(row[c]), weight, whole=True) for c in ("constrained_units", "demand_units")
            )
            shared.append(here.select("market").with_columns(
                demand_units=pl.Series(wants), constrained_units=pl.Series(gets)
            ))  # fmt: skip
    if not shared:
        return pl.DataFrame()
    held = (
        markets.unique(["market", "series"])
        .group_by("market")
        .agg(pl.col("stock_units", "sold_orders").sum())
    )
    return (
        pl.concat(shared).group_by("market").agg(pl.all().sum())
        .with_columns(gap_units=pl.col("demand_units") - pl.col("constrained_units"))
        .join(held, on="market").sort("gap_units", "market", descending=[True, False])
    )  # fmt: skip


def compared(plans: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per figure, a column per scenario."""
    names = {
        "demand_units": "Wanted",
        "constrained_units": "Can be sold",
        "gap_units": "Short",
        "closing_units": "In stock at the end",
    }
    sums = {name: totals(plan) for name, plan in plans.items()}
    rows = [
        {"": title, **{name: words.number(found[figure]) for name, found in sums.items()}}
        for figure, title in names.items()
    ]
    for figure, title in (("sold_minor", "Sold, at list price"), ("unmet_minor", "Short, at list price")):
        rows.append(
            {
                "": title,
                **{
                    name: words.money(round(found[figure]), _currency(plans[name]))
                    for name, found in sums.items()
                },
            }
        )
    return pl.DataFrame(rows)


def _currency(plan: pl.DataFrame) -> str | None:
    known = plan["currency"].drop_nulls()
    return str(known[0]) if known.len() else None
