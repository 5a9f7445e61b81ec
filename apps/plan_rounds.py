"""What the plan rounds page shows: dealers' two quantities, what the region made of them, who is missing."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from forecasting.weekly import weeks_of

STATES = ("draft", "submitted", "region_reviewed", "consolidated", "locked")
SAID = {
    "draft": "Being written",
    "submitted": "Waits for the region",
    "region_reviewed": "Waits for headquarters",
    "consolidated": "Waits to be locked",
    "locked": "Locked",
}
HORIZONS = {"three_month": "Three months", "month": "Month", "week": "Week"}
QUANTITIES = ("retail_units", "requirement_units", "reviewed_retail_units", "reviewed_requirement_units")
NEXT = {"submitted": "review", "region_reviewed": "consolidate", "consolidated": "lock"}


def as_they_stand(plans: pl.DataFrame, documents: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """plans with what happened to them since they were published: state, version and quantities.

    documents: dealer_plan, those changed since; a version that the plans hold already changes nothing.
    """
    since = pl.DataFrame(
        (
            {"dealer_plan_id": d["key"], "version": d["version"], "state": d["state"]}
            | {name: d["data"].get(name) for name in QUANTITIES}
            for d in documents
        ),
        schema={"dealer_plan_id": pl.String, "version": pl.Int64, "state": pl.String}
        | dict.fromkeys(QUANTITIES, pl.Int64),
    )
    is_newer = pl.col("version_now") > pl.col("version")
    return (
        plans.join(since, on="dealer_plan_id", how="left", suffix="_now", maintain_order="left")
        .with_columns(
            pl.when(is_newer).then(f"{name}_now").otherwise(name).alias(name)
            for name in ("state", *QUANTITIES, "version")
        )
        .with_columns(
            agreed_retail_units=pl.coalesce("reviewed_retail_units", "retail_units"),
            agreed_requirement_units=pl.coalesce("reviewed_requirement_units", "requirement_units"),
        )
        .select(plans.columns)
    )


def nearest(plans: pl.DataFrame) -> pl.DataFrame:
    """Per outlet, series and month the month plan, else the three-month plan; drafts left out."""
    order = pl.when(pl.col("horizon") == "month").then(1).otherwise(2)
    kept = plans.filter(pl.col("horizon") != "week", pl.col("state") != "draft").with_columns(order=order)
    best = pl.col("order").min().over("outlet_id", "series", "plan_month")
    return kept.filter(pl.col("order") == best).drop("order")


def by_month(plans: pl.DataFrame, ahead: pl.DataFrame) -> pl.DataFrame:
    """Month, dealers, retail, agreed, requirement, statistical and final of the cells that were planned.

    plans: mart_dealer_plan. ahead: mart_stock_ahead, for what headquarters builds before an order.
    """
    built = ahead.group_by("plan_month").agg(built_ahead=pl.col("built_ahead_units").sum())
    cells = (
        nearest(plans)
        .group_by("outlet_id", "series", "plan_month")
        .agg(
            pl.col(
                "retail_units", "requirement_units", "agreed_retail_units", "agreed_requirement_units"
            ).sum(),
            pl.col("statistical_units", "final_units").first(),
        )
    )
    return (
        cells.group_by("plan_month")
        .agg(
            dealers=pl.col("outlet_id").n_unique(),
            retail=pl.col("retail_units").sum(),
            agreed=pl.col("agreed_retail_units").sum(),
            requirement=pl.col("agreed_requirement_units").sum(),
            statistical=pl.col("statistical_units").sum(),
            final=pl.col("final_units").sum(),
        )
        .join(built, on="plan_month", how="left")
        .with_columns(pl.col("built_ahead").fill_null(0))
        .sort("plan_month")
    )


def missing(plans: pl.DataFrame, outlets: list[str], month: date) -> list[str]:
    """Outlets that sent nothing for the month, in any horizon."""
    sent = plans.filter(pl.col("plan_month") == month, pl.col("state") != "draft")["outlet_id"]
    return sorted(set(outlets) - set(sent))


def weeks(final: pl.DataFrame, plans: pl.DataFrame, working: pl.DataFrame, month: date) -> pl.DataFrame:
    """Per week of the month: plan split by each market's working days, and what dealers planned for it.

    final: outlet_id, market, units of the month. working: dim_market_day. A market without a calendar is
    split by Monday to Friday.
    """
    parts = []
    for market, units in final.group_by("market").agg(pl.col("units").sum()).sort("market").iter_rows():
        days = working.filter(
            pl.col("market") == market, pl.col("calendar_month") == month, pl.col("is_working_day")
        )["calendar_date"].to_list()
        parts.append(weeks_of(round(units), days or _weekdays(month)))
    summed: dict[date, float] = {}
    for part in parts:
        for week, units in part.items():
            summed[week] = summed.get(week, 0) + units
    frame = pl.DataFrame({"week": list(summed), "plan": list(summed.values())}).sort("week")
    own = plans.filter(pl.col("horizon") == "week", pl.col("plan_month") == month)
    said = own.group_by(week="period_date").agg(
        retail=pl.col("agreed_retail_units").sum(), requirement=pl.col("agreed_requirement_units").sum()
    )
    return frame.join(said, on="week", how="left") if frame.height else frame


def _weekdays(month: date) -> list[date]:
    last = monthrange(month.year, month.month)[1]
    return [d for d in (month.replace(day=n) for n in range(1, last + 1)) if d.weekday() < 5]
