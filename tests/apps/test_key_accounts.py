"""Key accounts' projects: one row a filing, what presses first, what is still open."""

from __future__ import annotations

import polars as pl
import pytest

from apps import key_accounts
from tests.apps.outlet_tables import AS_OF, key_account_filings

pytestmark = pytest.mark.fast


def test_series_of_a_filing_are_one_row_and_what_ends_first_stands_first() -> None:
    got = key_accounts.filings(key_account_filings())
    assert got["key_account_filing_id"].to_list() == ["K1", "K2", "K3"]
    first = got.row(0, named=True)
    assert (first["series"], first["filed"], first["delivered"], first["open"]) == (
        "3 BOREAL, 2 DELTA",
        5,
        3,
        2,
    )


def test_a_won_project_presses_while_cars_are_to_come() -> None:
    found = key_accounts.filings(key_account_filings()).with_columns(standing=pl.lit("won"))
    assert key_accounts.pressing(found)["key_account_filing_id"].to_list() == ["K1"]


def test_every_standing_is_a_row_and_nothing_is_a_zero() -> None:
    got = key_accounts.standing(key_accounts.filings(key_account_filings()))
    assert got["standing"].to_list() == list(key_accounts.STANDINGS)
    by_name = dict(got.select("standing", "filings").iter_rows())
    assert (by_name["expiring"], by_name["lost"], by_name["won"]) == (1, 1, 0)


def test_the_finding_says_what_is_open_and_what_presses() -> None:
    found = key_accounts.filings(key_account_filings())
    assert key_accounts.finding(found, AS_OF) == (
        "1 project of key accounts in force or won: 5 cars filed, 3 handed over, 2 still open; 1 ends within "
        "30 days, the first in 9 days; 1 waits for an answer, the longest 12 days."
    )
    over = found.filter(pl.col("standing") == "lost")
    assert key_accounts.finding(over, AS_OF).startswith("No project of a key account is in force")
