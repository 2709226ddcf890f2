"""Which edges close a cycle. Without them a graph can be drawn in rows.

Knows numbers of nodes and pairs of them; nothing of pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def back_arcs(order: Iterable[int], arcs: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The arcs that lead back to where a walk came from.

    A depth-first search visits nodes in the order they were defined, so that what a person wrote first reads downwards.

    Args:
        order: every node once; walks begin in this order.
        arcs: pairs of different nodes.

    Returns:
        Indexes of arcs; the others form no cycle.

    Example:
        >>> sorted(back_arcs([0, 1, 2], [(0, 1), (1, 2), (2, 1)]))
        [2]
    """
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(order)
    graph.add_edges_from(arcs)
    on_way: set[int] = set()
    closing: set[tuple[int, int]] = set()
    for source, target, label in nx.dfs_labeled_edges(graph):
        if label == "forward":
            on_way.add(target)
        elif label == "reverse":
            on_way.discard(target)
        elif target in on_way:
            closing.add((source, target))
    return frozenset(i for i, arc in enumerate(arcs) if arc in closing)
