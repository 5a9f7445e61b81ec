"""Parts beside their target, and dealers' plans put together: pure, over rows of `mart_parts_attainment`.

Money of several currencies is added up in the group's, at the rate in force; a currency without a rate is
named and left out, never counted as nothing.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import polars as pl

from apps import attainment, currency, words
from apps.attainment import Measure, sum_or_null


class Figure(StrEnum):
    """In what parts are counted."""

    MONEY = "money"
    UNITS = "units"


def shaped(rows: pl.DataFrame, figure: Figure, rates: pl.DataFrame) -> tuple[pl.DataFrame, str | None]:
    """Rows as `attainment.summed` takes them, in units or in minor units of one currency, and which it is.

    rates: dim_exchange_rate. Rows whose currency has no rate are left out; see `unrated`.
    """
    end = "units" if figure is Figure.UNITS else "minor"
    factor, unit = pl.lit(1.0), None
    if figure is Figure.MONEY:
        rows, unit = _rated(rows, rates)
        factor = pl.col("factor")
    elapsed = pl.col("working_days_elapsed") / pl.col("working_days")
    amounts = {
        **{f"{m}_target": factor * pl.col(f"{m}_target_{end}") for m in Measure},
        **{f"{m}_units": factor * pl.col(f"{m}_{end}") for m in Measure},
        "forecast_units": factor * pl.col(f"forecast_{end}"),
        "demand": factor * pl.col(f"demand_{end}"),
        "plan_retail": factor * _planned_retail(figure),
        "plan_wholesale": factor * pl.col(f"plan_requirement_{end}"),
    }
    found = rows.with_columns(**amounts)
    return found.with_columns(
        (pl.col(f"{m}_target") * elapsed).alias(f"{m}_target_to_date") for m in Measure
    ), unit


def unrated(rows: pl.DataFrame, rates: pl.DataFrame) -> list[str]:
    """Currencies of the rows that cannot be added to the others."""
    if rows["currency"].n_unique() <= 1:
        return []
    return sorted(set(rows["currency"]) - set(currency.factors(rates)))


def _rated(rows: pl.DataFrame, rates: pl.DataFrame) -> tuple[pl.DataFrame, str | None]:
    if rows["currency"].n_unique() <= 1:
        return rows.with_columns(factor=pl.lit(1.0)), rows["currency"].first()
    known = currency.factors(rates)
    factor = pl.col("currency").replace_strict(known, default=None, return_dtype=pl.Float64)
    return rows.with_columns(factor=factor).drop_nulls("factor"), currency.group_currency(rates)


def _planned_retail(figure: Figure) -> pl.Expr:
    """In money at the mean price of what is wanted; a plan that wants nothing has none."""
    if figure is Figure.UNITS:
        return pl.col("plan_retail_units")
    wanted = pl.col("plan_requirement_units")
    price = pl.when(wanted > 0).then(pl.col("plan_requirement_minor") / wanted)
    return pl.col("plan_retail_units") * price


def summed(rows: pl.DataFrame, measure: Measure, by: str) -> pl.DataFrame:
    """`attainment.summed` with plan, what dealers have submitted, and of_forecast, of complete months alone.

    rows: of `shaped`. A forecast is of what customers ask for, lost sales too, and is judged by that.
    """
    sent = pl.col("plan_state").is_in(["submitted", "merged"])
    judged = pl.col("forecast_units").is_not_null() & pl.col("is_complete_month")
    beside = (
        rows.with_columns(
            plan=pl.when(sent).then(f"plan_{measure}"),
            asked=pl.when(judged & (measure is Measure.RETAIL)).then("demand"),
            expected=pl.when(judged).then("forecast_units"),
        )
        .group_by(by)
        .agg(plan=sum_or_null("plan"), asked=sum_or_null("asked"), expected=pl.col("expected").sum())
    )
    share = pl.when(pl.col("expected") > 0).then(pl.col("asked") / pl.col("expected"))
    joined = attainment.summed(rows, measure, by).join(beside, on=by, how="left").sort(by)
    return joined.with_columns(of_forecast=share).drop("asked", "expected")


def merged(rows: pl.DataFrame) -> pl.DataFrame:
    """The plan of one month by category: dealers, missing, waiting, retail, requirement, forecast, same, gap.

    rows: mart_parts_attainment of the month. forecast: of every dealer. same: of those who planned; gap:
    their retail less that. Units; retail and requirement are two quantities, never added.
    """
    sent = pl.col("plan_state").is_in(["submitted", "merged"])
    return (
        rows.group_by("category")
        .agg(
            dealers=pl.col("outlet_id").filter(sent).n_unique(),
            missing=pl.col("is_plan_missing").sum(),
            waiting=(pl.col("plan_state") == "submitted").sum(),
            retail=pl.col("plan_retail_units").filter(sent).sum(),
            requirement=pl.col("plan_requirement_units").filter(sent).sum(),
            forecast=sum_or_null("forecast_units"),
            same=pl.col("forecast_units").filter(sent).sum(),
        )
        .with_columns(gap=pl.col("retail") - pl.col("same"))
        .sort("category")
    )


def missing(rows: pl.DataFrame) -> list[str]:
    """Outlets that owe a plan of the month, in any category."""
    return sorted(rows.filter("is_plan_missing")["outlet_id"].unique())


def waiting(rows: pl.DataFrame) -> pl.DataFrame:
    """parts_plan_id, plan_version, outlet_id, category of what is submitted and not merged, sorted."""
    found = rows.filter(pl.col("plan_state") == "submitted")
    return found.select("parts_plan_id", "plan_version", "outlet_id", "category").sort(
        "outlet_id", "category"
    )


def merge_finding(plan: pl.DataFrame, month: date, away: list[str], names: dict[str, str]) -> str:
    """The merged plan in a sentence. plan: of `merged`. away: of `missing`."""
    if not plan["dealers"].sum():
        return f"No dealer has planned {words.month(month)}."
    said = (
        f"{words.month(month)}: dealers expect {words.number(plan['retail'].sum())} units and want "
        f"{words.number(plan['requirement'].sum())}; the forecast of the same dealers is "
        f"{words.number(plan['same'].sum())}."
    )
    if not away:
        return f"{said} Nobody is missing."
    few = ", ".join(names.get(outlet, outlet) for outlet in away[:3])
    return f"{said} {words.plural(len(away), 'dealer')} sent nothing for a category: {few}" + (
        "." if len(away) <= 3 else " and others."
    )
