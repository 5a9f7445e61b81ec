"""Resolve any file of persons or companies: what `dms resolve FILE` runs.

In: Parquet, CSV or XLSX, columns recognised by name or mapped. Out, in a folder: clusters, pairs, evidence
and households as Parquet, and figures: how many were found, and with a column of truth how right that is.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from models.identity import kept
from models.identity.columns import ColumnError, recognise
from models.identity.decide import Bands
from models.identity.delta import resolve_delta
from models.identity.files import read_people
from models.identity.judge import Scores, scores
from models.identity.normalise import normalise
from models.identity.resolution import Resolution, evidence
from models.identity.resolve import resolve

ONE, OTHER = "file", "other"
KEPT = "resolution.duckdb"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    name: str
    value: float | None
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a file: which columns were used and which not, what was written, what was measured."""

    used: dict[str, str]
    unused: tuple[str, ...]
    resolution: Resolution
    scores: Scores | None
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()  # what had to be assumed to read the files


def resolve_file(
    path: Path,
    *,
    link: Path | None = None,
    truth: str | None = None,
    mapping: Mapping[str, str] | None = None,
    country: str | None = None,
    out: Path | None = None,
    keep: Path | None = None,
) -> Resolved:
    """Resolve one file, or link it to another: then only pairs across the two files are written and scored.

    `truth` names the column that tells the true entity; it is read for scoring alone. `country` reads phones
    and names of records that have none. `keep`: folder for what `add_file` goes on from. Raises ColumnError
    for what cannot be read.
    """
    began = time.perf_counter()
    secret = _secret(keep) if keep else secrets.token_bytes(32)
    files = [(ONE, path), *([(OTHER, link)] if link else [])]
    told = [(name, *read_people(file)) for name, file in files]
    frames = [(name, frame) for name, frame, _ in told]
    read = [recognise(_without(frame, truth), mapping) for _, frame in frames]
    sources = [name for name, _ in frames]
    records = pl.concat(
        [_marked(r.records, name, is_two=link is not None) for r, name in zip(read, sources, strict=True)]
    )
    keys = normalise(records.drop("source"), secret=secret, country=country)
    resolution = resolve(keys, keep=keep / KEPT if keep else None)
    if link:
        resolution = _across(resolution, records)
    seconds = time.perf_counter() - began
    judged = None if truth is None else _judged(resolution, records, frames, truth, across=link is not None)
    if out:
        _write(out, resolution, records)
    unused = tuple(c for c in read[0].unused if c != truth)
    notes = tuple(assumed for *_, assumed in told if assumed)
    return Resolved(read[0].used, unused, resolution, judged, _figures(resolution, judged, seconds), notes)


def add_file(
    path: Path,
    *,
    keep: Path,
    mapping: Mapping[str, str] | None = None,
    country: str | None = None,
    out: Path | None = None,
) -> Resolved:
    """Resolve the new and changed records of a file against what `resolve_file` kept; nothing else is scored.

    Written is the whole, old and new. Raises ColumnError, also when nothing is kept in `keep`.
    """
    if not (keep / KEPT).exists():
        raise ColumnError(f"{keep} keeps nothing to add to: resolve the whole file with --keep {keep} first")
    began = time.perf_counter()
    frame, assumed = read_people(path)
    read = recognise(frame, mapping)
    keys = normalise(read.records, secret=_secret(keep), country=country)
    done = resolve_delta(keep / KEPT, keys)
    seconds = time.perf_counter() - began
    whole = kept.resolution(keep / KEPT, Bands(), shown=True)
    if out:
        _write(out, whole, whole.clusters.select("record_id", source=pl.lit(ONE)))
    told = (
        Figure("records_of_delta", done.records, "records"),
        Figure("pairs_of_delta", done.pairs, "pairs"),
        Figure("records_clustered_anew", done.reclustered, "records"),
    )
    figures = (*told, *_figures(whole, None, seconds))
    return Resolved(read.used, read.unused, whole, None, figures, (assumed,) if assumed else ())


def _secret(keep: Path) -> bytes:
    """The key of hashed ids, one per folder, readable by its owner alone."""
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / "key"
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()


def _without(frame: pl.DataFrame, truth: str | None) -> pl.DataFrame:
    if truth is None:
        return frame
    if truth not in frame.columns:
        raise ColumnError(f"--truth {truth}: the file has {', '.join(frame.columns)}")
    return frame.drop(truth)


def _marked(records: pl.DataFrame, source: str, *, is_two: bool) -> pl.DataFrame:
    """Records with their source; ids of two files are kept apart by it."""
    prefix = pl.lit(f"{source}:" if is_two else "")
    return records.with_columns(record_id=prefix + pl.col("record_id"), source=pl.lit(source))


def _across(resolution: Resolution, records: pl.DataFrame) -> Resolution:
    source = records.select("record_id", "source")
    pairs = resolution.pairs.join(source, left_on="record_l", right_on="record_id").join(
        source, left_on="record_r", right_on="record_id", suffix="_r"
    )
    kept = (
        pairs.filter(pl.col("source") != pl.col("source_r"))
        .drop("source", "source_r")
        .sort("record_l", "record_r")
    )
    return Resolution(resolution.clusters, kept, resolution.models)


def _judged(
    resolution: Resolution,
    records: pl.DataFrame,
    frames: list[tuple[str, pl.DataFrame]],
    truth: str,
    *,
    across: bool,
) -> Scores:
    entities = pl.concat([frame[truth].cast(pl.String) for _, frame in frames])
    known = records.select("record_id", "source").with_columns(entity=entities).drop_nulls("entity")
    of = known.join(resolution.clusters.select("record_id", "cluster"), on="record_id")
    return scores(of, resolution.pairs.filter(pl.col("band") == "auto"), across=across)


def _write(out: Path, resolution: Resolution, records: pl.DataFrame) -> None:
    out.mkdir(parents=True, exist_ok=True)
    sources = records.select("record_id", "source")
    resolution.clusters.join(sources, on="record_id").sort("record_id").write_parquet(
        out / "clusters.parquet"
    )
    shown = resolution.pairs.filter(pl.col("band") != "no")
    shown.select("record_l", "record_r", "kind", "probability", "weight", "household", "band").write_parquet(
        out / "pairs.parquet"
    )
    evidence(resolution, shown).write_parquet(out / "evidence.parquet")
    resolution.households().write_parquet(out / "households.parquet")


def _figures(resolution: Resolution, judged: Scores | None, seconds: float) -> tuple[Figure, ...]:
    bands = dict(resolution.pairs.group_by("band").len().iter_rows())
    told = [
        Figure("records", resolution.clusters.height, "records"),
        Figure("clusters", resolution.clusters["cluster"].n_unique(), "clusters"),
        Figure("pairs_auto", bands.get("auto", 0), "pairs"),
        Figure("pairs_review", bands.get("review", 0), "pairs"),
        Figure("households", resolution.households().height, "links"),
        Figure("seconds", round(seconds, 2), "s"),
    ]
    if judged is not None:
        counts = {"records", "clusters"}
        told += [Figure(name, value, "share" if isinstance(value, float) else "count")
                 for name, value in asdict(judged).items() if name not in counts]  # fmt: skip
    return tuple(told)
