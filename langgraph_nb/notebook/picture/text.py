"""A graph in words, for places without pictures: terminals, screen readers, ``text/plain``.

Knows the topology; nothing of layouts.
"""

from __future__ import annotations

from collections.abc import Iterator

from langgraph_nb.graph.topology import Topology, TopologyEdge, TopologyNode
from langgraph_nb.notebook.picture.sizes import title_of
from langgraph_nb.notebook.picture.xmltext import visible


def to_text(topology: Topology) -> str:
    """A graph's nodes and edges, one line each, with what is special about them.

    Args:
        topology: opened subgraphs are indented under the graph that holds them.

    Returns:
        Lines without a final line break; the same for the same topology.

    Example:
        >>> from langgraph_nb.graph.topology import TopologyEdge, TopologyNode
        >>> nodes = TopologyNode("__start__", "start"), TopologyNode("a", pause="before"), TopologyNode("b")
        >>> edges = TopologyEdge("__start__", "a"), TopologyEdge("a", "b", label="ready", conditional=True)
        >>> print(to_text(Topology("demo", nodes, edges)))
        demo: 2 nodes, 2 edges
          START -> a
          a -> b    if ready
          a: pauses before it
    """
    return "\n".join(_lines(topology))


def notes(node: TopologyNode) -> list[str]:
    """What is special about a node, in words.

    Example:
        >>> notes(TopologyNode("a", "missing", defer=True))
        ['not defined yet', 'waits until nothing else is left to run']
    """
    found = []
    if node.kind == "missing":
        found.append("not defined yet")
    if node.kind == "subgraph":
        found.append("a graph of its own")
    if node.pause:
        found.append(f"pauses {'before and after' if node.pause == 'both' else node.pause} it")
    if node.defer:
        found.append("waits until nothing else is left to run")
    return found


def when(edge: TopologyEdge) -> str:
    """When an edge is taken, in words; nothing where it always is.

    Example:
        >>> when(TopologyEdge("a", "b", label="x > 1", conditional=True))
        'if x > 1'
    """
    label = " ".join(visible(edge.label).split())
    if edge.fan_out:
        return f"once for each: {label}" if label else "once for each item"
    if edge.conditional and label not in ("otherwise", "else"):
        return f"if {label}" if label else "sometimes"
    return label


def _lines(topology: Topology) -> Iterator[str]:
    named = {node.id: _one_line(node) for node in topology.nodes}
    own = [node for node in topology.nodes if node.kind not in ("start", "end")]
    yield f"{_flat(topology.name)}: {_count(len(own), 'node')}, {_count(len(topology.edges), 'edge')}"
    yield from (f"  {line}" for line in arrow_lines(topology))
    touched = {end for edge in topology.edges for end in (edge.source, edge.target)}
    for node in own:
        said = [*notes(node), *([] if node.id in touched else ["no edges yet"])]
        if said:
            yield f"  {named[node.id]}: {', '.join(said)}"
        if node.inner is not None:
            yield from (f"    {line}" for line in _lines(node.inner))


def arrow_lines(topology: Topology) -> list[str]:
    """A graph's edges, a line each; those of a join are one.

    Example:
        >>> nodes = TopologyNode("a"), TopologyNode("b")
        >>> arrow_lines(Topology("g", nodes, (TopologyEdge("a", "b", "n > 1", conditional=True),)))
        ['a -> b    if n > 1']
    """
    arrows = list(_arrows(topology))
    width = max((len(way) for way, why in arrows if why and len(way) <= 48), default=0)
    return [f"{way:<{width}}    {why}" if why else way for way, why in arrows]


def _arrows(topology: Topology) -> Iterator[tuple[str, str]]:
    named = {node.id: _one_line(node) for node in topology.nodes}
    joins: set[tuple[tuple[str, ...], str]] = set()
    for edge in topology.edges:
        target = named.get(edge.target, _flat(edge.target))
        if len(edge.join) < 2:
            yield f"{named.get(edge.source, _flat(edge.source))} -> {target}", when(edge)
        elif (edge.join, edge.target) not in joins:
            joins.add((edge.join, edge.target))
            sources = ", ".join(named.get(source, _flat(source)) for source in edge.join)
            yield f"[{sources}] -> {target}", "after all of them"


def _one_line(node: TopologyNode) -> str:
    return _flat(title_of(node))


def _flat(text: str) -> str:
    return " ".join(visible(text).split()) or repr(text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
