"""Services start, heal and end together; plain HTTP servers stand where the product's will."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import ports, postgres, services
from pipelines.services import Service, ServiceError
from pipelines.settings import read_settings

pytestmark = pytest.mark.flow


def web(folder: Path, name: str, *, port: int | None = None) -> Service:
    """A real service: Python's web server, healthy when it lists its folder."""
    port = port or ports.free_port()
    command = (
        sys.executable,
        "-m",
        "http.server",
        str(port),
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    )
    return Service(name, command, f"http://127.0.0.1:{port}/", folder / f"{name}.log", ())


def broken(folder: Path, code: str) -> Service:
    return Service("broken", (sys.executable, "-c", code), "http://127.0.0.1:9/", folder / "broken.log", ())


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "waited 30 s"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_services_are_healthy_inside_the_block_and_gone_after_it(tmp_path: Path):
    with services._running([web(tmp_path, "a"), web(tmp_path, "b")]) as children:
        services._await_all_healthy(children)
        pids = [child.process.pid for child in children]
        assert all(services.is_healthy(child.service) for child in children)
    assert all(gone(pid) for pid in pids)


def test_one_that_cannot_start_is_named_with_its_last_words_and_takes_the_others_down(tmp_path: Path):
    wanted = [web(tmp_path, "a"), broken(tmp_path, "import sys; print('no such brand'); sys.exit(3)")]
    named = r"broken ended with 3\. .*broken\.log ends with:\nno such brand"
    with pytest.raises(ServiceError, match=named), services._running(wanted) as children:
        services._await_all_healthy(children)
    assert all(gone(child.process.pid) for child in children)


def test_a_service_killed_alone_is_started_again(tmp_path: Path):
    said: list[str] = []
    with services._running([web(tmp_path, "a")]) as children:
        services._await_all_healthy(children)
        first = children[0].process.pid

        def kill_then_stop_when_back() -> None:
            os.kill(first, signal.SIGKILL)
            wait_until(lambda: children[0].process.pid != first and services.is_healthy(children[0].service))
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=kill_then_stop_when_back).start()
        with contextlib.suppress(KeyboardInterrupt):
            services._tend(children, said.append)
    assert said == ["a ended with -9; started again"]


def test_a_service_that_keeps_ending_stops_everything_with_its_last_words(tmp_path: Path):
    service = broken(tmp_path, "print('out of parts')")
    told = r"broken keeps ending \(last with 0\)(.|\n)*out of parts"
    with services._running([service]) as children, pytest.raises(ServiceError, match=told):
        services._tend(children, lambda line: None)


def test_children_and_their_children_die_with_a_parent_that_is_killed(tmp_path: Path):
    code = (
        "import sys, time; from pathlib import Path; from pipelines import services\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "folder = Path(sys.argv[1])\n"
        "command = (sys.executable, '-c', 'import time; time.sleep(60)')\n"
        "one = services.Service('a', command, None, folder / 'a.log', ())\n"
        "with services._running([one]) as children:\n"
        "    print(children[0].process.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not gone(child)
    parent.kill()
    parent.communicate()
    wait_until(lambda: gone(child))


def test_the_api_serves_a_migrated_database_and_is_given_no_other_role_than_its_own():
    folder = Path(tempfile.mkdtemp(prefix="dms-api-"))
    folder.chmod(0o711)  # the database's user comes here
    settings = read_settings({"DMS_DATA_DIR": str(folder), "DMS_API_PORT": str(ports.free_port())})
    try:
        with services.api(settings, fast_unsafe=True) as running:
            with urllib.request.urlopen(f"{settings.api_url}/readyz") as answer:
                assert answer.status == 200
            environment = Path(f"/proc/{running.process.pid}/environ").read_bytes().decode().split("\0")
            assert [v.split("=")[0] for v in environment if v.startswith("DMS_URL_")] == ["DMS_URL_APP"]
        assert ports.is_free(settings.api_port)
    finally:
        postgres.drop_cluster(settings)
        shutil.rmtree(folder)


def test_a_second_up_of_the_same_data_is_refused_with_the_way_to_stop_the_first(tmp_path: Path):
    settings = read_settings({"DMS_DATA_DIR": str(tmp_path)})
    with services.only_one(settings), pytest.raises(ServiceError, match="dms down"):
        services.only_one(settings).__enter__()
    with services.only_one(settings):
        pass


def test_down_without_up_has_nothing_to_stop_even_after_a_crash_left_its_note(tmp_path: Path):
    settings = read_settings({"DMS_DATA_DIR": str(tmp_path)})
    assert services.down(settings) is False
    (tmp_path / "up.json").write_text('{"pid": 1}')
    (tmp_path / "up.lock").touch()
    assert services.down(settings) is False
