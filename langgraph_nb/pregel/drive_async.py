"""Performing a run's commands on the caller's event loop.

A step's one async node is awaited directly, without a task of its own; several run as tasks. Sync nodes go to threads;
sync routers, which only choose, are called on the loop.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from functools import partial
from typing import Any
from weakref import ref

from langgraph_nb.checkpoint.base import aapply_ops, adelta_history, alatest_before
from langgraph_nb.checkpoint.shapes import ashape_of
from langgraph_nb.checkpoint.writer import writer_of
from langgraph_nb.errors import NodeCancelledError
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.persistence import NeedsWhole
from langgraph_nb.pregel.caching import entries, full_keys, keys_of, looked_up
from langgraph_nb.pregel.call import Scope, task_steps
from langgraph_nb.pregel.callbacks import observed_steps
from langgraph_nb.pregel.called_async import AsyncCalls
from langgraph_nb.pregel.commands import (
    AskDrain,
    CancelTasks,
    Emit,
    EngineCommand,
    Flush,
    ListCheckpoints,
    LoadCheckpoint,
    LoadDeltas,
    LoadShape,
    LookForClaim,
    LookUp,
    Notify,
    Remember,
    RunTasks,
    Save,
    Stamp,
    WaitTasks,
)
from langgraph_nb.pregel.driver import GRACE, Driver, look_at
from langgraph_nb.pregel.events import (
    Answer,
    AskedWhole,
    ClaimFound,
    DeltasLoaded,
    Drain,
    Listed,
    Loaded,
    Refused,
    ShapeLoaded,
    Task,
    TaskFinished,
)
from langgraph_nb.pregel.host import Heard, Host
from langgraph_nb.pregel.request import RunClosed
from langgraph_nb.pregel.workers import called, node_threads
from langgraph_nb.refusals import UnstorableValue

AT_ONCE = 100
"""Tasks that are started before the loop goes round."""
HEARTBEAT = 0.05
"""Seconds between two wake-ups of a kernel's loop: an interrupt only lands when the loop wakes."""


class InContext:
    """Await a coroutine in a context of its own, without a task of its own."""

    __slots__ = ("context", "coroutine")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], context: Context) -> None:
        self.coroutine = coroutine
        self.context = context

    def __await__(self) -> Generator[Any, Any, Any]:
        __tracebackhide__ = True
        run, step, value = self.context.run, self.coroutine.send, None
        while True:
            try:
                awaited = run(step, value)
            except StopIteration as stop:
                return stop.value
            try:
                step, value = self.coroutine.send, (yield awaited)
            except BaseException as error:
                step, value = self.coroutine.throw, error


class AsyncDriver(Driver):
    """The tasks that are running, and how each command is performed.

    ``outcome`` is what the commands' generator returned, once ``drive`` is exhausted.
    """

    def __init__(self, host: Host) -> None:
        super().__init__(host, asyncio.sleep)
        self.outcome: Any = None
        self.tasks: dict[asyncio.Task[TaskFinished], Scope] = {}
        self.gate: asyncio.Semaphore | None = None
        """Lets as many of the step's tasks run at once as the caller allows."""
        self.waiting: deque[tuple[RunTasks, Task]] = deque()
        """The tasks that have not begun."""
        self.inbox: deque[Any] = deque()
        """What came from tasks: (namespace, event) and ``TaskFinished``."""
        self.sleeper: asyncio.Future[None] | None = None
        """Done once there is something in the inbox."""
        self.called = False
        """Whether another thread has the loop wake the sleeper."""
        self.waits_for_all = False
        """Whether tasks are cancelled because one failed; not, because nobody wants their results."""
        self.loop = asyncio.get_running_loop()
        self.beats = "ipykernel" in sys.modules and not host.namespace
        self.heart: asyncio.Task[None] | None = None
        self.held: EngineCommand | None = None
        """What is being waited for while an event from inside of a task is shown."""
        self.answer: Answer = None
        """What the run is told next,"""
        self.error: BaseException | None = None
        """or thrown."""
        self.shows = False
        """Whether the run is held at an event that is being shown."""

    def hear(self, heard: Heard) -> None:
        """Called from the loop, or from the thread of a sync node."""
        if self.host.takes is not None:
            self.host.takes(heard)
            return
        self.inbox.append(heard)
        if asyncio._get_running_loop() is self.loop:
            self._wake()
        elif not self.called:  # otherwise it will be seen when the loop comes to it
            self.called = True
            self.loop.call_soon_threadsafe(self._wake_called)

    def _wake_called(self) -> None:
        self.called = False
        self._wake()

    def _wake(self) -> None:
        sleeper = self.sleeper
        if sleeper is not None and not sleeper.done():
            try:
                sleeper.set_result(None)
            except asyncio.InvalidStateError:  # Ctrl-C came between the two lines above, and cancelled it
                pass

    async def drive(
        self, commands: Generator[EngineCommand, Answer, Any]
    ) -> AsyncGenerator[Heard, None]:
        """Perform the commands of a run, yielding the events that it emits."""
        __tracebackhide__ = True
        while (event := await self.until_event(commands)) is not None:
            self.shows = True
            try:
                yield event
            except BaseException as raised:  # the run is told, so that it can leave things in order
                self.answer, self.error = await self._interrupted(self.held or Emit(event[1]), raised)
                self.held = None

    def until_event(self, commands: Generator[EngineCommand, Answer, Any]) -> Coroutine[Any, Any, Heard | None]:
        """Perform commands until there is an event to show: that one; none at the end of the run."""
        self.shows = False
        return self._beating(commands) if self.beats else self._until_event(commands)

    async def _beating(self, commands: Generator[EngineCommand, Answer, Any]) -> Heard | None:
        """``until_event`` in a notebook's kernel: have the loop wake now and then, until the run ends."""
        __tracebackhide__ = True
        self.heart, event = self.heart or self.loop.create_task(_heartbeat()), None
        try:
            event = await self._until_event(commands)
            return event
        finally:
            if event is None:
                self.heart.cancel()

    async def _until_event(self, commands: Generator[EngineCommand, Answer, Any]) -> Heard | None:
        __tracebackhide__ = True
        command, answer, error = self.held, self.answer, self.error
        self.held = self.answer = self.error = None
        while True:
            if command is None:
                try:
                    command = commands.send(answer) if error is None else commands.throw(error)
                except StopIteration as stop:
                    self._raise_stopped()
                    self.outcome = stop.value
                    return None
                except RunClosed:
                    raise GeneratorExit from None
            answer, error = None, None
            assert command is not None
            try:
                kind = type(command)
                alone = kind is RunTasks and len(command.tasks) == 1 and not (self.watches or self.tasks)  # type: ignore[union-attr]
                if alone and self.stopped is None:
                    self.finished.append(await self._direct(command))  # type: ignore[arg-type]
                    if self.inbox:  # tasks that it called told something
                        command = WaitTasks()
                        continue
                    answer = self._taken(command)  # type: ignore[arg-type]
                elif kind is Emit:
                    if not isinstance(self.stopped, RunClosed):
                        return self.host.namespace, command.event  # type: ignore[union-attr]
                elif kind is RunTasks or kind is WaitTasks or kind is CancelTasks:
                    if kind is RunTasks and self.stopped is None:
                        self._start(command)  # type: ignore[arg-type]
                    cancel = kind is CancelTasks
                    if self._is_waiting(cancel):
                        while (event := self._next_event()) is None and (self.tasks if cancel else not self.finished):
                            await self._sleep(cancel)
                        if event is not None:
                            self.held = CancelTasks() if cancel else WaitTasks()
                            return event
                    answer = self._taken()
                else:
                    answer = await self.store(command)
            except BaseException as raised:  # the run is told, so that it can leave things in order
                answer, error = await self._interrupted(command, raised)
            command = None

    async def store(self, command: EngineCommand) -> Answer:
        saver = self.host.saver
        match command:
            case Stamp(step):
                return self.stamp(step)
            case Save(ops, wait, ends):
                guarded = self.host.guarded(ops, ends)
                try:
                    if wait or not self.blocks:
                        await aapply_ops(saver, guarded)
                    else:
                        writer_of(saver).submit(guarded)
                except UnstorableValue as error:
                    return Refused(error)
                except NeedsWhole:
                    return AskedWhole()
            case LookUp(tasks):
                keys = keys_of(self.host.plan, tasks)
                return looked_up(tasks, keys, await self.host.cache.aget(full_keys(keys)))
            case Remember(results):
                await self.host.cache.aset(entries(results))
            case AskDrain():
                return Drain(self.host.drain_reason())
            case ListCheckpoints(config):
                return Listed(tuple([saved async for saved in saver.alist(config)]))
            case LoadShape(fingerprint):
                return ShapeLoaded(await ashape_of(saver, fingerprint))
            case LookForClaim():
                return self.found(await saver.aclaimed(self.host.thread_id)) if self.fences else ClaimFound()
            case LoadDeltas(config, channels):
                return DeltasLoaded(await adelta_history(saver, config, channels))
            case LoadCheckpoint(config, before, claims):
                if self.blocks:
                    await writer_of(saver).aflush(self.host.line)
                if claims:
                    await self._claim()
                if before is None:
                    return Loaded(await saver.aget_tuple(config))
                return Loaded(await alatest_before(saver, config, before))
            case Flush() if self.blocks:
                await writer_of(saver).aflush(self.host.line)
            case Notify(call, value):
                told = (call.coroutine or call.sync)(value)  # type: ignore[misc]
                return await told if inspect.isawaitable(told) else told  # type: ignore[no-any-return]
            case _:
                self._tell_inside(command)
        return None

    async def _claim(self) -> None:
        """Claim the thread, when it is free."""
        claim = self.begin_claim()
        claim.awaited, claim.performing = True, partial(_performs, ref(self))
        while (busy := await self.host.saver.aclaim(claim)) is not None:
            await self.sleep(claim.pause(busy))

    # -- tasks --------------------------------------------------------------------------------------------------------

    def _direct(self, command: RunTasks) -> InContext:
        scope = Scope(self.host, command.tasks[0], command.state, command.journal)
        return InContext(self.perform(scope), copy_context())

    async def perform(self, scope: Scope) -> TaskFinished:
        """Run a task's steps on the loop."""
        __tracebackhide__ = True
        scope.enter()
        steps = observed_steps(scope) if self.host.observed else task_steps(scope)
        send, answer = steps.send, None
        while True:
            try:
                wanted = send(answer)
            except StopIteration as stop:
                finished: TaskFinished = stop.value
                return await self.calls.settle(scope, finished) if scope.called and self.calls else finished
            try:
                if isinstance(wanted, tuple):
                    answer = await self._call(scope, *wanted)
                elif isinstance(wanted, Save):
                    answer = None
                    await self._perform_effect(wanted)
                else:
                    await self.sleep(wanted)
                send = steps.send
            except Exception as error:
                send, answer = steps.throw, error
            except asyncio.CancelledError as error:
                current = asyncio.current_task()
                if current is not None and current.cancelling():
                    if scope.called and self.calls:
                        await self.calls.cancel(scope)
                    scope.closed = True  # its code may still run in a thread, and call
                    raise
                send, answer = steps.throw, error

    async def _call(self, scope: Scope, spec: CallSpec, value: Any, injected: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        if spec.coroutine is not None:
            return await spec.coroutine(value, **injected)
        assert spec.sync is not None
        if spec is scope.node.call:
            work = partial(copy_context().run, called, spec.sync, value, injected)
            result = await self._in_thread(work)
        else:
            result = spec.sync(value, **injected)
        return await result if inspect.isawaitable(result) else result

    async def _perform_effect(self, command: Save) -> None:
        """Store a task's result together with an effect, after all that was stored before."""
        ops = self.host.guarded(command.ops)
        if self.host.durability == "async":
            await writer_of(self.host.saver).aperform(ops)
        else:
            await aapply_ops(self.host.saver, ops)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        """Await a thread, which cannot be cancelled: where the run waits for all tasks to end, for this one too."""
        future = self.loop.run_in_executor(node_threads(), work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if not self.waits_for_all:
                future.add_done_callback(look_at)
                raise
            return await future

    def calls_of_run(self) -> AsyncCalls:
        return AsyncCalls(self)

    def _start(self, command: RunTasks) -> None:
        limit = self.host.max_concurrency
        if not self.tasks:
            self._begin_step()
            self.gate = asyncio.Semaphore(limit) if limit else None
        self.waiting.extend((command, task) for task in command.tasks)
        self._start_some()

    def _start_some(self) -> None:
        """Start tasks. Of very many, the first may have ended before the last begin, and then take no room any more."""
        gate = self.gate
        for _ in range(min(AT_ONCE, len(self.waiting))):
            command, task = self.waiting.popleft()
            scope = Scope(self.host, task, command.state, command.journal)
            work = self.perform(scope) if gate is None else self.gated(gate, scope)
            running = self.loop.create_task(work, context=copy_context())
            self.tasks[running] = scope
            running.add_done_callback(self._ended)

    async def gated(self, gate: asyncio.Semaphore, scope: Scope) -> TaskFinished:
        async with gate:
            return await self.perform(scope)

    def _ended(self, running: asyncio.Task[TaskFinished]) -> None:
        scope = self.tasks.pop(running, None)
        error = None if running.cancelled() else running.exception()
        if scope is None:  # it was let go of
            return
        if running.cancelled():
            error = NodeCancelledError(scope.task.name)
        self.inbox.append(running.result() if error is None else TaskFinished(scope.task, error=error))
        self._wake()

    def _is_waiting(self, cancel: bool) -> bool:
        """Whether tasks are waited for: until one has ended, or, as they are cancelled, all of them."""
        if self.stopped is not None:
            if not cancel and not self.finished:
                raise self.stopped
            return False
        if cancel:
            self.waits_for_all = True
            self._cancel_all()
        return True

    def _next_event(self) -> Heard | None:
        """The next event from inside of a task, if one is there already."""
        inbox = self.inbox
        while inbox:
            item = inbox.popleft()
            if type(item) is not TaskFinished:
                event: Heard = item
                return event
            self.finished.append(item)
        return None

    def _sleep(self, cancel: bool) -> Awaitable[None]:
        """To be awaited while the inbox is empty."""
        if self.waiting:
            self._start_some()
            return asyncio.sleep(0)
        self.sleeper = self.loop.create_future()
        return self.sleeper if cancel or self._deadline is None else self._sleep_in_time(self.sleeper)

    async def _sleep_in_time(self, sleeper: asyncio.Future[None]) -> None:
        try:
            await asyncio.wait_for(sleeper, self._seconds_left())
        except TimeoutError:
            self._seconds_left()  # says that there are none

    # -- ending early -------------------------------------------------------------------------------------------------

    async def _interrupted(self, command: EngineCommand, error: BaseException) -> tuple[Answer, BaseException | None]:
        """What the run is told when a command could not be performed: an answer, or an error.

        When tasks ran, it is first told of those that had finished; the error comes after.
        """
        if isinstance(error, GeneratorExit):
            error = RunClosed()
        if not (self.tasks or self.inbox or self.finished):
            return None, error
        try:
            await self._abandon()
        except asyncio.CancelledError:  # asked again: the first one is on its way, only the waiting ends here
            pass
        return self._after_stop(command, error)

    def _cancel_all(self) -> None:
        self.waiting.clear()
        for running in tuple(self.tasks):
            running.cancel()

    async def _abandon(self) -> None:
        """Cancel what runs, give it a little time to end, and let go of the rest."""
        self.waits_for_all = False
        self._cancel_all()
        try:
            if self.tasks:
                await asyncio.wait(tuple(self.tasks), timeout=GRACE)
        finally:
            ended = (item for item in self.inbox if type(item) is TaskFinished)
            self.finished += [item for item in ended if item.error is None]
            self.inbox.clear()
            self.tasks.clear()
            self.host.closed = True


def _performs(driver: ref[AsyncDriver]) -> bool:
    """Whether a run is being performed just now, and not held at an event."""
    found = driver()
    return found is not None and not found.shows


async def _heartbeat() -> None:
    while True:
        await asyncio.sleep(HEARTBEAT)
