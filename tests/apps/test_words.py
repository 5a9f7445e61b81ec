"""Words and numbers as people read them: nothing missing becomes a zero."""

from __future__ import annotations

from datetime import date

import pytest

from apps import words

pytestmark = pytest.mark.fast


def test_a_missing_value_is_a_dash_and_a_zero_is_a_zero():
    for say in (words.number, words.percent, words.signed, words.points):
        assert say(None) == say(float("nan")) == words.DASH
        assert say(0).startswith("0")


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (123_456, "USD", "USD 1.2k"),
        (123_456, "JPY", "JPY 123.5k"),  # the yen has no minor unit
        (123_456, "KWD", "KWD 123"),  # the dinar has three decimals
        (-250_000_000, "AED", "AED −2.5m"),
        (100, None, words.DASH),
    ],
)
def test_money_follows_the_minor_unit_of_its_currency(minor: int, currency: str | None, said: str):
    assert words.money(minor, currency) == said


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0.01, "just now"),
        (0.02, "1 min ago"),
        (0.5, "30 min ago"),
        (1.4, "1 h ago"),
        (47, "47 h ago"),
        (72, "3 days ago"),
    ],
)
def test_an_age_is_told_in_the_unit_one_would_use(hours: float, said: str):
    assert words.age(hours) == said


def test_dates_are_unambiguous_between_countries():
    assert words.day(date(2026, 3, 4)) == "4 Mar 2026"


def test_a_code_in_capitals_reads_as_words():
    assert (words.label("POST_REPAIR"), words.label("retail_target")) == ("Post repair", "Retail target")
