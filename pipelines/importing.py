"""`dms import` and `dms validate`: a file somebody sent, through the same contract and feed as everything.

In: a table and what it is. Out: documents (or feed rows), quarantine rows with the reason, one file_load
with counts: received = accepted + rejected + duplicate + skipped. Sent again, everything is a duplicate.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping as Dict
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from operational_api.document import NUMERIC, Document, Kind
from operational_api.documents import BY_NAME
from operational_api.documents.file_load import FILE_LOAD
from operational_api.sheets import parse_sheet, template, template_of
from operational_api.wording import ENGLISH, said
from pipelines.becoming import become, refused_rows
from pipelines.contracts import (
    ROW_NO,
    VIOLATION_SCHEMA,
    Checked,
    Contract,
    check,
    file_contract,
    unknown_references,
)
from pipelines.database import with_database
from pipelines.document_feeds import DOCUMENT_FEED_BY_NAME, DocumentFeed
from pipelines.feeds import take_rows
from pipelines.file_feeds import FEED_BY_NAME
from pipelines.intake import post, without_nulls
from pipelines.mapping import (
    KEY,
    OUTLET,
    STATE,
    Mapped,
    Mapping,
    as_json,
    derived_keys,
    map_columns,
    read_mapping,
)
from pipelines.parsing import reader
from pipelines.quarantine import open_rows
from pipelines.settings import Settings
from pipelines.snapshot import sha256_of
from pipelines.stubs import keys_on_file, open_missing
from pipelines.tabular import SUFFIXES, read_table

TAKEN = "taken"  # folder of the inbox for files that were taken in
SHOWN = 10  # violations told on the screen; all of them are in quarantine


class NoPlaceForTemplate(ValueError):
    """A template cannot be written there; says why and where it can."""


class UnknownContract(LookupError):
    """No document type and no feed of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of a file. The law of the counts is checked here, once for everybody."""

    contract: str
    file: str
    received: int
    accepted: int
    rejected: int
    duplicate: int = 0
    skipped: int = 0
    opened: Dict[str, int] = field(default_factory=dict)  # missing documents opened as stubs, by type
    unused_columns: tuple[str, ...] = ()
    violations: tuple[Dict[str, Any], ...] = ()  # the first ones

    def __post_init__(self) -> None:
        parts = self.accepted + self.rejected + self.duplicate + self.skipped
        assert self.received == parts, f"{self.file}: received {self.received}, accounted for {parts}"

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def said_in(self, language: str) -> Loaded:
        """The same with rules and remedies in the language; what quarantine holds stays English."""
        told = (
            {**row, "rule": said(row["rule"], language), "remedy": said(row["remedy"], language)}
            for row in self.violations
        )
        return replace(self, violations=tuple(told))

    def describe(self, language: str = ENGLISH) -> str:
        counts = f"accepted {self.accepted:,} + rejected {self.rejected:,} + duplicate {self.duplicate:,}"
        skipped = f" + skipped {self.skipped:,}" if self.skipped else ""
        lines = [f"{self.contract} from {self.file}: received {self.received:,} = {counts}{skipped}"]
        for name, count in self.opened.items():
            lines.append(f"  opened {count:,} missing {name} as stubs: complete them in the API or by a file")
        if self.unused_columns:
            lines.append(f"  columns that nothing asked for: {', '.join(self.unused_columns)}")
        for row in self.said_in(language).violations:
            place = said(f"row {row[ROW_NO]}", language)
            value = row["value"]
            found = "" if value is None else f" ({said(f'found {value}', language)})"
            lines.append(f"  {place}, {row['field']}: {row['rule']}{found}. {row['remedy']}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A file against its contract. good: rows fit to be posted; violations: every broken rule."""

    mapped: Mapped
    good: pl.DataFrame
    violations: pl.DataFrame
    received: int
    skipped: int


def import_file(
    settings: Settings,
    path: Path,
    name: str,
    *,
    mapping: Path | str | Mapping | None = None,
    constants: Dict[str, str] | None = None,
    skip_when: Dict[str, str] | None = None,
    zone: str | None = None,
    sender: str = "file",
    create_missing: bool = False,
) -> Loaded:
    """Take the file in as documents or feed rows of type `name`. Starts the database when none runs."""
    own = _mapping(mapping, constants, skip_when, zone)
    with with_database(settings) as connected:
        if name in FEED_BY_NAME:
            return _import_feed(connected, path, name, own, sender, create_missing=create_missing)
        if name in DOCUMENT_FEED_BY_NAME:
            feed = DOCUMENT_FEED_BY_NAME[name]
            return _import_document_feed(connected, path, feed, own, sender, create_missing=create_missing)
        return _import_documents(connected, path, _document(name), own, sender, create_missing=create_missing)


def validate_file(
    settings: Settings,
    path: Path,
    name: str,
    *,
    mapping: Path | str | None = None,
    constants: Dict[str, str] | None = None,
) -> Loaded:
    """The same judgement without writing anything. References to documents on file are not looked up."""
    own = _mapping(mapping, constants, None, None)
    contract, document = _contract_of(name)
    judged = _judge(path, contract, own, document)
    rejected = judged.violations[ROW_NO].n_unique()
    return Loaded(
        contract=name,
        file=path.name,
        received=judged.received,
        accepted=judged.good.height,
        rejected=rejected,
        skipped=judged.skipped,
        unused_columns=judged.mapped.unused,
        violations=_first(judged.violations),
    )


def write_template(name: str, path: Path) -> None:
    """An empty file of a type or feed, CSV or Excel by its suffix. Raises NoPlaceForTemplate."""
    if path.suffix.lower() not in (".csv", ".xlsx") or path.is_dir():
        raise NoPlaceForTemplate(f"--out {path}: a template is a .csv or .xlsx file")
    if not path.parent.is_dir():
        raise NoPlaceForTemplate(f"--out {path}: there is no folder {path.parent}; make it first")
    sheet = parse_sheet(path.suffix.lstrip(".").lower())
    feed = FEED_BY_NAME.get(name) or DOCUMENT_FEED_BY_NAME.get(name)
    path.write_bytes(template_of(name, feed.written, sheet) if feed else template(_document(name), sheet))


def take_inbox(settings: Settings) -> list[Loaded]:
    """Every file in `inbox/<contract>/`, by declaration and name. `<name>.yaml` beside it maps its columns;
    a file taken in moves to `inbox/taken/<contract>/`. Files that cannot be read stay and are told."""
    done = []
    for path in pending_files(settings.inbox_dir):
        beside = path.with_name(f"{path.name}.yaml")
        mapping = beside if beside.exists() else None
        done.append(import_file(settings, path, path.parent.name, mapping=mapping, sender="inbox"))
        _move_away(settings.inbox_dir, path, beside)
    return done


def pending_files(inbox_dir: Path) -> list[Path]:
    """Files that wait in a folder named as a document type or feed; what others refer to comes first."""
    folders = (inbox_dir / name for name in (*BY_NAME, *DOCUMENT_FEED_BY_NAME, *FEED_BY_NAME))
    return [p for f in folders if f.is_dir() for p in sorted(f.iterdir()) if p.suffix.lower() in SUFFIXES]


# --- judging ------------------------------------------------------------------------------------


def _judge(path: Path, contract: Contract, mapping: Mapping, document: Document | None) -> _Judged:
    table = read_table(path)
    mapped = map_columns(table, contract, mapping, document)
    with reader(mapping.zone) as connection:
        checked = check(mapped.rows, contract, connection=connection)
    skipped = _rows_to_skip(checked, contract, mapping)
    violations = checked.violations.filter(~pl.col(ROW_NO).is_in(skipped.implode()))
    refused = pl.concat([violations[ROW_NO], skipped]).unique()
    good = checked.rows.filter(~pl.col(ROW_NO).is_in(refused.implode()))
    return _Judged(mapped, good, violations, table.height, skipped.len())


def _rows_to_skip(checked: Checked, contract: Contract, mapping: Mapping) -> pl.Series:
    """Rows that say nothing happened: every field of `skip_when` has its value."""
    if not mapping.skip_when:
        return pl.Series(ROW_NO, [], dtype=pl.Int64)
    kinds = {f.name: f.kind for f in contract.fields}
    agrees = [_says(name, value, kinds[name]) for name, value in mapping.skip_when.items()]
    return checked.rows.filter(pl.all_horizontal(agrees))[ROW_NO]


def _says(name: str, value: str, kind: Kind) -> pl.Expr:
    if kind in NUMERIC:
        return pl.col(name).cast(pl.Float64) == float(value)
    return pl.col(name).cast(pl.String) == value


# --- documents ----------------------------------------------------------------------------------


def _import_documents(
    settings: Settings, path: Path, document: Document, mapping: Mapping, sender: str, *, create_missing: bool
) -> Loaded:
    contract = file_contract(document)
    judged = _judge(path, contract, mapping, document)
    opened = open_missing(settings, judged.good, contract, mapping) if create_missing else {}
    good = _with_keys(judged, contract, sender)
    posted = post(settings, document, _lines(good, document))
    refused = _api_violations(posted.errors, good)
    violations = pl.concat([judged.violations, refused])
    rejected = violations[ROW_NO].n_unique()
    _quarantine(settings, path, document.name, sender, judged.mapped, violations)
    loaded = Loaded(
        contract=document.name,
        file=path.name,
        received=judged.received,
        accepted=posted.accepted,
        rejected=rejected,
        duplicate=posted.duplicate,
        skipped=judged.skipped,
        opened=opened,
        unused_columns=judged.mapped.unused,
        violations=_first(violations),
    )
    _record(settings, path, loaded, sender)
    return loaded


def _with_keys(judged: _Judged, contract: Contract, sender: str) -> pl.DataFrame:
    """Keys of all rows are derived before any is dropped: a row corrected in the file keeps the others'."""
    rows = judged.mapped.rows
    keys = rows.with_columns(derived=derived_keys(rows, contract, sender)).select(
        ROW_NO, key=pl.coalesce(KEY, "derived")
    )
    return judged.good.join(keys, on=ROW_NO, how="left", maintain_order="left")


def _lines(good: pl.DataFrame, document: Document) -> list[dict[str, Any]]:
    """Bulk lines that open one document each."""
    names = [f.name for f in document.fields]
    outlet = [OUTLET] if document.is_tenant else []
    rows = good.select("key", STATE, *outlet, *names)
    return [
        without_nulls(
            {
                "action": "open",
                "key": row["key"],
                "outlet_id": row.get(OUTLET),
                "state": row[STATE],
                "data": without_nulls({name: row[name] for name in names}),
            }
        )
        for row in rows.iter_rows(named=True)
    ]


def _api_violations(errors: list[Any], good: pl.DataFrame) -> pl.DataFrame:
    """What the API refused, by row of the file. `row` of an error counts the lines sent."""
    numbers = good[ROW_NO]
    rows = [
        {ROW_NO: numbers[e.row - 1], "field": e.field, "value": None, "rule": e.rule, "remedy": e.remedy}
        for e in errors
    ]
    return pl.DataFrame(rows, schema=VIOLATION_SCHEMA)


# --- feeds --------------------------------------------------------------------------------------


def _import_document_feed(
    settings: Settings, path: Path, feed: DocumentFeed, mapping: Mapping, sender: str, *, create_missing: bool
) -> Loaded:
    """Rows that become documents of another name: opened, changed, moved on, or known already."""
    judged, opened = _judge_feed(settings, path, feed.contract, mapping, feed.document, create_missing)
    wrong = judged.mapped.rows.filter(pl.col(ROW_NO).is_in(judged.violations[ROW_NO].unique().implode()))
    becoming = become(settings, feed, judged.good, wrong)
    posted = post(settings, feed.document, becoming.lines)
    refused = pl.DataFrame(refused_rows(posted.errors, becoming, feed.document.key), schema=VIOLATION_SCHEMA)
    violations = pl.concat([judged.violations, becoming.told(), refused])
    return _close(settings, path, feed.name, sender, judged, violations, len(becoming.known), opened)


def _import_feed(
    settings: Settings, path: Path, name: str, mapping: Mapping, sender: str, *, create_missing: bool
) -> Loaded:
    feed = FEED_BY_NAME[name]
    judged, opened = _judge_feed(settings, path, feed.contract, mapping, None, create_missing)
    _, duplicate = take_rows(settings.feeds_dir, feed, judged.good, at=datetime.now(UTC))
    return _close(settings, path, name, sender, judged, judged.violations, duplicate, opened)


def _judge_feed(
    settings: Settings,
    path: Path,
    contract: Contract,
    mapping: Mapping,
    document: Document | None,
    create_missing: bool,
) -> tuple[_Judged, dict[str, int]]:
    """Also whether what the rows refer to is on file, which no foreign key guards for feeds."""
    judged = _judge(path, contract, mapping, document)
    opened = open_missing(settings, judged.good, contract, mapping) if create_missing else {}
    wanted = {f.ref for f in contract.fields if f.ref}
    known = {name: pl.Series(sorted(keys_on_file(settings, BY_NAME[name]))) for name in sorted(wanted)}
    lost = list(unknown_references(judged.good, contract.fields, known))
    found = pl.concat([pl.DataFrame(schema=VIOLATION_SCHEMA), *lost])
    good = judged.good.filter(~pl.col(ROW_NO).is_in(found[ROW_NO].unique().implode()))
    return replace(judged, good=good, violations=pl.concat([judged.violations, found])), opened


def _close(
    settings: Settings,
    path: Path,
    name: str,
    sender: str,
    judged: _Judged,
    violations: pl.DataFrame,
    duplicate: int,
    opened: dict[str, int],
) -> Loaded:
    """Quarantine what is wrong, note the load. What was neither refused, known nor skipped was accepted."""
    _quarantine(settings, path, name, sender, judged.mapped, violations)
    rejected = violations[ROW_NO].n_unique()
    loaded = Loaded(
        contract=name,
        file=path.name,
        received=judged.received,
        accepted=judged.received - rejected - duplicate - judged.skipped,
        rejected=rejected,
        duplicate=duplicate,
        skipped=judged.skipped,
        opened=opened,
        unused_columns=judged.mapped.unused,
        violations=_first(violations),
    )
    _record(settings, path, loaded, sender)
    return loaded


# --- keeping book -------------------------------------------------------------------------------


def _quarantine(
    settings: Settings, path: Path, contract: str, sender: str, mapped: Mapped, violations: pl.DataFrame
) -> None:
    """Open quarantine rows; their source names the file and its content, so a resend adds none."""
    if violations.is_empty():
        return
    wanted = mapped.rows.filter(pl.col(ROW_NO).is_in(violations[ROW_NO].unique().implode()))
    came = {row[ROW_NO]: as_json((n, v) for n, v in row.items() if n != ROW_NO) for row in wanted.to_dicts()}
    found = violations.with_columns(row_json=pl.col(ROW_NO).replace_strict(came, return_dtype=pl.String))
    source = f"{path.name} ({sha256_of(path)[:16]})"
    open_rows(settings, found, contract=contract, source=source, sender=sender, at=datetime.now(UTC))


def _record(settings: Settings, path: Path, loaded: Loaded, sender: str) -> None:
    """One file_load per time the file was taken in."""
    digest, now = sha256_of(path), datetime.now(UTC)
    data = {
        "contract": loaded.contract,
        "file_name": path.name[:200],
        "file_sha256": digest,
        "sender": sender,
        "loaded_at": now,
        "received_rows": loaded.received,
        "accepted_rows": loaded.accepted,
        "rejected_rows": loaded.rejected,
        "duplicate_rows": loaded.duplicate,
        "skipped_rows": loaded.skipped or None,
    }
    key = f"load-{now:%Y%m%dT%H%M%S%f}-{digest[:12]}"
    posted = post(settings, FILE_LOAD, [{"action": "open", "key": key, "data": without_nulls(data)}])
    assert posted.accepted == 1, f"file_load was refused: {posted.errors}"


def _move_away(inbox_dir: Path, path: Path, beside: Path) -> None:
    target = inbox_dir / TAKEN / path.parent.name
    target.mkdir(parents=True, exist_ok=True)
    stamp = sha256_of(path)[:12]
    for file in (path, beside):
        if file.exists():
            os.replace(file, target / f"{stamp}-{file.name}")


def _first(violations: pl.DataFrame) -> tuple[dict[str, Any], ...]:
    return tuple(violations.sort(ROW_NO, "field").head(SHOWN).to_dicts())


def _contract_of(name: str) -> tuple[Contract, Document | None]:
    if name in FEED_BY_NAME:
        return FEED_BY_NAME[name].contract, None
    if name in DOCUMENT_FEED_BY_NAME:
        feed = DOCUMENT_FEED_BY_NAME[name]
        return feed.contract, feed.document
    document = _document(name)
    return file_contract(document), document


def _document(name: str) -> Document:
    if name not in BY_NAME:
        known = ", ".join(sorted({*BY_NAME, *FEED_BY_NAME, *DOCUMENT_FEED_BY_NAME}))
        raise UnknownContract(f"there is no document type or feed {name}; there are: {known}")
    return BY_NAME[name]


def _mapping(
    given: Path | str | Mapping | None,
    constants: Dict[str, str] | None,
    skip_when: Dict[str, str] | None,
    zone: str | None,
) -> Mapping:
    own = given if isinstance(given, Mapping) else read_mapping(given)
    return Mapping(
        own.columns,
        {**own.constants, **(constants or {})},
        {**own.skip_when, **(skip_when or {})},
        zone or own.zone,
    )
