"""Step 3, contract: raw files become clean files of the accepted rows, typed; the rest is held back.

In: `raw/manifest.json` and its files. Out: `clean/<type>/<same name>.parquet`, `clean/rejected/...` with
every broken rule, `clean/manifest.json`. A clean file depends on its raw file, the contract and the rows
released from quarantine, nothing else: it is rebuilt when one of these changes and left alone otherwise.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from operational_api.document import Document, Field, Kind
from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines import contracts, parsing
from pipelines.contracts import ROW_NO, VIOLATION_SCHEMA, Contract, check, feed_contract
from pipelines.durable import read_json, replacing, write_json, write_parquet
from pipelines.extract import RawFile, RawManifest
from pipelines.parsing import POLARS_TYPES, feed_query, reader

CHUNK_ROWS = 400_000  # judged at once; bounds memory, not files
EMPTY = "empty.parquet"  # so that a source without rows can be read
REJECTED = "rejected"
_HEADER = "key, outlet_id, state, version, action, actor, effective_at, recorded_at, xid, seq"
_REJECTED_SCHEMA = {**VIOLATION_SCHEMA, "key": pl.String, "outlet_id": pl.String, "row_json": pl.String}


@dataclass(frozen=True, slots=True)
class CleanFile:
    """What became of one raw file: received = accepted + rejected."""

    document: str
    path: str
    fingerprint: str
    received: int
    accepted: int
    rejected: int
    is_reported: bool = False  # its rejected rows are in quarantine


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The clean zone after this step; `rebuilt` are the files it wrote."""

    files: tuple[CleanFile, ...]
    rebuilt: tuple[CleanFile, ...]

    @property
    def received(self) -> int:
        return sum(f.received for f in self.files)

    @property
    def accepted(self) -> int:
        return sum(f.accepted for f in self.files)

    @property
    def rejected(self) -> int:
        return sum(f.rejected for f in self.files)


def clean(raw_dir: Path, clean_dir: Path, manifest: RawManifest) -> Cleaned:
    """Bring the clean zone to the raw zone. Repeating it changes nothing."""
    known = {file.path: file for file in read_clean(clean_dir)}
    _ensure_empty(clean_dir)
    files: list[CleanFile] = []
    rebuilt: list[CleanFile] = []
    with reader() as connection:
        for document in _in_order():
            released = _released(clean_dir) if document.name != "quarantine_row" else {}
            for raw in manifest.of(document.name):
                kept = known.get(raw.path)
                rows = released.get(f"raw/{raw.path}", ())
                print_ = _fingerprint(document, raw, rows)
                if kept is None or kept.fingerprint != print_ or not (clean_dir / raw.path).exists():
                    kept = _clean_file(connection, raw_dir, clean_dir, document, raw, rows, print_)
                    rebuilt.append(kept)
                files.append(kept)
    _sweep(clean_dir, {file.path for file in files})
    _write(clean_dir, files)
    return Cleaned(tuple(files), tuple(rebuilt))


def read_clean(clean_dir: Path) -> tuple[CleanFile, ...]:
    """The files of the clean zone; none before the first run."""
    raw = read_json(clean_dir / "manifest.json")
    return tuple(CleanFile(**file) for file in raw["files"]) if raw else ()


def mark_reported(clean_dir: Path, paths: set[str]) -> None:
    """Their rejected rows are in quarantine: do not send them again."""
    files = [replace(f, is_reported=f.is_reported or f.path in paths) for f in read_clean(clean_dir)]
    _write(clean_dir, files)


def rejected_rows(clean_dir: Path, file: CleanFile) -> pl.DataFrame:
    """Every broken rule of a file: source_row, field, value, rule, remedy, key, outlet_id, row_json."""
    path = clean_dir / REJECTED / file.path
    return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=_REJECTED_SCHEMA)


# --- one file -----------------------------------------------------------------------------------


def _clean_file(
    connection: duckdb.DuckDBPyConnection,
    raw_dir: Path,
    clean_dir: Path,
    document: Document,
    raw: RawFile,
    released: tuple[int, ...],
    fingerprint: str,
) -> CleanFile:
    contract, known = feed_contract(document), _known_keys(clean_dir, document)
    schema = clean_schema(document)
    arrow = pl.DataFrame(schema=schema).to_arrow().schema
    received, accepted, held = 0, 0, []
    with (
        replacing(clean_dir / raw.path) as draft,
        pq.ParquetWriter(draft, arrow, compression="zstd") as writer,
    ):
        for rows in _chunks(connection, raw_dir / raw.path, contract):
            checked = check(rows, contract, connection=connection, known=known)
            good = checked.accepted(released).drop(ROW_NO).rename({"key": document.key})
            writer.write_table(good.select(schema.names()).cast(schema).to_arrow().cast(arrow))
            received, accepted = received + rows.height, accepted + good.height
            held.append(_held_back(raw_dir / raw.path, checked, rows))
    _write_rejected(clean_dir, raw.path, held)
    return CleanFile(document.name, raw.path, fingerprint, received, accepted, received - accepted)


def clean_schema(document: Document) -> pl.Schema:
    """Columns of a clean file, in order."""
    text, instant = pl.String(), pl.Datetime("us", "UTC")
    head = {document.key: text, "outlet_id": text, "state": text, "version": pl.Int32(), "action": text}
    middle = {"actor": text, "effective_at": instant, "recorded_at": instant}
    tail = {"xid": pl.Int64(), "seq": pl.Int64()}
    return pl.Schema({**head, **middle, **tail, **{f.name: _type_of(f) for f in document.plain}})


def _type_of(field: Field) -> pl.DataType:
    if field.kind is Kind.LINES:
        return pl.List(pl.Struct({line.name: POLARS_TYPES[line.kind] for line in field.lines}))
    return POLARS_TYPES[field.kind]


def _chunks(connection: duckdb.DuckDBPyConnection, path: Path, contract: Contract) -> Iterator[pl.DataFrame]:
    """The rows of a raw file with their fields as text, some at a time; row numbers begin at 1."""
    total = pq.read_metadata(path).num_rows
    for start in range(0, total, CHUNK_ROWS):
        source = f"""(select *, file_row_number + 1 as {ROW_NO}
                       from read_parquet('{path}', file_row_number = true)
                      where file_row_number between {start} and {start + CHUNK_ROWS - 1})"""  # noqa: S608
        yield connection.sql(feed_query(contract.fields, ROW_NO, _HEADER, source)).pl()


def _held_back(path: Path, checked: contracts.Checked, rows: pl.DataFrame) -> pl.DataFrame:
    """Violations with the row as it came."""
    if checked.violations.is_empty():
        return pl.DataFrame(schema=_REJECTED_SCHEMA)
    raw = pl.scan_parquet(path, row_index_name=ROW_NO).with_columns(pl.col(ROW_NO).cast(pl.Int64) + 1)
    numbers = checked.rejected_rows.implode()
    came = raw.filter(pl.col(ROW_NO).is_in(numbers)).select(ROW_NO, "key", "outlet_id", row_json="after")
    return checked.violations.join(came.collect(), on=ROW_NO, how="left").select(*_REJECTED_SCHEMA)


def _write_rejected(clean_dir: Path, name: str, held: list[pl.DataFrame]) -> None:
    found = pl.concat(held) if held else pl.DataFrame(schema=_REJECTED_SCHEMA)
    path = clean_dir / REJECTED / name
    if found.is_empty():
        path.unlink(missing_ok=True)
    else:
        write_parquet(path, found)


# --- the zone -----------------------------------------------------------------------------------


def _in_order() -> list[Document]:
    """Quarantine first, since it says what was released; then each type after the types it refers to."""
    return sorted(DOCUMENTS, key=lambda d: d.name != "quarantine_row")


def _released(clean_dir: Path) -> dict[str, tuple[int, ...]]:
    """Row numbers by file of the rows whose every broken rule was released."""
    files = list((clean_dir / "quarantine_row").glob("*.parquet"))
    latest = (
        pl.scan_parquet(files)
        .sort("version")
        .group_by("quarantine_row_id", maintain_order=True)
        .agg(pl.col("source_file", "row_no", "state").last())
        .group_by("source_file", "row_no")
        .agg(is_released=(pl.col("state") == "released").all())
        .filter("is_released")
        .sort("source_file", "row_no")
        .group_by("source_file", maintain_order=True)
        .agg("row_no")
        .collect()
    )
    return {file: tuple(rows) for file, rows in latest.rows()}


def _known_keys(clean_dir: Path, document: Document) -> Mapping[str, pl.Series]:
    """Keys on file of the types that lines refer to: no foreign key guards those."""
    wanted = {line.ref for f in document.fields for line in f.lines if line.ref}
    return {name: _keys(clean_dir, BY_NAME[name]) for name in wanted}


def _keys(clean_dir: Path, document: Document) -> pl.Series:
    files = list((clean_dir / document.name).glob("*.parquet"))
    return pl.scan_parquet(files).select(pl.col(document.key).unique()).collect().to_series()


def _fingerprint(document: Document, raw: RawFile, released: tuple[int, ...]) -> str:
    content = f"{_code_version()}{document.key}{document.plain}{document.rules}{raw}{released}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@cache
def _code_version() -> str:
    """A change of how rows are read or judged rebuilds every clean file."""
    sources = [inspect.getsource(module) for module in (contracts, parsing)]
    sources.append(inspect.getsource(_clean_file) + inspect.getsource(clean_schema))
    return hashlib.sha256("".join(sources).encode()).hexdigest()


def _ensure_empty(clean_dir: Path) -> None:
    for document in DOCUMENTS:
        path, schema = clean_dir / document.name / EMPTY, clean_schema(document)
        if not path.exists() or pl.read_parquet_schema(path) != schema:
            write_parquet(path, pl.DataFrame(schema=schema))


def _sweep(clean_dir: Path, listed: set[str]) -> None:
    """Files whose raw file is no longer there: the feed began anew."""
    for document in DOCUMENTS:
        for path in (clean_dir / document.name).glob("*.parquet"):
            name = f"{document.name}/{path.name}"
            if path.name != EMPTY and name not in listed:
                path.unlink()
                (clean_dir / REJECTED / name).unlink(missing_ok=True)


def _write(clean_dir: Path, files: list[CleanFile]) -> None:
    write_json(clean_dir / "manifest.json", {"files": [asdict(file) for file in files]})
