"""The audit, sealed: each closed window of the change feed gets a digest, chained to the window before.

In: `api.change` as role dms_extract, after the window is closed. Out: `raw/seals/<lo>-<hi>.seal` (an entry a
row) and a `Seal` in `raw/manifest.json`. Nothing is locked or chained while somebody writes. `verify` reads
the table again and names every row that was changed, taken away or put in since.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.durable import replacing

START = "0" * 64  # what the first seal is chained to
FOLDER = "seals"
ENTRY_BYTES = 32  # transaction id (8), sequence number (8), the first half of the row's SHA-256 (16)
_PLACE = struct.Struct(">qq")

# Built from values, not from texts that depend on a session's settings: seconds, not printed instants.
_ENTRIES = """
select int8send(xid::text::bigint) || int8send(seq) || substr(sha256(convert_to(jsonb_build_array(
         xid::text, seq, document, key, version, action, outlet_id, actor, state,
         extract(epoch from effective_at), extract(epoch from recorded_at), after, personal_changed
       )::text, 'UTF8')), 1, 16) as entry
  from api.change where xid >= '{lo}'::xid8 and xid < '{hi}'::xid8 order by xid, seq"""


@dataclass(frozen=True, slots=True)
class Seal:
    """One window [lo, hi) of transaction ids. `chain` covers this one and all before it."""

    lo: int
    hi: int
    rows: int
    digest: str  # SHA-256 of the entries
    chain: str

    @property
    def path(self) -> str:
        """Of its entries, below the raw folder."""
        return f"{FOLDER}/{self.lo}-{self.hi}.seal"

    def follows(self, previous: str, epoch: str) -> bool:
        return self.chain == _chain(previous, epoch, self.lo, self.hi, self.rows, self.digest)


def seal_window(connection: Any, raw_dir: Path, epoch: str, lo: int, hi: int, previous: str) -> Seal:
    """Seal a window that can no longer grow. Its file counts once the manifest names it."""
    entries = read_entries(connection, lo, hi)
    digest = hashlib.sha256(entries).hexdigest()
    rows = len(entries) // ENTRY_BYTES
    seal = Seal(lo, hi, rows, digest, _chain(previous, epoch, lo, hi, rows, digest))
    if rows:
        with replacing(raw_dir / seal.path) as draft:
            draft.write_bytes(entries)
    return seal


def read_entries(connection: Any, lo: int, hi: int) -> bytes:
    """The entries of a window as the table is now, in order."""
    parts: list[bytes] = []
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES.format(lo=lo, hi=hi))
        for batch in cursor.fetch_record_batch():
            parts.append(b"".join(batch.column(0).to_pylist()))
    return b"".join(parts)


def sealed_entries(raw_dir: Path, seal: Seal) -> bytes | None:
    """The entries as they were sealed; None when the file is gone or is not the one that was sealed."""
    if seal.rows == 0:
        return b""
    try:
        entries = (raw_dir / seal.path).read_bytes()
    except FileNotFoundError:
        return None
    return entries if hashlib.sha256(entries).hexdigest() == seal.digest else None


def differences(sealed: bytes, now: bytes) -> Iterator[tuple[str, int, int]]:
    """('changed' | 'missing' | 'added', xid, seq) of every row that is not as it was sealed, in order."""
    before, after = _by_place(sealed), _by_place(now)
    for place in sorted(before.keys() | after.keys()):
        if place not in after:
            yield "missing", *place
        elif place not in before:
            yield "added", *place
        elif before[place] != after[place]:
            yield "changed", *place


def broken_link(seals: Sequence[Seal], start: str, epoch: str) -> Seal | None:
    """The first seal that does not follow from the one before it, or leaves a gap."""
    previous, reached = start, 0
    for seal in seals:
        if seal.lo != reached or not seal.follows(previous, epoch):
            return seal
        previous, reached = seal.chain, seal.hi
    return None


def _chain(previous: str, epoch: str, lo: int, hi: int, rows: int, digest: str) -> str:
    return hashlib.sha256(f"{previous} {epoch} {lo} {hi} {rows} {digest}".encode()).hexdigest()


def _by_place(entries: bytes) -> dict[tuple[int, int], bytes]:
    """Digest by (xid, seq)."""
    found = {}
    for at in range(0, len(entries), ENTRY_BYTES):
        place: tuple[int, int] = _PLACE.unpack_from(entries, at)
        found[place] = entries[at + _PLACE.size : at + ENTRY_BYTES]
    return found
