"""Performing a run's commands in the caller's thread.

One task runs inline, so that Ctrl-C, a debugger and print work as in any function; several run in worker threads, and
so does one that may emit events on the way. Async nodes run on the helper loop.
"""

from __future__ import annotations

import math
import time
from asyncio import CancelledError, _get_running_loop
from collections.abc import Generator
from contextvars import Context, copy_context
from functools import partial
from queue import Empty, SimpleQueue
from types import CoroutineType
from typing import Any, TypeVar
from weakref import ref

from langgraph_nb.checkpoint.base import apply_ops, delta_history, latest_before
from langgraph_nb.checkpoint.shapes import shape_of
from langgraph_nb.checkpoint.writer import writer_of
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.persistence import NeedsWhole
from langgraph_nb.pregel import helper_loop
from langgraph_nb.pregel.caching import entries, full_keys, keys_of, looked_up
from langgraph_nb.pregel.call import Scope, task_steps
from langgraph_nb.pregel.callbacks import observed_steps
from langgraph_nb.pregel.called_sync import SyncCalls
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
from langgraph_nb.pregel.driver import GRACE, Driver
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
    TasksFinished,
)
from langgraph_nb.pregel.host import Heard, Host
from langgraph_nb.pregel.reins import Reins, reins_of_thread
from langgraph_nb.pregel.request import RunClosed
from langgraph_nb.pregel.workers import Workers
from langgraph_nb.refusals import UnstorableValue

T = TypeVar("T")


def drive_sync(
    commands: Generator[EngineCommand, Answer, T], host: Host
) -> Generator[Heard, None, T]:
    """Perform the commands of a run, yielding the events that it emits.

    Args:
        commands: The run.
        host: Its surroundings.

    Returns:
        What the commands' generator returns, as the generator's value: of a run, its outcome.
    """
    driver: SyncDriver = (host.drives or SyncDriver)(host)
    reins = None if host.above is not None else reins_of_thread()
    if reins is not None:
        driver.reins, driver.watches = reins, True
    events = driver.drive(commands)
    if host.claim is not None and not host.claim.made:
        host.claim.performing = partial(_runs, ref(events))
    return events if reins is None else reins.hold(events)


def _runs(events: ref[Any]) -> bool:
    """Whether a run is being performed just now."""
    found = events()
    return found is not None and bool(found.gi_running)


class SyncDriver(Driver):
    """The tasks that are running, and how each command is performed."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, time.sleep)
        self.around = _get_running_loop()
        """The loop that the caller blocks, as a notebook's cells do: sync code that runs there is not on a loop."""
        self.workers: Workers | None = None
        self.queue: SimpleQueue[Any] = SimpleQueue()
        """What comes from other threads: (namespace, event) and ``TaskFinished``."""
        self.ended: dict[tuple[Any, ...], TaskFinished] = {}
        """Path -> end of tasks that the run was not told of. Ctrl-C may come just when one is taken from the queue."""
        self.running = 0
        self.awaited: set[helper_loop.LoopCall] = set()
        """What runs on the helper loop."""
        self.cancelling = False
        """Whether tasks are told to end."""
        self.reins: Reins | None = None
        """What stops the run from another thread."""

    def hear(self, heard: Heard) -> None:
        self.queue.put(heard)

    def drive(
        self, commands: Generator[EngineCommand, Answer, T]
    ) -> Generator[Heard, None, T]:
        """Perform commands, yielding the events that they emit."""
        __tracebackhide__ = True
        answer: Answer = None
        error: BaseException | None = None
        while True:
            try:
                command = commands.send(answer) if error is None else commands.throw(error)
            except BaseException as end:
                if self.workers is not None:
                    self.workers.close()
                if isinstance(end, StopIteration):
                    self._raise_stopped()
                    value: T = end.value
                    return value
                if isinstance(end, RunClosed):
                    raise GeneratorExit from None
                raise
            answer, error = None, None
            try:
                kind = type(command)
                if kind is RunTasks and self.stopped is None:
                    if len(command.tasks) == 1 and not (self.running or self.watches):  # type: ignore[union-attr]
                        answer = self.told((self._inline(command),), command)  # type: ignore[arg-type]
                        if not self.queue.empty():  # tasks that it called told something
                            self.finished.extend(answer.finished)
                            while not self.queue.empty():
                                yield self.queue.get()
                            answer = self._taken()
                    else:
                        self._start(command)  # type: ignore[arg-type]
                        answer = yield from self._wait(False)
                elif kind is Emit:
                    if not isinstance(self.stopped, RunClosed):
                        yield self.host.namespace, command.event  # type: ignore[union-attr]
                elif kind is Save:
                    answer = self.save(command)  # type: ignore[arg-type]
                elif kind is RunTasks or kind is WaitTasks or kind is CancelTasks:
                    answer = yield from self._wait(kind is CancelTasks)
                else:
                    answer = self.store(command)
            except BaseException as raised:  # the run is told, so that it can leave things in order
                answer, error = self._interrupted(command, raised)

    def save(self, command: Save) -> Answer:
        """Store, or have stored."""
        guarded = self.host.guarded(command.ops, command.ends)
        try:
            if command.wait or not self.blocks:
                apply_ops(self.host.saver, guarded)
            else:
                writer_of(self.host.saver).submit(guarded)
        except UnstorableValue as error:
            return Refused(error)
        except NeedsWhole:
            return AskedWhole()
        return None

    def store(self, command: EngineCommand) -> Answer:
        saver = self.host.saver
        match command:
            case Stamp(step):
                return self.stamp(step)
            case Save():
                return self.save(command)
            case LookUp(tasks):
                keys = keys_of(self.host.plan, tasks)
                return looked_up(tasks, keys, self.host.cache.get(full_keys(keys)))
            case Remember(results):
                self.host.cache.set(entries(results))
            case AskDrain():
                return Drain(self.host.drain_reason())
            case ListCheckpoints(config):
                return Listed(tuple(saver.list(config)))
            case LoadShape(fingerprint):
                return ShapeLoaded(shape_of(saver, fingerprint))
            case LookForClaim():
                return self.found(saver.claimed(self.host.thread_id)) if self.fences else ClaimFound()
            case LoadDeltas(config, channels):
                return DeltasLoaded(delta_history(saver, config, channels))
            case LoadCheckpoint(config, before, claims):
                if self.blocks:
                    writer_of(saver).flush(self.host.line)
                if claims:
                    self._claim()
                if before is None:
                    return Loaded(saver.get_tuple(config))
                return Loaded(latest_before(saver, config, before))
            case Flush() if self.blocks:
                writer_of(saver).flush(self.host.line)
            case Notify(call, value):
                return self._call(call, value, {})  # type: ignore[no-any-return]
            case _:
                self._tell_inside(command)
        return None

    def _claim(self) -> None:
        """Claim the thread, when it is free."""
        claim = self.begin_claim()
        while (busy := self.host.saver.claim(claim)) is not None:
            self.sleep(claim.pause(busy))

    # -- tasks --------------------------------------------------------------------------------------------------------

    def _inline(self, command: RunTasks) -> TaskFinished:
        __tracebackhide__ = True
        scope = Scope(self.host, command.tasks[0], command.state, command.journal)
        return copy_context().run(self.perform, scope)

    def perform(self, scope: Scope) -> TaskFinished:
        """Run a task's steps in this thread."""
        __tracebackhide__ = True
        scope.enter()
        steps = observed_steps(scope) if self.host.observed else task_steps(scope)
        send, answer = steps.send, None
        while True:
            try:
                wanted = send(answer)
            except StopIteration as stop:
                finished: TaskFinished = stop.value
                return self.calls.settle(scope, finished) if scope.called and self.calls else finished
            try:
                if isinstance(wanted, tuple):
                    answer = self._call(*wanted)
                elif isinstance(wanted, Save):
                    answer = None
                    self._perform_effect(wanted)
                else:
                    answer = self.sleep(wanted)
                send = steps.send
            except Exception as error:
                send, answer = steps.throw, error
            except CancelledError as error:
                if self.cancelling:
                    raise
                send, answer = steps.throw, error

    def _call(self, spec: CallSpec, value: Any, injected: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        result = (spec.sync or spec.coroutine)(value, **injected)  # type: ignore[misc]
        return self._on_helper_loop(result) if type(result) is CoroutineType else result

    def _perform_effect(self, command: Save) -> None:
        """Store a task's result together with an effect, after all that was stored before."""
        ops = self.host.guarded(command.ops)
        if self.host.durability == "async":
            writer_of(self.host.saver).perform(ops)
        else:
            apply_ops(self.host.saver, ops)

    def _on_helper_loop(self, coroutine: Any) -> Any:
        """Run a coroutine on the helper loop; interrupted, cancel it and wait a little for it to end."""
        call: helper_loop.LoopCall | None = None
        try:  # Ctrl-C may come at any place
            call = helper_loop.LoopCall(coroutine, copy_context())
            self.awaited.add(call)
            call.start()
            if self.cancelling:
                call.cancel()
            return call.result()
        except BaseException:
            if call is None:
                coroutine.close()
            else:
                call.cancel()
                call.wait(GRACE)
            raise
        finally:
            if call is not None:
                self.awaited.discard(call)

    def calls_of_run(self) -> SyncCalls:
        return SyncCalls(self)

    def _guarded(self, around: Context, command: RunTasks, task: Task) -> TaskFinished:
        """A job for the workers: whatever ends the task is its result.

        What the task needs is made when it begins, so that of many that wait little is kept.
        """
        try:
            scope = Scope(self.host, task, command.state, command.journal)
            finished = around.copy().run(self.perform, scope)
        except BaseException as error:  # KeyboardInterrupt that was raised in the worker, SystemExit
            return TaskFinished(task, error=error)
        self.ended[task.path] = finished
        return finished

    def _taken(self, alone: RunTasks | None = None) -> TasksFinished:
        taken = super()._taken(alone)
        for finished in taken.finished if self.ended else ():
            self.ended.pop(finished.task.path, None)
        return taken

    def _start(self, command: RunTasks) -> None:
        around = copy_context()
        if not self.running:
            self._begin_step()
        if self.workers is None or self.workers.results is not self.queue:  # the last ones were let go of
            self.workers = Workers(self._guarded, self.host.max_concurrency, self.queue)
        self.running += len(command.tasks)
        self.workers.add([(around, command, task) for task in command.tasks])

    def _wait(self, cancel: bool) -> Generator[Heard, None, TasksFinished]:
        """Yield events until tasks have ended; after ``cancel``, until all that had begun have."""
        __tracebackhide__ = True
        workers, queue = self.workers, self.queue
        if self.stopped is not None:
            if not cancel and not self.finished:
                raise self.stopped
            return self._taken()
        assert workers is not None
        if cancel:
            self._cancel(workers)
        while self.running and (cancel or not self.finished):
            limited = (self._deadline is not None or self.reins is not None) and not cancel
            item = workers.get(self._seconds_left if limited else None)
            while True:
                if type(item) is TaskFinished:
                    self.running -= 1
                    self.finished.append(item)
                else:
                    yield item
                if queue.empty():
                    break
                item = queue.get()
        return self._taken()

    # -- ending early -------------------------------------------------------------------------------------------------

    def _interrupted(self, command: EngineCommand, error: BaseException) -> tuple[Answer, BaseException | None]:
        """What the run is told when a command could not be performed: an answer, or an error.

        When tasks ran, it is first told of those that had finished; the error comes after.
        """
        if isinstance(error, GeneratorExit):
            error = RunClosed()
        if self.calls is not None:
            self.calls.stop()
        if not self.running and not self.finished:
            self.host.closed = True
            return None, error
        try:
            self._abandon()
        except KeyboardInterrupt:  # asked again: the first one is on its way, only the waiting ends here
            pass
        return self._after_stop(command, error)

    def _seconds_left(self) -> float:
        if self.reins is not None and self.reins.pulled:
            raise KeyboardInterrupt
        return math.inf if self._deadline is None else super()._seconds_left()

    def _cancel(self, workers: Workers) -> None:
        """Begin no more tasks, and cancel those that are awaited."""
        self.cancelling = True
        self.running -= workers.drop_waiting()
        for call in tuple(self.awaited):
            call.cancel()

    def _abandon(self) -> None:
        """Stop what runs, give it a little time, and let go of the rest; what it still writes is not looked at."""
        if self.workers is None:
            return
        queue, self.queue = self.queue, SimpleQueue()
        running, self.running = self.running - self.workers.drop_waiting(), 0
        self._cancel(self.workers)
        self.workers.stop(KeyboardInterrupt)
        end = time.monotonic() + GRACE
        while running and (left := end - time.monotonic()) > 0:
            try:
                item = queue.get(timeout=left)
            except Empty:
                break
            if type(item) is TaskFinished:
                running -= 1
        self.finished = [finished for finished in tuple(self.ended.values()) if finished.error is None]
        self.host.closed = True
