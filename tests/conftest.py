"""What tests stand on: one PostgreSQL per run, one fresh migrated database per test, a browser.

The server is embedded, durable nothing, in a temporary folder; with DMS_TEST_DATABASE_URL (a
superuser's URL) the same tests run on that server instead. Faults are tested on servers of their own.
"""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from pipelines import postgres
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import Settings, read_settings

TEMPLATE = "dms_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """`@pytest.mark.anyio` tests run on asyncio, as the API does."""
    return "asyncio"


@pytest.fixture(scope="session")
def cluster_settings() -> Iterator[Settings]:
    """Settings of the run's server, in a temporary folder that an unprivileged server can enter."""
    folder = Path(tempfile.mkdtemp(prefix="dms-test-"))
    folder.chmod(0o711)
    given = os.environ.get("DMS_TEST_DATABASE_URL", "")
    yield read_settings({"DMS_DATA_DIR": str(folder), "DMS_DATABASE_URL": given})
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster(cluster_settings: Settings) -> Iterator[Server]:
    """The run's server."""
    with postgres.start(cluster_settings, fast_unsafe=True) as server:
        yield server
    if cluster_settings.database_url is None:
        postgres.drop_cluster(cluster_settings)


@pytest.fixture(scope="session")
def template_database(cluster: Server) -> Iterator[str]:
    """Name of a database migrated once, to be copied."""
    migrate = importlib.import_module("operational_api.migrate").migrate
    _create(cluster, TEMPLATE, template="template0")
    migrate(cluster.url(DatabaseRole.OWNER, database=TEMPLATE))
    yield TEMPLATE
    _drop(cluster, TEMPLATE)


@pytest.fixture
def database(cluster: Server, template_database: str) -> Iterator[Server]:
    """A fresh migrated database of its own: `database.url(DatabaseRole.APP)`."""
    name = f"dms_test_{next(_numbers)}"
    _create(cluster, name, template=template_database)
    yield dataclasses.replace(cluster, database=name)
    _drop(cluster, name)


@pytest.fixture
def settings(database: Server, cluster_settings: Settings, tmp_path: Path) -> Settings:
    """Settings with an empty data folder and this test's database; `postgres.start` finds it too."""
    own = read_settings({"DMS_DATA_DIR": str(tmp_path / "data")})
    own.secrets_dir.mkdir(mode=0o700, parents=True)
    shutil.copy(cluster_settings.database_passwords_path, own.database_passwords_path)
    url = urlsplit(database.admin_url)._replace(path=f"/{database.database}").geturl()
    return postgres.handed_down(dataclasses.replace(own, database_url=url), database)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium, installed when it is missing."""
    subprocess.run(["bash", str(Path(__file__).parent / "install-chromium")], check=True)
    return "/usr/bin/chromium"


def _create(server: Server, name: str, *, template: str) -> None:
    _drop(server, name)
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(
            # Copying files is half the work of writing 15 MB of log, here where nothing has to last.
            sql.SQL("create database {} owner {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(DatabaseRole.OWNER), sql.Identifier(template)
            )
        )


def _drop(server: Server, name: str) -> None:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--examples", type=int, default=1, help="requests an operation and mode (test_contract)")
    parser.addoption("--all-types", action="store_true", help="every document type (test_contract)")


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test outside the tiers would never run in `make test TIER=...`.

    Run side by side, a file stays in one process, and so does all that stands on the one demo; the slow tier
    comes first, so that no process is left alone with it.
    """
    tiers = {"fast", "db", "flow"}
    for item in items:
        own = tiers & {mark.name for mark in item.iter_markers()}
        if len(own) != 1:
            raise pytest.UsageError(f"{item.nodeid}: mark it with one of {', '.join(sorted(tiers))}")
        item.add_marker(pytest.mark.xdist_group("demo" if "demo" in item.fixturenames else str(item.path)))
    items.sort(key=lambda item: item.get_closest_marker("flow") is None)
