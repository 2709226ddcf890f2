"""Children of a warm process: what they return, or how they died. The process itself must have one thread only."""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

LIMIT = 120
"""Seconds after which a child hangs; it then says where."""
FAILED = 70
"""Exit status of a child that raised."""


class Child(NamedTuple):
    """A child that has ended."""

    result: Any
    """What its work returned, if it came to that."""
    killed: bool
    """Whether a signal ended it."""
    failure: str
    """What it raised, or that it hung; nothing otherwise."""


class _Running(NamedTuple):
    pid: int
    folder: Path


def run_in_child(work: Callable[[], Any]) -> Child:
    """Do something in a child and wait for it; it must not have children of its own."""
    return _wait(_start(work, limited=True))


def run_side_by_side(works: Iterable[Callable[[], Any]]) -> list[Child]:
    """Do things in a child each, all at once. These may have children, and may take their time."""
    return [_wait(running) for running in [_start(work, limited=False) for work in works]]


def _start(work: Callable[[], Any], limited: bool) -> _Running:
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return _Running(pid, folder)
    status = FAILED
    try:
        with open(folder / "hung", "w") as hung:
            if limited:  # its thread does not survive a fork, and its lock does
                faulthandler.dump_traceback_later(LIMIT, exit=True, file=hung)
            status = _perform(work, folder)
    finally:
        os._exit(status)


def _perform(work: Callable[[], Any], folder: Path) -> int:
    try:
        result = work()
    except BaseException:
        (folder / "failure").write_text(traceback.format_exc())
        return FAILED
    (folder / "result").write_bytes(pickle.dumps(result))
    return 0


def _wait(running: _Running) -> Child:
    _, status = os.waitpid(running.pid, 0)
    said = {path.name: path.read_bytes() for path in running.folder.iterdir()}
    for name in said:
        (running.folder / name).unlink()
    running.folder.rmdir()
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        expected = number in (signal.SIGKILL, signal.SIGALRM)
        return Child(None, True, "" if expected else f"died of {signal.Signals(number).name}")
    if "result" in said:
        return Child(pickle.loads(said["result"]), False, "")
    return Child(None, False, (said.get("failure") or said["hung"]).decode())
