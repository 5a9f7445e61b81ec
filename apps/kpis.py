"""Which metrics the pages show as cards, and how a month is compared: pure, over parts.

The formulas are the published metrics'; here only months are chosen. Parts are summed, then divided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from apps import words

FEW_CASES = 10  # below this a ratio is shown grey, as too few to judge


class Metric(StrEnum):
    """Ids in `dbt_project/metrics.yml` that the pages ask for."""

    RETAIL = "retail_units"
    FORECAST = "forecast_units"
    ATTAINMENT = "retail_attainment"
    PACE = "run_rate_attainment"
    OF_FORECAST = "forecast_reached"
    WHOLESALE_ATTAINMENT = "wholesale_attainment"
    WHOLESALE_PACE = "wholesale_run_rate"
    CONVERSION = "lead_conversion"
    RESPONSE = "lead_response"
    AGED = "aged_stock_share"
    SUPPLY = "days_supply"
    FILL = "piece_fill_rate"
    PROMISE = "promise_kept_rate"
    RIGHT_FIRST = "right_first_time_rate"
    CLAIMS = "claim_first_pass_acceptance"
    TIMELY = "capture_timeliness"
    ACCEPTED = "rows_accepted_rate"
    SHARE = "market_share"
    CREDIT_USE = "credit_use_share"
    OVERDUE = "overdue_share"
    ABSORPTION = "absorption"
    APPROVAL = "approval_hours"
    CAMPAIGNS = "campaign_completion_rate"
    ROADSIDE = "roadside_minutes"
    CONTACTS = "contact_punctuality"


@dataclass(frozen=True, slots=True)
class Kpi:
    """A ratio as a card: where its months are (None: only the as-of day), and which way is good."""

    metric: Metric
    label: str
    time_column: str | None
    up_is_good: bool = True


CARDS = (
    Kpi(Metric.ATTAINMENT, "Retail ÷ target", "sales_month"),
    Kpi(Metric.CONVERSION, "Lead → delivery", "cohort_month"),
    Kpi(Metric.AGED, "Stock over 90 days", None, up_is_good=False),
    Kpi(Metric.FILL, "Parts filled at once", "demand_month"),
    Kpi(Metric.RIGHT_FIRST, "Right first time", "service_date"),
    Kpi(Metric.PROMISE, "Promise kept", "service_date"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A KPI in its latest complete month, beside the month before and the year before."""

    month: date | None
    value: float | None
    cases: float | None  # the denominator; None for sums
    month_before: float | None
    year_before: float | None
    line: tuple[float, ...]  # the months up to this one, oldest first, gaps left out

    @property
    def has_few_cases(self) -> bool:
        return self.cases is not None and self.cases < FEW_CASES

    @property
    def change(self) -> float | None:
        return _difference(self.value, self.month_before)

    @property
    def change_on_year(self) -> float | None:
        return _difference(self.value, self.year_before)


def by_month(rows: pl.DataFrame, time_column: str) -> pl.DataFrame:
    """A ratio's parts summed to months: month, numerator, denominator, value. Days and month ends fold in."""
    parts = ("numerator", "denominator")
    if rows.is_empty():
        return pl.DataFrame(schema={"month": pl.Date, **dict.fromkeys((*parts, "value"), pl.Float64)})
    month = pl.col(time_column).cast(pl.String).str.slice(0, 10).str.to_date().dt.truncate("1mo")
    summed = rows.group_by(month.alias("month")).agg(pl.col(part).cast(pl.Float64).sum() for part in parts)
    value = pl.when(pl.col("denominator") != 0).then(pl.col("numerator") / pl.col("denominator"))
    return summed.with_columns(value=value).sort("month")


def rolled(months: pl.DataFrame, window: int) -> pl.DataFrame:
    """Each month with the parts of the `window` months that end with it: a dealer's month has few cases."""
    if window == 1 or months.is_empty():
        return months
    summed = (
        months.sort("month")
        .rolling("month", period=f"{window}mo")
        .agg(pl.col("numerator", "denominator").sum())
    )
    value = pl.when(pl.col("denominator") != 0).then(pl.col("numerator") / pl.col("denominator"))
    return summed.with_columns(value=value)


def read(months: pl.DataFrame, last: date) -> Reading:
    """The reading of the month `last`, or of the latest one before it that has a value."""
    known = months.filter((pl.col("month") <= last) & pl.col("value").is_not_null()).sort("month")
    if known.is_empty():
        return Reading(None, None, None, None, None, ())
    values: Mapping[date, float] = dict(zip(known["month"], known["value"], strict=True))
    month = known["month"][-1]
    cases = known["denominator"][-1]
    return Reading(
        month=month,
        value=values[month],
        cases=cases if cases else None,
        month_before=values.get(shifted(month, -1)),
        year_before=values.get(shifted(month, -12)),
        line=tuple(known["value"].tail(13)),
    )


def shifted(month: date, months: int) -> date:
    """First day of the month so many months away."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def last_complete(as_of: date) -> date:
    """The last month that has ended."""
    return shifted(as_of, -1)


def ranking(scores: pl.DataFrame, month: date) -> pl.DataFrame:
    """Dealers by the mean of their axes in a month, best first; axes without enough cases do not count.

    scores: mart_dealer_scorecard. Out: outlet_id, score, change, axes, n, weakest, weakest_score.
    """
    now = scores.filter(pl.col("score_month") == month)
    scored = pl.col("score").is_not_null()
    weakest = pl.col("axis").sort_by("score", nulls_last=True).first()
    return (
        now.group_by("outlet_id")
        .agg(
            score=pl.col("score").mean(),
            change=pl.col("score_change").mean(),
            axes=scored.sum(),
            n=pl.col("n").filter(scored).sum(),
            weakest=pl.when(scored.any()).then(weakest),
            weakest_score=pl.col("score").min(),
        )
        .sort("score", "outlet_id", descending=[True, False], nulls_last=True)
    )


def status(score: float | None) -> str:
    """The word beside the colour."""
    if score is None:
        return "Too few cases"
    shown = round(score)  # as the page shows it, so that word and figure agree
    return "On track" if shown >= 75 else "Watch" if shown >= 50 else "Act now"


def funnel_stages(rows: pl.DataFrame) -> pl.DataFrame:
    """Cohorts summed: stage, count, share of the first stage, text; in the order of the funnel."""
    counts = {label: int(rows[column].sum()) for column, label in words.FUNNEL.items()}
    first = next(iter(counts.values()))
    shares = [count / first if first else None for count in counts.values()]
    texts = [f"{words.number(c)} · {words.percent(s)}" for c, s in zip(counts.values(), shares, strict=True)]
    return pl.DataFrame(
        {"stage": list(counts), "count": list(counts.values()), "share": shares, "text": texts}
    )


def _difference(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before
