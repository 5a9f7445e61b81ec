"""Vintages made up for a fresh installation, so that accuracy by lag is there from the first day.

In: monthly history of cars and parts, every version of every change, the archive. Out: one more file per
month whose vintage lacks a subject; what a run of that month published is never added to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Protocol

import polars as pl

from forecasting.plan_steps import Plan
from forecasting.vintages import Vintage, add_months, backcast, backcast_parts, joined, missing_months
from pipelines.forecast import VEHICLE_HORIZON
from pipelines.plan_archive import EFFECT, PLAN, VintageKind, chosen, keep, read


class Maker(Protocol):
    """`vintages.backcast` and its like."""

    def __call__(
        self, history: pl.DataFrame, changes: pl.DataFrame, /, *, month: date, horizon: int
    ) -> Vintage | None: ...


@dataclass(frozen=True, slots=True)
class Backcast:
    """back: months before the running one. horizon: months of each vintage, its own month the first."""

    make: Maker
    back: int
    horizon: int


# A vintage speaks of the month after its own at lag 1: six months judge lag 3 three times, four judge it
# once. Parts are many and lags beyond three are not judged for them, so their backcasts end there.
BACKCASTS: Mapping[str, Backcast] = {
    "vehicle": Backcast(backcast, back=6, horizon=VEHICLE_HORIZON),
    "part": Backcast(backcast_parts, back=4, horizon=4),
}


def backcast_missing(
    root: Path,
    histories: Mapping[str, pl.DataFrame],
    changes: pl.DataFrame,
    *,
    as_of: date,
    relations: pl.DataFrame | None = None,
    launches: pl.DataFrame | None = None,
    marks: pl.DataFrame | None = None,
) -> None:
    """histories: by subject, as its maker takes it. What a month's backcast held already is kept with it.

    relations: fct_part_supersession, launches: fct_part_launch, for parts. marks: fct_sales_outlier,
    every version, for cars.
    """
    known = {
        "vehicle": partial(backcast, marks=marks),
        "part": partial(backcast_parts, relations=relations, launches=launches),
    }
    makers = {subject: replace(BACKCASTS[subject], make=make) for subject, make in known.items()}
    kept = {_month(name): name for name in chosen(root, before=as_of)}
    wanted = {subject: set(_missing(root, kept, subject, as_of)) for subject in BACKCASTS}
    for month in sorted(set().union(*wanted.values())):
        made = [
            one.make(histories[subject], changes, month=month, horizon=one.horizon)
            for subject, one in makers.items()
            if month in wanted[subject]
        ]
        found = [vintage for vintage in made if vintage is not None]
        if found:
            plans = [*_kept_plan(root, kept.get(month)), *(vintage.plan for vintage in found)]
            keep(root, found[0].day, VintageKind.backcast, joined(plans))


def _missing(root: Path, kept: Mapping[date, str], subject: str, as_of: date) -> list[date]:
    running, back = as_of.replace(day=1), BACKCASTS[subject].back
    near = {month: name for month, name in kept.items() if month >= add_months(running, -back)}
    whole = {month for month, name in near.items() if _holds(root, name, subject)}
    return list(missing_months(whole, running=running, back=back))


def _holds(root: Path, name: str, subject: str) -> bool:
    """A published or replayed vintage is what was said in that month, whatever it left out."""
    if name.split("-")[1] != VintageKind.backcast:
        return True
    return subject in pl.read_parquet(root / PLAN / name, columns=["subject"])["subject"]


def _kept_plan(root: Path, name: str | None) -> list[Plan]:
    if name is None:
        return []
    frames = [read(root, table, [name]).drop("vintage_date", "kind") for table in (PLAN, EFFECT)]
    return [Plan(*frames)]


def _month(name: str) -> date:
    return date.fromisoformat(name.split("-")[0]).replace(day=1)
