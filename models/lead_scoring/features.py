"""What was known of a lead at the end of a day; nothing that happened later can change it.

In: leads (lead_id, outlet_id, source, series, arrived_date) and events (lead_id, kind, detail, happened_date,
step_no): kind is one of EventKind. Out: one row per open lead and day asked about.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

import polars as pl

LONGEST_DAYS = 180  # a lead older than that is not followed up as a new one
OPEN = ("new", "valid", "assigned", "following")
FEATURES = (
    "level", "source", "series", "days_since_arrival", "days_since_last_step", "reply_days", "drives",
    "missed_drives", "quotations", "visits", "days_since_quotation", "days_since_drive", "was_reactivated",
)  # fmt: skip


class EventKind(StrEnum):
    STAGE = "stage"  # detail: the stage entered
    LEVEL = "level"  # detail: the level given
    CONTACT = "contact"  # the first one
    DRIVE = "drive"
    MISSED_DRIVE = "missed_drive"
    QUOTATION = "quotation"
    VISIT = "visit"


def lead_features(leads: pl.DataFrame, events: pl.DataFrame, days: list[date]) -> pl.DataFrame:
    """lead_id, outlet_id, at and FEATURES, sorted, for leads that were open at the end of each of `days`."""
    grid = (
        leads.select("lead_id", "outlet_id", "source", "series", "arrived_date")
        .join(pl.DataFrame({"at": days}, schema={"at": pl.Date}), how="cross")
        .filter(
            (pl.col("arrived_date") <= pl.col("at"))
            & (pl.col("at") - pl.col("arrived_date") <= timedelta(days=LONGEST_DAYS))
        )
    )
    key = ["lead_id", "at"]
    known = grid.select(key).join(
        events.select("lead_id", "kind", "detail", "happened_date", "step_no"), on="lead_id"
    )
    known = known.filter(pl.col("happened_date") <= pl.col("at")).sort("happened_date", "step_no")
    told = known.group_by(key).agg(
        stage=_details(EventKind.STAGE).last(),
        level=_details(EventKind.LEVEL).last(),
        last_step=_dates(EventKind.STAGE).last(),
        contacted=_dates(EventKind.CONTACT).first(),
        drives=_count(EventKind.DRIVE),
        missed_drives=_count(EventKind.MISSED_DRIVE),
        quotations=_count(EventKind.QUOTATION),
        visits=_count(EventKind.VISIT),
        last_quotation=_dates(EventKind.QUOTATION).last(),
        last_drive=_dates(EventKind.DRIVE).last(),
        was_reactivated=_details(EventKind.STAGE).is_in(["lost", "dormant"]).any(),
    )
    return (
        grid.join(told, on=key)
        .filter(pl.col("stage").is_in(OPEN))
        .select(
            "lead_id", "outlet_id", "at", "level", "source", "series",
            "drives", "missed_drives", "quotations", "visits", "was_reactivated",
            days_since_arrival=_days("arrived_date"),
            days_since_last_step=_days("last_step"),
            reply_days=(pl.col("contacted") - pl.col("arrived_date")).dt.total_days(),
            days_since_quotation=_days("last_quotation"),
            days_since_drive=_days("last_drive"),
        )
        .select("lead_id", "outlet_id", "at", *FEATURES)
        .sort("at", "lead_id")
    )  # fmt: skip


def bought_within(examples: pl.DataFrame, events: pl.DataFrame, horizon_days: int) -> pl.DataFrame:
    """The examples with `outcome`: an order after the day of asking and no later than the horizon."""
    won = events.filter((pl.col("kind") == EventKind.STAGE) & (pl.col("detail") == "order"))
    first = won.join(examples.select("lead_id", "at"), on="lead_id").filter(
        pl.col("happened_date").is_between(
            pl.col("at"), pl.col("at").dt.offset_by(f"{horizon_days}d"), closed="right"
        )
    )
    hit = first.select("lead_id", "at").unique().with_columns(outcome=pl.lit(True))
    return examples.join(hit, on=["lead_id", "at"], how="left").with_columns(
        pl.col("outcome").fill_null(False)
    )


def _of(kind: EventKind) -> pl.Expr:
    return pl.col("kind") == kind.value


def _details(kind: EventKind) -> pl.Expr:
    return pl.col("detail").filter(_of(kind))


def _dates(kind: EventKind) -> pl.Expr:
    return pl.col("happened_date").filter(_of(kind))


def _count(kind: EventKind) -> pl.Expr:
    return _of(kind).sum().cast(pl.Int64)


def _days(column: str) -> pl.Expr:
    return (pl.col("at") - pl.col(column)).dt.total_days()
