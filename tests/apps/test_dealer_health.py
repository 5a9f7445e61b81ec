"""What the dealer page says of peers, silence, money and customers, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from apps.dealer_health import Peers, credit, is_new, late_file, peers_of, silence, voice, year_of_sales

pytestmark = pytest.mark.fast
TODAY = date(2026, 7, 1)
OUTLETS = pl.DataFrame(
    [("A", "AE", "dealer", date(2019, 1, 1)), ("B", "AE", "service_provider", date(2026, 1, 1)),
     ("C", "SA", "dealer", date(2020, 1, 1))],
    schema=["outlet_id", "market", "outlet_kind", "opened_date"], orient="row",
)  # fmt: skip


@pytest.mark.parametrize(
    ("group", "peers"),
    [(Peers.ALL, ["B", "C"]), (Peers.MARKET, ["B"]), (Peers.KIND, ["C"]), (Peers.RAMP, ["B"])],
)
def test_a_dealer_is_compared_with_its_group_and_never_with_itself(group: Peers, peers: list[str]):
    assert peers_of(OUTLETS, "A", group, TODAY) == peers


def test_a_dealer_is_new_for_a_quarter():
    assert is_new(date(2026, 5, 1), TODAY)
    assert not is_new(date(2026, 3, 1), TODAY)


def test_a_dealer_that_wrote_every_day_is_silent_after_a_few_and_one_that_writes_weekly_is_not():
    daily = [TODAY - timedelta(days=n) for n in range(5, 40)]
    weekly = [TODAY - timedelta(days=7 * n) for n in range(1, 30)]
    assert "since 26 Jun 2026, 5 days; 19 of 20 of its gaps are no longer than 1 day" in str(
        silence(daily, TODAY)
    )
    assert silence(weekly, TODAY) is None
    assert silence(daily[:10], TODAY) is None  # too few to know what is usual


def test_a_file_is_late_after_a_day_and_who_sends_none_is_not():
    load = {"data": {"loaded_at": "2026-06-29T08:00:00Z", "file_name": "leads.csv"}}
    assert late_file([], datetime(2026, 7, 1, tzinfo=UTC)) is None
    assert late_file([load], datetime(2026, 6, 30, 7, tzinfo=UTC)) is None
    said = late_file([load], datetime(2026, 7, 1, 8, tzinfo=UTC))
    assert said == "The last file of this dealer, leads.csv, came 2 days ago."


def complaint(received: str, state: str, resolved: str | None = None) -> dict[str, Any]:
    data = {"received_at": received, "resolved_at": resolved, "subject": "Noise", "level": "serious"}
    return {"state": state, "data": {name: value for name, value in data.items() if value}}


def test_complaints_of_the_year_are_counted_and_those_that_wait_are_listed():
    told = [
        complaint("2026-06-01T08:00:00Z", "closed", "2026-06-05T08:00:00Z"),
        complaint("2026-06-20T08:00:00Z", "assigned"),
        complaint("2025-01-01T08:00:00Z", "new"),
    ]
    found = voice(told, [], TODAY)
    assert found.finding == (
        "2 complaints in a year, 1 waiting; answered within 4 days (median); no survey was answered"
    )
    assert found.waiting["Received"].to_list() == ["20 Jun 2026"]
    answered = [{"data": {"score": score, "answered_at": "2026-06-01T08:00:00Z"}} for score in (7, 10)]
    assert voice([], answered, TODAY).finding.endswith("satisfaction 8.5 of 10 (2 answers)")


def test_sales_of_the_complete_months_are_told_against_their_target():
    months = pl.DataFrame(
        {"month": [date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)], "retail": [3, 6, 9],
         "target": [4, 8, None]}
    )  # fmt: skip
    assert year_of_sales(months, TODAY) == "9 cars in 2 months against a target of 12 (75 %)"


def test_money_is_told_by_currency_and_no_account_is_none():
    row = {"currency": "AED", "usable_minor": 150_000, "credit_minor": 100_000, "credit_used_minor": 20_000}
    assert credit(pl.DataFrame([row, row])) == "AED 3.0k to use, AED 400 of AED 2.0k credit drawn"
    assert credit(pl.DataFrame([row]).clear()) is None
