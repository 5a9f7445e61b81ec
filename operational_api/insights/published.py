"""What is published, seen as a run: age, checks, tables and how new each is, and the snapshots kept.

In: a snapshot, the actor. Out: plain dictionaries. Messages of checks may name outlets, so a confined
actor sees which check failed and not what it found.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from operational_api.access import Actor
from operational_api.insights.reader import may_read
from operational_api.refusals import NotAllowed
from pipelines.snapshot import Check, Snapshot

STALE_AFTER = timedelta(hours=26)  # the pipeline runs daily; two hours of grace


def summary(snapshot: Snapshot, actor: Actor, now: datetime) -> dict[str, Any]:
    """As-of day, age, failed checks, counts and rows: for everybody who signs in."""
    manifest = snapshot.manifest
    age = now - manifest.created_at
    failed = [_check(c, with_message=actor.outlets is None) for c in manifest.checks if not c.passed]
    return {
        "snapshot_id": manifest.snapshot_id,
        "as_of_date": manifest.as_of_date,
        "created_at": manifest.created_at,
        "age_hours": round(age.total_seconds() / 3600, 2),
        "is_stale": age > STALE_AFTER,
        "code_version": manifest.code_version,
        "feed": dict(manifest.feed),
        "checks": {"passed": len(manifest.checks) - len(failed), "failed": failed},
        "counts": dict(manifest.counts),
        "rows": {name: t.rows for name, t in manifest.tables.items() if may_read(actor, name, t)},
    }


def checks(snapshot: Snapshot, actor: Actor) -> list[dict[str, Any]]:
    """Every check of the run, failed ones first."""
    _demand_unconfined(actor, "the checks of a run")
    ordered = sorted(snapshot.manifest.checks, key=lambda c: (c.passed, c.severity, c.name))
    return [_check(c, with_message=True) for c in ordered]


def tables(snapshot: Snapshot, actor: Actor) -> list[dict[str, Any]]:
    """Every table: what it is, its rows, and the newest day in it that is not after the as-of day."""
    _demand_unconfined(actor, "the tables of a run")
    as_of = snapshot.manifest.as_of_date
    return [
        {
            "table": name,
            "description": table.description,
            "rows": table.rows,
            "newest_date": newest_date(snapshot.scan(name), as_of),
        }
        for name, table in snapshot.manifest.tables.items()
    ]


def newest_date(rows: pl.LazyFrame, as_of: date) -> date | None:
    """The latest day in any column of days or instants, forecasts and promises left out; None without one."""
    schema = rows.collect_schema()
    days = [
        pl.col(n).cast(pl.Date) for n, t in schema.items() if t == pl.Date or t.base_type() == pl.Datetime
    ]
    if not days:
        return None
    latest = rows.select(pl.when(day <= as_of).then(day).max().alias(str(i)) for i, day in enumerate(days))
    found: list[date] = [day for day in latest.collect().row(0) if day is not None]
    return max(found, default=None)


def kept(snapshots: list[Snapshot], actor: Actor) -> list[dict[str, Any]]:
    """One line for each snapshot on disk, newest first."""
    _demand_unconfined(actor, "the history of runs")
    return [
        {
            "snapshot_id": s.snapshot_id,
            "as_of_date": s.manifest.as_of_date,
            "created_at": s.manifest.created_at,
            "tables": len(s.manifest.tables),
            "rows": sum(t.rows for t in s.manifest.tables.values()),
            "checks_passed": sum(c.passed for c in s.manifest.checks),
            "checks_failed": sum(not c.passed for c in s.manifest.checks),
            "counts": dict(s.manifest.counts),
        }
        for s in sorted(snapshots, key=lambda s: s.manifest.created_at, reverse=True)
    ]


def utc_now() -> datetime:
    return datetime.now(UTC)


def _check(check: Check, *, with_message: bool) -> dict[str, Any]:
    said = {"message": check.message} if with_message else {}
    return {"name": check.name, "severity": check.severity, "passed": check.passed, **said}


def _demand_unconfined(actor: Actor, what: str) -> None:
    if actor.outlets is not None:
        raise NotAllowed(f"{what} may name any outlet; data engineers and the maker's planners read it")
