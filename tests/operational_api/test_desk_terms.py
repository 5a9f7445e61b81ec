"""The head of the parts page: cut-off on the outlet's clock, budget, least order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from operational_api.desk.terms import cut_off, terms_of

pytestmark = pytest.mark.fast


def terms(**known: Any) -> dict[str, Any]:
    return {
        "timezone": "Asia/Dubai", "currency": "AED", "next_order_date": "2026-03-12", "cut_off_minute": 960,
        "following_order_date": "2026-03-15", "following_cut_off_minute": 720, "budget_minor": 100_000,
        "budget_left_minor": 60_000, "minimum_order_minor": 5_000, "urgent_freight_minor": 900, **known,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("now", "at", "is_missed"),
    [
        ("2026-03-12T11:59", "2026-03-12T12:00", False),  # 16:00 in Dubai is noon in UTC
        ("2026-03-12T12:00", "2026-03-12T12:00", False),
        ("2026-03-12T12:01", "2026-03-15T08:00", True),
        ("2026-03-10T00:00", "2026-03-12T12:00", False),
    ],
)
def test_the_cut_off_is_the_outlets_clock_and_the_next_one_follows_a_missed_one(now, at, is_missed):
    got = cut_off(terms(), datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert got is not None
    assert (got.at, got.is_missed) == (datetime.fromisoformat(at).replace(tzinfo=UTC), is_missed)


def test_a_list_older_than_both_order_days_promises_none():
    assert cut_off(terms(), datetime(2026, 4, 1, tzinfo=UTC)) is None
    assert cut_off(terms(next_order_date=None), datetime(2026, 3, 1, tzinfo=UTC)) is None


def head(wanted: int, spent: int = 0, **known: Any):
    now = datetime(2026, 3, 11, tzinfo=UTC)
    return terms_of(terms(**known), wanted={"AED": wanted, "USD": 9}, spent={"AED": spent}, now=now)


def test_what_was_ordered_since_the_list_was_made_is_off_the_budget():
    got = head(30_000, spent=35_000).budget
    assert (got.left, got.wanted, got.is_short) == (25_000, 30_000, True)
    assert head(25_000, spent=35_000).budget.is_short is False
    assert head(1, budget_minor=None, budget_left_minor=None).budget is None


def test_the_least_order_is_asked_for_only_of_a_list_that_orders_something():
    assert head(2_000).missing_minor == 3_000
    assert head(5_000).missing_minor == 0
    assert head(0).missing_minor == 0
    assert head(2_000, minimum_order_minor=None).missing_minor == 0
