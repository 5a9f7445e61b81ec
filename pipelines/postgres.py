"""The database as a resource: started when needed, shared while used, gone after its last user.

In: `Settings`. Out: a `Server`, which gives a URL per role and driver. Without DMS_DATABASE_URL it
is the embedded PostgreSQL 18 on a unix socket; with it, the same roles are made on that server.
`start` may be called by any number of processes: each holds a shared file lock while it works,
and the keeper (`postgres_keeper.py`) stops the server when the last lock is gone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from pipelines import postgres_keeper
from pipelines.postgres_cluster import (
    DATABASE,
    PORT,
    SERVING,
    Cluster,
    DatabaseRole,
    PostgresError,
    drop_cluster,
    ensure_cluster,
    hold_lock,
    is_locked,
    locate_cluster,
    read_passwords,
)
from pipelines.settings import Settings

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

__all__ = [
    "Cluster",
    "DatabaseRole",
    "Driver",
    "PostgresError",
    "Server",
    "drop_cluster",
    "ensure_cluster",
    "handed_down",
    "running",
    "start",
]

READY_SECONDS = 60.0  # replaying the log after a crash of a large write may take that long

# An idle transaction that holds an xid stalls the change feed for everybody.
_SESSION = {"timezone": "UTC", "idle_in_transaction_session_timeout": "60s"}
_DURABLE = {
    **_SESSION,
    "listen_addresses": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "log_error_verbosity": "terse",  # the detail of a broken rule repeats the whole row, persons included
    "jit": "off",  # statements here are short; compiling them costs more than it saves
}
_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Driver(StrEnum):
    """Who reads the URL."""

    ASYNCPG = "postgresql"
    LIBPQ = "postgres"  # psycopg, ADBC, psql, pgbench; written postgresql:// as well
    SQLALCHEMY = "postgresql+psycopg"  # Alembic


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers. Secrets are kept out of its repr."""

    host: str  # a name, an address, or the folder of the socket
    port: int
    database: str
    passwords: Mapping[str, str] = field(repr=False)
    admin_url: str = field(repr=False)  # of a user that may create databases
    options: tuple[tuple[str, str], ...] = ()  # of a given URL: sslmode and the like
    data: Path | None = None  # data directory of the embedded server

    def url(self, role: DatabaseRole, *, driver: Driver = Driver.LIBPQ, database: str | None = None) -> str:
        """Address and credentials of `role`; `database` replaces the default one."""
        login = f"{quote(role, safe='')}:{quote(self.passwords[role], safe='')}"
        scheme = "postgresql" if driver is Driver.LIBPQ else driver.value
        path = quote(database or self.database, safe="")
        if self.host.startswith("/"):
            options = urlencode([("host", self.host), ("port", str(self.port)), *self.options])
            return f"{scheme}://{login}@/{path}?{options}"
        options = f"?{urlencode(self.options)}" if self.options else ""
        return f"{scheme}://{login}@{self.host}:{self.port}/{path}{options}"

    @property
    def pid(self) -> int | None:
        """Process id of the embedded postmaster; None for a server of somebody else's."""
        return None if self.data is None else _postmaster(self.data)[0]


@contextlib.contextmanager
def start(settings: Settings, *, fast_unsafe: bool = False) -> Iterator[Server]:
    """A ready server for the length of the block; a running one is shared.

    `fast_unsafe` (tests only) turns durability off when this call is the one that starts it.
    """
    if settings.database_url is not None:
        yield _given_server(settings, settings.database_url)
        return
    cluster = locate_cluster(settings)
    with hold_lock(cluster.users_lock, fcntl.LOCK_SH):
        with hold_lock(cluster.start_lock, fcntl.LOCK_EX):
            ensure_cluster(settings, fast_unsafe=fast_unsafe)
            _await_ready(cluster, _UNSAFE if fast_unsafe else {})
        yield _embedded_server(cluster, read_passwords(settings))


def running(settings: Settings) -> Server | None:
    """The server if it answers now; nothing is started, and it may stop at any time."""
    if settings.database_url is not None:
        with contextlib.suppress(PostgresError):
            return _given_server(settings, settings.database_url)
        return None
    if not (settings.data_dir / "postgres.home").exists():
        return None
    cluster = locate_cluster(settings)
    return _embedded_server(cluster, read_passwords(settings)) if _is_ready(cluster) else None


def handed_down(settings: Settings, server: Server, *, roles: Sequence[DatabaseRole] = SERVING) -> Settings:
    """The same settings with the URLs of `roles`, for code and processes that do not start databases."""
    urls = {role.value: server.url(role) for role in roles}
    return dataclasses.replace(settings, role_urls=urls)


# --- embedded -----------------------------------------------------------------------------------


def _embedded_server(cluster: Cluster, passwords: Mapping[str, str]) -> Server:
    server = Server(str(cluster.socket_dir), PORT, DATABASE, passwords, admin_url="", data=cluster.data)
    return dataclasses.replace(server, admin_url=server.url(DatabaseRole.BOOTSTRAP, database="postgres"))


def _await_ready(cluster: Cluster, options: Mapping[str, str]) -> None:
    """Return when the server answers; start its keeper unless one is at work."""
    deadline = time.monotonic() + READY_SECONDS
    keeper: subprocess.Popen[bytes] | None = None
    while not _is_ready(cluster):
        if time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL did not answer in {READY_SECONDS:.0f} s{_last_words(cluster)}")
        if not is_locked(cluster.keeper_lock):
            if keeper is not None and keeper.poll() is not None:
                raise PostgresError(f"PostgreSQL does not start{_last_words(cluster)}")
            keeper = keeper or _spawn_keeper(cluster, options)
        time.sleep(0.01)


def _spawn_keeper(cluster: Cluster, options: Mapping[str, str]) -> subprocess.Popen[bytes]:
    given = {**_DURABLE, **options, "unix_socket_directories": str(cluster.socket_dir)}
    command = [str(cluster.binaries / "postgres"), "-D", str(cluster.data), "-p", str(PORT)]
    task = postgres_keeper.Task(
        command=[*command, *(f"--{name}={value}" for name, value in given.items())],
        data=str(cluster.data),
        log=str(cluster.log_path),
        users_lock=str(cluster.users_lock),
        keeper_lock=str(cluster.keeper_lock),
        user=cluster.user,
    )
    with cluster.log_path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", postgres_keeper.__file__, json.dumps(task)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the command, not for its database
        )


def _is_ready(cluster: Cluster) -> bool:
    """Kept by a keeper, says it is ready, and takes connections."""
    pid, status = _postmaster(cluster.data)
    if pid is None or status != "ready" or not is_locked(cluster.keeper_lock):
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(cluster.socket_dir / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def _postmaster(data: Path) -> tuple[int | None, str]:
    """Process id and status as the postmaster itself writes them (line 1 and 8 of its pid file)."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return None, "absent"
    return (int(lines[0]), lines[7].strip()) if len(lines) > 7 and lines[0].isdigit() else (None, "starting")


def _last_words(cluster: Cluster) -> str:
    lines = (
        cluster.log_path.read_text(errors="replace").splitlines()[-6:] if cluster.log_path.exists() else []
    )
    return f". {cluster.log_path} ends with:\n" + "\n".join(lines)


# --- a server of somebody else's ----------------------------------------------------------------


def _given_server(settings: Settings, url: str) -> Server:
    """The server at DMS_DATABASE_URL, with our roles on it. Its user must be able to create roles."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or "127.0.0.1"
    port = int(options.pop("port", None) or parts.port or 5432)
    for credential in ("user", "password"):
        options.pop(credential, None)
    database = unquote(parts.path.lstrip("/")) or DATABASE
    server = Server(host, port, database, read_passwords(settings), url, tuple(options.items()))
    _ensure_roles(server, url)
    return server


def _ensure_roles(server: Server, url: str) -> None:
    """Create the serving roles, or give them our passwords, unless they already let us in."""
    import psycopg  # not needed for the embedded server, and slow to import

    if all(_lets_in(server, role) for role in SERVING):
        return
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as admin:
            for role in SERVING:
                _ensure_role(admin, role, server.passwords[role])
            _grant(admin, server.database)
    except psycopg.Error as error:
        raise PostgresError(
            f"DMS_DATABASE_URL: {str(error).strip()}. Its user must reach database {server.database} and "
            f"be allowed to create roles; or create {', '.join(SERVING)} yourself, with the passwords in "
            "secrets/database-passwords.json of the data folder"
        ) from error


def _lets_in(server: Server, role: DatabaseRole) -> bool:
    import psycopg

    try:
        psycopg.connect(server.url(role), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_role(admin: Connection, role: DatabaseRole, password: str) -> None:
    """Say nothing of superuser or bypassrls: only a superuser may, and both are off for a new role."""
    from psycopg import sql

    known = "select rolsuper or rolbypassrls from pg_roles where rolname = %s"
    privileged = [row[0] for row in admin.execute(known, [role.value])]
    if any(privileged):
        raise PostgresError(
            f"DMS_DATABASE_URL: role {role} there escapes row-level security. "
            f"Take that away: alter role {role} nosuperuser nobypassrls"
        )
    admin.execute(
        sql.SQL("{} role {} login password {}").format(
            sql.SQL("alter" if privileged else "create"), sql.Identifier(role), sql.Literal(password)
        )
    )
    for name, setting in _SESSION.items():
        statement = sql.SQL("alter role {} set {} to {}")
        admin.execute(statement.format(sql.Identifier(role), sql.Identifier(name), sql.Literal(setting)))


def _grant(admin: Connection, database: str) -> None:
    from psycopg import sql

    name = sql.Identifier(database)
    admin.execute(sql.SQL("grant all on database {} to {}").format(name, sql.Identifier(DatabaseRole.OWNER)))
    admin.execute(sql.SQL("grant all on schema public to {}").format(sql.Identifier(DatabaseRole.OWNER)))
    for role in (DatabaseRole.APP, DatabaseRole.EXTRACT):
        admin.execute(sql.SQL("grant connect on database {} to {}").format(name, sql.Identifier(role)))
