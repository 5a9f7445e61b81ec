"""Words and numbers as people read them: nothing missing becomes a zero."""

from __future__ import annotations

from datetime import date

import pytest

from apps import words
from apps.api_client import ApiProblem
from operational_api.access import ROLES
from operational_api.document import Grant

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


def test_a_refusal_names_roles_as_the_pages_do_and_leaves_ordinary_words_alone():
    steps = {"detail": "C-1 waits: step 1 (regional_manager) is open, step 2 (parts) is waiting"}
    error = {"field": "oem_planner", "rule": "the oem_planner decides", "remedy": "ask the (admin)"}
    assert ApiProblem(409, steps | {"errors": [error]}).told() == (
        "C-1 waits: step 1 (Regional manager) is open, step 2 (Parts staff) is waiting"
        "\n- oem_planner: the Planner decides; ask the (Administrator)"
    )
    for plain in ("send parts of it", "admin_note: too long", "regional_manager_id: unknown"):
        assert words.with_roles(plain) == plain


def test_every_role_and_grant_has_a_name():
    assert {*Grant, *ROLES} == {*words.GRANTS}
