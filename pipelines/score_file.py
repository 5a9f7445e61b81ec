"""Scores on a plain file: leads and what happened to them, or cars and their visits.

In: a file of events, one a row. Out: a file of chances with reasons, and the figures of the later months. The
names of the columns are fixed; what is optional and missing is unknown to the model, never made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from models.lead_scoring import score_leads
from models.lead_scoring.features import EventKind
from models.scoring.learn import Learnt
from models.service_return import score_returns
from pipelines.tabular import read_table

LEAD_COLUMNS = ("lead_id", "happened_date", "kind")
VISIT_COLUMNS = ("vin", "visited_date")


class FileError(ValueError):
    """The file cannot be scored; says which column or value, and the remedy."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows written, and how good such chances were (empty: too little history, nothing was scored)."""

    rows: int
    quality: pl.DataFrame


def score_leads_file(file: Path, *, as_of: date | None, out: Path) -> Scored:
    """lead_id, happened_date, kind (of EventKind), detail; optional: outlet_id, source, series."""
    events = _dated(_read(file, LEAD_COLUMNS), "happened_date").sort("happened_date", maintain_order=True)
    known = [k.value for k in EventKind]
    wrong = sorted(set(events["kind"].unique()) - set(known))
    if wrong:
        raise FileError(f"kind {wrong[0]!r} is not known; use one of: {', '.join(known)}")
    events = _filled(events, ("detail", "outlet_id", "source", "series"))
    leads = events.group_by("lead_id", maintain_order=True).agg(
        pl.col("outlet_id", "source", "series").drop_nulls().first(),
        arrived_date=pl.col("happened_date").min(),
    )
    counted = events.with_columns(step_no=pl.int_range(pl.len(), dtype=pl.Int64).over("lead_id"))
    day = as_of or _last(events["happened_date"])
    return _written(score_leads(leads, counted, as_of=day), "lead_id", out)


def score_returns_file(file: Path, *, as_of: date | None, out: Path) -> Scored:
    """vin, visited_date; optional: customer_id, outlet_id, odometer_km, complaint_code, series,
    delivered_date."""
    told = _dated(_read(file, VISIT_COLUMNS), "visited_date")
    told = _filled(told, ("customer_id", "outlet_id", "complaint_code", "series"))
    told = _dated(_filled(told, ("delivered_date",)), "delivered_date")
    told = told.with_columns(
        odometer_km=pl.col("odometer_km").cast(pl.Int64, strict=False)
        if "odometer_km" in told.columns
        else pl.lit(None, pl.Int64)
    ).sort("visited_date", maintain_order=True)
    cars = told.group_by("vin", maintain_order=True).agg(
        pl.col("series", "delivered_date").drop_nulls().first()
    )
    owners = told.group_by("vin", maintain_order=True).agg(
        pl.col("customer_id").last().fill_null(pl.col("vin").first()),
        pl.col("outlet_id").last(),
        period_no=pl.lit(1, pl.Int64),
        valid_from_date=pl.coalesce(pl.col("delivered_date").min(), pl.col("visited_date").min()),
        valid_to_date=pl.lit(None, pl.Date),
    )
    misses = pl.DataFrame(schema={"vin": pl.String, "missed_date": pl.Date})
    visits = told.select("vin", "visited_date", "odometer_km", "complaint_code")
    day = as_of or _last(told["visited_date"])
    return _written(score_returns(owners, visits, misses, cars, as_of=day), "vin", out)


def _read(file: Path, needed: Sequence[str]) -> pl.DataFrame:
    frame = read_table(file)
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise FileError(f"{file} has no column {', '.join(missing)}; it needs {', '.join(needed)}")
    return frame


def _filled(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    absent = [pl.lit(None, pl.String).alias(n) for n in names if n not in frame.columns]
    return frame.with_columns(absent)


def _dated(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Days as days, whatever the file calls them."""
    if frame.schema[name] == pl.Date:
        return frame
    text = pl.col(name).cast(pl.String).str.slice(0, 10)
    try:
        return frame.with_columns(text.str.to_date("%Y-%m-%d").alias(name))
    except pl.exceptions.InvalidOperationError as error:
        raise FileError(f"{name} holds something that is no day; write 2026-01-31") from error


def _write(rows: pl.DataFrame, out: Path) -> None:
    if out.suffix.lower() == ".csv":
        rows.write_csv(out)
    else:
        rows.write_parquet(out)


def _last(days: pl.Series) -> date:
    last = days.max()
    if not isinstance(last, date):
        raise FileError("the file holds no day")
    return last


def _written(learnt: Learnt, key: str, out: Path) -> Scored:
    said = pl.format("{}: {} ({})", pl.col("feature"), pl.col("value"), pl.col("log_odds").round(1))
    wide = learnt.reasons.select(key, said=said, place=pl.format("reason_{}", "rank")).pivot(
        "place", index=key, values="said"
    )
    rows = learnt.scores.select(key, "probability").join(wide, on=key, how="left")
    _write(rows.sort("probability", descending=True), out)
    return Scored(rows.height, learnt.quality)
