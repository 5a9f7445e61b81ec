"""Rows that broke their contract: kept with rule and remedy as documents, corrected, and released.

In: rejected rows of the clean zone and of files. Out: quarantine_row documents, written like any other.
Keys are digests of file, row, field and rule, so the same rejection is one document however often it is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from operational_api.documents.quarantine_row import QUARANTINE_ROW
from pipelines.clean import mark_reported, read_clean, rejected_rows
from pipelines.contracts import ROW_NO
from pipelines.intake import post, without_nulls
from pipelines.settings import Settings

FEED_SENDER = "feed"
_TEXT_LENGTH = {f.name: f.max_length for f in QUARANTINE_ROW.fields}


def report_rejected(settings: Settings) -> int:
    """Open a quarantine_row for every broken rule of the clean zone that is not reported yet.

    Returns how many. Killed halfway, the next call sends the same documents, which are known by then.
    """
    files = [f for f in read_clean(settings.clean_dir) if f.rejected and not f.is_reported]
    now = datetime.now(UTC)
    for file in files:
        found = rejected_rows(settings.clean_dir, file)
        open_rows(
            settings, found, contract=file.document, source=f"raw/{file.path}", sender=FEED_SENDER, at=now
        )
    if files:
        mark_reported(settings.clean_dir, {file.path for file in files})
    return sum(file.rejected for file in files)


def open_rows(
    settings: Settings, found: pl.DataFrame, *, contract: str, source: str, sender: str, at: datetime
) -> None:
    """found: source_row, field, value, rule, remedy, row_json. Rows that are known stay as they are."""
    known = post(settings, QUARANTINE_ROW, _lines(found, contract, source, sender, at))
    unexpected = [e for e in known.errors if e.code != "conflict"]  # same rejection, told at another time
    assert not unexpected, f"quarantine refused a row: {unexpected[0]}"


def row_key(source: str, row_no: int, field: str, rule: str) -> str:
    text = f"{source}\0{row_no}\0{field}\0{rule}"
    return f"q-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _lines(
    found: pl.DataFrame, contract: str, source: str, sender: str, at: datetime
) -> Iterator[Mapping[str, Any]]:
    for row in found.iter_rows(named=True):
        number = row[ROW_NO]
        data = {
            "contract": contract,
            "source_file": source[-_TEXT_LENGTH["source_file"] :],
            "sender": sender,
            "row_no": number,
            **{name: _fitted(name, row[name]) for name in ("field", "value", "rule", "remedy", "row_json")},
            "rejected_at": at,
        }
        key = row_key(source, number, row["field"], row["rule"])
        yield {"action": "open", "key": key, "data": without_nulls(data)}


def _fitted(name: str, text: str | None) -> str | None:
    """No longer than the field; an empty text is no value."""
    return (text or "")[: _TEXT_LENGTH[name]].replace("\0", "") or None
