"""Which TCP ports of this machine are free, and who holds one that is not.

In: a port number. Out: a sentence naming port, holder and remedy. Holders are known on Linux only.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LISTENING = "0A"


class PortTakenError(RuntimeError):
    """A port we need is in use."""


def demand_free(port: int, variable: str) -> None:
    """Raise PortTakenError when `port` is taken; `variable` is the setting that chooses another."""
    if is_free(port):
        return
    held_by = holder(port)
    who = f" by {held_by}" if held_by else ""
    raise PortTakenError(
        f"port {port} is taken{who}: stop that, or choose another: export {variable}={free_port()}"
    )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def holder(port: int) -> str | None:
    """`name (process 123)` of the listener, as far as we may see it."""
    inodes = _listening_inodes(port)
    for entry in Path("/proc").glob("[0-9]*") if inodes else ():
        with contextlib.suppress(OSError):
            for descriptor in (entry / "fd").iterdir():
                if os.readlink(descriptor) in inodes:
                    return f"{_command(entry)} (process {entry.name})"
    return None


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            columns = line.split()
            if columns[3] == _LISTENING and int(columns[1].rsplit(":", 1)[1], 16) == port:
                found.add(f"socket:[{columns[9]}]")
    return found


def _command(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    names = [Path(word).name for word in words if word and not word.startswith("-")]
    return " ".join(names[:3]) or (process / "comm").read_text().strip()
