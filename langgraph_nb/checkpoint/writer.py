"""Storing behind a run's back, in order: what ``durability="async"`` means.

Theory of operation. A ``Writer`` belongs to one saver. ``submit`` serialises in the caller's thread (so a value that
cannot be stored is refused there, and what a node changes later is not stored) and queues. A daemon thread, started
when there is something to do, takes all that is queued and commits it as one transaction: the longer a commit takes,
the more goes into the next. ``flush`` waits until all that was submitted is on the disk.

Errors. If a commit of several submissions fails, each is tried by itself. Submissions belong to a line: that of the run
that made them, or where no run has claimed the thread, that of the thread. Those of a line that failed, and those
behind them, are dropped: a checkpoint whose parent is missing would be a broken history. The first error of each line
is kept until it has been raised: by ``flush``, or by that line's next ``submit``.

The thread holds the saver only while it has something to store, ends when it has been idle for a while, and does not
keep the interpreter alive; at exit, what is queued is stored first. After a fork the child starts with an empty queue:
what was queued is the parent's to store.
"""

from __future__ import annotations

import asyncio
import atexit
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary, ref

from langgraph_nb.checkpoint.base import TransactionalSaver, apply_ops, origin_of
from langgraph_nb.daemons import Daemon
from langgraph_nb.persistence import CheckClaim, GuardedOp

__all__ = ["Writer", "writer_of"]

_IDLE = 2.0
"""Seconds after which a thread without work ends."""
_alone = itertools.count()
_LIMIT = 1000
"""Submissions that may wait; more make ``submit`` wait."""


@dataclass(frozen=True, slots=True)
class _Submission:
    line: str
    """What is stored in order: of what failed in it, nothing more is stored until that was raised."""
    behind: str
    """The line that it belongs to, where it is one by itself."""
    items: Sequence[Any]
    """Prepared operations, or for a saver that cannot prepare, the operations themselves."""


class Writer:
    """Stores operations of one saver in order, in the background.

    Args:
        saver: Any saver, also one that was written for LangGraph.
        idle: Seconds after which its thread ends when there is nothing to do.
        limit: Submissions that may wait.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> writer = Writer(InMemorySaver())
        >>> writer.submit([])
        >>> writer.flush()
    """

    def __init__(self, saver: Any, *, idle: float = _IDLE, limit: int = _LIMIT) -> None:
        self._saver = ref(saver)
        self._idle = idle
        self._limit = limit
        self._inline = not getattr(saver, "blocking", True)
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()  # entered itself: Ctrl-C within Condition.__enter__ would leave it locked
        self._changed = threading.Condition(self._lock)
        self._queue: deque[_Submission] = deque()
        self._submitted = 0
        self._stored = 0
        self._busy_saver: Any = None
        self._errors: dict[str, BaseException] = {}
        self._thread: threading.Thread | None = None
        self._waiting: list[tuple[int, Callable[[], None]]] = []

    # -- for the run --

    def submit(self, ops: Sequence[GuardedOp], line: str | None = None) -> None:
        """Have these stored, all or none, after all that was submitted before. Waits only if too much is queued.

        Raises:
            UnstorableValue: A value could not come back; nothing of ``ops`` is stored.
            Exception: What went wrong when an earlier submission of the same line was stored.
        """
        if not ops:
            return
        saver = self._saver()
        if saver is None:
            raise ReferenceError("The saver of this writer is gone. Keep a reference to it while a graph runs.")
        if self._inline:
            apply_ops(saver, ops)
            return
        items = saver.prepare(ops) if _prepares(saver) else ops
        behind = line_of(ops)
        submission = _Submission(line or behind, behind, items)
        with self._lock:
            self._raise_error(submission.line)
            while len(self._queue) >= self._limit:
                self._start()
                self._changed.wait()
                self._raise_error(submission.line)
            self._busy_saver = saver
            self._queue.append(submission)
            self._submitted += 1
            self._start()
            self._changed.notify_all()

    def perform(self, ops: Sequence[GuardedOp]) -> None:
        """Have these stored after all that was submitted before, and wait. What goes wrong is raised here only."""
        line = self._own_line(ops)
        self.submit(ops, line)
        self.flush(line)

    async def aperform(self, ops: Sequence[GuardedOp]) -> None:
        """``perform``, without keeping the event loop from its work."""
        line = self._own_line(ops)
        self.submit(ops, line)
        await self.aflush(line)

    def _own_line(self, ops: Sequence[GuardedOp]) -> str:
        return f"{line_of(ops)} {next(_alone)}"

    def wait(self, line: str | None) -> None:
        """``flush``, that leaves what went wrong in the line for the run to be told."""
        with self._lock:
            self._wait()
            if (error := self._errors.get(line or "")) is not None:
                raise error

    def flush(self, line: str | None = None) -> None:
        """Wait until all that was submitted is durable.

        Args:
            line: Raise only what went wrong in this line (``line_of``). Runs that share a saver pass theirs, so that
                each gets its own errors.

        Raises:
            Exception: The first error since the last one that was raised.
        """
        with self._lock:
            self._wait()
            self._raise_error(line)

    async def aflush(self, line: str | None = None) -> None:
        """``flush``, without keeping the event loop from its work."""
        loop = asyncio.get_running_loop()
        with self._lock:
            done = loop.create_future()
            if self._stored == self._submitted:
                done.set_result(None)
            else:
                self._waiting.append((self._submitted, partial(_resolve, loop, done)))
                self._start()
        await done
        with self._lock:
            self._raise_error(line)

    def _raise_error(self, line: str | None) -> None:
        if line is None:
            line = next(iter(self._errors), "")
        if (error := self._errors.pop(line, None)) is not None:
            raise error

    # -- the thread --

    def _start(self) -> None:
        """See to it that there is one. Ctrl-C may have come before it was started."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = Daemon(self._work, "langgraph-nb-writer")
            self._thread.start()

    def _wait(self) -> None:
        """Wait until what was submitted by now is stored."""
        upto = self._submitted
        while self._stored < upto:
            self._start()
            self._changed.wait()

    def _work(self) -> None:
        while True:
            with self._lock:
                deadline = time.monotonic() + self._idle
                if self._thread is not threading.current_thread():
                    return
                while not self._queue:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        self._thread = None
                        return
                    self._changed.wait(left)
            self._store_queued()

    def _store_queued(self) -> None:
        """Store what is queued now."""
        with self._lock:
            group = [s for s in self._queue if s.line not in self._errors and s.behind not in self._errors]
            errors = {s.line: self._errors[s.behind] for s in self._queue if s.behind in self._errors}
            self._queue.clear()
            upto = self._submitted
            saver = self._busy_saver
        errors |= _store_group(saver, group) if group else {}
        del saver
        with self._lock:
            self._stored = upto
            for line, error in errors.items():
                self._errors.setdefault(line, error)
            if upto == self._submitted:
                self._busy_saver = None
            for wanted, tell in self._waiting:
                if wanted <= upto:
                    tell()
            self._waiting = [w for w in self._waiting if w[0] > upto]
            self._changed.notify_all()


def line_of(ops: Sequence[GuardedOp]) -> str:
    """The line that operations belong to."""
    last = ops[-1]
    return last.token if isinstance(last, CheckClaim) else str(last.config["configurable"]["thread_id"])


def _resolve(loop: asyncio.AbstractEventLoop, done: asyncio.Future[None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(_set, done)


def _set(done: asyncio.Future[None]) -> None:
    with suppress(asyncio.InvalidStateError):  # the waiter was cancelled: Ctrl-C may come at any place
        done.set_result(None)


def _store_group(saver: Any, group: Iterable[_Submission]) -> dict[str, BaseException]:
    """Store submissions as one; if that fails, one by one. Returns the first error of each line."""
    group = list(group)
    try:
        _store(saver, [item for submission in group for item in submission.items])
        return {}
    except BaseException as e:
        if len(group) == 1:
            return {group[0].line: e}
    errors: dict[str, BaseException] = {}
    for submission in group:
        if submission.behind in errors:
            errors.setdefault(submission.line, errors[submission.behind])
        elif submission.line not in errors:
            try:
                _store(saver, submission.items)
            except BaseException as e:
                errors[submission.line] = e
    return errors


def _prepares(saver: Any) -> bool:
    """Whether serialising and storing are two things."""
    return isinstance(saver, TransactionalSaver) and not saver.one_by_one


def _store(saver: Any, items: Sequence[Any]) -> None:
    if _prepares(saver):
        saver.commit(items)
    else:
        apply_ops(saver, items)


# -- one writer a saver -----------------------------------------------------------------------------------------------

_writers: WeakKeyDictionary[Any, Writer] = WeakKeyDictionary()
_making = threading.Lock()


def writer_of(saver: Any) -> Writer:
    """The writer of a saver; clones made by ``with_allowlist`` share one.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> saver = InMemorySaver()
        >>> writer_of(saver) is writer_of(saver)
        True
    """
    saver = origin_of(saver)
    writer = _writers.get(saver)
    if writer is None:
        with _making:
            writer = _writers.get(saver)
            if writer is None:
                writer = _writers[saver] = Writer(saver)
    return writer


def flush_writer(saver: Any) -> None:
    """Flush the writer of a saver, if it has one."""
    if (writer := _writers.get(origin_of(saver))) is not None:
        writer.flush()


def _flush_all() -> None:
    errors = []
    for writer in list(_writers.values()):
        try:
            writer.flush()
        except Exception as e:
            errors.append(e)
    if errors:
        raise ExceptionGroup("What was queued could not be stored at exit", errors)


def _forget_all() -> None:
    global _making
    _making = threading.Lock()
    for writer in list(_writers.values()):
        writer._reset()


atexit.register(_flush_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
