"""langchain-core's ``Graph``, whose pictures are drawn here instead of by a web service or an external program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from langchain_core.runnables.graph import Edge, Graph, Node

from langgraph_nb.constants import END, START
from langgraph_nb.graph.topology import NodeKind, Pause, Topology, TopologyEdge, TopologyNode

_PAUSES: Mapping[Any, Pause] = {"before": "before", "after": "after", "before,after": "both"}
_KINDS: Mapping[str, NodeKind] = {START: "start", END: "end"}
INSIDE = ":"
"""What stands between the name of a node and the names of the nodes in the graph that it runs."""


class DrawableGraph(Graph):
    """A graph to look at. All but its PNG pictures is langchain-core's."""

    def reid(self) -> Graph:
        """The same graph with readable ids."""
        found = super().reid()
        return DrawableGraph(nodes=found.nodes, edges=found.edges)

    def topology(self, names: Mapping[str, str] | None = None, labels: Mapping[str, str] | None = None) -> Topology:
        """The graph as our pictures show it; nodes of opened graphs are inside of a box.

        Args:
            names: What to call nodes instead, by their names.
            labels: What to write at edges instead, by their labels.
        """
        return _topology("graph", "", list(self.nodes.values()), list(self.edges), names or {}, labels or {})

    def draw_mermaid_png(
        self, *, output_file_path: str | None = None, background_color: str = "white", padding: int = 10, **options: Any
    ) -> bytes:
        """Draw the graph as a PNG image. Mermaid is not needed for it, and so is no network.

        Args:
            output_file_path: Where to write it too.
            background_color: A CSS colour, or ``"transparent"``.
            padding: Room around the graph, px.
            options: What Mermaid's picture takes besides; of no effect on this one.
        """
        from langgraph_nb.notebook.picture.png import to_png

        image = to_png(self.topology(), background=background_color.removeprefix("!"), padding=padding)
        if output_file_path is not None:
            Path(output_file_path).write_bytes(image)
        return image

    def draw_png(self, output_file_path: str | None = None, fontname: str | None = None, labels: Any = None) -> Any:
        """Draw the graph as a PNG image. Graphviz is not needed for it.

        Args:
            output_file_path: Where to write it; then nothing is returned.
            fontname: Of no effect.
            labels: What to write instead: ``{"nodes": {name: text}, "edges": {label: text}}``.
        """
        from langgraph_nb.notebook.picture.png import to_png

        given = labels or {}
        image = to_png(self.topology(given.get("nodes"), given.get("edges")))
        if output_file_path is None:
            return image
        Path(output_file_path).write_bytes(image)
        return None


def _topology(
    name: str, prefix: str, nodes: list[Node], edges: list[Edge], names: Mapping[str, str], labels: Mapping[str, str]
) -> Topology:
    """One level of a graph: the nodes whose ids begin with ``prefix``. Those further in are in boxes of their own."""
    inner: dict[str, list[Node]] = {}
    """Name in this level -> the nodes that it is or that are in it."""
    for node in nodes:
        inner.setdefault(_here(node.id, prefix), []).append(node)
    found = []
    for key, members in inner.items():
        (first, *more), opened = members, f"{prefix}{key}{INSIDE}"
        if more or first.id.startswith(opened):
            within = [edge for edge in edges if edge.source.startswith(opened) and edge.target.startswith(opened)]
            found.append(TopologyNode(key, "subgraph", inner=_topology(key, opened, members, within, names, labels)))
        else:
            found.append(_node(key, first, names))
    return Topology(name, tuple(found), tuple(_edges(prefix, edges, labels)))


def _here(id: str, prefix: str) -> str:
    """What a node belongs to in the level of this prefix."""
    return id.removeprefix(prefix).split(INSIDE, 1)[0]


def _node(key: str, node: Node, names: Mapping[str, str]) -> TopologyNode:
    metadata = node.metadata or {}
    label = names.get(node.name, node.name if node.name not in (node.id, key) else "")
    pause = _PAUSES.get(metadata.get("__interrupt"), "")
    return TopologyNode(key, _KINDS.get(key, "node"), label, pause, bool(metadata.get("defer")))


def _edges(prefix: str, edges: Iterable[Edge], labels: Mapping[str, str]) -> Iterable[TopologyEdge]:
    """The edges of a level: those that do not stay inside of one of its nodes."""
    for edge in edges:
        source, target = _here(edge.source, prefix), _here(edge.target, prefix)
        if source != target or edge.source == prefix + source:
            label = "" if edge.data is None else str(edge.data)
            yield TopologyEdge(source, target, labels.get(label, label), edge.conditional)
