"""A small published snapshot for the pages: six outlets, three series, thirty months, figures by formula.

Columns are those of the marts; tests/flow shows the same pages over what the pipeline really published.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
import streamlit as st
import uvicorn
import yaml
from psycopg import sql
from streamlit.testing.v1 import AppTest

from apps import menu
from apps.api_client import Api
from apps.session import read_token
from operational_api.accounts import create_account
from operational_api.app import create_app
from operational_api.document import Grant
from pipelines.ports import free_port
from pipelines.postgres import DatabaseRole, Server, handed_down
from pipelines.settings import Settings, read_settings
from pipelines.snapshot import Check, Draft, current_id
from tests.apps.opened import HOME, SECONDS
from tests.apps.outlet_tables import AS_OF, OUTLETS, small_tables

ROOT = Path(__file__).parents[2]


def metrics() -> list[dict[str, Any]]:
    """As the project declares them."""
    declared: list[dict[str, Any]] = yaml.safe_load((ROOT / "dbt_project" / "metrics.yml").read_text())[
        "metrics"
    ]
    return declared


def publish_small(root: Path, *, rows: int | None = None) -> str:
    """Publish the tables, at most `rows` of each."""
    draft = Draft(root)
    for name, frame in small_tables().items():
        draft.add(name, frame.head(rows) if rows is not None else frame, description=name)
    manifest = draft.publish(
        as_of_date=AS_OF,
        code_version="1",
        feed={"epoch": "e", "hi": 7},
        checks=[Check("grain", True, "error"), Check("late_file", False, "warn", "AE02 sent no stock file")],
        counts={"documents": 5000, "accepted": 4990, "rejected": 8, "duplicate": 2},
        metrics=metrics(),
        created_at=datetime.now(UTC),
    )
    return manifest.snapshot_id


@dataclass(frozen=True)
class Served:
    """A running API over the small snapshot; every account's password is PASSWORD."""

    settings: Settings
    url: str


PASSWORD = "sand and sea 42"
ACCOUNTS: tuple[dict[str, Any], ...] = (
    {"subject": "paula", "role": "oem_planner"},
    {"subject": "rana", "role": "regional_manager", "region_path": "MEA/GULF"},
    {"subject": "dina", "role": "data_engineer"},
    {"subject": "omar", "role": "dealer_staff", "positions": [Grant.PARTS], "outlets": ["AE01"]},
    {"subject": "cara", "role": "dealer_staff", "positions": [Grant.CONSULTANT], "outlets": ["AE01"]},
    {"subject": "mona", "role": "dealer_staff", "positions": [Grant.DEALER_MANAGER], "outlets": ["AE01"]},
    {"subject": "quin", "role": "oem_quality"},
    {"subject": "root", "role": "admin"},
)


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def no_snapshot(served: Served) -> Iterator[Path]:
    """The folder of snapshots, emptied; the next test publishes again."""
    shutil.rmtree(served.settings.snapshots_dir)
    yield served.settings.snapshots_dir
    shutil.rmtree(served.settings.snapshots_dir, ignore_errors=True)


@pytest.fixture
def empty_snapshot(no_snapshot: Path) -> Path:
    """The same tables without a row."""
    publish_small(no_snapshot, rows=0)
    return no_snapshot


@pytest.fixture
def served(pages_api: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The API over the small snapshot, and its address in the environment, where the pages look for it."""
    if current_id(pages_api.settings.snapshots_dir) is None:
        publish_small(pages_api.settings.snapshots_dir)
    for name, value in pages_api.settings.environment().items():
        monkeypatch.setenv(name, value)
    return pages_api


@pytest.fixture(scope="session")
def pages_api(
    cluster: Server,
    template_database: str,
    cluster_settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """One database and one API for all pages: what a page test writes, it recognises again as its own."""
    copied = sql.SQL("create database dms_pages owner dms_owner template {}")
    with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
        admin.execute("drop database if exists dms_pages with (force)")
        admin.execute(copied.format(sql.Identifier(template_database)))
    server = replace(cluster, database="dms_pages")
    settings = read_settings({"DMS_DATA_DIR": str(tmp_path_factory.mktemp("pages"))})
    settings.secrets_dir.mkdir(mode=0o700)
    shutil.copy(cluster_settings.database_passwords_path, settings.database_passwords_path)
    with serving(handed_down(settings, server), server) as found:
        yield found
    with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
        admin.execute("drop database dms_pages with (force)")


@contextmanager
def serving(settings: Settings, database: Server) -> Iterator[Served]:
    own = replace(settings, api_port=free_port())
    asyncio.run(_make_accounts(database.url(DatabaseRole.OWNER)))
    config = uvicorn.Config(create_app(own), port=own.api_port, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        _open_outlets(own.api_url)
        yield Served(own, own.api_url)
    finally:
        server.should_exit = True
        thread.join()


async def _make_accounts(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    for account in ACCOUNTS:
        await create_account(connection, password=PASSWORD, **account)
    await connection.close()


def _open_outlets(url: str) -> None:
    api = Api(url)
    api = Api(url, api.sign_in("root", PASSWORD))
    for code, name, market, region, currency, _ in OUTLETS:
        data = {
            "name": name,
            "legal_entity": name,
            "outlet_kind": "dealer",
            "market": market,
            "region_path": region,
            "city": name.rsplit(" ", 1)[-1],
            "timezone": "UTC",
            "currency": currency,
            "language": "en",
            "opened_date": "2019-01-01",
        }
        api.open("outlets", {"key": code, "data": data}, idempotency_key=f"outlet-{code}")


@pytest.fixture
def page(served, password: str) -> Callable[..., AppTest]:
    """Opens a page for a signed-in user, with filters in the address."""

    st.cache_data.clear()  # AppTest gives every app the same session

    def open_page(user: str, name: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(HOME), default_timeout=SECONDS)
        for parameter, value in query.items():
            app.query_params[parameter] = value
        app.session_state["dms_token"] = Api(served.url).sign_in(user, password)
        app.run()
        assert not app.exception
        if menu.first(read_token(app.session_state["dms_token"]).role) == name:
            return app  # it is the first page
        for parameter, value in query.items():
            app.query_params[parameter] = value
        return app.switch_page(f"views/{name}.py").run()

    return open_page
