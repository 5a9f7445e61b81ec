"""What a VIN says by itself: country, maker, model year, plant, and whether its check digit is law."""

from __future__ import annotations

from datetime import date

import pytest

from operational_api.wmi import COUNTRIES, MAKERS, ORDER, Regime, decode, model_year, regime_of

pytestmark = pytest.mark.fast

TODAY = date(2026, 11, 26)


def test_the_example_of_the_federal_register_is_decoded_whole():
    read = decode("1M8GDM9AXKP042788", latest=TODAY)  # published example: Motor Coach Industries, 1989
    assert (read.wmi, read.country, read.maker) == ("1M8", "US", "Motor Coach Industries")
    assert (read.model_year, read.plant_code, read.serial, read.small_maker) == (1989, "P", "042788", None)


def test_a_small_maker_is_known_by_positions_12_to_14_and_its_serial_is_short():
    read = decode("YT9NN1U14KA007175", latest=TODAY)
    assert (read.country, read.small_maker, read.serial) == ("SE", "007", "175")


@pytest.mark.parametrize(
    ("vin", "year"),
    [
        ("1M8GDM9AXKP042788", 1989),  # USA, position 7 a digit: the first half of the cycle
        ("1M8GDMAAXKP042788", 2019),  # USA, position 7 a letter: from 2010 on
        ("WVWZZZ1JZXW000001", 1999),  # X is 1999 or 2029, and 2029 has not come
        ("LSVAA49J1T2047371", 2026),
        ("LSVAA49J102047371", None),  # 0 is no year
    ],
)
def test_the_model_year_is_the_last_one_that_can_be(vin: str, year: int | None):
    assert model_year(vin, latest=TODAY) == year


def test_a_car_known_to_be_old_is_not_read_as_a_new_one():
    assert model_year("LSVAA49J1T2047371", latest=date(1997, 5, 1)) == 1996


def test_next_years_model_is_sold_this_year():
    assert model_year("LSVAA49J1V2047371", latest=TODAY) == 2027  # V: 1997, 2027


@pytest.mark.parametrize(
    ("vin", "regime"),
    [
        ("1M8GDM9AXKP042788", Regime.REJECT), ("2HGES16575H000001", Regime.REJECT),
        ("3VWFE21C04M000001", Regime.REJECT), ("7FAAA11111A000001", Regime.REJECT),
        ("LSVAA49J132047371", Regime.REJECT), ("WVWZZZ1JZXW000001", Regime.NOT_USED),
        ("YV1AA8840W1000001", Regime.NOT_USED), ("JHMCM56557C000001", Regime.WARN),
        ("FZ0AA11111A000001", Regime.WARN),
    ],
)  # fmt: skip
def test_the_check_digit_is_law_where_the_law_says_so(vin: str, regime: Regime):
    assert regime_of(vin) is regime


def test_an_unassigned_code_has_no_country_and_an_unlisted_maker_stays_unknown():
    read = decode("FZ1AA11111A000001", latest=TODAY)
    assert (read.country, read.maker) == (None, None)


def test_the_last_range_of_a_letter_runs_to_zero_and_neighbours_do_not_overlap():
    assert {COUNTRIES["L" + c] for c in ORDER} == {"CN"}
    assert (COUNTRIES["TH"], COUNTRIES["TJ"]) == ("CH", "CZ")
    assert "GA" not in COUNTRIES


def test_every_listed_maker_stands_in_an_assigned_country_but_the_simulated_one():
    assert [wmi for wmi in MAKERS if wmi[:2] not in COUNTRIES] == ["FZ0"]
