"""Step 5, delta or all: what is kept from run to run decides how much is resolved again.

In: customers that are there, decisions in force, bands. Out: the resolution of all of them. `identity/` in
the data folder keeps `resolution.duckdb` (models, keys, pairs, clusters; it holds personal fields, so that an
erasure deletes it) and `resolution.json` (made by which code and rules, how many deltas since). A run
resolves new and changed records alone; everything, when code, rules or versions changed, when a tenth of the
records has changed since, or after FULL_EVERY deltas: then learning starts anew and puts right what drifted.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl

from models.identity import kept
from models.identity.columns import recognise
from models.identity.decide import Bands
from models.identity.delta import FullRunNeeded, resolve_delta
from models.identity.normalise import normalise
from models.identity.resolution import Resolution
from models.identity.resolve import resolve
from pipelines.durable import read_json, write_json

FULL_EVERY = 7  # runs that bring something new: about a week of nights
LARGEST_SHARE = 0.1  # of the records, changed since everything was resolved
COMPARED = ("customer_type", "given_name", "family_name", "company_name", "phone", "email", "address_line",
            "postcode", "city", "country", "birth_date", "national_id")  # fmt: skip
_MAPPING = {"record_id": "customer_id", "kind": "customer_type", "street": "address_line"}


@dataclass(frozen=True, slots=True)
class Way:
    """How a run came to its resolution, told beside its tables."""

    reason: str  # "delta", or why everything was resolved
    records: int  # resolved again
    reclustered: int


@dataclass(frozen=True, slots=True)
class _Made:
    """What a kept file was made by and from."""

    by: str
    records: int
    changed: int = 0
    deltas: int = 0

    def after(self, news: _News) -> _Made:
        return replace(self, changed=self.changed + news.size, deltas=self.deltas + (news.size > 0))


def bring_up_to_date(
    folder: Path, customers: pl.DataFrame, decisions: pl.DataFrame, *, bands: Bands, by: str, secret: bytes
) -> tuple[Resolution, Way]:
    """`customers`: customer_id and COMPARED, at least one. `by`: digest of code, rules and key of ids."""
    path, told = folder / "resolution.duckdb", folder / "resolution.json"
    marked = customers.select("customer_id", *COMPARED)
    marked = marked.with_columns(mark=marked.select(COMPARED).hash_rows(seed=0))
    made = _read_made(told) if path.exists() else None
    reason = "nothing is kept yet"
    if made is not None:
        news = _News.of(path, marked)
        why = _why_all(made, news, by)
        if why is None:
            try:
                keys = _keys(news.changed, secret)
                done = resolve_delta(path, keys, gone=news.gone, decisions=decisions)
                write_json(told, asdict(made.after(news)))
                return kept.resolution(path, bands, shown=True), Way("delta", done.records, done.reclustered)
            except FullRunNeeded as needed:
                why = str(needed)
        reason = why
    told.unlink(missing_ok=True)
    found = resolve(_keys(marked, secret), decisions=decisions, bands=bands, keep=path)
    write_json(told, asdict(_Made(by, marked.height)))
    return found, Way(reason, marked.height, marked.height)


def forget(folder: Path) -> None:
    """Delete what holds personal fields; the next run resolves everything."""
    (folder / "resolution.json").unlink(missing_ok=True)
    kept.forget(folder / "resolution.duckdb")


def digest(*parts: str | bytes) -> str:
    """One line that changes when any of the parts does."""
    total = hashlib.sha256()
    for part in parts:
        total.update((part.encode() if isinstance(part, str) else part) + b"\0")
    return total.hexdigest()


@dataclass(frozen=True, slots=True)
class _News:
    """Records that are new or changed, and ids of those that are gone."""

    changed: pl.DataFrame
    gone: pl.Series

    @property
    def size(self) -> int:
        return self.changed.height + len(self.gone)

    @classmethod
    def of(cls, path: Path, marked: pl.DataFrame) -> _News:
        before = kept.marks(path).rename({"record_id": "customer_id"})
        changed = marked.join(before, on=["customer_id", "mark"], how="anti", maintain_order="left")
        return cls(changed, before.join(marked, on="customer_id", how="anti")["customer_id"].sort())


def _read_made(path: Path) -> _Made | None:
    told = read_json(path)
    return None if told is None else _Made(**told)


def _why_all(made: _Made, news: _News, by: str) -> str | None:
    """Why a delta will not do; None when it will."""
    if made.by != by:
        return "code, rules or versions changed"
    if made.deltas >= FULL_EVERY and news.size:
        return f"{made.deltas} deltas since everything was resolved"
    if made.changed + news.size > LARGEST_SHARE * made.records:
        return f"{made.changed + news.size} records changed since everything was resolved"
    return None


def _keys(marked: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    keys = normalise(recognise(marked.drop("mark"), _MAPPING).records, secret=secret)
    marks = marked.select(record_id=pl.col("customer_id").cast(pl.String), mark="mark")
    return keys.join(marks, on="record_id", maintain_order="left")
