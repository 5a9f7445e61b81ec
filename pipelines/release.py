"""The way out of quarantine: see the rows, correct them, hand them in again.

In: quarantine_row documents. Out: moves on them; for a row that came in a file, the corrected row taken in
through its contract like any file; for a row of the feed, which is a document already, leave to count as it
stands from the next run on. Rows that broke several rules are settled together.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from operational_api.document import Document
from operational_api.documents import BY_NAME
from operational_api.documents.quarantine_row import QUARANTINE_ROW
from pipelines.database import with_database
from pipelines.document_feeds import DOCUMENT_FEED_BY_NAME
from pipelines.importing import import_file, validate_file
from pipelines.intake import post
from pipelines.mapping import KEY, OUTLET, STATE
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings

_WAITING = """
select q.quarantine_row_id as key, q.contract, q.source_file, q.sender, q.row_no::int, q.field, q.value,
       q.rule, q.remedy, q.state, q.row_json, q.corrected_json
  from doc.quarantine_row q
 where q.state in ('open', 'corrected')"""
_FEED = "raw/"  # what the source of a feed's row begins with


class ReleaseError(ValueError):
    """The row cannot be corrected or released; says why and what to do first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """One broken rule of one row that waits."""

    key: str
    contract: str
    source_file: str
    sender: str
    row_no: int
    field: str
    value: str | None  # masked when personal
    rule: str
    remedy: str
    state: str
    row_json: str | None
    corrected_json: str | None

    @property
    def corrections(self) -> dict[str, str]:
        return dict(json.loads(self.corrected_json)) if self.corrected_json else {}

    def told(self) -> dict[str, object]:
        """Without the row itself, which may hold anybody's data."""
        return {k: v for k, v in asdict(self).items() if k not in {"row_json", "corrected_json"}}


def held_rows(settings: Settings) -> list[HeldRow]:
    """Everything that waits, by contract, file and row."""
    with with_database(settings) as own:
        return _read(own, f"{_WAITING} order by q.contract, q.source_file, q.row_no, q.field")


def correct(settings: Settings, key: str, values: Mapping[str, str]) -> None:
    """Note the right values of fields; earlier corrections of other fields stay. Nothing is handed in yet."""
    with with_database(settings) as own:
        row = _one(own, key)
        if row.source_file.startswith(_FEED):
            raise ReleaseError(
                f"{key} is a document already: amend {row.contract} itself, then release the row as it stands"
            )
        known = json.loads(row.row_json or "{}")
        _demand_known(row, set(values) - set(known))
        corrected = json.dumps(row.corrections | dict(values), ensure_ascii=False)
        _move(own, [row], "correct", {"corrected_json": corrected})


def release(settings: Settings, key: str) -> int:
    """Settle the row that `key` belongs to; how many broken rules that were.

    Raises ReleaseError naming what is still wrong; then nothing is written.
    """
    with with_database(settings) as own:
        row = _one(own, key)
        together = _of_the_same_row(own, row)
        if not row.source_file.startswith(_FEED):
            _hand_in(own, row, together)
        _move(own, together, "release", {})
    return len(together)


def _hand_in(settings: Settings, row: HeldRow, together: list[HeldRow]) -> None:
    """The rows with all their corrections, as a file of their own, through the contract they broke."""
    rows = {part.row_no: _as_sent(part) for part in together}
    for part in together:
        rows[part.row_no] |= part.corrections
    lines = [json.dumps(_as_columns(row.contract, values), ensure_ascii=False) for values in rows.values()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"released-{row.key}.ndjson"
        path.write_text("\n".join(lines) + "\n")
        judged = validate_file(settings, path, row.contract)
        if judged.rejected:
            raise ReleaseError(
                f"row {row.row_no} of {row.source_file} still breaks: {_first(judged.violations)}"
            )
        loaded = import_file(settings, path, row.contract, sender=row.sender)
    if loaded.rejected:
        raise ReleaseError(f"row {row.row_no} of {row.source_file} was refused: {_first(loaded.violations)}")


def _first(violations: Sequence[Mapping[str, object]]) -> str:
    broken = violations[0]
    return f"{broken['field']} {broken['rule']}; {broken['remedy']}"


def _as_sent(row: HeldRow) -> dict[str, str]:
    try:
        return dict(json.loads(row.row_json or ""))
    except ValueError:
        raise ReleaseError(
            f"row {row.row_no} of {row.source_file} was too long to keep: correct it there and send the file"
        ) from None


def _as_columns(contract: str, values: Mapping[str, str]) -> dict[str, str]:
    """The names a file would use: the document's own for key, state and outlet."""
    document = _document(contract)
    names = {OUTLET: "outlet_id", STATE: "state"} | ({KEY: document.key} if document else {})
    return {names.get(name, name): text for name, text in values.items()}


def _document(contract: str) -> Document | None:
    """The type that rows of the contract become; None for feeds that are no documents."""
    feed = DOCUMENT_FEED_BY_NAME.get(contract)
    return BY_NAME.get(contract) if feed is None else feed.document


def _demand_known(row: HeldRow, unknown: set[str]) -> None:
    """A field that the row did not have may still be one of the contract's."""
    document = _document(row.contract)
    if document is not None:
        unknown -= {f.name for f in document.fields} | {document.key, "outlet_id", "state"}
    elif row.field in unknown:
        unknown -= {row.field}
    if unknown:
        raise ReleaseError(f"{row.contract} has no field {', '.join(sorted(unknown))}: correct {row.field}")


def _one(settings: Settings, key: str) -> HeldRow:
    found = _read(settings, f"{_WAITING} and q.quarantine_row_id = %s", key)
    if not found:
        raise ReleaseError(f"no row {key} waits in quarantine; see: dms quarantine list")
    return found[0]


def _of_the_same_row(settings: Settings, row: HeldRow) -> list[HeldRow]:
    """What else waits of the row; of a document that comes whole, what waits of all its rows."""
    feed = DOCUMENT_FEED_BY_NAME.get(row.contract)
    if feed is not None and feed.lines:
        key = _as_sent(row).get(KEY)
        whole = (
            f"{_WAITING} and q.contract = %s and q.source_file = %s and q.row_json::jsonb ->> '{KEY}' = %s "
            "order by q.row_no"
        )
        return _read(settings, whole, row.contract, row.source_file, key)
    same = f"{_WAITING} and q.contract = %s and q.source_file = %s and q.row_no = %s"
    return _read(settings, same, row.contract, row.source_file, row.row_no)


def _read(settings: Settings, query: str, *values: object) -> list[HeldRow]:
    with (
        psycopg.connect(settings.role_url(DatabaseRole.EXTRACT)) as connection,
        connection.cursor(row_factory=class_row(HeldRow)) as cursor,
    ):
        return cursor.execute(query.encode(), values).fetchall()


def _move(settings: Settings, rows: list[HeldRow], move: str, data: Mapping[str, str]) -> None:
    posted = post(
        settings, QUARANTINE_ROW, [{"action": move, "key": r.key, "data": dict(data)} for r in rows]
    )
    if posted.rejected:
        raise ReleaseError(f"{posted.errors[0].key}: {posted.errors[0].rule}; {posted.errors[0].remedy}")
