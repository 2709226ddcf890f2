"""Runs that are interrupted and whose process lives on: Ctrl-C, cancelled tasks, streams that are closed early.

Each is a way to call a graph that counts what it can interrupt, and does so once, at a number that it is given.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import langgraph_nb
from tests.faults.life import THREAD, AsyncDriver, Driver, SyncDriver

PACKAGE = langgraph_nb.__path__[0]
MODES = ["values", "updates", "tasks", "checkpoints", "custom"]
SOON = 1e-5
"""Seconds."""


class Interrupted(Exception):
    """A stream was closed early."""


INTERRUPTIONS = (Interrupted, KeyboardInterrupt, asyncio.CancelledError)
"""What a caller sees of them."""


class Counter:
    """Counts; says when it is time.

    Args:
        at: When; never if 0.
    """

    def __init__(self, at: int) -> None:
        self.count = 0
        self.on = True
        self._at = at

    def now(self) -> bool:
        self.count += self.on
        return self.on and self.count == self._at


class ClosingSync(SyncDriver):
    """Closes a sync stream at a chunk."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def invoke(self, graph: Any, value: Any, durability: str) -> Any:
        last = None
        stream = graph.stream(value, THREAD, durability=durability, stream_mode=MODES, subgraphs=True)
        for space, mode, chunk in stream:
            if self._counter.now():
                stream.close()
                raise Interrupted
            last = chunk if mode == "values" and not space else last
        return last


class ClosingAsync(AsyncDriver):
    """Closes an async stream at a chunk."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def invoke(self, graph: Any, value: Any, durability: str) -> Any:
        return asyncio.run(self._consumed(graph, value, durability))

    async def _consumed(self, graph: Any, value: Any, durability: str) -> Any:
        last = None
        stream = graph.astream(value, THREAD, durability=durability, stream_mode=MODES, subgraphs=True)
        async for space, mode, chunk in stream:
            if self._counter.now():
                await stream.aclose()
                expect_no_tasks()
                raise Interrupted
            last = chunk if mode == "values" and not space else last
        expect_no_tasks()
        return last


class Cancelling(AsyncDriver):
    """Cancels a run at an await that waits."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def invoke(self, graph: Any, value: Any, durability: str) -> Any:
        return asyncio.run(self._cancelled(graph.ainvoke(value, THREAD, durability=durability)))

    async def _cancelled(self, run: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await _Awaited(run, self._counter)
        finally:
            expect_no_tasks()


class _Awaited:
    """A coroutine, whose task is cancelled when the counter says so."""

    def __init__(self, run: Coroutine[Any, Any, Any], counter: Counter) -> None:
        self._run, self._counter = run, counter

    def __await__(self) -> Generator[Any, Any, Any]:
        step: Callable[..., Any] = self._run.send
        given: Any = None
        while True:
            try:
                waits = step(given)
            except StopIteration as stop:
                return stop.value
            if self._counter.now():
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                given, step = (yield waits), self._run.send
            except BaseException as error:
                given, step = error, self._run.throw


def expect_no_tasks() -> None:
    """A run that is over has left no tasks on the loop."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        raise AssertionError(f"Tasks were left behind: {left}")


class CtrlC:
    """Sends SIGINT to this process at about a line of the package's code, in its main thread.

    Not at the line itself: raising there would leave a ``with`` block without its end, where no signal ever comes.

    Args:
        inner: Calls the graph.
        counter: Counts lines.
    """

    def __init__(self, inner: Driver, counter: Counter) -> None:
        self._inner, self._counter = inner, counter
        self.get_state, self.history = inner.get_state, inner.history
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, self._alarm)

    def invoke(self, graph: Any, value: Any, durability: str) -> Any:
        sys.settrace(self._called)
        try:
            return self._inner.invoke(graph, value, durability)
        finally:
            sys.settrace(None)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _called(self, frame: Any, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(PACKAGE) else None

    def _line(self, frame: Any, event: str, argument: Any) -> Any:
        if event == "line" and self._counter.now():
            sys.settrace(None)
            signal.setitimer(signal.ITIMER_REAL, SOON)
        return self._line

    def _alarm(self, number: int, frame: Any) -> None:
        if frame.f_code.co_filename == __file__:
            signal.setitimer(signal.ITIMER_REAL, SOON)
        else:
            signal.raise_signal(signal.SIGINT)


def interrupting(kind: str, driver: str, inner: Driver, counter: Counter) -> Driver:
    """A driver that interrupts: ``line`` by Ctrl-C, ``chunk`` by closing a stream, ``await`` by cancelling."""
    if kind == "line":
        return CtrlC(inner, counter)
    if kind == "await":
        return Cancelling(counter)
    return ClosingSync(counter) if driver == "invoke" else ClosingAsync(counter)
