"""Who may write to a thread: one run at a time, known by a token that is checked inside of each commit.

Theory of operation. A run claims its thread before it reads it: the saver notes the run's token in the place of the
last one's, unless that run is still under way. Each of the run's commits checks, inside of its transaction, that the
token stands; the last one says how the run ended, and the thread is free. A claim is void when nobody is there any more
to go on with the run: its process died, or in this process its commands are performed by nobody. It may then be taken
over, and what the first run still wants to store is refused. Tokens are never used twice, so that to forget a claim
does no harm.

A run that shows what it does (``stream``) is in the hands of who iterates over it between two chunks. Left lying there,
it gives way to the next run of the same code; to code that runs beside it, it does not.

The process of a claim that is on another machine, or in another container, cannot be looked for from here. Each process
gives signs of life of its claims (``checkpoint.heartbeat``): such a claim is void when there was none for a while, or
when it is released by hand (``release_thread``). A computer that was started anew looks like another one; not to a file
that only one computer can write to, where what an earlier start has left is void at once. (On a server nothing tells
them apart that is not copied with the image of a machine.)

This file knows no database: a saver keeps a ``ClaimRow`` for each thread.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from langgraph_nb.checkpoint.processes import Process, lives, this_process
from langgraph_nb.errors import ThreadBusyError, ThreadLostError
from langgraph_nb.persistence import CheckClaim, Ending

BEAT = 10.0
"""Seconds between two signs of life of a claim."""
SILENCE = 60.0
"""Seconds without one after which a claim of another machine is void. Clocks may differ by much less than that."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.05
"""Seconds between two looks at a thread that is waited for."""
_random = secrets.token_hex(8)
_numbers = itertools.count()
_own: WeakValueDictionary[str, Claim] = WeakValueDictionary()
"""Token -> the claim, of those made by this process that are kept in a database."""


class Claim:
    """A run's claim to its thread, in the process of the run.

    Args:
        thread_id: The thread.
        patience: Seconds to wait for another run to end.

    Example:
        >>> claim = Claim("1")
        >>> claim.check().token == claim.token
        True
    """

    __slots__ = (
        "thread_id", "token", "patience", "waited", "since", "ended", "made", "commands", "performing", "awaited",
        "_pause", "_check", "_thread", "_task", "_pid", "__weakref__",
    )  # fmt: skip

    def __init__(self, thread_id: str, patience: float = 0.0) -> None:
        self.thread_id = thread_id
        self._pid = os.getpid()
        self.token = f"{_random}-{self._pid}-{next(_numbers)}"
        self.patience = patience
        self.since = 0.0
        self.ended: Ending = ""
        self.made = False
        """Whether the thread was claimed."""
        self.commands: Callable[[], Any] = lambda: None
        """Gives the run's generator, while there is one."""
        self.performing: Callable[[], bool] = lambda: False
        """Whether somebody performs its commands now, and does not only hold it."""
        self.awaited = False
        """Whether it is performed on an event loop."""
        self.waited = 0.0
        self._pause = _FIRST_PAUSE
        self._check = CheckClaim(thread_id, self.token)

    def begin(self) -> None:
        """Note when, and by whose code, the thread is claimed."""
        self.since = time.time()
        self._thread, self._task = threading.current_thread(), _current_task()

    def check(self, ends: Ending = "") -> CheckClaim:
        """The operation that stores others only while the claim stands."""
        return CheckClaim(self.thread_id, self.token, ends) if ends else self._check

    def pause(self, busy: ThreadBusyError) -> float:
        """How long to wait until the next look at the thread. Raises the error when it was waited for long enough."""
        left = self.patience - self.waited
        if left <= 0:
            raise busy
        pause, self._pause = min(self._pause, left), min(self._pause * 2, _LONGEST_PAUSE)
        self.waited += pause
        return pause

    def stands(self) -> bool:
        """Whether somebody may go on with the run."""
        commands = self.commands()
        if self.ended or commands is None or commands.gi_frame is None or self._pid != os.getpid():
            return False
        if self._task is None:
            return self._thread.is_alive()
        return not self._task.done() and bool(self._task.get_loop().is_running())

    def gives_way(self, newcomer: Claim) -> bool:
        """Whether another run may take over: nobody goes on with this one, or who would is at the other one now."""
        if not self.stands():
            return True
        if self.performing():
            return False
        if _in_kernel():  # what a cell has left lying there does not keep the next one from running
            return True
        return self._thread is newcomer._thread and (not self.awaited or self._task is newcomer._task)


def _in_kernel() -> bool:
    app = getattr(sys.modules.get("ipykernel.kernelapp"), "IPKernelApp", None)
    return app is not None and bool(app.initialized())


def _current_task() -> Any:
    return None if asyncio._get_running_loop() is None else asyncio.current_task()


# -- how a database keeps claims --------------------------------------------------------------------------------------


class ClaimRow(NamedTuple):
    """What a saver keeps of the last claim to a thread."""

    token: str
    holder: str
    """The process, and when it claimed the thread, as JSON."""
    since: float
    """The last sign of life."""
    ended: Ending
    here: bool = False
    """Whether it is kept where only processes of this computer write."""

    def busy(self, newcomer: Claim) -> ThreadBusyError | None:
        """Why the thread cannot be claimed; ``None`` when it can."""
        if self.ended:
            return None
        own = _own.get(self.token)
        if own is not None and own._pid == os.getpid():
            return None if own.gives_way(newcomer) else busy(own)
        process, since = self._process()
        return busy_elsewhere(newcomer.thread_id, process, since) if self._lives(process) else None

    def stands(self) -> bool:
        """Whether the run that claimed the thread is under way."""
        if self.ended:
            return False
        own = _own.get(self.token)
        if own is not None and own._pid == os.getpid():
            return own.stands()
        return self._lives(self._process()[0])

    def _process(self) -> tuple[Process, float]:
        """The run's process, and when it claimed the thread."""
        process, since = json.loads(self.holder)
        return Process(*process), since

    def _lives(self, process: Process) -> bool:
        """Whether the run's process lives. A run of this one that is not known any more has nobody."""
        if process == this_process():
            return False
        alive = lives(process, here=self.here)
        return time.time() - self.since < SILENCE if alive is None else alive


def new_row(claim: Claim) -> ClaimRow:
    """What to keep of a claim from now on. The claim is known in this process as long as its run is."""
    _own[claim.token] = claim
    return ClaimRow(claim.token, json.dumps((this_process(), claim.since)), claim.since, "")


# -- what is said -----------------------------------------------------------------------------------------------------

_HOW = (
    "A thread has one writer at a time. Let the other run end; or wait for it, with "
    'config={"configurable": {"wait_for_thread": 30}} (seconds); or, if you know it dead, take the thread from it: '
    "checkpointer.release_thread(thread_id)."
)


def busy(holder: Claim) -> ThreadBusyError:
    """The error for a thread that a run of this process writes to."""
    return _busy(holder.thread_id, "another run of this process", holder.since)


def busy_elsewhere(thread_id: str, process: Process, since: float) -> ThreadBusyError:
    """The error for a thread that a run of another process writes to."""
    return _busy(thread_id, f"a run of process {process.pid} on {process.host}", since)


def _busy(thread_id: str, holder: str, since: float) -> ThreadBusyError:
    when = datetime.fromtimestamp(since).astimezone().isoformat(timespec="seconds")
    return ThreadBusyError(f"Thread {thread_id!r} is being written to by {holder}, since {when}. {_HOW}",
                           thread_id, holder, since)  # fmt: skip


def lost(thread_id: str) -> ThreadLostError:
    """The error for a run whose claim does not stand any more."""
    return ThreadLostError(
        f"Thread {thread_id!r} was taken over by another run, an update or release_thread, or was deleted, while this "
        "run was under way. What this run wanted to store now was not stored. Look at the thread with get_state, "
        "and begin again from there.",
        thread_id,
    )


def checks_in(ops: Iterable[object]) -> list[CheckClaim]:
    """What has to stand for the others to be stored."""
    return [op for op in ops if isinstance(op, CheckClaim)]


