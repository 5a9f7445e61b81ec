"""What the replenishment pages conclude: pure, frame to frame.

What answers led to, what a wanted fill costs in stock, who is short and who has too many.
"""

from __future__ import annotations

import numpy as np
import polars as pl

ALL = "all"
BACK_ORDER, CAR, TRANSFER = "back_order", "car", "transfer"
DAYS_PER_MONTH = 30.4375


def outcomes(scores: pl.DataFrame) -> pl.DataFrame:
    """Answers of all outlets by decision and reason: answers, judged, ran_out, excess and their shares.

    scores: mart_suggestion_score. Shares are sums over sums, null where nothing is judged.
    """
    judged = pl.col("judged_answers")
    return (
        scores.group_by("decision", "reason")
        .agg(
            pl.col("answers", "judged_answers", "ran_out_answers", "excess_answers").sum(),
            pl.col("suggested_units", "decided_units").sum(),
        )
        .with_columns(
            ran_out_share=pl.when(judged > 0).then(pl.col("ran_out_answers") / judged),
            excess_share=pl.when(judged > 0).then(pl.col("excess_answers") / judged),
        )
        .sort("answers", "decision", "reason", descending=[True, False, False])
    )


def at_fill(frontier: pl.DataFrame, abc_class: str, wanted: float) -> dict[str, float] | None:
    """chance, stock_days, lines_a_month, and the fill's band at a wanted fill; None: not replayed.

    frontier: mart_stock_frontier. Between replayed chances in line; beyond the last one, the last one.
    """
    rows = frontier.filter(pl.col("abc_class") == abc_class).sort("cycle_chance")
    if rows.is_empty():
        return None
    fill = np.maximum.accumulate(rows["fill"].to_numpy())

    def read(column: str) -> float:
        return float(np.interp(wanted, fill, rows[column].to_numpy()))

    return {
        "chance": read("cycle_chance"),
        "fill": float(min(max(wanted, fill[0]), fill[-1])),
        "low": read("fill_low"),
        "high": read("fill_high"),
        "stock_days": read("stock_days"),
        "lines_a_month": read("order_lines") / float(rows["days"][0]) * DAYS_PER_MONTH,
    }


def wanted_now(policy: pl.DataFrame) -> dict[str, float]:
    """Mean wanted fill in force by value class, over the stocked pairs; classes without any are left out."""
    stocked = policy.filter(pl.col("is_stocked"))
    means = stocked.group_by("abc_class").agg(pl.col("service_level").mean()).sort("abc_class")
    return dict(means.iter_rows())


def compared(frontier: pl.DataFrame, now: dict[str, float], wanted: dict[str, float]) -> pl.DataFrame:
    """Per class what is in force and what is wanted: fill, stock_days, lines a month, change in stock."""
    rows = []
    for name in sorted(set(now) & set(wanted)):
        before, after = at_fill(frontier, name, now[name]), at_fill(frontier, name, wanted[name])
        if before is None or after is None:
            continue
        rows.append(
            {
                "abc_class": name,
                "fill_now": now[name],
                "fill_wanted": wanted[name],
                "stock_days_now": before["stock_days"],
                "stock_days_wanted": after["stock_days"],
                "stock_change": after["stock_days"] / before["stock_days"] - 1
                if before["stock_days"]
                else None,
                "lines_now": before["lines_a_month"],
                "lines_wanted": after["lines_a_month"],
                "fill_low": after["low"],
                "fill_high": after["high"],
            }
        )
    return pl.DataFrame(rows)


def pooled_saving(balance: pl.DataFrame) -> float | None:
    """Share of safety stock that pooling would save over all parts; None without any."""
    apart = float(balance["safety_units"].sum())
    return 1 - float(balance["pooled_safety_units"].sum()) / apart if apart > 0 else None


def to_allocate(backorders: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Open back-order lines that can be allocated now, in the order of their days: whole lines, and where the
    part is short no more units of an outlet than its share for who waits.

    backorders: mart_backorder. shares: mart_part_allocation.
    """
    waiting = shares.group_by("outlet_id", "part_id").agg(pl.col("for_waiting").sum())
    lines = backorders.filter(state="open").sort("part_id", "eta_date", "backorder_line_id", nulls_last=True)
    told = lines.join(waiting, on=["outlet_id", "part_id"], how="left", maintain_order="left")
    so_far = pl.col("quantity").cum_sum().over("outlet_id", "part_id")
    return told.filter(pl.col("for_waiting").is_null() | (so_far <= pl.col("for_waiting"))).select(
        "backorder_line_id", "outlet_id", "part_id", "quantity", "eta_date"
    )


def accepted_lines(kind: str, rows: pl.DataFrame) -> list[dict[str, object]]:
    """Ticked rows as the lines of an accepted allocation; what was left empty is left out.

    rows: the proposal with `accept`, and for back-orders and cars `reason` and `note` of going out of turn.
    """
    check = {BACK_ORDER: "sequence", CAR: "fifo"}.get(kind)
    named = {"reason": f"{check}_override_reason", "note": f"{check}_override_note"} if check else {}
    kept = rows.filter("accept").drop("accept").rename({k: v for k, v in named.items() if k in rows.columns})
    fields = {
        BACK_ORDER: ["backorder_line_id", *named.values()],
        CAR: ["vehicle_order_id", "vin", *named.values()],
        TRANSFER: ["part_id", "from_outlet_id", "to_outlet_id", "units"],
    }[kind]
    return [{"kind": kind, **{k: row[k] for k in fields if row.get(k)}} for row in kept.iter_rows(named=True)]
