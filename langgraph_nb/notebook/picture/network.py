"""A topology for networkx, where every graph algorithm is.

Knows the topology; nothing of pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langgraph_nb.graph.topology import Topology

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(topology: Topology) -> nx.MultiDiGraph[str]:
    """A graph's shape as a networkx graph.

    Args:
        topology: nodes and edges keep their order.

    Returns:
        A ``MultiDiGraph`` named as the graph. Nodes have ``kind``, ``label``, ``pause``, ``defer`` and ``inner`` (a
        ``MultiDiGraph`` too, or ``None``); edges ``label``, ``conditional``, ``join`` and ``fan_out``.

    Example:
        >>> import networkx as nx
        >>> from langgraph_nb.graph.topology import TopologyEdge, TopologyNode
        >>> shape = Topology("g", (TopologyNode("a"), TopologyNode("b")), (TopologyEdge("a", "b"),))
        >>> nx.has_path(to_networkx(shape), "a", "b")
        True
    """
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=topology.name)
    for node in topology.nodes:
        inner = to_networkx(node.inner) if node.inner else None
        graph.add_node(
            node.id, kind=node.kind, label=node.label or node.id, pause=node.pause, defer=node.defer, inner=inner
        )
    for edge in topology.edges:
        graph.add_edge(
            edge.source,
            edge.target,
            label=edge.label,
            conditional=edge.conditional,
            join=edge.join,
            fan_out=edge.fan_out,
        )
    return graph
