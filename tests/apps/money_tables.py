"""The small snapshot's tables of money and service: AE01 lives on its credit, SA01 pays late."""

from __future__ import annotations

from datetime import date

import polars as pl

DAY, MONTH = date(2026, 6, 17), date(2026, 6, 1)


def money_tables() -> dict[str, pl.DataFrame]:
    return {
        "mart_fund_position": _funds(),
        "mart_receivable": _invoices(),
        "mart_dealer_pnl": _accounts(),
        "mart_approval": _approvals(),
        "mart_service_action": _actions(),
        "mart_roadside": _roadside(),
        "mart_vehicle_fault": _faults(),
        "mart_three_guarantees": _guarantees(),
        "mart_contact_punctuality": _contacts(),
    }


def _funds() -> pl.DataFrame:
    rows = [("AE01", "AED", -90_000, 90_000), ("SA01", "SAR", 500_000, 0), ("AE02", "AED", -10_000, 10_000)]
    return pl.DataFrame(
        {
            "fund_account_id": f"FA-{outlet}", "outlet_id": outlet, "fund_type": "credit", "earmark": "parts",
            "currency": currency, "position_date": DAY, "position_month": MONTH, "cash_minor": cash,
            "held_minor": 7_000, "credit_minor": 100_000, "usable_minor": cash + 100_000,
            "credit_used_minor": used, "paid_in_minor": 0, "spent_minor": 0, "is_latest": True,
        }
        for outlet, currency, cash, used in rows
    )  # fmt: skip


def _invoices() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "invoice_no": f"I{n}", "outlet_id": outlet, "currency": currency, "due_month": date(2026, 5, 1),
            "amount_minor": 80_000, "open_minor": owed, "overdue_minor": owed, "fallen_due_minor": 80_000,
            "overdue_days": days,
        }
        for n, (outlet, currency, owed, days) in enumerate(
            [("SA01", "SAR", 80_000, 31), ("SA01", "SAR", 20_000, 12), ("AE01", "AED", 0, None)]
        )
    )  # fmt: skip


def _accounts() -> pl.DataFrame:
    lines = [("service", 60, 0), ("parts", 30, 0), ("overhead", 0, 75), ("new_cars", 500, 0)]
    return pl.DataFrame(
        {
            "outlet_id": outlet, "statement_month": date(2026, 5, 1), "department": department,
            "currency": currency, "gross_minor": gross * 100, "expense_minor": expense * factor * 100,
        }
        for outlet, currency, factor in (("AE01", "AED", 1), ("SA01", "SAR", 2))
        for department, gross, expense in lines
    )  # fmt: skip


def _approvals() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "approval_id": f"A{n}", "outlet_id": "AE01", "document_type": kind, "state": state,
            "asked_month": MONTH, "lead_hours": hours, "waiting_days": days, "is_automatic": False,
        }
        for n, (kind, state, hours, days) in enumerate(
            [("vehicle_order", "open", None, 3), ("vehicle_order", "granted", 5.0, None),
             ("parts_order", "waiting", None, 1)]
        )
    )  # fmt: skip


def _actions() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "service_action_id": "RC-1", "outlet_id": outlet, "title": "Hose", "action_kind": "safety_recall",
            "announced_date": date(2026, 1, 10), "cars": 10, "done_cars": done, "open_cars": 9 - done,
            "unreachable_cars": 1,
        }
        for outlet, done in (("AE01", 6), ("SA01", 3))
    )  # fmt: skip


def _roadside() -> pl.DataFrame:
    return pl.DataFrame(
        [{"outlet_id": "AE01", "called_month": MONTH, "cases": 4, "open_cases": 1, "reached_cases": 3,
          "repaired_cases": 2, "towed_cases": 1, "minutes_to_reach": 120.0}]
    )  # fmt: skip


def _faults() -> pl.DataFrame:
    return pl.DataFrame(
        [{"vin": "V1", "fault_code": "P0420", "outlet_id": "AE01", "severity": "stop", "last_seen_date": DAY,
          "is_seen_to": False}]
    )  # fmt: skip


def _guarantees() -> pl.DataFrame:
    rows = [("V1", "same_fault_repairs", "noise", 3, 3), ("V2", "days_in_workshop", None, 21, 30),
            ("V3", "same_fault_repairs", "leak", 1, 3)]  # fmt: skip
    states = ("reached", "watch", "below")
    return pl.DataFrame(
        {
            "vin": vin, "measure": measure, "outlet_id": "AE01", "market": "AE", "series": "S",
            "complaint_code": complaint, "counted": counted, "watch_from": 2, "reached_at": reached_at,
            "left_to_reach": reached_at - counted, "guarantee_state": state, "remedy": "exchange",
            "repairs": 2, "last_repair_date": DAY, "term_end_date": date(2028, 1, 1), "is_in_term": True,
            "three_guarantees_rule_id": "T",
        }
        for (vin, measure, complaint, counted, reached_at), state in zip(rows, states, strict=True)
    )  # fmt: skip


def _contacts() -> pl.DataFrame:
    return pl.DataFrame(
        [{"outlet_id": "AE01", "rule_code": "POST_REPAIR", "due_month": MONTH, "tasks": 12, "due_tasks": 10,
          "done_tasks": 8, "punctual_tasks": 6, "skipped_tasks": 2, "open_tasks": 2, "overdue_tasks": 2}]
    )  # fmt: skip
