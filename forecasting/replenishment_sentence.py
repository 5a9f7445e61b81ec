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
    "kit": "A kit, put together when it is asked for: its parts are ordered, its demand counts there.",
    "group_ordered": "Ordered at {ordering_outlet_id} for the whole group; its stock counts there.",
    "interchange_ordered": "Ordered as {ordered_part_id}, which may stand in for it; its stock counts there.",
    "no_policy": "No complete stocking policy: lead time, cycle, service level, pack or state is missing.",
    "run_out": "Running out: ordered for known need only, and stock covers it.",
    "stop_order": "Its last order day is over: ordered for known need only, and stock covers it.",
    "not_stocked": "Not kept in stock here: ordered for known need only, and stock covers it.",
    "no_forecast": "No forecast yet: ordered for known need only, and stock covers it.",
    "no_demand": "Nobody asked for it in the months the forecast reads.",
}
KNOWN_NEED_ONLY = {
    "run_out": "Running out",
    "stop_order": "Last order day over",
    "not_stocked": "Not kept in stock here",
    "no_forecast": "No forecast yet",
}


def sentence() -> pl.Expr:
    """Sentence in English from the suggestion columns, `successor` and `supply` (the reason of share 0)."""
    first = pl.coalesce(_known_need_only(), _sells())
    verdict = pl.col("verdict")
    counted = pl.concat_str(first, pl.lit("; have "), _have(), pl.lit("; "), _outcome())
    said = [
        pl.when(verdict.is_in(["suggested", "price_missing", "over_budget", "enough_stock"])).then(counted)
    ]
    said += [pl.when(verdict == name).then(_filled(text)) for name, text in WHY_NOT.items()]
    return pl.coalesce(said)


def _filled(text: str) -> pl.Expr:
    head, brace, rest = text.partition("{")
    name, _, tail = rest.partition("}")
    return pl.concat_str(pl.lit(head), pl.col(name), pl.lit(tail)) if brace else pl.lit(text)


def _sells() -> pl.Expr:
    """Rate, expected demand, bookings and safety, which add up to the target at one decimal."""
    booked = pl.col("booked_extra").ceil()
    safety = (pl.col("full_target") - pl.col("expected_demand").round(1) - booked).round(1)
    beyond = pl.format(" + {} booked beyond that", booked.cast(pl.Int64))
    margin = pl.when(safety >= 0).then(pl.lit("+ safety")).otherwise(pl.lit("- accepted risk"))
    wait = pl.when(pl.col("order_wait_days") > 0).then(
        pl.format("{} days to the order day + ", pl.col("order_wait_days"))
    )
    limit = pl.when(pl.col("order_up_to") < pl.col("full_target")).then(
        pl.format(", limited to {}", pl.col("order_up_to"))
    )
    return pl.format(
        "Sells {}: {} in {}{}-day lead + {}-day cycle{} {} {} = target {}{}",
        _pace(),
        pl.col("expected_demand").round(1),
        wait.otherwise(pl.lit("")),
        days("lead_time_days"),
        days("review_days"),
        pl.when(booked > 0).then(beyond).otherwise(pl.lit("")),
        margin,
        safety.abs(),
        pl.col("full_target"),
        limit.otherwise(pl.lit("")),
    )


def _pace() -> pl.Expr:
    """A day's sales, or a month's where a day's would read as nothing."""
    month = pl.col("mean_units_per_month")
    daily = month / DAYS_PER_MONTH
    said = pl.when(daily >= 0.1).then(pl.format("{} a day", daily.round(1)))
    return said.otherwise(pl.format("{} a month", month.round(2)))


def _known_need_only() -> pl.Expr:
    """The first half for a part that is not ordered ahead; null for one that is."""
    reason = pl.col("supply").replace_strict(KNOWN_NEED_ONLY, default=None, return_dtype=pl.String)
    return pl.format("{}, ordered for known need only: target {} booked", reason, pl.col("order_up_to"))


def _have() -> pl.Expr:
    def term(column: str, text: str) -> pl.Expr:
        return pl.when(pl.col(column) != 0).then(pl.format(text, pl.col(column))).otherwise(pl.lit(""))

    return pl.format(
        "{} on hand{}{}{}{}{}{}{} = {}",
        pl.col("on_hand"),
        term("on_order", " + {} on order"),
        term("in_transit", " + {} in transit"),
        term("predecessor_on_hand", " + {} under older numbers"),
        term("interchange_units", " + {} under interchangeable numbers"),
        term("reserved", " - {} reserved"),
        term("backordered", " - {} owed to customers"),
        term("interchange_owed", " - {} owed under interchangeable numbers"),
        pl.col("position"),
    )


def _outcome() -> pl.Expr:
    def term(applies: pl.Expr, text: str, *values: pl.Expr) -> pl.Expr:
        said = pl.format(text, *values) if values else pl.lit(text)
        return pl.when(applies).then(said).otherwise(pl.lit(""))

    minimum, pack, need = pl.col("minimum_quantity"), pl.col("pack_size"), pl.col("raw_quantity")
    packed, over = pl.col("packed_quantity"), pl.col("over_maximum").fill_null(0)
    order = pl.format(
        "need {}{}{} -> {}{}{}.{}{}",
        need,
        term(minimum > need, "; minimum {}", minimum),
        term(pack > 1, "; pack of {}", pack),
        packed,
        term(over > 0, ", {} above the maximum", over),
        term(pl.col("budget_cut") > 0, "; the budget pays for {}", pl.col("quantity")),
        term(pl.col("urgent_quantity") > 0, " {} of them by urgent order.", pl.col("urgent_quantity")),
        term(pl.col("verdict") == "price_missing", " Blocked: price missing."),
    )
    return pl.when(pl.col("packed_quantity") > 0).then(order).otherwise(pl.lit("enough, need 0."))


def days(column: str) -> pl.Expr:
    """Days as people write them: 5, 5.5, never 5.0."""
    rounded = pl.col(column).cast(pl.Float64).round(1)
    whole = rounded == rounded.floor()
    return pl.when(whole).then(rounded.cast(pl.Int64).cast(pl.String)).otherwise(rounded.cast(pl.String))
