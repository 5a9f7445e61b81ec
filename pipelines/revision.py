"""Draft a migration: what the declarations have and the migrated schema has not.

In: the declarations and an empty scratch database, migrated to the newest revision. Out: a new file
in `operational_api/migrations/versions/`, to be read before it is committed.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from psycopg import sql

from operational_api.migrate import SCRIPTS, alembic_config, sqlalchemy_url
from pipelines import postgres
from pipelines.postgres import DatabaseRole, Server
from pipelines.settings import Settings

SCRATCH = "dms_revision"


def draft_revision(settings: Settings, message: str) -> Path:
    """Path of the drafted revision; numbered after the newest one."""
    with postgres.start(settings) as server:
        _execute(server, "drop database if exists {} with (force)", SCRATCH)
        _execute(server, "create database {} owner {} template template0", SCRATCH, DatabaseRole.OWNER)
        try:
            return _compare(server.url(DatabaseRole.OWNER, database=SCRATCH), message)
        finally:
            _execute(server, "drop database {} with (force)", SCRATCH)


def _compare(owner_url: str, message: str) -> Path:
    number = f"{len(list((SCRIPTS / 'versions').glob('[0-9]*.py'))) + 1:04}"
    engine = sa.create_engine(sqlalchemy_url(owner_url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    with engine.begin() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Did not recognize type 'xid8'")  # ours, and never compared
        drafted = command.revision(alembic_config(connection), message, autogenerate=True, rev_id=number)
    assert drafted is not None
    assert not isinstance(drafted, list)
    return Path(drafted.path)


def _execute(server: Server, statement: str, *names: str) -> None:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
