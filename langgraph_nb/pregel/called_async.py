"""Tasks that code calls, in a run that is driven on an event loop: each is a task of the loop.

Performs the commands of ``pregel.called``. Sync code, which runs in threads, gets a future that it can wait for there.
"""

from __future__ import annotations

import asyncio
import weakref
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from langgraph_nb.func.future import SyncAsyncFuture
from langgraph_nb.pregel.call import Scope
from langgraph_nb.pregel.called import Calling, namespace_around, returned, with_questions
from langgraph_nb.pregel.commands import Emit, EngineCommand, RunTasks
from langgraph_nb.pregel.driver import GRACE, look_at
from langgraph_nb.pregel.events import Answer, TaskFinished

if TYPE_CHECKING:
    from langgraph_nb.pregel.drive_async import AsyncDriver


class AsyncCalls:
    """The tasks that the tasks of one run call."""

    def __init__(self, driver: AsyncDriver) -> None:
        self.driver: AsyncDriver = weakref.proxy(driver)  # which has this
        self.limit = driver.host.max_concurrency
        self.gates: dict[int, asyncio.Semaphore] = {}
        """How deep calls are nested -> what limits them; callers take no place from what they call."""

    def begin(self, scope: Scope, commands: Calling) -> Any:
        """Begin a task. Returns a future of the loop, or to sync code in a thread its own."""
        first = self.driver.until_wait(commands)
        if asyncio._get_running_loop() is self.driver.loop:
            return self._begin(scope, commands, first, copy_context())
        future: SyncAsyncFuture[Any] = SyncAsyncFuture()
        scope.called[future] = None
        self.driver.loop.call_soon_threadsafe(self._begin_for, future, scope, commands, first, copy_context())
        return future

    def _begin(
        self, scope: Scope, commands: Calling, first: EngineCommand | TaskFinished, context: Context
    ) -> asyncio.Task[Any]:
        running = self.driver.loop.create_task(self._value(scope, commands, first), context=context)
        scope.called[running] = None
        return running

    def _begin_for(
        self,
        future: SyncAsyncFuture[Any],
        scope: Scope,
        commands: Calling,
        first: EngineCommand | TaskFinished,
        context: Context,
    ) -> None:
        """Begin a task for code in a thread. Who cancels its future cancels the task."""
        if scope.closed:
            future.cancel()
        if not future.cancelled():
            _chain(self._begin(scope, commands, first, context), future)
        scope.called.pop(future, None)

    async def _value(self, scope: Scope, commands: Calling, first: EngineCommand | TaskFinished) -> Any:
        """What a task returns, after it was run."""
        __tracebackhide__ = True
        running: Any = asyncio.current_task()
        try:
            finished = first if isinstance(first, TaskFinished) else await self._perform(scope, commands, first)
            scope.call_ended(running, finished)
            return returned(finished)
        except BaseException:  # for the caller; who does not ask for it does not want to know
            running.add_done_callback(look_at)
            raise

    async def _perform(self, scope: Scope, commands: Calling, command: EngineCommand) -> TaskFinished:
        __tracebackhide__ = True
        driver = self.driver
        answer: Answer
        while True:
            if isinstance(command, RunTasks):
                inner = Scope(driver.host, command.tasks[0], command.state, command.journal)
                inner.callbacks, inner.caller = scope.callbacks, scope
                gate = self._gate(scope) if self.limit else None
                ended = await (driver.perform(inner) if gate is None else driver.gated(gate, inner))
                answer = driver.told((ended,))
            elif isinstance(command, Emit):
                driver.tell(command.event)
                answer = None
            else:
                answer = await driver.store(command)
            try:
                command = commands.send(answer)
            except StopIteration as stop:
                finished: TaskFinished = stop.value
                return finished

    def _gate(self, scope: Scope) -> asyncio.Semaphore:
        depth = len(namespace_around(scope.task, ()))
        gate = self.gates.get(depth)
        return self.gates.setdefault(depth, asyncio.Semaphore(self.limit or 1)) if gate is None else gate

    async def settle(self, scope: Scope, finished: TaskFinished) -> TaskFinished:
        """Wait for what a task called; if it failed, cancel that."""
        if finished.error is not None:
            await self.cancel(scope)
            return finished
        loop = self.driver.loop
        while running := _running(scope):
            await asyncio.wait([asyncio.wrap_future(future, loop=loop) for future in running])
        for future, end in tuple(scope.called.items()):
            if end is None and not future.cancelled() and (error := future.exception()):
                raise error  # it could not be stored
        return with_questions(finished, scope.called.values())

    async def cancel(self, scope: Scope) -> None:
        """Cancel what a task called, give it a little time to end, and let it call nothing more."""
        left: set[Any] = set()
        while not left and (running := _running(scope)):
            for future in running:
                future.cancel()
            if on_loop := [future for future in running if isinstance(future, asyncio.Task)]:
                _, left = await asyncio.wait(on_loop, timeout=GRACE)
        scope.closed = True


def _running(scope: Scope) -> list[Any]:
    """What a task called, and what has not ended."""
    return [future for future, end in tuple(scope.called.items()) if end is None and not future.done()]


def _chain(running: asyncio.Task[Any], future: SyncAsyncFuture[Any]) -> None:
    """Have a future for threads follow a task of the loop, and the task follow it when it is cancelled."""

    def ended(_: asyncio.Task[Any]) -> None:
        if running.cancelled():
            future.cancel()
        elif future.set_running_or_notify_cancel():
            if error := running.exception():
                future.set_exception(error)
            else:
                future.set_result(running.result())

    def cancelled(_: Any) -> None:
        if future.cancelled() and not running.get_loop().is_closed():
            running.get_loop().call_soon_threadsafe(running.cancel)

    running.add_done_callback(ended)
    future.add_done_callback(cancelled)
