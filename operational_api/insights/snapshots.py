"""Which snapshot a request reads: the current one, or one named by its id.

In: the folder of snapshots. Out: open `Snapshot`s, kept so that a table's hash is checked once.
A new snapshot is seen by the next request; whoever reads the old one finishes on it.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from operational_api.refusals import Unavailable
from pipelines.snapshot import (
    CURRENT,
    MANIFEST,
    Snapshot,
    SnapshotError,
    current_id,
    list_snapshots,
    open_snapshot,
)

KEEP_OPEN = 8  # manifests in memory; data stays on disk


class Snapshots:
    """Open snapshots of one folder. Safe to share between threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: dict[str, Snapshot] = {}
        self._lock = threading.Lock()

    def has(self, snapshot_id: str) -> bool:
        """Whether a snapshot of that id, which must be an id, is still kept."""
        return (self._root / snapshot_id / MANIFEST).is_file()

    def kept(self) -> list[Snapshot]:
        """Every snapshot on disk; one that is swept meanwhile is left out."""
        found = []
        for snapshot_id in list_snapshots(self._root):
            with contextlib.suppress(Unavailable):
                found.append(_opened(self._root, snapshot_id))
        return found

    def get(self, snapshot_id: str = CURRENT) -> Snapshot:
        """Raises Unavailable, with the remedy, when there is none to be read."""
        wanted = current_id(self._root) if snapshot_id == CURRENT else snapshot_id
        with self._lock:
            known = self._open.get(wanted or CURRENT)
            if known is not None and _is_as_opened(known):
                return known
            opened = _opened(self._root, snapshot_id)
            self._open.pop(opened.snapshot_id, None)
            self._open[opened.snapshot_id] = opened
            while len(self._open) > KEEP_OPEN:
                self._open.pop(next(iter(self._open)))
            return opened


def _is_as_opened(snapshot: Snapshot) -> bool:
    """An erasure writes tables of kept snapshots anew; a sweep removes snapshots."""
    try:
        return (snapshot.folder / MANIFEST).stat().st_ino == snapshot.inode
    except FileNotFoundError:
        return False


def _opened(root: Path, snapshot_id: str) -> Snapshot:
    try:
        return open_snapshot(root, snapshot_id)
    except SnapshotError as missing:
        raise Unavailable(str(missing)) from missing
