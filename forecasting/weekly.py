"""A month's cars in its weeks, by working days: whole, and they add up to the month.

In: a month's units, its days. Out: units per week that begins (on a Monday) or continues in the month.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from forecasting.spread import hand_out


def weeks_of(units: float, working_days: list[date], *, whole: bool = True) -> dict[date, float]:
    """First day (Monday, or the month's first day) to units. Raises ValueError without a working day.

    A week that two months share is split by its days: each part belongs to its month.
    """
    if not working_days:
        raise ValueError("a month without working days cannot be split into weeks: check the calendar")
    first = min(working_days).replace(day=1)
    starts = [max(day - timedelta(days=day.weekday()), first) for day in working_days]
    weeks = sorted(set(starts))
    share = np.array([starts.count(week) for week in weeks], dtype=np.float64)
    return dict(zip(weeks, hand_out(units, share, whole=whole).tolist(), strict=True))
