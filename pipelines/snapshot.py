"""The published snapshot: one immutable, dated, checksummed folder, and the pointer to it.

In: frames with their meaning. Out: `snapshots/<id>/<table>.parquet`, `manifest.json`, and the
symbolic link `current`, replaced atomically. A reader checks a table's hash before its first read.
This module is a leaf: it imports nothing of ours.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

CURRENT = "current"
MANIFEST = "manifest.json"
_DRAFT = ".draft-"
KEEP_LAST = 14  # snapshots
KEEP_MONTHS = 24  # the last snapshot of each of these months
GRACE = timedelta(hours=1)  # a reader that just resolved the pointer may still open files


class SnapshotError(RuntimeError):
    """No usable snapshot: none published, a table unknown, or bytes that are not those published."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as published; `hidden_from` names the grants that may not see it."""

    name: str
    type: str
    description: str = ""
    hidden_from: tuple[str, ...] = ()
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    file: str
    rows: int
    sha256: str
    description: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    passed: bool
    severity: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was published, from what, and which checks it passed."""

    snapshot_id: str
    created_at: datetime
    as_of_date: date
    code_version: str
    feed: Mapping[str, int | str]  # epoch, hi: where in the change feed it stands
    tables: Mapping[str, Table]
    checks: tuple[Check, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    metrics: tuple[Mapping[str, Any], ...] = ()  # as declared in metrics.yml; opaque here

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=_iso, ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        raw = json.loads(text)
        return cls(
            snapshot_id=raw["snapshot_id"],
            created_at=datetime.fromisoformat(raw["created_at"]),
            as_of_date=date.fromisoformat(raw["as_of_date"]),
            code_version=raw["code_version"],
            feed=raw["feed"],
            tables={name: _table(table) for name, table in raw["tables"].items()},
            checks=tuple(Check(**check) for check in raw["checks"]),
            counts=raw["counts"],
            metrics=tuple(raw["metrics"]),
        )


class Draft:
    """A snapshot being written. Nobody sees it before `publish`; an abandoned one is swept later."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._folder = root / f"{_DRAFT}{os.getpid()}-{datetime.now(UTC):%H%M%S%f}"
        self._folder.mkdir()
        self._tables: dict[str, Table] = {}

    def add(
        self, name: str, frame: pl.DataFrame, *, description: str = "", columns: Sequence[Column] = ()
    ) -> None:
        """Write one table. Columns not described are published with their name and type alone."""
        path = self._folder / f"{name}.parquet"
        frame.write_parquet(path, compression="zstd", statistics=True)
        _fsync(path)
        described = {column.name: column for column in columns}
        published = tuple(_published(described, n, str(t)) for n, t in frame.schema.items())
        self._tables[name] = Table(path.name, frame.height, sha256_of(path), description, published)

    def publish(
        self,
        *,
        as_of_date: date,
        code_version: str,
        feed: Mapping[str, int | str],
        checks: Sequence[Check] = (),
        counts: Mapping[str, int] | None = None,
        metrics: Sequence[Mapping[str, Any]] = (),
        created_at: datetime | None = None,
    ) -> Manifest:
        """Seal the folder, give it its name, move the pointer. Each step is atomic and durable."""
        created = created_at or datetime.now(UTC)
        manifest = Manifest(
            snapshot_id=_snapshot_id(as_of_date, created, self._tables),
            created_at=created,
            as_of_date=as_of_date,
            code_version=code_version,
            feed=dict(feed),
            tables=dict(sorted(self._tables.items())),
            checks=tuple(checks),
            counts=dict(counts or {}),
            metrics=tuple(metrics),
        )
        (self._folder / MANIFEST).write_text(manifest.to_json())
        _fsync(self._folder / MANIFEST)
        _fsync(self._folder)
        os.rename(self._folder, self._root / manifest.snapshot_id)
        _fsync(self._root)
        point_to(self._root, manifest.snapshot_id)
        return manifest

    def discard(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class Snapshot:
    """A published snapshot, open for reading. Safe to keep open while newer ones are published."""

    def __init__(self, folder: Path) -> None:
        try:
            self.inode = (folder / MANIFEST).stat().st_ino  # another file once a table was written anew
            self.manifest = Manifest.from_json((folder / MANIFEST).read_text())
        except FileNotFoundError as missing:
            raise SnapshotError(f"no snapshot in {folder}: publish one with `dms run`") from missing
        self.folder = folder
        self._verified: set[str] = set()

    @property
    def snapshot_id(self) -> str:
        return self.manifest.snapshot_id

    def path(self, table: str) -> Path:
        """The table's file, its hash checked at first use. Raises SnapshotError when a byte changed."""
        entry = self.manifest.tables.get(table)
        if entry is None:
            raise SnapshotError(f"snapshot {self.snapshot_id} has no table {table}")
        path = self.folder / entry.file
        if table not in self._verified:
            if not path.exists() or sha256_of(path) != entry.sha256:
                raise SnapshotError(
                    f"snapshot {self.snapshot_id}: {entry.file} is not the file that was published; "
                    "point to an older snapshot or publish again with `dms run --force`"
                )
            self._verified.add(table)
        return path

    def scan(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.path(table))

    def read(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(self.path(table))


def open_snapshot(root: Path, snapshot_id: str = CURRENT) -> Snapshot:
    """The snapshot of that id, or the current one. The pointer is resolved once, here."""
    if snapshot_id != CURRENT and not _is_snapshot(root / snapshot_id):
        raise SnapshotError(f"no snapshot {snapshot_id} in {root}; `dms status` lists what is kept")
    return Snapshot((root / snapshot_id).resolve())


def current_id(root: Path) -> str | None:
    """Id the pointer names now; None before the first snapshot."""
    try:
        return os.readlink(root / CURRENT)
    except FileNotFoundError:
        return None


def list_snapshots(root: Path) -> list[str]:
    """Ids on disk, oldest first by time of creation."""
    if not root.exists():
        return []
    folders = [p for p in root.iterdir() if _is_snapshot(p)]
    return [p.name for p in sorted(folders, key=lambda p: (_created(p), p.name))]


def point_to(root: Path, snapshot_id: str) -> None:
    """Move the pointer in one atomic step; also how a planner goes back to an older snapshot."""
    if not _is_snapshot(root / snapshot_id):
        raise SnapshotError(f"no snapshot {snapshot_id} in {root}")
    fresh = root / f".{CURRENT}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(snapshot_id)
    os.replace(fresh, root / CURRENT)
    _fsync(root)


def sweep(
    root: Path, *, keep_last: int = KEEP_LAST, keep_months: int = KEEP_MONTHS, now: datetime | None = None
) -> list[str]:
    """Remove what the policy does not keep, and drafts of runs that died; returns the ids removed.

    Kept: the last `keep_last`, the last one of each of the newest `keep_months` months, the one the
    pointer names, and whatever is younger than GRACE. The caller must be the only writer.
    """
    for draft in (*root.glob(f"{_DRAFT}*"), *root.glob(f".{CURRENT}-*")):
        shutil.rmtree(draft) if draft.is_dir() and not draft.is_symlink() else draft.unlink()
    moment = now or datetime.now(UTC)
    ids = list_snapshots(root)
    months = {f"{_created(root / i):%Y-%m}": i for i in ids}  # later ones overwrite earlier ones
    kept = {*ids[-keep_last:], *(months[m] for m in sorted(months)[-keep_months:]), current_id(root)}
    gone = [i for i in ids if i not in kept and moment - _created(root / i) > GRACE]
    for snapshot_id in gone:
        shutil.rmtree(root / snapshot_id)
    return gone


def replace_table(folder: Path, name: str, frame: pl.DataFrame) -> None:
    """Write one table of a published snapshot anew, for an erasure and nothing else; the id stays.

    The new file has a name of its own, so that whoever opened the manifest before misses the old one and
    opens the snapshot again, and never reads half of either.
    """
    manifest = Manifest.from_json((folder / MANIFEST).read_text())
    old = manifest.tables[name]
    path = folder / f"{name}-{os.urandom(4).hex()}.parquet"
    frame.write_parquet(path, compression="zstd", statistics=True)
    _fsync(path)
    tables = {**manifest.tables, name: replace(old, file=path.name, sha256=sha256_of(path))}
    draft = folder / f".{MANIFEST}"
    draft.write_text(replace(manifest, tables=tables).to_json())
    _fsync(draft)
    os.replace(draft, folder / MANIFEST)
    _fsync(folder)
    (folder / old.file).unlink()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _snapshot_id(as_of_date: date, created: datetime, tables: Mapping[str, Table]) -> str:
    """as-of day, moment of creation, digest of the content: sorts by day, then by creation."""
    content = "".join(f"{name}{tables[name].sha256}" for name in sorted(tables))
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    return f"{as_of_date:%Y%m%d}-{created:%Y%m%dT%H%M%S}{created.microsecond // 1000:03d}Z-{digest}"


def _published(described: Mapping[str, Column], name: str, type_: str) -> Column:
    column = described.get(name)
    if column is None:
        return Column(name, type_)
    return Column(name, type_, column.description, column.hidden_from, column.personal)


def _table(raw: Mapping[str, Any]) -> Table:
    columns = tuple(_column(column) for column in raw["columns"])
    return Table(raw["file"], raw["rows"], raw["sha256"], raw["description"], columns)


def _column(raw: Mapping[str, Any]) -> Column:
    return Column(raw["name"], raw["type"], raw["description"], tuple(raw["hidden_from"]), raw["personal"])


def _is_snapshot(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.is_symlink()
    return not hidden and (folder / MANIFEST).is_file()


def _created(folder: Path) -> datetime:
    return datetime.fromisoformat(json.loads((folder / MANIFEST).read_text())["created_at"])


def _iso(value: object) -> str:
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    raise TypeError(f"cannot write {type(value).__name__} into a manifest")


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
