"""A simulation written to files: NDJSON of the bulk interface, or the clean zone it would become."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from operational_api.document import Document, Field
from operational_api.documents import BY_NAME, DOCUMENTS
from pipelines.demo.events import INSTANT, Batch, dtype_of
from pipelines.demo.simulate import Simulation
from pipelines.parsing import POLARS_TYPES

_NULLS = r'"[a-z0-9_]+":null,?'


def as_json_lines(lines: pl.DataFrame) -> pl.Series:
    """One bulk line a row, as JSON without the fields that were not given."""
    head = lines.drop("data").select(pl.struct(pl.all()).struct.json_encode()).to_series()
    data = lines["data"].struct.json_encode()
    joined = pl.DataFrame({"head": head, "data": data}).select(
        pl.format('{},"data":{}}}', pl.col("head").str.strip_suffix("}"), "data").alias("line")
    )
    # a null inside quoted text is preceded by a backslash, so only real nulls match
    return joined["line"].str.replace_all(_NULLS, "").str.replace_all(",}", "}", literal=True)


def write_ndjson(simulation: Simulation, folder: Path) -> dict[str, int]:
    """One file a batch, numbered in posting order. Returns lines by document type."""
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for number, batch in enumerate(simulation):
        text = as_json_lines(batch.lines)
        (folder / f"{number:04d}-{batch.document}.ndjson").write_text(
            "\n".join(text) + "\n", encoding="utf-8"
        )
        counts[batch.document] = counts.get(batch.document, 0) + len(text)
    write_truth(simulation, folder / "truth")
    return counts


def write_truth(simulation: Simulation, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in simulation.truth:
        simulation.truth_frame(name).write_parquet(folder / f"{name}.parquet")
    about = {"size": simulation.size, "seed": simulation.seed, "until": simulation.until.isoformat()}
    (folder / "truth.json").write_text(json.dumps(about | simulation.figures, indent=2) + "\n")


def write_clean(simulation: Simulation, folder: Path) -> dict[str, int]:
    """`clean/<type>/0-1.parquet` and `raw/personal/<type>.parquet`, as after a first extract."""
    recorded_at = datetime.combine(simulation.until, time(6), UTC)
    clean = {d.name: _Table(folder / "clean" / d.name / "0-1.parquet", clean_schema(d)) for d in DOCUMENTS}
    personal = {
        d.name: _Table(folder / "raw" / "personal" / f"{d.name}.parquet", _personal_schema(d))
        for d in DOCUMENTS
        if d.personal
    }
    seq = 0
    for batch in simulation:
        document = BY_NAME[batch.document]
        changes = full_changes(batch, first_seq=seq, recorded_at=recorded_at)
        seq += len(changes)
        clean[document.name].append(changes.select(clean_schema(document).names()))
        if document.personal:
            latest = changes.unique(document.key, keep="last", maintain_order=True)
            personal[document.name].append(latest.select(_personal_schema(document).names()))
    write_truth(simulation, folder / "truth")
    for table in personal.values():
        table.close()
    return {name: table.close() for name, table in clean.items()}


def full_changes(batch: Batch, *, first_seq: int, recorded_at: datetime) -> pl.DataFrame:
    """One row per change with the whole document after it: what the change table holds."""
    document = BY_NAME[batch.document]
    target = {m.name: m.target for m in document.moves}
    rows = batch.lines.drop("version").unnest("data").with_row_index("order")
    entered = pl.when(pl.col("action") == "open").then(pl.col("state").fill_null(document.states[0]))
    rows = rows.with_columns(state=entered.otherwise(pl.col("action").replace_strict(target, default=None)))
    carried = ["state", "outlet_id", *document.by_name]
    return rows.with_columns(
        *(pl.col(name).forward_fill().over("key", order_by="order") for name in carried),
        version=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("key", order_by="order"),
        xid=pl.lit(1, pl.Int64),
        seq=pl.col("order").cast(pl.Int64) + first_seq + 1,
        recorded_at=pl.lit(recorded_at).cast(INSTANT),
    ).rename({"key": document.key, "by": "actor", "at": "effective_at"})


def clean_schema(document: Document) -> pl.Schema:
    return pl.Schema(
        {
            document.key: pl.String(),
            "outlet_id": pl.String(),
            "state": pl.String(),
            "version": pl.Int64(),
            "action": pl.String(),
            "actor": pl.String(),
            "effective_at": INSTANT,
            "recorded_at": INSTANT,
            "xid": pl.Int64(),
            "seq": pl.Int64(),
            **{f.name: _clean_type(f) for f in document.plain},
        }
    )


def _clean_type(declared: Field) -> pl.DataType:
    if not declared.lines:
        return POLARS_TYPES[declared.kind]
    return pl.List(pl.Struct({f.name: POLARS_TYPES[f.kind] for f in declared.lines}))


def _personal_schema(document: Document) -> pl.Schema:
    head = {document.key: pl.String(), "outlet_id": pl.String()}
    return pl.Schema(head | {f.name: dtype_of(f) for f in document.personal})


class _Table:
    """A Parquet file written in pieces, so that memory holds one block at a time."""

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._schema, self._rows = schema, 0
        self._writer = pq.ParquetWriter(
            path, self._arrow(pl.DataFrame(schema=schema)).schema, compression="zstd"
        )

    def append(self, rows: pl.DataFrame) -> None:
        self._writer.write_table(self._arrow(rows.cast(self._schema)))
        self._rows += len(rows)

    def close(self) -> int:
        self._writer.close()
        return self._rows

    @staticmethod
    def _arrow(rows: pl.DataFrame) -> pa.Table:
        return rows.to_arrow(compat_level=pl.CompatLevel.oldest())
