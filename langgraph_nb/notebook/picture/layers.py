"""Which row each box stands in: the layers of Sugiyama, Tagawa and Toda (1981), no wider than a page.

Knows numbers of nodes, arcs without cycles, and widths; nothing of text or routes.
"""

from __future__ import annotations

from collections.abc import Sequence

PASSING = 20.0
"""Width that a line between two boxes takes, px."""
MOST_PARTS = 5


def rows(count: int, arcs: Sequence[tuple[int, int]]) -> list[int]:
    """Rows such that every arc leads downwards.

    Each node stands as high as the longest way to it allows; one with more ways out than in moves down to its
    followers, which shortens edges.

    Args:
        count: nodes are ``0 .. count - 1``.
        arcs: without cycles.

    Returns:
        The row of each node, from 0.

    Example:
        >>> rows(4, [(0, 1), (1, 2), (0, 2), (3, 2)])
        [0, 1, 2, 1]
    """
    import networkx as nx

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(arcs)
    generations = [sorted(generation) for generation in nx.topological_generations(graph)]
    row = [0] * count
    for number, generation in enumerate(generations):
        for node in generation:
            row[node] = number
    for generation in reversed(generations):
        for node in generation:
            if graph.out_degree(node) > graph.in_degree(node):
                row[node] = min(row[after] for after in graph.successors(node)) - 1
    return row


def fold(row: Sequence[int], widths: Sequence[float], limit: float, gap: float) -> list[int]:
    """Rows split where they are wider than the page.

    Args:
        row: of each node.
        widths: of each node, px.
        limit: width of a row, px; a single node may be wider.
        gap: between two nodes, px.

    Returns:
        New rows; what stood below another node still does.

    Example:
        >>> fold([0, 1, 1, 1], [50, 50, 50, 50], limit=120, gap=10)
        [0, 1, 2, 1]
    """
    folded = [0] * len(row)
    shift = 0
    for number in range(max(row, default=-1) + 1):
        members = [node for node, r in enumerate(row) if r == number]
        parts = _parts([widths[node] for node in members], limit, gap) if members else 1
        for place, node in enumerate(members):  # dealt like cards: what is passed by stands between what passes
            folded[node] = number + shift + place % parts
        shift += min(parts, len(members)) - 1 if members else 0
    return folded


def _parts(widths: Sequence[float], limit: float, gap: float) -> int:
    """Over how many rows to spread a row: as few as fit, or else as makes it narrowest.

    Lines to and from the other parts pass between a part's members, so ever more parts do not help.
    """
    best, least = 1, sum(widths) + gap * (len(widths) - 1)
    for parts in range(2, MOST_PARTS + 1):
        if least <= limit:
            break
        passing = max(0.0, PASSING * (parts - 1) - gap / 3)
        wide = (sum(widths) + len(widths) * (gap + passing)) / parts
        if wide < least:
            best, least = parts, wide
    return best
