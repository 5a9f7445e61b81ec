"""Where ordered cars are, and how long against what is usual: pure, over `mart_order_stage`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from apps import words

STAGES: Mapping[str, str] = {
    "ordered": "Ordered",
    "funded": "Funds confirmed",
    "approved": "Approved",
    "scheduled": "Scheduled",
    "built": "Built",
    "allocated": "Car allocated",
    "shipped": "Shipped",
    "arrived": "Ship arrived",
    "stocked": "In stock",
    "matched": "Matched to a contract",
    "delivered": "Delivered",
}
WAITING = tuple(STAGES)[:-3]  # on the way to the dealer
BEFORE_DELIVERY = tuple(STAGES)[:-1]


class Look(StrEnum):
    """Which orders the list shows."""

    OPEN = "open"
    SLIPPED = "slipped"
    LONG = "long"
    HERE = "here"


LOOKS: Mapping[str, str] = {
    Look.OPEN: "On the way to the dealer",
    Look.SLIPPED: "Past their first promise",
    Look.LONG: "Long in their stage",
    Look.HERE: "At the dealer, not delivered",
}


def standing(stages: pl.DataFrame) -> pl.DataFrame:
    """Undelivered cars by stage, every stage a row in order: stage, name, cars, long, days, usual.

    stages: mart_order_stage. days: median of the cars that are in it now. usual: of one market exact, of
    several the median of theirs.
    """
    now = stages.filter(pl.col("is_current"))
    counted = now.group_by("stage").agg(
        cars=pl.len(),
        long=pl.col("is_long").sum(),
        days=pl.col("stage_days").median(),
    )
    usual = stages.group_by("stage", "market").agg(pl.col("usual_days").first())
    usual = usual.group_by("stage").agg(usual=pl.col("usual_days").median())
    every = pl.DataFrame({"stage": BEFORE_DELIVERY, "name": [STAGES[s] for s in BEFORE_DELIVERY]})
    return (
        every.join(counted, on="stage", how="left", maintain_order="left")
        .join(usual, on="stage", how="left", maintain_order="left")
        .with_columns(pl.col("cars", "long").fill_null(0))
    )


def listed(orders: pl.DataFrame, stages: pl.DataFrame, look: Look, stage: str) -> pl.DataFrame:
    """Undelivered orders with the stage they are in, most slipped first. stage: "" for every stage."""
    now = stages.filter(pl.col("is_current") & (pl.col("stage") != "delivered")).select(
        "vehicle_order_id", "market", "stage", "stage_no", "stage_days", "usual_days", "is_long"
    )
    rows = orders.join(now, on="vehicle_order_id")
    keep = {
        Look.OPEN: pl.col("stage").is_in(WAITING),
        Look.SLIPPED: pl.col("is_open") & (pl.col("slip_days") > 0),
        Look.LONG: pl.col("is_long"),
        Look.HERE: ~pl.col("stage").is_in(WAITING),
    }[look]
    rows = rows.filter(keep & ((pl.col("stage") == stage) if stage else pl.lit(value=True)))
    slip = pl.when(pl.col("is_open")).then(pl.col("slip_days"))  # how late a car once came is over
    return rows.sort(slip, "stage_days", "vehicle_order_id", descending=[True, True, False], nulls_last=True)


def finding(orders: pl.DataFrame, stages: pl.DataFrame) -> str:
    """How many are on the way, how many slip, and where they wait too long."""
    waiting = orders.filter(pl.col("is_open"))
    slipped = waiting.filter(pl.col("slip_days") > 0)
    counted = standing(stages).filter((pl.col("long") > 0) & pl.col("stage").is_in(WAITING))
    long = counted.sort("long", descending=True)
    said = [f"{words.plural(waiting.height, 'car')} on the way, {slipped.height} past the first promise"]
    if long.height:
        row = long.row(0, named=True)
        said.append(
            f"{words.number(long['long'].sum())} longer in their stage than nine of ten were, most in "
            f"“{row['name'].lower()}” ({row['long']})"
        )
    return "; ".join(said) + "."


def timeline(stages: pl.DataFrame, order: Mapping[str, Any]) -> pl.DataFrame:
    """One order, every stage a row: reached, days, usual; one that was skipped or lies ahead says so."""
    found = {row["stage"]: row for row in stages.iter_rows(named=True)}
    last = max((row["stage_no"] for row in found.values()), default=0)
    rows = []
    for number, (stage, name) in enumerate(STAGES.items(), start=1):
        row = found.get(stage)
        rows.append(
            {
                "Stage": name,
                "Reached": _reached(row, order, stage, is_ahead=number > last),
                "Days in it": words.number(row["stage_days"]) if row else words.DASH,
                "Usual": words.number(row["usual_days"]) if row else words.DASH,
                "": "longer than nine of ten" if row and row["is_long"] else "",
            }
        )
    return pl.DataFrame(rows)


def promise(order: Mapping[str, Any]) -> str:
    """What was promised first, what is promised now, and what became of it."""
    first, last, slip = order["promised_date"], order["last_promised_date"], order["slip_days"]
    if first is None:
        return "No arrival was promised yet."
    said = f"Promised for {words.day(first)}"
    if last != first:
        said += f", now for {words.day(last)}"
    if order["received_date"] is not None:
        came = f"; received {words.day(order['received_date'])}"
        return said + came + (f", {slip} days late." if slip > 0 else ", on time.")
    return said + (f"; {slip} days past the first promise." if slip else "; not due yet.")


def _reached(row: Mapping[str, Any] | None, order: Mapping[str, Any], stage: str, *, is_ahead: bool) -> str:
    if row is not None:
        return words.day(row["entered_date"])
    expected: date | None = order["eta_date"] if stage == "arrived" else None
    if is_ahead and expected is not None:
        return f"expected {words.day(expected)}"
    return "ahead" if is_ahead else "skipped"
