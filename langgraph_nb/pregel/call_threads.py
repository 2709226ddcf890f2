"""Threads for the tasks that sync code calls.

A task that is called waits to be begun by whoever comes first: a thread, which is there a moment later, or the caller
when it asks for the result, who then runs the task itself. So a task that is waited for right away costs no hand-over
between threads, and callers that wait for tasks that call tasks can never have taken all threads from them.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from contextvars import copy_context
from typing import Any

from langgraph_nb.daemons import Daemon, raise_in
from langgraph_nb.func.future import SyncAsyncFuture
from langgraph_nb.pregel.workers import AT_FIRST, AT_MOST, STALLED, TICK

IDLE = 5
"""Looks without work after which the starter goes to sleep."""


class CalledJob(SyncAsyncFuture[Any]):
    """A task that was called: what is to be done for it, and the promise of its result."""

    def __init__(self, threads: CallThreads, work: Callable[[CalledJob], Any]) -> None:
        super().__init__()
        self._threads = threads
        self._work = work
        self._context = copy_context()
        self._claim = threading.Lock()

    def submit(self) -> None:
        """Have the task run soon."""
        self._threads.submit(self)

    def claim(self) -> bool:
        """Whether the task is for the one that asks to run."""
        return self._claim.acquire(blocking=False) and self.set_running_or_notify_cancel()

    def run(self) -> None:
        """Run the task; only for who has claimed it. What is no ``Exception`` is raised here too, for the thread."""
        try:
            result = self._context.run(self._work, self)
        except BaseException as error:
            self.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            self.set_result(result)

    def result(self, timeout: float | None = None) -> Any:
        """The task's result; begins it in this thread if none has. Raises what the task raises."""
        __tracebackhide__ = True
        if timeout is None:
            self.finish()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What the task raised; waits as ``result`` does."""
        if timeout is None:
            self.finish()
        return super().exception(timeout)

    def finish(self) -> None:
        """See to it that the task has ended, however it ends."""
        self._threads.help(self)
        while not self.done():
            try:
                super().exception(TICK)  # with a pause, or Ctrl-C could not end the wait
            except (TimeoutError, CancelledError):
                continue


class CallThreads:
    """Threads that run what tasks of one run call.

    Args:
        limit: How many may run at once, those included that callers run themselves.
    """

    def __init__(self, limit: int | None) -> None:
        self._limited = limit is not None
        self._limit = min(limit or AT_MOST, AT_MOST)
        self._jobs: deque[CalledJob] = deque()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._running = 0
        self._count = 0
        self._busy: set[int] = set()
        self._watched = False

    def submit(self, job: CalledJob) -> None:
        """Have a task run soon."""
        with self._lock:
            self._jobs.append(job)
            watched, self._watched = self._watched, True
        if not watched:
            _starter.watch(self)

    def help(self, job: CalledJob) -> None:
        """Run the task in this thread if it has not begun; under a limit in its turn, after those called before it."""
        if not self._limited:
            if job.claim():
                self._forget(job)
                job.run()
            return
        while not job.done():
            with self._lock:
                mine = self._next()
                if mine is None:
                    self._changed.wait(TICK)
            if mine is not None:
                self._run(mine)

    def _forget(self, job: CalledJob) -> None:
        """A task that begins waits no more. In the middle of the queue it is left to be passed over."""
        with self._lock:
            if self._jobs and self._jobs[-1] is job:
                self._jobs.pop()
            elif self._jobs and self._jobs[0] is job:
                self._jobs.popleft()

    def _next(self) -> CalledJob | None:
        """The oldest task that nobody has begun, if one more may run. To be called with the lock held."""
        while self._jobs and self._running < self._limit:
            job = self._jobs.popleft()
            if job.claim():
                self._running += 1
                return job
        return None

    def _run(self, job: CalledJob) -> None:
        try:
            job.run()
        finally:
            with self._lock:
                self._running -= 1
                self._changed.notify_all()

    def grow(self) -> bool:
        """Add threads for the tasks that wait. Returns whether some did."""
        with self._lock:
            while self._jobs and self._jobs[0].done():  # cancelled before it began
                self._jobs.popleft()
            if not self._jobs:
                self._watched = False
                return False
            more = min(len(self._jobs), max(AT_FIRST, self._count), self._limit - self._count)
            self._count += max(more, 0)
        for _ in range(more):
            Daemon(self._work, "langgraph-nb-call").start()
        return True

    def _work(self) -> None:
        me = threading.get_ident()
        try:
            while True:
                with self._lock:
                    job = self._next()
                    if job is None:
                        return
                    self._busy.add(me)
                self._run(job)
                self._busy.discard(me)
        except BaseException:  # the future has it; or it was meant for a task that had just ended
            pass
        finally:
            with self._lock:
                self._count -= 1
                self._busy.discard(me)

    def stop(self, error: type[BaseException]) -> None:
        """Let no task begin any more, and raise an error in those that run."""
        with self._lock:
            waiting = tuple(self._jobs)
            self._jobs.clear()
        for job in waiting:
            job.cancel()
        raise_in(tuple(self._busy), error)

    def wait(self, seconds: float) -> None:
        """Wait until no thread works, but not for longer."""
        end = time.monotonic() + seconds
        while self._busy and time.monotonic() < end:
            with self._lock:
                self._changed.wait(TICK)


class _Starter:
    """Looks now and then whether tasks wait that nobody has begun. One thread of the process, asleep without work."""

    def __init__(self) -> None:
        self._watched: deque[CallThreads] = deque()
        self._asleep = False
        self._bell = threading.Lock()
        """Released to wake it. Of an ``Event``, Ctrl-C in the one who sets it may leave the lock locked."""
        self._bell.acquire()
        self._thread: threading.Thread | None = None
        self._making = threading.Lock()

    def watch(self, threads: CallThreads) -> None:
        """Look after these until none of their tasks waits."""
        self._watched.append(threads)
        if self._asleep:
            with suppress(RuntimeError):  # it was woken just now
                self._bell.release()
        if self._thread is None or not self._thread.is_alive():  # Ctrl-C may have come before it was started
            with self._making:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = Daemon(self._look, "langgraph-nb-call-starter")
                    self._thread.start()

    def _look(self) -> None:
        idle = 0
        while True:
            time.sleep(STALLED)
            idle = 0 if self._watched else idle + 1
            if idle > IDLE:
                self._asleep = True
                if not self._watched:
                    self._bell.acquire()
                self._asleep = False
            for _ in range(len(self._watched)):
                threads = self._watched.popleft()
                if threads.grow():
                    self._watched.append(threads)


_starter = _Starter()


def _forget_all() -> None:
    """A fork does not take threads along."""
    global _starter
    _starter = _Starter()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
