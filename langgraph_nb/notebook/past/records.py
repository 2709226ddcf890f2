"""What is stored of a thread, read for people: its checkpoints, the tasks between them, and the branches they make.

A step is a checkpoint together with the tasks that led to it: those that started from its parent. Everything is worked
out when it is asked for. This file must not know of HTML, pictures or magics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from langgraph_nb.constants import NS_SEP, PUSH, ROOT
from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.live.run import name_of, title_of
from langgraph_nb.notebook.live.steps import state_writes
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.threads import thread_meant
from langgraph_nb.persistence import CheckpointTuple
from langgraph_nb.pregel.begin import apply_null_writes, restore
from langgraph_nb.pregel.deltas import completed
from langgraph_nb.pregel.drive_sync import drive_sync
from langgraph_nb.pregel.events import Task
from langgraph_nb.pregel.failures import with_handlers
from langgraph_nb.pregel.next_tasks import next_tasks
from langgraph_nb.pregel.pending import NULL_TASK_ID, TaskRecord
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.registers import Registers
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.results import drain
from langgraph_nb.pregel.snapshots import as_it_is, config_of
from langgraph_nb.pregel.state import ChannelState, read_values
from langgraph_nb.types import Interrupt

__all__ = ["COMMAND", "Branch", "Past", "PastStep", "PastTask", "config_inside", "read_at", "read_past"]

COMMAND = "Command"
"""Who wrote what a ``Command`` given as input wrote."""
LIMIT = 200
"""Checkpoints that are read, the newest, unless a caller says otherwise: each has all values."""
EVERYTHING = 10**9
SHORT_ID = 18
"""Characters of a checkpoint's id that hold its time."""


@dataclass(frozen=True, slots=True)
class PastTask:
    """One run of a node."""

    name: str
    triggers: tuple[str, ...]
    """The channels that made it run; of a ``Send``, none of the node's own."""
    pushed: bool
    """Whether a ``Send`` asked for it."""
    finished: bool
    writes: tuple[tuple[str, Any], ...]
    """(channel, value), those that steer included."""
    error: Any = None
    interrupts: tuple[Interrupt, ...] = ()
    """The questions that it asked and that had no answer."""

    @property
    def wrote(self) -> list[tuple[str, Any]]:
        """What it wrote to the state."""
        return state_writes(self.writes)


class PastStep:
    """A stored checkpoint and how it came about."""

    def __init__(self, past: Past, saved: CheckpointTuple) -> None:
        self._past, self.saved = past, saved
        self.id: str = saved.checkpoint["id"]
        parent = (saved.parent_config or {}).get("configurable", {})
        self.parent_id: str | None = parent.get("checkpoint_id")

    @property
    def number(self) -> int:
        """The superstep's number: -1 for input, 0 for its way in."""
        return int(self.saved.metadata.get("step", -1))

    @property
    def source(self) -> str:
        """``input``, ``loop``, ``update`` or ``fork``."""
        return str(self.saved.metadata.get("source", ""))

    @property
    def created_at(self) -> str:
        """When, ISO 8601."""
        return str(self.saved.checkpoint.get("ts") or "")

    @property
    def config(self) -> Any:
        """Addresses it, as for ``get_state`` and ``invoke``."""
        return config_of(self.saved.config, self.saved.metadata)

    @property
    def parent(self) -> PastStep | None:
        """The step before it, where that is stored and was read."""
        return self._past.steps.get(self.parent_id or "")

    @property
    def ran(self) -> tuple[PastTask, ...]:
        """The tasks that led to it. Unknown (none) where an update or a fork made it."""
        if self.source != "loop" or self.parent is None:
            return ()
        return tuple(task for task in self.parent.tasks if task.finished)

    @cached_property
    def tasks(self) -> tuple[PastTask, ...]:
        """The tasks that start from it, with what is known of them; what came with a ``Command`` is one of them."""
        plan, run = self._past.plan, self._registers
        tasks = with_handlers(plan, next_tasks(run.state, None, run.step, run.seed), run.records)
        found = [_task(task.name, task, run.records.get(task.id, TaskRecord())) for task in tasks]
        given = run.records.get(NULL_TASK_ID)
        return (*found, *([_task(COMMAND, None, given)] if given is not None and given.writes else []))

    @property
    def next(self) -> tuple[str, ...]:
        """The nodes that start from it."""
        return tuple(task.name for task in self.tasks if task.name != COMMAND)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The state after it."""
        plan = self._past.plan
        found = read_values(self.channels.values, plan.stream_keys, plan)
        return found if isinstance(found, Mapping) else {} if found is None else {ROOT: found}

    @property
    def before(self) -> Mapping[str, Any]:
        """The state before it; empty where that is not known."""
        return self.parent.values if self.parent is not None else {}

    @property
    def channels(self) -> ChannelState:
        """The channels as it left them."""
        return self._registers.state

    @cached_property
    def _registers(self) -> Registers:
        plan = self._past.plan
        run = Registers(plan, Request(None, self.config["configurable"], plan.stream_keys, next_version=as_it_is))
        restore(run, self.saved)
        if not self._past.children(self.id):
            apply_null_writes(run)
        return run

    def writers(self, key: str) -> tuple[str, ...]:
        """The nodes that wrote a key of the state in it."""
        return tuple(dict.fromkeys(task.name for task in self.ran if any(k == key for k, _ in task.wrote)))


def _task(name: str, task: Task | None, record: TaskRecord) -> PastTask:
    pushed = task is not None and task.path[0] == PUSH
    triggers = tuple(task.triggers) if task is not None else ()
    waiting = record.waiting(task.id) if task is not None else ()
    error = None if record.finished else record.error
    return PastTask(name, triggers, pushed, record.finished, tuple(record.writes), error, waiting)


@dataclass(frozen=True, slots=True)
class Branch:
    """A way through the checkpoints of a thread, from where it leaves an older one to its end."""

    name: str
    steps: tuple[PastStep, ...]
    """Its own, the oldest first."""

    @property
    def head(self) -> PastStep:
        """Its newest step."""
        return self.steps[-1]


class Past:
    """The stored steps of a thread.

    Args:
        name: What to call the graph.
        thread: The thread.
        graph: The graph whose checkpoints they are.
        saved: The checkpoints, in any order.
        more: Whether there are older ones that were not read.
        source: The graph and the config that were asked, by which it can be read again.
    """

    def __init__(
        self, name: str, thread: str, graph: Any, saved: Iterable[CheckpointTuple], more: bool = False,
        source: tuple[Any, Any] = (None, None),
    ) -> None:  # fmt: skip
        self.name, self.thread, self.graph, self.more = name, thread, graph, more
        self.outer, self.config = source
        self.called = name_of(self.outer) if self.outer is not None else name
        """What magics find the graph by."""
        self.inside = ""
        """The nodes that lead to the graph, where it is inside of another one."""
        self.plan: Plan = graph.plan
        found = sorted((PastStep(self, one) for one in saved), key=lambda step: step.id, reverse=True)
        self.steps: dict[str, PastStep] = {step.id: step for step in found}
        """By checkpoint id, the newest first."""
        self._children: dict[str, list[PastStep]] = {}
        for step in reversed(found):
            if step.parent_id in self.steps:
                self._children.setdefault(step.parent_id, []).append(step)

    @property
    def head(self) -> PastStep | None:
        """The newest step: where runs go on from."""
        return next(iter(self.steps.values()), None)

    @property
    def magic(self) -> str:
        """The line that shows it again."""
        return f"%history {self.called} --thread {self.thread}" + (f" --inside {self.inside}" if self.inside else "")

    def children(self, id: str) -> list[PastStep]:
        """The steps that followed on one, the oldest first."""
        return self._children.get(id, [])

    def line(self, head: PastStep | None) -> list[PastStep]:
        """A step and those before it, the newest first."""
        found = []
        while head is not None:
            found.append(head)
            head = head.parent
        return found

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """All branches, in the order in which they began: ``b1`` is the first, and later ones do not rename it."""
        starts = sorted((s for s in self.steps.values() if s.parent is None), key=lambda step: step.id)
        starts += sorted((s for many in self._children.values() for s in many[1:]), key=lambda step: step.id)
        found = [tuple(self._from(start)) for start in starts]
        # of a part of the branches, a number would not say which one is meant another time
        named = [steps[-1].id[:SHORT_ID] if self.more else f"b{n}" for n, steps in enumerate(found, 1)]
        return tuple(map(Branch, named, found))

    def _from(self, step: PastStep) -> Iterator[PastStep]:
        yield step
        while followers := self.children(step.id):
            step = followers[0]
            yield step

    def at(self, place: Any = None) -> PastStep:
        """The step that is meant.

        Args:
            place: A step's number (on the current branch, or on the only other one that has it), a branch (its newest
                step), a checkpoint's id or how it begins, a config, a step; by default the newest.

        Raises:
            CellError: When there is none, or more than one.
        """
        head = self.head
        if head is None:
            meant = thread_meant(self.outer or self.graph, self.thread) or "Run it with this thread first."
            raise CellError(f"{self.name}, thread {self.thread}: nothing is stored.", meant)
        if place is None:
            return head
        if isinstance(place, PastStep):
            return place
        if isinstance(place, Mapping):
            place = place.get("configurable", {}).get("checkpoint_id", "")
        text = str(place)
        here = [step for step in self.line(head) if str(step.number) == text]
        named = next((branch.head for branch in self.branches if branch.name == text), None)
        found = here[:1] or ([named] if named is not None else [])
        found = found or [step for step in self.steps.values() if str(step.number) == text]
        found = found or [step for id, step in self.steps.items() if text and id.startswith(text)]
        if len(found) == 1:
            return found[0]
        if found:
            of = {step.id: branch.name for branch in self.branches for step in branch.steps}
            some = ", ".join(f"{step.id} (of {of[step.id]})" if step.id in of else step.id for step in found[:5])
            elsewhere = ", and none is on the current branch" if text == str(found[0].number) else ""
            raise CellError(f"{len(found)} steps are meant by {text!r}{elsewhere}.", f"Name a checkpoint: {some}.")
        known = [*(str(step.number) for step in self.line(head)), *(branch.name for branch in self.branches)]
        raise CellError(f"Thread {self.thread} has no step {text!r}.", did_you_mean(text, known))


def read_at(
    graph: Any, thread: str | None = None, at: Any = None, *, config: Mapping[str, Any] | None = None,
    limit: int | None = None, before: int | None = None, alone: bool = False,
) -> tuple[Past, PastStep]:  # fmt: skip
    """``read_past``, and the step that is meant by ``at``; as much is read as it takes to find it.

    Args:
        graph: A compiled graph with a checkpointer.
        thread: The thread's id.
        at: As for ``Past.at``.
        config: As for ``read_past``.
        limit: As for ``read_past``; then no more is read.
        before: A step's number; some of those before it are read too.
        alone: Whether the step is enough, without those before it.

    Raises:
        CellError: When there is no such step.
    """
    past = read_past(graph, thread, config=config, limit=limit)
    final = not past.more or limit is not None
    try:
        step = past.at(at)
        if final or before is None or past.line(step)[-1].number < before - LIMIT // 2:
            return past, step
    except CellError:
        if final:
            raise
    if alone and re.fullmatch(r"-?\d+", str(at)):
        found = read_past(graph, thread, config=config, filter={"step": int(at)})
        if len(found.steps) == 1:
            return found, next(iter(found.steps.values()))
    past = read_past(graph, thread, config=config, limit=EVERYTHING)
    return past, past.at(at)


def config_inside(
    graph: Any, thread: str | None, inside: str | None, config: Mapping[str, Any] | None = None
) -> Mapping[str, Any] | None:
    """The config of the thread of a graph that a node runs, as the node ran last.

    Args:
        graph: The graph around.
        thread: Its thread.
        inside: The node; of a graph deeper inside, the nodes that lead to it: ``"outer|inner"``.
        config: As for ``read_past``.

    Raises:
        CellError: When the node has not run, or runs no graph that keeps its state.
    """
    for node in inside.split(NS_SEP) if inside else ():
        past = read_past(graph, thread, config=config)
        config, thread = _inside(past, node), None
    return config


def _inside(past: Past, node: str) -> Any:
    for step in past.line(past.at()):
        if any(task.name == node for task in step.tasks):
            place = {**past.config, "configurable": {**past.config["configurable"], **step.config["configurable"]}}
            states = [task.state for task in past.outer.get_state(place).tasks if task.name == node and task.state]
            if states:
                return states[-1]
    known = [name for name in past.graph.inner_graphs]
    raise CellError(f"Node {node!r} ran no graph that keeps its state.", did_you_mean(node, known))


def read_past(
    graph: Any, thread: str | None = None, *, config: Mapping[str, Any] | None = None, limit: int | None = None,
    filter: dict[str, Any] | None = None,
) -> Past:  # fmt: skip
    """Read what is stored of a thread.

    Args:
        graph: A compiled graph with a checkpointer.
        thread: The thread's id.
        config: More of the config; with a ``checkpoint_ns``, a graph inside of a node is meant.
        limit: How many checkpoints at most, the newest.
        filter: What their metadata must have.

    Raises:
        ValueError: Without a checkpointer, or without a thread.
    """
    given = dict((config or {}).get("configurable") or {})
    given.pop("checkpoint_id", None)
    if thread is not None:
        given["thread_id"] = str(thread)
    inner, host, request = graph._bind_thread({**(config or {}), "configurable": given})
    limit = LIMIT if limit is None else limit
    found = list(islice(host.saver.list({"configurable": request.address}, filter=filter, limit=limit + 1), limit + 1))
    whole = [drain(drive_sync(completed(inner.plan, saved), host)) for saved in found[:limit]]
    more, source = len(found) > limit, (graph, {**(config or {}), "configurable": given})
    name = title_of(graph) if inner is graph else str(inner.name)
    return Past(name, str(given.get("thread_id", "")), inner, whole, more, source)
