"""Performing a run's commands in one thread, where a seed decides what is otherwise left to chance.

Theory of operation. A ``World`` is what one trial happens in: its clock, ids, chance and storage. The driver asks it
which of the running tasks ends next, and at every command that stores whether that fails, or the process dies there.
Tasks run one after the other, each from its beginning to its end, so what may differ is their order. What is saved
without waiting is kept in a queue until it is flushed; a crash loses some of its end. A crash is an exception that the
run is not told of. Graphs inside of nodes are performed by a driver of the same world.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from langgraph_nb.checkpoint.base import apply_ops
from langgraph_nb.constants import START
from langgraph_nb.persistence import PutWrites, StorageOp
from langgraph_nb.pregel.call import Scope
from langgraph_nb.pregel.call_threads import CalledJob, CallThreads
from langgraph_nb.pregel.called_sync import SyncCalls
from langgraph_nb.pregel.commands import EngineCommand, Flush, LoadCheckpoint, RunTasks, Save, Stamp
from langgraph_nb.pregel.drive_sync import SyncDriver
from langgraph_nb.pregel.events import Answer, Event, Loaded, Stamped, Task, TaskFinished, TasksFinished
from langgraph_nb.pregel.host import Host, Namespace
from langgraph_nb.testing.schedule import Chooser
from langgraph_nb.testing.virtual_loop import VirtualTimeLoop

FAULTS = ("crash", "save")
CHANCE = 0.15
"""How likely a fault is, wherever one may be."""
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class Crash(BaseException):
    """The simulated process has died."""


class SaveFailed(OSError):
    """A simulated fault of the storage: nothing of what was to be saved is stored."""


class World:
    """What one trial happens in."""

    def __init__(self, chooser: Chooser, faults: Sequence[str], most_faults: int, seed: int) -> None:
        self.chooser = chooser
        self.random = Random(seed)
        """Chance as the runtime sees it: the jitter of retries."""
        self.faults = faults
        self.faults_left = most_faults
        self.runs = 0
        self.log: list[str] = []
        """What happened, in words."""
        self.loop = VirtualTimeLoop()
        """Code that is awaited runs here. Its time is the world's."""
        self.queue: list[Sequence[StorageOp]] = []
        """What is saved but not durable."""
        self.save_error: SaveFailed | None = None
        self._stamps = 0

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc: object) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
            self.loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        self.loop.close()

    def stamp(self, step: int) -> Stamped:
        self._stamps += 1
        ts = EPOCH + timedelta(seconds=self.loop.time(), microseconds=self._stamps)
        return Stamped(f"{self._stamps:08x}-0000-6000-8000-{step & 0xFFFF:012x}", ts.isoformat())

    def note(self, what: str) -> None:
        self.log.append(f"run {self.runs}: {what}")

    def pick(self, at: str, options: Sequence[str], chance: float = 1.0) -> int:
        return self.chooser.choose(f"run {self.runs}, {at}", options, chance)

    def fault(self, at: str, *options: str) -> str:
        """The fault that happens here; empty, when all goes well."""
        possible = [o for o in options if o.split()[0] in self.faults] if self.faults_left > 0 else []
        picked = ("", *possible)[self.pick(at, ["nothing happens", *possible], CHANCE)]
        if picked:
            self.faults_left -= 1
            self.note(f"{at}: {picked}")
        return picked

    def crash(self, saver: Any) -> None:
        """Die: of what is not durable yet, the beginning may have become so."""
        kept = len(self.queue) - self.pick("saves lost by the crash", [str(n) for n in range(len(self.queue) + 1)])
        queue, self.queue, self.save_error = self.queue[:kept], [], None
        for ops in queue:
            self.store(saver, ops)
        raise Crash

    def store(self, saver: Any, ops: Sequence[StorageOp]) -> None:
        apply_ops(saver, ops)
        for op in ops:
            if isinstance(op, PutWrites):
                self.note(f"stored what {op.task_path or 'the caller'} wrote [{op.task_id}]")

    def flush(self, saver: Any) -> None:
        """Make durable what is queued, or say what went wrong with it."""
        error, self.save_error = self.save_error, None
        queue, self.queue = self.queue, []
        if error is not None:
            raise error
        for ops in queue:
            self.store(saver, ops)


class SimulatedDriver(SyncDriver):
    """Performs one run in a world."""

    def __init__(self, world: World, host: Host) -> None:
        host.stamp, host.random = world.stamp, world.random.random
        host.settle = lambda: world.flush(host.saver)
        super().__init__(host)
        self.world = world
        self.sleep = world.loop.pass_time
        self.waiting: list[Scope] = []
        self.heard: list[tuple[Namespace, Event]] = []

    def where(self, task: Task) -> str:
        return " > ".join((*(part.partition(":")[0] for part in self.host.namespace), f"step {task.step}"))

    # -- storage ------------------------------------------------------------------------------------------------------

    def store(self, command: EngineCommand) -> Answer:
        world, saver = self.world, self.host.saver
        match command:
            case Stamp(step):
                return world.stamp(step)
            case LoadCheckpoint(config):
                world.flush(saver)
                return Loaded(saver.get_tuple(config))
            case Flush():
                world.flush(saver)
            case _:
                return super().store(command)
        return None

    def save(self, command: Save) -> Answer:
        world, saver = self.world, self.host.saver
        if world.save_error is not None:
            world.flush(saver)
        fault = world.fault("save", "crash before it", "crash after it", "save fails")
        if fault == "crash before it":
            world.crash(saver)
        if fault == "save fails":
            world.save_error = SaveFailed("A simulated fault: this could not be saved.")
        else:
            world.queue.append(command.ops)
        if command.wait:
            world.flush(saver)
        if fault == "crash after it":
            world.crash(saver)
        return None

    # -- tasks --------------------------------------------------------------------------------------------------------

    def _inline(self, command: RunTasks) -> TaskFinished:
        return self._run(Scope(self.host, command.tasks[0], command.state, command.journal))

    def _start(self, command: RunTasks) -> None:
        self.waiting += [Scope(self.host, task, command.state, command.journal) for task in command.tasks]
        self.running = len(self.waiting)

    def _wait(self, cancel: bool) -> Generator[tuple[Namespace, Event], None, TasksFinished]:
        if cancel:
            self.waiting = []
        elif self.waiting and not self.finished:
            first = self.waiting[0].task
            picked = self.world.pick(f"{self.where(first)}, next task", labels([s.task for s in self.waiting]))
            self.finished.append(self._run(self.waiting.pop(picked)))
        self.running = len(self.waiting)
        while not self.queue.empty():
            yield self.queue.get()
        return self._taken()

    def _run(self, scope: Scope) -> TaskFinished:
        """Run a task from its beginning to its end."""
        world, task = self.world, scope.task
        where = f"{self.where(task)}, {task.name}"
        if task.name != START:
            world.note(f"{where} begins [{task.id}]")
        finished = copy_context().run(self.perform, scope)
        if task.name != START and self.host.saver is not None and world.fault(where, "crash when it has ended"):
            world.crash(self.host.saver)
        return finished

    def _on_helper_loop(self, coroutine: Any) -> Any:
        """Run a coroutine on the world's loop; below one that runs there already, on a helper loop."""
        if self.world.loop.is_running():
            return super()._on_helper_loop(coroutine)
        return self.world.loop.run_until_complete(self.world.loop.create_task(coroutine))

    def calls_of_run(self) -> SyncCalls:
        """A task that sync code calls is run when its result is asked for; with it, others that wait may come first."""
        return _Calls(self)

    # -- ending early -------------------------------------------------------------------------------------------------

    def _interrupted(self, command: EngineCommand, error: BaseException) -> tuple[Answer, BaseException | None]:
        if isinstance(error, Crash):  # there is nobody any more who could be told
            raise error
        self.waiting, self.running = [], 0
        return super()._interrupted(command, error)


class _Calls(SyncCalls):
    """Called tasks of a simulated run."""

    def _threads(self, scope: Scope) -> CallThreads:
        return super()._threads(scope) if asyncio._get_running_loop() is not None else _NoThreads(None)


class _NoThreads(CallThreads):
    """In the place of threads for called tasks: nobody but the caller runs them."""

    def submit(self, job: CalledJob) -> None:
        """It waits for the caller."""

    def help(self, job: CalledJob) -> None:
        if job.claim():
            job.run()


def labels(tasks: Sequence[Task]) -> list[str]:
    """The names of a step's tasks; of several by one name, with their places."""
    names = [task.name for task in tasks]
    return [t.name if names.count(t.name) == 1 else f"{t.name} {t.path[1]}" for t in tasks]


def driving(world: World) -> Callable[[Host], SimulatedDriver]:
    """What makes the drivers of a world, for ``Host.drives``."""
    return partial(SimulatedDriver, world)
