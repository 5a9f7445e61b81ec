"""The process that owns one embedded PostgreSQL server and ends with its last user.

Run by path (`python -I -S postgres_keeper.py JSON`), so it imports the standard library only.
Every process that uses the server holds a shared lock on `users.lock`; the kernel drops that lock
however the process ends, kill -9 included. The keeper waits for the exclusive lock: once it has
it nobody is left, and the server is stopped. A server that dies under its users is started again.
If the keeper itself is killed, the kernel sends the server its fast-shutdown signal.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TypedDict

GIVE_UP_AFTER = 6  # consecutive starts that lived less than a second
STOP_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


class Task(TypedDict):
    """What `postgres.start` hands over, as JSON."""

    command: list[str]
    data: str
    log: str
    users_lock: str
    keeper_lock: str
    user: int | None  # user and group of the server; None: who we are


def main(task: Task) -> int:
    """Keep the server up while it has users; 0 when the last one left, 1 when it will not start."""
    keeper_lock = os.open(task["keeper_lock"], os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(keeper_lock, fcntl.LOCK_EX)  # held to the end; a predecessor may still be stopping
    nobody_left = threading.Event()
    threading.Thread(target=_await_last_user, args=(task["users_lock"], nobody_left), daemon=True).start()
    short_lives = 0
    while not nobody_left.is_set() and short_lives < GIVE_UP_AFTER:
        _clear_the_way(Path(task["data"]))
        started = time.monotonic()
        if _serve(task, nobody_left) == 0:
            return 0
        short_lives = short_lives + 1 if time.monotonic() - started < 1 else 0
        nobody_left.wait(min(0.1 * 2**short_lives, 2.0) if short_lives else 0)
    return 0 if nobody_left.is_set() else 1


def die_with_parent(sign: signal.Signals = signal.SIGINT) -> None:
    """Run in a child before its program: the kernel sends it `sign` when its parent is gone.

    The setting is lost when the process changes its user, so it comes after that. Elsewhere than on
    Linux there is no such thing, and children stop only when their parent stops them.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, sign)


def _await_last_user(path: str, nobody_left: threading.Event) -> None:
    users = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(users, fcntl.LOCK_EX)  # never released: the next user waits until we are gone
    nobody_left.set()


def _serve(task: Task, nobody_left: threading.Event) -> int:
    """One life of the server; its exit code, 0 also when we stopped it."""
    with open(task["log"], "ab") as log:
        server = subprocess.Popen(
            task["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent,
            user=task["user"],
            group=task["user"],
            extra_groups=None if task["user"] is None else [],
        )
    stopper = threading.Thread(target=_stop_when, args=(server, nobody_left), daemon=True)
    stopper.start()
    return server.wait()


def _stop_when(server: subprocess.Popen[bytes], nobody_left: threading.Event) -> None:
    while server.poll() is None:
        if not nobody_left.wait(timeout=1.0):
            continue
        server.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended, data is flushed
        try:
            server.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)


def _clear_the_way(data: Path) -> None:
    """End a server that outlived its keeper, and drop a pid file that names somebody else's process.

    PostgreSQL refuses to start when the pid in a stale file is alive again under the same user,
    which is likely where every embedded server runs as the same unprivileged user.
    """
    pid_file = data / "postmaster.pid"
    for patience in range(100):
        pid = _pid_in(pid_file)
        if pid is None or not Path(f"/proc/{os.getpid()}").exists():
            return  # nothing left over, or no /proc to look in: PostgreSQL decides
        if not _works_in(pid, data):
            pid_file.unlink(missing_ok=True)
            return
        os.kill(pid, signal.SIGINT if patience < 50 else signal.SIGQUIT)
        time.sleep(0.1)


def _pid_in(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _works_in(pid: int, data: Path) -> bool:
    """A postmaster's working directory is its data directory."""
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
