"""DuckDB as a library: one connection in memory, frames in and out; no other module of models opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

MEMORY = (
    "1200MB"  # of a million records; what is more goes to a temporary folder that ends with the connection
)
PART = 250_000  # rows handed over at once


class Session:
    """SQL over registered frames. Results do not depend on threads: whoever reads rows sorts them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """A table of the frame's rows, brought in parts: a whole frame would stand in memory three times."""
        self._connection.register("incoming", frame.head(0).to_arrow())
        self._connection.execute(f"create or replace table {name} as from incoming")
        self._connection.unregister("incoming")
        for part in frame.iter_slices(PART):
            self.insert(name, part)

    def insert(self, name: str, frame: pl.DataFrame) -> None:
        """The frame's rows, in the table's order of columns, into a table that is there."""
        self._connection.register("incoming", frame.to_arrow())
        self._connection.execute(f"insert into {name} from incoming")
        self._connection.unregister("incoming")

    def run(self, sql: str) -> None:
        self._connection.execute(sql)

    def frame(self, sql: str) -> pl.DataFrame:
        found: pl.DataFrame = self._connection.sql(sql).pl()
        return found

    def attach(self, path: Path, name: str, *, read_only: bool = False) -> None:
        """A file beside the memory; its tables are `name.schema.table`."""
        mode = " (read_only)" if read_only else ""
        self._connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name}{mode}")

    def detach(self, name: str) -> None:
        self._connection.execute(f"detach {name}")

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Writes to one attached file: all of the block or nothing."""
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()


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
