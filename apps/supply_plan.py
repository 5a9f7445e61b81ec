"""What the sales and operations page concludes: scenarios as documents, reckoned by `forecasting.supply`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from apps import words
from forecasting.supply import DAYS_PER_MONTH, Change, Measure, Totals, constrain, totals, with_changes
from forecasting.supply_allocation import Lock, SupplyRule, share_out

MEASURES = {
    "demand_percent": "Demand, %",
    "capacity_percent": "Slots, %",
    "capacity_units": "Slots, cars a month",
    "stock_units": "Stock, cars",
}
RULES = {
    SupplyRule.days_supply: "Equal days' supply",
    SupplyRule.sales_share: "Share of sales",
    SupplyRule.objective: "Objective",
}
BASE = "base"


def changes(document: Mapping[str, Any] | None) -> list[Change]:
    """Lines of a scenario; none for the base."""
    lines = (document["data"].get("changes") if document else None) or []
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
    wanted, lost = words.number(sums.demand_units), words.number(sums.gap_units)
    if short.is_empty():
        return f"Supply carries all {wanted} cars that are wanted; {_left_over(plan, sums.closing_units)}."
    first = short.row(0, named=True)
    money = words.money(round(sums.unmet_minor), _currency(plan))
    return (
        f"{lost} of {wanted} wanted cars cannot be supplied, {money} at list price. It begins in "
        f"{words.month(first['plan_month'])}, most with {first['series']}: "
        f"{words.number(first['gap_units'])} short; {_left_over(plan, sums.closing_units)}."
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


def plants_and_lead(plan: pl.DataFrame, supplied: pl.DataFrame) -> pl.DataFrame:
    """For the chart: plan_month, plant in words with its lead time, units; over the months of the plan.

    supplied: of `supply.by_plant`. A lead time is the mean of its cars.
    """
    lead = (pl.col("transit_days") * pl.col("units")).sum().over("plant") / pl.col("units").sum().over(
        "plant"
    )
    loose = pl.col("plant").is_null()
    under_way = (pl.col("plan_month") == plan["plan_month"].min()) & loose
    return (
        supplied.filter(pl.col("plan_month").is_in(plan["plan_month"].unique().implode()))
        .with_columns(
            plant=pl.when(under_way).then(pl.lit("under way"))
            .when(loose).then(pl.lit("slots not known yet"))
            .otherwise(pl.format("{} ({} days)", "plant", lead.round(0).cast(pl.Int64, strict=False)))
        )
        .group_by("plan_month", "plant").agg(pl.col("units").sum()).sort("plan_month", "plant")
    )  # fmt: skip


def plant_matrix(supplied: pl.DataFrame, slots: pl.DataFrame) -> pl.DataFrame:
    """Plant, what it builds, the month it ships, days to the market, the month it is there, cars, scheduled.

    supplied: of `supply.by_plant`. slots: mart_supply_plant. A row per plant and month of shipping.
    """
    keys = ["plant", "series", "build_month"]
    built = supplied.filter(pl.col("plant").is_not_null()).join(
        slots.select(*keys, "scheduled_units"), on=keys, how="left"
    )
    return (
        built.group_by("plant", "build_month", "transit_days", "plan_month")
        .agg(
            pl.col("series").unique().sort().str.join(", "),
            pl.col("units").sum(),
            pl.min_horizontal("scheduled_units", "units").sum().alias("scheduled"),
        )
        .sort("build_month", "plant", "plan_month")
        .select(
            pl.col("plant").alias("Plant"),
            pl.col("series").alias("Builds"),
            pl.col("build_month").map_elements(words.month, return_dtype=pl.String).alias("Ships"),
            pl.format("{} days", "transit_days").alias("To the market"),
            pl.col("plan_month").map_elements(words.month, return_dtype=pl.String).alias("There"),
            pl.col("units").cast(pl.String).alias("Cars"),
            pl.col("scheduled").cast(pl.String).alias("Scheduled"),
        )
    )


def rule_of(document: Mapping[str, Any] | None) -> SupplyRule:
    """Without a word on it everybody's supply lasts equally long."""
    return SupplyRule((document["data"].get("allocation_rule") if document else None) or "days_supply")


def locks_of(document: Mapping[str, Any] | None) -> list[Lock]:
    """The figures a scenario keeps; none for the base."""
    lines = (document["data"].get("locks") if document else None) or []
    return [
        Lock(line["series"], date.fromisoformat(line["plan_month"]), int(line["units"]),
             line.get("outlet_code"), line.get("market"))
        for line in lines
    ]  # fmt: skip


def shared(plan: pl.DataFrame, outlets: pl.DataFrame, document: Mapping[str, Any] | None) -> pl.DataFrame:
    """Who gets how much under a scenario. plan: `reckoned`; outlets: mart_supply_share."""
    return share_out(plan, outlets, rule_of(document), locks_of(document))


def by_place(share: pl.DataFrame, outlets: pl.DataFrame, *, place: str) -> pl.DataFrame:
    """One row per market or outlet_id, what is short first: wanted, gets, short, stock, sold orders, locked.

    share: of `shared`, the months that are shown. locked: figures that a lock holds, in how many cells.
    """
    held = (
        outlets.unique(["outlet_id", "series"]).group_by(place)
        .agg(pl.col("stock_units", "sold_orders").sum())
    )  # fmt: skip
    return (
        share.group_by(place)
        .agg(
            pl.col("wanted_units", "allocated_units", "short_units").sum(),
            locked=pl.col("reason").str.contains("lock").sum(),
        )
        .join(held, on=place, how="left")
        .sort("short_units", place, descending=[True, False])
    )


def as_locks(share: pl.DataFrame, places: Sequence[str], reason: str) -> list[dict[str, Any]]:
    """Lines of a scenario that keep what markets and outlets get now, by series and month."""
    lines = []
    for place in places:
        column = "market" if place in share["market"] else "outlet_id"
        named = "market" if column == "market" else "outlet_code"
        cells = share.filter(pl.col(column) == place).group_by("series", "plan_month").agg(
            pl.col("allocated_units").sum()
        )  # fmt: skip
        lines += [
            {named: place, "series": series, "plan_month": f"{month}", "units": units, "reason": reason}
            for series, month, units in cells.sort("series", "plan_month").iter_rows()
        ]
    return lines


@dataclass(frozen=True, slots=True)
class Card:
    """One figure of a scenario, what it moved against the plan in force, and which way is good."""

    title: str
    said: str
    change: str | None
    is_more_better: bool | None
    note: str


def cards(plan: pl.DataFrame, against: pl.DataFrame | None) -> list[Card]:
    """Cars, revenue, margin, stock, unmet demand, carrying cost; `against`: the plan in force, if another."""
    sums, currency = totals(plan), _currency(plan)
    before = None if against is None else totals(against)
    stock_days = _left_over(plan, sums.closing_units).partition(", ")[2]
    without = f"without {', '.join(sums.uncosted)}: no cost on file" if sums.uncosted else ""
    rows: list[tuple[str, str, bool | None, str]] = [
        ("Cars sold", "constrained_units", True, f"of {words.number(sums.demand_units)} wanted"),
        ("Revenue", "sold_minor", True, "at export list price"),
        ("Margin", "margin_minor", True, without or "list price less landed cost"),
        ("Stock at the end", "closing_units", None, stock_days),
        ("Unmet demand", "gap_units", False, f"{words.money(sums.unmet_minor, currency)} at list price"),
        ("Carrying cost", "carry_minor", False, without or "of the stock, at cost"),
    ]
    return [
        Card(
            _titled(title, name, currency),
            _said(getattr(sums, name), name, currency),
            _moved(sums, before, name, currency),
            good,
            note,
        )
        for title, name, good, note in rows
    ]


def _titled(title: str, name: str, currency: str | None) -> str:
    return f"{title}, {currency}" if name.endswith("_minor") and currency else title


def _said(value: float | None, name: str, currency: str | None) -> str:
    """Money without its currency, which stands in the title: a card is narrow."""
    if not name.endswith("_minor"):
        return words.number(value)
    return words.money(value, currency).removeprefix(f"{currency} ")


def _moved(sums: Totals, before: Totals | None, name: str, currency: str | None) -> str | None:
    """What changed against the plan in force; None where nothing did or one of the two is not known."""
    now, then = getattr(sums, name), None if before is None else getattr(before, name)
    if now is None or then is None or now == then:
        return None
    return ("+" if now > then else "") + _said(now - then, name, currency)


def verdict(one: tuple[str, pl.DataFrame], two: tuple[str, pl.DataFrame]) -> str:
    """Which of two scenarios earns more after carrying its stock, and through how many cars.

    Where no cost is on file it is judged by the cars sold alone, and says so.
    """
    sums = {name: totals(plan) for name, plan in (one, two)}
    worth = {name: _earned(found) for name, found in sums.items()}
    has_money = all(value is not None for value in worth.values())
    score = {n: (worth[n] if has_money else float(s.constrained_units)) for n, s in sums.items()}
    (first, _), (second, _) = one, two
    best, other = (first, second) if (score[first] or 0.0) >= (score[second] or 0.0) else (second, first)
    cars = sums[best].constrained_units - sums[other].constrained_units
    if not has_money:
        if not cars:
            return (
                f"{first} and {second} sell equally many cars; no cost of cars is on file to judge by money."
            )
        return f"{best} sells {words.plural(cars, 'car')} more than {other}; no cost of cars is on file."
    gain = (worth[best] or 0.0) - (worth[other] or 0.0)
    if not cars and not gain:
        return f"{first} and {second} come to the same."
    sold = "as many cars sold"
    if cars:
        sold = f"{words.plural(abs(cars), 'car')} {'more' if cars > 0 else 'fewer'} sold"
    currency = _currency(one[1])
    return f"{best} earns {words.money(gain, currency)} more than {other} after carrying its stock: {sold}."


def _earned(sums: Totals) -> float | None:
    if sums.margin_minor is None or sums.carry_minor is None:
        return None
    return sums.margin_minor - sums.carry_minor


def _currency(plan: pl.DataFrame) -> str | None:
    known = plan["currency"].drop_nulls()
    return str(known[0]) if known.len() else None
