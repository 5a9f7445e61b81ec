"""`dms up`: everything answers, heals, and leaves nothing behind, however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines import ports, postgres
from pipelines.settings import Settings, read_settings

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]


@pytest.fixture
def own() -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="dms-up-"))
    folder.chmod(0o711)  # the database's user comes here
    free = {f"DMS_{name}_PORT": str(ports.free_port()) for name in ("API", "DAGSTER", "APPS")}
    settings = read_settings({"DMS_DATA_DIR": str(folder), **free})
    yield settings
    dms(settings, "down")
    postgres.drop_cluster(settings)
    shutil.rmtree(folder)


def dms(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        env={**os.environ, "DMS_DATABASE_URL": "", **settings.environment()},
        capture_output=True,
        text=True,
        check=False,
    )


def wait_until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s"
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def jobs(settings: Settings) -> list[str]:
    """Names of the jobs that Dagster's web server offers."""
    query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { jobs { name } } } } }"
    request = urllib.request.Request(
        f"{settings.dagster_url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        found = json.load(answer)["data"]["repositoriesOrError"].get("nodes", [])
    return [job["name"] for repository in found for job in repository["jobs"]]


def processes_of(settings: Settings) -> set[int]:
    """Every process that was given this data folder, in its arguments or its environment."""
    mark = str(settings.data_dir).encode()
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes() or mark in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except OSError:
            continue
    return found - {os.getpid()}


def listener(port: int) -> int:
    held_by = ports.holder(port)
    assert held_by is not None
    return int(held_by.rsplit(" ", 1)[1].rstrip(")"))


def test_up_serves_everything_heals_a_killed_service_and_goes_without_a_trace(own: Settings):
    started = dms(own, "up", "--detach")
    assert started.returncode == 0, started.stderr
    for address in (f"{own.api_url}/desk", own.dagster_url, own.apps_url):
        assert address in started.stdout
    for url in (f"{own.api_url}/readyz", f"{own.dagster_url}/server_info", f"{own.apps_url}/_stcore/health"):
        assert answers(url), url

    wait_until(lambda: "everything" in jobs(own))

    again = dms(own, "up")
    assert again.returncode == 2
    assert "up already" in again.stderr

    api = listener(own.api_port)
    os.kill(api, signal.SIGKILL)
    wait_until(lambda: answers(f"{own.api_url}/readyz") and listener(own.api_port) != api)

    stopped = dms(own, "down")
    assert stopped.stdout == "stopped\n"
    wait_until(lambda: not processes_of(own), 20)


def test_a_killed_up_takes_every_service_and_the_database_with_it(own: Settings):
    assert dms(own, "up", "--detach").returncode == 0
    assert len(processes_of(own)) >= 6  # itself, API, three of Dagster, pages, keeper, server
    pid = int((own.data_dir / "up.json").read_text().split(":")[1].strip(" }"))
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes_of(own), 60)
