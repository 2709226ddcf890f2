"""Where a run stands that is gone through step by step: its tasks, those of graphs inside and those that code calls.

Theory of operation. Two tell of tasks: the events of the run, and the gate, which each task has to pass before it runs
(``met``). A task is known from the moment that its superstep begins until that of the next one. A task that was let in
and has tasks beneath it, as a graph or a workflow has, is not where the run stands: those beneath it are. This file
decides nothing and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from langgraph_nb.constants import NS_END, START
from langgraph_nb.pregel.events import Event, StepStarted, Task, TaskFinished
from langgraph_nb.pregel.failures import revived
from langgraph_nb.pregel.state import read_values
from langgraph_nb.pregel.written import targets_of
from langgraph_nb.types import Interrupt, PregelTask

__all__ = ["Position", "StepTask"]

_FROM_OUTSIDE = ("KeyboardInterrupt", "CancelledError")
"""What ends a task that has not failed."""
TaskStatus = Literal["waiting", "asked", "failed", "done"]
Namespace = tuple[str, ...]


@dataclass(eq=False, slots=True)
class StepTask:
    """A task of a run that is stepped through.

    Attributes:
        name: The node, or the function that code calls as a task.
        path: The nodes that lead to it, with ``:`` between them.
        input: What it is called with.
        status: ``waiting`` to run, ``asked`` (it waits for an answer), ``failed``, or ``done``.
        interrupts: What it asked.
        error: What it raised.
        writes: What it wrote, once it is done.
    """

    id: str
    name: str
    input: Any
    step: int
    graph: Namespace
    """The namespace of its graph."""
    around: tuple[str, ...]
    """Ids of the tasks that it runs in, the outermost first."""
    names: tuple[str, ...]
    key: tuple[str, ...]
    """By what tasks are ordered."""
    place: tuple[Any, ...]
    """Its path in its superstep."""
    called: bool = False
    """Whether code called it."""
    status: TaskStatus = "waiting"
    interrupts: tuple[Interrupt, ...] = ()
    error: BaseException | None = None
    writes: tuple[tuple[str, Any], ...] = field(default=(), repr=False)

    @property
    def path(self) -> str:
        return ":".join(self.names)

    @property
    def parent(self) -> str:
        return self.around[-1] if self.around else ""

    def __repr__(self) -> str:
        return f"<{self.path}, {self.status}, id {self.id}>"


class Position:
    """The tasks of a run, by id."""

    def __init__(self) -> None:
        self.tasks: dict[str, StepTask] = {}
        self.states: dict[Namespace, Any] = {}
        """The values of each graph as its superstep began."""
        self.entered: set[str] = set()
        """The tasks that were let in, and have not ended."""
        self._led: dict[tuple[Namespace, int], dict[str, set[str]]] = {}
        """Graph and superstep -> node -> the nodes that it led to."""

    def clear(self, graph: Namespace = ()) -> None:
        """Forget the tasks of a graph and of those inside; where they came from stays known."""
        for task in list(self.tasks.values()):
            if task.graph[: len(graph)] == graph:
                self._drop(task)

    # -- what is told --------------------------------------------------------------------------------------------------

    def met(self, scope: Any) -> StepTask:
        """A task is about to run, if it is let. Called in any thread, one at a time."""
        task, caller = scope.task, scope.caller or scope.host.around
        plan = scope.host.plan
        self.states[scope.host.namespace] = read_values(scope.state.values, plan.stream_keys, plan)
        known = self.tasks.get(task.id)
        if known is None:
            parent = self.tasks.get(caller.task.id) if caller is not None else None
            known = self._add(task, scope.host.namespace, parent, scope.caller is not None)
        return known

    def hear(self, graph: Namespace, event: Event) -> None:
        """Take in an event."""
        match event:
            case StepStarted():
                self._step(graph, event.step, event.tasks)
            case TaskFinished() if event.task.name != START:
                self._ended(graph, event)

    def went_well(self) -> None:
        """A part of the run raised nothing: the failures in it were handled."""
        for task in self.tasks.values():
            if task.error is not None and task.status == "waiting":
                task.status = "done"

    def fail(self, error: Exception) -> None:
        """The run ended with this error: the innermost of the tasks that raised it failed, those around it did not."""
        raised = [task for task in self.tasks.values() if task.error is error]
        for task in raised:
            if not any(task.id in other.around for other in raised):
                task.status = "failed"
                self.entered.discard(task.id)

    def learn(self, stored: Iterable[PregelTask]) -> None:
        """What is stored of the outermost graph's tasks: which asked or failed before the run was taken up."""
        for one in stored:
            task = self.tasks.get(one.id)
            if task is None or task.status != "waiting" or task.id in self.entered:
                continue
            if one.interrupts:
                task.status, task.interrupts = "asked", one.interrupts
            elif one.error is not None and not str(one.error).startswith(_FROM_OUTSIDE):
                error: Any = one.error  # of a stored failure there may only be its ``repr``
                task.status, task.error = "failed", revived(error) if isinstance(error, str) else error

    def sources(self, task: StepTask) -> set[str]:
        """The nodes that led to a task."""
        before = self._led.get((task.graph, task.step - 1))
        return {START} if before is None else {name for name, led in before.items() if task.name in led}

    def _add(self, task: Task, graph: Namespace, parent: StepTask | None, called: bool = False) -> StepTask:
        around, names, key = ((*parent.around, parent.id), parent.names, parent.key) if parent else ((), (), ())
        made = StepTask(
            task.id, task.name, task.input, task.step, graph, around, (*names, task.name), (*key, task.place),
            task.path, called,
        )  # fmt: skip
        self.tasks[task.id] = made
        return made

    def _step(self, graph: Namespace, number: int, tasks: Iterable[Task]) -> None:
        ids = {task.id for task in tasks}
        parent = self.tasks.get(graph[-1].rpartition(NS_END)[2]) if graph else None
        for one in list(self.tasks.values()):
            later = one.step > number  # events come late
            if one.graph == graph and not one.called and one.id not in ids and not later:
                self._drop(one)
        for task in tasks if parent or not graph else ():
            if task.id not in self.tasks:
                self._add(task, graph, parent)

    def _ended(self, graph: Namespace, event: TaskFinished) -> None:
        task = self.tasks.get(event.task.id)
        if task is None:
            return
        beneath = any(task.id in other.around for other in self.tasks.values())
        if event.error is not None:
            task.error = event.error
        elif event.paused:
            task.error, task.interrupts = None, event.interrupts or task.interrupts
            task.status = "asked" if task.interrupts else task.status
        else:
            self._drop(task)
            self.tasks[task.id] = task
            task.status, task.writes, task.error, task.interrupts = "done", event.writes, None, ()
            self._led.setdefault((graph, task.step), {})[task.name] = set(targets_of(event.writes))
        if not beneath:
            self.entered.discard(task.id)

    def _drop(self, task: StepTask) -> None:
        """Forget a task and those beneath it."""
        for one in [task, *(other for other in self.tasks.values() if task.id in other.around)]:
            self.tasks.pop(one.id, None)
            self.entered.discard(one.id)

    # -- what is asked -------------------------------------------------------------------------------------------------

    def live(self) -> list[StepTask]:
        """The tasks that have not ended, without those that have such beneath them. The first is where the run stands.

        Those that failed come first, those that ask last.
        """
        open_ = [task for task in self.tasks.values() if task.status != "done"]
        above = {id for task in open_ for id in task.around}
        order = ("failed", "waiting", "asked")
        leaves = (task for task in open_ if task.id not in above)
        return sorted(leaves, key=lambda task: (order.index(task.status), task.key))

    def shown(self) -> list[StepTask]:
        """The tasks of the supersteps that the run is in, also those that have ended, in order."""
        above = {id for task in self.tasks.values() for id in task.around}
        return sorted((t for t in self.tasks.values() if t.id not in above), key=lambda task: task.key)

    def mates(self, task: StepTask) -> Iterator[StepTask]:
        """The tasks of a task's superstep that have not ended, itself too."""
        open_ = (one for one in self.tasks.values() if one.status != "done")
        return (one for one in open_ if (one.graph, one.parent) == (task.graph, task.parent))

    def begun(self, task: StepTask) -> bool:
        """Whether something has run of a task's superstep."""
        above = {id for one in self.tasks.values() for id in one.around}
        mates = (one for one in self.tasks.values() if one.graph == task.graph)
        return any(one.status == "done" or one.id in above for one in mates)
