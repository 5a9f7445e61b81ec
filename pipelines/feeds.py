"""Rows of file feeds that are no documents, kept and read: figures from outside that nobody here edits.

In: rows a file brought that hold their contract. Out: `feeds/<feed>/<digest>.parquet`, one file per file
taken in. A row already known is a duplicate; the same key with another value is a correction, and the
row with the latest `loaded_at` counts.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.durable import write_parquet
from pipelines.file_feeds import FEEDS, LOADED_AT, Feed
from pipelines.parsing import POLARS_TYPES

EMPTY = "empty.parquet"


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
