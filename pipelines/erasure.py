"""Step 2, after the extract: the bytes of erased persons leave what outlives their row.

In: documents that were erased since the last run, and the hashes of all that ever were. Out: tables written
anew without their dead rows, quarantine and files taken in without the person, no old warehouse, kept
snapshots with the person's columns emptied. The write-ahead log is not touched: PostgreSQL overwrites it as
it goes round, and a backup of it is the operator's. VIN history stays: it is the car's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
from psycopg import sql

from operational_api.compiled_erasure import ERASABLE, follows
from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines.durable import read_json, write_json
from pipelines.extract import extract, extract_personal, read_manifest
from pipelines.golden_kept import forget as forget_resolution
from pipelines.importing import TAKEN
from pipelines.intake import post
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings
from pipelines.snapshot import Snapshot, list_snapshots, replace_table
from pipelines.suppression import Suppression
from pipelines.tabular import UnreadableFile, read_table

# Tables about somebody else than a customer: their personal columns stay.
_OTHERS = frozenset({"staff_id"})
_STILL_NEEDED = re.compile(r"([0-9]+) dead row versions cannot be removed yet")
_SCANNED = "scanned files"  # which need no second look until somebody else is erased
Keys = Mapping[str, frozenset[str]]  # by document type


class ErasureRefused(RuntimeError):
    """There is no such customer, or he was erased before."""


class BytesRemain(RuntimeError):
    """An old transaction still sees the erased rows; all else is done, and the next run tries again."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What this run took out."""

    persons: int = 0
    quarantine_rows: int = 0
    files: int = 0
    snapshot_tables: int = 0


def forget_erased(settings: Settings) -> Forgotten:
    """Take out what is new since the last time; nothing to do is the common case. Raises BytesRemain.

    Killed halfway, the next run does all of it again: what was done is noted last.
    """
    with psycopg.connect(settings.role_url(DatabaseRole.OWNER), autocommit=True) as owner:
        suppression = _suppression(owner)
        fresh = _fresh(settings)
        if not suppression and not any(fresh.values()):
            return Forgotten()
        emptied = _empty_quarantine(owner, suppression)
        removed, scanned = _remove_files(settings, suppression, everything=any(fresh.values()))
        waiting = _rewrite_tables(owner, fresh=any(fresh.values()), quarantine=emptied > 0)
    if emptied:
        extract_personal(settings.role_url(DatabaseRole.EXTRACT), settings.raw_dir)
    tables = 0
    if any(fresh.values()):
        for leftover in settings.data_dir.glob(f"{settings.warehouse_path.name}*"):
            leftover.unlink()  # built anew by this run
        forget_resolution(settings.identity_dir)
        tables = sum(_clean_snapshot(folder, fresh) for folder in _snapshot_folders(settings))
    if waiting:
        raise BytesRemain(
            f"{waiting} dead rows are still seen by an old transaction: end it, and start `dms run` again"
        )
    _remember(settings, fresh, scanned)
    return Forgotten(sum(map(len, fresh.values())), emptied, removed, tables)


def erase_person(settings: Settings, customer_id: str) -> Forgotten:
    """Erase a customer record as an administrator, and what outlives it at once. Raises ErasureRefused."""
    line = {"action": "erase", "key": customer_id}
    posted = post(settings, BY_NAME["customer_record"], [line])
    if posted.errors:
        error = posted.errors[0]
        raise ErasureRefused(f"{error.field}: {error.rule}; {error.remedy}")
    extract(settings.role_url(DatabaseRole.EXTRACT), settings.raw_dir)
    return forget_erased(settings)


# --- who ----------------------------------------------------------------------------------------


def _fresh(settings: Settings) -> dict[str, frozenset[str]]:
    """Keys of documents erased since the last time, and extracted as such; later ones wait for a run."""
    known, manifest = read_json(_memory(settings)) or {}, read_manifest(settings.raw_dir)
    found, hi = {}, manifest.hi if manifest else 0
    with psycopg.connect(settings.role_url(DatabaseRole.EXTRACT)) as reader:
        for document in ERASABLE:
            state = next(m.target for m in document.moves if m.erases)
            query = sql.SQL(
                "select c.key from {} t join api.change c on c.document = %s and c.key = t.{} "
                "and c.version = t.version where t.state = %s and c.xid < %s::text::xid8"
            ).format(sql.Identifier("doc", document.name), sql.Identifier(document.key))
            keys = {row[0] for row in reader.execute(query, [document.name, state, str(hi)])}
            found[document.name] = frozenset(keys - set(known.get(document.name, ())))
    return found


def _remember(settings: Settings, fresh: Keys, scanned: list[str]) -> None:
    known = read_json(_memory(settings)) or {}
    erased = {name: sorted({*known.get(name, ()), *keys}) for name, keys in fresh.items()}
    write_json(_memory(settings), {**erased, _SCANNED: scanned})


def _memory(settings: Settings) -> Path:
    return settings.data_dir / "erased.json"


def _suppression(owner: psycopg.Connection[Any]) -> Suppression:
    salt = owner.execute("select salt::text from api.suppression_salt").fetchone()
    assert salt is not None
    hashes = frozenset(row[0] for row in owner.execute("select hash from api.suppression"))
    return Suppression(salt[0], hashes)


# --- the database -------------------------------------------------------------------------------


def _rewrite_tables(owner: psycopg.Connection[Any], *, fresh: bool, quarantine: bool) -> int:
    """VACUUM alone frees the place of a dead row and leaves its bytes there; FULL writes the table anew.

    Returns how many dead rows had to be kept for an old transaction.
    """
    tables = [("doc", "quarantine_row")] if quarantine else []
    if fresh:
        about = [d for d in DOCUMENTS if d in ERASABLE or any(follows(d, e) for e in ERASABLE)]
        tables += [("api", "idempotency"), ("api", "customer_key"), *(("doc", d.name) for d in about)]
    told: list[str] = []
    owner.add_notice_handler(lambda notice: told.append(f"{notice.message_primary} {notice.message_detail}"))
    for schema, name in tables:
        owner.execute(sql.SQL("vacuum (full, verbose) {}").format(sql.Identifier(schema, name)))
    return sum(int(n) for text in told for n in _STILL_NEEDED.findall(text))


def _empty_quarantine(owner: psycopg.Connection[Any], suppression: Suppression) -> int:
    """Rows as they were sent may hold anybody: those that hold somebody erased lose their content."""
    query = """select quarantine_row_id, row_json, corrected_json from doc.quarantine_row
                where row_json is not null"""
    known = [key for key, *texts in owner.execute(query) if suppression.knows_any(_values(texts))]
    owner.execute(
        "update doc.quarantine_row set row_json = null, corrected_json = null "
        "where quarantine_row_id = any (%s)",
        [known],
    )
    return len(known)


def _values(texts: Iterable[str | None]) -> Iterator[str]:
    """The values of JSON objects; of a text that was cut off, whatever stands between quotation marks."""
    for text in texts:
        if text is None:
            continue
        try:
            yield from (str(v) for v in json.loads(text).values() if v is not None)
        except ValueError:
            yield from re.findall(r'"([^"]*)', text)


# --- files --------------------------------------------------------------------------------------


def _remove_files(settings: Settings, suppression: Suppression, *, everything: bool) -> tuple[int, list[str]]:
    """Files that were taken in became documents, counts and a fingerprint; those with the person go.

    A file of a type that holds persons goes with any erasure: a name alone cannot be found again by a hash.
    """
    known = read_json(_memory(settings)) or {}
    seen, scanned, removed = set() if everything else set(known.get(_SCANNED, ())), [], 0
    for path in sorted((settings.inbox_dir / TAKEN).glob("*/*")):
        name = f"{path.parent.name}/{path.name}"
        document = BY_NAME.get(path.parent.name)
        holds_persons = document is not None and bool(document.personal)
        if path.suffix == ".yaml" or name in seen:
            scanned.append(name)
        elif (everything and holds_persons) or _mentions(path, suppression):
            path.unlink()
            removed += 1
        else:
            scanned.append(name)
    return removed, scanned


def _mentions(path: Path, suppression: Suppression) -> bool:
    try:
        table = read_table(path)
    except UnreadableFile:
        return False
    return any(suppression.knows_any(table[name].unique().to_list()) for name in table.columns)


# --- snapshots ----------------------------------------------------------------------------------


def _snapshot_folders(settings: Settings) -> list[Path]:
    return [settings.snapshots_dir / snapshot_id for snapshot_id in list_snapshots(settings.snapshots_dir)]


def _clean_snapshot(folder: Path, fresh: Keys) -> int:
    """Empty the persons' columns in the tables that hold them; how many tables were written anew."""
    snapshot, count = Snapshot(folder), 0
    keys = {BY_NAME[name].key: frozen for name, frozen in fresh.items()}
    keys |= _golden(snapshot, keys)
    for name, table in snapshot.manifest.tables.items():
        personal = [c.name for c in table.columns if c.personal]
        if not personal:
            continue
        frame = pl.read_parquet(folder / table.file)
        emptied = frame.with_columns(
            pl.when(_is_about(frame, keys)).then(None).otherwise(pl.col(column)).alias(column)
            for column in personal
        )
        if not emptied.equals(frame):
            replace_table(folder, name, emptied)
            count += 1
    return count


def _golden(snapshot: Snapshot, keys: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Golden customers that an erased record was part of: what survived may be the erased person's."""
    table = snapshot.manifest.tables.get("map_customer_source")
    if table is None:
        return {}
    mapped = pl.read_parquet(snapshot.folder / table.file, columns=["customer_id", "golden_id"])
    erased = sorted(keys.get("customer_id", ()))
    return {"golden_id": frozenset(mapped.filter(pl.col("customer_id").is_in(erased))["golden_id"])}


def _is_about(frame: pl.DataFrame, keys: Mapping[str, frozenset[str]]) -> pl.Expr:
    """Rows about an erased person. A table that names nobody by a key of ours is emptied whole."""
    named = [pl.col(key).is_in(sorted(frozen)) for key, frozen in keys.items() if key in frame.columns]
    if named:
        return pl.any_horizontal(named)
    return pl.lit(_OTHERS.isdisjoint(frame.columns))
