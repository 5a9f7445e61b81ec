"""Key accounts' projects: filed, protected, delivered, open. Pure, over rows of `mart_key_account_filing`."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from apps import words

STANDINGS = {
    "expiring": "Ends within 30 days",
    "submitted": "Waits for an answer",
    "confirmed": "Protected",
    "run_out": "Past its last day, not closed",
    "won": "Won",
    "lost": "Lost",
    "rejected": "Rejected",
    "expired": "Expired",
}
IN_FORCE = ("expiring", "confirmed", "won")
_KEYS = (
    "key_account_filing_id",
    "outlet_id",
    "customer_id",
    "project",
    "account_grade",
    "standing",
    "reason",
    "discount_percent",
    "filed_date",
    "decision_date",
    "valid_to_date",
    "days_waited",
)


def filings(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per filing with series ("2 CIRRUS, 1 DELTA"), filed, delivered, open; the pressing first."""
    rank = pl.col("standing").replace_strict({s: n for n, s in enumerate(STANDINGS)}, return_dtype=pl.Int64)
    wanted = pl.format("{} {}", "filed_units", "series")
    return (
        rows.sort("series")
        .group_by(_KEYS)
        .agg(
            wanted.str.join(", ").alias("series"),
            filed=pl.col("filed_units").sum(),
            delivered=pl.col("delivered_units").sum(),
            open=pl.col("open_units").sum(),
        )
        .with_columns(rank=rank, last=pl.coalesce("valid_to_date", "filed_date"))
        .sort("rank", "last", "key_account_filing_id")
        .drop("rank", "last")
    )


def pressing(found: pl.DataFrame) -> pl.DataFrame:
    """Filings in force, waiting, past their day and not closed, and won ones with cars to come."""
    is_current = pl.col("standing").is_in(["expiring", "submitted", "confirmed", "run_out"])
    return found.filter(is_current | ((pl.col("standing") == "won") & (pl.col("open") > 0)))


def standing(found: pl.DataFrame) -> pl.DataFrame:
    """Filings and filed, delivered, open cars by standing, even where there is none. found: of `filings`."""
    order = pl.DataFrame({"standing": list(STANDINGS), "name": list(STANDINGS.values())})
    summed = found.group_by("standing").agg(
        filings=pl.len().cast(pl.Int64), **{n: pl.col(n).sum() for n in ("filed", "delivered", "open")}
    )
    joined = order.join(summed, on="standing", how="left", maintain_order="left")
    return joined.with_columns(pl.col("filings", "filed", "delivered", "open").fill_null(0))


def finding(found: pl.DataFrame, as_of: date) -> str:
    """What is in force, what of it is still to come, what presses. found: of `filings`."""
    held = found.filter(pl.col("standing").is_in(IN_FORCE))
    if held.is_empty() and found.filter(pl.col("standing") == "submitted").is_empty():
        return "No project of a key account is in force, and none waits for an answer."
    said = (
        f"{words.plural(held.height, 'project')} of key accounts in force or won: "
        f"{words.number(held['filed'].sum())} cars filed, {words.number(held['delivered'].sum())} handed "
        f"over, {words.number(held['open'].sum())} still open"
    )
    pressing = [_ending(found, as_of), _waiting(found)]
    return "; ".join([said, *filter(None, pressing)]) + "."


def _ending(found: pl.DataFrame, as_of: date) -> str:
    ending = found.filter(pl.col("standing") == "expiring")
    if ending.is_empty():
        return ""
    first: Any = ending["valid_to_date"].min()
    days = (first - as_of).days
    return f"{_so_many(ending, 'end')} within 30 days, the first in {words.plural(days, 'day')}"


def _waiting(found: pl.DataFrame) -> str:
    asked = found.filter(pl.col("standing") == "submitted")
    if asked.is_empty():
        return ""
    longest: Any = asked["days_waited"].max()
    return f"{_so_many(asked, 'wait')} for an answer, the longest {words.plural(longest, 'day')}"


def _so_many(rows: pl.DataFrame, verb: str) -> str:
    return f"{rows.height} {verb}{'s' if rows.height == 1 else ''}"
