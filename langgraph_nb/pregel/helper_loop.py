"""An event loop in a thread of its own, for async nodes of graphs that are run without one."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextvars import Context
from typing import Any

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}


def _loop() -> asyncio.AbstractEventLoop:
    """The loop of this process, started when first needed."""
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            _loops.clear()  # a fork does not take threads along
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, daemon=True, name="langgraph-nb-loop").start()
            _loops[os.getpid()] = loop
        return loop


def submit(coroutine: Coroutine[Any, Any, Any], context: Context) -> Future[Any]:
    """Run a coroutine on the helper loop, in a context. Cancelling the future cancels the coroutine."""
    future: Future[Any] = Future()
    loop = _loop()

    def start() -> None:
        task = loop.create_task(coroutine, context=context)
        future.add_done_callback(lambda f: loop.call_soon_threadsafe(task.cancel) if f.cancelled() else None)
        task.add_done_callback(finish)

    def finish(task: asyncio.Task[Any]) -> None:
        if future.cancelled() or not future.set_running_or_notify_cancel():
            return
        if task.cancelled():
            future.set_exception(asyncio.CancelledError())
        elif error := task.exception():
            future.set_exception(error)
        else:
            future.set_result(task.result())

    loop.call_soon_threadsafe(start)
    return future
