"""Forks: going on from an earlier step of a thread with other values. What was stored stays.

This file must not know of widgets or magics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.past.histories import shown_node
from langgraph_nb.notebook.past.records import Past, PastStep, read_at
from langgraph_nb.notebook.picture.xmltext import visible
from langgraph_nb.notebook.slips import no_key, unknown_keys

__all__ = ["Fork", "fork"]

COPY = "__copy__"
"""Who an update comes from that only copies a checkpoint."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A branch that was begun. Runs of the thread go on from it."""

    graph: str
    thread: str
    step: int
    """The step that it was begun at."""
    config: Any
    """Addresses its checkpoint."""
    next: tuple[str, ...]
    """The nodes that run next."""

    def __str__(self) -> str:
        then = f"next: {', '.join(map(shown_node, self.next))}" if self.next else "nothing is left to run"
        on = f"\nGo on: %%invoke {self.graph} --thread {self.thread}, with None below it." if self.next else ""
        return visible(f"{self.graph}, thread {self.thread}: forked at step {self.step}; {then}.{on}")

    __repr__ = __str__


def fork(
    graph: Any, thread: str | None = None, *, at: Any, values: Any = None, as_node: str | None = None,
    config: Mapping[str, Any] | None = None,
) -> Fork:  # fmt: skip
    """Begin a branch at an earlier step of a thread: ``%fork GRAPH --thread THREAD --at STEP VALUES``.

    Args:
        graph: A compiled graph with a checkpointer.
        thread: The thread's id.
        at: The step, as for ``history``.
        values: What to write, through the reducers; by default nothing is changed.
        as_node: The node that the values are to come from: what it leads to runs next. By default the one that ran
            last.
        config: More of the config, as for ``history``.

    Returns:
        What was begun. Runs with this thread go on from there, also ``graph.invoke(None, fork.config)``.

    Raises:
        CellError: When there is no such step, or the state has no such key.
        InvalidUpdateError: When the node is unknown, or needed and not given.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb import START, InMemorySaver, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("double", lambda s: {"n": 2 * s["n"]}).add_edge(START, "double")
        >>> graph = builder.compile(checkpointer=InMemorySaver(), name="demo")
        >>> thread = {"configurable": {"thread_id": "1"}}
        >>> graph.invoke({"n": 1}, thread)
        {'n': 2}
        >>> fork(graph, "1", at=0, values={"n": 10}).next
        ('double',)
        >>> graph.invoke(None, thread)
        {'n': 20}
    """
    __tracebackhide__ = True
    return fork_from(*read_at(graph, thread, at, config=config, alone=True), values, as_node)


def fork_from(past: Past, step: PastStep, values: Any, as_node: str | None = None) -> Fork:
    """``fork`` at a step that was read before."""
    __tracebackhide__ = True
    if values is None and as_node is not None:
        raise CellError("A fork without values comes from no node.", "Give values, or leave as_node out.")
    if unknown := unknown_keys(past.graph, values):
        raise no_key(past.name, unknown[0], past.plan.key_set)
    place = {**past.config, "configurable": {**past.config["configurable"], **step.config["configurable"]}}
    made = past.outer.update_state(place, values, COPY if values is None else as_node)
    return Fork(past.called, past.thread, step.number, made, past.outer.get_state(made).next)
