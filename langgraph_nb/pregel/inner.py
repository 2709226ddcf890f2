"""Graphs inside of a graph, as a thread keeps them: which there are, and in which namespace each is stored.

A level of a namespace is ``node:task id``; a further call by the same task adds its number as a level. Pure: it knows
plans and names, not how a graph is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from langgraph_nb.constants import NS_END, NS_SEP
from langgraph_nb.pregel.events import Task
from langgraph_nb.pregel.migrated import names_now
from langgraph_nb.pregel.plan import Plan


class KeptGraph(Protocol):
    """What is asked of a compiled graph to read its state."""

    @property
    def plan(self) -> Plan: ...

    @property
    def checkpointer(self) -> Any: ...

    @property
    def inner_graphs(self) -> Mapping[str, Any]:
        """Node -> the graph that it runs."""
        ...


def address_inside(address: Mapping[str, Any], task: Task) -> Any:
    """Where the graph that a task runs is stored, as a config.

    Args:
        address: ``configurable`` of the graph around it.
        task: The task.
    """
    around, own = address.get("checkpoint_ns", ""), f"{task.stored_name}{NS_END}{task.id}"
    namespace = f"{around}{NS_SEP}{own}" if around else own
    return {"configurable": {"thread_id": address["thread_id"], "checkpoint_ns": namespace}}


def without_ids(namespace: str) -> str:
    """A namespace as one that outlives its tasks is called: nodes' names and the numbers of calls.

    Example:
        >>> without_ids("outer:0f3a|1|inner:77c2")
        'outer|1|inner'
    """
    return NS_SEP.join(level.partition(NS_END)[0] for level in namespace.split(NS_SEP))


def node_path(namespace: str) -> str:
    """The nodes' names alone: which graph it is.

    Example:
        >>> node_path("outer:0f3a|1|inner:77c2")
        'outer|inner'
    """
    return NS_SEP.join(level for level in without_ids(namespace).split(NS_SEP) if not level.isdigit())


def kept_in(graph: KeptGraph, namespace: str) -> str:
    """Where a graph called in this namespace is stored: with ``checkpointer=True`` in one for all its calls."""
    return without_ids(namespace) if graph.checkpointer is True else namespace


def graph_at(graph: KeptGraph, path: str) -> Any:
    """The graph that these nodes lead to, also by names that they had before; ``None`` if there is none."""
    name, _, deeper = path.partition(NS_SEP)
    inner = graph.inner_graphs.get(name) or graph.inner_graphs.get(str(names_now(graph.plan).get(name)))
    if inner is None or not deeper:
        return inner
    return graph_at(inner, deeper) if hasattr(inner, "inner_graphs") else None


def graphs_in(graph: KeptGraph, namespace: str | None = None, recurse: bool = False) -> Iterator[tuple[str, Any]]:
    """The graphs inside of this one, each with the nodes that lead to it.

    Args:
        graph: The graph.
        namespace: Only the one that these nodes lead to: ``"outer|inner"``.
        recurse: Also look inside of those.
    """
    for name, inner in graph.inner_graphs.items():
        if namespace in (None, name):
            yield name, inner
        if recurse and hasattr(inner, "inner_graphs"):
            if namespace is None:
                found = graphs_in(inner, None, True)
            elif namespace.startswith(name + NS_SEP):
                found = graphs_in(inner, namespace[len(name) + 1 :], True)
            else:
                continue
            yield from ((f"{name}{NS_SEP}{path}", deeper) for path, deeper in found)
