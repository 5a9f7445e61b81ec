"""The business date of a run: its daily partition, or the day it starts.

In: a Dagster context. Out: the day after which no fact counts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import dagster as dg

FIRST_DAY = date(1998, 1, 1)
DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC", end_offset=1)


def business_date(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
    """The partition's day; without one, today in UTC."""
    day = context.run.tags.get("dagster/partition")
    return date.fromisoformat(day) if day else today()


def today() -> date:
    return datetime.now(UTC).date()
