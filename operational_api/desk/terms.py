"""The money and the clock of an order: what is left of the budget, and until when it may be sent.

In: the published order terms of one outlet, the sums of the page, the time. Out: what the page says first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from operational_api.desk.api import Api, Refused

TERMS = "/v1/insights/mart_order_terms"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CutOff:
    """Last instant for the next order day; `is_missed`: an earlier one passed since the list was made."""

    at: datetime
    zone: str
    is_missed: bool


@dataclass(frozen=True, slots=True)
class Budget:
    """The month's money for stock orders, minor units; `wanted` is what the page would add."""

    currency: str
    whole: int
    left: int
    wanted: int

    @property
    def is_short(self) -> bool:
        return self.wanted > self.left


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What the head of the page says; parts are None where the outlet has no such terms."""

    cut_off: CutOff | None
    budget: Budget | None
    currency: str
    missing_minor: int  # to the least value of an order; 0 when it is reached
    urgent_freight_minor: int | None


async def order_terms(
    api: Api, outlet: str | None, *, wanted: Mapping[str, int], spent: Mapping[str, int]
) -> OrderTerms | None:
    """Terms of the outlet as published, with what was ordered since; None where there are none."""
    if outlet is None:
        return None
    try:
        found = await api.get(TERMS, outlet_id=outlet)
    except Refused as refused:
        if refused.status in {403, 404}:  # an older snapshot, or a role that has no part in orders
            return None
        raise
    return (
        terms_of(found["rows"][0], wanted=wanted, spent=spent, now=datetime.now(UTC))
        if found["rows"]
        else None
    )


def terms_of(row: Row, *, wanted: Mapping[str, int], spent: Mapping[str, int], now: datetime) -> OrderTerms:
    currency = str(row["currency"])
    sum_minor = wanted.get(currency, 0)
    least = row["minimum_order_minor"] or 0
    return OrderTerms(
        cut_off=cut_off(row, now),
        budget=_budget(row, wanted=sum_minor, spent=spent.get(currency, 0)),
        currency=currency,
        missing_minor=max(least - sum_minor, 0) if sum_minor else 0,
        urgent_freight_minor=row["urgent_freight_minor"],
    )


def cut_off(row: Row, now: datetime) -> CutOff | None:
    """The first of the two published order days whose last minute lies ahead, on the outlet's clock."""
    days = ("next_order_date", "cut_off_minute"), ("following_order_date", "following_cut_off_minute")
    zone = ZoneInfo(row["timezone"])
    for number, (day, minute) in enumerate(days):
        if row[day] is None:
            return None
        local = time(*divmod(int(row[minute]), 60))
        at = datetime.combine(date.fromisoformat(str(row[day])[:10]), local, zone)
        if at >= now:
            return CutOff(at, row["timezone"], is_missed=number > 0)
    return None


def _budget(row: Row, *, wanted: int, spent: int) -> Budget | None:
    if row["budget_minor"] is None:
        return None
    left = max(int(row["budget_left_minor"]) - spent, 0)
    return Budget(str(row["currency"]), int(row["budget_minor"]), left, wanted)
