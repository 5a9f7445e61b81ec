"""`dms bench pipeline`: rows a second by step, and a run that is full, unchanged, and with 1 % new.

In: a demo of size m (`--size s` for a quick look) in a folder of its own. Out: figures next to peers measured
in the same minute: PostgreSQL's own COPY for the extract, DuckDB without judging for the contract.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg

from benchmarks.figures import Figure, ratio_of, report
from pipelines import ports, postgres
from pipelines.clean import clean
from pipelines.extract import RawManifest, extract, read_manifest
from pipelines.importing import import_file
from pipelines.postgres import DatabaseRole
from pipelines.settings import Settings, programs_on_path, read_settings

RUNS = 3
FULL_GOAL, NOTHING_GOAL = 180.0, 15.0  # seconds
_COPY = """copy (select xid::text::bigint, seq, document, key, version, action, outlet_id, actor, state,
                 effective_at, recorded_at, after::text
            from api.change order by xid, seq) to stdout (format binary)"""


def main() -> int:
    """Build, measure, tell. Exit status 1 when a goal does not hold."""
    programs_on_path()
    size = sys.argv[sys.argv.index("--size") + 1] if "--size" in sys.argv else "m"
    with tempfile.TemporaryDirectory(prefix="dms-bench-") as folder:
        Path(folder).chmod(0o711)  # the database's user comes here
        given = {"DMS_DATA_DIR": folder, "DMS_API_PORT": str(ports.free_port())}
        settings = read_settings(given)
        try:
            return report(measure(settings, size))
        finally:
            postgres.drop_cluster(settings)


def measure(settings: Settings, size: str) -> list[Figure]:
    from pipelines.demo.seed import seed

    told = seed(settings, size, 7)  # type: ignore[arg-type]
    with postgres.start(settings) as server:
        own = postgres.handed_down(settings, server)
        figures = [*extract_figures(own), *contract_figures(own)]
        return [*figures, *run_figures(own, size, told.accepted)]


def extract_figures(settings: Settings) -> list[Figure]:
    """The whole feed to Parquet, against the bytes of COPY thrown away: the ceiling."""
    ours, peers, rows = [], [], 0
    for number in range(RUNS):
        target = settings.data_dir / f"bench-raw-{number}"
        found, seconds = timed(lambda target=target: extract(settings.role_url(DatabaseRole.EXTRACT), target))
        rows = found.read
        ours.append(rows / seconds)
        peers.append(rows / timed(lambda: copy_out(settings))[1])
    return [
        figure("extract", ours, "rows/s", peer="COPY of the same columns", peers=peers),
        Figure(name="extracted", value=rows, unit="rows"),
    ]


def copy_out(settings: Settings) -> int:
    with (
        psycopg.connect(settings.role_url(DatabaseRole.EXTRACT)) as connection,
        connection.cursor() as cursor,
        cursor.copy(_COPY) as copy,
    ):
        return sum(len(block) for block in copy)


def contract_figures(settings: Settings) -> list[Figure]:
    """Judged and typed, against the same files read and written by DuckDB without a question asked."""
    raw = settings.data_dir / "bench-raw-0"
    manifest = read_manifest(raw)
    assert manifest is not None
    ours, peers = [], []
    for number in range(RUNS):
        target = settings.data_dir / f"bench-clean-{number}"
        cleaned, seconds = timed(lambda target=target: clean(raw, target, manifest))
        assert cleaned.received == manifest.rows == cleaned.accepted + cleaned.rejected
        ours.append(manifest.rows / seconds)
        peers.append(manifest.rows / timed(lambda: copy_files(raw, manifest))[1])
    return [figure("contract", ours, "rows/s", peer="DuckDB copies the files unjudged", peers=peers)]


def copy_files(raw: Path, manifest: RawManifest) -> None:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        for number, file in enumerate(manifest.files):
            target = f"{folder}/{number}.parquet"
            connection.execute(f"copy (from '{raw / file.path}') to '{target}' (format parquet, codec zstd)")


def run_figures(settings: Settings, size: str, documents: int) -> list[Figure]:
    """Wall time of `dms run` as a user waits for it, start of Python included."""
    full = run_seconds(settings)
    nothing = [run_seconds(settings) for _ in range(RUNS)]
    changed = add_one_percent(settings, documents)
    some = run_seconds(settings)
    goal = FULL_GOAL if size == "m" else None
    return [
        Figure(
            name=f"run, full, size {size}",
            value=round(full, 1),
            unit="s",
            goal=None if goal is None else f"at most {goal:.0f} s",
            holds=None if goal is None else full <= goal,
        ),
        Figure(name="run, full", value=round(documents / full), unit="documents/s"),
        Figure(
            name="run, nothing new",
            value=round(statistics.median(nothing), 2),
            unit="s",
            peer="full run",
            peer_value=round(full, 1),
            ratio=round(statistics.median(nothing) / full, 3),
            goal=f"at most {NOTHING_GOAL:.0f} s",
            holds=statistics.median(nothing) <= NOTHING_GOAL,
            runs=RUNS,
        ),
        Figure(
            name=f"run, {changed:,} new documents (1 %)",
            value=round(some, 1),
            unit="s",
            peer="full run",
            peer_value=round(full, 1),
            ratio=round(some / full, 3),
        ),
    ]


def run_seconds(settings: Settings) -> float:
    code = "from pipelines.cli import main; main()"
    command = [sys.executable, "-c", code, "run", "--json"]
    began = time.monotonic()
    subprocess.run(
        command, check=True, cwd=settings.root, env=_environment(settings), stdout=subprocess.DEVNULL
    )
    return time.monotonic() - began


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, **settings.environment()}


def add_one_percent(settings: Settings, documents: int) -> int:
    """New requests for parts that exist, at outlets that exist, by the way every file takes."""
    known = pl.read_parquet(settings.clean_dir / "part_demand" / "*.parquet").select("outlet_id", "part_id")
    wanted = max(1, documents // 100)
    sample = known.sample(wanted, with_replacement=True, seed=1)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = settings.data_dir / "bench-new.csv"
    sample.with_columns(quantity=pl.lit(1), channel=pl.lit("counter"), demanded_at=pl.lit(now)).write_csv(
        path
    )
    return import_file(settings, path, "part_demand", constants={"state": "open"}).accepted


def figure(name: str, values: list[float], unit: str, *, peer: str, peers: list[float]) -> Figure:
    return Figure(
        name=name,
        value=round(statistics.median(values)),
        unit=unit,
        peer=peer,
        peer_value=round(statistics.median(peers)),
        ratio=round(ratio_of(values, peers), 3),
        runs=len(values),
    )


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    done = work()
    return done, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
