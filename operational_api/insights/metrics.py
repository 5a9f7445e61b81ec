"""One metric, one definition: sums of parts over a mart, divided once, at the end.

In: the declarations published in the manifest. Out: parts, value and n for any grouping. A ratio of
sums is never an average of ratios, and a zero denominator gives null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import polars as pl

from operational_api.access import Actor
from operational_api.insights.reader import may_read, scoped, usable_columns
from operational_api.insights.selection import Filter, known_columns
from operational_api.refusals import NotAllowed, NotFound
from pipelines.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """As declared in `dbt_project/metrics.yml`: parts are SQL expressions over one row of the mart.

    Without a denominator the value is the sum. `by` names the columns it may be grouped by, `time` the one
    that dates it.
    """

    id: str
    label: str
    mart: str
    numerator: str
    denominator: str | None = None
    unit: str = ""
    direction: str = ""
    version: int = 1
    time: str | None = None
    by: tuple[str, ...] = ()
    description: str = ""

    @classmethod
    def published(cls, raw: Mapping[str, Any]) -> Metric:
        known = {f.name for f in fields(cls)}
        given = {name: value for name, value in raw.items() if name in known}
        return cls(**{**given, "by": tuple(given.get("by") or ())})

    @property
    def parts(self) -> tuple[pl.Expr, pl.Expr]:
        """Numerator and denominator of one row."""
        bottom = pl.lit(None, pl.Float64) if self.denominator is None else pl.sql_expr(self.denominator)
        return pl.sql_expr(self.numerator), bottom

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the mart that its parts are made of."""
        return frozenset(name for part in self.parts for name in part.meta.root_names())

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def metrics_of(snapshot: Snapshot, actor: Actor) -> list[Metric]:
    """The metrics whose mart the actor may read, parts included."""
    declared = (Metric.published(raw) for raw in snapshot.manifest.metrics)
    return [metric for metric in declared if _is_readable(snapshot, actor, metric)]


def metric_of(snapshot: Snapshot, actor: Actor, metric_id: str) -> Metric:
    """That metric; NotFound when nobody declared it, NotAllowed when its parts are hidden from the actor."""
    for raw in snapshot.manifest.metrics:
        metric = Metric.published(raw)
        if metric.id == metric_id:
            if not _is_readable(snapshot, actor, metric):
                raise NotAllowed(f"{metric.label} is made of columns that your role does not see")
            return metric
    raise NotFound(f"there is no metric {metric_id}; GET /v1/metrics lists them")


def compute(
    snapshot: Snapshot, actor: Actor, metric: Metric, *, by: Sequence[str], filters: Sequence[Filter]
) -> pl.DataFrame:
    """One row per group, sorted: `by`, numerator, denominator, value, n (mart rows that were summed).

    No row matches: one row with nulls when ungrouped, none when grouped.
    """
    usable = usable_columns(snapshot, actor, metric.mart)
    groups = known_columns("by", by, {name: usable[name] for name in metric.by if name in usable})
    numerator, denominator = metric.parts
    rows = (
        scoped(snapshot, actor, metric.mart)
        .filter(*(f.expression() for f in filters))
        .select(*groups, numerator=numerator, denominator=denominator)
    )
    parts = [_sum("numerator"), _sum("denominator"), pl.len().alias("n")]
    summed = rows.group_by(groups).agg(parts).sort(groups) if groups else rows.select(parts)
    return summed.with_columns(value=_value(metric)).select(*groups, *_PARTS).collect()


_PARTS = ("numerator", "denominator", "value", "n")


def _is_readable(snapshot: Snapshot, actor: Actor, metric: Metric) -> bool:
    entry = snapshot.manifest.tables.get(metric.mart)
    if entry is None or not may_read(actor, metric.mart, entry):
        return False
    return metric.columns <= usable_columns(snapshot, actor, metric.mart).keys()


def _sum(column: str) -> pl.Expr:
    """Null, not zero, when there is nothing to add."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum()).alias(column)


def _value(metric: Metric) -> pl.Expr:
    if metric.denominator is None:
        return pl.col("numerator").cast(pl.Float64)
    return pl.when(pl.col("denominator") != 0).then(pl.col("numerator") / pl.col("denominator"))
