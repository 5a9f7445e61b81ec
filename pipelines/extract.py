"""Step 2, extract: the change feed into Parquet, each change once, whatever dies (`docs/pipeline.md`).

In: `api.change` as role dms_extract. Out: `raw/<type>/<lo>-<hi>.parquet`, `raw/manifest.json`,
`raw/personal/<type>.parquet`. A window `[lo, hi)` of transaction ids ends before the oldest one still
running, so what it holds can never change again; it is sealed (`seals.py`). Files, watermark and seal are
committed by one rename.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from operational_api.document import Document
from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines.durable import force, read_json, write_json, write_parquet
from pipelines.parsing import POLARS_TYPES
from pipelines.postgres_cluster import hold_lock
from pipelines.seals import FOLDER, START, Seal, seal_window

BUFFERED_ROWS = 200_000  # held in memory before they become row groups
_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("xid", pa.int64()),
    ("seq", pa.int64()),
    ("key", pa.string()),
    ("version", pa.int32()),
    ("action", pa.string()),
    ("outlet_id", pa.string()),
    ("actor", pa.string()),
    ("state", pa.string()),
    ("effective_at", pa.timestamp("us", "UTC")),
    ("recorded_at", pa.timestamp("us", "UTC")),
    ("after", pa.string()),
]
RAW_SCHEMA = pa.schema(_COLUMNS)
_WINDOW = """
select xid::text::bigint as xid, seq, document, key, version, action, outlet_id, actor, state,
       effective_at, recorded_at, after::text as after
  from api.change where xid >= '{lo}'::xid8 and xid < '{hi}'::xid8 order by xid, seq"""
_COUNT = """
select document, count(*) from api.change
 where xid >= '{lo}'::xid8 and xid < '{hi}'::xid8 group by document"""


class ExtractError(RuntimeError):
    """What was written is not what the database counted. Nothing was committed."""


@dataclass(frozen=True, slots=True)
class RawFile:
    document: str
    path: str  # below the raw folder
    rows: int
    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class RawManifest:
    """The raw zone: a file that is not listed does not exist. `hi` is the first transaction not read."""

    epoch: str
    hi: int
    files: tuple[RawFile, ...] = ()
    seals: tuple[Seal, ...] = ()
    chain_start: str = START  # the head of the chain of the epoch before

    @property
    def head(self) -> str:
        """The digest that covers all that is sealed."""
        return self.seals[-1].chain if self.seals else self.chain_start

    @property
    def sealed_hi(self) -> int:
        return self.seals[-1].hi if self.seals else 0

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    def of(self, document: str) -> tuple[RawFile, ...]:
        return tuple(file for file in self.files if file.document == document)


@dataclass(frozen=True, slots=True)
class Extracted:
    """One run of this step. `read` was counted by the database, apart from what was written."""

    manifest: RawManifest
    read: int
    by_document: dict[str, int]
    began_anew: bool  # the feed had another epoch: its database was restored


@dataclass(frozen=True, slots=True)
class FeedPosition:
    epoch: str
    hi: int
    has_news: bool  # changes in [watermark, hi)


def extract(url: str, raw_dir: Path) -> Extracted:
    """Read everything committed since the watermark. Raises ExtractError and commits nothing when
    the rows written are not the rows counted."""
    with _alone(raw_dir), adbc.connect(url) as connection:
        known = read_manifest(raw_dir)
        now = _position(connection, None)
        began_anew = known is not None and known.epoch != now.epoch
        if began_anew:
            _set_aside(raw_dir)
        start = known.head if known is not None and began_anew else START
        base = RawManifest(now.epoch, 0, chain_start=start) if known is None or began_anew else known
        _sweep(raw_dir, base)
        files = _read_window(connection, raw_dir, base.hi, now.hi)
        counted = _counts(connection, base.hi, now.hi)
        written = {file.document: file.rows for file in files}
        if counted != written:
            raise ExtractError(f"window [{base.hi}, {now.hi}): counted {counted}, wrote {written}")
        seals = _sealed(connection, raw_dir, base, now.hi, sum(counted.values()))
        manifest = replace(base, hi=now.hi, files=(*base.files, *files), seals=seals)
        _commit(raw_dir, manifest)
        _extract_personal(connection, raw_dir)
    return Extracted(manifest, sum(counted.values()), counted, began_anew)


def extract_personal(url: str, raw_dir: Path) -> None:
    """The personal fields once more, after something was taken out of them."""
    with _alone(raw_dir), adbc.connect(url) as connection:
        _extract_personal(connection, raw_dir)


def look(url: str, raw_dir: Path) -> FeedPosition:
    """Where the feed stands, without reading it."""
    known = read_manifest(raw_dir)
    with adbc.connect(url) as connection:
        return _position(connection, known.hi if known else 0)


def read_manifest(raw_dir: Path) -> RawManifest | None:
    """None before the first extract."""
    raw = read_json(raw_dir / "manifest.json")
    if raw is None:
        return None
    seals = tuple(Seal(**seal) for seal in raw.get("seals", ()))
    files = tuple(RawFile(**file) for file in raw["files"])
    return RawManifest(raw["epoch"], raw["hi"], files, seals, raw.get("chain_start", START))


# --- the window ---------------------------------------------------------------------------------


def _position(connection: Any, lo: int | None) -> FeedPosition:
    news = f"exists (select from api.change where xid >= '{lo}'::xid8 and xid < h.hi)" if lo else "true"
    query = f"""
      with h as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as hi)
      select f.epoch::text, h.hi::text, {news} from h, api.feed f"""  # noqa: S608 (numbers of ours)
    with connection.cursor() as cursor:
        cursor.execute(query)
        epoch, hi, has_news = cursor.fetchone()
    connection.rollback()
    return FeedPosition(epoch, int(hi), has_news)


def _read_window(connection: Any, raw_dir: Path, lo: int, hi: int) -> list[RawFile]:
    """Stream the window once and split it by document type."""
    split = _Splitter(raw_dir, lo, hi)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WINDOW.format(lo=lo, hi=hi))
            for batch in cursor.fetch_record_batch():
                split.add(pa.table(batch) if isinstance(batch, pa.RecordBatch) else batch)
    finally:
        files = split.close()
    return files


def _counts(connection: Any, lo: int, hi: int) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(lo=lo, hi=hi))
        return {document: int(count) for document, count in cursor.fetchall()}


def _sealed(connection: Any, raw_dir: Path, base: RawManifest, hi: int, rows: int) -> tuple[Seal, ...]:
    """The chain up to `hi`. A zone that is older than its seals is sealed from its beginning."""
    if base.seals and base.sealed_hi == hi:
        return base.seals
    seal = seal_window(connection, raw_dir, base.epoch, base.sealed_hi, hi, base.head)
    if base.sealed_hi == base.hi and seal.rows != rows:
        raise ExtractError(f"window [{base.hi}, {hi}): wrote {rows} rows, sealed {seal.rows}")
    return (*base.seals, seal)


class _Splitter:
    """Writes one Parquet file per document type, in row groups of some size."""

    def __init__(self, raw_dir: Path, lo: int, hi: int) -> None:
        self._raw_dir, self._lo, self._hi = raw_dir, lo, hi
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._rows: dict[str, int] = {}
        self._held: dict[str, list[pl.DataFrame]] = {}
        self._held_rows = 0

    def add(self, table: pa.Table) -> None:
        frame = pl.DataFrame(pl.from_arrow(table))
        for (document,), part in frame.partition_by("document", as_dict=True, include_key=False).items():
            self._held.setdefault(document, []).append(part)
        self._held_rows += frame.height
        if self._held_rows >= BUFFERED_ROWS:
            self._flush()

    def close(self) -> list[RawFile]:
        self._flush()
        for writer in self._writers.values():
            writer.close()
        for document in self._writers:
            force(self._path(document))
            force(self._path(document).parent)
        return [
            RawFile(d, str(self._path(d).relative_to(self._raw_dir)), n, self._lo, self._hi)
            for d, n in self._rows.items()
        ]

    def _flush(self) -> None:
        for document, parts in self._held.items():
            table = pl.concat(parts).to_arrow().cast(RAW_SCHEMA)
            self._writer(document).write_table(table)
            self._rows[document] = self._rows.get(document, 0) + table.num_rows
        self._held, self._held_rows = {}, 0

    def _writer(self, document: str) -> pq.ParquetWriter:
        if document not in self._writers:
            path = self._path(document)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writers[document] = pq.ParquetWriter(path, RAW_SCHEMA, compression="zstd")
        return self._writers[document]

    def _path(self, document: str) -> Path:
        return self._raw_dir / document / f"{self._lo}-{self._hi}.parquet"


# --- the zone -----------------------------------------------------------------------------------


@contextmanager
def _alone(raw_dir: Path) -> Iterator[None]:
    """One extractor at a time; a dead one's lock is gone with it."""
    raw_dir.mkdir(parents=True, exist_ok=True)
    with hold_lock(raw_dir / ".lock", fcntl.LOCK_EX):
        yield


def _commit(raw_dir: Path, manifest: RawManifest) -> None:
    write_json(raw_dir / "manifest.json", asdict(manifest))


def _sweep(raw_dir: Path, manifest: RawManifest) -> None:
    """Files that a dead run wrote and nobody committed."""
    listed = {file.path for file in manifest.files}
    for path in (raw_dir / FOLDER).glob("*.seal"):
        if str(path.relative_to(raw_dir)) not in {seal.path for seal in manifest.seals}:
            path.unlink()
    for document in BY_NAME:
        for path in (raw_dir / document).glob("*.parquet"):
            if str(path.relative_to(raw_dir)) not in listed:
                path.unlink()


def _set_aside(raw_dir: Path) -> None:
    """Keep what the old epoch's database said; the new one is read from its beginning.

    The manifest goes first: without it the zone is empty, so a crash in between loses nothing.
    """
    aside = raw_dir.with_name(f"{raw_dir.name}-before-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    aside.mkdir()
    (raw_dir / "manifest.json").rename(aside / "manifest.json")
    for folder in (*BY_NAME, FOLDER):
        if (raw_dir / folder).exists():
            shutil.move(raw_dir / folder, aside / folder)


def _extract_personal(connection: Any, raw_dir: Path) -> None:
    """Personal fields as they are now, rewritten whole: what was erased is gone with the next run."""
    for document in (d for d in DOCUMENTS if d.personal):
        with connection.cursor() as cursor:
            cursor.execute(_personal_query(document))
            frame = pl.DataFrame(pl.from_arrow(cursor.fetch_arrow_table()))
        path = raw_dir / "personal" / f"{document.name}.parquet"
        write_parquet(path, frame.cast(_personal_schema(document)))


def _personal_query(document: Document) -> str:
    outlet = "outlet_id" if document.is_tenant else "null::text as outlet_id"
    fields = ", ".join(f.name for f in document.personal)
    return f"select {document.key}, {outlet}, {fields} from doc.{document.name} order by 1"  # noqa: S608


def _personal_schema(document: Document) -> pl.Schema:
    own = {f.name: POLARS_TYPES[f.kind] for f in document.personal}
    return pl.Schema({document.key: pl.String(), "outlet_id": pl.String(), **own})
