"""`dms doctor`: is this machine fit to run the product, and if not, what to do.

In: `Settings`. Out: one `Finding` per thing looked at. Nothing is started or changed, but for the
data folder, which is created.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines import ports, postgres
from pipelines.settings import Settings

NEEDED_BYTES = 5 * 10**9  # environment 1.2 GB, size m about 2 GB, snapshots kept
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `told` carries the remedy when it is not fine."""

    what: str
    is_fine: bool
    told: str


def examine(settings: Settings) -> list[Finding]:
    """Everything looked at, in the order in which it would fail."""
    return [
        _python(),
        _lock(settings),
        _data_folder(settings),
        _disk(settings),
        *_ports(settings),
        _database(settings),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    is_fine = sys.version_info >= (3, 11)
    return Finding("python", is_fine, version if is_fine else f"{version}: 3.11 or newer is needed")


def _lock(settings: Settings) -> Finding:
    """Installed versions against requirements.txt, for the markers of this machine."""
    differing = sorted(_differences((settings.root / "requirements.txt").read_text()))
    if differing:
        told = f"{', '.join(differing[:5])}{' ...' if len(differing) > 5 else ''}: run: make environment"
        return Finding("lock", False, told)
    return Finding("lock", True, "every installed package has its locked version")


def _differences(requirements: str) -> Iterator[str]:
    from packaging.markers import Marker

    for line in requirements.splitlines():
        pin = _PIN.match(line)
        if pin is None or (pin[3] and not Marker(pin[3]).evaluate()):
            continue
        try:
            installed = importlib.metadata.version(pin[1])
        except importlib.metadata.PackageNotFoundError:
            yield f"{pin[1]} is missing"
        else:
            if installed != pin[2]:
                yield f"{pin[1]} is {installed}, locked {pin[2]}"


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Finding(
            "data folder", False, f"{folder}: {error.strerror}: export DMS_DATA_DIR=/another/folder"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("data folder", False, f"{folder} is not writable: chown it to {os.geteuid()}")
    return Finding("data folder", True, str(folder))


def _disk(settings: Settings) -> Finding:
    place = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(place).free
    told = f"{free / 1e9:.1f} GB free"
    if free < NEEDED_BYTES:
        told += f", {NEEDED_BYTES / 1e9:.0f} GB needed: export DMS_DATA_DIR=/larger/disk"
    return Finding("disk", free >= NEEDED_BYTES, told)


def _ports(settings: Settings) -> Iterator[Finding]:
    for name, port in (
        ("api", settings.api_port),
        ("dagster", settings.dagster_port),
        ("apps", settings.apps_port),
    ):
        if ports.is_free(port):
            yield Finding(f"port {port}", True, f"free for {name}")
        else:
            yield _taken(name, port)


def _taken(name: str, port: int) -> Finding:
    """Taken by ourselves is fine."""
    held_by = ports.holder(port) or "an unknown process"
    is_ours = any(word in held_by for word in ("uvicorn", "streamlit", "dagster"))
    remedy = "" if is_ours else f": stop that, or export DMS_{name.upper()}_PORT={ports.free_port()}"
    return Finding(f"port {port}", is_ours, f"used by {held_by}{remedy}")


def _database(settings: Settings) -> Finding:
    try:
        server = postgres.running(settings)
    except postgres.PostgresError as error:
        return Finding("database", False, str(error))
    if server is not None:
        return Finding("database", True, f"{server.database} answers at {server.host}")
    if settings.database_url is not None:
        return Finding("database", False, "DMS_DATABASE_URL does not answer: check host, user and password")
    return Finding("database", True, "embedded, not running now; commands start it when they need it")
