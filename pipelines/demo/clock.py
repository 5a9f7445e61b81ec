"""Days, months and instants of the simulated history.

Days are counted from the first day of history; months from the first month. A local time of day
becomes a UTC instant through the outlet's zone, daylight saving included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.demo.brand import MARKETS, RAMADAN

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
HISTORY_MONTHS = 36
AHEAD_MONTHS = 10  # simulated beyond the cut, so that today's pipeline has something to become
BEFORE_DAYS = 420  # orders of the first cars lie before the first day of history
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


@dataclass(frozen=True)
class Clock:
    """History ends where `until` begins (UTC): nothing of that day has happened."""

    until: date

    @cached_property
    def start(self) -> date:
        """First day of history: 36 whole months before the month of `until`."""
        months = self.until.year * 12 + self.until.month - 1 - HISTORY_MONTHS
        return date(months // 12, months % 12 + 1, 1)

    @cached_property
    def cut(self) -> datetime:
        return datetime.combine(self.until, time(), UTC)

    @property
    def cut_day(self) -> int:
        return (self.until - self.start).days

    @property
    def months(self) -> int:
        """History, the running month and what lies ahead."""
        return HISTORY_MONTHS + 1 + AHEAD_MONTHS

    @cached_property
    def month_starts(self) -> Ints:
        """Day of the first of each month, with the end of the last month behind it."""
        return np.array([(self.month(m) - self.start).days for m in range(self.months + 1)], dtype=np.int64)

    @property
    def last_day(self) -> int:
        return int(self.month_starts[-1])

    def month(self, index: int) -> date:
        months = self.start.year * 12 + self.start.month - 1 + index
        return date(months // 12, months % 12 + 1, 1)

    def month_of_year(self) -> Ints:
        """0 for January, of each simulated month."""
        return np.array([self.month(m).month - 1 for m in range(self.months)], dtype=np.int64)

    def month_of_day(self, days: Ints) -> Ints:
        return np.searchsorted(self.month_starts, days, side="right") - 1

    def dates(self, days: Ints) -> pl.Series:
        epoch = (self.start - date(1970, 1, 1)).days
        return pl.Series((days + epoch).astype(np.int32)).cast(pl.Date)

    def months_as_dates(self, months: Ints) -> pl.Series:
        table = np.array(
            [self.month(m).toordinal() - date(1970, 1, 1).toordinal() for m in range(self.months)]
        )
        return pl.Series(table[months].astype(np.int32)).cast(pl.Date)

    def instants(self, market: Ints, days: Ints, seconds: Ints | int) -> pl.Series:
        """UTC instants of local days and seconds after midnight, one market index a row."""
        days = np.asarray(days, dtype=np.int64)
        clipped = np.clip(days, -BEFORE_DAYS, self.last_day + 60)
        local = days * _DAY + np.asarray(seconds, dtype=np.int64) * _SECOND
        shift = self._offsets[market, clipped + BEFORE_DAYS]
        epoch = int(datetime.combine(self.start, time(), UTC).timestamp()) * _SECOND
        return pl.Series(epoch + local - shift).cast(pl.Datetime("us", "UTC"))

    @cached_property
    def _offsets(self) -> Ints:
        """Microseconds that local time is ahead of UTC, by market and day, at noon."""
        days = range(-BEFORE_DAYS, self.last_day + 61)
        noons = [datetime.combine(self.start + timedelta(days=d), time(12)) for d in days]
        table = []
        for market in MARKETS:
            zone = ZoneInfo(market.timezone)
            table.append([round(zone.utcoffset(noon).total_seconds()) * _SECOND for noon in noons])  # type: ignore[union-attr]
        return np.array(table, dtype=np.int64)

    @cached_property
    def working_days(self) -> list[list[Ints]]:
        """For each market and month, the days on which the outlets are open."""
        years = range(self.start.year, self.month(self.months).year + 1)
        opened = []
        for market in MARKETS:
            closed = holidays.country_holidays(market.code, years=years)
            per_month = []
            for m in range(self.months):
                days = np.arange(self.month_starts[m], self.month_starts[m + 1])
                keep = [
                    d
                    for d in days.tolist()
                    if (day := self.start + timedelta(days=d)).weekday() not in market.weekend
                    and day not in closed
                ]
                per_month.append(np.array(keep, dtype=np.int64))
            opened.append(per_month)
        return opened

    @cached_property
    def ramadan_share(self) -> Floats:
        """Share of each simulated month that falls into Ramadan."""
        share = np.zeros(self.months)
        for first in RAMADAN:
            day = (first - self.start).days
            for m in range(self.months):
                lo, hi = self.month_starts[m], self.month_starts[m + 1]
                share[m] += max(0, min(hi, day + 30) - max(lo, day)) / (hi - lo)
        return share

    def some_working_day(self, rng: np.random.Generator, market: Ints, months: Ints) -> Ints:
        """A random working day of the market for each row's month."""
        width = max(len(days) for per in self.working_days for days in per)
        table = np.zeros((len(MARKETS), self.months, width), dtype=np.int64)
        count = np.zeros((len(MARKETS), self.months), dtype=np.int64)
        for i, per in enumerate(self.working_days):
            for m, days in enumerate(per):
                table[i, m, : len(days)] = days
                count[i, m] = len(days)
        pick = (rng.random(len(months)) * count[market, months]).astype(np.int64)
        return table[market, months, pick]
