"""`dms status`: how fresh, how much, what failed; from manifests alone, so it answers at once.

In: the raw zone's manifest and the current snapshot's. Out: a `Status`, as text or JSON.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines import ports, postgres
from pipelines.settings import Settings
from pipelines.snapshot import CURRENT, MANIFEST, Manifest


@dataclass(frozen=True, slots=True)
class Status:
    """None means that there is no such thing yet, never zero."""

    database_runs: bool
    api_runs: bool
    extracted_at: str | None  # when the raw zone last grew or was looked at
    feed_position: int | None  # first transaction not yet extracted
    raw_rows: int | None
    snapshot_id: str | None
    published_at: str | None
    as_of_date: str | None
    counts: dict[str, int]
    tables: dict[str, int]  # rows by published table
    failed_checks: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def describe(self) -> str:
        lines = [
            f"database   {'running' if self.database_runs else 'not running'}",
            f"API        {'running' if self.api_runs else 'not running'}",
            f"extracted  {self._extracted()}",
            f"published  {self._published()}",
            *(f"           {name}: {count:,}" for name, count in self.counts.items()),
            *(f"FAILED     {check}" for check in self.failed_checks),
        ]
        return "\n".join(lines)

    def _extracted(self) -> str:
        if self.raw_rows is None:
            return "never; start with: dms run"
        return f"{self.raw_rows:,} changes, up to {self.extracted_at}"

    def _published(self) -> str:
        if self.snapshot_id is None:
            return "never; start with: dms run"
        failed = f", {len(self.failed_checks)} checks failed" if self.failed_checks else ", all checks passed"
        tables = f"{len(self.tables)} tables with {sum(self.tables.values()):,} rows"
        return f"{self.snapshot_id} as of {self.as_of_date}, {self.published_at}: {tables}{failed}"


def read_status(settings: Settings) -> Status:
    """Status now. What is not there yet leaves its fields None."""
    raw_path = settings.raw_dir / "manifest.json"
    raw = json.loads(raw_path.read_text()) if raw_path.exists() else None
    published = _published(settings)
    return Status(
        database_runs=postgres.running(settings) is not None,
        api_runs=not ports.is_free(settings.api_port),
        extracted_at=_changed_at(raw_path) if raw else None,
        feed_position=raw["hi"] if raw else None,
        raw_rows=sum(file["rows"] for file in raw["files"]) if raw else None,
        snapshot_id=published.snapshot_id if published else None,
        published_at=f"{published.created_at:%Y-%m-%d %H:%M} UTC" if published else None,
        as_of_date=f"{published.as_of_date}" if published else None,
        counts=dict(published.counts) if published else {},
        tables={name: table.rows for name, table in published.tables.items()} if published else {},
        failed_checks=tuple(f"{c.name}: {c.message}" for c in published.checks if not c.passed)
        if published
        else (),
    )


def _published(settings: Settings) -> Manifest | None:
    path = settings.snapshots_dir / CURRENT / MANIFEST
    return Manifest.from_json(path.read_text()) if path.exists() else None


def _changed_at(path: Path) -> str:
    return f"{datetime.fromtimestamp(path.stat().st_mtime, UTC):%Y-%m-%d %H:%M} UTC"
