"""Working days and moving holidays: counted by hand, and learnt from a history that has them."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.frames import Frequency
from forecasting.working_days import event_shares, event_slopes, working_days

pytestmark = pytest.mark.fast

MONTHS = pl.date_range(date(2016, 1, 1), date(2025, 12, 1), "1mo", eager=True).to_list()


def test_working_days_of_a_month_are_those_without_weekend_and_holiday():
    # March 2024 has 21 weekdays; in Norway Maundy Thursday 28 and Good Friday 29 are holidays
    march, april = date(2024, 3, 1), date(2024, 4, 1)
    assert working_days([march, april], Frequency.monthly, None).tolist() == [21, 22]
    assert working_days([march, april], Frequency.monthly, "NO").tolist() == [19, 21]
    # a week that begins on 25 March 2024: Thursday and Friday are gone
    assert working_days([date(2024, 3, 25)], Frequency.weekly, "NO").tolist() == [3]
    assert working_days([march], Frequency.monthly, "no such country").tolist() == [21]


def test_a_month_end_stands_for_its_month():
    assert working_days([date(2024, 3, 31)], Frequency.monthly, None).tolist() == [21]


def test_holidays_move_through_the_months():
    # Ramadan 2024: 10 March to 8 April, 22 of 31 days; Easter Monday 1 April 2024, from 25 March on: 7 days
    shares = event_shares([date(2024, 3, 1)], Frequency.monthly)[0]
    assert shares[0] == pytest.approx(22 / 31, abs=1 / 31)
    assert shares[1] == 0
    assert shares[2] == pytest.approx(7 / 31)
    # Lunar New Year: 10 February 2024 and 29 January 2025
    new_year = event_shares([date(2024, 2, 1), date(2025, 1, 1)], Frequency.monthly)[:, 1]
    assert new_year[0] == pytest.approx(15 / 29)
    assert new_year[1] == pytest.approx(10 / 31)


def test_the_slope_of_an_event_is_found_and_shrunk():
    shares = event_shares(MONTHS, Frequency.monthly)
    random = np.random.default_rng(2)
    season = np.tile(random.normal(0, 0.3, 12), 10)
    slopes = event_slopes(season - 0.5 * shares[:, 0] + random.normal(0, 0.02, 120), shares, 12)
    assert -0.5 < slopes[0] < -0.3
    assert np.abs(slopes[1:]).max() < 0.05


def test_what_is_unknown_teaches_nothing():
    shares = event_shares(MONTHS, Frequency.monthly)
    assert event_slopes(np.full(120, np.nan), shares, 12).tolist() == [0, 0, 0]
