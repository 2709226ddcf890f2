"""What the drivers that run tasks share: what they keep between commands, and how a run ends early.

They differ in how they wait. When a step is cut off, the run is first told of the tasks that had finished, so that
their writes are kept, and only then of what cut it off.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from langgraph_nb.checkpoint.claims import Claim, ClaimRow
from langgraph_nb.pregel.called import Calling
from langgraph_nb.pregel.commands import CancelTasks, Emit, EngineCommand, Rewind, RunTasks, WaitTasks
from langgraph_nb.pregel.events import Answer, ClaimFound, Event, TaskFinished, TasksFinished
from langgraph_nb.pregel.host import Heard, Host, Listener, Travel
from langgraph_nb.pregel.request import RunClosed
from langgraph_nb.pregel.stamps import stamp_from_clock

if TYPE_CHECKING:
    from langgraph_nb.pregel.call import Scope

GRACE = 0.5
"""Seconds that an interrupted task gets to end before the caller is let go."""
_first_call = threading.Lock()
"""Nodes side by side may make their first calls at once."""


class Driver:
    """The state of one run's driver."""

    def __init__(self, host: Host, sleep: Callable[[float], Any]) -> None:
        self.host = host
        self.finished: list[TaskFinished] = []
        """The tasks that ended, and that the run was not told of yet."""
        self.stopped: BaseException | None = None
        """What interrupted a step; raised once what had finished is taken note of."""
        self.watches = host.emits_midway or host.step_timeout is not None
        """Whether there is something to look after while a task runs."""
        self._clock = host.clock or time.monotonic
        self._deadline: float | None = None
        self.blocks = getattr(host.saver, "blocking", True)
        """Whether storing takes long enough to be done behind the run's back."""
        self.calls: Any = None
        """The tasks that tasks call, once one does."""
        self.stamp = host.stamp or stamp_from_clock
        self.sleep: Callable[[float], Any] = host.sleep or sleep
        me = host.driver = weakref.ref(self)  # what runs on after the run is over does not keep it alive
        if host.listener is None:
            host.listener = _listener(me)

    def begin(self, scope: Scope, commands: Calling) -> Any:
        """Begin a task that a running task calls. Returns its future. Called from any thread."""
        if not self.calls:
            with _first_call:
                self.calls = self.calls or self.calls_of_run()
        return self.calls.begin(scope, commands)

    def calls_of_run(self) -> Any:
        """What begins tasks that are called, and waits for them."""
        raise NotImplementedError

    def hear(self, heard: Heard) -> None:
        """Take an event from inside of a task. Called from any thread."""
        raise NotImplementedError

    def tell(self, event: Event) -> None:
        """Tell the listener of something that happens inside of a task."""
        assert self.host.listener is not None
        self.host.listener((self.host.namespace, event))

    def until_wait(self, commands: Calling) -> EngineCommand | TaskFinished:
        """Perform the commands of a call until one may have to be waited for, or the result is there."""
        while True:
            try:
                command = next(commands)
            except StopIteration as stop:
                finished: TaskFinished = stop.value
                return finished
            if not isinstance(command, Emit):
                return command
            self.tell(command.event)

    @property
    def fences(self) -> bool:
        """Whether the saver knows claims."""
        return getattr(self.host.saver, "fences", False)

    def found(self, claim: Claim | ClaimRow | None) -> ClaimFound:
        """What the run is told of the last claim to the thread."""
        return ClaimFound() if claim is None else ClaimFound(claim.token, claim.ended, claim.stands())

    def begin_claim(self) -> Claim:
        """The run's claim to its thread, to be made now."""
        claim = self.host.claim
        assert claim is not None
        claim.begin()
        return claim

    def _taken(self, alone: RunTasks | None = None) -> TasksFinished:
        """The tasks to tell the run of."""
        taken, self.finished = tuple(self.finished), []
        return self.told(taken, alone)

    def told(self, finished: tuple[TaskFinished, ...], alone: RunTasks | None = None) -> TasksFinished:
        """What the run is told of tasks that ended; of the one task of a command, if it is given."""
        stamped = self.stamp(alone.tasks[0].step) if alone is not None and alone.stamp else None
        return TasksFinished(finished, bool(self.host.controls), stamped)

    def _begin_step(self) -> None:
        """Take note of when the step has to be over."""
        limit = self.host.step_timeout
        self._deadline = None if limit is None else self._clock() + limit

    def _seconds_left(self) -> float:
        """Seconds until the step has to be over. Raises ``TimeoutError`` when there are none."""
        left = (self._deadline or 0.0) - self._clock()
        if left <= 0:
            raise TimeoutError("Timed out")
        return left

    def _tell_inside(self, command: EngineCommand) -> None:
        """Have graphs inside of tasks know where they begin."""
        if isinstance(command, Rewind):
            self.host.travel = self.host.travel or Travel()
            self.host.travel.before = command.before

    def _raise_stopped(self) -> None:
        """At the end of a run: raise what cut it off, unless it was only closed."""
        if self.stopped is not None and not isinstance(self.stopped, RunClosed):
            raise self.stopped from None

    def _after_stop(self, command: EngineCommand, error: BaseException) -> tuple[Answer, BaseException | None]:
        """What the run is told once its tasks have been stopped: an answer, or an error."""
        if isinstance(command, (RunTasks, WaitTasks, CancelTasks, Emit)):
            self.stopped = error
            if isinstance(command, Emit):
                return None, None
            if self.finished:
                return self._taken(), None
        return None, error


def _listener(driver: weakref.ref[Driver]) -> Listener:
    """Has a run take events, until it is over."""

    def listen(heard: Heard) -> None:
        if (found := driver()) is not None:
            found.hear(heard)

    return listen


def look_at(future: asyncio.Future[Any]) -> None:
    """Without this, the loop complains of an error that nobody has looked at: it is known to the run."""
    if not future.cancelled():
        future.exception()
