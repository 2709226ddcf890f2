"""A thread's stored history, to be replayed against today's code, and what came of that."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from langgraph_nb.persistence import CheckpointTuple
from langgraph_nb.pregel.changed import shape_then
from langgraph_nb.pregel.commands import EngineCommand, ListCheckpoints
from langgraph_nb.pregel.deltas import completed
from langgraph_nb.pregel.events import Answer, Listed
from langgraph_nb.pregel.inner import KeptGraph, graph_at, node_path
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.updates import writers_only
from langgraph_nb.records import record
from langgraph_nb.shape import Shape


@record
class Divergence:
    """Where a stored history and today's code part.

    Example:
        >>> print(Divergence("tasks", 1, {}, "ask", ("reply",), ("send",)))
        Step 1: after 'ask', recorded is ('reply',), today's code gives ('send',).
    """

    kind: Literal["tasks", "writes", "values"]
    """What is not the same: the tasks of a step, or those that it leads to; what a node writes; the state."""
    step: int
    """The superstep."""
    config: Any
    """Addresses the checkpoint that the step started from."""
    where: str = ""
    """The node, or the key of the state."""
    expected: Any = None
    """What is recorded."""
    actual: Any = None
    """What comes of it today."""

    def __str__(self) -> str:
        place = {"tasks": "after", "writes": "in", "values": "at"}[self.kind]
        told = f" {place} {self.where!r}," if self.where else ""
        return f"Step {self.step}:{told} recorded is {self.expected!r}, today's code gives {self.actual!r}."


@record
class ReplayCheck:
    """What came of replaying a history.

    Example:
        >>> check = ReplayCheck(steps=3, tasks=4)
        >>> check.ok, str(check)
        (True, '3 steps, 4 tasks: as recorded.')
    """

    steps: int = 0
    """Supersteps that were made again, until the first that diverged."""
    tasks: int = 0
    """Their tasks."""
    skipped: int = 0
    """Checkpoints that nothing leads to which is stored: updates, forks, and what ``durability="exit"`` left out."""
    divergence: Divergence | None = None

    @property
    def ok(self) -> bool:
        """Whether today's code does what is recorded."""
        return self.divergence is None

    def __str__(self) -> str:
        return f"{self.steps} steps, {self.tasks} tasks: {self.divergence or 'as recorded.'}"


@record
class History:
    """The checkpoints of one graph of a thread, under today's names."""

    graph: KeptGraph
    saved: tuple[CheckpointTuple, ...]
    """The oldest first."""
    shapes: Mapping[Any, Shape] = field(default_factory=dict)
    """What checkpoints say of their graph -> its shape, where that was another one."""


def joined(checks: Sequence[ReplayCheck]) -> ReplayCheck:
    """The checks of several graphs of a thread as one."""
    divergence = next((check.divergence for check in checks if check.divergence is not None), None)
    return ReplayCheck(
        sum(c.steps for c in checks), sum(c.tasks for c in checks), sum(c.skipped for c in checks), divergence
    )


def histories(
    graph: KeptGraph, request: Request
) -> Generator[EngineCommand, Answer, tuple[History, ...]]:
    """All that is stored of a thread, by the graphs that it is of: the outermost first."""
    address = dict(request.address or {})
    if not address.get("checkpoint_ns"):
        address.pop("checkpoint_ns", None)
    listed = yield ListCheckpoints({"configurable": address})
    assert isinstance(listed, Listed)
    if not listed.saved:
        raise ValueError(f"Nothing is stored of thread {address['thread_id']!r}. Run the graph with this thread first.")
    spaces: dict[str, list[CheckpointTuple]] = {}
    for saved in listed.saved:
        spaces.setdefault(saved.config["configurable"].get("checkpoint_ns", ""), []).append(saved)
    found = []
    for namespace in sorted(spaces):
        whole = not namespace or "checkpoint_ns" in address
        inner = graph if whole else graph_at(graph, node_path(namespace))
        if inner is not None:
            found.append((yield from _history(inner, spaces[namespace])))
    return tuple(found)


def _history(
    graph: KeptGraph, saved: Iterable[CheckpointTuple]
) -> Generator[EngineCommand, Answer, History]:
    whole, shapes = [], {}
    for found in sorted(saved, key=lambda found: found.checkpoint["id"]):
        whole.append((yield from completed(graph.plan, found)))
        word = found.checkpoint.get("graph")
        if word not in shapes and (then := (yield from shape_then(graph.plan, whole[-1]))) is not None:
            shapes[word] = then
    return History(graph, tuple(whole), shapes)


def host_plan(history: History, run_nodes: bool) -> Plan:
    """What the host of a replay has: the plan, or only what nodes' results pass through."""
    return history.graph.plan if run_nodes else writers_only(history.graph.plan)
