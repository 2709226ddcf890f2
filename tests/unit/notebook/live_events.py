"""Recorded events and fake graphs for the tests of the live view."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from itertools import pairwise
from typing import Any

from langgraph_nb.constants import BRANCH_TO, END, START
from langgraph_nb.graph.topology import Topology, TopologyEdge, TopologyNode
from langgraph_nb.pregel.events import Event, RunFinished, StepFinished, StepStarted, Task, TaskFinished
from langgraph_nb.types import Command, Interrupt, StateSnapshot


def topology(*names: str, edges: Iterable[tuple[str, str]] = (), name: str = "g") -> Topology:
    """A graph of ordinary nodes, in a row where no edges are given."""
    boxes = [TopologyNode(START, "start"), *map(TopologyNode, names), TopologyNode(END, "end")]
    row = [START, *names, END]
    ways = list(edges) or list(pairwise(row))
    return Topology(name, tuple(boxes), tuple(TopologyEdge(a, b) for a, b in ways))


def task(name: str, step: int = 1, index: int = 0) -> Task:
    return Task(name, ("pull", name, index), (), None, step)


def started(*names: str, step: int = 1) -> StepStarted:
    return StepStarted(step, tuple(task(n, step, i) for i, n in enumerate(names)))


def finished(name: str, step: int = 1, index: int = 0, goto: str = "", **writes: Any) -> TaskFinished:
    steering = ((BRANCH_TO + goto, None),) if goto else ()
    return TaskFinished(task(name, step, index), (*writes.items(), *steering))


def stepped(step: int = 1, /, **values: Any) -> StepFinished:
    return StepFinished(step, values, frozenset(values))


Script = Callable[[Any], list[Any]]
"""From the input of a run to its events; an exception in the list is raised."""


class FakeGraph:
    """What the live view uses of a compiled graph, with a script for an engine."""

    def __init__(self, script: Script, *names: str, checkpointer: Any = "memory", name: str = "g") -> None:
        self.script, self.name, self.checkpointer = script, name, checkpointer
        self.names = names
        self.pending: tuple[Interrupt, ...] = ()
        self.inputs: list[Any] = []

    def topology(self, xray: bool = False) -> Topology:
        return topology(*self.names, name=self.name)

    async def aevents(self, input: Any, config: Any = None, **options: Any) -> AsyncIterator[tuple[Any, Event]]:
        self.inputs.append(input)
        for event in self.script(input):
            if isinstance(event, BaseException):
                raise event
            if callable(event):
                await event()
                continue
            if isinstance(event, RunFinished):
                self.pending = event.interrupts
            yield (), event

    async def aget_state(self, config: Any) -> StateSnapshot:
        return self.get_state(config)

    async def aget_state_history(self, config: Any, *, limit: int | None = None) -> AsyncIterator[StateSnapshot]:
        yield self.get_state(config)

    def get_state(self, config: Any) -> StateSnapshot:
        following = ("ask",) if self.pending else ()
        return StateSnapshot({"n": 1}, following, config, {"step": 1}, "2026-01-01", None, (), self.pending)


def asking(*questions: Interrupt) -> Script:
    """A graph of the node ``ask`` that asks all questions at once, and ends when each has been answered."""
    left = {q.id: q for q in questions}
    got: dict[str, Any] = {}

    def script(input: Any) -> list[Any]:
        if isinstance(input, Command):
            got.update(input.resume)  # type: ignore[arg-type]
        waiting = tuple(q for id, q in left.items() if id not in got)
        first = started("ask")
        if waiting:
            end = TaskFinished(task("ask"), interrupts=waiting)
            return [first, end, RunFinished("interrupted", {"n": 1}, waiting)]
        return [first, finished("ask", got=got), stepped(1, got=got), RunFinished("finished", {"got": dict(got)})]

    return script
