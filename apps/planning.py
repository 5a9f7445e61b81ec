"""What the forecast review shows, computed from published tables: pure, frame to frame.

Plans are the retail targets in force. A plan is an exception when it stands outside the forecast's own
80 % band; the largest in money comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import polars as pl

from apps import words
from forecasting import spread as spread_rules
from forecasting import value_added
from forecasting.spread import allocate

Mode = Literal["set", "add", "percent"]
INSIDE = "Inside band"
Level = Literal["region_path", "outlet_id", "area"]


def cells(forecast: pl.DataFrame) -> set[tuple[str, str]]:
    """Every place and series that is forecast: each dealer, his region, and every region above it.

    forecast: outlet_id, region_path, series.
    """
    places = forecast.select("outlet_id", "region_path", "series").unique()
    return {
        (cell, series)
        for outlet, path, series in places.iter_rows()
        for cell in (outlet, path, *(path[:end] for end, sign in enumerate(path) if sign == "/"))
    }


def exceptions(
    targets: pl.DataFrame, forecast: pl.DataFrame, prices: pl.DataFrame, *, level: Level
) -> pl.DataFrame:
    """Cells where plan and forecast differ: those outside the band first, then by money.

    A cell is a series in a market's region or at an outlet, as `level` says. targets: outlet_id,
    region_path, series, sales_month, retail_target. forecast: mart_forecast of vehicles, both steps.
    prices: series, price_minor, currency. Months that lack a plan or a forecast are left out.
    Out: cell, series, months, plan, baseline, final, q10, q90, gap, gap_minor, currency, verdict.
    """
    months = forecast.rename({"forecast_month": "sales_month"})
    at = ["outlet_id", "series", "sales_month"]
    planned = targets.filter(pl.col("retail_target").is_not_null()).select(
        *at, cell=level, plan="retail_target"
    )
    final = months.filter(pl.col("step") == "final").select(*at, "q10", "q90", final="mean")
    baseline = months.filter(pl.col("step") == "baseline").select(*at, baseline="mean")
    joined = planned.join(final, on=at).join(baseline, on=at)
    by_month = joined.group_by("cell", "series", "sales_month").agg(
        pl.col("plan", "baseline", "final").sum(), below=_width("final", "q10"), above=_width("q90", "final")
    )
    return (
        by_month.group_by("cell", "series")
        .agg(pl.len().alias("months"), pl.col("plan", "baseline", "final", "below", "above").sum())
        .with_columns(
            q10=(pl.col("final") - pl.col("below")).clip(0),
            q90=pl.col("final") + pl.col("above"),
            gap=pl.col("plan") - pl.col("final"),
        )
        .join(prices, on="series", how="left")
        .with_columns(gap_minor=pl.col("gap") * pl.col("price_minor"), verdict=_verdict())
        .drop("price_minor", "below", "above")
        .sort(
            pl.col("verdict") == INSIDE,
            pl.col("gap_minor").abs(),
            pl.col("gap").abs(),
            "cell",
            "series",
            descending=[False, True, True, False, False],
            nulls_last=True,
        )
    )


def _width(upper: str, lower: str) -> pl.Expr:
    """Half a band over several dealers: not all miss on one side, so widths add as independent errors."""
    return ((pl.col(upper) - pl.col(lower)).clip(0) ** 2).sum().sqrt()


def _verdict() -> pl.Expr:
    return (
        pl.when(pl.col("plan") > pl.col("q90"))
        .then(pl.lit("Plan above band"))
        .when(pl.col("plan") < pl.col("q10"))
        .then(pl.lit("Plan below band"))
        .otherwise(pl.lit(INSIDE))
    )


def prices(products: pl.DataFrame) -> pl.DataFrame:
    """Mean list price of a series; null where its variants are priced in several currencies, or in none."""
    one_currency = pl.col("currency").drop_nulls().n_unique() == 1
    return products.group_by("series").agg(
        price_minor=pl.when(one_currency).then(pl.col("list_price_minor").mean()),
        currency=pl.when(one_currency).then(pl.col("currency").drop_nulls().first()),
    )


def cell_forecast(forecast: pl.DataFrame) -> pl.DataFrame:
    """One line per month over the cells given: month, baseline, final, q10, q90, overrides."""
    final = forecast.filter(pl.col("step") == "final")
    summed = final.group_by("forecast_month").agg(
        final=pl.col("mean").sum(),
        below=_width("mean", "q10"),
        above=_width("q90", "mean"),
        overrides=pl.col("overrides").sum(),
    )
    baseline = (
        forecast.filter(pl.col("step") == "baseline")
        .group_by("forecast_month")
        .agg(baseline=pl.col("mean").sum())
    )
    return (
        summed.join(baseline, on="forecast_month")
        .select(
            "baseline",
            "final",
            "overrides",
            month="forecast_month",
            q10=(pl.col("final") - pl.col("below")).clip(0),
            q90=pl.col("final") + pl.col("above"),
        )
        .sort("month")
    )


def monthly(sales: pl.DataFrame) -> pl.DataFrame:
    """Units per month over the cells given."""
    return sales.group_by(month="sales_month").agg(units=pl.col("units").sum()).sort("month")


def year_before(history: pl.DataFrame, months: pl.Series) -> pl.DataFrame:
    """What was sold in the same months a year earlier, shown at the later month."""
    later = history.with_columns(month=pl.col("month").dt.offset_by("1y"))
    return later.filter(pl.col("month").is_in(months.implode())).sort("month")


def month_before(day: date) -> date:
    """First day of the month before the day's."""
    index = day.year * 12 + day.month - 2
    return date(index // 12, index % 12 + 1, 1)


def months_on(day: date, months: int) -> date:
    """First day of the month so many months after the day's; before it when negative."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def events(promotions: pl.DataFrame, *, since: date) -> pl.DataFrame:
    """Months with a promotion at any dealer: month, days in per cent. promotions: mart_vehicle_driver."""
    shown = promotions.filter(pl.col("promotion_share") > 0, pl.col("sales_month") >= since)
    return shown.group_by(month="sales_month").agg(days=100 * pl.col("promotion_share").mean()).sort("month")


def with_marks(
    ranked: pl.DataFrame, documents: Sequence[Mapping[str, Any]], months: Sequence[date]
) -> pl.DataFrame:
    """ranked and `changed`: ● where the very cell is overridden, ○ where a place below it is.

    documents: forecast_override. A change of a region above shows at the region.
    """
    wanted = {f"{m:%Y-%m}" for m in months}
    places = {
        (
            d["data"].get("outlet_code") or d["data"]["region_path"],
            d["data"]["region_path"],
            d["data"].get("series"),
        )
        for d in documents
        if d["state"] != "withdrawn" and d["data"]["forecast_month"][:7] in wanted
    }

    def mark(cell: str, series: str) -> str:
        here = any(place == cell and s in (series, None) for place, _, s in places)
        below = any(
            place != cell and s in (series, None) and (path == cell or path.startswith(f"{cell}/"))
            for place, path, s in places
        )
        return ("●" if here else "") + ("○" if below else "")

    marks = [mark(cell, series) for cell, series in ranked.select("cell", "series").iter_rows()]
    return ranked.with_columns(changed=pl.Series(marks, dtype=pl.String))


def vintage_line(vintage: pl.DataFrame, months: pl.Series) -> pl.DataFrame:
    """What an earlier vintage said of the months shown: month, units."""
    inside = vintage.filter(pl.col("forecast_month").is_in(months.implode()))
    return inside.group_by(month="forecast_month").agg(units=pl.col("units").sum()).sort("month")


def plan_grid(vintage: pl.DataFrame, level: str) -> pl.DataFrame:
    """Rows place x series, one column per month (ISO first day) with the plan's whole cars; 0 where none.

    vintage: mart_forecast_vintage, one vintage, final step. level: region_path or outlet_id.
    """
    cells = vintage.group_by(place=level, series="series", month="forecast_month").agg(pl.col("units").sum())
    wide = (
        cells.sort("month")
        .with_columns(pl.col("month").dt.to_string("iso"), pl.col("units").round().cast(pl.Int64))
        .pivot(on="month", index=["place", "series"], values="units")
    )
    return wide.fill_null(0).sort("place", "series")


def change_cells(
    forecast: pl.DataFrame, vintage: pl.DataFrame, history: pl.DataFrame, *, when: date, step: str
) -> pl.DataFrame:
    """What a change of one series in one month would act on: outlet_id, now, weight, last_year.

    forecast: mart_forecast of the cells. vintage: mart_forecast_vintage of this month: the whole units that
    the steps before the author's left (`step`); without one the forecast itself, rounded. history:
    mart_vehicle_sales_month. The weight is the mean, until somebody changed the cell.
    """
    mean = forecast.filter(pl.col("forecast_month") == when, pl.col("step") == "baseline")
    known = vintage.filter(pl.col("forecast_month") == when, pl.col("step").is_in([step, "statistical"]))
    left = known.filter(step=step).select("outlet_id", now="units")
    plain = known.filter(step="statistical").select("outlet_id", statistical="units")
    before = history.filter(pl.col("sales_month") == when.replace(year=when.year - 1))
    sold = before.group_by("outlet_id").agg(last_year=pl.col("units").sum().cast(pl.Float64))
    return (
        mean.select("outlet_id", "mean")
        .join(left, on="outlet_id", how="left")
        .join(plain, on="outlet_id", how="left")
        .join(sold, on="outlet_id", how="left")
        .select(
            "outlet_id",
            now=pl.coalesce("now", pl.col("mean").round()),
            weight=pl.when(pl.col("now") == pl.col("statistical"))
            .then("mean")
            .otherwise(pl.coalesce("now", "mean")),
            last_year=pl.col("last_year").fill_null(0),
        )
        .sort("outlet_id")
    )


def after_change(cells: pl.DataFrame, mode: Mode, value: float, spread: str) -> pl.DataFrame:
    """The cells with `after`, by the very function that the pipeline runs."""
    after = allocate(
        cells["now"].to_numpy(),
        mode=spread_rules.Mode(mode),
        value=value,
        spread=spread_rules.Spread(spread),
        last_year=cells["last_year"].to_numpy(),
        weight=cells["weight"].to_numpy(),
        whole=True,
    )
    return cells.with_columns(after=pl.Series(after))


def hint(outcomes: pl.DataFrame, *, author: str, reason: str | None, up: bool) -> str:
    """How the author's last changes like this one turned out; empty when there were none."""
    found = (
        value_added.hint(outcomes, author=author, reason=reason, direction="up" if up else "down")
        if reason and not outcomes.is_empty()
        else None
    )
    if found is None:
        return ""
    what = words.plural(found.n, "uplift" if up else "cut")
    share = f"{abs(found.value_added):.0%} of what came"
    if abs(found.value_added) <= value_added.DEAD_ZONE:
        told = "made no difference"
    elif found.value_added < 0:
        told = f"made it worse by {share}"
    else:
        told = f"made it better by {share}"
    few = "" if found.n >= value_added.LEAST_CASES else "; few cases say little"
    return f"Your last {what} with this reason {told}, n={found.n}{few}."
