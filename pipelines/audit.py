"""`dms audit verify`: is the audit what was sealed, and are the documents what the audit says?

In: the raw zone's seals, `api.change` and the documents as role dms_extract. Out: `Findings`, which name
every row that differs. What was written after the last run is not sealed yet, and is counted as such.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import adbc_driver_postgresql.dbapi as adbc
import polars as pl

from operational_api.document import Document
from operational_api.documents import DOCUMENTS
from pipelines.extract import RawManifest, read_manifest
from pipelines.seals import Seal, broken_link, differences, read_entries, sealed_entries

MOST_SHOWN = 100
What = Literal["changed", "missing", "added", "behind the audit", "seal broken", "head unknown"]
_ROW = """select document, key, version, actor, action from api.change
           where xid = '{xid}'::xid8 and seq = {seq}"""
_UNSEALED = "select count(*) from api.change where xid >= '{hi}'::xid8"


class AuditError(RuntimeError):
    """There is nothing to verify yet; says what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed. Without a document it is about a whole window."""

    what: What
    told: str
    document: str | None = None
    key: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`head` covers every sealed row: keep it elsewhere, and ask for it again with --head."""

    head: str
    windows: int
    rows: int
    unsealed_rows: int
    documents: int  # compared with their last change
    findings: tuple[Finding, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def describe(self) -> str:
        lines = [
            f"{self.rows:,} rows in {self.windows:,} sealed windows, {self.unsealed_rows:,} rows since, "
            f"{self.documents:,} documents: {len(self.findings):,} findings",
            f"head {self.head}",
            *(f"  {f.what}: {f.told}" for f in self.findings[:MOST_SHOWN]),
        ]
        more = len(self.findings) - MOST_SHOWN
        return "\n".join(lines + ([f"  and {more:,} more"] if more > 0 else []))


def verify(url: str, raw_dir: Path, *, head: str | None = None) -> Findings:
    """Compare all that is sealed with what is there. `head`: one noted earlier; it must be in the chain."""
    manifest = read_manifest(raw_dir)
    if manifest is None or not manifest.seals:
        raise AuditError(
            "nothing is sealed yet: the pipeline seals what it extracts; start it with `dms run`"
        )
    with adbc.connect(url) as connection:
        found = [*_of_chain(manifest, head), *_of_epoch(connection, manifest)]
        if not found or found[-1].what != "seal broken":
            for seal in manifest.seals:
                found += _of_window(connection, raw_dir, manifest, seal)
        drifted, documents = _of_documents(connection)
        return Findings(
            head=manifest.head,
            windows=len(manifest.seals),
            rows=sum(seal.rows for seal in manifest.seals),
            unsealed_rows=_number(connection, _UNSEALED.format(hi=manifest.seals[-1].hi)),
            documents=documents,
            findings=(*found, *drifted),
        )


def _of_chain(manifest: RawManifest, head: str | None) -> Iterator[Finding]:
    broken = broken_link(manifest.seals, manifest.chain_start, manifest.epoch)
    if broken is not None:
        yield Finding("seal broken", f"window [{broken.lo}, {broken.hi}) does not follow from the one before")
    elif head is not None and head not in {manifest.chain_start, *(s.chain for s in manifest.seals)}:
        yield Finding(
            "head unknown", f"{head} is in no seal: the windows were sealed anew since it was noted"
        )


def _of_epoch(connection: Any, manifest: RawManifest) -> Iterator[Finding]:
    epoch = _value(connection, "select epoch::text from api.feed")
    if epoch != manifest.epoch:
        told = f"the database is of epoch {epoch}, what was sealed of {manifest.epoch}: it was restored"
        yield Finding("seal broken", f"{told}; run `dms run`, which begins a new chain at the old one's head")


def _of_window(connection: Any, raw_dir: Path, manifest: RawManifest, seal: Seal) -> Iterator[Finding]:
    sealed = sealed_entries(raw_dir, seal)
    if sealed is None:
        yield Finding("seal broken", f"{seal.path} is gone or is not the file that was sealed")
        return
    now = read_entries(connection, seal.lo, seal.hi)
    if now == sealed:
        return
    for what, xid, seq in differences(sealed, now):
        yield _finding(connection, raw_dir, manifest, what, xid, seq)


def _finding(connection: Any, raw_dir: Path, manifest: RawManifest, what: Any, xid: int, seq: int) -> Finding:
    """A row that is there is named by the table; one that is gone by the raw file that was made of it."""
    place = f"transaction {xid}, number {seq}"
    row = _extracted(raw_dir, manifest, xid, seq) if what == "missing" else _in_table(connection, xid, seq)
    if row is None:
        return Finding(what, place)
    document, key, version, actor, action = row
    return Finding(what, f"{document} {key} version {version}, {action} by {actor} ({place})", *row[:3])


def _in_table(connection: Any, xid: int, seq: int) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(_ROW.format(xid=xid, seq=seq))
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _extracted(raw_dir: Path, manifest: RawManifest, xid: int, seq: int) -> tuple[Any, ...] | None:
    for file in manifest.files:
        if file.lo <= xid < file.hi:
            rows = pl.scan_parquet(raw_dir / file.path).filter(xid=xid, seq=seq)
            found = rows.select("key", "version", "actor", "action").collect()
            if found.height:
                return (file.document, *found.row(0))
    return None


def _of_documents(connection: Any) -> tuple[list[Finding], int]:
    """Documents whose row is gone, or not what their last change says: somebody wrote past the audit."""
    found: list[Finding] = []
    compared = 0
    for document in DOCUMENTS:
        compared += _number(connection, f"select count(*) from doc.{document.name}")  # noqa: S608 (declared)
        with connection.cursor() as cursor:
            cursor.execute(_drifted(document))
            rows: Sequence[tuple[str, int]] = cursor.fetchall()
        found += [
            Finding("behind the audit", f"{document.name} {key} version {n}", document.name, key, n)
            for key, n in rows
        ]
    return found, compared


def _drifted(document: Document) -> str:
    """Fields that were declared since are null in old rows, and those no longer declared are left aside."""
    name, key = document.name, document.key
    outlet = "t.outlet_id" if document.is_tenant else "null"
    declared = ", ".join(f"'{f.name}'" for f in document.plain) or "''"
    return f"""
      select t.{key}, t.version from doc.{name} t
        left join api.change c on c.document = '{name}' and c.key = t.{key} and c.version = t.version
       where c.key is null or c.state <> t.state or c.outlet_id is distinct from {outlet}
          or api.plain_{name}(t) <> (select coalesce(jsonb_object_agg(k, v), '{{}}')
                                       from jsonb_each(c.after) e (k, v) where k in ({declared}))
      union all
      select c.key, 1 from api.change c
       where c.document = '{name}' and c.version = 1
         and not exists (select from doc.{name} t where t.{key} = c.key)
       order by 1"""  # noqa: S608 (names are declared)


def _number(connection: Any, query: str) -> int:
    return int(_value(connection, query))


def _value(connection: Any, query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]
