"""One plain sentence per suggestion whose arithmetic adds up, built from the suggestion's own columns.

"Sells 0.8 a day: 9.6 in 5-day lead + 7-day cycle, + 4.4 safety = target 14; have 3 on hand + 2 on
order - 1 reserved = 4; need 10; pack of 4 -> 12." Every figure is a column or a difference of two
columns, so a page can write the same sentence in another language.
"""

from __future__ import annotations

import polars as pl

from forecasting.replenishment_rule import DAYS_PER_MONTH

WHY_NOT: dict[str, str] = {
    "superseded": "Replaced by {successor}; order that number, old stock is counted there.",
    "obsolete": "No longer supplied.",
    "not_released": "Not released for ordering yet.",
    "no_policy": "No complete stocking policy: lead time, cycle, service level, pack or state is missing.",
    "run_out": "Running out: ordered for waiting customers only, and none is waiting.",
    "not_stocked": "Not kept in stock here: ordered for waiting customers only, and none is waiting.",
    "no_forecast": "No forecast yet: too little history, and no customer is waiting.",
    "no_demand": "Nobody asked for it in the months the forecast reads.",
}


def sentence() -> pl.Expr:
    """Sentence in English from the suggestion columns, `successor` and `supply` (the reason of share 0)."""
    first = pl.coalesce(_known_need_only(), _sells())
    verdict = pl.col("verdict")
    counted = pl.concat_str(first, pl.lit("; have "), _have(), pl.lit("; "), _outcome())
    counts = verdict.is_in(["suggested", "price_missing", "enough_stock"])
    chosen = pl.when(counts).then(counted).when(pl.lit(False)).then(None)
    for name, text in WHY_NOT.items():
        head, successor, tail = text.partition("{successor}")
        said = pl.concat_str(pl.lit(head), pl.col("successor"), pl.lit(tail)) if successor else pl.lit(text)
        chosen = chosen.when(verdict == name).then(said)
    return chosen.otherwise(None)


def _sells() -> pl.Expr:
    """Rate, expected demand and safety, which add up to the target at one decimal."""
    booked = pl.col("booked_extra").ceil()
    safety = (pl.col("order_up_to") - pl.col("expected_demand").round(1) - booked).round(1)
    return pl.concat_str(
        pl.lit("Sells "), (pl.col("mean_units_per_month") / DAYS_PER_MONTH).round(2).cast(pl.String),
        pl.lit(" a day: "), pl.col("expected_demand").round(1).cast(pl.String),
        pl.lit(" in "), days("lead_time_days"), pl.lit("-day lead + "), days("review_days"), pl.lit("-day cycle"),
        pl.when(booked > 0).then(pl.concat_str(pl.lit(" + "), booked.cast(pl.Int64), pl.lit(" booked beyond that")))
        .otherwise(pl.lit("")),
        pl.when(safety >= 0).then(pl.lit(" + safety ")).otherwise(pl.lit(" - accepted risk ")),
        safety.abs().cast(pl.String), pl.lit(" = target "), pl.col("order_up_to"),
    )  # fmt: skip


def _known_need_only() -> pl.Expr:
    """The first half for a part that is not ordered ahead; null for one that is."""
    reason = pl.col("supply").replace_strict(
        {"run_out": "Running out", "not_stocked": "Not kept in stock here", "no_forecast": "No forecast yet"},
        default=None,
        return_dtype=pl.String,
    )
    return pl.concat_str(
        reason, pl.lit(", ordered for known need only: target "), pl.col("order_up_to"), pl.lit(" booked")
    )


def _have() -> pl.Expr:
    def term(column: str, sign: str, name: str) -> pl.Expr:
        written = pl.concat_str(pl.lit(f" {sign} "), pl.col(column), pl.lit(f" {name}"))
        return pl.when(pl.col(column) != 0).then(written).otherwise(pl.lit(""))

    return pl.concat_str(
        pl.col("on_hand"), pl.lit(" on hand"),
        term("on_order", "+", "on order"), term("in_transit", "+", "in transit"),
        term("predecessor_on_hand", "+", "under older numbers"),
        term("reserved", "-", "reserved"), term("backordered", "-", "owed to customers"),
        pl.lit(" = "), pl.col("position"),
    )  # fmt: skip


def _outcome() -> pl.Expr:
    minimum, pack, need = pl.col("minimum_quantity"), pl.col("pack_size"), pl.col("raw_quantity")
    raised = pl.when(minimum > need).then(pl.concat_str(pl.lit("; minimum "), minimum)).otherwise(pl.lit(""))
    packed = pl.when(pack > 1).then(pl.concat_str(pl.lit("; pack of "), pack)).otherwise(pl.lit(""))
    blocked = pl.when(pl.col("verdict") == "price_missing").then(pl.lit(" Blocked: price missing."))
    order = pl.concat_str(
        pl.lit("need "),
        need,
        raised,
        packed,
        pl.lit(" -> "),
        pl.col("quantity"),
        pl.lit("."),
        blocked.otherwise(pl.lit("")),
    )
    return pl.when(pl.col("quantity") > 0).then(order).otherwise(pl.lit("enough, need 0."))


def days(column: str) -> pl.Expr:
    """Days as people write them: 5, 5.5, never 5.0."""
    rounded = pl.col(column).cast(pl.Float64).round(1)
    whole = rounded == rounded.floor()
    return pl.when(whole).then(rounded.cast(pl.Int64).cast(pl.String)).otherwise(rounded.cast(pl.String))
