"""Several currencies as one: rates that hold, minor units of each, and nothing without a rate made zero."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps.currency import Total, in_group_currency

pytestmark = pytest.mark.fast

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def rates(*quotes: tuple[str, str, float, date, date | None]) -> pl.DataFrame:
    columns = ["from_currency", "to_currency", "rate", "valid_from_date", "valid_to_date"]
    frame = pl.DataFrame(quotes, schema=columns, orient="row", schema_overrides={"valid_to_date": pl.Date})
    return frame.with_columns(is_to_group_currency=pl.col("to_currency") == "USD")


def amounts(**minor: int) -> pl.DataFrame:
    return pl.DataFrame({"currency": list(minor), "minor": list(minor.values())})


def test_amounts_are_added_at_the_rates_that_hold_whatever_their_minor_units():
    # 400.00 SAR at 0.25 = 100.00; 10.000 KWD at 3 = 30.00; 50.00 USD
    found = in_group_currency(
        amounts(SAR=40_000, KWD=10_000, USD=5_000),
        rates(
            ("SAR", "USD", 9.0, MAY, JUNE),
            ("SAR", "USD", 0.25, JUNE, None),
            ("KWD", "USD", 3.0, MAY, None),
            ("USD", "SAR", 4.0, JUNE, None),
        ),
    )
    assert found == Total(18_000, "USD", MAY, ())


def test_a_currency_without_a_rate_is_named_and_left_out():
    found = in_group_currency(amounts(SAR=40_000, THB=99), rates(("SAR", "USD", 0.25, MAY, None)))
    assert found == Total(10_000, "USD", MAY, ("THB",))


def test_without_any_rate_there_is_no_sum():
    assert in_group_currency(amounts(SAR=1), rates(("USD", "SAR", 4.0, MAY, None))) is None
