"""Parts replenishment: what to order today, for every active part x outlet, and why or why not.

Marts in (position, policy, series, chain, demand), suggestions and their explanation rows out.
Periodic review, order-up-to: the target serves the wanted share of units, with a chance that replayed
demand has shown to do so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from forecasting.announced_orders import NO_INFLOW, left_over
from forecasting.explain import explain_rows
from forecasting.interchange import NO_STAND_INS, StandIns, lend
from forecasting.lead_time import with_points
from forecasting.order_budget import with_budget
from forecasting.rate_path import with_steps
from forecasting.replenishment_rule import DAYS_PER_MONTH, size
from forecasting.replenishment_sentence import sentence
from forecasting.stock_calibration import with_chance

KEY = ["outlet_id", "part_id"]
# A year holds every season once; older months still shape the method's rate, through its adjustment.
CITED_MONTHS = 12
# About twenty explanation rows each: more pairs at a time cost gigabytes and win nothing.
BATCH_PAIRS = 50_000
STOCK = [
    "on_hand",
    "reserved",
    "on_order",
    "in_transit",
    "backordered",
    "predecessor_on_hand",
    "booked_units",
]
OWED = ["reserved", "backordered", "booked_units"]
POLICY = [
    "lead_time_days",
    "review_days",
    "pack_size",
    "minimum_quantity",
    "service_level",
    "part_state",
    "is_stocked",
]
COLUMNS = [
    "suggestion_id", *KEY, "as_of_date", "on_hand", "reserved", "on_order", "in_transit", "backordered",
    "booked_units", "predecessor_on_hand", "position", "mean_units_per_month", "dispersion", "demand_class",
    "method", "lead_time_days", "review_days", "service_level", "cycle_chance", "risk_days",
    "risk_mean", "risk_variance",
    "order_up_to", "raw_quantity", "pack_size", "minimum_quantity", "quantity", "unit_price_minor",
    "currency", "line_total_minor", "supplier_outlet_code", "verdict", "sentence", "days_of_cover_before",
    "days_of_cover_after", "full_target", "packed_quantity", "budget_cut", "waiting_units", "urgent_quantity",
    "order_wait_days", "sell_within_days", "maximum_units", "over_maximum", "stock_group_id",
    "interchange_units", "interchange_owed", "ordered_part_id",
]  # fmt: skip
# Terms that an outlet or part may have; a policy without the column has none of them.
TERMS = {
    "order_terms_id": pl.String, "order_wait_days": pl.Int64, "next_order_date": pl.Date,
    "stock_limit_id": pl.String, "maximum_units": pl.Int64, "shelf_life_days": pl.Int64,
    "announced_part_id": pl.String, "change_date": pl.Date, "stop_order_date": pl.Date,
    "urgent_lead_time_days": pl.Int64, "waiting_cost_minor": pl.Int64, "urgent_freight_minor": pl.Int64,
    "stock_group_id": pl.String, "ordering_outlet_id": pl.String, "is_kit": pl.Boolean,
    "ordered_part_id": pl.String,
}  # fmt: skip


class ReplenishmentError(ValueError):
    """An input that cannot be ordered from; the message names table, key, rule and remedy."""


class Verdict(StrEnum):
    """What was decided for one part at one outlet. Order is precedence."""

    superseded = "superseded"
    obsolete = "obsolete"
    not_released = "not_released"
    kit = "kit"
    group_ordered = "group_ordered"
    interchange_ordered = "interchange_ordered"
    no_policy = "no_policy"
    price_missing = "price_missing"
    suggested = "suggested"
    over_budget = "over_budget"
    run_out = "run_out"
    stop_order = "stop_order"
    not_stocked = "not_stocked"
    no_forecast = "no_forecast"
    no_demand = "no_demand"
    enough_stock = "enough_stock"


@dataclass(frozen=True, slots=True)
class Suggestions:
    """`suggestions`: one row per outlet_id, part_id. `explain`: one row per suggestion_id, step_no."""

    suggestions: pl.DataFrame
    explain: pl.DataFrame


def suggest(
    position: pl.DataFrame,
    policy: pl.DataFrame,
    series: pl.DataFrame,
    chain: pl.DataFrame,
    demand: pl.DataFrame,
    *,
    as_of: date,
    calibration: pl.DataFrame | None = None,
    waits: pl.DataFrame | None = None,
    budgets: pl.DataFrame | None = None,
    stand_ins: StandIns | None = None,
    path: pl.DataFrame | None = None,
    inflow: pl.DataFrame | None = None,
) -> Suggestions:
    """One verdict and quantity per outlet and part of `position` and `policy`; columns as `COLUMNS`.

    Tables are the marts of docs/architecture.md; `service_level` is the share of units to be served from
    stock. `calibration` (stock_calibration.measure_fill) says which chance reaches it; without one the
    chance is the share itself, which fills otherwise than asked for. A pair that only one of position and
    policy knows is judged too: no position row means nothing on the shelf, no policy row gives `no_policy`.
    A replaced number gets `superseded` and quantity 0. Quantity is whole packs, at least the minimum,
    and 0 exactly when there is no need, no money, or the part may not be ordered; `price_missing` keeps the
    quantity that would be ordered but has no line total. A policy may have TERMS. `waits`: observed lead
    times (lead_time.with_points); `budgets`: outlet_id, budget_minor left to order for; `stand_ins`: what
    interchangeable numbers give (interchange.share); `path`: the months ahead of series whose rate
    changes (rate_path.SCHEMA); `inflow`: what comes to successors (announced_orders.announce).
    Sorted by outlet and part; empty input gives empty tables. Raises ReplenishmentError.
    """
    replaced = _replaced(chain)
    _has_columns(policy, "policy", KEY)
    tables = (position, with_points(_with_terms(policy), waits), with_steps(series, path, as_of), demand)
    others = stand_ins or NO_STAND_INS
    coming = NO_INFLOW if inflow is None else inflow
    made = [
        _judged(*some, replaced, calibration, budgets, others, coming, as_of=as_of)
        for some in _batches(*tables)
    ]
    return Suggestions(
        pl.concat([m.suggestions for m in made], how="vertical_relaxed", rechunk=False),
        pl.concat([m.explain for m in made], rechunk=False),
    )


Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]


def _batches(
    position: pl.DataFrame, policy: pl.DataFrame, series: pl.DataFrame, demand: pl.DataFrame
) -> Iterator[Tables]:
    """The four tables by whole outlets, so many at a time that explanation rows fit into memory."""
    tables = (position, policy, series, demand)
    for name, table in zip(("position", "policy", "series", "demand"), tables, strict=True):
        _has_columns(table, name, KEY)
    if position.height + policy.height <= 2 * BATCH_PAIRS:
        yield tables
        return
    counts = pl.concat([t.group_by("outlet_id").len() for t in (position, policy)])
    sizes = counts.group_by("outlet_id").agg(pl.col("len").max()).sort("outlet_id")
    numbered = sizes.select("outlet_id", batch=pl.col("len").cum_sum() // BATCH_PAIRS)
    for some in numbered.partition_by("batch", maintain_order=True):
        yield _within(tables, some["outlet_id"])


def _within(tables: Tables, outlets: pl.Series) -> Tables:
    position, policy, series, demand = (
        t.filter(pl.col("outlet_id").is_in(outlets.implode())) for t in tables
    )
    return position, policy, series, demand


def _judged(
    position: pl.DataFrame,
    policy: pl.DataFrame,
    series: pl.DataFrame,
    demand: pl.DataFrame,
    replaced: pl.DataFrame,
    calibration: pl.DataFrame | None,
    budgets: pl.DataFrame | None,
    stand_ins: StandIns,
    inflow: pl.DataFrame,
    *,
    as_of: date,
) -> Suggestions:
    known = _joined(position, policy, series, replaced).pipe(with_chance, calibration)
    cited = _cited_demand(demand, as_of)
    inputs = known.filter(pl.col("barred").is_null()).pipe(_with_inputs, cited, inflow, as_of)
    cover = stand_ins.cover.join(inputs, on=KEY, how="semi")
    orderable = inputs.pipe(_covered, cover).pipe(size)
    lent = pl.concat([lend(orderable, stand_ins.loans), left_over(orderable, inflow, as_of)])
    if not lent.is_empty():
        cover = pl.concat([cover, lent])
        orderable = orderable.pipe(_covered, cover).pipe(size)
    orderable = with_budget(orderable, budgets).pipe(size)
    barred = known.filter(pl.col("barred").is_not_null())
    judged = pl.concat([orderable, barred], how="diagonal_relaxed").with_columns(verdict=_verdict())
    finished = _finished(judged, as_of).sort(KEY)
    return Suggestions(finished.select(COLUMNS), explain_rows(finished, cited, replaced, cover, inflow))


def _covered(frame: pl.DataFrame, cover: pl.DataFrame) -> pl.DataFrame:
    """Set what interchangeable numbers give and what is owed under them."""
    sums = cover.group_by(KEY).agg(
        interchange_units=pl.col("cover_units").sum(), interchange_owed=pl.col("owed_units").sum()
    )
    counted = ["interchange_units", "interchange_owed"]
    known = frame.drop(counted, strict=False).join(sums, on=KEY, how="left", maintain_order="left")
    return known.with_columns(pl.col(counted).fill_null(0))


def _with_terms(policy: pl.DataFrame) -> pl.DataFrame:
    """Add the TERMS that the policy does not know, as null: there are none."""
    missing = {name: kind for name, kind in TERMS.items() if name not in policy.columns}
    return policy.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in missing.items())


def _joined(
    position: pl.DataFrame, policy: pl.DataFrame, series: pl.DataFrame, chain: pl.DataFrame
) -> pl.DataFrame:
    for name, table in (("position", position), ("policy", policy), ("series", series)):
        _one_row_each(table, name, KEY)
    _no_nulls(position, "position", STOCK)
    rates = series.select(
        *KEY, "demand_class", "method", "alpha", "mean_units_per_month", "dispersion", "level_cv2",
        "rate_steps",
    )  # fmt: skip
    ends = chain.select("part_id", successor="current_part_id")
    pairs = (
        position.select(*KEY, *STOCK)
        .join(policy, on=KEY, how="full", coalesce=True)
        .pipe(_with_replaced, chain)
        .join(rates, on=KEY, how="left")
        .join(ends, on="part_id", how="left")
    )
    return (
        pairs.with_columns(
            pl.when(pl.col("successor").is_null()).then(pl.col(c).fill_null(0)).otherwise(pl.col(c))
            for c in STOCK
        )
        .with_columns(_whole_units())
        .with_columns(has_forecast=_usable_rate(), barred=_barred())
    )


def _whole_units() -> list[pl.Expr]:
    """Old numbers convert into fractions: half a filter fits nobody, but is owed as a whole one."""
    have = [pl.col(c).cast(pl.Float64).floor() for c in STOCK if c not in OWED]
    owed = [pl.col(c).cast(pl.Float64).ceil() for c in OWED]
    return [units.cast(pl.Int64) for units in have + owed]


def _replaced(chain: pl.DataFrame) -> pl.DataFrame:
    """The numbers that another one replaces; a number that ends its chain is not one of them."""
    _one_row_each(chain, "chain", ["part_id"])
    return chain.filter(pl.col("hops") > 0)


def _with_replaced(pairs: pl.DataFrame, chain: pl.DataFrame) -> pl.DataFrame:
    """Add the replaced numbers of every part, so that a search for an old number finds its answer."""
    old = chain.select(pl.col("part_id").alias("old"), pl.col("current_part_id").alias("part_id"))
    rows = pairs.select(KEY).join(old, on="part_id").select("outlet_id", pl.col("old").alias("part_id"))
    missing = rows.unique().join(pairs.select(KEY), on=KEY, how="anti")
    return pl.concat([pairs, missing], how="diagonal_relaxed")


def _usable_rate() -> pl.Expr:
    def usable(column: str) -> pl.Expr:
        value = pl.col(column).cast(pl.Float64)
        return value.is_not_null() & value.is_finite() & (value >= 0)

    return usable("mean_units_per_month") & usable("dispersion")


def _barred() -> pl.Expr:
    """Why nothing may be ordered, whatever the need; null where it may."""
    level = pl.col("service_level")
    complete = pl.all_horizontal(pl.col(c).is_not_null() for c in POLICY) & (level > 0) & (level < 1)
    bounds = (pl.col("lead_time_days") >= 0) & (pl.col("review_days") >= 0) & (pl.col("pack_size") >= 1)
    return (
        pl.when(pl.col("successor").is_not_null()).then(pl.lit(Verdict.superseded.value))
        .when(pl.col("part_state") == "obsolete").then(pl.lit(Verdict.obsolete.value))
        .when(pl.col("part_state") == "planned").then(pl.lit(Verdict.not_released.value))
        .when(pl.col("is_kit").fill_null(value=False)).then(pl.lit(Verdict.kit.value))
        .when((pl.col("ordering_outlet_id") != pl.col("outlet_id")).fill_null(False))
        .then(pl.lit(Verdict.group_ordered.value))
        .when((pl.col("ordered_part_id") != pl.col("part_id")).fill_null(False))
        .then(pl.lit(Verdict.interchange_ordered.value))
        .when(~(complete & bounds).fill_null(False)).then(pl.lit(Verdict.no_policy.value))
    )  # fmt: skip


def _cited_demand(demand: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Months of the year before as_of's month, corrected units rounded so that sums are exact."""
    _one_row_each(demand, "demand", [*KEY, "demand_month"])
    _no_nulls(demand, "demand", ["corrected_units"])
    this_month = pl.lit(as_of.replace(day=1))
    month = pl.col("demand_month").cast(pl.Date)
    return (
        demand.filter(month < this_month)
        .with_columns(
            demand_month=month,
            corrected_units=pl.col("corrected_units").cast(pl.Float64).round(6),
            is_cited=month >= this_month.dt.offset_by(f"-{CITED_MONTHS}mo"),
        )
        .sort(*KEY, "demand_month")
    )


def _with_inputs(known: pl.DataFrame, cited: pl.DataFrame, inflow: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Add what the rule reads beyond position and policy: the cited average and the stocking share."""
    coming = inflow.group_by(KEY).agg(announced_rate=pl.col("units").sum())
    within = pl.col("is_cited")
    sums = cited.group_by(KEY).agg(
        demand_units=pl.col("corrected_units").filter(within).sum().round(6),
        demand_months=within.sum().cast(pl.Int64),
        silent_months=(within & (pl.col("corrected_units") == 0)).sum().cast(pl.Int64),
        older_months=(~within).sum().cast(pl.Int64),
    )
    counts = ["demand_months", "silent_months", "older_months"]
    rate = (
        pl.when(pl.col("has_forecast")).then(pl.col("mean_units_per_month").cast(pl.Float64)).otherwise(0.0)
    )
    plain = pl.when(pl.col("demand_months") > 0).then(pl.col("demand_units") / pl.col("demand_months"))
    return (
        known.join(sums, on=KEY, how="left")
        .join(coming, on=KEY, how="left")
        .with_columns(
            pl.col("demand_units", "announced_rate").fill_null(0.0),
            pl.col(counts).fill_null(0),
            supply=_supply(as_of),
        )
        .with_columns(
            method_adjustment=rate - plain.otherwise(0.0) - pl.col("announced_rate"),
            stocking_share=pl.col("supply").is_null().cast(pl.Float64),
            dispersion=pl.when(pl.col("has_forecast"))
            .then(pl.col("dispersion").cast(pl.Float64))
            .otherwise(1.0),
            # it says something about a rate that is there; where there is none it is neither here nor there
            level_cv2=pl.when(pl.col("has_forecast"))
            .then(pl.col("level_cv2"))
            .cast(pl.Float64)
            .fill_null(0.0),
            lead_time_sd_days=pl.col("lead_time_sd_days").cast(pl.Float64).fill_null(0.0),
            lead_time_sd_known=pl.col("lead_time_sd_days").is_not_null(),
            days_per_month=pl.lit(DAYS_PER_MONTH),
            order_wait_days=pl.col("order_wait_days").fill_null(0),
            budget_cut=pl.lit(0, dtype=pl.Int64),
            budget_note=pl.lit(None, dtype=pl.String),
            **_sellable(as_of),
        )
    )


def _sellable(as_of: date) -> dict[str, pl.Expr]:
    """Days in which a unit ordered now can be sold, and what ends them: shelf life or a successor."""
    keeps = pl.col("shelf_life_days").cast(pl.Int64)
    lasts = (pl.col("change_date") - pl.lit(as_of)).dt.total_days()
    spoils = keeps <= pl.coalesce(lasts, keeps)
    return {
        "sell_within_days": pl.min_horizontal(keeps, lasts),
        "sell_reason": pl.when(spoils).then(pl.lit("shelf_life")).when(lasts.is_not_null()).then(
            pl.lit("replaced")),
    }  # fmt: skip


def _supply(as_of: date) -> pl.Expr:
    """Why a part is ordered for known need only (booked, owed); null when it is ordered ahead."""
    return (
        pl.when(pl.col("part_state") == "run_out").then(pl.lit(Verdict.run_out.value))
        .when(pl.col("stop_order_date") < pl.lit(as_of)).then(pl.lit(Verdict.stop_order.value))
        .when(~pl.col("is_stocked")).then(pl.lit(Verdict.not_stocked.value))
        .when(~pl.col("has_forecast")).then(pl.lit(Verdict.no_forecast.value))
    )  # fmt: skip


def _verdict() -> pl.Expr:
    needed = pl.col("packed_quantity") > 0
    no_price = pl.col("price_missing").fill_null(True) | pl.col("unit_price_minor").is_null()
    return (
        pl.when(pl.col("barred").is_not_null()).then(pl.col("barred"))
        .when(needed & no_price).then(pl.lit(Verdict.price_missing.value))
        .when(needed & (pl.col("quantity") == 0)).then(pl.lit(Verdict.over_budget.value))
        .when(needed).then(pl.lit(Verdict.suggested.value))
        .when(pl.col("supply").is_not_null()).then(pl.col("supply"))
        .when((pl.col("rate") <= 0) & (pl.col("order_up_to") == 0)).then(pl.lit(Verdict.no_demand.value))
        .otherwise(pl.lit(Verdict.enough_stock.value))
    )  # fmt: skip


def _finished(judged: pl.DataFrame, as_of: date) -> pl.DataFrame:
    suggested = pl.col("verdict") == Verdict.suggested.value
    quantity = pl.col("quantity").fill_null(0)
    pace = _pace()
    daily = pace * pl.col("stocking_share") / DAYS_PER_MONTH
    price = pl.col("unit_price_minor").cast(pl.Int64)

    def cover(units: pl.Expr) -> pl.Expr:
        return pl.when(daily > 0).then((units.clip(lower_bound=0) / daily).round(1))

    numbered = judged.with_columns(
        as_of_date=pl.lit(as_of),
        quantity=quantity,
        packed_quantity=pl.col("packed_quantity").fill_null(0),
        budget_cut=pl.col("budget_cut").fill_null(0),
        waiting_units=pl.col("waiting_units").fill_null(0),
        urgent_quantity=pl.col("urgent_quantity").fill_null(0),
        interchange_units=pl.col("interchange_units").fill_null(0),
        interchange_owed=pl.col("interchange_owed").fill_null(0),
        over_maximum=(pl.col("position") + quantity - pl.col("maximum_units")).clip(lower_bound=0)
        * (quantity > 0),
        raw_quantity=pl.col("raw_quantity").fill_null(0),
        mean_units_per_month=pl.when(pl.col("has_forecast")).then(pace),
        line_total_minor=pl.when(suggested).then(price * quantity),
        unit_price_minor=price,
        days_of_cover_before=cover(pl.col("position")),
        days_of_cover_after=cover(pl.col("position") + quantity),
    )
    return numbered.with_columns(sentence=sentence(), suggestion_id=_digests(numbered, as_of))


def _pace() -> pl.Expr:
    """Units a month; where the rate changes ahead, on average over the days that the order is for."""
    mean = pl.col("mean_units_per_month").cast(pl.Float64)
    changes = (pl.col("rate_steps").list.len() > 0) & (pl.col("risk_days") > 0)
    ahead = mean * pl.col("risk_months") / (pl.col("risk_days") / DAYS_PER_MONTH)
    return pl.when(changes).then(ahead).otherwise(mean)


def _digests(rows: pl.DataFrame, as_of: date) -> pl.Series:
    """First 20 hex digits of SHA-256 over as-of, outlet, part, position, target and quantity."""
    parts = [pl.col(c).cast(pl.String).fill_null("") for c in (*KEY, "position", "order_up_to", "quantity")]
    texts = rows.select(pl.concat_str(pl.lit(as_of.isoformat()), *parts, separator="|")).to_series()
    return pl.Series([hashlib.sha256(text.encode()).hexdigest()[:20] for text in texts], dtype=pl.String)


def _has_columns(table: pl.DataFrame, name: str, columns: list[str]) -> None:
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise ReplenishmentError(
            f"{name} has no column {', '.join(missing)}; it has {', '.join(table.columns)}"
        )


def _one_row_each(table: pl.DataFrame, name: str, key: list[str]) -> None:
    _has_columns(table, name, key)
    twice = table.filter(table.select(key).is_duplicated())
    if not twice.is_empty():
        row = dict(zip(key, twice.select(key).row(0), strict=True))
        raise ReplenishmentError(f"{name} has two rows for {row}: keep one row per {', '.join(key)}")


def _no_nulls(table: pl.DataFrame, name: str, columns: list[str]) -> None:
    for column in columns:
        if column not in table.columns:
            raise ReplenishmentError(f"{name} has no column {column}; it has {', '.join(table.columns)}")
        if table[column].null_count():
            key = table.filter(pl.col(column).is_null()).select(KEY).row(0)
            raise ReplenishmentError(f"{name} {key}: {column} is null; write 0 only if there is none")
