"""Why a node ran in a step, or did not: from what triggers it, who wrote that, what routers chose and joins wait for.

This file must not know of HTML or magics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_nb.channels.last_value import LastValueAfterFinish, is_put_off
from langgraph_nb.channels.named_barrier_value import NamedBarrierValue, NamedBarrierValueAfterFinish
from langgraph_nb.constants import BRANCH_TO, END, START, TASKS
from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.forms import form_of
from langgraph_nb.notebook.live.still import describe_form
from langgraph_nb.notebook.live.text import MASK, brief, is_secret_key
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.past.histories import shown_node
from langgraph_nb.notebook.past.records import COMMAND, Past, PastStep, PastTask, config_inside, read_at
from langgraph_nb.notebook.picture.xmltext import visible
from langgraph_nb.types import Send

__all__ = ["Why", "why"]

ELSE = "else"
"""The label of the way that is left when no test holds."""
_READ = re.compile(r"""state(?:\[["'](\w+)["']\]|\.(\w+))""")


@dataclass(frozen=True, slots=True)
class Why:
    """Why a node ran, or did not. Shows itself as sentences."""

    node: str
    step: int
    """The superstep."""
    ran: bool
    reasons: tuple[str, ...]
    also: str = ""
    """When else it ran."""

    def __str__(self) -> str:
        told = "ran" if self.ran else "did not run"
        head = f"{self.node} {told} in step {self.step}:"
        several = len(self.reasons) > 1
        lines = [head, *(f"  - {r}" for r in self.reasons)] if several else [f"{head} {self.reasons[0]}"]
        return visible("\n".join([*lines, *([self.also] if self.also else [])]))

    __repr__ = __str__


def why(
    graph: Any, node: str, thread: str | None = None, *, step: int | None = None, at: Any = None,
    inside: str | None = None, config: Mapping[str, Any] | None = None,
) -> Why:  # fmt: skip
    """Why a node ran in a step of a thread, or did not: ``%why GRAPH NODE --thread THREAD``.

    Args:
        graph: A compiled graph with a checkpointer.
        node: The node.
        thread: The thread's id.
        step: The step; by default the last one in which it ran, or else could have run.
        at: The branch, as for ``history``.
        inside: A node that runs a graph: the question is about that graph.
        config: More of the config, as for ``history``.

    Raises:
        CellError: When there is no such node or step.

    Example:
        >>> from langgraph_nb import START, InMemorySaver, StateGraph
        >>> builder = StateGraph(dict).add_node("draft", lambda s: {}).add_node("send", lambda s: {})
        >>> builder = builder.add_edge(START, "draft").add_edge("draft", "send")
        >>> graph = builder.compile(checkpointer=InMemorySaver())
        >>> _ = graph.invoke({}, {"configurable": {"thread_id": "1"}})
        >>> why(graph, "send", "1")
        send ran in step 2: the edge draft -> send leads to it.
    """
    config, thread = config_inside(graph, thread, inside, config), None if inside else thread
    past, head = read_at(graph, thread, at, config=config)
    if node not in past.plan.nodes:
        known = [name for name in past.plan.nodes if name != START]
        raise CellError(f"{past.name} has no node {node!r}.", did_you_mean(node, known))
    return _Inquiry(past, node, past.line(head)).answer(step)


class _Inquiry:
    """The question about one node on one branch."""

    def __init__(self, past: Past, node: str, line: list[PastStep]) -> None:
        self.past, self.node, self.line = past, node, line
        topology = past.graph.topology()
        self.edges = [edge for edge in topology.edges if edge.target == node]
        self.outgoing = topology.edges

    def answer(self, step: int | None) -> Why:
        """The answer for a step, or for the one that matters most."""
        ran = [s.number for s in self.line if any(task.name == self.node for task in s.ran)]
        from_ = self._start(step, ran)
        number = from_.number + 1
        after = next((s for s in self.line if s.parent is from_), None)
        if after is not None and step is not None and after.source != "loop":
            return Why(self.node, after.number, False, (_NOT_RUN[after.source],))
        task = next((task for task in from_.tasks if task.name == self.node), None)
        others = [str(n) for n in reversed(ran) if n != number][-12:]
        also = f"It also ran in step {', '.join(others)}." if others else ""
        if task is None:
            return Why(self.node, number, False, tuple(self._absent(from_)), also)
        if task.finished:
            return Why(self.node, number, True, tuple(self._present(task, from_)), also)
        return Why(self.node, number, False, (_held(task),), also)

    def _start(self, step: int | None, ran: list[int]) -> PastStep:
        """The step that the superstep in question starts from."""
        line, head = self.line, self.line[0]
        if step is not None:
            found = next((s.parent for s in line if s.number == step and s.parent is not None), None)
            found = head if step == head.number + 1 else found
            if found is None:
                numbers = [s.number for s in line if s.parent is not None]
                known = f"There are {numbers[-1]} to {head.number + 1}." if numbers else "Only one step is kept."
                raise CellError(f"This branch has no step {step}.", known)
            return found
        if any(task.name == self.node for task in head.tasks):
            return head
        if ran:
            return next(s.parent for s in line if s.number == ran[0] and s.parent is not None)
        sources = {edge.source for edge in self.edges}
        led = (s for s in line if any(task.name in sources for task in s.ran))
        return next(led, head.parent if head.parent is not None and not head.tasks else head)

    # -- it ran --------------------------------------------------------------------------------------------------------

    def _present(self, task: PastTask, from_: PastStep) -> Iterable[str]:
        if task.pushed:
            senders = [t.name for t in from_.ran for c, v in t.writes if c == TASKS and _target(v) == self.node]
            many = f" ({len(senders)} times)" if len(senders) > 1 else ""
            names = _and(dict.fromkeys(map(shown_node, senders))) or "a Send that came before"
            yield f"{names} sent it a task of its own with Send{many}."
            return
        if self.node == START:
            yield "it takes the input in."
            return
        for channel in from_.channels.news_for(self.node) or task.triggers:
            yield from self._written(channel, from_)

    def _written(self, channel: str, from_: PastStep) -> Iterable[str]:
        kind = self.past.plan.channels[channel]
        later = " It is deferred: nothing else was left to run." if isinstance(kind, _DEFERRED) else ""
        if isinstance(kind, NamedBarrierValue):
            yield f"all of {_and(sorted(kind.names))}, which it waits for, have run.{later}"
            return
        writers = [task for task in from_.ran if any(c == channel for c, _ in task.writes)]
        for writer in writers:
            yield self._way(writer.name, channel, from_) + later
        if not writers and (source := from_.source) != "loop":
            yield f"step {from_.number}, {_MADE.get(source, source)}, leads to it."
        elif not writers:
            yield f"{_named(channel)} was written and it had not run since.{later}"

    def _way(self, writer: str, channel: str, from_: PastStep) -> str:
        node = self.past.plan.nodes.get(writer)
        if writer == COMMAND:
            return "a Command given as input goes to it."
        if channel != BRANCH_TO + self.node:
            return f"{shown_node(writer)} wrote {_named(channel)}, which triggers it."
        if node is not None and any(c == channel for c, _ in node.edges):
            return f"the edge {_start_or(writer)} -> {self.node} leads to it."
        if node is not None and node.branches:
            return f"the router of {_start_or(writer)} chose it{self._test(writer, self.node, from_)}."
        return f"{shown_node(writer)} returned Command(goto={self.node!r})."

    def _test(self, source: str, target: str, from_: PastStep) -> str:
        """What a router's way to a target says, with the values that it read."""
        labels = {e.target: e.label for e in self.outgoing if e.source == source and e.conditional}
        label, tests = labels.get(target, ""), [one for one in labels.values() if one and one != ELSE]
        label = f"not {_and(tests)}" if label == ELSE and tests else label
        keys = dict.fromkeys(a or b for a, b in _READ.findall(label))
        read = [f"{k} = {MASK if is_secret_key(k) else brief(from_.values[k], 60)}" for k in keys if k in from_.values]
        told = f"test: {label}" + (f", where {', '.join(read)}" if read else "") if label else ""
        return f" ({told})" if told else ""

    # -- it did not ----------------------------------------------------------------------------------------------------

    def _absent(self, from_: PastStep) -> Iterable[str]:
        found = [*self._joins(from_), *self._deferred(from_), *self._sources(from_), *self._other_channels(from_)]
        if not from_.tasks and (last := shown_node(self.line[0].ran[0].name) if self.line[0].ran else ""):
            over = from_ is self.line[0]
            found += [f"the run had ended with step {from_.number}."] if over and last and not found else []
        return found or ["nothing in the graph leads to it; only a Command or a Send could."]

    def _joins(self, from_: PastStep) -> Iterable[str]:
        for channel in self.past.plan.nodes[self.node].triggers:
            kind = self.past.plan.channels[channel]
            if not isinstance(kind, NamedBarrierValue):
                continue
            now: Any = from_.channels.channels[channel]
            missing = sorted(kind.names - now.seen)
            if missing:
                told = "; ".join(f"{name} {self._last(name, from_)}" for name in missing)
                yield f"it waits for all of {_and(sorted(kind.names))}; {told}."

    def _deferred(self, from_: PastStep) -> Iterable[str]:
        for channel in self.past.plan.nodes[self.node].triggers:
            stored = from_.saved.checkpoint["channel_values"].get(channel)
            if isinstance(self.past.plan.channels[channel], LastValueAfterFinish) and is_put_off(stored):
                yield f"it is deferred until nothing else is left to run; {_and(map(shown_node, from_.next))} ran."

    def _sources(self, from_: PastStep) -> Iterable[str]:
        """What each node that leads to it without a join did in the step before."""
        ran = {task.name: task for task in from_.ran}
        idle = []
        for source in dict.fromkeys(edge.source for edge in self.edges if not edge.join):
            if source not in ran:
                idle.append(source)
            elif any(e.conditional for e in self.edges if e.source == source):
                yield self._choice(ran[source], from_)
        if idle and len(idle) == len({edge.source for edge in self.edges if not edge.join}):
            for source in idle:
                yield f"{_start_or(source)} leads to it and {self._last(source, from_, step=True)}."

    def _choice(self, task: PastTask, from_: PastStep) -> str:
        chosen = [c.removeprefix(BRANCH_TO) for c, _ in task.writes if c.startswith(BRANCH_TO)]
        chosen += [f"Send to {_target(v)}" for c, v in task.writes if c == TASKS]
        edges = {c.removeprefix(BRANCH_TO) for c, _ in self.past.plan.nodes[task.name].edges}
        picked = [name for name in dict.fromkeys(chosen) if name not in edges] or [END]
        told = _and("END" if name == END else name for name in picked)
        return f"the router of {_start_or(task.name)} chose {told}{self._test(task.name, picked[0], from_)}."

    def _other_channels(self, from_: PastStep) -> Iterable[str]:
        """Channels of graphs that are made of actors."""
        plan = self.past.plan
        for channel in plan.nodes[self.node].triggers:
            if channel.startswith(BRANCH_TO) or isinstance(plan.channels[channel], NamedBarrierValue):
                continue
            yield f"{_named(channel)}, which triggers it, was not written in step {from_.number}."
        needs = plan.needs.get(self.node)
        if needs is not None and needs not in from_.channels.values:
            yield f"{_named(needs)}, which it reads, has no value."

    def _last(self, name: str, from_: PastStep, step: bool = False) -> str:
        """When a node last ran, up to a step."""
        for older in self.past.line(from_):
            if any(task.name == name for task in older.ran):
                return f"last ran in step {older.number}" if step else f"has not run since step {older.number}"
        return f"has not run since step {older.number}, or longer" if self.past.more else "has not run"


_DEFERRED = (LastValueAfterFinish, NamedBarrierValueAfterFinish)
_NOT_RUN = {
    "input": "the step takes new input in; no node runs in it.",
    "update": "the step is an update by hand; no node runs in it.",
    "fork": "the step is a fork, a copy of an earlier one; no node runs in it.",
}
_MADE = {"update": "an update by hand", "fork": "a fork", "input": "new input"}


def _held(task: PastTask) -> str:
    """Why a task that was to run has not finished."""
    if task.error is not None:
        return f"it failed: {brief(task.error, 300)}"
    if task.interrupts:
        asked = describe_form(form_of(task.interrupts[0]).to_json()).split("\n")[0].removeprefix("? ")
        return f"it began and waits for an answer: {brief(asked, 200)}"
    return "it is next; the run has not gone on (a breakpoint, an update, or a run that was stopped)."


def _target(send: Any) -> str:
    return send.node if isinstance(send, Send) else ""


def _named(channel: str) -> str:
    return f"the channel {channel!r}"


def _start_or(name: str) -> str:
    return "START" if name == START else name


def _and(names: Iterable[str]) -> str:
    *rest, last = [*names] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last
