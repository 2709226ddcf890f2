"""Which process this is, and whether another one lives. Knows nothing of what they do."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import getnode

_LINUX = sys.platform == "linux"


class Process(NamedTuple):
    """A process of some machine. None has the same for all four, also after a restart."""

    host: str
    """What people call the machine."""
    machine: str
    """What tells the machine, as it was started last, from others; a container is one of its own."""
    pid: int
    started: str
    """When it was started, as the machine counts."""


def this_process() -> Process:
    """This process.

    Example:
        >>> lives(this_process())
        True
    """
    return _process(os.getpid())


@cache
def _process(pid: int) -> Process:
    return Process(platform.node(), _machine(), pid, _started(pid) or "")


@cache
def _machine() -> str:
    if _LINUX:
        with suppress(OSError):
            return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {os.readlink('/proc/self/ns/pid')}"
    return f"{platform.node()} {getnode():x}"


def lives(process: Process, *, here: bool = False) -> bool | None:
    """Whether a process lives; ``None`` where that cannot be told from here.

    Args:
        process: The process.
        here: Whether it was one of this computer for sure, though maybe of another container, or before a restart.
    """
    machine = _machine()
    if process.machine != machine and not (here and not _LINUX):  # whose names change, but not its numbers
        boots = {_boot(process.machine), _boot(machine)}
        return False if here and len(boots) == 2 and "" not in boots else None
    return _started(process.pid) == process.started


def _boot(machine: str) -> str:
    """Which start of a computer it is, if that is known."""
    boot, _, space = machine.partition(" ")
    return boot if space.startswith("pid:") else ""


def _started(pid: int) -> str | None:
    """When a process was started; ``None`` if there is none that runs."""
    if _LINUX:
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if state in ("Z", "X") else fields[18]
    import psutil

    try:
        found = psutil.Process(pid)
        return None if found.status() == psutil.STATUS_ZOMBIE else f"{found.create_time():.0f}"
    except psutil.NoSuchProcess:
        return None
