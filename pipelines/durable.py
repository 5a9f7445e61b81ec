"""Files that are either the old ones or the new ones, whatever dies in between.

In: content. Out: a file that was written beside its name, forced to disk, and renamed. A rename counts
once its folder is forced to disk too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; it takes the name `path` when the block ends well, durably and at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        force(draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    force(path.parent)


def write_json(path: Path, content: Any) -> None:
    with replacing(path) as draft:
        draft.write_text(json.dumps(content, ensure_ascii=False, indent=1))


def read_json(path: Path) -> Any | None:
    """None when there is no such file."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    with replacing(path) as draft:
        frame.write_parquet(draft, compression="zstd")


def force(path: Path) -> None:
    """fsync of a file or a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
