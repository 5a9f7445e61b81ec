"""One small demo for every flow test: seeded, run once, and for the browser everything up.

Tests that change it must leave it usable for those that follow; faults are tested on data of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines import ports, postgres
from pipelines.settings import Settings, read_settings


def run_dms(settings: Settings, *arguments: str) -> str:
    """Output of `dms ...` on these settings; fails with what it said when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        env={**os.environ, "DMS_DATABASE_URL": "", **settings.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"dms {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-4000:]}"
    )
    return done.stdout


@pytest.fixture(scope="session")
def dms() -> Callable[..., str]:
    """`run_dms` for tests that bring their own settings."""
    return run_dms


@pytest.fixture(scope="session")
def demo() -> Iterator[Settings]:
    """Settings of a demo of size s: loaded through the bulk interface, one snapshot published."""
    folder = Path(tempfile.mkdtemp(prefix="dms-demo-"))
    folder.chmod(0o711)  # the database's user comes here
    free = {f"DMS_{name}_PORT": str(ports.free_port()) for name in ("API", "DAGSTER", "APPS")}
    settings = read_settings({"DMS_DATA_DIR": str(folder), **free})
    run_dms(settings, "demo", "--no-serve")
    yield settings
    postgres.drop_cluster(settings)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def everything_up(demo: Settings) -> Iterator[Settings]:
    """`dms up` of the demo: API, Dagster, pages."""
    run_dms(demo, "up", "--detach")
    yield demo
    run_dms(demo, "down")
