"""DuckDB as a library: one connection in memory, frames in and out; no other module of models opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import polars as pl

MEMORY = (
    "1200MB"  # of a million records; what is more goes to a temporary folder that ends with the connection
)


class Session:
    """SQL over registered frames. Results do not depend on threads: whoever reads rows sorts them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """A table of the frame's rows."""
        self._connection.register("incoming", frame.to_arrow())
        self._connection.execute(f"create or replace table {name} as from incoming")
        self._connection.unregister("incoming")

    def run(self, sql: str) -> None:
        self._connection.execute(sql)

    def frame(self, sql: str) -> pl.DataFrame:
        found: pl.DataFrame = self._connection.sql(sql).pl()
        return found


@contextmanager
def open_session() -> Iterator[Session]:
    """A session that lives as long as the block."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute("set preserve_insertion_order = false")
        yield Session(connection)
    finally:
        connection.close()
