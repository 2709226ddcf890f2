"""The shape of a graph: what a picture of it shows. Plain data, made by builders and compiled graphs alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NodeKind = Literal["start", "end", "node", "subgraph", "missing"]
"""``missing``: wiring names it and nothing defines it yet."""
Pause = Literal["", "before", "after", "both"]


@dataclass(frozen=True, slots=True)
class TopologyNode:
    """A box of the picture."""

    id: str
    """The node's name in its graph; unique in its topology."""
    kind: NodeKind = "node"
    label: str = ""
    """What to show instead of the id."""
    pause: Pause = ""
    """A static breakpoint."""
    defer: bool = False
    inner: Topology | None = None
    """What a subgraph holds, where it is shown opened."""


@dataclass(frozen=True, slots=True)
class TopologyEdge:
    """An arrow of the picture."""

    source: str
    target: str
    label: str = ""
    """Why this way is taken: the test, or the key."""
    conditional: bool = False
    """Taken only sometimes (dashed)."""
    join: tuple[str, ...] = ()
    """All sources of the join that this edge is part of; ``target`` waits for each of them."""
    fan_out: bool = False
    """Taken once for each item (``Send``)."""


@dataclass(frozen=True, slots=True)
class Topology:
    """A graph to draw. Nodes and edges are in the order of their definition."""

    name: str
    nodes: tuple[TopologyNode, ...]
    edges: tuple[TopologyEdge, ...]
