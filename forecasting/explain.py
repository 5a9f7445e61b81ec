"""Explanation rows of suggested quantities, and the proof that they are complete.

`explain_rows()` writes them from sized suggestions; `recompute()` reads nothing but them and gives
the quantity back. A row that is missing, doubled, renamed or altered changes or breaks the result.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forecasting import rate_path
from forecasting.lead_time import LIST
from forecasting.replenishment_rule import INPUTS, OPTIONAL, size

COLUMNS = [
    "suggestion_id",
    "step_no",
    "component",
    "operation",
    "value",
    "unit",
    "source_document",
    "source_key",
    "note",
]
KEY = ["outlet_id", "part_id"]
# Only these are orders or would be, were there a price or money; the others say why not in one row.
EXPLAINED = ["suggested", "price_missing", "over_budget"]


class ExplanationError(ValueError):
    """Explanation rows that do not add up; the message names suggestion, component and rule."""


@dataclass(frozen=True, slots=True)
class Step:
    """One component: where it stands, what is done with it, and what it was read from."""

    order: int
    component: str
    operation: str
    unit: str
    document: str | None = None
    key: str | None = None  # column that holds the source key
    note: str | None = None  # column that holds the remark


# A replayed rule verifies what it is told: results are rows too, checked one by one.
STEPS = (
    Step(12, "silent_months", "count", "months", "part_demand", note="silent_note"),
    Step(13, "older_months", "exclude", "months", "part_demand", note="older_note"),
    Step(14, "demand_months", "divide", "months", "part_demand"),
    Step(15, "method_adjustment", "add", "units a month", "part_series", "method", "method_note"),
    Step(16, "announced_numbers", "count", "numbers", "part_relation", "part_id"),
    Step(17, "rate", "result", "units a month"),
    Step(18, "rate_changes", "count", "months", "part_forecast", "pair"),
    Step(20, "stocking_share", "multiply", "share", "part", "part_id", "supply"),
    Step(20, "order_wait_days", "add", "days", "order_terms", "order_terms_id", "slot_note"),
    Step(21, "lead_time_days", "add", "days", "parts_shipment", "supplier_outlet_code", "lead_note"),
    Step(21, "lead_time_points", "count", "waits", "parts_shipment", "supplier_outlet_code"),
    Step(22, "days_per_month", "divide", "days"),
    Step(23, "lead_demand", "result", "units"),
    Step(24, "review_days", "add", "days", "outlet", "outlet_id", "review_note"),
    Step(25, "expected_demand", "result", "units"),
    Step(30, "dispersion", "multiply", "variance per unit", "part_series", "method"),
    Step(31, "level_cv2", "share", "squared share", "part_series", "method", "level_note"),
    Step(32, "lead_time_sd_days", "spread", "days", "parts_shipment", "supplier_outlet_code", "sd_note"),
    Step(33, "lead_variance", "result", "units squared"),
    Step(33, "risk_variance", "result", "units squared"),
    Step(33, "service_level", "target", "share", "service_level_policy", "policy_class"),
    Step(33, "cycle_chance", "quantile", "chance", "part_demand", "policy_class", "chance_note"),
    Step(34, "booked_units", "consume", "units", "service_appointment", "pair", "booked_note"),
    Step(35, "full_target", "result", "units"),
    Step(36, "limits", "count", "limits"),
    Step(37, "sell_within_days", "at_most", "days", "part", "part_id", "sell_note"),
    Step(37, "maximum_units", "at_most", "units", "stock_limit", "stock_limit_id"),
    Step(38, "order_up_to", "result", "units"),
    Step(40, "on_hand", "add", "units", "parts_stock_move", "pair"),
    Step(41, "on_order", "add", "units", "parts_order", "pair"),
    Step(42, "in_transit", "add", "units", "parts_shipment", "pair"),
    Step(44, "supersession_hops", "count", "hops", "part_relation", "part_id"),
    Step(45, "predecessor_on_hand", "add", "units", "parts_stock_move", "pair", "old_note"),
    Step(45, "interchange_numbers", "count", "numbers", "part_relation", "part_id"),
    Step(46, "reserved", "subtract", "units", "repair_order", "pair"),
    Step(47, "backordered", "subtract", "units", "part_demand", "pair"),
    Step(48, "position", "result", "units"),
    Step(50, "need", "result", "units"),
    Step(51, "minimum_quantity", "at_least", "units", "part", "part_id"),
    Step(52, "pack_size", "round_up", "units", "part", "part_id", "pack_note"),
    Step(53, "packed_quantity", "result", "units"),
    Step(54, "budget_cut", "subtract", "units", "order_terms", "order_terms_id", "budget_note"),
    Step(55, "quantity", "result", "units"),
    Step(56, "urgent_terms", "count", "terms"),
    Step(57, "urgent_lead_time_days", "compare", "days", "order_terms", "order_terms_id"),
    Step(57, "waiting_cost_minor", "compare", "minor units a day", "order_terms", "order_terms_id"),
    Step(57, "urgent_freight_minor", "compare", "minor units", "order_terms", "order_terms_id"),
    Step(58, "urgent_quantity", "result", "units"),
)
# Rows that stand only where there is a limit or there are terms; their number is a row of its own.
COUNTED = {
    "limits": ("sell_within_days", "maximum_units"),
    "urgent_terms": ("urgent_lead_time_days", "waiting_cost_minor", "urgent_freight_minor"),
}
OPERATIONS = {s.component: s.operation for s in STEPS} | {
    "demand_month": "add", "supersession_hop": "convert", "verdict": "result",
    "lead_time_point": "weigh", "interchange_cover": "add", "interchange_owed": "subtract",
    "rate_change": "multiply", "announced_demand": "add",
}  # fmt: skip
# Stands where numbers cover one another; elsewhere there is nothing to count.
_SELDOM = (*OPTIONAL, "interchange_numbers", "announced_numbers")
SINGLE = [s.component for s in STEPS if s.component not in _SELDOM]
ANY = [s.component for s in STEPS if s.component in _SELDOM]
RESULTS = [s.component for s in STEPS if s.operation == "result"]


def explain_rows(
    sized: pl.DataFrame,
    demand: pl.DataFrame,
    chain: pl.DataFrame,
    cover: pl.DataFrame,
    inflow: pl.DataFrame,
) -> pl.DataFrame:
    """Rows of COLUMNS, one per suggestion_id and step_no, from 1 upwards.

    sized: suggestions with every column of the rule, `supply`, `verdict`, `sentence` and the cited
    counts. demand: sorted months with `is_cited`. chain: replaced numbers with their factor. cover: what
    other numbers give (interchange.COVER). inflow: demand announced to come (announced_orders.INFLOW).
    A line that is not ordered has one row: its verdict and the sentence.
    """
    counted = sized.filter(pl.col("verdict").is_in(EXPLAINED))
    explained = counted.pipe(_with_notes, chain).pipe(_with_numbers, cover, inflow)
    others = sized.filter(~pl.col("verdict").is_in(EXPLAINED))
    parts = [_scalar(explained, step) for step in STEPS]
    parts += [
        _points(explained),
        _rate_changes(explained),
        _months(explained, demand),
        _hops(explained, chain),
        *_covers(explained, cover),
        _announced(explained, inflow),
        _verdicts(others),
    ]
    days = pl.col("source_key").cast(pl.Int64, strict=False)  # the 4th day stands before the 35th
    rows = pl.concat(parts, how="vertical").sort(
        "suggestion_id", "order", days, "source_key", maintain_order=True
    )
    return rows.with_columns(step_no=pl.int_range(1, pl.len() + 1).over("suggestion_id")).select(COLUMNS)


def recompute(explain: pl.DataFrame) -> pl.DataFrame:
    """suggestion_id, quantity: ordered units, from the explanation rows alone.

    Suggestions whose only row is a verdict order nothing and have no row here. Raises ExplanationError
    when a component is missing, doubled, unknown or used otherwise, when the cited months or hops are
    not as many as stated, or when a stated result is not what the rows before it give.
    """
    _known_operations(explain)
    counted = explain.filter(pl.col("component") != "verdict")
    wide = counted.group_by("suggestion_id", maintain_order=True).agg(
        *[_only(c, "value").first().alias(c) for c in (*SINGLE, *ANY)],
        *[_only(c, "value").len().alias(f"{c}_rows") for c in (*SINGLE, *ANY)],
        demand_units=_only("demand_month", "value").sum().round(6),
        cited=_only("demand_month", "value").len(),
        hops=_only("supersession_hop", "value").len(),
        covering=_only("interchange_cover", "value").len(),
        interchange_units=_only("interchange_cover", "value").sum(),
        interchange_owed=_only("interchange_owed", "value").sum(),
        coming=_only("announced_demand", "value").len(),
        announced_rate=_only("announced_demand", "value").sum(),
        lead_points=pl.struct(
            days=pl.col("value"), receipts=pl.col("source_key").cast(pl.Int64, strict=False)
        ).filter(pl.col("component") == "lead_time_point").cast(LIST.inner),
        rate_steps=pl.struct(
            days=pl.col("source_key").cast(pl.Float64, strict=False), share=pl.col("value")
        ).filter(pl.col("component") == "rate_change").sort_by(
            pl.col("source_key").filter(pl.col("component") == "rate_change").cast(pl.Float64, strict=False)
        ).cast(rate_path.LIST.inner),
    )  # fmt: skip
    _check_counts(wide)
    replayed = size(wide.select("suggestion_id", *INPUTS))
    both = replayed.join(
        wide.select("suggestion_id", *[pl.col(r).alias(f"{r}_said") for r in RESULTS]), on="suggestion_id"
    )
    for result in RESULTS:
        differs = (pl.col(result) - pl.col(f"{result}_said")).abs() > 1e-6
        _refuse(both, differs, f"{result} is not what the rows before it give")
    return replayed.select("suggestion_id", "quantity")


def _check_counts(wide: pl.DataFrame) -> None:
    """Every component once, and as many months, hops, waits and limits as are stated."""
    for component in SINGLE:
        _refuse(wide, pl.col(f"{component}_rows") != 1, f"needs exactly one row {component}")
    for component in ANY:
        _refuse(wide, pl.col(f"{component}_rows") > 1, f"has two rows {component}")
    for count, members in COUNTED.items():
        rows = pl.sum_horizontal(f"{m}_rows" for m in members)
        _refuse(wide, rows != pl.col(count), f"{count} are not as many as stated")
    stated = {
        "cited and silent months are not as many as the months averaged": (
            pl.col("cited") + pl.col("silent_months"), "demand_months"),
        "supersession hops are not as many as stated": (pl.col("hops"), "supersession_hops"),
        "covering numbers are not as many as stated": (pl.col("covering"), "interchange_numbers"),
        "numbers to be replaced are not as many as stated": (pl.col("coming"), "announced_numbers"),
        "waits are not as many as stated": (pl.col("lead_points").list.len(), "lead_time_points"),
        "changes of the rate are not as many as stated": (pl.col("rate_steps").list.len(), "rate_changes"),
    }  # fmt: skip
    for what, (rows, count) in stated.items():
        _refuse(wide, rows != pl.col(count).fill_null(0), what)
    point = pl.element().struct.field
    receipts = pl.col("lead_points").list.eval(point("receipts"))
    days = pl.col("lead_points").list.eval(point("receipts") * point("days")).list.sum()
    differs = (days / receipts.list.sum() - pl.col("lead_time_days")).abs() > 1e-6
    _refuse(wide, (pl.col("lead_time_points") > 0) & differs, "lead_time_days is not the mean of its waits")


def _only(component: str, column: str) -> pl.Expr:
    return pl.col(column).filter(pl.col("component") == component)


def _known_operations(explain: pl.DataFrame) -> None:
    meant = pl.col("component").replace_strict(OPERATIONS, default=None, return_dtype=pl.String)
    wrong = (meant.is_null() | (pl.col("operation") != meant)).fill_null(True) | pl.col("value").is_null()
    bad = explain.filter(wrong)
    if not bad.is_empty():
        row = bad.row(0, named=True)
        raise ExplanationError(
            f"suggestion {row['suggestion_id']}: {row['component']} {row['operation']} {row['value']} is no "
            "step of the rule; write the rows with explain_rows()"
        )


def _refuse(frame: pl.DataFrame, wrong: pl.Expr, what: str) -> None:
    bad = frame.filter(wrong.fill_null(True))
    if not bad.is_empty():
        raise ExplanationError(f"suggestion {bad['suggestion_id'][0]}: {what} ({bad.height} suggestions)")


def _with_notes(sized: pl.DataFrame, chain: pl.DataFrame) -> pl.DataFrame:
    hops = chain.group_by(pl.col("current_part_id").alias("part_id")).agg(supersession_hops=pl.len())
    observed = pl.col("lead_time_observations").fill_null(0)
    return sized.join(hops, on="part_id", how="left").with_columns(
        pl.col("supersession_hops").fill_null(0),
        pair=pl.concat_str(pl.coalesce("stock_group_id", "outlet_id"), "part_id", separator="/"),
        lead_time_points=pl.col("lead_points").list.len().fill_null(0),
        rate_changes=pl.col("rate_steps").list.len().fill_null(0),
        limits=pl.sum_horizontal(pl.col(c).is_not_null() for c in COUNTED["limits"]),
        urgent_terms=pl.sum_horizontal(pl.col(c).is_not_null() for c in COUNTED["urgent_terms"]),
        slot_note=pl.when(pl.col("next_order_date").is_null()).then(pl.lit("orders leave on any day"))
        .otherwise(pl.format("until the order day {}", pl.col("next_order_date"))),
        review_note=pl.when(pl.col("next_order_date").is_null()).then(pl.lit("agreed cycle"))
        .otherwise(pl.lit("from that order day to the next one")),
        sell_note=pl.when(pl.col("sell_reason") == "shelf_life").then(pl.lit("it keeps no longer"))
        .otherwise(pl.format("then {} takes its place, on {}", "announced_part_id", "change_date")),
        pack_note=pl.when(pl.col("over_maximum") > 0)
        .then(pl.format("whole packs: {} above the maximum", pl.col("over_maximum"))),
        older_note=pl.lit("before the year averaged; they act through the method only"),
        silent_note=pl.lit("months in which nobody asked"),
        method_note=pl.concat_str(
            pl.lit("forecast less the plain average above; class "), pl.col("demand_class").fill_null("none"),
            pl.lit(", alpha "), pl.col("alpha").cast(pl.String).fill_null("none"),
        ),
        lead_note=pl.when(observed > 0).then(pl.concat_str(observed, pl.lit(" receipts observed")))
        .otherwise(pl.lit("agreed, none observed")),
        sd_note=pl.when(~pl.col("lead_time_sd_known"))
        .then(pl.lit("unknown: the lead time is taken as certain"))
        .when(observed > 0)
        .then(pl.lit("observed spread of receipts"))
        .otherwise(pl.lit("assumed, none observed")),
        booked_note=pl.lit("only what exceeds the forecast of the lead time is added"),
        level_note=pl.lit("error of the rate itself, which all months share"),
        policy_class=pl.concat_str("abc_class", "criticality", separator="/", ignore_nulls=True),
        old_note=pl.lit("older numbers' stock, in whole units of this part"),
    )  # fmt: skip


def _row(
    frame: pl.DataFrame,
    order: int,
    component: str,
    value: pl.Expr,
    unit: str,
    document: str | None,
    key: pl.Expr,
    note: pl.Expr,
) -> pl.DataFrame:
    return frame.select(
        "suggestion_id",
        order=pl.lit(order, dtype=pl.Int16),
        component=pl.lit(component),
        operation=pl.lit(OPERATIONS[component]),
        value=value.cast(pl.Float64),
        unit=pl.lit(unit),
        source_document=pl.lit(document, dtype=pl.String),
        source_key=key.cast(pl.String),
        note=note.cast(pl.String),
    )


def _scalar(frame: pl.DataFrame, step: Step) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.String)
    key = pl.col(step.key) if step.key else nothing
    note = pl.col(step.note) if step.note else nothing
    if step.component in ANY:
        frame = frame.filter(pl.col(step.component).is_not_null())
    return _row(
        frame, step.order, step.component, pl.col(step.component), step.unit, step.document, key, note
    )


def _months(frame: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """One row per cited month with demand: how many requests, and what was corrected or re-pointed."""
    asked = demand.filter(pl.col("is_cited") & (pl.col("corrected_units") != 0))
    rows = asked.join(frame.select(*KEY, "suggestion_id"), on=KEY)
    old = pl.col("superseded_units").fill_null(0)
    corrected = pl.col("corrected_units") != pl.col("observed_units")
    shortage = pl.format(
        "; observed {}, corrected for {} days without stock",
        pl.col("observed_units"),
        pl.col("zero_stock_days"),
    )
    note = pl.format(
        "{} requests{}{}",
        pl.col("demand_lines"),
        pl.when(old != 0)
        .then(pl.format("; {} units under other numbers or in kits", old))
        .otherwise(pl.lit("")),
        pl.when(corrected).then(shortage).otherwise(pl.lit("")),
    )
    month = pl.col("demand_month").dt.strftime("%Y-%m")
    return _row(rows, 10, "demand_month", pl.col("corrected_units"), "units", "part_demand", month, note)


def _points(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per observed wait: its mean days, and by how many receipts it counts."""
    rows = (
        frame.select("suggestion_id", "lead_points")
        .filter(pl.col("lead_points").list.len() > 0)
        .explode("lead_points")
        .unnest("lead_points")
    )
    note = pl.format("{} receipts took so long", pl.col("receipts"))
    return _row(
        rows, 21, "lead_time_point", pl.col("days"), "days", "parts_shipment", pl.col("receipts"), note
    )


def _rate_changes(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per month ahead of a rate that changes: its share of the rate, from so many days on."""
    rows = (
        frame.select("suggestion_id", "as_of_date", "rate", "rate_steps")
        .filter(pl.col("rate_steps").list.len() > 0)
        .explode("rate_steps")
        .unnest("rate_steps")
    )
    begins = pl.col("as_of_date").dt.offset_by(pl.format("{}d", pl.col("days").cast(pl.Int64)))
    note = pl.format("{} units a month from {} on", (pl.col("share") * pl.col("rate")).round(2), begins)
    days = pl.col("days").cast(pl.Int64)
    return _row(rows, 19, "rate_change", pl.col("share"), "share of the rate", "part_forecast", days, note)


def _hops(frame: pl.DataFrame, chain: pl.DataFrame) -> pl.DataFrame:
    ends = chain.select(
        pl.col("part_id").alias("old"), pl.col("current_part_id").alias("part_id"), "factor", "use_up"
    )
    rows = frame.select("suggestion_id", "part_id").join(ends, on="part_id")
    return _row(
        rows,
        43,
        "supersession_hop",
        pl.col("factor"),
        "units per old unit",
        "part_relation",
        pl.col("old"),
        pl.col("use_up"),
    )


def _with_numbers(frame: pl.DataFrame, cover: pl.DataFrame, inflow: pl.DataFrame) -> pl.DataFrame:
    covering = cover.group_by(KEY).agg(interchange_numbers=pl.len())
    replaced = inflow.group_by(KEY).agg(announced_numbers=pl.len())
    return frame.join(covering, on=KEY, how="left").join(replaced, on=KEY, how="left")


def _announced(frame: pl.DataFrame, inflow: pl.DataFrame) -> pl.DataFrame:
    """One row per number that this one is to replace: the units a month that come, and from when on."""
    rows = inflow.join(frame.select(*KEY, "suggestion_id"), on=KEY)
    note = pl.format("asked for from {} on; {} of this for one of it", "from_date", pl.col("factor").round(3))
    other = pl.col("other_part_id")
    return _row(rows, 16, "announced_demand", pl.col("units"), "units a month", "part_relation", other, note)


def _covers(frame: pl.DataFrame, cover: pl.DataFrame) -> list[pl.DataFrame]:
    """One row per other number: what it gives, and what is owed under it where anything is."""
    rows = cover.join(frame.select(*KEY, "suggestion_id"), on=KEY)
    other, note = pl.col("other_part_id"), pl.col("cover_note")
    given = _row(
        rows, 45, "interchange_cover", pl.col("cover_units"), "units", "parts_stock_move", other, note
    )
    owed = rows.filter(pl.col("owed_units") > 0)
    asked = pl.lit("reserved, or owed to customers, under that number")
    return [
        given,
        _row(owed, 47, "interchange_owed", pl.col("owed_units"), "units", "part_demand", other, asked),
    ]


def _verdicts(frame: pl.DataFrame) -> pl.DataFrame:
    return _row(frame, 1, "verdict", pl.lit(0.0), "units", None, pl.col("verdict"), pl.col("sentence"))
