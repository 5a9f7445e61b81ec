"""VIN rules: content is law everywhere, the check digit in North America only."""

from __future__ import annotations

import pytest

from operational_api.vin import Severity, check_digit, check_vin, neighbours

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715"])
def test_published_examples_are_valid(vin: str):
    assert check_vin(vin) == []


def test_a_remainder_of_ten_is_written_x():
    assert check_digit("1M8GDM9AXKP042788") == "X"


@pytest.mark.parametrize(
    "vin", ["", "1M8GDM9AXKP04278", "1M8GDM9AXKP0427888", "IM8GDM9AXKP042788", "1m8gdm9axkp042788"]
)
def test_wrong_length_or_character_is_rejected(vin: str):
    assert [f.severity for f in check_vin(vin)] == [Severity.REJECT]


def test_the_error_says_which_characters_cannot_stand_in_a_vin():
    assert "I O" in check_vin("IM8GDM9AXKPO42788")[0].remedy


def test_a_wrong_check_digit_is_rejected_where_it_is_law_and_named():
    finding = check_vin("1M8GDM9A1KP042788")[0]  # the digit that fits is X
    assert finding.severity is Severity.REJECT
    assert "X would fit" in finding.remedy


def test_a_wrong_check_digit_is_only_a_warning_where_no_law_asks_for_it():
    assert [f.severity for f in check_vin("JHMCM56557C000001")] == [Severity.WARN]  # 1 would fit


def test_a_european_number_is_not_judged_by_its_check_digit():
    assert check_vin("WVWZZZ1JZXW000001") == []


def test_a_letter_that_cannot_stand_there_is_offered_as_the_digit_it_looks_like():
    assert check_vin("1M8GDM9AXKPO42788")[0].repairs == ("1M8GDM9AXKP042788",)
    assert "Did you mean 1M8GDM9AXKP042788?" in check_vin("1M8GDM9AXKPO42788")[0].remedy


def test_a_misread_character_is_offered_and_every_offer_keeps_the_check_digit():
    finding = check_vin("1MBGDM9AXKP042788")[0]  # an 8 read as B
    assert finding.severity is Severity.REJECT
    assert "1M8GDM9AXKP042788" in finding.repairs
    assert all(check_vin(r) == [] for r in finding.repairs)
    assert all(sum(a != b for a, b in zip(r, "1MBGDM9AXKP042788", strict=True)) == 1 for r in finding.repairs)


def test_two_letters_that_cannot_stand_there_are_beyond_a_repair_of_one_character():
    assert check_vin("IM8GDM9AXKPO42788")[0].repairs == ()


def test_neighbours_are_all_numbers_one_character_apart():
    found = neighbours("11111111111111111")
    assert len(set(found)) == len(found) == 17 * 32
    assert "11111111111111112" in found


@pytest.mark.parametrize("position", range(17))
def test_every_single_misread_digit_but_in_position_nine_changes_the_check_digit(position: int):
    vin = "11111111111111111"
    misread = vin[:position] + "2" + vin[position + 1 :]
    assert (check_digit(misread) != check_digit(vin)) == (position != 8)
