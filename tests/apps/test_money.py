"""What the page of service and money concludes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import money

pytestmark = pytest.mark.fast
NAMES = pl.DataFrame({"outlet_id": ["a", "b"], "name": ["Alpha", "Beta"]})


def account(outlet: str, cash: int, credit: int) -> dict[str, object]:
    return {
        "outlet_id": outlet, "currency": "AED", "cash_minor": cash, "held_minor": 5, "credit_minor": credit,
        "usable_minor": cash + credit, "credit_used_minor": max(-cash, 0),
    }  # fmt: skip


def test_an_outlet_is_short_with_less_than_a_quarter_of_its_credit_left():
    rows = pl.DataFrame([account("a", -50, 100), account("a", -26, 0), account("b", -70, 100)])
    found = money.positions(rows, NAMES)
    assert found.select("outlet_id", "usable_minor", "credit_use", "is_short").rows() == [
        ("a", 24, 0.76, True),
        ("b", 30, 0.7, False),
    ]


def test_an_outlet_without_credit_is_never_short():
    found = money.positions(pl.DataFrame([account("a", 10, 0)]), NAMES)
    assert found.select("credit_use", "is_short").rows() == [(None, False)]


def test_who_has_owed_longest_comes_first():
    rows = pl.DataFrame(
        {"outlet_id": ["a", "a", "b", "b"], "currency": "AED", "overdue_minor": [10, 20, 5, 0],
         "overdue_days": [3, 9, 30, None]}
    )  # fmt: skip
    found = money.late_payers(rows, NAMES).select("outlet_id", "invoices", "overdue_minor", "oldest_days")
    assert found.rows() == [("b", 1, 5, 30), ("a", 2, 30, 9)]


def test_cars_beyond_reach_do_not_count_against_a_recall():
    rows = pl.DataFrame(
        {"service_action_id": "R", "title": "T", "action_kind": "safety_recall",
         "announced_date": date(2026, 1, 1),
         "cars": [10, 2], "done_cars": [6, 0], "open_cars": [2, 2], "unreachable_cars": [2, 0]}
    )  # fmt: skip
    assert money.actions(rows).select("cars", "done_cars", "open_cars", "share").rows() == [(12, 6, 4, 0.6)]


def test_what_was_refused_is_asked_less_granted_and_an_approved_claim_is_no_refusal():
    rows = pl.DataFrame(
        {"decision": ["approved", "part_approved", "rejected"], "reason": ["x", "late", "late"],
         "currency": ["AED", "SAR", "AED"],
         "asked_minor": [900, 1000, 1000], "approved_minor": [500, 700, None]}
    )  # fmt: skip
    assert money.refusals(rows).rows() == [("late", 2, "AED 10 · SAR 3")]


def test_undecided_claims_are_counted_by_age():
    rows = pl.DataFrame(
        {"is_decided": [False, False, True],
         "submitted_date": [date(2026, 3, 1), date(2026, 3, 30), date(2026, 1, 1)],
         "currency": "AED", "asked_minor": [1, 2, 4]}
    )  # fmt: skip
    found = money.claim_ages(rows, date(2026, 4, 1)).select("bucket", "claims", "asked_minor")
    assert found.rows() == [("0-7", 1, 2), ("31+", 1, 1)]


def test_only_aftersales_carries_the_house():
    rows = pl.DataFrame(
        {"outlet_id": "a", "currency": "AED", "statement_month": date(2026, 3, 1),
         "department": ["service", "parts", "new_cars", "overhead"], "gross_minor": [60, 30, 500, 0],
         "expense_minor": [0, 0, 0, 75]}
    )  # fmt: skip
    assert money.carrying(rows, NAMES)["absorption"].to_list() == [1.2]


def test_calls_skipped_with_a_reason_are_not_late():
    rows = pl.DataFrame(
        {
            "rule_code": "R",
            "due_tasks": [10],
            "punctual_tasks": [6],
            "skipped_tasks": [2],
            "overdue_tasks": [1],
        }
    )
    assert money.contacts(rows)["punctual"].to_list() == [0.75]


def test_an_approval_that_waits_its_turn_is_not_open():
    rows = pl.DataFrame(
        {"document_type": "vehicle_order", "state": ["open", "waiting", "granted", "automatic"],
         "waiting_days": [3, 9, None, None], "lead_hours": [None, None, 5.0, None],
         "is_automatic": [False, False, False, True]}
    )  # fmt: skip
    assert money.waiting(rows).rows() == [("vehicle_order", 1, 3, 1, 5.0, 1)]
