"""The warehouse: one DuckDB file, one writer. Tables in, frames out; SQL lives in dbt.

In: table names and frames. Out: the same. `marts` and `intermediate` are dbt's, `engine` is written here.
A write is one transaction: a reader sees the old table or the new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

MARTS, ENGINE = "marts", "engine"


class WarehouseError(RuntimeError):
    """A table that is not there, or a file that another process holds; says what to do."""


class Warehouse:
    """Opened for each operation and closed again, so that dbt and we take turns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, table: str, schema: str = MARTS) -> pl.DataFrame:
        """All rows. Raises WarehouseError when dbt or an engine has not built the table."""
        with self._connected() as connection:
            try:
                frame: pl.DataFrame = connection.sql(f'from "{schema}"."{table}"').pl()
                return frame
            except duckdb.CatalogException as missing:
                raise WarehouseError(
                    f"the warehouse has no table {schema}.{table}: build it with `dms run --force`"
                ) from missing

    def write(self, table: str, frame: pl.DataFrame) -> int:
        """Replace an engine's table; returns its rows."""
        with self._connected() as connection:
            connection.register("frame", frame.to_arrow())
            connection.execute(f"create schema if not exists {ENGINE}")
            connection.execute(f'create or replace table {ENGINE}."{table}" as from frame')
        return frame.height

    def row_counts(self) -> dict[str, int]:
        """Rows by `schema.table`, views left out."""
        query = "select schema_name || '.' || table_name, estimated_size from duckdb_tables()"
        with self._connected() as connection:
            return dict(connection.execute(query).fetchall())

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = duckdb.connect(str(self.path))
        except duckdb.IOException as held:
            raise WarehouseError(
                f"{self.path} is held by another process; only the pipeline may open it: {held}"
            ) from held
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()
