"""What a person sees of a run, folded from its events.

Theory of operation. A ``RunView`` is fed by ``begin``, ``fold`` (one event), ``print_text``, ``set_forms``, ``fail``
and ``stop``; it never looks at a clock: the time is handed in, in seconds of any origin. Two readers: ``patch(now)`` is
what changed since the last look, small enough to be sent fifteen times a second, and ``snapshot(now)`` is everything,
for a page that comes later. Both count up ``seq``, so a page that applies the patches after a snapshot in order, and
asks for a snapshot when a number is missing, shows what is. Both are JSON data, and all text is plain.

Statuses of a node: ``waiting`` until it starts, ``running`` while one of its tasks does, then the worst of what its
tasks came to: ``failed``, ``paused``, ``done``, or ``cached`` when none of them had to run. What a finished run never
came to is ``skipped``. This file must not know of widgets, of event loops, or of how a run is started.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from langgraph_nb.constants import END, NS_END, NS_SEP, RETURN, ROOT, START
from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.live.failure import describe_failure, failure_text
from langgraph_nb.notebook.live.outputs import Outputs, progress_of
from langgraph_nb.notebook.live.steps import WHOLE, Steps, state_writes
from langgraph_nb.notebook.live.ways import OpenStep, boxes, levels, ways_of
from langgraph_nb.notebook.picture.xmltext import node_id
from langgraph_nb.pregel.events import (
    CustomData,
    Event,
    MessageChunk,
    RunFinished,
    StepFinished,
    StepStarted,
    Task,
    TaskCalled,
    TaskFinished,
)
from langgraph_nb.pregel.failures import listed, state_keys
from langgraph_nb.pregel.written import targets_of
from langgraph_nb.types import Interrupt

__all__ = ["NodeView", "RunStatus", "RunView"]

RunStatus = Literal["ready", "running", "paused", "done", "failed", "stopped"]
NodeStatus = Literal["waiting", "running", "done", "failed", "paused", "cached", "skipped"]


@dataclass(slots=True)
class NodeView:
    """One node."""

    status: NodeStatus = "waiting"
    visits: int = 0
    spent: float = 0.0
    """Seconds in which at least one of its tasks ran, up to ``since``."""
    since: float | None = None
    """When it began to run, if it does."""
    total: int = 0
    """Tasks of its current step."""
    done: int = 0
    progress: float | None = None
    """0 to 1, as the node reported it."""
    step: int = -(10**9)
    open: set[str] = field(default_factory=set)
    """Ids of tasks that run."""
    ends: set[NodeStatus] = field(default_factory=set)
    """What the tasks of its current step came to."""
    called: dict[str, bool] = field(default_factory=dict)
    """Of what is no node but a task that code calls: ids of its calls, and whether they are done."""

    def to_json(self, now: float) -> dict[str, Any]:
        spent = self.spent + (now - self.since if self.since is not None else 0.0)
        shown = {"status": self.status, "visits": self.visits, "spent": round(spent, 2)}
        if self.total > 1:
            shown |= {"done": self.done, "total": self.total}
        return shown if self.progress is None else {**shown, "progress": round(self.progress, 3)}

    def worst(self) -> NodeStatus:
        order: tuple[NodeStatus, ...] = ("failed", "paused", "done", "cached")
        return next((s for s in order if s in self.ends), "done")


class RunView:
    """The state of a live view.

    Args:
        topology: The graph's shape; its nodes are there from the beginning, waiting.
        name: What the graph is called.
        thread: The thread's id, or ``None`` where nothing is stored.
        describe: Makes JSON data of an exception; see ``failure.describe_failure``.

    Example:
        >>> view = RunView(Topology("g", (), ()), name="g")
        >>> view.begin(None, 0.0); view.snapshot(1.5)["elapsed"]
        1.5
    """

    def __init__(
        self,
        topology: Topology,
        *,
        name: str,
        thread: str | None = None,
        describe: Callable[[BaseException], dict[str, Any]] = describe_failure,
    ) -> None:
        self.name, self.thread = name, thread
        self.status: RunStatus = "ready"
        self.note = ""
        self.nodes: dict[str, NodeView] = {path: NodeView() for path, _ in boxes(topology)}
        self.edges: dict[tuple[str, str], None] = {}
        self.outputs, self.steps = Outputs(), Steps()
        self.log = self.outputs.log
        self.forms: list[dict[str, Any]] = []
        self.failure: dict[str, Any] | None = None
        self.step: dict[str, Any] | None = None
        """Where a run stands that is gone through step by step, as JSON data."""
        self.interrupts: tuple[Interrupt, ...] = ()
        self.resumable = False
        """Whether a button can go on with the thread."""
        self.seq = 0
        self.left = False
        """Whether a node, with all its tasks, has ended since the last look."""
        self._ways = {path: ways_of(level) for path, level in levels(topology)}
        self._describe = describe
        self._error: BaseException | None = None
        self._spent = 0.0
        self._since: float | None = None
        self._steps_open: dict[tuple[str, ...], OpenStep] = {}
        self._touched: dict[str, None] = {}
        self._new_edges: list[list[str]] = []
        self._parts: set[str] = set()
        self._said_by: tuple[tuple[str, ...], str, str] = ((), "", "")
        self._done: set[str] = set()
        """Ids of tasks that ended well, of the superstep that is under way."""
        self._kept: dict[str, tuple[int, int]] = {}
        """Task that code calls -> the entry that says how many of its results were known, and how many."""

    # -- what happens --------------------------------------------------------------------------------------------------

    def begin(self, input: Any, now: float) -> None:
        """A run starts, or goes on."""
        self._since, self.failure, self._error, self.interrupts = now, None, None, ()
        self.set_status("running")
        self.set_forms([])
        self._kept.clear()
        if START in self.nodes:
            self._node(START).status = "done"
        self.outputs.given(input)

    def fold(self, ns: tuple[str, ...], event: Event, now: float) -> None:
        """Take in one event.

        Args:
            ns: Where it happened: empty for the graph itself, ``("node:task id", ...)`` in a subgraph.
            event: What happened.
            now: When, in seconds.
        """
        if isinstance(event, MessageChunk):  # first: there are many tokens
            self.outputs.message(self._path(ns, event.task.name), event.task, event.message, event.metadata)
            return
        at = _names(ns)
        match event:
            case StepStarted():
                self._step_started(ns, at, event, now)
            case TaskCalled():
                self.outputs.places.called(ns, event.task)
                self._called(node_id((*at, event.task.name)), event, now)
            case TaskFinished():
                self._task_finished(ns, at, event, now)
            case StepFinished() if not ns:
                self._step_finished(event)
            case CustomData():
                self._custom(node_id((*at, event.task.name)), event)
            case RunFinished() if not ns:
                self._run_finished(event, now)
            case RunFinished() if event.status == "finished":
                self._reach_end(ns, at)

    def _path(self, ns: tuple[str, ...], name: str) -> str:
        """A node's path; the same for all tokens of a message, which is why the last is kept."""
        if (ns, name) != self._said_by[:2]:
            self._said_by = ns, name, node_id((*_names(ns), name))
        return self._said_by[2]

    def print_text(self, node: str, text: str) -> None:
        """A node printed."""
        self.outputs.printed(node, text)

    def fail(self, error: BaseException, now: float) -> None:
        """The run ended with an error."""
        if error is not self._error:  # no node's, or a handled one's
            self.failure = {**self._describe(error), "node": ""}
        self._settle(now)
        self._end("failed", now)

    def stop(self, now: float) -> None:
        """The run was stopped from outside."""
        self._settle(now)
        self._end("stopped", now)

    def set_status(self, status: RunStatus, note: str = "") -> None:
        """The run's status, with a sentence for the person if there is something to say."""
        self.status, self.note = status, note
        self._parts |= {"status", "failure"}

    def set_note(self, note: str) -> None:
        self.note = note
        self._parts.add("status")

    def set_forms(self, forms: list[dict[str, Any]]) -> None:
        """The questions that wait, as JSON data."""
        self.forms = forms
        self._parts.add("forms")

    def set_step(self, step: dict[str, Any]) -> None:
        """Where a run stands that is gone through step by step."""
        self.step = step
        self._parts.add("step")

    def _settle(self, now: float) -> None:
        """What still ran when the run ended waits to be run again."""
        for path, node in self.nodes.items():
            if node.open:
                node.open.clear()
                self._leave(path, node, node.worst() if "failed" in node.ends else "waiting", now)

    def remember(self, step: int, values: Any, ran: tuple[str, ...], ns: tuple[str, ...] = ()) -> None:
        """Take in a step of a stored thread.

        Args:
            step: Its number.
            values: The state after it.
            ran: The nodes that ran in it; none in that of the input.
            ns: Where it was, as for `fold`.
        """
        at, before, names = _names(ns), self._steps_open.get(ns) or OpenStep(), list(dict.fromkeys(ran))
        for name in names:
            node = self._node(node_id((*at, name)))
            node.status, node.visits = "done", node.visits + 1
            self._came(at, before, name)
        self._steps_open[ns] = OpenStep(step, names, {name: [] for name in names})
        if not ns:
            self.steps.add(step, values, values if isinstance(values, dict) else (), names, {})

    def mark_waiting(self, names: tuple[str, ...], paused: frozenset[str], ns: tuple[str, ...] = ()) -> None:
        """Show a stored thread: the nodes that come next, and those that asked."""
        at, before = _names(ns), self._steps_open.get(ns) or OpenStep()
        for name in names:
            self._node(node_id((*at, name))).status = "paused" if name in paused else "waiting"
            self._came(at, before, name)
        if (start := node_id((*at, START))) in self.nodes:
            self._node(start).status = "done"

    def _came(self, at: tuple[str, ...], before: OpenStep, name: str) -> None:
        """The ways from the step before to a node were taken."""
        for source in before.sources(name, self._ways.get(node_id(at), {})):
            self._take(at, source, name)

    # -- what is shown -------------------------------------------------------------------------------------------------

    @property
    def changed(self) -> bool:
        """Whether there is something to report."""
        return bool(self._parts or self._touched or self._new_edges or self.log.changed or self.steps.changed)

    def patch(self, now: float) -> dict[str, Any] | None:
        """What changed since the last call, or ``None``."""
        patch: dict[str, Any] = {}
        if self._touched:
            patch["nodes"] = {path: self.nodes[path].to_json(now) for path in self._touched}
        if self._new_edges:
            patch["edges"] = self._new_edges
        if (log := self.log.patch()) is not None:
            patch |= {"gone": log.gone, "entries": log.entries, "grown": log.grown}
        if steps := self.steps.patch():
            patch["steps"] = steps
        if "forms" in self._parts:
            patch["forms"] = self.forms
        if "step" in self._parts:
            patch["step"] = self.step
        if "failure" in self._parts:
            patch["failure"] = self.failure
        if not patch and not self._parts:
            return None
        self._touched, self._new_edges, self._parts, self.left = {}, [], set(), False
        self.seq += 1
        return {"seq": self.seq, **self._head(now), **patch}

    def snapshot(self, now: float) -> dict[str, Any]:
        """Everything; what the next patch would have said is part of it."""
        self.patch(now)
        return {
            "seq": self.seq, **self._head(now), "name": self.name, "thread": self.thread or "",
            "nodes": {path: node.to_json(now) for path, node in self.nodes.items()},
            "edges": [list(edge) for edge in self.edges], "entries": self.log.to_json(),
            "steps": self.steps.to_json(), "forms": self.forms, "failure": self.failure, "step": self.step,
        }  # fmt: skip

    def elapsed(self, now: float) -> float:
        """Seconds that the run has taken, without its pauses."""
        return self._spent + (now - self._since if self._since is not None else 0.0)

    def _head(self, now: float) -> dict[str, Any]:
        elapsed = round(self.elapsed(now), 2)
        return {"status": self.status, "note": self.note, "elapsed": elapsed, "resumable": self.resumable}

    # -- steps and tasks -----------------------------------------------------------------------------------------------

    def _step_started(self, ns: tuple[str, ...], at: tuple[str, ...], event: StepStarted, now: float) -> None:
        self.outputs.places.step(ns, event)
        before = self._steps_open.get(ns) or OpenStep()
        again = before.number == event.step  # the step of a pause, gone on with
        by_name: dict[str, list[Task]] = {}
        for task in event.tasks:
            by_name.setdefault(task.name, []).append(task)
        if not again and not ns:
            self._done.clear()
        if before.number > event.step:
            self._go_back(at, event.step, by_name)
        if not again:
            self._drop_waiting(at, event.step, by_name)
        else:
            self._drop_instead(at, before.ran, by_name)
        self._steps_open[ns] = OpenStep(event.step, [*by_name])
        if at and (start := node_id((*at, START))) in self.nodes and self.nodes[start].status != "done":
            self._node(start).status = "done"
        for name, tasks in by_name.items():
            self._enter(node_id((*at, name)), tasks, event.step, now)
            if not again:
                self._came(at, before, name)

    def _drop_waiting(self, at: tuple[str, ...], step: int, now: Collection[str]) -> None:
        """What waited in an earlier step and is not run now never will be: somebody wrote in its place."""
        for path, node in self.nodes.items():
            level, _, name = path.rpartition(NS_SEP)
            if node.status == "paused" and level == node_id(at) and 0 <= node.step < step and name not in now:
                self._wait_again(path)

    def _drop_instead(self, at: tuple[str, ...], ran: Collection[str], now: Collection[str]) -> None:
        """The step begins with other tasks than it had: the copy of an earlier one has its number."""
        for path in [node_id((*at, name)) for name in ran if name not in now]:
            if self.nodes[path].status == "paused":
                self._wait_inside(path)
                self._wait_again(path)

    def _go_back(self, at: tuple[str, ...], step: int, now: Collection[str]) -> None:
        """The run went back: what ran later, in this graph and in those inside of it, waits again."""
        for path, node in list(self.nodes.items()):
            level, _, name = path.rpartition("|")
            if level == node_id(at) and node.step >= step and name not in now:
                for waits in [inner for inner in self.nodes if inner == path or inner.startswith(f"{path}|")]:
                    self._wait_again(waits)

    def _wait_again(self, path: str) -> None:
        """A node that ran, or stood before its run, is as if the run had not come to it; what it ran stays counted."""
        node = self._node(path)
        node.visits -= node.status == "paused"
        node.status, node.step = "waiting", -(10**9)

    def _enter(self, path: str, tasks: list[Task], step: int, now: float) -> None:
        """A node's tasks start; a step that is run again, after a pause, is no new visit."""
        node = self._node(path)
        if node.open:  # another run of the same subgraph is at it: they are shown as one
            node.total, node.open = node.total + len(tasks), node.open | {task.id for task in tasks}
            return
        if node.step != step:
            if node.visits and (node.status != "paused" or node.step >= 0):  # else it paused in an earlier run
                self._wait_inside(path)
            node.visits, node.step = node.visits + 1, step
        node.total, node.done, node.progress, node.ends = len(tasks), 0, None, set()
        node.open = {task.id for task in tasks}
        node.status, node.since = "running", now if node.since is None else node.since

    def _called(self, path: str, event: TaskCalled, now: float) -> None:
        """Code calls a task, maybe again after a pause; how many there will be is not known before."""
        node = self._node(path)
        if not node.open:
            node.ends -= {"paused", "failed"}
        node.done += event.known and not node.called.get(event.task.id)
        node.called[event.task.id] = event.known
        node.total = len(node.called)
        if event.known:
            node.ends.add("cached")
            entry, many = self._kept.get(path, (None, 0))
            self._kept[path] = self.outputs.kept(path, event.task, many + 1, entry), many + 1
        else:
            node.open.add(event.task.id)
            node.since = now if node.since is None else node.since
        node.status = "running" if node.open else node.worst()

    def _task_finished(self, ns: tuple[str, ...], at: tuple[str, ...], event: TaskFinished, now: float) -> None:
        path = node_id((*at, event.task.name))
        node, end = self._node(path), _end_of(event)
        if end == "done":
            self._done.add(event.task.id)
        elif end == "cached" and event.task.id in self._done:
            end = "done"  # it was here that it ran
        if event.task.failure is not None and event.task.id not in node.open:  # a handler begins in the midst of a step
            node.visits += 1
            if ns in self._steps_open:
                self._steps_open[ns].ran.append(event.task.name)
            self._take(at, event.task.failure.node, event.task.name)
        node.ends.add(end)
        node.open.discard(event.task.id)
        node.done += end in ("done", "cached") and not node.called.get(event.task.id)
        if event.task.id in node.called:
            node.called[event.task.id] = end in ("done", "cached")
        if not node.open:
            self._leave(path, node, node.worst(), now)
            if end == "done":
                self._close_inside(path, now)
        if event.error is not None:
            self._failed(path, event.error, event.task)
        elif end != "paused":
            self._written(ns, path, event)

    def _close_inside(self, path: str, now: float) -> None:
        """A graph inside is left without a word by a task whose command is for the graph around: it has ended too."""
        for inner, node in self.nodes.items():
            if node.open and inner.startswith(f"{path}|"):
                node.done += len(node.open)
                node.open.clear()
                node.ends.add("done")
                self._leave(inner, node, node.worst(), now)

    def _failed(self, path: str, error: BaseException, task: Task) -> None:
        """Of an error that passes from a subgraph to its parent, the innermost node is told."""
        if error is self._error:
            return
        keys = listed(state_keys(task.input))
        self._error, self.failure = error, {**self._describe(error), "node": path, "step": task.step, "keys": keys}
        self._parts.add("failure")
        self.outputs.failed(path, task, failure_text(self.failure))

    def _written(self, ns: tuple[str, ...], path: str, event: TaskFinished) -> None:
        step = self._steps_open.setdefault(ns, OpenStep())
        step.done.setdefault(event.task.name, []).extend(targets_of(event.writes))
        for key, value in state_writes(event.writes):
            step.writers.setdefault(key, []).append(event.task.name)
            if not event.cached:
                key = "result" if key in (RETURN, END) else WHOLE if key == ROOT else key
                before = None if ns else self.steps.values.get(key)
                self.outputs.changed(path, event.task, key, value, before)

    def _step_finished(self, event: StepFinished) -> None:
        step = self._steps_open.get(()) or OpenStep()
        if event.step == step.number and any("paused" in self.nodes[node_id((name,))].ends for name in step.ran):
            return  # it is not over
        writers = {key: [*dict.fromkeys(names)] for key, names in step.writers.items()}
        self.steps.add(event.step, event.values, event.updated, step.ran, writers)

    def _run_finished(self, event: RunFinished, now: float) -> None:
        self.interrupts = event.interrupts
        if event.status == "finished":
            self._finish()
        self._end("paused" if event.status == "interrupted" else "done", now)

    def _finish(self) -> None:
        for path, node in self.nodes.items():
            if node.status == "waiting" and path.rpartition(NS_SEP)[2] not in (START, END):
                self._node(path).status = "skipped"
        self._reach_end((), ())

    def _reach_end(self, ns: tuple[str, ...], at: tuple[str, ...]) -> None:
        """A graph, or one inside of it, came to its end."""
        last, ways = self._steps_open.get(ns) or OpenStep(), self._ways.get(node_id(at), {})
        for source, targets in last.done.items():
            if END in ways.get(source, ()) and not targets:
                self._take(at, source, END)
        if (end := node_id((*at, END))) in self.nodes:
            self._node(end).status = "done"

    def _wait_inside(self, path: str) -> None:
        """The graph that a node runs begins once more."""
        for inner, node in self.nodes.items():
            if inner.startswith(f"{path}{NS_SEP}") and node.status != "waiting" and not node.open:
                self._node(inner).status = "waiting"

    def _end(self, status: RunStatus, now: float) -> None:
        self._spent, self._since = self.elapsed(now), None
        self.set_status(status)

    def _leave(self, path: str, node: NodeView, status: NodeStatus, now: float) -> None:
        if node.since is not None:
            node.spent, node.since = node.spent + now - node.since, None
        node.status, self.left = status, True
        self._touched[path] = None

    def _take(self, at: tuple[str, ...], source: str, target: str) -> None:
        edge = (node_id((*at, source)), node_id((*at, target)))
        if edge not in self.edges:
            self.edges[edge] = None
            self._new_edges.append(list(edge))

    def _node(self, path: str) -> NodeView:
        self._touched[path] = None
        return self.nodes.setdefault(path, NodeView())

    def _custom(self, path: str, event: CustomData) -> None:
        if (progress := progress_of(event.data)) is not None:
            self._node(path).progress = progress
        self.outputs.custom(path, event.task, event.data)


def _names(ns: tuple[str, ...]) -> tuple[str, ...]:
    """The nodes of a namespace, without the ids of their tasks."""
    return tuple(part.rpartition(NS_END)[0] or part for part in ns)


def _end_of(event: TaskFinished) -> NodeStatus:
    if event.error is not None:
        return "failed"
    return "paused" if event.paused else "cached" if event.cached else "done"
