"""File feeds that are no documents: figures from outside that nobody here edits.

In: rows a file brought that hold their contract. Out: `feeds/<feed>/<digest>.parquet`, one file per file
taken in. A row already known is a duplicate; the same key with another value is a correction, and the
row with the latest `loaded_at` counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from operational_api.document import Field, Kind
from pipelines.contracts import Contract
from pipelines.durable import write_parquet
from pipelines.parsing import POLARS_TYPES

EMPTY = "empty.parquet"
LOADED_AT = "loaded_at"


@dataclass(frozen=True, slots=True)
class Feed:
    """A declared feed. `grain` names the fields of which there is one current row each."""

    name: str
    meaning: str
    grain: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def contract(self) -> Contract:
        return Contract(self.name, self.fields)

    @property
    def columns(self) -> list[str]:
        return [f.name for f in self.fields]

    @property
    def schema(self) -> pl.Schema:
        own = {f.name: POLARS_TYPES[f.kind] for f in self.fields}
        return pl.Schema({**own, LOADED_AT: pl.Datetime("us", "UTC")})


FEEDS: tuple[Feed, ...] = (
    Feed(
        "exchange_rate",
        "Units of one currency that buy one unit of another, on one day.",
        ("rate_date", "from_currency", "to_currency"),
        (
            Field(name="rate_date", kind=Kind.DATE, meaning="Day of the rate.", required=True),
            Field(name="from_currency", kind=Kind.CURRENCY, meaning="Currency bought.", required=True),
            Field(name="to_currency", kind=Kind.CURRENCY, meaning="Currency paid with.", required=True),
            Field(
                name="rate",
                kind=Kind.DECIMAL,
                meaning="Units of to_currency for one unit of from_currency.",
                required=True,
                minimum=0,
                maximum=1_000_000,
            ),
            Field(name="source", kind=Kind.CODE, meaning="Who published it."),
        ),
    ),
    Feed(
        "market_registration",
        "New cars registered in one market in one month, ours and others'.",
        ("registration_month", "market", "brand", "segment"),
        (
            Field(
                name="registration_month", kind=Kind.MONTH, meaning="Month of registration.", required=True
            ),
            Field(name="market", kind=Kind.COUNTRY, meaning="Market.", required=True),
            Field(name="brand", kind=Kind.TEXT, meaning="Brand as the authority writes it.", required=True),
            Field(name="segment", kind=Kind.CODE, meaning="Segment, or all.", required=True),
            Field(
                name="units",
                kind=Kind.INTEGER,
                meaning="Cars registered.",
                required=True,
                minimum=0,
                maximum=10_000_000,
                unit="cars",
            ),
        ),
    ),
)
FEED_BY_NAME: dict[str, Feed] = {feed.name: feed for feed in FEEDS}


def ensure_feeds(feeds_dir: Path) -> None:
    """An empty file per feed, so that a feed nobody sent can be read."""
    for feed in FEEDS:
        path = feeds_dir / feed.name / EMPTY
        if not path.exists() or pl.read_parquet_schema(path) != feed.schema:
            write_parquet(path, pl.DataFrame(schema=feed.schema))


def take_rows(feeds_dir: Path, feed: Feed, rows: pl.DataFrame, *, at: datetime) -> tuple[int, int]:
    """Keep the rows that are new; returns (accepted, duplicate). The same rows again are all duplicates."""
    ensure_feeds(feeds_dir)
    typed = rows.select(feed.columns).cast({f.name: POLARS_TYPES[f.kind] for f in feed.fields})
    known = current_rows(feeds_dir, feed).select(feed.columns)
    fresh = typed.unique(maintain_order=True).join(known, on=feed.columns, how="anti", nulls_equal=True)
    if not fresh.is_empty():
        name = hashlib.sha256(fresh.write_csv().encode()).hexdigest()[:16]
        stamped = fresh.with_columns(pl.lit(at).cast(pl.Datetime("us", "UTC")).alias(LOADED_AT))
        write_parquet(feeds_dir / feed.name / f"{at:%Y%m%dT%H%M%S}-{name}.parquet", stamped)
    return fresh.height, typed.height - fresh.height


def current_rows(feeds_dir: Path, feed: Feed) -> pl.DataFrame:
    """One row per grain: the latest."""
    rows = pl.read_parquet(feeds_dir / feed.name / "*.parquet")
    return rows.sort(LOADED_AT).unique(feed.grain, keep="last", maintain_order=True)


def feed_rows(feeds_dir: Path, feed: Feed) -> int:
    return current_rows(feeds_dir, feed).height
