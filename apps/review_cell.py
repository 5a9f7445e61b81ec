"""The cell under review: its place, its dealers, its months, and the overrides that stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from apps import session, staging
from apps.staging import Staged


@dataclass(frozen=True, slots=True)
class Place:
    """The cell under review. forecast: mart_forecast of its series, every outlet the reader sees."""

    as_of: date
    cover: str
    series: str
    names: dict[str, str]
    forecast: pl.DataFrame
    outlets: tuple[str, ...]
    fences: dict[date, str]
    documents: Sequence[dict[str, Any]]  # overrides of the running month and later

    def months(self) -> list[date]:
        return sorted(m for m in self.forecast["forecast_month"].unique() if m >= self.as_of.replace(day=1))

    def homes(self) -> dict[str, str]:
        own = self.forecast.filter(pl.col("outlet_id").is_in(self.outlets))
        return dict(own.select("outlet_id", "region_path").unique().iter_rows())

    def name(self, outlet: str | None, region: str) -> str:
        return self.names.get(outlet or region, outlet or region)

    def standing(self, documents: Sequence[dict[str, Any]], change: Staged) -> list[Any]:
        """Overrides that act on any dealer of a change in its month, newest first."""
        every = dict(self.forecast.select("outlet_id", "region_path").unique().iter_rows())
        homes = {outlet: every.get(outlet, change.region_path) for outlet, _ in change.before}
        return staging.standing(documents, homes=homes, series=change.series, month=change.month)


def is_planner() -> bool:
    known = session.user()
    return known is not None and bool(known.grants & {"oem_planner", "admin"})


def own_step() -> str:
    """The step of the plan at which the reader writes."""
    return "hq" if is_planner() else "region"


def overrides_ahead(as_of: date) -> list[dict[str, Any]]:
    """Overrides of the running month and later, as they stand at this moment."""
    first = [("forecast_month_from", f"{as_of:%Y-%m-01}")]
    return list(session.api().documents("forecast_overrides", first))
