"""The forecast archive: every vintage as it was published, at every step of the plan; append-only.

In: plans. Out: `archive/plan/<day>-<kind>-<digest>.parquet` and `archive/effect/...` of the same name. A
file is written once and never changed; the same content again is the same file. Snapshots are swept by
policy, the archive is not.
"""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from pathlib import Path

import polars as pl

from forecasting.plan_steps import EFFECT_SCHEMA, STEP_SCHEMA, Plan
from pipelines.durable import write_parquet


class VintageKind(StrEnum):
    """How a vintage came to be; of a month's vintages the first kind here counts."""

    published = "published"  # by the run of that very day
    replayed = "replayed"  # by a later run as of that day
    backcast = "backcast"  # computed later from what was known by then


HEAD = {"vintage_date": pl.Date(), "kind": pl.String()}
PLAN, EFFECT = "plan", "effect"
SCHEMAS = {PLAN: pl.Schema({**HEAD, **STEP_SCHEMA}), EFFECT: pl.Schema({**HEAD, **EFFECT_SCHEMA})}


def keep(root: Path, day: date, kind: VintageKind, plan: Plan) -> bool:
    """Write one vintage; False when exactly this one is kept already. The plan is written last: a vintage
    without its plan file does not exist."""
    frames = {EFFECT: plan.effects, PLAN: plan.steps}
    stamped = {name: _stamped(frame, day, kind, SCHEMAS[name]) for name, frame in frames.items()}
    digest = hashlib.sha256(b"".join(f.write_csv().encode() for f in stamped.values())).hexdigest()[:12]
    name = f"{day:%Y%m%d}-{kind}-{digest}.parquet"
    if (root / PLAN / name).exists():
        return False
    for table, frame in stamped.items():
        write_parquet(root / table / name, frame)
    return True


def chosen(root: Path, *, before: date) -> list[str]:
    """File name of the one vintage that counts for each month before `before`, oldest first."""
    order = {kind.value: rank for rank, kind in enumerate(VintageKind)}
    best: dict[str, tuple[tuple[int, str, float], str]] = {}
    for path in sorted((root / PLAN).glob("*.parquet")):
        day, kind, _ = path.stem.split("-")
        if date.fromisoformat(day) >= before.replace(day=1):
            continue
        rank = (-order[kind], day, path.stat().st_mtime)
        if day[:6] not in best or rank > best[day[:6]][0]:
            best[day[:6]] = (rank, path.name)
    return [name for _, (_, name) in sorted(best.items())]


def read(root: Path, table: str, names: list[str]) -> pl.DataFrame:
    """The rows of these vintages."""
    empty = pl.DataFrame(schema=SCHEMAS[table])
    return pl.concat([empty, *(pl.read_parquet(root / table / name) for name in names)])


def stamped(frame: pl.DataFrame, day: date, kind: VintageKind, table: str) -> pl.DataFrame:
    """Rows of a vintage that is not kept yet, in the archive's columns."""
    return _stamped(frame, day, kind, SCHEMAS[table])


def _stamped(frame: pl.DataFrame, day: date, kind: VintageKind, schema: pl.Schema) -> pl.DataFrame:
    head = frame.with_columns(vintage_date=pl.lit(day), kind=pl.lit(kind.value))
    return head.select(schema.names()).cast(schema)
