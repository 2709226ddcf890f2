"""Event loops in threads of their own, for async nodes of graphs that are run without one.

One loop serves the process. Code that runs on it may run a graph in its turn, and block the loop with that; what that
graph awaits runs on another loop, so that it is not waited for by what waits for it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from contextvars import Context, ContextVar
from typing import Any

from langgraph_nb.daemons import Daemon
from langgraph_nb.pregel.workers import TICK

_lock = threading.Lock()
_loops: dict[tuple[int, int], asyncio.AbstractEventLoop] = {}
"""(process, depth) -> loop"""
_depth: ContextVar[int] = ContextVar("langgraph_nb_loop_depth", default=0)
"""How many of these loops the running code is inside of."""


def _loop(depth: int) -> asyncio.AbstractEventLoop:
    """The loop of this process at a depth, started when first needed."""
    key = os.getpid(), depth
    with _lock:
        loop = _loops.get(key)
        if loop is None:
            for gone in [other for other in _loops if other[0] != key[0]]:
                del _loops[gone]  # a fork does not take threads along
            loop = asyncio.new_event_loop()
            thread = Daemon(loop.run_forever, "langgraph-nb-loop")
            try:
                thread.start()
            finally:  # Ctrl-C may come while it starts
                if thread.ident is not None:
                    _loops[key] = loop
        return loop


class LoopCall:
    """A coroutine to run on a helper loop, in a context."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], context: Context) -> None:
        depth = _depth.get()
        context.run(_depth.set, depth + 1)
        self._coroutine = coroutine
        self._context = context
        self._value: Any = None
        self._error: BaseException | None = None
        self._ended = False
        self._bell = threading.Lock()
        """Released at the end. A ``Future`` would not do: Ctrl-C in who waits for it may leave its lock locked, and
        then the loop of the process waits for that lock for ever."""
        self._bell.acquire()
        self._loop = _loop(depth)
        self._task: asyncio.Task[Any] | None = None

    def start(self) -> None:
        """Begin to run it."""
        self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self._task = self._loop.create_task(_contained(self._coroutine), context=self._context)
        self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self._coroutine.close()  # of one that had not begun, Python would complain that it never was
            self._settle(None, asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            self._settle(None, error)
        else:
            self._settle(*task.result())

    def _settle(self, value: Any, error: BaseException | None) -> None:
        self._value, self._error = value, error
        self._ended = True
        self._bell.release()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        elif not self._ended:
            self._coroutine.close()
            self._settle(None, asyncio.CancelledError())

    def result(self) -> Any:
        """Wait for what it returns. Raises what it raises; ``asyncio.CancelledError`` when it was cancelled."""
        while not self._ended:
            self._bell.acquire(timeout=TICK)
        if self._error is not None:
            raise self._error
        return self._value

    def cancel(self) -> None:
        """Have it cancelled, from any thread."""
        self._loop.call_soon_threadsafe(self._cancel)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, but not for longer."""
        if not self._ended:
            self._bell.acquire(timeout=seconds)


async def _contained(coroutine: Coroutine[Any, Any, Any]) -> tuple[Any, BaseException | None]:
    """Keep from the loop what would end it."""
    try:
        return await coroutine, None
    except (KeyboardInterrupt, SystemExit) as error:
        return None, error
