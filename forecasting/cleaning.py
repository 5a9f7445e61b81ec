"""Cleaned history: months that somebody marked as no guide, and what the engine learns from instead.

In: monthly sales and the marks known on a day. Out: the sales with `cleaned_units` beside what came. A mark
without a figure is filled by what the months around it lead to expect. Accuracy is never measured on this.
"""

from __future__ import annotations

from datetime import date

import polars as pl

AROUND = 3  # months before and after a marked one that say what was to be expected of it
# What a market did in a month is believed half when it sells about this many cars.
PRIOR_UNITS = 30.0
CELL = ("outlet_id", "series")


def marks_on(marks: pl.DataFrame, day: date) -> pl.DataFrame:
    """The marks in force on a day: the latest version recorded by then, not withdrawn.

    marks: fct_sales_outlier, one row per version.
    """
    known = marks.filter(pl.col("valid_from_date") <= day).sort("sales_outlier_id", "version")
    latest = known.unique("sales_outlier_id", keep="last", maintain_order=True)
    return latest.filter(pl.col("counts"))


def cleaned(sales: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """sales: market, region, outlet_id, series, month, units. marks: as `marks_on` gives them.

    Out: the same rows with `sales_outlier_id` (null where none holds) and `cleaned_units` >= 0. A figure for
    a region is handed to its outlets as they sold, equally where none did. The last mark holds a cell.
    """
    held = sales.join(_held(sales, marks), on=[*CELL, "month"], how="left")
    expected = held.join(_expected(held), on=[*CELL, "month"], how="left")
    return (
        expected.with_columns(
            cleaned_units=pl.when(pl.col("sales_outlier_id").is_null())
            .then(pl.col("units").cast(pl.Float64))
            .otherwise(pl.coalesce("wanted", "expected", pl.col("units").cast(pl.Float64)))
        )
        .drop("wanted", "expected")
        .sort("market", "region", *CELL, "month")
    )


def _held(sales: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """One row per marked cell: the mark that holds it and the cells' share of its figure."""
    ranked = marks.sort("written_at", "sales_outlier_id").with_row_index("rank")
    own = ranked.select(
        "rank", "sales_outlier_id", "replacement_units", "series",
        month="sales_month", own_outlet="outlet_id", own_region="region_path",
    )  # fmt: skip
    below = (pl.col("region") == pl.col("own_region")) | pl.col("region").str.starts_with(
        pl.col("own_region") + "/"
    )
    inside = pl.when(pl.col("own_outlet").is_not_null()).then(pl.col("own_outlet") == pl.col("outlet_id"))
    covered = sales.join(own, on=["series", "month"]).filter(inside.otherwise(below))
    total, cells = (e.over("rank") for e in (pl.col("units").sum(), pl.len()))
    share = pl.when(total > 0).then(pl.col("units") / total).otherwise(1 / cells)
    return (
        covered.with_columns(wanted=pl.col("replacement_units") * share)
        .sort("rank")
        .unique([*CELL, "month"], keep="last", maintain_order=True)
        .select(*CELL, "month", "sales_outlier_id", "wanted")
    )


def _expected(held: pl.DataFrame) -> pl.DataFrame:
    """Of each marked cell: the mean of its own months around, moved as its market's unmarked cells moved."""
    number = pl.col("month").dt.year().cast(pl.Int64) * 12 + pl.col("month").dt.month()
    rows = held.with_columns(at=number)
    marked = rows.filter(pl.col("sales_outlier_id").is_not_null()).select("market", *CELL, "month", "at")
    plain = rows.filter(pl.col("sales_outlier_id").is_null())
    near = (pl.col("at_near") - pl.col("at")).abs().is_between(1, AROUND)
    level = (
        marked.join(plain.select(*CELL, units="units", at_near="at"), on=list(CELL))
        .filter(near)
        .group_by(*CELL, "month")
        .agg(level=pl.col("units").mean())
    )
    others = rows.join(marked.select(CELL).unique(), on=list(CELL), how="anti")
    market = others.group_by("market", at_near="at").agg(all_units=pl.col("units").sum())
    here = market.rename({"at_near": "at", "all_units": "in_month"})
    around = (
        marked.join(market, on="market")
        .filter(near)
        .group_by(*CELL, "month")
        .agg(around=pl.col("all_units").mean())
    )
    season = (pl.col("in_month") + PRIOR_UNITS) / (pl.col("around") + PRIOR_UNITS)
    return (
        marked.join(level, on=[*CELL, "month"])
        .join(around, on=[*CELL, "month"], how="left")
        .join(here, on=["market", "at"], how="left")
        .select(*CELL, "month", expected=pl.col("level") * season.fill_null(1.0))
    )
