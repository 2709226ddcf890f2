"""The ways through a graph: which there are, and which of them a run took, read off what its tasks wrote.

This file must not know of status, output or what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from langgraph_nb.constants import START
from langgraph_nb.graph.topology import Topology, TopologyNode
from langgraph_nb.notebook.picture.xmltext import node_id

__all__ = ["OpenStep", "boxes", "levels", "ways_of"]


@dataclass(slots=True)
class OpenStep:
    """What is known of a graph's current superstep."""

    number: int = -1
    ran: list[str] = field(default_factory=list)
    done: dict[str, list[str]] = field(default_factory=dict)
    """Node that finished -> the nodes that its writes name."""
    writers: dict[str, list[str]] = field(default_factory=dict)

    def sources(self, target: str, ways: dict[str, list[str]]) -> list[str]:
        """The nodes of this step that led to ``target``: those that named it, else those with an edge to it."""
        named = [source for source, targets in self.done.items() if target in targets]
        ran = list(self.done) or [START]
        return named or [source for source in ran if target in ways.get(source, ())]


def boxes(topology: Topology, at: tuple[str, ...] = ()) -> Iterator[tuple[str, TopologyNode]]:
    """Every node with its path, those of opened subgraphs too."""
    for node in topology.nodes:
        yield node_id((*at, node.id)), node
        if node.inner is not None:
            yield from boxes(node.inner, (*at, node.id))


def levels(topology: Topology, at: tuple[str, ...] = ()) -> Iterator[tuple[str, Topology]]:
    """The graph and its opened subgraphs, each with its path."""
    yield node_id(at), topology
    for node in topology.nodes:
        if node.inner is not None:
            yield from levels(node.inner, (*at, node.id))


def ways_of(topology: Topology) -> dict[str, list[str]]:
    """Node -> the nodes that an edge leads to."""
    ways: dict[str, list[str]] = {}
    for edge in topology.edges:
        for source in {edge.source, *edge.join}:
            ways.setdefault(source, []).append(edge.target)
    return ways
