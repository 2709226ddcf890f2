"""Pictures of a graph with some of its subgraphs open: which there are, which is shown first.

Layouts are made here, in Python, so that the page only chooses. This file must not know of runs or widgets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.live.ways import boxes
from langgraph_nb.notebook.picture import to_svg
from langgraph_nb.notebook.picture.xmltext import node_id

__all__ = ["Pictures", "first_open", "subgraphs", "with_open"]

ROOM = 560, 740
"""Width and height, in px, of a picture that is shown open from the beginning: the most that a view has place for."""


def subgraphs(topology: Topology) -> list[str]:
    """The nodes that can be opened, outer ones first."""
    return [path for path, node in boxes(topology) if node.inner is not None]


def with_open(topology: Topology, opened: Collection[str], at: tuple[str, ...] = ()) -> Topology:
    """The graph with these subgraphs open, as far as those around them are, and all others closed.

    Example:
        >>> from langgraph_nb.graph.topology import TopologyNode
        >>> inner = Topology("inner", (TopologyNode("x"),), ())
        >>> outer = Topology("outer", (TopologyNode("sub", "subgraph", inner=inner),), ())
        >>> with_open(outer, ()).nodes[0].inner is None, with_open(outer, ["sub"]) == outer
        (True, True)
    """
    nodes = []
    for node in topology.nodes:
        path = (*at, node.id)
        is_open = node.inner is not None and node_id(path) in opened
        nodes.append(replace(node, inner=with_open(node.inner, opened, path) if is_open and node.inner else None))
    return replace(topology, nodes=tuple(nodes))


class Pictures:
    """The pictures of one graph, each drawn when it is first asked for.

    Args:
        topology: With what its subgraphs hold.
    """

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._drawn: dict[str, str] = {}
        self.subgraphs = subgraphs(topology)

    def draw(self, opened: Collection[str]) -> dict[str, str]:
        """The picture with these open, by its key, for a page."""
        known = [path for path in self.subgraphs if path in opened]
        key = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
        if key not in self._drawn:
            self._drawn[key] = to_svg(with_open(self._topology, known), embedded=True)
        return {key: self._drawn[key]}

    def first(self) -> tuple[list[str], dict[str, str]]:
        """What is open from the beginning; and the pictures that a page needs to open and close without a kernel."""
        closed, whole = self.draw(()), self.draw(self.subgraphs)
        return (self.subgraphs if _fits(*whole.values()) else []), {**closed, **whole}


def first_open(topology: Topology) -> list[str]:
    """The subgraphs that are open from the beginning: all, if there is room."""
    inner = subgraphs(topology)
    return inner if inner and _fits(to_svg(topology, embedded=True)) else []


def _fits(svg: str) -> bool:
    return all(size <= room for size, room in zip(_sizes(svg), ROOM, strict=True))


def _sizes(svg: str) -> Iterator[float]:
    head = svg.partition(">")[0]
    for side in ("width", "height"):
        found = re.search(rf'\b{side}="([\d.]+)"', head)
        yield float(found[1]) if found else 0.0
