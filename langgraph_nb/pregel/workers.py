"""Threads that nodes run in: as many as there is blocking work for, and no more.

A fast fan-out is done by a few threads; where tasks wait (for a model, a page, a lock), threads are added until the
limit, so that a parallel step is as parallel as its tasks need it to be.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any

from langgraph_nb.daemons import Daemon, raise_in

AT_FIRST = 4
AT_MOST = 512
STALLED = 0.001
"""Seconds without a result after which there are more threads."""
LINGER = 0.1
"""Seconds for which a thread waits for the jobs of a next step, which costs a fifth of what a new thread does."""
TICK = 0.05
"""Seconds for which a thread waits without looking up. Ctrl-C cannot end a wait on Windows, and anywhere it is missed
when it comes just before the wait begins."""


@cache
def node_threads() -> ThreadPoolExecutor:
    """Threads for sync nodes of awaited runs: as many as are busy at once, up to a limit far beyond asyncio's."""
    return ThreadPoolExecutor(256, "langgraph-nb-node")


def called(function: Callable[..., Any], value: Any, injected: dict[str, Any]) -> Any:
    """Call a node in such a thread. A future cannot carry ``StopIteration``."""
    try:
        return function(value, **injected)
    except StopIteration as error:
        raise RuntimeError("A node raised StopIteration.") from error


class Workers:
    """Does jobs in daemon threads and puts what comes of them into one queue.

    Args:
        do: Does a job, given as its arguments. It must not raise; what it returns is what the reader gets.
        limit: How many may be done at once.
        results: The queue.
    """

    def __init__(self, do: Callable[..., Any], limit: int | None, results: SimpleQueue[Any]) -> None:
        self.results = results
        self._do = do
        self._jobs: deque[tuple[Any, ...]] = deque()
        self._limit = min(limit or AT_MOST, AT_MOST)
        self._threads = 0
        """How many there are that will look for jobs."""
        self._ending = threading.Lock()
        self._lingers = True
        self._bells: list[threading.Lock] = []
        """One for each thread that waits for jobs; released, it has the thread look again."""
        self._busy: set[int] = set()

    def add(self, jobs: list[tuple[Any, ...]]) -> None:
        """Take jobs, to be done after those that wait, and begin with the first."""
        with self._ending:
            self._jobs.extend(jobs)
            self._lingers = True
            woken = self._ring(len(jobs))
        self._grow(min(AT_FIRST, len(jobs)) - woken)

    def close(self) -> None:
        """Have threads that find no job end at once."""
        with self._ending:
            self._lingers = False
            self._ring(len(self._bells))

    def _ring(self, most: int) -> int:
        """Have threads that wait look for jobs. Returns how many."""
        woken = min(most, len(self._bells))
        for _ in range(woken):
            self._bells.pop().release()
        return woken

    def _is_to_look(self) -> bool:
        """Whether a thread that found no job is to look again. It waits a little until there is a reason to."""
        bell = threading.Lock()
        bell.acquire()
        with self._ending:
            if self._jobs:  # that came just now
                return True
            if not self._lingers:
                self._threads -= 1
                return False
            self._bells.append(bell)
        if bell.acquire(timeout=LINGER):
            return True
        with self._ending:
            if bell not in self._bells:  # it was released just now
                return True
            self._bells.remove(bell)
            self._threads -= 1
            return False

    def _grow(self, by: int) -> None:
        with self._ending:
            by = min(by, self._limit - self._threads)
            self._threads += max(by, 0)
        for _ in range(by):
            Daemon(self._work, "langgraph-nb-worker").start()

    def _work(self) -> None:
        try:
            self._work_on()
        except KeyboardInterrupt:  # it was meant for a job that had just ended
            pass
        finally:
            self._busy.discard(threading.get_ident())

    def _work_on(self) -> None:
        me = threading.get_ident()
        do, jobs, results, busy = self._do, self._jobs, self.results, self._busy
        while True:
            try:
                job = jobs.popleft()
            except IndexError:
                if self._is_to_look():
                    continue
                return
            busy.add(me)
            result = do(*job)
            busy.discard(me)
            results.put(result)
            del job, result  # they are not to be kept while the thread waits

    def get(self, seconds_left: Callable[[], float] | None = None) -> Any:
        """The next result; adds threads while jobs wait and nothing comes. Raises what ``seconds_left`` raises."""
        while self._jobs and self._threads < self._limit:
            try:
                return self.results.get(timeout=STALLED)
            except Empty:
                self._grow(max(self._threads, 1))
        while True:
            tick = TICK if seconds_left is None else min(seconds_left(), TICK)
            try:
                return self.results.get(timeout=tick)
            except Empty:
                continue

    def drop_waiting(self) -> int:
        """Forget the jobs that have not begun. Returns how many there were."""
        dropped = 0
        while True:
            try:
                self._jobs.popleft()
            except IndexError:
                return dropped
            dropped += 1

    def stop(self, error: type[BaseException]) -> None:
        """Raise an error in the threads that work on a job, at their next bytecode. One long C call is not stopped."""
        raise_in(tuple(self._busy), error)
