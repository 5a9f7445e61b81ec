"""Contacts of sales staff: shares with enough cases, the weeks that count, names where they may be seen."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps import people, sales_contacts
from tests.apps.outlet_tables import sales_contacts as table

pytestmark = pytest.mark.fast


def test_shares_are_of_due_and_of_judged_contacts() -> None:
    got = sales_contacts.summed(table(), "staff_id").rows_by_key("staff_id", named=True, unique=True)
    assert (got["S1"]["in_time"], got["S1"]["driven"], got["S1"]["ordered"]) == (0.6, 0.3, 0.1)
    assert got["S2"]["in_time"] == 1.0


def test_a_share_of_few_cases_is_left_out_and_its_counts_stay() -> None:
    few = table().with_columns(due_contacts=pl.lit(9), judged_contacts=pl.lit(9))
    got = sales_contacts.summed(few, "staff_id")
    assert got["in_time"].null_count() == got["ordered"].null_count() == 2
    assert got["due_contacts"].to_list() == [9, 9]


def test_twelve_weeks_end_with_the_week_that_runs() -> None:
    weeks = table().head(1).with_columns(
        due_week=pl.Series([[date(2026, 3, 23), date(2026, 3, 30), date(2026, 6, 15), date(2026, 6, 22)]])
    ).explode("due_week")  # fmt: skip
    kept = sales_contacts.recent(weeks, date(2026, 6, 17))["due_week"].to_list()
    assert kept == [date(2026, 3, 30), date(2026, 6, 15)]


def test_the_finding_names_both_ends_and_counts_of_nobody_are_nobodys() -> None:
    said = sales_contacts.finding(table(), {"S1": "Mina"})
    assert said == (
        "30 contacts due in 12 weeks, 73 % made on their day, 4 open past it; 10 % of those old enough to "
        "judge were followed by an order. On their day: from 60 % (Mina) to 100 % (S2)."
    )
    assert "from" not in sales_contacts.finding(table().with_columns(staff_id=pl.lit("")), {})


def test_who_is_masked_is_called_by_number() -> None:
    staff = pl.DataFrame(
        {"staff_id": ["S1", "S2"], "given_name": ["M•••", "Saad"], "family_name": ["N•••", "Ali"]}
    )
    assert people.names(staff) == {"S2": "Saad Ali"}
    assert people.names(staff.select("staff_id")) == {}
