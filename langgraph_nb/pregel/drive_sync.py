"""Performing a run's commands in the caller's thread.

One task runs inline, so that Ctrl-C, a debugger and print work as in any function; several run in worker threads, and
so does one that may emit events on the way. Async nodes run on the helper loop.
"""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import Callable, Generator
from contextvars import Context, copy_context
from functools import partial
from queue import Empty, SimpleQueue
from types import CoroutineType
from typing import Any, TypeVar

from langgraph_nb.checkpoint.base import apply_ops
from langgraph_nb.checkpoint.writer import writer_of
from langgraph_nb.errors import NodeCancelledError
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.pregel import helper_loop
from langgraph_nb.pregel.call import Scope, task_steps
from langgraph_nb.pregel.commands import (
    CancelTasks,
    Emit,
    EngineCommand,
    Flush,
    LoadCheckpoint,
    RunTasks,
    Save,
    Stamp,
    WaitTasks,
)
from langgraph_nb.pregel.events import (
    Answer,
    CustomData,
    Event,
    Loaded,
    MessageChunk,
    Task,
    TaskFinished,
    TasksFinished,
)
from langgraph_nb.pregel.host import Host, Namespace
from langgraph_nb.pregel.stamps import stamp_from_clock
from langgraph_nb.pregel.state import ChannelState
from langgraph_nb.pregel.workers import Workers

GRACE = 0.5
"""Seconds that an interrupted task gets to end before the caller is let go."""

T = TypeVar("T")


def drive_sync(
    commands: Generator[EngineCommand, Answer, T], host: Host
) -> Generator[tuple[Namespace, Event], None, T]:
    """Perform the commands of a run, yielding the events that it emits.

    Args:
        commands: The run.
        host: Its surroundings.

    Returns:
        What the commands' generator returns, as the generator's value: of a run, its outcome.
    """
    return SyncDriver(host).drive(commands)


class SyncDriver:
    """The tasks that are running, and how each command is performed."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.workers: Workers | None = None
        self.queue: SimpleQueue[Any] = SimpleQueue()
        """What comes from other threads: (namespace, event) and ``TaskFinished``."""
        self.running = 0
        self.stopped: BaseException | None = None
        """What interrupted a step of which some tasks had finished; raised once those are taken note of."""
        self.emits_midway = CustomData in host.watch or MessageChunk in host.watch
        self.blocks = getattr(host.saver, "blocking", True)
        """Whether storing takes long enough to be done behind the run's back."""
        self.stamp = host.stamp or stamp_from_clock
        self.sleep: Callable[[float], Any] = host.sleep or time.sleep
        if host.listener is None:
            host.listener = self._hear

    def _hear(self, namespace: Namespace, event: Event) -> None:
        self.queue.put((namespace, event))

    def drive(
        self, commands: Generator[EngineCommand, Answer, T]
    ) -> Generator[tuple[Namespace, Event], None, T]:
        """Perform commands, yielding the events that they emit."""
        answer: Answer = None
        error: BaseException | None = None
        while True:
            try:
                command = commands.send(answer) if error is None else commands.throw(error)
            except StopIteration as stop:
                value: T = stop.value
                return value
            answer, error = None, None
            try:
                kind = type(command)
                if kind is RunTasks:
                    if len(command.tasks) == 1 and not self.emits_midway:  # type: ignore[union-attr]
                        answer = TasksFinished((self._inline(command.tasks[0], command.state),))  # type: ignore[union-attr]
                    else:
                        answer = yield from self._start(command)  # type: ignore[arg-type]
                elif kind is Emit:
                    yield self.host.namespace, command.event  # type: ignore[union-attr]
                elif kind is WaitTasks or kind is CancelTasks:
                    answer = yield from self._wait(kind is CancelTasks)
                else:
                    answer = self._store(command)
            except BaseException as raised:  # the run is told, so that it can leave things in order
                error = raised

    def _store(self, command: EngineCommand) -> Answer:
        saver = self.host.saver
        match command:
            case Stamp(step):
                return self.stamp(step)
            case Save(ops, wait):
                if wait or not self.blocks:
                    apply_ops(saver, ops)
                else:
                    writer_of(saver).submit(ops)
            case LoadCheckpoint(config):
                writer_of(saver).flush()
                return Loaded(saver.get_tuple(config))
            case Flush():
                writer_of(saver).flush()
        return None

    # -- tasks --------------------------------------------------------------------------------------------------------

    def _inline(self, task: Task, state: ChannelState) -> TaskFinished:
        return copy_context().run(self._perform, Scope(self.host, task, state))

    def _perform(self, scope: Scope) -> TaskFinished:
        """Run a task's steps in this thread."""
        scope.enter()
        steps = task_steps(scope)
        send, answer = steps.send, None
        while True:
            try:
                wanted = send(answer)
            except StopIteration as stop:
                finished: TaskFinished = stop.value
                return finished
            try:
                answer = self._call(*wanted) if isinstance(wanted, tuple) else self.sleep(wanted)
                send = steps.send
            except Exception as error:
                send, answer = steps.throw, error

    def _call(self, spec: CallSpec, value: Any, injected: dict[str, Any]) -> Any:
        result = (spec.sync or spec.coroutine)(value, **injected)  # type: ignore[misc]
        return self._await(spec.name, result) if type(result) is CoroutineType else result

    def _await(self, name: str, coroutine: Any) -> Any:
        """Run a coroutine on the helper loop; interrupted, cancel it and wait a little for it to end."""
        future = helper_loop.submit(coroutine, copy_context())
        try:
            return future.result()
        except CancelledError as error:
            raise NodeCancelledError(name) from error
        except BaseException:
            future.cancel()
            raise

    def _guarded(self, context: Context, scope: Scope) -> TaskFinished:
        """A job for the workers: whatever ends the task is its result."""
        try:
            return context.run(self._perform, scope)
        except BaseException as error:  # KeyboardInterrupt that was raised in the worker, SystemExit
            return TaskFinished(scope.task, error=error)

    def _start(self, command: RunTasks) -> Generator[tuple[Namespace, Event], None, TasksFinished]:
        scopes = [Scope(self.host, task, command.state) for task in command.tasks]
        jobs: list[Callable[[], Any]] = [partial(self._guarded, copy_context(), scope) for scope in scopes]
        self.running = len(jobs)
        self.workers = Workers(jobs, self.host.max_concurrency, self.queue)
        return (yield from self._wait(False))

    def _wait(self, cancel: bool) -> Generator[tuple[Namespace, Event], None, TasksFinished]:
        """Yield events until tasks have ended; after ``cancel``, until all that had begun have."""
        workers = self.workers
        if self.stopped is not None:
            if cancel:  # the run was told, and is leaving
                return TasksFinished(())
            raise self.stopped
        assert workers is not None
        if cancel:
            self.running -= workers.drop_waiting()
        finished: list[TaskFinished] = []
        try:
            while self.running and (cancel or not finished):
                item = workers.get()
                while item is not None:
                    if type(item) is TaskFinished:
                        self.running -= 1
                        finished.append(item)
                    else:
                        yield item
                    item = self._poll()
        except BaseException as error:
            finished += self._abandon(workers)
            if not finished or isinstance(error, GeneratorExit):
                raise
            self.stopped = error
        return TasksFinished(tuple(finished))

    def _poll(self) -> Any:
        try:
            return self.queue.get_nowait()
        except Empty:
            return None

    def _abandon(self, workers: Workers) -> list[TaskFinished]:
        """Stop what runs, give it a little time, and let go of the rest; what it still writes is not looked at."""
        self.running -= workers.drop_waiting()
        workers.stop(KeyboardInterrupt)
        end = time.monotonic() + GRACE
        finished: list[TaskFinished] = []
        while self.running and (left := end - time.monotonic()) > 0:
            try:
                item = self.queue.get(timeout=left)
            except Empty:
                break
            if type(item) is TaskFinished:
                self.running -= 1
                if item.error is None:
                    finished.append(item)
        self.running = 0
        self.queue = SimpleQueue()
        return finished
