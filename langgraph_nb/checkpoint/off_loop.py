"""Threads that perform a blocking saver's calls for event loops: few, and never those in which nodes run.

A hand-over costs a queue and a wake-up of the loop, half of what ``run_in_executor`` takes; a superstep that waits for
the disk pays it each time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

from langgraph_nb.daemons import Daemon

T = TypeVar("T")

_THREADS = 4
_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]
_queues: dict[int, SimpleQueue[_Job]] = {}


async def off_loop(call: Callable[[], T]) -> T:
    """Call it in a thread and wait for its result. Once begun, a call is not stopped by a cancellation."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    _queue().put((call, loop, future))
    return await future


def _queue() -> SimpleQueue[_Job]:
    """The queue of this process; its threads are started with it, and do not survive a fork."""
    pid = os.getpid()
    queue = _queues.get(pid)
    if queue is None:
        _queues.clear()
        queue = _queues[pid] = SimpleQueue()
        for number in range(_THREADS):
            Daemon(_work, f"langgraph-nb-saver_{number}", queue).start()
    return queue


def _work(queue: SimpleQueue[_Job]) -> None:
    while True:
        call, loop, future = queue.get()
        result, error = None, None
        try:
            result = call()
        except BaseException as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(_settle, future, result, error)
        except RuntimeError:  # the loop was closed meanwhile; nobody waits any more
            pass
        del call, loop, future, result, error  # or the last call's objects would live until the next one


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if isinstance(error, StopIteration):  # a future takes anything but this
        error = RuntimeError(f"A saver raised {error!r}.")
    with suppress(asyncio.InvalidStateError):  # it was cancelled: Ctrl-C may come at any place
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
