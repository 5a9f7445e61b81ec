"""Rows of the review's grid for one cell: what was, what is expected, who changed it, how good it was.

In: published tables of the cells chosen. Out: one line per month and measure; a month that is over shows what
the plan said one month before it. Pure, frame to frame.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from apps import words

LATE, EARLY = 1, 3  # lags whose errors are shown
PEOPLE = {"dealer": "statistical", "region": "dealer", "hq": "region"}  # step: the step it changes
LABELS = {
    "last_year": "Same month last year",
    "actual": "Actual",
    "cleaned": "Cleaned history",
    "promotion": "Promotion, % of days",
    "unmoved": "Without events and price changes",
    "uplift": "Uplift by events and price",
    "statistical": "Baseline (statistics)",
    "dealer": "Change by dealers",
    "region": "Change by the region",
    "hq": "Change by headquarters",
    "final": "Final",
    "q10": "P10",
    "q90": "P90",
    "plan": "Target (retail)",
    "gap": "Target less final",
    "late": "Error, 1 month ahead",
    "early": "Error, 3 months ahead",
    "bias": "Too high or low, 1 month ahead",
}
SIGNED = ("uplift", "dealer", "region", "hq", "gap", "bias")
SHARES = ("late", "early", "promotion")
COUNTED = ("last_year", "actual", "plan")  # whole cars, however small the cell
LEAST_MOVED = 0.05  # cars: less than the grid shows
NOT_USED = "not used"
NOT_DRIVEN = (
    "Where events and price changes are not used, they do not move the forecast: in the backtest they did "
    "not make it better, there was none to learn from, or the series is launched by analogy."
)
FENCE_MARKS = {"running": "under way", "frozen": "🔒 frozen", "firm": "firm"}


def by_month(
    cell: pl.DataFrame,
    history: pl.DataFrame,
    targets: pl.DataFrame,
    vintages: pl.DataFrame,
    promotions: pl.DataFrame,
    marked: pl.DataFrame,
    uplifts: pl.DataFrame,
    *,
    months: list[date],
) -> pl.DataFrame:
    """One row per month of `months`, a column per measure of LABELS; null where nothing is known.

    cell: planning.cell_forecast. history: month, units. targets: mart_sales_attainment. vintages:
    mart_forecast_vintage of the cells, every step. promotions: mart_vehicle_driver. marked: outlier.by_month.
    uplifts: vehicle_uplift; what it would be without them is shown where they move anything.
    Errors: shares of what came.
    """
    spine = pl.DataFrame({"month": months}, schema={"month": pl.Date})
    last_year = history.select(pl.col("month").dt.offset_by("1y"), last_year="units")
    planned = targets.filter(pl.col("retail_target").is_not_null())
    plans = planned.group_by(month="sales_month").agg(plan=pl.col("retail_target").sum())
    promoted = promotions.group_by(month="sales_month").agg(promotion=pl.col("promotion_share").mean())
    moved = uplifts.group_by(month="forecast_month").agg(
        uplift=pl.when(pl.col("uplift_units").is_not_null().any()).then(pl.col("uplift_units").sum())
    )
    is_moved = pl.col("uplift").abs().max() >= LEAST_MOVED
    return (
        spine.join(last_year, on="month", how="left")
        .join(history.select("month", actual="units"), on="month", how="left")
        .join(marked.select("month", "cleaned"), on="month", how="left")
        .join(steps(vintages), on="month", how="left")
        .join(cell.select("month", "baseline", "final", "q10", "q90"), on="month", how="left")
        .join(plans, on="month", how="left")
        .join(promoted, on="month", how="left")
        .join(moved, on="month", how="left")
        .with_columns(
            statistical=pl.coalesce("baseline", "statistical"), final=pl.coalesce("final", "final_said")
        )
        .with_columns(
            gap=pl.col("plan") - pl.col("final"),
            unmoved=pl.when(is_moved).then(pl.col("statistical") - pl.col("uplift")),
        )
        .select("month", *LABELS)
    )


def steps(vintages: pl.DataFrame) -> pl.DataFrame:
    """Per month: statistics, changes by role and the plan, as last said before it; errors by lag.

    Months ahead are those of the newest vintage. Months that are over: of the vintage a month before.
    """
    newest = vintages["vintage_month"].max()
    said = vintages.filter(
        pl.when(pl.col("actual_units").is_null())
        .then(pl.col("vintage_month") == newest)
        .otherwise(pl.col("lag") == LATE)
    )
    wide = _wide(said, ["statistical", *PEOPLE, "final"]).with_columns(
        *((pl.col(step) - pl.col(before)).alias(f"by_{step}") for step, before in PEOPLE.items())
    )
    return (
        wide.select("month", "statistical", final_said="final", **{step: f"by_{step}" for step in PEOPLE})
        .join(_errors(vintages, LATE, share="late", cars="bias"), on="month", how="left")
        .join(_errors(vintages, EARLY, share="early", cars="early_cars"), on="month", how="left")
        .drop("early_cars")
    )


def _wide(said: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    return said.group_by(month="forecast_month").agg(
        pl.col("units").filter(pl.col("step") == name).sum().alias(name) for name in names
    )


def _errors(vintages: pl.DataFrame, lag: int, *, share: str, cars: str) -> pl.DataFrame:
    """Of the final plan, after adding up the cells: misses of two dealers that cancel out are no miss."""
    judged = vintages.filter(
        pl.col("step") == "final", pl.col("lag") == lag, pl.col("actual_units").is_not_null()
    )
    summed = judged.group_by(month="forecast_month").agg(pl.col("units", "actual_units").sum())
    error = pl.col("units") - pl.col("actual_units")
    return summed.select(
        "month",
        pl.when(pl.col("actual_units") > 0).then(error.abs() / pl.col("actual_units")).alias(share),
        error.alias(cars),
    )


def without_drivers(uplifts: pl.DataFrame) -> frozenset[date]:
    """Months in which events and prices move no cell, since the forecast does not use them."""
    months = uplifts.group_by("forecast_month").agg(pl.col("uplift_units").is_null().all())
    return frozenset(months.filter("uplift_units")["forecast_month"])


def written(rows: pl.DataFrame, fences: dict[date, str], *, unused: Collection[date] = ()) -> pl.DataFrame:
    """The rows as text: a line per measure that says something, a column per month with its fence.

    unused: of without_drivers. A month whose events are not used has no uplift of 0: it says so.
    """
    digits = 1 if (rows["q90"].max() or 0) < 100 else 0  # small cells differ in their decimals
    heads = [_head(month, fences) for month in rows["month"]]
    is_unused = [month in unused for month in rows["month"]]
    told = []
    for name, label in LABELS.items():
        said = [_said(name, value, digits) for value in rows[name]]
        if name == "uplift":
            said = [NOT_USED if not_used else s for s, not_used in zip(said, is_unused, strict=True)]
        if any(s != words.DASH for s in said):
            told.append({"": label, **dict(zip(heads, said, strict=True))})
    return pl.DataFrame(told)


def _head(month: date, fences: dict[date, str]) -> str:
    mark = FENCE_MARKS.get(fences.get(month, ""))
    return f"{month:%b %y}" + (f" · {mark}" if mark else "")


def _said(name: str, value: float | None, digits: int) -> str:
    if value is None:
        return words.DASH
    if name in SHARES:
        return words.percent(value)
    if name in SIGNED:
        return words.signed(value, 0 if value == round(value) else digits) if value else "0"
    return words.number(value, 0 if name in COUNTED else digits)


def accuracy(rows: pl.DataFrame) -> str:
    """How far the plan was off a month ahead over the months shown; empty when none is judged."""
    judged = rows.filter(pl.col("bias").is_not_null(), pl.col("actual").is_not_null())
    came = judged["actual"].sum()
    if judged.is_empty() or not came:
        return ""
    off, lean = judged["bias"].abs().sum() / came, judged["bias"].sum() / came
    side = "on both sides" if abs(lean) < 0.05 else f"{abs(lean):.0%} too {'high' if lean > 0 else 'low'}"
    return f"One month ahead the plan was {off:.0%} off over {words.plural(judged.height, 'month')}, {side}."


def fences(vintages: pl.DataFrame) -> dict[date, str]:
    """Fence of each month ahead, as the newest vintage sees it."""
    newest = vintages.filter(pl.col("vintage_month") == pl.col("vintage_month").max())
    return dict(newest.select("forecast_month", "fence").unique().iter_rows())


def months_of_history(history: pl.DataFrame, as_of: date) -> int:
    """Complete months since the first sale; 0 for a cell that never sold."""
    sold = history.filter(pl.col("units") > 0)["month"]
    if sold.is_empty():
        return 0
    first = sold.min()
    assert isinstance(first, date)
    return (as_of.year - first.year) * 12 + as_of.month - first.month


def value_by_step(vintages: pl.DataFrame) -> pl.DataFrame:
    """Error of the cell one month ahead after each step, over the months judged, as text."""
    judged = vintages.filter(pl.col("lag") == LATE, pl.col("actual_units").is_not_null())
    months = judged.group_by("step_no", "step", "forecast_month").agg(pl.col("units", "actual_units").sum())
    off = (pl.col("units") - pl.col("actual_units")).abs().sum()
    steps = months.group_by("step_no", "step").agg(off=off, came=pl.col("actual_units").sum(), n=pl.len())
    return pl.DataFrame(
        {
            "Step": words.label(row["step"]) if row["step"] != "hq" else "Headquarters",
            "Error": words.percent(row["off"] / row["came"] if row["came"] else None),
            "Months": str(row["n"]),
        }
        for row in steps.sort("step_no").iter_rows(named=True)
    )


def audit(changes: pl.DataFrame, homes: dict[str, str], *, since: date) -> pl.DataFrame:
    """Every version of what acts on the cell from a month on, newest first, as text.

    changes: fct_plan_change of the series. homes: region path of each dealer of the cell.
    """
    above = {"/".join(p.split("/")[:n]) for p in homes.values() for n in range(1, p.count("/") + 2)}
    own = pl.col("outlet_id").is_in(list(homes))
    region = pl.col("outlet_id").is_null() & pl.col("region_path").is_in(list(above))
    found = changes.filter(own | region, pl.col("forecast_month") >= since)
    return pl.DataFrame(
        {
            "Month": words.month(row["forecast_month"]),
            "Where": row["outlet_id"] or row["region_path"],
            "Change": f"{words.MODES[row['mode']]} {words.number(row['value'])}",
            "By": row["author"],
            "Step": words.label(row["author_level"]),
            "State": words.label(row["state"]),
            "On": words.day(row["effective_at"].date()),
        }
        for row in found.sort("effective_at", "version", descending=True).head(30).iter_rows(named=True)
    )
