"""Lines of the bulk interface, built column-wise.

In: wide frames of openings and moves with an instant each. Out: `Batch`es whose lines are ordered,
versioned and cut at the end of history. What would happen after the cut has not happened yet, which
is how open work arises: nothing marks an order as open, its next move merely lies ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from operational_api.document import Document, Field, Kind
from operational_api.documents import BY_NAME

HEAD = ("key", "outlet_id", "at", "by", "state")
INSTANT = pl.Datetime("us", "UTC")
_PLAIN: dict[Kind, pl.DataType] = {
    Kind.INTEGER: pl.Int64(),
    Kind.MONEY: pl.Int64(),
    Kind.DECIMAL: pl.Float64(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.MONTH: pl.Date(),
    Kind.INSTANT: INSTANT,
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one document type, in the order in which they are to be posted.

    lines: action, key, outlet_id (null for shared types), state (openings only), at, by,
    version (of moves: what the line expects), data (struct of the declared fields; null: not given).
    """

    document: str
    lines: pl.DataFrame
    stage: int = 0  # everything of an earlier stage is posted before


def dtype_of(declared: Field) -> pl.DataType:
    """Column type of a declared field; lines are a list of structs."""
    if declared.kind is Kind.LINES:
        return pl.List(pl.Struct({f.name: dtype_of(f) for f in declared.lines}))
    return _PLAIN.get(declared.kind, pl.String())


@dataclass(slots=True)
class Ledger:
    """Collects openings and moves of one document type until they are asked for as lines."""

    document: Document
    openings: list[pl.DataFrame] = field(default_factory=list)
    moves: list[pl.DataFrame] = field(default_factory=list)

    def open(self, frame: pl.DataFrame) -> None:
        """frame: key, outlet_id, at, by, optional state, fields. Rows without `at` never happened."""
        state = [] if "state" in frame.columns else [pl.lit(None, pl.String).alias("state")]
        self.openings.append(self._shaped(frame.with_columns(state), "open", step=0))

    def move(self, name: str, frame: pl.DataFrame, *, step: int) -> None:
        """Like `open`; `step` orders moves of one document that share an instant."""
        if name not in {m.name for m in self.document.moves} | {"amend"}:
            raise ValueError(f"{self.document.name} has no move {name}")
        self.moves.append(self._shaped(frame.with_columns(state=pl.lit(None, pl.String)), name, step=step))

    def lines(self, cut: datetime) -> pl.DataFrame:
        """Openings, then moves in time order, without what happens at `cut` or later."""
        frames = [pl.concat(part).filter(pl.col("at") < cut) for part in (self.openings, self.moves) if part]
        if not frames:
            return self._shaped(pl.DataFrame(schema=dict.fromkeys(HEAD, pl.String)), "open", step=0).drop(
                "step"
            )
        ordered = pl.concat([frame.sort("at", "step", "key") for frame in frames])
        version = pl.int_range(pl.len(), dtype=pl.Int64).over("key")
        ordered = ordered.with_columns(version=pl.when(pl.col("action") != "open").then(version))
        return ordered.select("action", "key", "outlet_id", "state", "at", "by", "version", "data")

    def _shaped(self, frame: pl.DataFrame, action: str, *, step: int) -> pl.DataFrame:
        unknown = set(frame.columns) - set(HEAD) - set(self.document.by_name)
        if unknown:
            raise ValueError(f"{self.document.name} has no field {', '.join(sorted(unknown))}")
        outlet = pl.col("outlet_id") if "outlet_id" in frame.columns else pl.lit(None, pl.String)
        data = [
            (pl.col(f.name) if f.name in frame.columns else pl.lit(None)).cast(dtype_of(f)).alias(f.name)
            for f in self.document.fields
        ]
        return frame.filter(pl.col("at").is_not_null()).select(
            action=pl.lit(action),
            key=pl.col("key").cast(pl.String),
            outlet_id=outlet.cast(pl.String),
            state=pl.col("state").cast(pl.String),
            at=pl.col("at").cast(INSTANT),
            by=pl.col("by").cast(pl.String),
            version=pl.lit(None, pl.Int64),
            step=pl.lit(step),
            data=pl.struct(data),
        )


class Books:
    """One ledger per document type, opened when first asked for."""

    def __init__(self) -> None:
        self._ledgers: dict[str, Ledger] = {}

    def __getitem__(self, name: str) -> Ledger:
        return self._ledgers.setdefault(name, Ledger(BY_NAME[name]))

    def batches(self, cut: datetime) -> Iterator[Batch]:
        """Batches in the order of the declarations, so that a reference is written before it is used."""
        for name in BY_NAME:
            if name in self._ledgers:
                lines = self._ledgers.pop(name).lines(cut)
                if not lines.is_empty():
                    yield Batch(name, lines)
