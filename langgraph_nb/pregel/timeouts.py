"""How long an attempt at a node may take, and what counts as a sign of life.

A limit is kept where the node's coroutine runs: on the caller's loop, or on a helper loop when a graph with async
nodes is run without one. At the deadline the coroutine is cancelled, and what it still says is not heard any more. A
sync node cannot be stopped; in an awaited run its thread is let go of, elsewhere it is refused a limit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context
from dataclasses import replace
from functools import partial
from typing import Any, Literal, NoReturn

from langgraph_nb.errors import NodeTimeoutError
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.graph.policies import sync_timeout_unsupported
from langgraph_nb.pregel.workers import called, node_threads
from langgraph_nb.types import TimeoutPolicy

GRACE = 0.5
"""Seconds that a cancelled coroutine gets to clean up before the next attempt begins all the same."""

Wait = Callable[[asyncio.Task[Any], float], Awaitable[Any]]
"""Wait until a task is done, but not for longer than so many seconds."""


running_limit: ContextVar[Limit | None] = ContextVar("langgraph_nb_limit", default=None)
"""The limit that the running code is under: that of its own attempt, also when there has been another one since."""


class Limit:
    """The time that one attempt has left.

    Args:
        node: The name of the node.
        policy: How long it may take.
        clock: Seconds, from anywhere; by default of the monotonic clock.
        wait: By default what asyncio has.
    """

    __slots__ = ("node", "run", "idle", "refreshes", "clock", "wait", "began", "alive", "open", "around")

    def __init__(
        self, node: str, policy: TimeoutPolicy, clock: Callable[[], float] | None = None, wait: Wait | None = None
    ) -> None:
        self.node = node
        self.run: Any = policy.run_timeout
        self.idle: Any = policy.idle_timeout
        self.refreshes = self.idle is not None and policy.refresh_on == "auto"
        """Whether all that the node does is a sign of life, not its heartbeat alone."""
        self.clock = clock or time.monotonic
        self.wait = wait or _wait
        self.began = self.alive = self.clock()
        self.open = True
        """Whether the attempt is still the one that counts."""
        self.around = running_limit.get()
        """The limit that this one runs under."""

    def touch(self) -> None:
        """Take note of a sign of life. May be called from any thread."""
        self.alive = self.clock()

    def left(self) -> tuple[float, Literal["run", "idle"]]:
        """Seconds until the limit that comes first, and which it is."""
        now, found = self.clock(), []
        if self.idle is not None:
            found.append((self.alive + self.idle - now, "idle"))
        if self.run is not None:
            found.append((self.began + self.run - now, "run"))
        return min(found)  # type: ignore[return-value]

    def check(self) -> float:
        """Seconds that are left. Raises ``NodeTimeoutError`` when there are none."""
        __tracebackhide__ = True
        seconds, kind = self.left()
        if seconds <= 0:
            elapsed = self.clock() - self.began
            raise NodeTimeoutError(
                self.node, elapsed, kind=kind, idle_timeout=self.idle, run_timeout=self.run
            ) from TimeoutError(f"{kind} timeout")
        return seconds

    def later(self, spec: CallSpec) -> CallSpec:
        """What comes after the node's code, under this limit. A sync step cannot be stopped; it can come too late."""
        if spec.coroutine is not None:
            return self.timed(spec)
        function: Any = spec.sync

        def in_time(value: Any, **injected: Any) -> Any:
            result = function(value, **injected)
            self.check()
            return result

        return replace(spec, sync=in_time)

    def timed(self, spec: CallSpec) -> CallSpec:
        """The same code, under this limit."""
        coroutine = spec.coroutine or partial(_in_thread, spec.sync)

        async def attempt(value: Any, **injected: Any) -> Any:
            running_limit.set(self)
            return await coroutine(value, **injected)

        async def within(value: Any, **injected: Any) -> Any:
            return await self._within(asyncio.ensure_future(attempt(value, **injected)))

        def refuse(value: Any, **injected: Any) -> NoReturn:
            raise sync_timeout_unsupported(spec.name)

        return replace(spec, sync=refuse if spec.coroutine is None else None, coroutine=within)

    async def _within(self, work: asyncio.Task[Any]) -> Any:
        """What the task gives, if it gives it in time; it is not left running, however this ends."""
        __tracebackhide__ = True
        try:
            while not work.done():
                await self.wait(work, self.check())
            return work.result()
        finally:
            if not work.done():
                self.open = False
                work.cancel()
                work.add_done_callback(_looked_at)
                await self.wait(work, GRACE)


def out_of_time() -> bool:
    """Whether the running code belongs to an attempt that was let go of."""
    limit = running_limit.get()
    while limit is not None:
        if not limit.open:
            return True
        limit = limit.around
    return False


class Pulse:
    """Gives signs of life for a node that runs a graph: whenever a task inside begins or returns."""

    def __init__(self, touch: Callable[[], None]) -> None:
        self._touch = touch

    def started(self, scope: Any) -> None:
        self._touch()

    def returned(self, scope: Any, result: Any) -> None:
        self._touch()

    def told(self, scope: Any, message: Any) -> None:
        self._touch()


async def _wait(work: asyncio.Task[Any], seconds: float) -> None:
    await asyncio.wait((work,), timeout=seconds)


async def _in_thread(function: Any, value: Any, **injected: Any) -> Any:
    work = partial(copy_context().run, called, function, value, injected)
    return await asyncio.get_running_loop().run_in_executor(node_threads(), work)


def _looked_at(work: asyncio.Task[Any]) -> None:
    """What a cancelled attempt raises in the end is nobody's concern."""
    if not work.cancelled():
        work.exception()
