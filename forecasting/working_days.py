"""Working days and holidays that move: why a March sells less than the March before.

In: the days that begin each period, a country (ISO 3166-1 alpha-2) or none. Out: working days per period,
and the share of each period in Ramadan, in the weeks around Lunar New Year and around Easter. Public holidays
come from the library `holidays`; where it does not know a country, Monday to Friday are working days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import holidays
import numpy as np
from numpy.typing import NDArray

from forecasting.frames import Frequency

Floats = NDArray[np.float64]

RAMADAN_DAYS = 30  # before Eid al-Fitr
# First and last day, from the holiday on, in which sales are moved.
LUNAR_NEW_YEAR, EASTER = (-7, 7), (-7, 1)
WEEKEND = frozenset({5, 6})
# Prior of an event's slope: as many periods of no effect as this stand beside the ones seen.
PRIOR_PERIODS = 12.0


def working_days(periods: Sequence[date], frequency: Frequency, country: str | None) -> Floats:
    """Days of each period that are neither weekend nor public holiday in the country, at least 1."""
    return np.array(
        [max(sum(_is_working(day, country) for day in _days(first, frequency)), 1) for first in periods],
        dtype=np.float64,
    )


def event_shares(periods: Sequence[date], frequency: Frequency) -> Floats:
    """(periods, 3): share of each period's days in Ramadan, around Lunar New Year, around Easter."""
    years = {year for first in periods for year in (first.year - 1, first.year, first.year + 1)}
    events = [
        _ramadan(years),
        _around(_lunar_new_years(years), LUNAR_NEW_YEAR),
        _around(_easters(years), EASTER),
    ]
    days = [_days(first, frequency) for first in periods]
    return np.array([[sum(d in event for d in span) / len(span) for event in events] for span in days])


def event_slopes(ratio: Floats, shares: Floats, season: int) -> Floats:
    """What a whole period inside an event does to the log of sales, one number per event.

    ratio: log of sales over their yearly mean, NaN where unknown; both are taken against the same place
    in other years, so that only what moves is seen. Shrunk to nothing by PRIOR_PERIODS.
    """
    place = np.arange(ratio.size) % season
    known = ~np.isnan(ratio)
    slopes = np.zeros(shares.shape[1])
    left = _against_place(ratio, place, known)
    for event in range(shares.shape[1]):
        x = _against_place(shares[: ratio.size, event], place, known)
        square = float((x[known] ** 2).sum())
        touched = int((np.abs(x[known]) > 1e-9).sum())
        if touched:
            prior = PRIOR_PERIODS * square / touched
            slopes[event] = float((x * left)[known].sum()) / (square + prior)
            left = left - slopes[event] * x
    return slopes


def _against_place(values: Floats, place: NDArray[np.int64], known: NDArray[np.bool_]) -> Floats:
    out = np.where(known, values, np.nan)
    for p in np.unique(place):
        here = (place == p) & known
        out[here] -= out[here].mean() if here.any() else 0.0
    return out


def _days(first: date, frequency: Frequency) -> list[date]:
    """Days of the period that `first` stands in (of months: its whole month or quarter)."""
    if frequency.is_of_months:
        first = first.replace(day=1)
        if frequency is Frequency.quarterly:
            first = first.replace(month=first.month - (first.month - 1) % 3)
        following = (first + timedelta(days=93 if frequency is Frequency.quarterly else 32)).replace(day=1)
    else:
        following = first + timedelta(days=7 if frequency is Frequency.weekly else 1)
    return [first + timedelta(days=k) for k in range((following - first).days)]


def _is_working(day: date, country: str | None) -> bool:
    known = _holidays(country, day.year) if country else None
    if known is None:
        return day.weekday() not in WEEKEND
    return day.weekday() not in known[0] and day not in known[1]


@cache
def _holidays(country: str, year: int) -> tuple[frozenset[int], frozenset[date]] | None:
    try:
        found = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None
    return frozenset(found.weekend), frozenset(found)


def is_known(country: str) -> bool:
    """Whether `holidays` knows the country."""
    return _holidays(country, 2024) is not None


def _named(country: str, years: set[int], words: str) -> list[date]:
    found = holidays.country_holidays(country, years=years, language="en_US")
    days = sorted(day for day, name in found.items() if words in name and "observed" not in name)
    return [day for day in days if day - timedelta(days=1) not in days]  # the first of several


def _ramadan(years: set[int]) -> set[date]:
    ends = _named("SA", years, "Eid al-Fitr")
    return {end - timedelta(days=k) for end in ends for k in range(1, RAMADAN_DAYS + 1)}


def _lunar_new_years(years: set[int]) -> list[date]:
    return _named("SG", years, "Chinese New Year")


def _easters(years: set[int]) -> list[date]:
    return _named("DE", years, "Easter Monday")


def _around(days: list[date], span: tuple[int, int]) -> set[date]:
    return {day + timedelta(days=k) for day in days for k in range(span[0], span[1] + 1)}
