"""Explanation rows of suggested quantities, and the proof that they are complete.

`explain_rows()` writes them from sized suggestions; `recompute()` reads nothing but them and gives
the quantity back. A row that is missing, doubled, renamed or altered changes or breaks the result.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forecasting.replenishment_rule import INPUTS, size

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
# Only these two are orders or would be, were there a price; the others say why not in one row.
EXPLAINED = ["suggested", "price_missing"]


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
    Step(14, "demand_months", "divide", "months", "part_demand"),
    Step(15, "method_adjustment", "add", "units a month", "part_series", "method", "method_note"),
    Step(16, "rate", "result", "units a month"),
    Step(20, "stocking_share", "multiply", "share", "part", "part_id", "supply"),
    Step(21, "lead_time_days", "add", "days", "parts_shipment", "supplier_outlet_code", "lead_note"),
    Step(22, "days_per_month", "divide", "days"),
    Step(23, "lead_demand", "result", "units"),
    Step(24, "review_days", "add", "days", "outlet", "outlet_id"),
    Step(25, "expected_demand", "result", "units"),
    Step(30, "dispersion", "multiply", "variance per unit", "part_series", "method"),
    Step(31, "level_cv2", "share", "squared share", "part_series", "method", "level_note"),
    Step(32, "lead_time_sd_days", "spread", "days", "parts_shipment", "supplier_outlet_code", "sd_note"),
    Step(33, "lead_variance", "result", "units squared"),
    Step(33, "risk_variance", "result", "units squared"),
    Step(33, "service_level", "target", "share", "service_level_policy", "policy_class"),
    Step(33, "cycle_chance", "quantile", "chance", "part_demand", "policy_class", "chance_note"),
    Step(34, "booked_units", "consume", "units", "service_appointment", "pair", "booked_note"),
    Step(35, "order_up_to", "result", "units"),
    Step(40, "on_hand", "add", "units", "parts_stock_move", "pair"),
    Step(41, "on_order", "add", "units", "parts_order", "pair"),
    Step(42, "in_transit", "add", "units", "parts_shipment", "pair"),
    Step(44, "supersession_hops", "count", "hops", "part_relation", "part_id"),
    Step(45, "predecessor_on_hand", "add", "units", "parts_stock_move", "pair", "old_note"),
    Step(46, "reserved", "subtract", "units", "repair_order", "pair"),
    Step(47, "backordered", "subtract", "units", "part_demand", "pair"),
    Step(48, "position", "result", "units"),
    Step(50, "need", "result", "units"),
    Step(51, "minimum_quantity", "at_least", "units", "part", "part_id"),
    Step(52, "pack_size", "round_up", "units", "part", "part_id"),
    Step(53, "quantity", "result", "units"),
)
OPERATIONS = {s.component: s.operation for s in STEPS} | {
    "demand_month": "add", "older_months": "exclude", "supersession_hop": "convert", "verdict": "result",
}  # fmt: skip
SINGLE = [s.component for s in STEPS]
RESULTS = [s.component for s in STEPS if s.operation == "result"]


def explain_rows(sized: pl.DataFrame, demand: pl.DataFrame, chain: pl.DataFrame) -> pl.DataFrame:
    """Rows of COLUMNS, one per suggestion_id and step_no, from 1 upwards.

    sized: suggestions with every column of the rule, `supply`, `verdict`, `sentence` and the cited
    counts. demand: sorted months with `is_cited`. chain: replaced numbers with their factor.
    A line that is not ordered has one row: its verdict and the sentence.
    """
    explained = sized.filter(pl.col("verdict").is_in(EXPLAINED)).pipe(_with_notes, chain)
    others = sized.filter(~pl.col("verdict").is_in(EXPLAINED))
    parts = [_scalar(explained, step) for step in STEPS]
    parts += [_months(explained, demand), _older(explained), _hops(explained, chain), _verdicts(others)]
    rows = pl.concat(parts, how="vertical").sort("suggestion_id", "order", "source_key", maintain_order=True)
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
        *[_only(c, "value").first().alias(c) for c in SINGLE],
        *[_only(c, "value").len().alias(f"{c}_rows") for c in SINGLE],
        demand_units=_only("demand_month", "value").sum().round(6),
        cited=_only("demand_month", "value").len(),
        hops=_only("supersession_hop", "value").len(),
    )
    for component in SINGLE:
        _refuse(wide, pl.col(f"{component}_rows") != 1, f"needs exactly one row {component}")
    _refuse(
        wide,
        pl.col("cited") + pl.col("silent_months") != pl.col("demand_months"),
        "cited and silent months are not as many as the months averaged",
    )
    _refuse(
        wide, pl.col("hops") != pl.col("supersession_hops"), "supersession hops are not as many as stated"
    )
    replayed = size(wide.select("suggestion_id", *INPUTS))
    both = replayed.join(
        wide.select("suggestion_id", *[pl.col(r).alias(f"{r}_said") for r in RESULTS]), on="suggestion_id"
    )
    for result in RESULTS:
        differs = (pl.col(result) - pl.col(f"{result}_said")).abs() > 1e-6
        _refuse(both, differs, f"{result} is not what the rows before it give")
    return replayed.select("suggestion_id", "quantity")


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
        pair=pl.concat_str(KEY, separator="/"),
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
        pl.when(old != 0).then(pl.format("; {} units under older numbers", old)).otherwise(pl.lit("")),
        pl.when(corrected).then(shortage).otherwise(pl.lit("")),
    )
    month = pl.col("demand_month").dt.strftime("%Y-%m")
    return _row(rows, 10, "demand_month", pl.col("corrected_units"), "units", "part_demand", month, note)


def _older(frame: pl.DataFrame) -> pl.DataFrame:
    older = frame.filter(pl.col("older_months") > 0)
    why = pl.lit("before the year averaged; they act through the method only")
    return _row(
        older,
        13,
        "older_months",
        pl.col("older_months"),
        "months",
        "part_demand",
        pl.lit(None, dtype=pl.String),
        why,
    )


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


def _verdicts(frame: pl.DataFrame) -> pl.DataFrame:
    return _row(frame, 1, "verdict", pl.lit(0.0), "units", None, pl.col("verdict"), pl.col("sentence"))
