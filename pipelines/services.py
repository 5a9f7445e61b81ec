"""What `dms up` starts: API, Dagster, Streamlit, and the database below them; all end together.

In: `Settings`. Out: running services, each with a log in `log_dir` and a health address. Children
die with this process, kill -9 included; a service that dies alone is started again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines import postgres
from pipelines.ports import demand_free
from pipelines.postgres import DatabaseRole, Server
from pipelines.postgres_cluster import hold_lock, short_socket_path
from pipelines.postgres_keeper import die_with_parent
from pipelines.settings import ROOT, Settings

HEALTHY_SECONDS = 120.0  # Dagster imports dbt before it answers
STOP_SECONDS = 15.0
RESTARTS = 3  # within RESTART_WINDOW_SECONDS; then the service is broken, not unlucky
RESTART_WINDOW_SECONDS = 60.0


class ServiceError(RuntimeError):
    """A service cannot be had; says which, why and where its log is."""


@dataclass(frozen=True, slots=True)
class Service:
    """One child process and how to know that it works."""

    name: str
    command: tuple[str, ...]
    health_url: str | None  # None: nothing to ask, it only has to stay alive
    log_path: Path
    environment: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Running:
    """A started service."""

    service: Service
    process: subprocess.Popen[bytes]


def up(settings: Settings, *, announce: Callable[[Settings], None], say: Callable[[str], None]) -> None:
    """Run everything in the foreground until SIGINT or SIGTERM, then stop everything.

    `announce` is called once when all services are healthy, `say` when one had to be started again.
    """
    with only_one(settings), postgres.start(settings) as server:
        for variable, port in _ports(settings).items():
            demand_free(port, variable)
        services = [_api(settings, server, workers=1), *_dagster(settings), _streamlit(settings)]
        with _running(services) as children:
            _await_all_healthy(children)
            _state_path(settings).write_text(json.dumps({"pid": os.getpid()}))
            announce(settings)
            with contextlib.suppress(KeyboardInterrupt):
                _tend(children, say)


@contextlib.contextmanager
def api(settings: Settings, *, workers: int = 1, fast_unsafe: bool = False) -> Iterator[Running]:
    """PostgreSQL, migrated, and the API alone, at `settings.api_url`, for the length of the block."""
    with postgres.start(settings, fast_unsafe=fast_unsafe) as server:
        demand_free(settings.api_port, "DMS_API_PORT")
        with _running([_api(settings, server, workers=workers)]) as children:
            _await_all_healthy(children)
            yield children[0]


def detach(settings: Settings) -> None:
    """Start `dms up` as a process that stays, and return when it is ready."""
    log_path = _log_path(settings, "up")
    _state_path(settings).unlink(missing_ok=True)
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", "up"],
            cwd=settings.root,
            env={**os.environ, **settings.environment()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not _state_path(settings).exists():
        if process.poll() is not None:
            raise ServiceError(log_path.read_text().strip() or f"`dms up` ended; see {log_path}")
        time.sleep(0.1)


def down(settings: Settings) -> bool:
    """End the `dms up` of these settings and wait for it; False when none is running."""
    if not _is_up(settings):
        return False
    pid = json.loads(_state_path(settings).read_text())["pid"]
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 2 * STOP_SECONDS
    while _is_up(settings):
        if time.monotonic() > deadline:
            raise ServiceError(f"`dms up` (process {pid}) does not stop: end it with kill -9 {pid}")
        time.sleep(0.05)
    return True


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Held by the one `dms up` of a data folder."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(_up_lock(settings), fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            raise ServiceError(
                f"everything is up already for {settings.data_dir}: use it, or stop it with: dms down"
            ) from None
        stack.callback(_state_path(settings).unlink, missing_ok=True)
        yield


def _is_up(settings: Settings) -> bool:
    if not _state_path(settings).exists():
        return False
    try:
        with hold_lock(_up_lock(settings), fcntl.LOCK_SH | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def _up_lock(settings: Settings) -> Path:
    return settings.data_dir / "up.lock"


def _state_path(settings: Settings) -> Path:
    return settings.data_dir / "up.json"


def _ports(settings: Settings) -> dict[str, int]:
    return {
        "DMS_API_PORT": settings.api_port,
        "DMS_DAGSTER_PORT": settings.dagster_port,
        "DMS_APPS_PORT": settings.apps_port,
    }


# --- the services -------------------------------------------------------------------------------


def _api(settings: Settings, server: Server, *, workers: int) -> Service:
    """Migrates first. The API gets the URL of its own role and of no other."""
    from operational_api.migrate import migrate

    migrate(server.url(DatabaseRole.OWNER))
    own = postgres.handed_down(settings, server, roles=[DatabaseRole.APP])
    command = ["python", "-m", "operational_api.serve", "--port", str(settings.api_port)]
    return _service(own, "api", [*command, "--workers", str(workers)], f"{settings.api_url}/readyz")


def _dagster(settings: Settings) -> list[Service]:
    """One process holds the definitions; web server and daemon ask it, so dbt is imported once."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(_DAGSTER_YAML)
    _create_dagster_storage(home)
    code_socket = short_socket_path(home / "code.sock")
    code_socket.parent.mkdir(mode=0o700, exist_ok=True)
    code_socket.unlink(missing_ok=True)
    workspace = home / "workspace.yaml"
    workspace.write_text(f"load_from:\n  - grpc_server: {{socket: {code_socket}, location_name: dms}}\n")
    definitions = ["dagster", "api", "grpc", "--socket", str(code_socket), "-m", "pipelines.definitions"]
    web = ["dagster-webserver", "-h", "127.0.0.1", "-p", str(settings.dagster_port), "-w", str(workspace)]
    daemon = ["dagster-daemon", "run", "-w", str(workspace)]
    return [
        _service(settings, "dagster-definitions", definitions, None),
        _service(settings, "dagster", web, f"{settings.dagster_url}/server_info"),
        _service(settings, "dagster-daemon", daemon, None),
    ]


def _create_dagster_storage(home: Path) -> None:
    """Once, before anybody else: two processes that create Dagster's tables at once spoil them for good."""
    if (home / "schedules" / "schedules.db").exists():
        return
    make = [sys.executable, "-c", "import dagster; dagster.DagsterInstance.get()"]
    done = subprocess.run(
        make, env={**os.environ, "DAGSTER_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServiceError(f"Dagster cannot create its tables in {home}: {done.stderr.strip()[-800:]}")


_DAGSTER_YAML = """\
telemetry: {enabled: false}
concurrency:
  runs: {max_concurrent_runs: 1}  # one writer of the warehouse at a time
"""


def _streamlit(settings: Settings) -> Service:
    command = ["streamlit", "run", str(settings.root / "apps" / "server.py")]
    options = {
        "server.address": "127.0.0.1",
        "server.port": str(settings.apps_port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return _service(settings, "apps", [*command, *arguments], f"{settings.apps_url}/_stcore/health")


def _service(settings: Settings, name: str, command: Sequence[str], health_url: str | None) -> Service:
    program, *arguments = command
    own = {**settings.environment(), "DAGSTER_HOME": str(settings.dagster_home), "PYTHONUNBUFFERED": "1"}
    beside = Path(sys.executable).parent / program  # of this environment, whatever PATH says
    return Service(name, (str(beside), *arguments), health_url, _log_path(settings, name), tuple(own.items()))


def _log_path(settings: Settings, name: str) -> Path:
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    return settings.log_dir / f"{name}.log"


# --- processes ----------------------------------------------------------------------------------


@contextlib.contextmanager
def _running(services: Sequence[Service]) -> Iterator[list[Running]]:
    """All services started, and all ended at the end of the block, whatever happens in it."""
    children: list[Running] = []
    with _terminated_like_interrupted():
        try:
            for service in services:
                children.append(Running(service, _spawn(service)))
            yield children
        finally:
            _stop([child.process for child in children])


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM unwinds the stack as Ctrl-C does, so that children are stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's business
        return

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {sign: signal.signal(sign, interrupt) for sign in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _spawn(service: Service) -> subprocess.Popen[bytes]:
    # A service gets the database roles meant for it, not those its parent happens to hold.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DMS_URL_")}
    with service.log_path.open("ab") as log:
        return subprocess.Popen(
            service.command,
            env={**inherited, **dict(service.environment)},
            cwd=ROOT,  # where Streamlit looks for its configuration
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_prepare_child,
        )


def _prepare_child() -> None:
    """A shell's background job ignores SIGINT, and children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    die_with_parent(signal.SIGTERM)


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask each group to end; what is left after STOP_SECONDS is killed."""
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        _signal_group(process, signal.SIGKILL)  # also what the service left behind
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, sign)


def _await_all_healthy(children: Sequence[Running]) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    for child in children:
        while not is_healthy(child.service):
            if child.process.poll() is not None:
                raise ServiceError(
                    f"{child.service.name} ended with {child.process.returncode}{_last_words(child)}"
                )
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"{child.service.name} is not healthy after {HEALTHY_SECONDS:.0f} s{_last_words(child)}"
                )
            time.sleep(0.1)


def is_healthy(service: Service) -> bool:
    """Whether it answers 200 at its health address."""
    if service.health_url is None:
        return True
    try:
        with urllib.request.urlopen(service.health_url, timeout=5) as answer:  # noqa: S310 (our own http://)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _tend(children: Sequence[Running], say: Callable[[str], None]) -> None:
    """Start again what dies; give up on a service that keeps dying."""
    deaths: dict[str, list[float]] = {}
    while True:
        time.sleep(0.5)
        for child in children:
            code = child.process.poll()
            if code is None:
                continue
            _signal_group(child.process, signal.SIGKILL)  # its workers hold the port
            now = time.monotonic()
            name = child.service.name
            recent = [at for at in deaths.get(name, []) if now - at < RESTART_WINDOW_SECONDS]
            if len(recent) >= RESTARTS:
                raise ServiceError(f"{name} keeps ending (last with {code}){_last_words(child)}")
            deaths[name] = [*recent, now]
            say(f"{name} ended with {code}; started again")
            child.process = _spawn(child.service)


def _last_words(child: Running) -> str:
    log_path = child.service.log_path
    lines = log_path.read_text(errors="replace").splitlines()[-8:]
    return f". {log_path} ends with:\n" + "\n".join(lines)
